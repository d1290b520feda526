/** Runs of bars end to end: every value in its place, and an extra column only where no bar would lack it. */
import { expect, it } from 'vitest';

import { barColumnNames, createBars, type Bars } from '../../src/core/index.ts';
import { concatBars } from '../../src/store/index.ts';
import { hourly } from './sample.ts';

const columnsOf = (bars: Bars): Record<string, number[]> =>
  Object.fromEntries(Object.entries(bars).map(([name, column]) => [name, [...(column as Float64Array)]]));

it('has the bars of all runs in their order, and leaves out empty ones', () => {
  const joined = concatBars([createBars(0), hourly(0, 2), createBars(0), hourly(7_200_000, 3, 5), createBars(0)]);
  expect(columnsOf(joined)).toEqual({
    time: [0, 1, 2, 3, 4].map((h) => h * 3_600_000),
    open: [100, 101, 107, 108, 109],
    high: [102, 103, 109, 110, 111],
    low: [98, 99, 105, 106, 107],
    close: [101, 102, 108, 109, 110],
    volume: [1, 1, 6, 6, 6],
  });
});

it('is the only run that has bars itself, with all its columns', () => {
  const only = { ...hourly(0, 2), funding: new Float64Array([1, 2]) };
  expect(concatBars([createBars(0), only])).toBe(only);
});

it('keeps an extra column that every run with bars has', () => {
  const one = { ...hourly(0, 1), quoteVolume: new Float64Array([7]), tradeCount: new Float64Array([1]) };
  const two = { ...hourly(3_600_000, 1), quoteVolume: new Float64Array([8]) };
  const joined = concatBars([one, createBars(0), two]);
  expect(Object.keys(joined)).toEqual([...barColumnNames, 'quoteVolume']);
  expect([...joined.quoteVolume!]).toEqual([7, 8]);
  expect(joined.time.buffer).not.toBe(one.time.buffer);
});

it('of nothing is empty, without extra columns', () => {
  for (const runs of [[], [createBars(0)], [{ ...createBars(0), funding: new Float64Array(0) }, createBars(0)]])
    expect(columnsOf(concatBars(runs))).toEqual(columnsOf(createBars(0)));
});
