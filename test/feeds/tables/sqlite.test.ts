/** Bars from an SQLite file. */
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { barAt, systemRuntime } from '../../../src/core/index.ts';
import { SqliteDataFeed, type SqliteDataFeedOptions } from '../../../src/feeds/index.ts';
import { openSqlite } from '../../../src/store/index.ts';
import { temporaryFolder } from '../../venue/local.ts';

const context = { runtime: systemRuntime };

async function database(): Promise<string> {
  const path = join(temporaryFolder(), 'bars.db');
  const sqlite = await openSqlite(path);
  sqlite.exec(`CREATE TABLE candles (ts INTEGER, pair TEXT, open REAL, high REAL, low REAL, close REAL, volume REAL);
    INSERT INTO candles VALUES (1704070800, 'BTC/USDT', 2, 4, 1, 3, 20), (1704067200, 'BTC/USDT', 1, 3, 0.5, 2, 10),
      (1704067200, 'ETH/USDT', 7, 7, 7, 7, 7);`);
  sqlite.close();
  return path;
}

const base = { timeframe: '1h', symbol: 'BTC/USDT', timeFormat: 's', columns: { time: 'ts' } } as const;

describe('SqliteDataFeed', () => {
  it('reads one symbol of a table', async () => {
    const options: SqliteDataFeedOptions = { ...base, path: await database(), table: 'candles', symbolColumn: 'pair' };
    const bars = await new SqliteDataFeed(options).load(context);
    expect([barAt(bars, 0), barAt(bars, 1), bars.time.length]).toEqual([
      { time: 1704067200000, open: 1, high: 3, low: 0.5, close: 2, volume: 10 },
      { time: 1704070800000, open: 2, high: 4, low: 1, close: 3, volume: 20 },
      2,
    ]);
  });

  it('binds the values of a query, so that a quote in one is only a quote', async () => {
    const path = await database();
    const query = 'SELECT * FROM candles WHERE pair = ?';
    const bars = await new SqliteDataFeed({ ...base, path, query, parameters: ['ETH/USDT'] }).load(context);
    expect(Array.from(bars.close)).toEqual([7]);
    const sly = new SqliteDataFeed({ ...base, path, query, parameters: [`' OR '1'='1`] });
    await expect(sly.load(context)).rejects.toThrow(/its source has 0/);
  });

  it('names a missing column, file or table, and refuses names that are no names', async () => {
    const path = await database();
    const query = 'SELECT ts, open FROM candles';
    await expect(new SqliteDataFeed({ ...base, path, query }).load(context)).rejects.toThrow(
      /has no column 'high' for high, it has ts, open/,
    );
    await expect(new SqliteDataFeed({ ...base, path, table: 'bars' }).load(context)).rejects.toThrow(/no such table/);
    await expect(new SqliteDataFeed({ ...base, path: '/no/file', table: 'a' }).load(context)).rejects.toThrow(
      '/no/file does not exist',
    );
    expect(() => new SqliteDataFeed({ ...base, path, table: 'a"; DROP TABLE candles' })).toThrow(
      /letters, digits and _/,
    );
    expect(() => new SqliteDataFeed({ ...base, path })).toThrow('either table or query');
  });
});
