/** Sessions from the command line, against the local exchange at many times the speed of time. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { generateBars } from '../../src/feeds/index.ts';
import { systemRuntime } from '../../src/core/index.ts';
import { FastRuntime, gridOf, onGrid, openLocalExchange, TapeMarket, type LocalExchange } from '../../src/venue/index.ts'; // prettier-ignore
import { nextbar } from './nextbar.ts';

const speed = 120;
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
  const market = new TapeMarket(runtime, {
    tapes: [{ instrument, bars, timeframe: '1m' }],
    accounts: [{ name: 'me', ...keys, balances: { USDT: '100000' } }],
    printsPerBar: 40,
  });
  exchange = await openLocalExchange({ runtime, market, checksTime: false });
});
afterAll(async () => {
  await exchange.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The arguments of a session of some minutes, under a name. */
function session(name: string, ...more: string[]): string[] {
  return [
    join(folder, 'in-and-out.ts'), '--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1m', '--history', '60', '--url', exchange.url, '--speed', String(speed), '--session', name, ...more,
  ]; // prettier-ignore
}

/** Lines of JSON, in order. */
function lines(stdout: string): { event: string; [field: string]: unknown }[] {
  return stdout.trim().split('\n').map((line) => JSON.parse(line) as { event: string }); // prettier-ignore
}

describe('nextbar paper', () => {
  it(
    'trades for as long as it was told, keeps a journal, and replays it to the same decisions',
    { timeout: 120_000 },
    async () => {
      const run = await nextbar(
        ['paper', ...session('first', '--for', '12m', '--commission', '0.001'), '--json'],
        folder,
      );
      expect([run.code, run.stderr]).toEqual([0, '']);
      const said = lines(run.stdout);
      expect(said.filter(({ event }) => event === 'stream').at(-1)).toMatchObject({ data: 'BTC/USDT', state: 'live' });
      const steps = said.filter(({ event }) => event === 'step');
      expect(steps.length).toBeGreaterThan(5);
      const times = steps.map(({ datas }) => (datas as { closeTime: number }[])[0]!.closeTime);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      const end = said.at(-1) as unknown as { event: string; result: { mode: string; steps: number; strategies: { orders: Record<string, number> }[]; session: { ended: string } } }; // prettier-ignore
      expect(end).toMatchObject({ event: 'end', result: { mode: 'paper', session: { ended: 'its time was over' } } });
      const orders = said.filter(({ event }) => event === 'order') as unknown as { order: { status: string } }[];
      const filled = orders.filter(({ order }) => order.status === 'completed').length;
      expect(filled).toBe(end.result.strategies[0]!.orders['completed'] ?? 0);
      expect(filled).toBeGreaterThan(0);

      const again = await nextbar(['replay', 'first', '--json'], folder);
      expect([again.code, again.stderr]).toEqual([0, '']);
      const replay = JSON.parse(again.stdout) as { isSame: boolean; decisions: number; result: object };
      expect(replay).toMatchObject({ isSame: true, mode: 'paper', session: 'first' });
      expect(replay.decisions).toBeGreaterThan(filled);
      expect(replay.result).toMatchObject({ steps: end.result.steps, strategies: [{ orders: end.result.strategies[0]!.orders }] }); // prettier-ignore

      const other = JSON.parse(readFileSync(join(folder, 'sessions/first/plan.json'), 'utf8')) as { params: object };
      writeFileSync(join(folder, 'sessions/first/plan.json'), JSON.stringify({ ...other, params: { units: 0.02 } }));
      const wrong = await nextbar(['replay', 'first'], folder);
      expect(wrong.code).toBe(2);
      expect(wrong.stderr).toContain('strategy 1 of the session');
      expect((await nextbar(['paper', ...session('first', '--steps', '1')], folder)).stderr).toContain(
        'choose another name',
      );
    },
  );

  it('ends cleanly at Ctrl-C, with its summary', { timeout: 120_000 }, async () => {
    const { child, output } = started(['paper', ...session('second')]);
    await expect.poll(() => output.stdout, { timeout: 20_000 }).toContain('BTC/USDT is live');
    await systemRuntime.sleep(2_500);
    child.kill('SIGINT');
    expect(await ended(child)).toBe(0);
    expect(output.stdout).toContain('Ended       it was told to end');
    expect(output.stdout).toContain('replay with: nextbar replay second');
    expect(readdirSync(join(folder, 'sessions/second')).sort()).toEqual(['bars', 'journal.db', 'plan.json']);
    expect((await nextbar(['replay', 'second', '--quiet'], folder)).stdout).toMatch(
      /inputs played, .* all as they were/,
    );
  });
});

describe('nextbar trade', () => {
  it('refuses real money, and a local exchange without keys', async () => {
    const real = await nextbar(['trade', ...session('third')], folder);
    expect([real.code, real.stdout]).toEqual([2, '']);
    expect(real.stderr).toContain('real money, which this release refuses: add --sandbox');
    const keyless = await nextbar(['trade', '--sandbox', ...session('third')], folder);
    expect(keyless.code).toBe(2);
    expect(keyless.stderr).toContain('set BINANCE_SANDBOX_API_KEY and BINANCE_SANDBOX_SECRET');
    expect(existsSync(join(folder, 'sessions/third'))).toBe(false);
  });

  it(
    'sends its orders to the exchange, which has the same in its books, and shows no secret',
    { timeout: 120_000 },
    async () => {
      const run = await nextbar(['trade', '--sandbox', ...session('fourth', '--steps', '8'), '--json'], folder, env);
      expect([run.code, run.stderr]).toEqual([0, '']);
      const filled = lines(run.stdout).filter(({ event }) => event === 'order') as unknown as { order: { status: string; side: string; size: number } }[]; // prettier-ignore
      const sent = filled.filter(({ order }) => order.status === 'completed').map(({ order }) => order);
      expect(sent.length).toBeGreaterThan(0);
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
    },
  );
});

function started(args: readonly string[]): { child: ChildProcess; output: { stdout: string } } {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const loader = ['--conditions=source', '--import', import.meta.resolve('tsx')];
  const child = spawn(process.execPath, [...loader, main, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const output = { stdout: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text)); // prettier-ignore
  return { child, output };
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve));
}
