/** Sessions from the command line, against the local exchange at many times the speed of time. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { generateBars } from '../../../src/feeds/index.ts';
import { systemRuntime } from '../../../src/core/index.ts';
import { FastRuntime, gridOf, onGrid, openLocalExchange, BarMarket, type LocalExchange } from '../../../src/venue/index.ts'; // prettier-ignore
import { nextbar, started, type Outcome } from '../nextbar.ts';

const speed = 120;
/** What may take so long on a machine that is busy with something else. */
const keys = { apiKey: 'test-key', secret: 'test-secret' };
const env = { BINANCE_SANDBOX_API_KEY: keys.apiKey, BINANCE_SANDBOX_SECRET: keys.secret };
let folder = '';

/** Trades at every bar, so that any few bars have orders, whenever a session begins. */
const inAndOut = `
import { Strategy } from 'nextbar';
export default class InAndOut extends Strategy<typeof InAndOut.params> {
  static readonly params = { units: 0.01 };
  override next(): void {
    if (this.position.size === 0) this.buy({ size: this.params.units });
    else this.close();
  }
}
`;
let exchange: LocalExchange;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nextbar-live-'));
  writeFileSync(join(folder, 'in-and-out.ts'), inAndOut);
  const minute = 60_000;
  const now = Math.floor(systemRuntime.now() / minute) * minute;
  const raw = generateBars({ seed: 4, timeframe: '1m', start: now - 1_000 * minute, count: 3_000 });
  const grid = gridOf(raw);
  const { bars } = onGrid(raw, grid);
  const runtime = new FastRuntime(systemRuntime, speed, now);
  const instrument = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', ...grid };
  const market = new BarMarket(runtime, {
    series: [{ instrument, bars, timeframe: '1m' }],
    accounts: [{ name: 'me', ...keys, balances: { USDT: '100000' } }],
    tradesPerBar: 20,
  });
  exchange = await openLocalExchange({ runtime, market, checksTime: false });
});
afterAll(async () => {
  await exchange.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The arguments of a session, under a name. */
function session(name: string, ...more: string[]): string[] {
  return [
    join(folder, 'in-and-out.ts'), '--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1m', '--history', '60', '--url', exchange.url, '--speed', String(speed), '--session', name, ...more,
  ]; // prettier-ignore
}

/** Lines of JSON, in order. */
function lines(stdout: string): { event: string; [field: string]: unknown }[] {
  return stdout.trim().split('\n').map((line) => JSON.parse(line) as { event: string }); // prettier-ignore
}

/** Runs a session that ends when it is interrupted, which it is after some orders were executed. */
async function interrupted(
  args: readonly string[],
  done: (stdout: string) => boolean,
  more: Record<string, string> = {},
): Promise<Outcome> {
  const { child, said, ended } = started(args, folder, more);
  await expect.poll(() => child.exitCode !== null || done(said.stdout)).toBe(true);
  child.kill('SIGINT');
  return ended;
}

/** Whether so many orders were executed, as a session in JSON tells it. */
const executed = (count: number) => (stdout: string) =>
  stdout.split('\n').filter((line) => /"event":"order".*"status":"completed"/.test(line)).length >= count; // prettier-ignore

describe('nextbar paper', () => {
  it('trades until it is interrupted, keeps a journal, and replays it to the same decisions', async () => {
    const args = ['paper', ...session('first', '--commission', '0.001'), '--json'];
    const run = await interrupted(args, executed(3));
    expect([run.code, run.stderr.trim()]).toEqual([0, 'ending: once more to stop at once']);
    const said = lines(run.stdout);
    expect(said).toContainEqual(expect.objectContaining({ event: 'stream', data: 'BTC/USDT', state: 'live' }));
    const steps = said.filter(({ event }) => event === 'step');
    expect(steps.length).toBeGreaterThan(0);
    const times = steps.map(({ datas }) => (datas as { closeTime: number }[])[0]!.closeTime);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const end = said.at(-1) as unknown as { event: string; result: { mode: string; steps: number; strategies: { orders: Record<string, number> }[]; session: { ended: string } } }; // prettier-ignore
    expect(end).toMatchObject({ event: 'end', result: { mode: 'paper', session: { ended: 'it was told to end' } } });
    const orders = said.filter(({ event }) => event === 'order') as unknown as { order: { status: string } }[];
    const filled = orders.filter(({ order }) => order.status === 'completed').length;
    expect(filled).toBe(end.result.strategies[0]!.orders['completed'] ?? 0);
    expect(filled).toBeGreaterThan(2);

    const again = await nextbar(['replay', 'first', '--json'], folder);
    expect([again.code, again.stderr]).toEqual([0, '']);
    const replay = JSON.parse(again.stdout) as { isSame: boolean; decisions: number; result: object };
    expect(replay).toMatchObject({ isSame: true, mode: 'paper', session: 'first' });
    expect(replay.decisions).toBeGreaterThan(filled);
    expect(replay.result).toMatchObject({ steps: end.result.steps, strategies: [{ orders: end.result.strategies[0]!.orders }] }); // prettier-ignore

    const other = JSON.parse(readFileSync(join(folder, 'sessions/first/plan.json'), 'utf8')) as {
      strategies: object[];
    };
    const strategies = [{ ...other.strategies[0], params: { units: 0.02 } }];
    writeFileSync(join(folder, 'sessions/first/plan.json'), JSON.stringify({ ...other, strategies }));
    const wrong = await nextbar(['replay', 'first'], folder);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('strategy 1 of the session');
    expect((await nextbar(['paper', ...session('first', '--steps', '1')], folder)).stderr).toContain(
      'choose another name',
    );
  });

  it('says in words what happens, and ends with its summary', async () => {
    const args = ['paper', ...session('second', '--report', 'second.html')];
    const { code, stdout } = await interrupted(args, (text) => text.includes('BTC/USDT is live') && text.includes('bought')); // prettier-ignore
    expect(code).toBe(0);
    expect(stdout).toContain('Ended       it was told to end');
    expect(stdout).toContain('replay with: nextbar replay second');
    expect(readdirSync(join(folder, 'sessions/second')).sort()).toEqual([
      'bars',
      'journal.db',
      'live.json',
      'log.jsonl',
      'plan.json',
      'run.json',
      'session.lock',
    ]);
    const report = readFileSync(join(folder, 'second.html'), 'utf8');
    expect(report).toContain('Paper trading');
    expect(report.replaceAll(/<[^>]+>/g, '')).toContain('class InAndOut extends Strategy');
    const again = await nextbar(['replay', 'second', '--quiet', '--report', 'again.html', '--no-source'], folder);
    expect(again.stdout).toMatch(/inputs played, .* all as they were/);
    const replayed = readFileSync(join(folder, 'again.html'), 'utf8');
    const hash = (page: string): string | undefined => /data-hash="result">(\w+)/.exec(page)?.[1];
    expect(hash(replayed)).toBe(hash(report));
    expect(replayed).not.toContain('<pre class="source"');
  });

  it('ends when its alerts file or a span is wrong, before there is a session', async () => {
    writeFileSync(join(folder, 'alerts.yaml'), 'channels:\n  - telegram: { token: "1:a", chats: [] }\n');
    const wrong = await nextbar(['paper', ...session('wrong', '--alerts', 'alerts.yaml')], folder);
    expect([wrong.code, wrong.stderr]).toEqual([2, 'error: alerts.yaml: channels[0].telegram.chats must not be empty, was []\n']);
    const span = await nextbar(['paper', ...session('wrong', '--hang-limit', 'soon')], folder);
    expect([span.code, span.stderr]).toEqual([2, expect.stringContaining('--hang-limit must be a span')]);
    expect(existsSync(join(folder, 'sessions/wrong'))).toBe(false);
  }, 60_000); // prettier-ignore

  it('ends after the time or the bars that it was told', async () => {
    const ends = await Promise.all(
      [['--for', '3m'], ['--steps', '2']].map(([option, value]) =>
        nextbar(['paper', ...session(`ends${option!}`, option!, value!), '--json'], folder),
      ),
    ); // prettier-ignore
    const [time, bars] = ends.map(({ code, stdout, stderr }) => {
      expect([code, stderr]).toEqual([0, '']);
      return lines(stdout).at(-1) as unknown as { result: { steps: number; session: { ended: string } } };
    });
    expect(time!.result.session.ended).toBe('its time was over');
    expect(bars!.result).toMatchObject({ steps: 2, session: { ended: 'it had made 2 steps' } });
  });
});

describe('nextbar trade', () => {
  it('refuses real money, and a local exchange without keys', async () => {
    const real = await nextbar(['trade', ...session('third')], folder);
    expect([real.code, real.stdout]).toEqual([2, '']);
    expect(real.stderr).toContain('real money, which is refused: add --sandbox');
    const keyless = await nextbar(['trade', '--sandbox', ...session('third')], folder);
    expect(keyless.code).toBe(2);
    expect(keyless.stderr).toContain('set BINANCE_SANDBOX_API_KEY and BINANCE_SANDBOX_SECRET');
    expect(existsSync(join(folder, 'sessions/third'))).toBe(false);
  });

  it('sends its orders to the exchange, which has the same in its books, and shows no secret', async () => {
    const reported = ['--report', 'fourth.html'];
    const run = await interrupted(
      ['trade', '--sandbox', ...session('fourth'), ...reported, '--json'],
      executed(2),
      env,
    );
    expect([run.code, run.stderr.trim()]).toEqual([0, 'ending: once more to stop at once']);
    const filled = lines(run.stdout).filter(({ event }) => event === 'order') as unknown as { order: { status: string; side: string; size: number } }[]; // prettier-ignore
    const sent = filled.filter(({ order }) => order.status === 'completed').map(({ order }) => order);
    expect(sent.length).toBeGreaterThan(1);
    const report = readFileSync(join(folder, 'fourth.html'), 'utf8');
    expect(report).toContain('Sandbox session');
    expect(report).not.toContain(keys.secret);
    const asked = exchange.server.served.filter(({ method, path }) => method === 'POST' && path === '/api/v3/order');
    // What is ordered shortly before the end may not be on its way any more.
    const submitted = filled.filter(({ order }) => order.status === 'submitted').length;
    expect(asked.length).toBeGreaterThanOrEqual(sent.length);
    expect(asked.length).toBeLessThanOrEqual(submitted);
    expect((await nextbar(['replay', 'fourth', '--quiet'], folder)).stdout).toMatch(/all as they were/);
    const kept = readdirSync(join(folder, 'sessions/fourth'), { recursive: true, encoding: 'utf8' });
    for (const name of kept.filter((one) => /\.(?:db|json)$/.test(one))) {
      expect(readFileSync(join(folder, 'sessions/fourth', name)).includes(keys.secret)).toBe(false);
    }
  });
});
