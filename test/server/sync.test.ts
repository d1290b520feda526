/** The syncer: what it writes, what it keeps, and what one failing exchange does to the others. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SimulatedRuntime } from '../../src/core/index.ts';
import { syncLog, Syncer, type Database, type SyncerOptions } from '../../src/server/index.ts';
import { openTestDatabase } from './databases.ts';
import { FakeVenues, futureOf } from './venues.ts';

const start = Date.UTC(2026, 0, 1);
let folder: string;
let database: Database;
let venues: FakeVenues;
let runtime: SimulatedRuntime;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nextbar-sync-'));
  runtime = new SimulatedRuntime(1, start);
  venues = new FakeVenues();
  database = await openTestDatabase(join(folder, 'platform.sqlite'), start);
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One round, with the simulated clock running while it waits. */
async function round(more: Partial<SyncerOptions> = {}) {
  const syncer = new Syncer({ database, runtime, network: venues, folder, ...more });
  let isDone = false;
  const runs = syncer.sync().finally(() => (isDone = true));
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    runtime.advance(1_000);
  }
  return Object.fromEntries((await runs).map((run) => [run.exchange, run]));
}

const symbols = (exchange: string) =>
  database.rows<{ symbol: string; venue_id: string; active: number; delisted: number | null }>(
    'SELECT symbol, venue_id, active, delisted FROM symbols WHERE exchange = $1 ORDER BY venue_id',
    [exchange],
  );

/** Every row of every table but the log, in order. */
async function everything(): Promise<unknown> {
  const tables = ['exchanges', 'symbols', 'symbol_names', 'symbol_changes', 'intervals'];
  return Promise.all(tables.map((name) => database.rows(`SELECT * FROM ${name} ORDER BY 1, 2, 3, 4`)));
}

describe('the syncer', () => {
  it('writes the symbols of Binance Futures, Hyperliquid and Coinbase with their rules and intervals', async () => {
    const runs = await round();
    expect(Object.values(runs).map(({ exchange, isOk, symbols: count, added }) => [exchange, isOk, count, added])).toEqual([
      ['binanceusdm', true, 3, 3],
      ['hyperliquid', true, 4, 4],
      ['coinbase', true, 2, 2],
    ]);
    const [btc] = await database.rows('SELECT * FROM symbols WHERE exchange = $1 AND symbol = $2', ['binanceusdm', 'BTC/USDT:USDT']);
    expect(btc).toMatchObject({ tick: 0.1, lot: 0.001, min_notional: 100, type: 'swap', listed: 1_569_398_400_000, active: 1 });
    expect((await symbols('hyperliquid')).map(({ symbol }) => symbol)).toEqual(['BTC/USDC:USDC', 'MATIC/USDC:USDC', 'KPEPE/USDC:USDC', 'PURR/USDC']);
    const [{ count }] = await database.rows<{ count: number }>(`SELECT COUNT(*) AS count FROM intervals WHERE exchange = 'coinbase'`) as [{ count: number }];
    expect(count).toBe(8);
  }); // prettier-ignore

  it('changes nothing but the time of the last look when nothing has changed', async () => {
    await round();
    const before = JSON.stringify(await everything());
    const runs = await round();
    expect(Object.values(runs).every(({ added, changed }) => added + changed === 0)).toBe(true);
    const timeless = (text: string): string => text.replace(/"(?:last_seen|synced)":\d+/g, '');
    expect(timeless(JSON.stringify(await everything()))).toBe(timeless(before));
  });

  it('keeps a delisted symbol, inactive and with its date, and takes it back when it is listed again', async () => {
    await round();
    const [eth] = venues.binance.splice(1, 1);
    const { binanceusdm } = await round();
    expect(binanceusdm).toMatchObject({ isOk: true, delisted: 1 });
    const gone = (await symbols('binanceusdm')).find(({ venue_id: id }) => id === 'ETHUSDT')!;
    expect(gone.active).toBe(0);
    expect(gone.delisted).toBeGreaterThan(start);
    venues.binance.push(eth!);
    expect((await round())['binanceusdm']).toMatchObject({ relisted: 1 });
    const back = (await symbols('binanceusdm')).find(({ venue_id: id }) => id === 'ETHUSDT');
    expect(back).toMatchObject({ active: 1, delisted: null });
  });

  it('marks a symbol as inactive when the exchange says that it is closed, with the date of the exchange', async () => {
    await round();
    venues.binance[2] = futureOf('SOL', { status: 'SETTLING', deliveryDate: start - 1 });
    await round();
    const sol = (await symbols('binanceusdm')).find(({ venue_id: id }) => id === 'SOLUSDT');
    expect(sol).toMatchObject({ active: 0, delisted: start - 1 });
  });

  it('follows a rename: the same row under its new name, which its old name still finds', async () => {
    await round();
    venues.perpetuals[1] = { name: 'POL', szDecimals: 1 };
    expect((await round())['hyperliquid']).toMatchObject({ renamed: 1, delisted: 0, added: 0 });
    const rows = await symbols('hyperliquid');
    expect(rows.find(({ venue_id: id }) => id === 'perpetual:1')!.symbol).toBe('POL/USDC:USDC');
    const names = await database.rows<{ symbol: string; until: number | null }>(
      `SELECT symbol, until FROM symbol_names WHERE venue_id = 'perpetual:1' ORDER BY since`,
    );
    expect(names.map(({ symbol, until }) => [symbol, until === null])).toEqual([['MATIC/USDC:USDC', false], ['POL/USDC:USDC', true]]); // prettier-ignore
  });

  it('goes on with a symbol whose exchange gave it another id', async () => {
    await round();
    venues.coinbase[1] = { ...venues.coinbase[1], product_id: 'ETH2-USD' };
    expect((await round())['coinbase']).toMatchObject({ added: 0, delisted: 0 });
    expect((await symbols('coinbase')).map((row) => [row.venue_id, row.active])).toEqual([['BTC-USD', 1], ['ETH2-USD', 1]]); // prettier-ignore
  });

  it('syncs the others when one exchange fails, and writes down what went wrong', async () => {
    venues.faults.set('fapi.binance.com', { status: 503, text: 'down', headers: {} });
    const runs = await round();
    expect(runs['binanceusdm']).toMatchObject({
      isOk: false,
      error: expect.stringContaining('binanceusdm answered 503') as string,
    });
    expect([runs['hyperliquid']!.isOk, runs['coinbase']!.isOk]).toEqual([true, true]);
    const log = await syncLog(database, { exchange: 'binanceusdm', limit: 5 });
    expect(log).toEqual([runs['binanceusdm']]);
  });

  it.each([
    ['a page instead of JSON', { status: 200, text: '<html>', headers: {} }],
    ['an empty list', { status: 200, text: '{"symbols":[]}', headers: {} }],
    ['another shape', { status: 200, text: '{"symbols":7}', headers: {} }],
    [
      'a list that lost most symbols',
      { status: 200, text: JSON.stringify({ symbols: [futureOf('BTC')] }), headers: {} },
    ],
  ])('marks nothing as delisted after %s', async (_, answer) => {
    venues.binance.push(...Array.from({ length: 12 }, (__, k) => futureOf(`COIN${k}`)));
    await round();
    venues.faults.set('fapi.binance.com', answer);
    expect((await round())['binanceusdm']!.isOk).toBe(false);
    expect((await symbols('binanceusdm')).every(({ active }) => active === 1)).toBe(true);
  });

  it('counts a symbol that cannot be read, and writes the others', async () => {
    venues.binance[1] = { symbol: 'ETHUSDT', status: 'TRADING' };
    const { binanceusdm } = await round();
    expect(binanceusdm).toMatchObject({ isOk: true, symbols: 2, refused: 1 });
    expect(binanceusdm!.error).toContain('ETHUSDT: baseAsset must be a text');
  });

  it('refuses an exchange that does not exist, with the nearest name', async () => {
    await expect(new Syncer({ database, runtime, exchanges: ['binanse'] }).sync()).rejects.toThrow(
      "did you mean 'binance'?",
    );
  });
});
