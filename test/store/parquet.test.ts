/** Months of bars kept as Parquet: the same bars, readable by DuckDB in place, and every guard of the Arrow form. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { systemRuntime, type Bars } from '../../src/core/index.ts';
import { ParquetDataFeed } from '../../src/feeds/index.ts';
import { BarStore, checkStore, repairStore, seriesFolder } from '../../src/store/index.ts';
import { hour, hourly, series, temporaryFolder, temporaryStore } from './sample.ts';

const january = Date.UTC(2024, 0, 1);
const march = Date.UTC(2024, 2, 1);
const all = { start: january, end: march };
const count = (march - january) / hour;

/** Bars with values that only a copy bit for bit keeps. */
function oddBars(): Bars {
  const bars = { ...hourly(january, count), tradeCount: new Float64Array(count) };
  bars.close[3] = 0.1 + 0.2;
  bars.low[4] = Number.MIN_VALUE;
  bars.volume[5] = -0;
  bars.tradeCount[6] = 2 ** 53;
  return bars;
}

const filesOf = (store: BarStore): string[] =>
  readdirSync(join(store.folder, seriesFolder(series)), { recursive: true, encoding: 'utf8' })
    .map((name) => join(store.folder, seriesFolder(series), name))
    .sort();

describe('a store of Parquet files', () => {
  it('holds the bars of an Arrow store bit for bit', async () => {
    const [arrow, parquet] = [await temporaryStore(), await temporaryStore({ storage: 'parquet' })];
    for (const store of [arrow, parquet]) await store.write(series, { ...all, source: 'binance' }, oddBars());
    expect(filesOf(parquet).map((path) => path.replace(/.*\./, '.'))).toEqual(['.parquet', '.parquet']);
    const bits = (store: BarStore): Record<string, BigUint64Array> =>
      Object.fromEntries(
        Object.entries(store.read(series, all)).map(([name, column]) => [
          name,
          new BigUint64Array((column as Float64Array).slice().buffer),
        ]),
      );
    expect(bits(parquet)).toEqual(bits(arrow));
  });

  it('reads files that others compressed with zstd, snappy, gzip or brotli', async () => {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const folder = temporaryFolder();
    for (const codec of ['zstd', 'snappy', 'gzip', 'brotli']) {
      const path = join(folder, `${codec}.parquet`);
      await connection.run(
        `COPY (SELECT make_timestamp_ms(${january} + 3600000 * i) AS time, 100.25 + i AS open, 101.5 + i AS high, 99.5 + i AS low, 100.5 + i AS close,
           7.0::DOUBLE AS volume FROM range(500) t(i)) TO '${path}' (FORMAT parquet, COMPRESSION ${codec})`,
      );
      const bars = await new ParquetDataFeed({ path, timeframe: '1h' }).load({ runtime: systemRuntime });
      expect(bars.time).toHaveLength(500);
      expect([bars.time[499], bars.close[499]]).toEqual([january + 499 * hour, 599.5]);
    }
  });

  it('is read in place by DuckDB and by ParquetDataFeed, times as timestamps', async () => {
    const store = await temporaryStore({ storage: 'parquet' });
    await store.write(series, { ...all, source: 'binance' }, oddBars());
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const found = await connection.runAndReadAll(
      `SELECT count(*)::INTEGER AS bars, epoch_ms(min(time))::DOUBLE AS first, sum(close) AS closes, typeof(any_value(time)) AS type
       FROM read_parquet('${join(store.folder, seriesFolder(series))}/*.parquet')`,
    );
    const closes = oddBars().close.reduce((sum, value) => sum + value, 0);
    expect(found.getRowObjects()[0]).toEqual({
      bars: count,
      first: january,
      closes: expect.closeTo(closes, 6) as number,
      type: 'TIMESTAMP WITH TIME ZONE',
    });
    connection.closeSync();
    const feed = new ParquetDataFeed({ path: filesOf(store)[0]!, timeframe: '1h', validation: { broken: 'report' } });
    expect((await feed.load()).time[0]).toBe(january);
  });

  it('changes the form of a month when it is written again, and reads both', async () => {
    const folder = temporaryFolder();
    const first = await BarStore.open({ folder });
    await first.write(series, { ...all, source: 'x' }, hourly(january, count));
    first.close();
    const second = await BarStore.open({ folder, storage: 'parquet' });
    await second.write(series, { start: january, end: january + hour, source: 'x' }, hourly(january, 1, 7));
    expect(
      filesOf(second)
        .map((path) => path.replace(/.*\./, '.'))
        .sort(),
    ).toEqual(['.arrow', '.parquet']);
    const read = second.read(series, all);
    expect([read.time.length, read.volume[0], read.volume[1]]).toEqual([count, 8, 1]);
    expect(checkStore(second, Date.now())).toMatchObject({ segments: 2, damaged: [], strays: [] });
    second.close();
  });

  it('sets a damaged month aside, and makes a lost catalog again', async () => {
    const store = await temporaryStore({ storage: 'parquet' });
    await store.write(series, { ...all, source: 'x' }, hourly(january, count));
    const [path] = filesOf(store);
    const bytes = readFileSync(path!);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path!, bytes);
    expect(() => store.read(series, all)).toThrow(/damaged/);
    store.close();
    rmSync(join(store.folder, 'catalog.sqlite'));
    const repair = await repairStore(store.folder, systemRuntime);
    expect(repair).toMatchObject({ segments: 1, bars: 29 * 24 });
    const again = await BarStore.open({ folder: store.folder });
    expect(again.read(series, all).time).toHaveLength(29 * 24);
    again.close();
  });
});

describe('bars built from a stream', () => {
  const built = { ...all, source: 'built from trades of binance' };

  it('can be read, are asked for again, and are replaced by the closed bars of the exchange', async () => {
    const store = await temporaryStore();
    await store.write(series, built, hourly(january, count, 5));
    expect(store.missing(series, all)).toEqual([all]);
    expect(store.covers(series, all)).toBe(true);
    expect(store.readAll(series, all).volume[0]).toBe(6);
    const closed = { start: january, end: january + 24 * hour };
    await store.write(series, { ...closed, source: 'binance' }, hourly(january, 24));
    expect(store.missing(series, all)).toEqual([{ start: closed.end, end: march }]);
    const read = store.read(series, all);
    expect([read.volume[0], read.volume[24]]).toEqual([1, 6]);
  });

  it('never replace closed bars of the exchange', async () => {
    const store = await temporaryStore();
    const closed = { start: january + 10 * hour, end: january + 20 * hour };
    await store.write(series, { ...closed, source: 'binance' }, hourly(closed.start, 10));
    await store.write(series, built, hourly(january, count, 5));
    const { volume } = store.read(series, all);
    expect([volume[9], volume[10], volume[19], volume[20]]).toEqual([6, 1, 1, 6]);
  });
});

describe('the name of a series', () => {
  it.each(['..', '../../etc', 'a/../b', 'a\\b', 'BTC/USDT\n'])(
    'is refused where it could leave the folder: %j',
    async (symbol) => {
      const store = await temporaryStore();
      const write = store.write({ ...series, symbol }, { ...all, source: 'x' }, hourly(january, 1));
      await expect(write).rejects.toThrow(/^symbol of a stored series must be a name/);
    },
  );
});
