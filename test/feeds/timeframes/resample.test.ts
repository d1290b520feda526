/** Resampling: longer bars equal the venue's own, on every grid, and never too early. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import {
  barAt,
  barsFromRows,
  standardTimeframes,
  systemRuntime,
  timeframe,
  type Bar,
} from '../../../src/core/index.ts';
import { CsvDataFeed, resampleBars, type GridOptions } from '../../../src/feeds/index.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Bars one after the other from `start`; each opens at its number and closes half a unit higher. */
function rows(start: number, frameMs: number, count: number, keep: (i: number) => boolean = () => true): Bar[] {
  return Array.from({ length: count }, (_, i) => {
    return { time: start + i * frameMs, open: 100 + i, high: 102 + i, low: 99 + i, close: 100.5 + i, volume: 1 };
  }).filter((_, i) => keep(i));
}

function opens(bars: { readonly time: Float64Array }): string[] {
  return Array.from(bars.time, (time) => new Date(time).toISOString().slice(0, 16));
}

describe('resampleBars', () => {
  it('takes the first open, the highest high, the lowest low, the last close and the sums', () => {
    const bars = barsFromRows([
      { time: 0, open: 10, high: 12, low: 9, close: 11, volume: 1 },
      { time: hour, open: 11, high: 15, low: 10, close: 14, volume: 2 },
      { time: 2 * hour, open: 14, high: 14.5, low: 8, close: 9, volume: 4 },
      { time: 3 * hour, open: 9, high: 10, low: 8.5, close: 9.5, volume: 8 },
    ]);
    const extras = { quoteVolume: Float64Array.of(10, 20, 30, 40), tradeCount: Float64Array.of(3, 0, 2, 1) };
    const made = resampleBars({ ...bars, ...extras }, '1h', '4h');
    expect(barAt(made, 0)).toEqual({ time: 0, open: 10, high: 15, low: 8, close: 9.5, volume: 15 });
    expect([made.quoteVolume?.[0], made.tradeCount?.[0], made.closeTime[0]]).toEqual([100, 6, 4 * hour]);
    expect(resampleBars(bars, '1h', '4h').quoteVolume).toBeUndefined();
    const flows = {
      buyVolume: Float64Array.of(1, 1, 2, 4),
      funding: Float64Array.of(1, 2, 3, 4),
      openInterest: Float64Array.of(7, 8, 9, 5),
    };
    const longer = resampleBars({ ...bars, ...flows }, '1h', '2h');
    expect([longer.buyVolume, longer.funding, longer.openInterest].map((one) => [...one!])).toEqual([[2, 6], [2, 4], [8, 5]]); // prettier-ignore
  });

  it('never delivers a last bar that may still grow', () => {
    expect(resampleBars(barsFromRows(rows(0, hour, 7)), '1h', '4h').time).toHaveLength(1);
    expect(resampleBars(barsFromRows(rows(0, hour, 8)), '1h', '4h').time).toHaveLength(2);
    expect(resampleBars(barsFromRows(rows(0, hour, 7)), '1h', '4h', { knownUntil: 8 * hour }).time).toHaveLength(2);
    expect(resampleBars(barsFromRows(rows(0, hour, 7)), '1h', '4h', { knownUntil: 8 * hour - 1 }).time).toHaveLength(1);
  });

  it('leaves gaps as gaps and closes a bar whose last part is missing when the next one begins', () => {
    const bars = barsFromRows(rows(0, hour, 17, (i) => i !== 3 && (i < 4 || i > 11)));
    const made = resampleBars(bars, '1h', '4h');
    expect(Array.from(made.time, (time) => time / hour)).toEqual([0, 12]);
    expect(made.close[0]).toBe(102.5);
  });

  it('begins weeks on Mondays, months and years with the calendar', () => {
    const bars = barsFromRows(rows(Date.UTC(2023, 11, 30), day, 800));
    expect(opens(resampleBars(bars, '1d', '1w')).slice(0, 3)).toEqual([
      '2023-12-25T00:00',
      '2024-01-01T00:00',
      '2024-01-08T00:00',
    ]);
    const months = resampleBars(bars, '1d', '1M');
    expect(opens(months).slice(0, 4)).toEqual([
      '2023-12-01T00:00',
      '2024-01-01T00:00',
      '2024-02-01T00:00',
      '2024-03-01T00:00',
    ]);
    expect(Array.from(months.volume.slice(0, 4))).toEqual([2, 31, 29, 31]);
    expect(opens(resampleBars(bars, '1d', '1y'))).toEqual(['2023-01-01T00:00', '2024-01-01T00:00', '2025-01-01T00:00']);
    expect(opens(resampleBars(bars, '1d', '3M')).slice(0, 3)).toEqual([
      '2023-10-01T00:00',
      '2024-01-01T00:00',
      '2024-04-01T00:00',
    ]);
  });

  it('moves the grid by an offset, for months too', () => {
    const hours = barsFromRows(rows(Date.UTC(2024, 0, 1), hour, 24 * 70));
    expect(opens(resampleBars(hours, '1h', '1d', { offset: '8h' })).slice(0, 2)).toEqual([
      '2023-12-31T08:00',
      '2024-01-01T08:00',
    ]);
    const months = resampleBars(hours, '1h', '1M', { offset: '-8h' });
    expect(opens(months)).toEqual(['2023-12-31T16:00', '2024-01-31T16:00']);
    expect(new Date(months.closeTime[1]!).toISOString()).toBe('2024-02-29T16:00:00.000Z');
    const minutes = barsFromRows(rows(Date.UTC(2024, 0, 1), 5 * minute, 30));
    expect(opens(resampleBars(minutes, '5m', '1h', { offset: '-15m' }))).toEqual([
      '2023-12-31T23:45',
      '2024-01-01T00:45',
    ]);
  });

  it.each(standardTimeframes)('makes %s of minutes with every minute in exactly one bar', (name) => {
    const frame = timeframe(name);
    const length = frame.ms ?? 31 * day;
    const step = length > 4 * hour ? '1h' : '1m';
    const stepMs = timeframe(step).ms!;
    const start = Date.UTC(2024, 0, 1);
    const count = Math.ceil((2.5 * length) / stepMs);
    const made = resampleBars(barsFromRows(rows(start, stepMs, count)), step, name);
    expect(made.time.length).toBeGreaterThanOrEqual(1);
    for (let i = 0; i < made.time.length; i++) {
      const parts = (made.closeTime[i]! - Math.max(made.time[i]!, start)) / stepMs;
      expect(made.volume[i]).toBe(parts);
      expect(made.open[i]).toBe(100 + (Math.max(made.time[i]!, start) - start) / stepMs);
      expect(made.close[i]).toBe(100.5 + (made.closeTime[i]! - start) / stepMs - 1);
    }
  });

  it('makes longer bars of months and years', () => {
    const months = resampleBars(barsFromRows(rows(Date.UTC(2023, 0, 1), day, 731)), '1d', '1M');
    expect(opens(resampleBars(months, '1M', '3M'))).toHaveLength(8);
    const years = resampleBars(months, '1M', '1y');
    expect([opens(years), [...years.volume]]).toEqual([['2023-01-01T00:00', '2024-01-01T00:00'], [365, 366]]); // prettier-ignore
    expect(opens(resampleBars(resampleBars(months, '1M', '6M'), '6M', '1y'))).toEqual(opens(years));
    expect(opens(resampleBars(years, '1y', '24M'))).toEqual(opens(resampleBars(months, '1M', '2y')));
    for (const [from, to] of [['2M', '3M'], ['1y', '6M'], ['3M', '1M'], ['1M', '60d'], ['5M', '1y'], ['7h', '1M'], ['2d', '1y']] as const)
      expect(() => resampleBars(months, from, to)).toThrow(
        expect.objectContaining({ code: 'timeframe', context: { from, to } }),
      );
  }); // prettier-ignore

  it('refuses what cannot be made of whole bars', () => {
    const bars = barsFromRows(rows(0, hour, 10));
    expect(() => resampleBars(bars, '1h', '15m')).toThrow(
      '15m bars cannot be built from 1h bars: choose a multiple of 1h',
    );
    expect(() => resampleBars(bars, '4h', '6h')).toThrow('6h bars cannot be built from 4h bars');
    expect(() => resampleBars(bars, '1w', '1M')).toThrow('1M bars cannot be built from 1w bars');
    expect(() => resampleBars(bars, '1h', '4h', { ofset: '1h' } as GridOptions)).toThrow("did you mean 'offset'?");
    expect(() => resampleBars(bars, '1h', '4h', { offset: 'noon' })).toThrow('offset must be a span such as 90m or 8h');
    expect(() => resampleBars(bars, '1h', '4h', { offset: '30m' })).toThrow(/ends at .* after the end of its 4h bar/);
  });
});

describe('sessions', () => {
  const newYork = { start: '09:30', end: '16:00', zone: 'America/New_York', days: [1, 2, 3, 4, 5] } as const;
  /** Half hours around the change to summer time on 2024-03-10. */
  const bars = barsFromRows(rows(Date.UTC(2024, 2, 7), 30 * minute, 48 * 6));

  it('make one bar a trading day, an hour earlier by UTC once clocks are put forward', () => {
    const days = resampleBars(bars, '30m', '1d', { session: newYork });
    expect(opens(days)).toEqual(['2024-03-07T14:30', '2024-03-08T14:30', '2024-03-11T13:30', '2024-03-12T13:30']);
    expect(Array.from(days.volume)).toEqual([13, 13, 13, 13]);
    expect(new Date(days.closeTime[2]!).toISOString()).toBe('2024-03-11T20:00:00.000Z');
  });

  it('count shorter bars from the opening and cut the last at the closing', () => {
    const fours = resampleBars(bars, '30m', '4h', { session: newYork });
    expect(opens(fours).slice(0, 3)).toEqual(['2024-03-07T14:30', '2024-03-07T18:30', '2024-03-08T14:30']);
    expect(Array.from(fours.volume).slice(0, 2)).toEqual([8, 5]);
    expect(fours.closeTime[1]).toBe(Date.UTC(2024, 2, 7, 21));
  });

  it('make days of 23 and 25 hours where a zone changes its clocks', () => {
    const year = barsFromRows(rows(Date.UTC(2024, 2, 29), hour, 24 * 240));
    const days = resampleBars(year, '1h', '1d', { session: { zone: 'Europe/Berlin' } });
    const lengths = new Map(Array.from(days.time, (time, i) => [opens(days)[i], (days.closeTime[i]! - time) / hour]));
    expect(lengths.get('2024-03-30T23:00')).toBe(23);
    expect(lengths.get('2024-10-26T22:00')).toBe(25);
    expect(lengths.get('2024-10-27T23:00')).toBe(24);
  });

  it('end a week with its last trading day, and leave out holidays', () => {
    const session = { ...newYork, holidays: ['2024-03-08'] };
    const weeks = resampleBars(bars, '30m', '1w', { session });
    expect(weeks.closeTime[0]).toBe(Date.UTC(2024, 2, 7, 21));
    expect(weeks.volume[0]).toBe(13);
  });

  it('may cross midnight', () => {
    const night = { start: '18:00', end: '02:00' };
    const made = resampleBars(bars, '30m', '1d', { session: night });
    expect(opens(made).slice(0, 2)).toEqual(['2024-03-06T18:00', '2024-03-07T18:00']);
    expect(Array.from(made.volume).slice(0, 2)).toEqual([4, 16]);
  });

  it('refuse a zone, a weekday and a holiday that do not exist', () => {
    const make = (session: GridOptions['session']): unknown => resampleBars(bars, '30m', '1d', { session: session! });
    expect(() => make({ zone: 'Mars/Base' })).toThrow(
      "zone must be a time zone such as UTC or America/New_York, was 'Mars/Base'",
    );
    expect(() => make({ days: [0] })).toThrow('was 0');
    expect(() => make({ holidays: ['Christmas'] })).toThrow('holidays must be dates');
  });
});

const market = fileURLToPath(new URL('../../../../shared/market-data/', import.meta.url));

/** Equality with the 4 h bars that the venue itself made of the same trades. */
async function compare(hourly: string, fourHourly: string): Promise<number> {
  const context = { runtime: systemRuntime };
  const made = resampleBars(await new CsvDataFeed({ path: hourly, timeframe: '1h' }).load(context), '1h', '4h');
  const own = await new CsvDataFeed({ path: fourHourly, timeframe: '4h' }).load(context);
  const first = await new CsvDataFeed({ path: hourly, timeframe: '1h' }).load(context);
  const at = new Map(Array.from(own.time, (time, i) => [time, i]));
  let compared = 0;
  for (let i = 0; i < made.time.length; i++) {
    const k = at.get(made.time[i]!);
    if (made.time[i]! < first.time[0]! || k === undefined) continue;
    const { volume, ...prices } = barAt(made, i);
    const { volume: theirs, ...theirPrices } = barAt(own, k);
    expect(prices).toEqual(theirPrices);
    expect(Math.abs(volume / theirs - 1)).toBeLessThan(1e-6);
    compared++;
  }
  return compared;
}

describe("the venue's own 4 h bars", () => {
  it.skipIf(!existsSync(market)).each(['BTC', 'ETH', 'SOL'])(
    'equal ours in all complete bars of two years of %s',
    async (coin) => {
      expect(await compare(`${market}${coin}USDT-1h.csv`, `${market}${coin}USDT-4h.csv`)).toBe(4379);
    },
  );
});
