/** Drawdowns, exposure and leverage, against cases worked out by hand. */
import { describe, expect, it } from 'vitest';
import {
  DrawDown,
  DrawDownLengthObserver,
  DrawDownObserver,
  Exposure,
  GrossLeverage,
  TimeDrawDown,
} from '../../../src/analyzers/index.ts';
import { dayMs, hourMs, monday, read } from '../ground.ts';

describe('the drawdown', () => {
  it('has its depth, money, length and time from the peak until it is reached again', () => {
    const result = read(new DrawDown(), { values: [110, 88, 99, 110, 200, 170, 190] });
    expect(result.max.depth).toBeCloseTo(0.2, 14);
    expect(result.max).toMatchObject({
      money: 30,
      length: 2,
      // Peak at the close of the first day, reached again at that of the fourth.
      durationMs: 3 * dayMs,
      from: monday + dayMs,
      to: monday + 2 * dayMs,
    });
    expect(result).toMatchObject({ depth: 0.05, money: 10, length: 2, durationMs: 2 * dayMs });
  });

  it('counts from what the run began with, where Backtrader takes the first step', () => {
    expect(read(new DrawDown(), { values: [90, 95] }).max).toMatchObject({ depth: 0.1, length: 2, from: monday });
    expect(read(new DrawDown({ compat: 'backtrader' }), { values: [90, 95] }).max).toMatchObject({
      depth: 0,
      length: 0,
    });
  });

  it('is nothing while the value only rises, and without a step', () => {
    const none = { depth: 0, money: 0, length: 0, durationMs: 0 };
    expect(read(new DrawDown(), { values: [100, 101] })).toEqual({
      ...none,
      max: { ...none, from: undefined, to: undefined },
    });
    expect(read(new DrawDown(), { values: [] })).toMatchObject(none);
  });

  it('goes beyond 1 when more is lost than there was', () => {
    expect(read(new DrawDown(), { values: [100, -50] }).max.depth).toBe(1.5);
  });

  it('between ends of periods sees only those', () => {
    const run = { values: [120, 60, 90, 150, 75, 100], frame: '12h' };
    // Days end at 60, 150, 100.
    expect(read(new TimeDrawDown({ timeframe: '1d' }), run)).toEqual({ depth: 0.4, periods: 1 });
    // By the closes that Backtrader goes by, days begin with 120, 60, 150 and 100.
    expect(read(new TimeDrawDown({ timeframe: '1d', compat: 'backtrader' }), run)).toEqual({
      depth: 0.5,
      periods: 1,
    });
  });

  it('is shown step by step by its observers', () => {
    const run = { values: [100, 80, 90, 100, 50] };
    const lines = read(new DrawDownObserver(), run);
    expect(Array.from(lines.depth, (value) => +value.toFixed(12))).toEqual([0, 0.2, 0.1, 0, 0.5]);
    expect(Array.from(lines.maxDepth, (value) => +value.toFixed(12))).toEqual([0, 0.2, 0.2, 0.2, 0.5]);
    const lengths = read(new DrawDownLengthObserver(), run);
    expect([...lengths.length]).toEqual([0, 1, 2, 0, 1]);
    expect([...lengths.maxLength]).toEqual([0, 1, 2, 2, 2]);
  });
});

describe('exposure', () => {
  it('weighs each step by the time since the one before', () => {
    const opens = [monday, monday + hourMs, monday + 5 * hourMs];
    const result = read(new Exposure(), { values: [100, 100, 200], gross: [100, 0, 50], opens, frame: '1h' });
    // One hour fully invested, one without a position, four with a quarter of the value.
    expect(result.timeInMarket).toBeCloseTo(5 / 6, 14);
    expect(result.averageGross).toBeCloseTo((1 + 4 * 0.25) / 6, 14);
    expect(result.maxGross).toBe(1);
  });

  it('is undefined without a step', () => {
    expect(read(new Exposure(), { values: [] })).toEqual({
      timeInMarket: undefined,
      averageGross: undefined,
      maxGross: undefined,
    });
  });

  it('by leverage counts longs and shorts alike', () => {
    const { leverage, opened } = read(new GrossLeverage(), { values: [100, 50, -1], gross: [0, 100, 10] });
    expect([...leverage]).toEqual([0, 2, NaN]);
    expect(opened[0]).toBe(monday);
  });
});
