/** How sessions from the command line share an account, come back after a kill, and end: each in a process of its own. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemRuntime } from '../../../src/core/index.ts';
import { BarMarket, FastRuntime, Faults, openLocalExchange, SeededMarket, type LocalExchange } from '../../../src/venue/index.ts'; // prettier-ignore
import { nextbar, started, type Running } from '../nextbar.ts';
import { ownFolder, seriesAround, thisMinute } from '../../session-setup.ts';

const speed = 20;
const keys = { apiKey: 'ends-key', secret: 'ends-secret' };
const env = { BINANCE_SANDBOX_API_KEY: keys.apiKey, BINANCE_SANDBOX_SECRET: keys.secret, NEXTBAR_NO_HINTS: '1' };
const folder = ownFolder('ends');
let exchange: LocalExchange;

/** A strategy that rests an order at its first bar and then does what `then` says. */
function strategyOf(name: string, then: string): void {
  writeFileSync(
    join(folder, `${name}.mjs`),
    `import { Strategy } from 'nextbar';
export default class Rests extends Strategy {
  next() {
    if (!this.order?.isAlive) this.order = this.buy({ type: 'limit', price: Math.round(this.data.close.now * 0.9), size: 0.01 });
    ${then}
  }
}
`,
  );
}

beforeAll(async () => {
  strategyOf('rests', '');
  // Blocks the main thread as an endless loop does, without a core of the machine.
  strategyOf(
    'hangs',
    "if (this.order.status === 'accepted') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
  );
  strategyOf('rejects', "if (this.order.status === 'accepted') void Promise.reject(new TypeError('nobody waits for this'));"); // prettier-ignore
  writeFileSync(
    join(folder, 'holds.mjs'),
    `import { Strategy } from 'nextbar';
export default class Holds extends Strategy {
  next() { if (this.position.size === 0 && !this.order?.isAlive) this.order = this.buy({ size: 0.01 }); }
}
`,
  );
  const now = thisMinute();
  const runtime = new FastRuntime(systemRuntime, speed, now);
  const series = ['BTC/USDT', 'ETH/USDT'].map((symbol, k) => seriesAround(now, { symbol, seed: 4 + k }));
  const accounts = [{ name: 'me', ...keys, balances: { USDT: '100000' } }];
  const market = new BarMarket(runtime, { series, accounts, tradesPerBar: 60, feeIn: 'quote' });
  exchange = await openLocalExchange({ runtime, market, checksTime: false });
});
afterAll(async () => {
  await exchange.close();
});

function args(name: string, session: string, ...more: string[]): string[] {
  return [
    'trade', '--sandbox', join(folder, `${name}.mjs`), '--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '15s', '--history', '0', '--url', exchange.url, '--speed', String(speed), '--session', session, '--json', ...more,
  ]; // prettier-ignore
}

/** Starts a session and waits until it says a word. */
async function until(word: string, ...line: string[]): Promise<Running> {
  const running = started(line, folder, env);
  await expect.poll(() => running.said.stdout.includes(word) || running.child.exitCode !== null).toBe(true);
  if (!running.said.stdout.includes(word)) throw new Error(running.said.stderr);
  return running;
}

function eventsIn(stdout: string): { event: string; [field: string]: unknown }[] {
  const whole = stdout.slice(0, stdout.lastIndexOf('\n'));
  return whole.split('\n').map((line) => JSON.parse(line) as { event: string });
}

describe('what a session owns', () => {
  it('is refused to a second process, which names the first; on one account symbols and shares decide', async () => {
    const first = await until('"recovered"', ...args('rests', 'one', '--share', '0.5'));
    try {
      const again = await nextbar(args('rests', 'one'), folder, env);
      expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(new RegExp(`^error: session 'one' is already run by process ${first.child.pid} on .*: stop it with 'nextbar stop one', or choose another session name\\n$`)) as string]); // prettier-ignore
      const same = await nextbar(args('rests', 'two', '--share', '0.5'), folder, env);
      expect([same.code, same.stderr]).toEqual([1, expect.stringContaining(`process ${first.child.pid}`) as string]);
      expect(same.stderr).toContain('already trades BTC/USDT on this account');
      const other = args('rests', 'three').map((word) => (word === 'BTC/USDT' ? 'ETH/USDT' : word));
      const greedy = await nextbar(other, folder, env);
      expect([greedy.code, greedy.stderr]).toEqual([1, expect.stringContaining('trades on this account of binance with 50 % of its cash, and this session states 100 %') as string]); // prettier-ignore
      const shared = await until('"recovered"', ...other, '--share', '0.5');
      shared.child.kill('SIGINT');
      expect((await shared.ended).code).toBe(0);
    } finally {
      first.child.kill('SIGKILL');
    }
    await first.ended;
    // The lock of a dead process holds nobody up.
    const next = await until('"recovered"', ...args('rests', 'one'));
    next.child.kill('SIGINT');
    expect((await next.ended).code).toBe(0);
  }); // prettier-ignore

  it('stays in its folder', async () => {
    for (const name of ['..', '.', '../up', 'a/b', '.hidden']) {
      const { code, stderr } = await nextbar(args('rests', name), folder, env);
      expect([name, code, stderr]).toEqual([name, 2, expect.stringContaining('--session must be a name') as string]);
    }
  });
});

describe('a session that was killed after a fill', () => {
  it('comes back with its position when account questions fail at first, and makes no step before', async () => {
    const first = await until('"status":"completed"', ...args('holds', 'killed'));
    first.child.kill('SIGKILL');
    await first.ended;
    const cut = await nextbar(['replay', 'killed', '--quiet'], folder);
    expect([cut.code, cut.stdout]).toEqual([1, expect.stringContaining('not verified') as string]);
    expect(cut.stdout).not.toContain('all as they were');
    const kinds = ['bad-gateway', 'server-error', 'spoiled-answer'] as const;
    const paths = ['/api/v3/openOrders', '/api/v3/account', '/api/v3/myTrades'];
    exchange.server.faults = new Faults({
      plan: paths.flatMap((path) => kinds.map((kind) => ({ kind, path, times: 2 }))),
    });
    const second = await until('"event":"step"', ...args('holds', 'killed'));
    exchange.server.faults = new Faults();
    second.child.kill('SIGINT');
    const { code, stdout } = await second.ended;
    expect(code).toBe(0);
    const events = eventsIn(stdout);
    const names = events.map(({ event }) => event);
    expect(names.indexOf('recovered')).toBeLessThan(names.indexOf('step'));
    expect(events.some(({ text }) => /the request for .* failed and is repeated.*the session ends if/.test(String(text)))).toBe(true); // prettier-ignore
    const recovered = events.find(({ event }) => event === 'recovered') as unknown as { datas: { position: { size: number } }[] }; // prettier-ignore
    expect(recovered.datas[0]!.position.size).toBe(0.01);
    const end = events.at(-1) as unknown as { result: { session: object } };
    expect(end.result.session).toMatchObject({ isRecovered: true, isSettled: true, holdings: { 'BTC/USDT': 0.01 } });
    // An exchange that knows nothing of the session's orders.
    const accounts = [{ ...keys, balances: { USDT: '100000' } }];
    const other = await openLocalExchange({ market: new SeededMarket(systemRuntime, { seed: 1, instruments: [{ symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 5 }], accounts, stepsPerSecond: 1 }) });
    const mismatch = await nextbar(['recover', 'killed', '--url', other.url], folder, env);
    await other.close();
    expect([mismatch.code, mismatch.stdout]).toEqual([1, expect.stringContaining('mismatch: the session holds 0.01 BTC/USDT by its journal and 0 by its executions') as string]);
  }); // prettier-ignore
});

describe('a session that goes wrong', () => {
  it('ends orderly at a rejection that nobody handles: first cause, open orders, exit code 1', async () => {
    const { code, stderr } = await nextbar(args('rejects', 'rejects'), folder, env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/open order: \S+ buy 0\.01 BTC\/USDT limit \d+ \(accepted\)/);
    expect(stderr).toContain('error: TypeError: nobody waits for this');
    const replayed = await nextbar(['replay', 'rejects', '--json'], folder);
    expect(JSON.parse(replayed.stdout)).toMatchObject({ session: 'rejects' });
  }); // prettier-ignore

  it('does not begin with a key that was revoked, lists what is open, and goes on with a good one', async () => {
    const running = await until('"status":"accepted"', ...args('rests', 'revoked'));
    running.child.kill('SIGKILL');
    await running.ended;
    try {
      exchange.revokeKey(keys.apiKey);
      const again = await nextbar(args('rests', 'revoked'), folder, env);
      expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/error: .*Invalid API-key/) as string]);
      expect(again.stderr).toMatch(/open order: \S+ buy 0\.01 BTC\/USDT limit \d+ \(accepted\)/);
      expect(again.stdout).not.toContain('"event":"step"');
      expect(again.stderr).not.toContain('    at ');
    } finally {
      exchange.revokeKey(keys.apiKey, false);
    }
    const next = await until('"recovered"', ...args('rests', 'revoked'));
    next.child.kill('SIGINT');
    expect((await next.ended).code).toBe(0);
  }); // prettier-ignore

  it('ends with 1 when its key is revoked in the middle, and lists what is open', async () => {
    const running = await until('"status":"accepted"', ...args('rests', 'revoked-later'));
    try {
      exchange.revokeKey(keys.apiKey);
      const { code, stderr } = await running.ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/error: the exchange refuses (the|orders of the) session's key .*Invalid API-key/);
      expect(stderr).toMatch(/open order: \S+ buy 0\.01 BTC\/USDT limit \d+ \(accepted\)/);
      expect(stderr).not.toContain('    at ');
    } finally {
      exchange.revokeKey(keys.apiKey, false);
    }
  }); // prettier-ignore

  it('ends orderly when its terminal is closed: the result, open orders, exit code 1', async () => {
    const running = await until('"status":"accepted"', ...args('rests', 'hangup'));
    running.child.kill('SIGHUP');
    const { code, stdout } = await running.ended;
    expect([code, running.child.signalCode]).toEqual([1, null]);
    const end = eventsIn(stdout).at(-1);
    expect(end).toMatchObject({ event: 'end', result: { session: { ended: 'its terminal was closed' } } });
    const { code: replayed } = await nextbar(['replay', 'hangup', '--quiet'], folder);
    expect(replayed).toBe(0);
  }); // prettier-ignore

  it('ends orderly when the disk takes no more: first cause, open orders, what was written is whole', async () => {
    // No file may grow beyond this: to the session the same as a full disk.
    const limited = `trap '' XFSZ; ulimit -f 400; exec "$@"`;
    const { child, ended } = started(args('rests', 'full'), folder, env, limited);
    const { code, stderr } = await ended;
    expect([code, child.signalCode]).toEqual([1, null]);
    expect(stderr).toMatch(/open order: \S+ buy 0\.01 BTC\/USDT limit \d+ \(accepted\)/);
    expect(stderr).toMatch(/error: .*disk/);
    const { stdout } = await nextbar(['replay', 'full', '--json'], folder);
    expect(JSON.parse(stdout)).toMatchObject({ session: 'full' });
  }); // prettier-ignore

  it('that hangs is noticed from outside: open orders beside the journal, and Ctrl-C works', async () => {
    const { child, ended, said } = started(args('hangs', 'hangs'), folder, env);
    const file = join(folder, 'sessions/hangs/hung.json');
    await expect.poll(() => existsSync(file) || child.exitCode !== null).toBe(true);
    expect(said.stderr).toMatch(/the strategy has not returned for \d+ s: 1 open orders are listed in/);
    const facts = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; openOrders: { symbol: string }[] };
    expect(facts).toMatchObject({ session: 'hangs', pid: child.pid, openOrders: [{ symbol: 'BTC/USDT', type: 'limit' }] }); // prettier-ignore
    // Signals are delivered again a moment after the file is there.
    await expect.poll(() => child.signalCode !== null || !child.kill('SIGINT')).toBe(true);
    expect(child.signalCode ?? 'SIGINT').toBe('SIGINT');
    await ended;
  }); // prettier-ignore

  it('that was stopped for a while, as by Ctrl-Z, does not hang: it goes on, past its limit too', async () => {
    const { child, ended, said } = await until('"status":"accepted"', ...args('rests', 'stopped', '--hang-limit', '7s'));
    // What is printed is rare; every step is in the log.
    const steps = (): number => readFileSync(join(folder, 'sessions/stopped/log.jsonl'), 'utf8').split('"event":"step"').length; // prettier-ignore
    await expect.poll(steps).toBeGreaterThan(1);
    child.kill('SIGSTOP');
    const before = steps();
    await new Promise((resolve) => setTimeout(resolve, 9_000));
    expect(steps()).toBe(before);
    child.kill('SIGCONT');
    await expect.poll(() => steps() > before + 1 || child.exitCode !== null).toBe(true);
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
    expect(said.stderr).not.toContain('has not returned');
    expect(existsSync(join(folder, 'sessions/stopped/hung.json'))).toBe(false);
  }); // prettier-ignore

  it('that hangs for longer than its limit is killed, also when nobody reads what is said of it', async () => {
    const { child, ended } = started(args('hangs', 'limit', '--hang-limit', '7s'), folder, env);
    child.stderr.destroy();
    await ended;
    expect(child.signalCode).toBe('SIGKILL');
    expect(JSON.parse(readFileSync(join(folder, 'sessions/limit/hung.json'), 'utf8'))).toMatchObject({ killed: true });
  });
});
