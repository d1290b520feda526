/** The contract of a database of the platform: SQLite always, PostgreSQL where a server is named (`npm run postgres`). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openDatabase, type Database } from '../../src/server/index.ts';
import { upsert } from '../../src/server/database/database.ts';
import { postgresAddress, postgresServer } from '../server/databases.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-database-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const kinds: readonly (readonly [string, () => Promise<string>])[] = [
  ['SQLite', () => Promise.resolve(join(folder, 'contract.sqlite'))],
  ...(postgresServer === undefined
    ? []
    : ([['PostgreSQL', () => postgresAddress(join(folder, 'contract.sqlite'))]] as const)),
];

describe.each(kinds)('a database on %s', (_, addressOf) => {
  let address: string;
  let database: Database;
  const interval = (name: string, more: object = {}) => ({
    exchange: 'x', interval_name: name, length_ms: 60_000, active: 1, first_seen: 1, last_seen: 1, ...more,
  }); // prettier-ignore
  const key = ['exchange', 'interval_name'];
  const names = async (): Promise<string[]> =>
    (await database.rows<{ interval_name: string }>('SELECT interval_name FROM intervals ORDER BY interval_name')).map(
      (row) => row.interval_name,
    );

  beforeAll(async () => {
    address = await addressOf();
    database = await openDatabase(address, 1);
  });
  afterAll(() => database.close());

  it('has its tables once, however often and however many at a time open it', async () => {
    const others = await Promise.all([1, 2, 3].map(() => openDatabase(address, 99)));
    const applied = await others[0]!.rows<{ applied: number }>('SELECT applied FROM schema_versions ORDER BY version');
    expect(applied.length).toBeGreaterThan(1);
    expect(applied.every((row) => row.applied === 1)).toBe(true);
    await Promise.all(others.map((other) => other.close()));
    await others[0]!.close();
  });

  it('replaces a row of the same key, and leaves what it left the first time', async () => {
    const row = { exchange: 'x', name: 'X', adapter: 'ccxt', source: 'a', first_seen: 1, synced: 2 };
    await upsert(database, 'exchanges', ['exchange'], [row]);
    await upsert(database, 'exchanges', ['exchange'], [{ ...row, synced: 3 }]);
    await upsert(database, 'exchanges', ['exchange'], [{ ...row, synced: 3 }]);
    expect(await database.rows('SELECT * FROM exchanges')).toEqual([{ ...row, synced: 3 }]);
  });

  it('gives numbers, texts and empty fields back as they were written', async () => {
    const numbers = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.000123456789, 1e21, 0];
    for (const [time, close] of numbers.entries()) {
      const row = { exchange: "o'x; DROP TABLE bars", origin: '', type: 'spot', symbol: 'Ünï/💶\n\t"', timeframe: '1m', time: time + 2 ** 52, open: 1, high: 1, low: 1, close, volume: 0 }; // prettier-ignore
      await upsert(database, 'bars', ['exchange', 'origin', 'type', 'symbol', 'timeframe', 'time'], [row]);
    }
    const rows = await database.rows<{ close: number; symbol: string; exchange: string; time: number }>('SELECT * FROM bars ORDER BY time'); // prettier-ignore
    expect(rows.map(({ close }) => close)).toEqual(numbers);
    expect(rows[0]).toMatchObject({ symbol: 'Ünï/💶\n\t"', exchange: "o'x; DROP TABLE bars", time: 2 ** 52 });
    await upsert(database, 'intervals', key, [interval('1M', { length_ms: null })]);
    expect(await database.rows('SELECT length_ms FROM intervals')).toEqual([{ length_ms: null }]);
    await database.rows('DELETE FROM intervals');
  });

  it('orders text by its bytes', async () => {
    const texts = ['a', 'B', 'Z', '_', '1', 'ä', 'É', '/', 'BTC/USDT', 'BTC-USDT', 'BTC/USDT:USDT', 'btc/usdt', '💶'];
    await upsert(database, 'intervals', key, texts.map((text) => interval(text))); // prettier-ignore
    expect(await names()).toEqual([...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    await database.rows('DELETE FROM intervals');
  });

  it('writes thousands of rows at once, each once', async () => {
    const rows = Array.from({ length: 2_345 }, (__, k) => interval(`n${k}`));
    await database.transaction((queries) => upsert(queries, 'intervals', key, [...rows, ...rows.slice(0, 1)]));
    expect(new Set(await names()).size).toBe(2_345);
    await database.rows('DELETE FROM intervals');
  });

  it('writes all of a transaction or nothing of it', async () => {
    const failed = database.transaction(async (queries) => {
      await upsert(queries, 'intervals', key, [interval('lost')]);
      expect(await queries.rows('SELECT 1 AS one FROM intervals')).toHaveLength(1);
      throw new Error('in between');
    });
    await expect(failed).rejects.toThrow('in between');
    expect(await names()).toEqual([]);
    const refused = database.transaction(async (queries) => {
      await upsert(queries, 'intervals', key, [interval('lost')]);
      await queries.rows('SELECT nothing FROM nowhere');
    });
    await expect(refused).rejects.toThrow();
    expect(await names()).toEqual([]);
  });

  it('runs writers one after the other, over several connections too', async () => {
    await upsert(database, 'intervals', key, [interval('sum', { length_ms: 0 })]);
    const other = await openDatabase(address, 1);
    const add = (target: Database) => () =>
      target.transaction(async (queries) => {
        const [row] = await queries.rows<{ length_ms: number }>('SELECT length_ms FROM intervals');
        await queries.rows('UPDATE intervals SET length_ms = $1', [row!.length_ms + 1]);
      });
    const both = [add(database), add(other)] as const;
    await Promise.all(Array.from({ length: 20 }, (__, k) => both[k % 2]!()));
    expect(await database.rows('SELECT length_ms FROM intervals')).toEqual([{ length_ms: 20 }]);
    await other.close();
  });

  it('refuses tables of a newer program', async () => {
    await database.rows('INSERT INTO schema_versions (version, name, applied) VALUES (9999, $1, 1)', ['of tomorrow']);
    await expect(openDatabase(address, 1)).rejects.toThrow(/schema 9999, and this version of nextbar knows/);
    await database.rows('DELETE FROM schema_versions WHERE version = 9999');
  });
});
