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
  checkFeed,
  feedRules,
  type MakeFeed,
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

describe.each(feeds)('%s', (name, make) => {
  for (const rule of feedRules(make, bars, { startsWithBars: name === 'GeneratedDataFeed' })) {
    it(rule.name, () => rule.run());
  }
});

describe('the contract of feeds', () => {
  /** A feed that changes what it was given. */
  const changed = (change: (bars: Bars) => Bars): MakeFeed => {
    class Changed extends CustomDataFeed {
      override load(context?: LoadContext): Promise<Bars> {
        return Promise.resolve(change(this.finish(rows, context)));
      }
    }
    return (options) => new Changed(options);
  };

  it('lets a sound feed of your own pass', async () => {
    await checkFeed((options) => new OwnFeed(options), bars);
  });

  it('finds a bar that is not there, a value that differs, and what is read otherwise in pieces', async () => {
    const fewer = changed((whole) => barsBetween(whole, start, end - hour));
    await expect(checkFeed(fewer, bars)).rejects.toThrow("column 'time' has 499 values for 500 bars");
    const other = changed((whole) => ({
      ...whole,
      close: whole.close.map((price, i) => (i === 7 ? price + 1 : price)),
    }));
    await expect(checkFeed(other, bars)).rejects.toThrow(
      /what it loads differs in 'close': [\d.]+ at bar 7 instead of/,
    );
  });

  it('finds an option that is not refused', async () => {
    const careless: MakeFeed = (options) => {
      const known = Object.entries(options).filter(([option]) => option !== 'symbl');
      return new OwnFeed(Object.fromEntries(known) as unknown as FeedOptions);
    };
    await expect(checkFeed(careless, bars)).rejects.toThrow(/it takes .*symbl.*: pass the options to/);
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
