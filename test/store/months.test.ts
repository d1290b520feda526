/** Bars cut at the turns of months, and put together again. */
import { describe, expect, it } from 'vitest';

import { createBars } from '../../src/core/index.ts';
import { concatBars } from '../../src/store/concat.ts';
import { monthOf, monthRange, splitByMonth } from '../../src/store/months.ts';
import { barsAtTimes, hour } from './sample.ts';

describe('a month', () => {
  it('has its moments from the first to the first of the next, leap years and turns of years included', () => {
    expect(monthRange('2024-02')).toEqual({ start: Date.UTC(2024, 1, 1), end: Date.UTC(2024, 2, 1) });
    expect(monthRange('2024-12')).toEqual({ start: Date.UTC(2024, 11, 1), end: Date.UTC(2025, 0, 1) });
    const turn = Date.UTC(2024, 2, 1);
    expect([turn - 1, turn].map(monthOf)).toEqual(['2024-02', '2024-03']);
  });

  it('has the bars that open in it, without copies', () => {
    const turn = Date.UTC(2024, 2, 1);
    const bars = barsAtTimes([turn - 2 * hour, turn - hour, turn, Date.UTC(2024, 4, 31, 23)]);
    const parts = splitByMonth(bars);
    expect(parts.map(({ month, bars: { time } }) => [month, time.length])).toEqual([['2024-02', 2], ['2024-03', 1], ['2024-05', 1]]); // prettier-ignore
    expect(parts.every((part) => part.bars.time.buffer === bars.time.buffer)).toBe(true);
    expect(splitByMonth(createBars(0))).toEqual([]);
  });
});

describe('runs of bars', () => {
  const [first, second] = [barsAtTimes([0, hour]), barsAtTimes([2 * hour])];
  const counts = (...values: number[]): { tradeCount: Float64Array } => ({ tradeCount: Float64Array.from(values) });

  it('come one after another', () => {
    const joined = concatBars([first, createBars(0), second]);
    expect(joined).toStrictEqual(barsAtTimes([0, hour, 2 * hour]));
    expect(concatBars([])).toStrictEqual(createBars(0));
    expect(concatBars([createBars(0)])).toStrictEqual(createBars(0));
  });

  it('of which one alone has bars are that one', () => {
    expect(concatBars([createBars(0), first])).toBe(first);
  });

  it('keep a further column where all that have bars have it', () => {
    const both = concatBars([{ ...first, ...counts(1, 2) }, createBars(0), { ...second, ...counts(3) }]);
    expect(both.tradeCount).toEqual(Float64Array.of(1, 2, 3));
    expect('quoteVolume' in both).toBe(false);
    expect('tradeCount' in concatBars([{ ...first, ...counts(1, 2) }, second])).toBe(false);
  });
});
