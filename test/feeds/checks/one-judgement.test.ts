/** Every feed judges a bad bar alike, and what it finds reaches the result of a run. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';

import { describe, expect, it, onTestFinished } from 'vitest';

import { barsFromRows, type Bar, type Bars } from '../../../src/core/index.ts';
import { Cerebro, Strategy } from '../../../src/index.ts';
import {
  BarsDataFeed,
  CsvDataFeed,
  CustomDataFeed,
  DataFeed,
  HttpDataFeed,
  SqliteDataFeed,
  writeArrow,
  ArrowDataFeed,
  type FeedOptions,
} from '../../../src/feeds/index.ts';
import { openSqlite } from '../../../src/store/index.ts';
import { temporaryFolder } from '../../venue/local.ts';

const hour = 3_600_000;
const start = Date.UTC(2024, 0, 1);
const base = { symbol: 'X/Y', timeframe: '1h' } as const;

type Cells = Record<'time' | 'open' | 'high' | 'low' | 'close' | 'volume', unknown>;

function cells(index: number, change: Partial<Cells> = {}): Cells {
  return { time: start + index * hour, open: 100, high: 102, low: 98, close: 101, volume: 5 + index, ...change };
}

class Rows extends CustomDataFeed {
  readonly rows: readonly Bar[];
  constructor(rows: readonly Bar[], options: Partial<FeedOptions> = {}) {
    super({ ...base, ...options });
    this.rows = rows;
  }
  override load(): Promise<Bars> {
    return Promise.resolve(this.finish(this.rows));
  }
}

/** A feed that checks nothing itself. */
class Unchecked extends DataFeed {
  readonly rows: readonly Bar[];
  constructor(rows: readonly Bar[]) {
    super(base);
    this.rows = rows;
  }
  override load(): Promise<Bars> {
    return Promise.resolve(barsFromRows(this.rows));
  }
}

class Idle extends Strategy {
  override next(): void {}
}

async function httpFeed(rows: readonly unknown[], options: Partial<FeedOptions> = {}): Promise<HttpDataFeed> {
  const server = createServer((_, response) => response.end(JSON.stringify(rows)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return new HttpDataFeed({ ...base, url: `http://127.0.0.1:${port}/bars`, rows: '', ...options });
}

async function sqliteFeed(rows: readonly Cells[], options: Partial<FeedOptions> = {}): Promise<SqliteDataFeed> {
  const path = join(temporaryFolder(), 'bars.db');
  const sqlite = await openSqlite(path);
  sqlite.exec('CREATE TABLE bars (time, open, high, low, close, volume)');
  const put = sqlite.statement('INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?)');
  for (const row of rows) put.run(...(Object.values(row) as (number | string)[]));
  sqlite.close();
  return new SqliteDataFeed({ ...base, path, table: 'bars', ...options });
}

const run = (feed: DataFeed) => new Cerebro().addData(feed).addStrategy(Idle).run();

describe('a bar with a price of zero or less', () => {
  const rows = [cells(0), cells(1, { low: -5.5 }), cells(2), cells(3)];

  it.each([
    ['a custom feed', () => new Rows(rows as unknown as Bar[])],
    ['an HTTP feed', () => httpFeed(rows)],
    ['an SQLite feed', () => sqliteFeed(rows)],
    [
      'an Arrow feed',
      async () => {
        const path = join(temporaryFolder(), 'bars.arrow');
        await writeArrow(path, barsFromRows(rows as unknown as Bar[]));
        return new ArrowDataFeed({ ...base, path });
      },
    ],
  ])('reaches the warnings of a run over %s', async (_, make) => {
    const { warnings } = await run(await make());
    expect(warnings.join('\n')).toMatch(
      /1 bar with a price of zero or less, first at 2024-01-01 01:00:00: low was -5.5/,
    );
  });

  it('is refused in a CSV file and in memory, unless a policy says otherwise', async () => {
    const path = join(temporaryFolder(), 'bars.csv');
    writeFileSync(
      path,
      ['time,open,high,low,close,volume', ...rows.map((row) => Object.values(row).join(','))].join('\n'),
    );
    await expect(new CsvDataFeed({ ...base, path }).load()).rejects.toThrow(/line 3.*must be above 0, was -5.5/);
    const bars = rows as unknown as Bar[];
    expect(() => new BarsDataFeed({ ...base, bars })).toThrow(/bar 1.*must be above 0, was -5.5/);
    const kept = new BarsDataFeed({ ...base, bars, validation: { nonPositive: 'drop' } });
    expect((await kept.load()).time).toHaveLength(3);
    expect(kept.warnings()[0]).toMatch(/1 bar with a price of zero or less, policy drop/);
  });
});

describe('a cell that is no number', () => {
  it.each([['0x10'], [true], [[1]], [null], [''], ['1,000'], ['Infinity'], [{}]])(
    'is refused by the HTTP feed: %j',
    async (value) => {
      const feed = await httpFeed([cells(0), cells(1, { close: value })]);
      await expect(feed.load()).rejects.toThrow(
        /X\/Y at 2024-01-01 01:00:00: close of row 1 of X\/Y must be a number, was/,
      );
    },
  );

  it('is refused as a time too', async () => {
    for (const time of ['0x10', true, [start], null, 1e300]) {
      await expect((await httpFeed([cells(0, { time })])).load()).rejects.toThrow(
        /time of row 0 of X\/Y must be a time/,
      );
    }
  });

  it('may be plain decimal text', async () => {
    const feed = await httpFeed([cells(0, { close: '101.5', time: String(start), volume: '1e3' })]);
    const bars = await feed.load();
    expect([bars.close[0], bars.time[0], bars.volume[0]]).toEqual([101.5, start, 1000]);
  });

  it('is refused by the SQLite feed, and left out by choice', async () => {
    const rows = [cells(0), cells(1, { open: '0x10' }), cells(2)];
    await expect((await sqliteFeed(rows)).load()).rejects.toThrow(/open of row 1 .* must be a number, was "0x10"/);
    const feed = await sqliteFeed(rows, { validation: { nonFinite: 'drop' } });
    expect((await feed.load()).time).toHaveLength(2);
    expect((await run(feed)).warnings.join('\n')).toMatch(/1 bar with a value that is no number, policy drop/);
  });
});

describe('a value that is not finite', () => {
  it.each([[NaN], [Infinity], [-Infinity]])(
    'never passes into a run from a feed that checks nothing: %s',
    async (close) => {
      const feed = new Unchecked([cells(0), cells(1, { close })] as unknown as Bar[]);
      await expect(run(feed)).rejects.toThrow(/X\/Y: close of the bar of 2024-01-01 01:00:00 was .*finite values only/);
    },
  );

  it.each([[NaN], [Infinity], [-Infinity]])(
    'never passes into a run as the time of any bar either: %s',
    async (time) => {
      const good = [cells(0), cells(1), cells(2)];
      for (const at of good.keys()) {
        const feed = new Unchecked(good.map((bar, i) => (i === at ? { ...bar, time } : bar)) as unknown as Bar[]);
        await expect(run(feed)).rejects.toThrow(/X\/Y: time of the bar of no time was .*finite values only/);
      }
    },
  );

  it('cannot be let through by any policy', () => {
    const validation = { nonFinite: 'report' } as unknown as { nonFinite: 'drop' };
    expect(() => new Rows([], { validation })).toThrow("nonFinite must be throw or drop, was 'report'");
  });

  it('is refused or left out as a time as well', () => {
    const rows = [cells(0), cells(1, { time: NaN }), cells(2)] as unknown as Bar[];
    expect(() => void new Rows(rows).load()).toThrow(/time of bar 1 was NaN/);
    const feed = new Rows(rows, { validation: { nonFinite: 'drop' } });
    void feed.load();
    expect(feed.report).toMatchObject({ bars: 2, findings: [{ kind: 'nonFinite', count: 1 }, { kind: 'gaps' }] });
  });
});

describe('bars of another timeframe', () => {
  const hours = Array.from({ length: 21 }, (_, i) => cells(i)) as unknown as Bar[];

  it('are refused, with the spacing that they have', () => {
    const short = { timeframe: '1m' };
    expect(() => void new Rows(hours, short).load()).toThrow(/bars are 1h apart and the timeframe is 1m/);
    expect(() => new BarsDataFeed({ ...base, ...short, bars: hours })).toThrow(/bars are 1h apart/);
    expect(() => void new Rows(hours, { timeframe: '4h' }).load()).toThrow(/bars are 1h apart and the timeframe is 4h/);
  });

  it('are not seen in fewer than 20 spacings, which may be alike by chance', () => {
    const feed = new Rows(hours.slice(0, 20), { timeframe: '1m' });
    expect(() => void feed.load()).not.toThrow();
  });

  it('are not seen in a market that trades seldom', () => {
    const seldom = [0, 3, 4, 9, 12].map((i) => cells(i)) as unknown as Bar[];
    const feed = new Rows(seldom);
    void feed.load();
    expect(feed.report?.missingBars).toBe(8);
  });
});

describe('gaps', () => {
  const holes = [0, 1, 3, 20, 21].map((i) => cells(i)) as unknown as Bar[];

  it('are filled up to maxGapBars, and longer ones stay and are reported', async () => {
    const feed = new Rows(holes, { validation: { gaps: 'fill', maxGapBars: 5 } });
    expect((await feed.load()).time).toHaveLength(6);
    expect(feed.report).toMatchObject({ missingBars: 17, gaps: [{ bars: 1 }, { bars: 16 }] });
  });

  it('are accepted up to maxGapBars where longer ones are refused', () => {
    expect(() => void new Rows(holes, { validation: { gaps: 'throw', maxGapBars: 16 } }).load()).not.toThrow();
    expect(() => void new Rows(holes, { validation: { gaps: 'throw', maxGapBars: 15 } }).load()).toThrow(
      /16 bars are missing before/,
    );
  });

  it('reach the warnings of a run over a CSV file', async () => {
    const path = join(temporaryFolder(), 'bars.csv');
    writeFileSync(
      path,
      ['time,open,high,low,close,volume', ...holes.map((row) => Object.values(row).join(','))].join('\n'),
    );
    const { warnings } = await run(new CsvDataFeed({ ...base, path }));
    expect(warnings.join('\n')).toMatch(/2 gaps \(17 of 22 bars missing\), first at 2024-01-01 02:00:00/);
  });
});
