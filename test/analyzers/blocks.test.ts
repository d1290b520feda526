/** Readings do not depend on the blocks in which the steps are shown. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AnnualReturn,
  BenchmarkObserver,
  BuyAndHold,
  Calmar,
  DrawDown,
  DrawDownLengthObserver,
  DrawDownObserver,
  Exposure,
  GrossLeverage,
  LogReturnsObserver,
  LogReturnsRolling,
  PeriodStats,
  Returns,
  RunStatistics,
  SharpeRatio,
  SortinoRatio,
  TimeDrawDown,
  TimeReturn,
  TimeReturnObserver,
  Turnover,
  VWR,
  type Analyzer,
} from '../../src/analyzers/index.ts';
import { hourMs, monday, read } from './ground.ts';

const compat = 'backtrader' as const;

const makers: Readonly<Record<string, () => Analyzer>> = {
  AnnualReturn: () => new AnnualReturn(),
  BuyAndHold: () => new BuyAndHold(),
  Calmar: () => new Calmar({ timeframe: '1d', window: 3 }),
  'Calmar of Backtrader': () => new Calmar({ timeframe: '1d', window: 3, compat }),
  DrawDown: () => new DrawDown(),
  Exposure: () => new Exposure(),
  GrossLeverage: () => new GrossLeverage(),
  'GrossLeverage of Backtrader': () => new GrossLeverage({ compat }),
  LogReturnsRolling: () => new LogReturnsRolling({ timeframe: '4h', window: 2 }),
  PeriodStats: () => new PeriodStats({ timeframe: '1d' }),
  Returns: () => new Returns(),
  RunStatistics: () => new RunStatistics(),
  SharpeRatio: () => new SharpeRatio(),
  SortinoRatio: () => new SortinoRatio(),
  TimeDrawDown: () => new TimeDrawDown({ timeframe: '1d' }),
  'TimeDrawDown of Backtrader': () => new TimeDrawDown({ timeframe: '1d', compat }),
  TimeReturn: () => new TimeReturn({ timeframe: '8h' }),
  'TimeReturn of a data': () => new TimeReturn({ timeframe: '1d', data: 'A' }),
  Turnover: () => new Turnover(),
  VWR: () => new VWR({ timeframe: '1d' }),
  'VWR of Backtrader': () => new VWR({ timeframe: '1d', compat }),
  DrawDownObserver: () => new DrawDownObserver(),
  DrawDownLengthObserver: () => new DrawDownLengthObserver(),
  TimeReturnObserver: () => new TimeReturnObserver({ timeframe: '1d' }),
  BenchmarkObserver: () => new BenchmarkObserver({ timeframe: '1d' }),
  LogReturnsObserver: () => new LogReturnsObserver({ timeframe: '8h', window: 2 }),
};

const step = fc.record({
  value: fc.double({ min: 50, max: 150, noNaN: true }),
  gross: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 200, noNaN: true })),
  close: fc.double({ min: 1, max: 1000, noNaN: true }),
  gap: fc.integer({ min: 1, max: 5 }),
});

describe('whatever the sizes of the blocks', () => {
  it.each(Object.entries(makers))('%s comes to the same', (_, make) => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 120 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        (steps, blocks) => {
          let open = monday;
          const opens = steps.map(({ gap }) => (open += gap * hourMs));
          const run = {
            values: steps.map(({ value }) => value),
            gross: steps.map(({ gross }) => gross),
            closes: steps.map(({ close }) => close),
            opens,
            frame: '1h',
          };
          expect(read(make(), { ...run, blocks })).toEqual(read(make(), run));
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });
});
