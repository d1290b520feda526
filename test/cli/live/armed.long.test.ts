/** A session with real orders, against the local exchange pretending to be live: refused until armed, and again after a change. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { armingRecord, readArmingRequest } from '../../../src/connectors/ccxt/index.ts';
import { systemRuntime } from '../../../src/core/index.ts';
import { BarMarket, FastRuntime, openLocalExchange, type LocalExchange } from '../../../src/venue/index.ts'; // prettier-ignore
import { nextbar, started, type Outcome } from '../nextbar.ts';
import { ownFolder, seriesAround, thisMinute } from '../../session-setup.ts';

const speed = 60;
const keys = { apiKey: 'armed-key', secret: 'armed-secret' };
const words = { BINANCE_SANDBOX_API_KEY: keys.apiKey, BINANCE_SANDBOX_SECRET: keys.secret, NEXTBAR_NO_HINTS: '1' };
const env = { ...words, NEXTBAR_ALLOW_REAL_ORDERS: '1' };
const folder = ownFolder('armed');
let exchange: LocalExchange;

function strategyOf(size: string): void {
  writeFileSync(
    join(folder, 'helper.mjs'),
    `export const size = ${size};
`,
  );
  writeFileSync(
    join(folder, 'holds.mjs'),
    `import { Strategy } from 'nextbar';
import { size } from './helper.mjs';
export default class Holds extends Strategy {
  next() { if (this.position.size === 0 && !this.order?.isAlive) this.order = this.buy({ size }); }
}
`,
  );
}

function limitsOf(text: string): string {
  const path = join(folder, 'limits.yaml');
  writeFileSync(path, text);
  return path;
}

beforeAll(async () => {
  strategyOf('0.01');
  limitsOf('maxDrawdown: 0.5\nmaxExposure: 2\n');
  const now = thisMinute();
  const runtime = new FastRuntime(systemRuntime, speed, now);
  const accounts = [{ name: 'me', ...keys, balances: { USDT: '100000' } }];
  const market = new BarMarket(runtime, { series: [seriesAround(now)], accounts, tradesPerBar: 30, feeIn: 'quote' });
  exchange = await openLocalExchange({ runtime, market, checksTime: false });
});
afterAll(async () => {
  await exchange.close();
});

const line = (more: readonly string[]): string[] => [
  'trade', '--allow-real-orders', 'holds.mjs', '--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '15s', '--history', '0', '--url', exchange.url, '--speed', String(speed), '--session', 'real', '--json', ...more,
]; // prettier-ignore
const trade = (more: readonly string[] = [], own: Record<string, string> = env): Promise<Outcome> =>
  nextbar(line(more), folder, own);

/** Trades until the session says a word, and then ends it. */
async function tradeUntil(word: string): Promise<Outcome> {
  const running = started(line(limited), folder, env);
  const hasWord = (): boolean => running.said.stdout.includes(word) || running.child.exitCode !== null;
  await expect.poll(hasWord).toBe(true);
  running.child.kill('SIGINT');
  return running.ended;
}

const limited = ['--limits', 'limits.yaml'];
const orders = (): number =>
  exchange.server.served.filter(({ method, path }) => method === 'POST' && path === '/api/v3/order').length;
const request = (): string => join(folder, 'sessions/real/arming-request.json');

/** What the person at the terminal does. */
function confirm(): void {
  const record = armingRecord(readArmingRequest(request()), { time: 1, by: 'a test' });
  writeFileSync(join(folder, 'sessions/real/arming.json'), JSON.stringify(record));
}

describe('a session with real orders', () => {
  it('is refused without the word of the environment, without limits, and without a record', async () => {
    const wordless = await trade(limited, words);
    expect([wordless.code, wordless.stderr]).toEqual([2, expect.stringContaining('unless NEXTBAR_ALLOW_REAL_ORDERS is 1') as string]); // prettier-ignore
    const limitless = await trade();
    expect([limitless.code, limitless.stderr]).toEqual([2, expect.stringContaining("mode 'live' needs limits") as string]); // prettier-ignore
    const unarmed = await trade(limited);
    expect([unarmed.code, unarmed.stderr]).toEqual([2, expect.stringContaining('confirm it with nextbar live arm') as string]); // prettier-ignore
    expect(readFileSync(request(), 'utf8')).not.toContain(keys.apiKey);
    expect(orders()).toBe(0);
    const piped = await nextbar(['live', 'arm', 'real'], folder);
    expect([piped.code, piped.stderr]).toEqual([2, expect.stringContaining('confirmed by a person at a terminal') as string]); // prettier-ignore
  });

  it('trades once it is armed, starts again without asking, and asks again after a change of strategy or limits', async () => {
    confirm();
    const first = await tradeUntil('"status":"completed"');
    expect([first.code, first.stderr.trim()]).toEqual([0, 'ending: once more to stop at once']);
    expect(orders()).toBeGreaterThan(0);
    expect(first.stdout).toContain('"mode":"live"');
    const again = await tradeUntil('"recovered"');
    expect(again.code).toBe(0);
    const recovered = await nextbar(['recover', 'real', '--allow-real-orders', '--url', exchange.url, '--speed', String(speed)], folder, env); // prettier-ignore
    expect([recovered.code, recovered.stdout]).toEqual([0, expect.not.stringContaining('mismatch') as string]);
    strategyOf('0.02');
    const changed = await trade(limited);
    expect([changed.code, changed.stderr]).toEqual([2, expect.stringContaining('the strategy has changed') as string]);
    confirm();
    limitsOf('maxDrawdown: 0.9\nmaxExposure: 2\n');
    const looser = await trade(limited);
    expect([looser.code, looser.stderr]).toEqual([2, expect.stringContaining('the limits have changed') as string]);
    limitsOf('maxDrawdown: 0.5\nmaxExposure: 2\n');
    const other = await trade(limited, { ...env, BINANCE_SANDBOX_API_KEY: 'another-key' });
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('another account') as string]);
  });
});

describe('nextbar prove', () => {
  it('passes against the local exchange, and writes a report and a recording', async () => {
    const url = ['--url', exchange.url, '--speed', String(speed), '--out', 'proof'];
    const proved = await nextbar(['prove', 'binance', '--symbol', 'BTC/USDT', ...url], folder, env);
    expect([proved.code, proved.stdout]).toEqual([0, expect.stringMatching(/2\d checks passed, 0 failed/) as string]);
    expect(readFileSync(join(folder, 'proof/report.md'), 'utf8')).toContain(
      '| orders | a limit order rests | passed |',
    );
    const recorded = readFileSync(join(folder, 'proof/recording.jsonl'), 'utf8');
    for (const kind of ['market', 'account', 'sent', 'found']) expect(recorded).toContain(`"kind":"${kind}"`);
    expect(recorded).not.toContain(keys.secret);
    const wrong = await nextbar(['prove', 'binance', '--symbol', 'BTC/USDT', ...url, '--patience', '1s'], folder, { ...env, BINANCE_SANDBOX_API_KEY: 'unknown' }); // prettier-ignore
    expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining('FAIL  account') as string]);
    expect(wrong.stdout).not.toContain(keys.secret);
  });
});
