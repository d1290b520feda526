/** The words and numbers that everything else is written in: timeframes, steps, client ids, waits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  barClose,
  barOpen,
  barsPerYear,
  Backoff,
  clientIdOf,
  Decimal,
  floorToStep,
  roundToStep,
  timeframe,
} from '../../src/core/index.ts';

describe('a timeframe', () => {
  it.each<[string, number | undefined]>([
    ['1s', 1_000],
    ['15m', 900_000],
    ['4h', 14_400_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
    ['1M', undefined],
    ['1y', undefined],
  ])('%s is %s ms long', (name, ms) => {
    expect(timeframe(name).ms).toBe(ms);
    expect(timeframe(name)).toBe(timeframe(name));
  });

  it.each(['', '0m', '1', 'm', '1x', '-1h', '1.5h', '1 h', '1H', '1234567m'])('%j is none', (name) => {
    expect(() => timeframe(name)).toThrow(
      `timeframe must be a number and a unit such as 1m, 4h, 1d, 1w or 1M, was '${name}'`,
    );
  });

  it('opens its bars on a grid: days at midnight, weeks on Monday, months and years on the calendar', () => {
    const at = Date.UTC(2024, 1, 29, 13, 37);
    expect(barOpen(timeframe('4h'), at)).toBe(Date.UTC(2024, 1, 29, 12));
    expect(barOpen(timeframe('1d'), at)).toBe(Date.UTC(2024, 1, 29));
    expect(barOpen(timeframe('1w'), at)).toBe(Date.UTC(2024, 1, 26));
    expect(barOpen(timeframe('1M'), at)).toBe(Date.UTC(2024, 1, 1));
    expect(barOpen(timeframe('3M'), at)).toBe(Date.UTC(2024, 0, 1));
    expect(barOpen(timeframe('1y'), at)).toBe(Date.UTC(2024, 0, 1));
    expect(barOpen(timeframe('1d'), at, 8 * 3_600_000)).toBe(Date.UTC(2024, 1, 29, 8));
    expect(barClose(timeframe('1M'), Date.UTC(2024, 1, 1))).toBe(Date.UTC(2024, 2, 1));
    expect(barOpen(timeframe('1h'), -1)).toBe(-3_600_000);
  });

  it('holds any time between the open and the close of its bar, and both are bars of their own', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('1m', '7m', '4h', '1d', '1w', '1M', '2M', '1y'),
        fc.integer({ min: -1e12, max: 4e12 }),
        (name, time) => {
          const frame = timeframe(name);
          const open = barOpen(frame, time);
          const close = barClose(frame, open);
          expect(open <= time && time < close).toBe(true);
          expect(barOpen(frame, open)).toBe(open);
          expect(barOpen(frame, close)).toBe(close);
          expect(barOpen(frame, close - 1)).toBe(open);
        },
      ),
    );
  });

  it('fits a year of a market that never closes', () => {
    expect(['1h', '1d', '1M', '3M', '1y'].map((name) => barsPerYear(timeframe(name)))).toEqual([8_760, 365, 12, 4, 1]);
  });
});

describe('a step', () => {
  it('is met exactly, as decimals meet it', () => {
    const steps = fc.constantFrom(1, 0.1, 0.01, 0.001, 1e-8, 0.05, 0.25, 2.5, 100, 3);
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), steps, (value, step) => {
        const decimal = new Decimal(value).div(step);
        expect(floorToStep(value, step)).toBe(decimal.trunc().mul(step).toNumber());
        expect(roundToStep(value, step)).toBe(decimal.round().mul(step).toNumber());
      }),
    );
  });

  it('takes the lower multiple of a size, and the nearer one of a price', () => {
    expect([floorToStep(0.3, 0.1), floorToStep(0.29999999, 0.1), floorToStep(-0.29, 0.1)]).toEqual([0.3, 0.2, -0.2]);
    expect([roundToStep(100.006, 0.01), roundToStep(1.005, 0.01)]).toEqual([100.01, 1]);
    expect([floorToStep(1.23, 0), floorToStep(Infinity, 0.1), floorToStep(1.23, NaN)]).toEqual([1.23, Infinity, 1.23]);
  });
});

describe('a client id', () => {
  it('is short, of letters and digits, and never the same for two orders or two sessions', () => {
    const seen = new Set<string>();
    for (const tag of ['demo', 'demo2', 'omed', '', 'ä'.repeat(100)]) {
      for (const number of [1, 2, 10, 99_999]) {
        const id = clientIdOf(tag, number);
        expect(id).toMatch(/^nb[0-9a-z]{8}n\d+$/);
        expect(id.length).toBeLessThanOrEqual(18);
        seen.add(id);
      }
    }
    expect(seen.size).toBe(20);
    expect(clientIdOf('demo', 7)).toBe(clientIdOf('demo', 7));
  });
});

describe('waits between attempts', () => {
  it('double up to a cap, shortened by up to half at random, and begin again after a success', () => {
    const most = new Backoff({ random: () => 0.999_999_999 }, 100, 1_000);
    const least = new Backoff({ random: () => 0 }, 100, 1_000);
    const ratios = [1, 2, 3, 4, 5, 6].map(() => [most.next(), least.next()] as const);
    for (const [high, low] of ratios) expect(Math.min(high, low)).toBeGreaterThanOrEqual(Math.max(high, low) / 2 - 1);
    expect(Math.max(...ratios.flat())).toBeLessThanOrEqual(1_000);
    expect(Math.max(...ratios[1]!)).toBeGreaterThan(Math.max(...ratios[0]!));
    most.reset();
    expect(most.next()).toBeCloseTo(ratios[0]![0]);
  });
});
