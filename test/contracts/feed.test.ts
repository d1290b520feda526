/** What every feed must do, run by each of them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { barAt, barColumnNames, barsBetween, systemRuntime, type Bar, type Bars } from '../../src/core/index.ts';
import {
  ArrowDataFeed,
  BarsDataFeed,
  CcxtDataFeed,
  CsvDataFeed,
  CustomDataFeed,
  generateBars,
  GeneratedDataFeed,
  HttpDataFeed,
  ParquetDataFeed,
  SqliteDataFeed,
  StreamingFeed,
  TickDataFeed,
  writeArrow,
  writeParquet,
  type DataFeed,
  type FeedOptions,
  type LoadContext,
  type Tick,
} from '../../src/feeds/index.ts';
import { openSqlite } from '../../src/store/index.ts';
import { BarHistory, BinanceApi, binancePaths, serviceApi, StillRuntime, VenueServer } from '../../src/venue/index.ts';

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

const rows = Array.from(bars.time, (_, i) => barAt(bars, i));
/** Four trades of each bar, of which its price goes through open, high, low and close. */
const ticks = rows.flatMap(({ time, open, high, low, close, volume }): Tick[] =>
  [open, high, low, close].map((price, k) => ({ time: time + k * 600_000, price, size: volume / 4 })),
);
const [arrow, parquet, database] = ['bars.arrow', 'bars.parquet', 'bars.sqlite'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const end = start + count * hour;
const http = createServer((_request, response) => {
  response.end(JSON.stringify({ data: { ohlcv: rows.map((row) => barColumnNames.map((name) => row[name])) } }));
});
const venueClock = new StillRuntime(systemRuntime, end + hour);
const venue = new VenueServer({ runtime: venueClock });
let [httpUrl, venueUrl] = ['', ''];

beforeAll(async () => {
  await writeArrow(arrow, bars);
  await writeParquet(parquet, bars);
  const sqlite = await openSqlite(database);
  sqlite.exec('CREATE TABLE bars (time, open, high, low, close, volume)');
  for (const row of rows)
    sqlite.statement('INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?)').run(...barColumnNames.map((name) => row[name]));
  sqlite.close();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  httpUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}/bars`;
  const instrument = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', priceDecimals: 8, sizeDecimals: 8 };
  const market = new BarHistory(venueClock, [{ instrument, bars, timeframe: '1h' }]);
  venue.mount(serviceApi('binance', new BinanceApi(venueClock, market, { limits: false }), binancePaths));
  venueUrl = await venue.listen();
});

afterAll(async () => {
  http.closeAllConnections();
  http.close();
  await venue.close();
});

/** A feed of a user's own. */
class OwnFeed extends CustomDataFeed {
  override load(context?: LoadContext): Promise<Bars> {
    // In no order: `finish` sorts.
    const mixed: Bar[] = rows.filter((_, i) => i % 2 === 1).concat(rows.filter((_, i) => i % 2 === 0));
    return Promise.resolve(this.finish(mixed, context));
  }
}

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
  ['TickDataFeed', (options) => new TickDataFeed({ ...options, ticks, knownUntil: end })],
  ['CustomDataFeed', (options) => new OwnFeed(options)],
  ['ArrowDataFeed', (options) => new ArrowDataFeed({ ...options, path: arrow })],
  ['ParquetDataFeed', (options) => new ParquetDataFeed({ ...options, path: parquet })],
  ['SqliteDataFeed', (options) => new SqliteDataFeed({ ...options, path: database, table: 'bars' })],
  ['HttpDataFeed', (options) => new HttpDataFeed({ ...options, url: httpUrl })],
  [
    'CcxtDataFeed',
    (options) =>
      new CcxtDataFeed({
        start,
        end,
        ...options,
        symbol: 'BTC/USDT',
        exchange: 'binance',
        folder: join(folder, 'store'),
        connection: { url: venueUrl, rateLimitMs: 0, publicOnly: true },
      }),
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

describe('StreamingFeed, whose bars come live', () => {
  const make = (given: FeedOptions): DataFeed =>
    new StreamingFeed({ exchange: 'binance', symbol: 'BTC/USDT', ...given });

  it('is called by its name, else by its symbol, and refuses what cannot be right', () => {
    expect(make({ timeframe: '1h' }).name).toBe('BTC/USDT');
    expect(make({ timeframe: '1h', name: 'btc' }).name).toBe('btc');
    expect(() => make({ timeframe: '1x' })).toThrow(/timeframe must be/);
    expect(() => make({ timeframe: '1h', symbl: 'X' } as FeedOptions)).toThrow(/did you mean 'symbol'\?/);
  });
});
