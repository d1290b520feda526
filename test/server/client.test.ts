/** The client against a served server: every question, what is refused, and live events. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PlatformClient } from 'nextbar/client';

import { AuthError, ConnectorError, RateLimitError, SimulatedRuntime, systemRuntime } from '../../src/core/index.ts';
import {
  AuditLog,
  KeyRing,
  startServer,
  Syncer,
  Tokens,
  type Database,
  type RunningServer,
} from '../../src/server/index.ts';
import { SessionBoard } from '../../src/server/live/index.ts';
import { BarStore } from '../../src/store/index.ts';
import { openTestDatabase } from './databases.ts';
import { FakeVenues } from './venues.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-client-'));
const sessions = join(folder, 'sessions');
const start = Date.UTC(2024, 0, 1);
const hour = 3_600_000;
let database: Database;
let server: RunningServer;
let tokens: Tokens;
let client: PlatformClient;
let board: SessionBoard;

const clientOf = async (...scopes: string[]) => {
  const { token, info } = await tokens.issue({ subject: 'test', scopes });
  return { secret: tokens.signingSecret(info)!, client: new PlatformClient({ url: server.url, token, retries: 0 }) };
};

beforeAll(async () => {
  database = await openTestDatabase(join(folder, 'platform.sqlite'), Date.now());
  tokens = new Tokens(database, await KeyRing.open({ path: join(folder, 'keys.json') }, Date.now()), systemRuntime);
  const venues = new FakeVenues();
  for (const [k, name] of ['MATIC', 'POL'].entries()) {
    venues.perpetuals[1] = { name, szDecimals: 1 };
    if (k === 1) venues.binance.pop();
    await new Syncer({ database, runtime: new SimulatedRuntime(1, start + k * hour), network: venues }).sync();
  }
  const store = await BarStore.open({ folder: join(folder, 'bars') });
  const time = Float64Array.from({ length: 25 }, (_, k) => start + k * hour);
  const one = time.map((_, k) => 100 + k);
  await store.write({ exchange: 'binance', type: 'spot', symbol: 'BTC/USDT', timeframe: '1h' }, { start, end: start + 25 * hour, source: 'binance' }, { time, open: one, high: one, low: one, close: one, volume: one });
  store.close();
  board = new SessionBoard({ folder: join(sessions, 's1'), name: 's1', mode: 'paper', strategy: 'X', exchange: 'binance', accepts: ['stop'] }, systemRuntime);
  server = await startServer({ runtime: systemRuntime, database, tokens, audit: new AuditLog(join(folder, 'audit.jsonl'), systemRuntime), folder: join(folder, 'bars'), sessions, port: 0 });
  ({ client } = await clientOf('read:metadata', 'read:bars', 'read:runs', 'control:sessions', 'send:signals'));
}); // prettier-ignore
afterAll(async () => {
  board.end('the test has ended');
  await server.close();
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const btc = { exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1h' } as const;

describe('the client', () => {
  it('asks what the syncer keeps: exchanges, symbols by an old name, intervals, changes and runs', async () => {
    const { exchanges } = await client.exchanges();
    expect(exchanges.map(({ exchange, symbols, activeSymbols }) => [exchange, symbols, activeSymbols])).toEqual([
      ['binanceusdm', 3, 2],
      ['coinbase', 2, 2],
      ['hyperliquid', 4, 4],
    ]);
    const { symbols } = await client.symbols({ exchange: 'hyperliquid', symbol: 'MATIC/USDC:USDC' });
    expect(symbols.map(({ symbol, formerly }) => [symbol, formerly])).toEqual([['POL/USDC:USDC', ['MATIC/USDC:USDC']]]);
    expect((await client.symbols({ active: false })).symbols.map(({ symbol, delisted }) => [symbol, delisted])).toEqual(
      [['SOL/USDT:USDT', start + hour]],
    );
    const names: string[] = [];
    for await (const page of client.pages('symbols', { limit: 2 }))
      names.push(...page.symbols.map(({ symbol }) => symbol));
    expect([names.length, new Set(names).size]).toEqual([9, 9]);
    expect((await client.intervals({ exchange: 'coinbase' })).intervals).toHaveLength(8);
    const { changes } = await client.changes({ limit: 4 });
    expect(changes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['delisted', 'renamed']));
    expect((await client.syncs()).runs.map(({ isOk }) => isOk)).toEqual(Array(6).fill(true));
  });

  it('asks for bars by dates, over pages, as columns, CSV and Arrow', async () => {
    const { bars } = await client.bars({ ...btc, start: new Date(start), end: '2024-01-01T03:00:00Z' });
    expect(bars).toEqual([0, 1, 2].map((k) => [start + k * hour, 100 + k, 100 + k, 100 + k, 100 + k, 100 + k]));
    const columns = await client.barColumns({ ...btc, start, limit: 10 });
    expect([columns.time.length, columns.close.at(-1)]).toEqual([25, 124]);
    expect((await client.barsAs('csv', { ...btc, limit: 2 })).split('\n')).toHaveLength(4);
    const arrow = await client.barsAs('arrow', { ...btc, start, limit: 2 });
    expect(new TextDecoder().decode(arrow.subarray(0, 6))).toBe('ARROW1');
    expect((await client.bars({ ...btc, timeframe: '4h', start, derived: true })).derived).toEqual({ from: '1h' });
    expect((await client.quality(btc)).missingBars).toBe(0);
    expect((await client.series({ exchange: 'binance' })).series).toMatchObject([{ symbol: 'BTC/USDT', bars: 25 }]);
  });

  it('asks for runs and sessions, and sends commands and signed signals', async () => {
    expect((await client.runs()).runs).toEqual([]);
    await expect(client.run(7)).rejects.toMatchObject({ code: 'no-run' });
    expect((await client.sessions()).sessions).toMatchObject([{ name: 's1', state: 'running' }]);
    expect((await client.session('s1')).session.strategy).toBe('X');
    expect(await client.stop('s1')).toMatchObject({ accepted: true, session: 's1' });
    await expect(client.flatten('s1')).rejects.toMatchObject({ code: 'not-running' });
    const { client: sender, secret } = await clientOf('send:signals');
    await expect(sender.signal('s1', { action: 'buy' }, { secret: 'other' })).rejects.toThrow(AuthError);
    await expect(sender.signal('s1', { action: 'buy' }, { secret })).rejects.toMatchObject({
      code: 'takes-no-signals',
    });
  });

  it('follows live events', async () => {
    const seen: string[] = [];
    for await (const message of client.events()) {
      seen.push(message.type);
      if (message.type === 'sessions') setTimeout(() => { board.note('message', 'hello'); }, 600); // prettier-ignore
      if (message.type !== 'event') continue;
      expect(message).toMatchObject({ session: 's1', kind: 'message', text: 'hello' });
      break;
    }
    expect(seen[0]).toBe('sessions');
  });

  it('throws what went wrong by kind: a token, a question, a server that is away', async () => {
    const { client: other } = await clientOf('read:metrics');
    await expect(other.runs()).rejects.toThrow(/needs a token with the scope read:runs/);
    await expect(other.runs()).rejects.toThrow(AuthError);
    await expect(new PlatformClient({ url: server.url, token: 'x' }).runs()).rejects.toThrow(AuthError);
    await expect(client.bars({ ...btc, symbol: 'ETH/USDT' })).rejects.toMatchObject({ code: 'no-bars' });
    expect(() => new PlatformClient({ url: 'http://me:s3cret@127.0.0.1:1', token: 'x' })).toThrow(
      /^url of a client takes no user and no password: the token authenticates it$/,
    );
    const away = new PlatformClient({ url: 'http://127.0.0.1:1', token: 'x', retries: 0 });
    await expect(away.runs()).rejects.toThrow(/the platform at http:\/\/127.0.0.1:1 did not answer/);
    await expect(away.runs()).rejects.toBeInstanceOf(ConnectorError);
    const events = new PlatformClient({ url: server.url, token: 'x' }).events();
    await expect(events.next()).rejects.toThrow(AuthError);
  });

  it('repeats a question while the server is busy, and a signal never', async () => {
    let asked = 0;
    const fetch = (): Promise<Response> => {
      asked++;
      const busy = Response.json({ error: { code: 'busy', message: 'wait' } }, { status: 429, headers: { 'retry-after': '1' } }); // prettier-ignore
      return Promise.resolve(asked < 3 ? busy : Response.json({ exchanges: [] }));
    };
    const runtime = new SimulatedRuntime(1, start);
    const one = new PlatformClient({ token: () => 'x', fetch, runtime });
    const answer = one.exchanges();
    while (asked < 3) {
      await new Promise((resolve) => setImmediate(resolve));
      runtime.advance(1_000);
    }
    expect(await answer).toEqual({ exchanges: [] });
    asked = 0;
    await expect(one.signal('s', {}, { secret: 'x' })).rejects.toThrow(RateLimitError);
    expect(asked).toBe(1);
  });

  it('refuses an option that it does not know, and an address that is none', () => {
    expect(() => new PlatformClient({ token: 'x', tokens: 'y' } as never)).toThrow(
      "unknown option of PlatformClient 'tokens'",
    );
    expect(() => new PlatformClient({ token: 'x', url: 'ftp://x' })).toThrow("was 'ftp://x'");
  });
});
