/** Bars over sessions: longer ones hold whole trading days, grouped as a calendar on the wall does it. */
import { describe, expect, it } from 'vitest';

import { barsFromRows, timeframe } from '../../../src/core/index.ts';
import { resampleBars } from '../../../src/feeds/index.ts';
import { BarGrid } from '../../../src/feeds/timeframes/bar-grid.ts';

const hour = 3_600_000;
const day = 24 * hour;
const from = Date.UTC(2023, 9, 2);
const to = Date.UTC(2026, 2, 2);
const holidays = ['2024-01-01', '2024-06-28', '2024-12-30', '2024-12-31', '2025-03-03'];
const session = { start: '08:00', end: '17:00', days: [1, 2, 3, 4, 5], holidays };

const bars = barsFromRows(
  Array.from({ length: (to - from) / hour }, (_, i) => {
    return { time: from + i * hour, open: 100, high: 101, low: 99, close: 100, volume: 1 };
  }),
);

/** The date of a moment, as `2024-01-31`. */
const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** What a day is put together with, by the names of its calendar. */
const groups: Readonly<Record<string, (time: number) => string>> = {
  '1d': dateOf,
  '2d': (time) => String(Math.floor(time / day / 2)),
  '5d': (time) => String(Math.floor(time / day / 5)),
  '1w': (time) => String(mondayBefore(time)),
  // Weeks are counted from that of Monday, 1970-01-05.
  '2w': (time) => String(Math.floor((mondayBefore(time) - Date.UTC(1970, 0, 5)) / (14 * day))),
  '1M': (time) => dateOf(time).slice(0, 7),
  '3M': (time) => `${dateOf(time).slice(0, 4)} ${Math.ceil(Number(dateOf(time).slice(5, 7)) / 3)}`,
  '1y': (time) => dateOf(time).slice(0, 4),
};

function mondayBefore(time: number): number {
  let at = Math.floor(time / day) * day;
  while (new Date(at).getUTCDay() !== 1) at -= day;
  return at;
}

describe.each(Object.keys(groups))('bars of %s over sessions', (name) => {
  it('begin with the first trading day and end with the last, and hold the days between', () => {
    const days = new Map<string, number[]>();
    for (let at = from; at < to; at += day) {
      const weekday = new Date(at).getUTCDay();
      if (weekday === 0 || weekday === 6 || holidays.includes(dateOf(at))) continue;
      const key = groups[name]!(at);
      days.set(key, [...(days.get(key) ?? []), at]);
    }
    const expected = [...days.values()].map((held) => {
      return [held[0]! + 8 * hour, held.at(-1)! + 17 * hour, held.length * 9];
    });
    const made = resampleBars(bars, '1h', name, { session });
    const found = Array.from(made.time, (time, i) => [time, made.closeTime[i]!, made.volume[i]!]);
    // The first and the last period reach beyond the bars.
    const inner = found.slice(1, -1);
    expect(inner.length).toBeGreaterThanOrEqual(name === '1y' ? 1 : 7);
    const opened = new Set(inner.map(([open]) => open));
    expect(inner).toEqual(expected.filter(([open]) => opened.has(open)));
    expect(expected.slice(1, 1 + inner.length)).toEqual(inner);
  });
});

describe('a bar over sessions whose last hours are missing', () => {
  it('is complete once a bar outside of every session opens after it', () => {
    const week = barsFromRows(
      [4 * 24 + 8, 4 * 24 + 9, 4 * 24 + 20].map((at) => {
        return { time: Date.UTC(2024, 0, 8) + at * hour, open: 100, high: 101, low: 99, close: 100, volume: 1 };
      }),
    );
    expect(resampleBars(week, '1h', '1w', { session }).volume).toEqual(Float64Array.of(2));
    const isBefore = resampleBars({ ...week, time: week.time.map((at, i) => (i === 2 ? at - 9 * hour : at)) }, '1h', '1w', { session }); // prettier-ignore
    expect(isBefore.volume).toHaveLength(0);
  });
});

describe('a grid', () => {
  it('is regular where the close of a bar follows from its open alone', () => {
    const isRegular = (name: string, options = {}): boolean => new BarGrid(timeframe(name), options).isRegular;
    expect([isRegular('1h'), isRegular('1h', { offset: '15m' }), isRegular('1d', { offset: '8h' })]).toEqual([true, true, true]); // prettier-ignore
    expect([isRegular('1M'), isRegular('1M', { offset: '8h' })]).toEqual([true, false]);
    expect([isRegular('1h', { session }), isRegular('1M', { session })]).toEqual([false, false]);
  });

  const monday = Date.UTC(2024, 0, 8);

  /** Open and close of the bar that holds an hour of a Monday, in hours of it; undefined where nothing trades. */
  function bar(name: string, at: number, options = {}): unknown {
    const bucket = { open: NaN, close: NaN };
    const isOpen = new BarGrid(timeframe(name), options).find(monday + at * hour, bucket);
    return isOpen ? [(bucket.open - monday) / hour, (bucket.close - monday) / hour] : undefined;
  }

  it.each<[string, number, object, unknown]>([
    ['1h', 1, {}, [1, 2]],
    ['1h', 1.999, {}, [1, 2]],
    ['4h', 5, {}, [4, 8]],
    ['1h', 1, { offset: '15m' }, [0.25, 1.25]],
    ['1h', 1, { offset: -hour / 4 }, [0.75, 1.75]],
    ['1d', 7, { offset: '8h' }, [-16, 8]],
    ['1w', 30, {}, [0, 168]],
    ['1M', 0, { offset: '-8h' }, [-176, 568]],
    // From the opening of a session on, and to its closing at the latest.
    ['4h', 8, { session }, [8, 12]],
    ['4h', 15.5, { session }, [12, 16]],
    ['4h', 16, { session }, [16, 17]],
    ['30m', 16.75, { session }, [16.5, 17]],
    ['1d', 8, { session }, [8, 17]],
    ['4h', 7.999, { session }, undefined],
    ['4h', 17, { session }, undefined],
    ['1d', -12, { session }, undefined],
  ])('of %s has around %d o’clock, with %j, the bar %j', (name, at, options, wanted) => {
    expect(bar(name, at, options)).toEqual(wanted);
  });

  it('with sessions says when the one of a moment ends, and whether bars hold the nights between', () => {
    const grid = (name: string, options = {}): BarGrid => new BarGrid(timeframe(name), options);
    const ends = [8, 16.999, 17, 7, -12].map((at) => grid('1h', { session }).sessionEnd(monday + at * hour));
    expect(ends).toEqual([monday + 17 * hour, monday + 17 * hour, undefined, undefined, undefined]);
    const names = ['1h', '1d', '2d', '1w', '1M'];
    expect(names.filter((name) => grid(name, { session }).hasBreaks)).toEqual(['2d', '1w', '1M']);
    expect(names.some((name) => grid(name).hasBreaks)).toBe(false);
  });

  it('has moments that belong to no bar with sessions alone, and takes no offset beside them', () => {
    const grid = (options: object): BarGrid => new BarGrid(timeframe('1h'), options);
    expect([grid({}).hasSessions, grid({ session }).hasSessions]).toEqual([false, true]);
    expect(() => grid({ session, offset: '1h' })).toThrow('offset and session cannot both be given');
  });
});
