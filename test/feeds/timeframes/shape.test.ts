/** The options of every feed that change which bars it has: compression, and sessions by a zone's clock. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { barAt, barsFromRows, timeframe, toTime, type Bar, type Bars } from '../../../src/core/index.ts';
import { Cerebro, Strategy } from '../../../src/index.ts';
import { BarsDataFeed, CsvDataFeed, GeneratedDataFeed, resampleBars, type DataFeed } from '../../../src/feeds/index.ts';
import { BarShape, compressedFrame } from '../../../src/feeds/timeframes/shape.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-shape-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const hour = 3_600_000;
const first = toTime('2024-03-08', 'time');

/** Five days of hours around New York's change of clocks on 2024-03-10. */
const bars: Bar[] = Array.from({ length: 120 }, (_, i) => ({
  time: first + i * hour,
  open: 100 + i,
  high: 102 + i,
  low: 99 + i,
  close: 101 + i,
  volume: 1 + (i % 3),
}));
const path = join(folder, 'hours.csv');
writeFileSync(path, `time,open,high,low,close,volume\n${bars.map((bar) => Object.values(bar).join(',')).join('\n')}\n`);

const rows = (columns: Bars): Bar[] => Array.from(columns.time, (_, i) => barAt(columns, i));
const streamed = async (feed: DataFeed): Promise<Bar[]> => {
  const all: Bar[] = [];
  for await (const piece of feed.stream()) all.push(...rows(piece));
  return all;
};

describe('compression', () => {
  it('makes bars of so many bars, the same in memory, of a file, at once and in pieces', async () => {
    const truth = rows(resampleBars((await new BarsDataFeed({ bars, timeframe: '1h' }).load()), '1h', '4h')); // prettier-ignore
    const feed = new BarsDataFeed({ bars, timeframe: '1h', compression: 4 });
    expect(feed.timeframe.name).toBe('4h');
    expect(rows(await feed.load())).toEqual(truth);
    const file = { path, timeframe: '1h', compression: 4, chunkRows: 7 };
    expect(rows(await new CsvDataFeed(file).load())).toEqual(truth);
    expect(await streamed(new CsvDataFeed(file))).toEqual(truth);
    expect(truth).toHaveLength(30);
  });

  it('leaves out a first bar that began before the start, and a last that may still grow', async () => {
    const options = { timeframe: '1h', compression: 4, start: first + 2 * hour, end: first + 11 * hour };
    const loaded = await new BarsDataFeed({ ...options, bars }).load();
    expect([...loaded.time]).toEqual([first + 4 * hour]);
  });

  it('names the usual timeframe, and refuses what is no number of bars', () => {
    expect(new GeneratedDataFeed({ timeframe: '15m', compression: 4 }).timeframe.name).toBe('1h');
    expect(new GeneratedDataFeed({ timeframe: '1d', compression: 7 }).timeframe.name).toBe('7d');
    expect(new GeneratedDataFeed({ timeframe: '1M', compression: 3 }).timeframe.name).toBe('3M');
    // Weeks stay weeks, which begin on Mondays.
    expect(compressedFrame(timeframe('1w'), 2).name).toBe('2w');
    for (const compression of [0, 1.5, -2, NaN]) {
      expect(() => new GeneratedDataFeed({ timeframe: '1h', compression })).toThrow(/^compression must be .*, was /);
    }
    expect(() => compressedFrame(timeframe('1h'), 0)).toThrow(
      expect.objectContaining({ context: { field: 'compression', value: 0 } }),
    );
  });

  it('reaches a run: the engine sees bars of the longer timeframe', async () => {
    const seen: number[] = [];
    class Watch extends Strategy {
      override next(): void {
        seen.push(this.data.time);
      }
    }
    const feed = new CsvDataFeed({ path, timeframe: '1h', compression: 24 });
    await new Cerebro().addData(feed).addStrategy(Watch).run();
    expect(seen).toEqual([0, 1, 2, 3, 4].map((day) => first + day * 24 * hour));
  });
});

describe('a session', () => {
  const newYork = { timeframe: '1h', sessionStart: '09:00', sessionEnd: '16:00', tz: 'America/New_York' };
  const wallHour = (time: number): string =>
    new Intl.DateTimeFormat('en-GB', { timeZone: 'America/New_York', hour: '2-digit', hourCycle: 'h23' }).format(time);

  it('keeps the bars that open in it by the clock of its zone, across a change of clocks', async () => {
    const truth = bars.filter(({ time }) => Number(wallHour(time)) >= 9 && Number(wallHour(time)) < 16);
    expect(truth).toHaveLength(35);
    expect(rows(await new BarsDataFeed({ ...newYork, bars }).load())).toEqual(truth);
    expect(await streamed(new CsvDataFeed({ ...newYork, path, chunkRows: 5 }))).toEqual(truth);
  });

  it('that ends before it starts goes over midnight', async () => {
    const loaded = await new BarsDataFeed({ bars, timeframe: '1h', sessionStart: '22:00', sessionEnd: '02:00' }).load();
    expect([...loaded.time].map((time) => new Date(time).getUTCHours())).toEqual([
      ...[0, 1], ...Array.from({ length: 4 }, () => [22, 23, 0, 1]).flat(), ...[22, 23],
    ]); // prettier-ignore
  });

  it('is made into longer bars of what opens in it alone, the last as soon as no bar can follow', async () => {
    const day = async (count: number): Promise<unknown[]> =>
      rows(await new BarsDataFeed({ ...newYork, compression: 4, bars: bars.slice(0, count) }).load()).map(
        ({ time, open, high, low, close, volume }) => [(time - first) / hour, open, high, low, close, volume],
      );
    // From 14:00 to 21:00 UTC: two hours of the first bar, four of the second and one of the last, which the hours after it end.
    const whole = [[12, 114, 117, 113, 116, 4], [16, 116, 121, 115, 120, 8], [20, 120, 122, 119, 121, 3]]; // prettier-ignore
    expect(await day(24)).toEqual(whole);
    expect(await day(23)).toEqual(whole.slice(0, 2));
    const shape = new BarShape(timeframe('1h'), { ...newYork, compression: 4 }, undefined);
    const pieces = [bars.slice(0, 21), [], bars.slice(21, 24)];
    expect(pieces.map((piece) => shape.push(barsFromRows(piece)).bars.time.length)).toEqual([2, 0, 1]);
  });

  it('keeps beside each bar whether it was filled in', () => {
    const given = barsFromRows(bars.slice(12, 18));
    const marks = Uint8Array.of(1, 0, 0, 1, 0, 1);
    const shaped = new BarShape(timeframe('1h'), newYork, undefined).push(given, marks);
    expect([[...shaped.bars.time], [...shaped.marks!]]).toEqual([[14, 15, 16, 17].map((k) => first + k * hour), [0, 1, 0, 1]]); // prettier-ignore
    const open = new BarShape(timeframe('1h'), {}, undefined);
    expect(open.push(given, marks)).toEqual({ bars: given, marks });
    expect(new BarShape(timeframe('1h'), newYork, undefined).push(given).marks).toBeUndefined();
  });

  it('is refused without a bar in it, and tz without a session', async () => {
    const none = new CsvDataFeed({ path, timeframe: '1h', start: first, end: first + 5 * hour, sessionStart: '12:00' });
    await expect(none.load()).rejects.toThrow(/none of its 5 1h bars open in the session from 12:00 to 24:00/);
    expect(() => new CsvDataFeed({ path, timeframe: '1h', tz: 'Asia/Tokyo' })).toThrow(/sessionStart/);
    expect(() => new CsvDataFeed({ ...newYork, path, tz: 'New York' })).toThrow(/^tz must be a time zone/);
  });

  it('ends the trading day of close orders by the clock of its zone', async () => {
    const fills: string[] = [];
    class Close extends Strategy {
      override next(): void {
        if (this.position.size === 0 && this.data.length % 24 === 10) this.buy({ size: 1, type: 'close' });
      }
      override notifyOrder(order: { readonly status: string }): void {
        if (order.status === 'completed') fills.push(new Date(this.data.closeTime).toISOString());
      }
    }
    const feed = new BarsDataFeed({ bars, timeframe: '1h', sessionEnd: '16:00', tz: 'America/New_York' });
    await new Cerebro({ cash: 1e6 }).addData(feed).addStrategy(Close).run();
    expect(fills[0]).toBe('2024-03-08T21:00:00.000Z');
  });
});
