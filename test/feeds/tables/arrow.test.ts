/** Bars in Arrow and Parquet files: what is written comes back, and other programs' columns are understood. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Table, tableToIPC, vectorFromArray, TimestampMillisecond, Float64 } from 'apache-arrow';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';

import { barAt, systemRuntime } from '../../../src/core/index.ts';
import { ArrowDataFeed, generateBars, ParquetDataFeed, writeArrow, writeParquet } from '../../../src/feeds/index.ts';
import { temporaryFolder } from '../../venue/local.ts';

const bars = generateBars({ seed: 4, timeframe: '1h', count: 500 });
const context = { runtime: systemRuntime };

describe.each([
  { kind: 'arrow', Feed: ArrowDataFeed, write: writeArrow },
  { kind: 'parquet', Feed: ParquetDataFeed, write: writeParquet },
])('$kind files', ({ kind, Feed, write }) => {
  it('give back the bars that were written', async () => {
    const path = join(temporaryFolder(), `bars.${kind}`);
    await write(path, bars);
    const read = await new Feed({ path, timeframe: '1h', name: 'x' }).load(context);
    expect(read.time).toEqual(bars.time);
    expect(barAt(read, 321)).toEqual(barAt(bars, 321));
  });

  it('give back quote volume and trade count, under other names too, and only where they are there', async () => {
    const path = join(temporaryFolder(), `bars.${kind}`);
    const wide = { ...bars, quoteVolume: bars.volume.map((one) => one * 7), tradeCount: bars.time.map((_, i) => i) };
    await write(path, wide);
    const read = await new Feed({ path, timeframe: '1h' }).load(context);
    expect([read.quoteVolume, read.tradeCount]).toEqual([wide.quoteVolume, wide.tradeCount]);
    const swapped = { quoteVolume: 'tradeCount', tradeCount: 'volume' };
    const renamed = await new Feed({ path, timeframe: '1h', columns: swapped }).load(context);
    expect([renamed.quoteVolume, renamed.tradeCount]).toEqual([wide.tradeCount, wide.volume]);
    const missing = new Feed({ path, timeframe: '1h', columns: { tradeCount: 'count' } }).load(context);
    await expect(missing).rejects.toThrow(/no column 'count' for tradeCount, it has time, open/);
    await write(path, bars);
    expect(Object.keys(await new Feed({ path, timeframe: '1h' }).load(context))).toHaveLength(6);
  });

  it('without a column say which columns there are', async () => {
    const path = join(temporaryFolder(), `bars.${kind}`);
    await write(path, bars);
    const feed = new Feed({ path, timeframe: '1h', columns: { close: 'last' } });
    await expect(feed.load(context)).rejects.toThrow(/no column 'last' for close, it has time, open, high, low, close/);
  });
});

it('reads timestamps of an Arrow file as times', async () => {
  const path = join(temporaryFolder(), 'other.arrow');
  const times = [0, 1, 2].map((i) => new Date(Date.UTC(2024, 0, 1, i)));
  const numbers = () => vectorFromArray([1, 1, 1], new Float64());
  const table = new Table({
    when: vectorFromArray(times, new TimestampMillisecond()),
    open: numbers(), high: numbers(), low: numbers(), close: numbers(), volume: numbers(),
  }); // prettier-ignore
  writeFileSync(path, tableToIPC(table, 'stream'));
  const read = await new ArrowDataFeed({ path, timeframe: '1h', columns: { time: 'when' } }).load(context);
  expect(Array.from(read.time)).toEqual(times.map((time) => time.getTime()));
});

it('reads timestamps and integers of a Parquet file', async () => {
  const path = join(temporaryFolder(), 'other.parquet');
  const times = [0, 1, 2].map((i) => new Date(Date.UTC(2024, 0, 1, i)));
  const column = (name: string) => ({ name, data: new Int32Array([3, 3, 3]), type: 'INT32' as const });
  parquetWriteFile({
    filename: path,
    columnData: [
      { name: 'time', data: times, type: 'TIMESTAMP' },
      ...['open', 'high', 'low', 'close', 'volume'].map(column),
    ],
  });
  const read = await new ParquetDataFeed({ path, timeframe: '1h' }).load(context);
  expect(Array.from(read.time)).toEqual(times.map((time) => time.getTime()));
  expect(Array.from(read.close)).toEqual([3, 3, 3]);
});
