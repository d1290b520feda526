/** What every feed must do, run by each of them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { afterAll, describe, expect, it } from 'vitest';

import { barColumnNames, barsBetween, systemRuntime, type Bars } from '../../src/core/index.ts';
import {
  BarsDataFeed,
  CsvDataFeed,
  generateBars,
  GeneratedDataFeed,
  type DataFeed,
  type FeedOptions,
} from '../../src/feeds/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-feed-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const hour = 3_600_000;
const start = Date.UTC(2024, 0, 1);
const count = 500;
const bars = generateBars({ seed: 9, timeframe: '1h', start, count });
const text = [
  'timestamp,open,high,low,close,volume',
  ...Array.from(bars.time, (_, i) => barColumnNames.map((name) => bars[name][i]).join(',')),
].join('\n');
const plain = join(folder, 'bars.csv');
const packed = join(folder, 'bars.csv.gz');
writeFileSync(plain, text);
writeFileSync(packed, gzipSync(text));

/** Each feed over the same 500 hourly bars. */
const feeds: readonly [name: string, make: (options: FeedOptions) => DataFeed][] = [
  ['BarsDataFeed', (options) => new BarsDataFeed({ ...options, bars })],
  ['CsvDataFeed', (options) => new CsvDataFeed({ ...options, path: plain })],
  ['CsvDataFeed in small pieces', (options) => new CsvDataFeed({ ...options, path: plain, chunkRows: 7 })],
  ['CsvDataFeed, gzipped', (options) => new CsvDataFeed({ ...options, path: packed })],
  [
    'GeneratedDataFeed',
    (options) => new GeneratedDataFeed({ start, ...options, seed: 9, ...(options.end === undefined && { count }) }),
  ],
];

const context = { runtime: systemRuntime };
const options = { timeframe: '1h', symbol: 'BTC/USDT' };

/** All columns as plain arrays, joined over pieces. */
function flat(pieces: readonly Bars[]): Record<string, number[]> {
  return Object.fromEntries(barColumnNames.map((name) => [name, pieces.flatMap((piece) => Array.from(piece[name]))]));
}

describe.each(feeds)('%s', (_name, make) => {
  it('loads closed bars in rising time, with columns of one length', async () => {
    const loaded = await make(options).load(context);
    for (const name of barColumnNames) expect(loaded[name]).toHaveLength(count);
    for (let i = 1; i < count; i++) expect(loaded.time[i]! - loaded.time[i - 1]!).toBeGreaterThanOrEqual(hour);
    expect(flat([loaded])).toEqual(flat([bars]));
  });

  it('streams in pieces exactly what it loads', async () => {
    const pieces: Bars[] = [];
    for await (const piece of make(options).stream(context)) pieces.push(piece);
    expect(flat(pieces)).toEqual(flat([await make(options).load(context)]));
    for (const piece of pieces) expect(piece.time.length).toBeGreaterThan(0);
  });

  it('keeps the range: start is in it, end is not', async () => {
    if (_name === 'GeneratedDataFeed') {
      const loaded = await make({ ...options, end: start + 20 * hour }).load(context);
      expect(flat([loaded])).toEqual(flat([barsBetween(bars, start, start + 20 * hour)]));
      return;
    }
    const range = { start: start + 10 * hour, end: start + 20 * hour };
    const loaded = await make({ ...options, ...range }).load(context);
    expect(loaded.time[0]).toBe(range.start);
    expect(flat([loaded])).toEqual(flat([barsBetween(bars, range.start, range.end)]));
    const pieces: Bars[] = [];
    for await (const piece of make({ ...options, ...range }).stream(context)) pieces.push(piece);
    expect(flat(pieces)).toEqual(flat([loaded]));
  });

  it('gives the same bars when it is loaded again', async () => {
    const feed = make(options);
    expect(flat([await feed.load(context)])).toEqual(flat([await feed.load(context)]));
  });

  it('is called by its name, else by its symbol', () => {
    expect(make(options).name).toBe('BTC/USDT');
    expect(make({ ...options, name: 'btc' }).name).toBe('btc');
    expect(make(options).timeframe.name).toBe('1h');
  });

  it('refuses a timeframe, a range and an option that cannot be right', () => {
    expect(() => make({ ...options, timeframe: '1x' })).toThrow(/timeframe must be/);
    expect(() => make({ ...options, start: '2024-02-01', end: '2024-01-01' })).toThrow(/start must be before end/);
    expect(() => make({ ...options, start: 'yesterday' })).toThrow(/start must be a time/);
    expect(() => make({ ...options, symbl: 'X' } as FeedOptions)).toThrow(/did you mean 'symbol'\?/);
  });
});
