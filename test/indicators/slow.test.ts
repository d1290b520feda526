/** Indicators against their definitions, written a second time without any care for speed. */
import { describe, expect, it } from 'vitest';

import { barAt, barsFromRows, type Bar, type Bars } from '../../src/core/index.ts';
import * as nextbar from '../../src/indicators/index.ts';
import type { Data, Line } from '../../src/lines/index.ts';
import { closes, flat, valuesOf, walk } from './ground.ts';

const source = walk(31, 600, 250);
const rows = Array.from({ length: 600 }, (_, i) => barAt(source, i));
const period = 30;

/** Compares a line with what `slow` makes of the last bars, oldest first, wherever there are `bars` of them. */
function expectSlow(
  grow: (data: Data) => Line,
  bars: number,
  slow: (last: readonly Bar[], i: number) => number,
  from = bars - 1,
): void {
  const seen = valuesOf(source, grow);
  for (let i = 0; i < from; i++) expect(seen[i], `bar ${i}`).toBeNaN();
  for (let i = from; i < rows.length; i++) {
    const wanted = slow(rows.slice(i - bars + 1, i + 1), i);
    if (Number.isNaN(wanted)) expect(seen[i], `bar ${i}`).toBeNaN();
    else
      expect(Math.abs(seen[i]! - wanted), `bar ${i}: ${seen[i]} but ${wanted}`).toBeLessThanOrEqual(
        1e-9 * Math.max(1, Math.abs(wanted)),
      );
  }
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const cov = (a: readonly number[], b: readonly number[]): number => {
  const [x, y] = [mean(a), mean(b)];
  return mean(a.map((value, i) => (value - x) * (b[i]! - y)));
};
const closesOf = (bars: readonly Bar[]): number[] => bars.map(({ close }) => close);
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

describe('long spans', () => {
  const long = walk(17, 6_000, 250);
  const gaps = [2_500, 2_501, 5_990];
  /** The same bars where some have no prices, as a line over another data may have. */
  const holed = (column: Float64Array): Float64Array =>
    column.map((value, i) => (gaps.includes(i) ? (i === 2_501 ? Infinity : NaN) : value));

  it.each([2, 3, 14, 100, 700])('the place in the range over %i bars, with and without gaps', (bars) => {
    for (const { high, low, close } of [long, { ...long, high: holed(long.high), low: holed(long.low) }]) {
      const seen = valuesOf({ ...long, high, low, close }, (d) => nextbar.stochastic(d, { period: bars }).raw);
      for (let i = 0; i < close.length; i++) {
        const [top, bottom] = [
          high.slice(Math.max(0, i - bars + 1), i + 1),
          low.slice(Math.max(0, i - bars + 1), i + 1),
        ];
        const [highest, lowest] = [Math.max(...top), Math.min(...bottom)];
        const place = 100 * ((close[i]! - lowest) / (highest - lowest));
        const isMissing = i < bars - 1 || ![...top, ...bottom].every(Number.isFinite) || highest === lowest;
        expect(Object.is(seen[i], isMissing ? NaN : place), `bar ${i}: ${seen[i]}, wanted ${place}`).toBe(true);
      }
    }
  });

  it.each([2, 3, 5, 30])('an average over %i bars of which many are equal', (bars) => {
    const prices = long.close.map((value, i) => (i % 50 < 35 ? 250.1 : value));
    const seen = valuesOf({ ...long, close: prices }, (d) => nextbar.sma(d.close, bars));
    for (let i = bars - 1; i < prices.length; i++) {
      const last = Array.from(prices.subarray(i - bars + 1, i + 1));
      const wanted = mean(last);
      if (last.every((value) => value === last[0])) expect(seen[i], `bar ${i}`).toBe(last[0]);
      else expect(Math.abs(seen[i]! - wanted), `bar ${i}`).toBeLessThan(1e-12 * wanted);
    }
  });
});

describe('statistics of a window', () => {
  it('quantile draws straight between the two nearest values', () => {
    expectSlow(
      (d) => nextbar.quantile(d.close, period, 0.3),
      period,
      (last) => {
        const values = sorted(closesOf(last));
        const at = 0.3 * (period - 1);
        return values[Math.floor(at)]! + (at % 1) * (values[Math.ceil(at)]! - values[Math.floor(at)]!);
      },
    );
    expectSlow(
      (d) => nextbar.median(d.close, 7),
      7,
      (last) => sorted(closesOf(last))[3]!,
    );
    expectSlow(
      (d) => nextbar.percentRank(d.close, period),
      period,
      (last) => {
        return last.filter(({ close }) => close < last.at(-1)!.close).length / period;
      },
    );
  });

  it('z-score, covariance, beta and correlation', () => {
    expectSlow(
      (d) => nextbar.zScore(d.close, period),
      period,
      (last) => {
        const values = closesOf(last);
        return (values.at(-1)! - mean(values)) / Math.sqrt(cov(values, values));
      },
    );
    const volumes = (last: readonly Bar[]): number[] => last.map(({ volume }) => volume);
    expectSlow(
      (d) => nextbar.covariance(d.close, d.volume, period),
      period,
      (last) => cov(closesOf(last), volumes(last)),
    );
    expectSlow(
      (d) => nextbar.beta(d.close, d.volume, period),
      period,
      (last) => {
        return cov(closesOf(last), volumes(last)) / cov(volumes(last), volumes(last));
      },
    );
    expectSlow(
      (d) => nextbar.correlation(d.close, d.volume, period),
      period,
      (last) => {
        const [a, b] = [closesOf(last), volumes(last)];
        return cov(a, b) / Math.sqrt(cov(a, a) * cov(b, b));
      },
    );
  });

  it('linear regression', () => {
    const places = Array.from({ length: period }, (_, i) => i);
    const slope = (last: readonly Bar[]): number => cov(closesOf(last), places) / cov(places, places);
    expectSlow((d) => nextbar.linearRegression(d.close, period).slope, period, slope);
    expectSlow(
      (d) => nextbar.linearRegression(d.close, period).value,
      period,
      (last) => {
        return mean(closesOf(last)) + slope(last) * ((period - 1) / 2);
      },
    );
  });

  it('highest, lowest and their ages, on a walk, on a straight fall and on a saw', () => {
    const shapes: Readonly<Record<string, Bars>> = {
      walk: source,
      fall: closes(...Array.from({ length: 300 }, (_, i) => 1_000 - i)),
      saw: closes(...Array.from({ length: 300 }, (_, i) => (i % 17) - (i % 5) * 3)),
      flat: flat(100, 5, 1),
    };
    for (const [kind, bars] of Object.entries(shapes)) {
      for (const n of [1, 2, 7, 40]) {
        for (const which of ['newest', 'oldest'] as const) {
          const high = valuesOf(bars, (d) => nextbar.highest(d.close, n));
          const age = valuesOf(bars, (d) => nextbar.barsSinceHighest(d.close, n, which));
          const lowAge = valuesOf(bars, (d) => nextbar.barsSinceLowest(d.close, n, which));
          for (let i = n - 1; i < bars.close.length; i++) {
            const last = Array.from(bars.close.subarray(i - n + 1, i + 1));
            const [most, least] = [Math.max(...last), Math.min(...last)];
            const place = which === 'newest' ? last.lastIndexOf(most) : last.indexOf(most);
            const lowPlace = which === 'newest' ? last.lastIndexOf(least) : last.indexOf(least);
            expect([high[i], age[i], lowAge[i]], `${kind}, ${n} bars, ${which}, bar ${i}`).toEqual([
              most,
              n - 1 - place,
              n - 1 - lowPlace,
            ]);
          }
        }
      }
    }
  });
});

describe('pairs', () => {
  it('cointegration explains one line by the other, and the half-life regresses changes on levels', () => {
    const fitted = (last: readonly Bar[]): { slope: number; start: number } => {
      const [a, b] = [closesOf(last), last.map(({ open }) => open)];
      const slope = cov(a, b) / cov(b, b);
      return { slope, start: mean(a) - slope * mean(b) };
    };
    expectSlow(
      (d) => nextbar.cointegration(d.close, d.open, period).beta,
      period,
      (last) => fitted(last).slope,
    );
    expectSlow(
      (d) => nextbar.cointegration(d.close, d.open, period).residual,
      period,
      (last) => {
        const { slope, start } = fitted(last);
        return last.at(-1)!.close - start - slope * last.at(-1)!.open;
      },
    );
    expectSlow(
      (d) => nextbar.cointegration(d.close, d.open, period).score,
      period,
      (last) => {
        const { slope, start } = fitted(last);
        const left = last.map(({ open, close }) => close - start - slope * open);
        return left.at(-1)! / Math.sqrt(cov(left, left));
      },
    );
  });

  it('the half-life of a line that halves every three bars is three', () => {
    const bars = closes(...Array.from({ length: 60 }, (_, i) => 50 + 40 * 0.5 ** (i / 3) * (i % 2 === 0 ? 1 : 1)));
    expect(valuesOf(bars, (d) => nextbar.halfLife(d.close, 20)).at(-1)).toBeCloseTo(3, 6);
    expect(valuesOf(closes(1, 2, 4, 8, 16, 32, 64), (d) => nextbar.halfLife(d.close, 4)).at(-1)).toBeNaN();
  });

  it('Kalman regression is least squares with a memory that fades, and finds a line through points on a line', () => {
    const bars = barsFromRows(
      Array.from({ length: 4_000 }, (_, i) => {
        const open = 10 + Math.sin(i / 7) * 3;
        const close = 2.5 * open + 4;
        return { time: i * 3_600_000, open, high: Math.max(open, close), low: Math.min(open, close), close, volume: 1 };
      }),
    );
    const grow = (which: 'slope' | 'intercept') => (d: Data) => nextbar.kalmanRegression(d.close, d.open)[which];
    expect(valuesOf(bars, grow('slope')).at(-1)).toBeCloseTo(2.5, 2);
    expect(valuesOf(bars, grow('intercept')).at(-1)).toBeCloseTo(4, 1);
  });

  it('Kalman slope of a straight line is its slope from the second value on', () => {
    const bars = closes(...Array.from({ length: 50 }, (_, i) => 7 + 3 * i));
    const slopes = valuesOf(bars, (d) => nextbar.kalmanSlope(d.close).slope);
    expect(slopes[0]).toBeNaN();
    for (const slope of slopes.slice(1)) expect(slope).toBeCloseTo(3, 9);
  });
});

describe('volume', () => {
  const typical = ({ high, low, close }: Bar): number => (high + low + close) / 3;
  const day = (i: number): number => Math.floor(i / 24) * 24;

  it('session VWAP begins anew at midnight, with bands weighed by volume', () => {
    const read = (i: number): { mid: number; deviation: number } => {
      const session = rows.slice(day(i), i + 1);
      const volume = session.reduce((total, bar) => total + bar.volume, 0);
      const mid = session.reduce((total, bar) => total + bar.volume * typical(bar), 0) / volume;
      const variance = session.reduce((total, bar) => total + bar.volume * (typical(bar) - mid) ** 2, 0) / volume;
      return { mid, deviation: Math.sqrt(variance) };
    };
    expectSlow(
      (d) => nextbar.sessionVwap(d).mid,
      1,
      (_last, i) => read(i).mid,
    );
    expectSlow(
      (d) => nextbar.sessionVwap(d, { deviations: 1.5 }).top,
      1,
      (_last, i) => {
        const { mid, deviation } = read(i);
        return mid + 1.5 * deviation;
      },
    );
  });

  it('anchored VWAP begins at its anchor and has no value before', () => {
    const at = 100;
    const seen = valuesOf(source, (d) => nextbar.anchoredVwap(d, at * 3_600_000).mid);
    expect(seen[at - 1]).toBeNaN();
    const since = rows.slice(at, 401);
    const volume = since.reduce((total, bar) => total + bar.volume, 0);
    expect(seen[400]).toBeCloseTo(since.reduce((total, bar) => total + bar.volume * typical(bar), 0) / volume, 9);
  });

  it('volume profile spreads each bar evenly and grows the area by the larger neighbour', () => {
    // Rows of 1 from 10 to 14: 4 units in 10 to 12, 6 in 12 to 13, 1 in 13 to 14.
    const bars = barsFromRows(
      [
        [10, 12, 4],
        [12, 13, 6],
        [13, 14, 1],
      ].map(([low, high, volume], i) => ({
        time: i,
        open: low!,
        high: high!,
        low: low!,
        close: high!,
        volume: volume!,
      })),
    );
    const grow = (which: 'poc' | 'high' | 'low', share: number) => (d: Data) =>
      nextbar.volumeProfile(d, { period: 3, rows: 4, share })[which];
    expect(valuesOf(bars, grow('poc', 0.7))[2]).toBe(12.5);
    // 6 of 11 are enough for a half; 70 % need the row below (2), which is larger than the one above (1).
    expect([valuesOf(bars, grow('low', 0.5))[2], valuesOf(bars, grow('high', 0.5))[2]]).toEqual([12, 13]);
    expect([valuesOf(bars, grow('low', 0.7))[2], valuesOf(bars, grow('high', 0.7))[2]]).toEqual([11, 13]);
    expect([valuesOf(bars, grow('low', 1))[2], valuesOf(bars, grow('high', 1))[2]]).toEqual([10, 14]);
  });
});

describe('volatility', () => {
  const log = (a: number, b: number): number => Math.log(a / b);
  const sample = (values: readonly number[]): number => (cov(values, values) * values.length) / (values.length - 1);
  const n = 20;
  const year = 365 * 24;

  it('of closes, of ranges, and of both with gaps', () => {
    const grow = (estimator: nextbar.VolatilityEstimator) => (d: Data) =>
      nextbar.realizedVolatility(d, { period: n, estimator });
    const root = (variance: number): number => Math.sqrt(year * variance);
    expectSlow(grow('close'), n + 1, (last) =>
      root(sample(last.slice(1).map((bar, i) => log(bar.close, last[i]!.close)))),
    );
    expectSlow(grow('parkinson'), n, (last) =>
      root(mean(last.map(({ high, low }) => log(high, low) ** 2)) / (4 * Math.log(2))),
    );
    const garman = ({ open, high, low, close }: Bar): number =>
      log(high, low) ** 2 / 2 - (2 * Math.log(2) - 1) * log(close, open) ** 2;
    expectSlow(grow('garmanKlass'), n, (last) => root(Math.max(0, mean(last.map(garman)))));
    const rogers = ({ open, high, low, close }: Bar): number =>
      log(high, close) * log(high, open) + log(low, close) * log(low, open);
    expectSlow(grow('rogersSatchell'), n, (last) => root(mean(last.map(rogers))));
    expectSlow(grow('yangZhang'), n + 1, (all) => {
      const last = all.slice(1);
      const gaps = last.map((bar, i) => log(bar.open, all[i]!.close));
      const bodies = last.map((bar) => log(bar.close, bar.open));
      const k = 0.34 / (1.34 + (n + 1) / (n - 1));
      return root(sample(gaps) + k * sample(bodies) + (1 - k) * mean(last.map(rogers)));
    });
  });
});

describe('turning points', () => {
  it('a swing is shown when it is confirmed, and not before', () => {
    const bars = closes(1, 2, 5, 3, 2, 4, 6, 6, 5);
    expect(valuesOf(bars, (d) => nextbar.swingPoints(d, 2, 2).high)).toEqual([NaN, NaN, NaN, NaN, 5, 5, 5, 5, 6]);
    expect(valuesOf(bars, (d) => nextbar.swingPoints(d, 2, 2).highAge)).toEqual([NaN, NaN, NaN, NaN, 2, 3, 4, 5, 2]);
    expect(valuesOf(bars, (d) => nextbar.swingPoints(d, 2, 2).low)).toEqual([NaN, NaN, NaN, NaN, NaN, NaN, 2, 2, 2]);
  });

  it('a zig-zag turns when price has come back far enough', () => {
    const bars = closes(100, 104, 110, 106, 104, 99, 101, 108.9, 112);
    expect(valuesOf(bars, (d) => nextbar.zigZag(d, 0.05).pivot)).toEqual([NaN, NaN, 100, 100, 110, 110, 110, 99, 99]);
    expect(valuesOf(bars, (d) => nextbar.zigZag(d, 0.05).direction)).toEqual([NaN, NaN, 1, 1, -1, -1, -1, 1, 1]);
    expect(valuesOf(bars, (d) => nextbar.zigZag(d, 0.05).age)).toEqual([NaN, NaN, 2, 3, 2, 3, 4, 2, 3]);
  });
});

describe('filters', () => {
  it('a cyber cycle is flat on a straight line and Ehlers formula elsewhere', () => {
    const price = closesOf(rows);
    const smooth = price.map((x, i) => (i < 3 ? NaN : (x + 2 * price[i - 1]! + 2 * price[i - 2]! + price[i - 3]!) / 6));
    const cycle: number[] = [];
    price.forEach((x, i) => {
      const a = 0.07;
      const at = (k: number): number => price[Math.max(0, i - k)]!;
      cycle.push(
        i < 6
          ? (x - 2 * at(1) + at(2)) / 4
          : (1 - a / 2) ** 2 * (smooth[i]! - 2 * smooth[i - 1]! + smooth[i - 2]!) +
              2 * (1 - a) * cycle[i - 1]! -
              (1 - a) ** 2 * cycle[i - 2]!,
      );
    });
    expectSlow(
      (d) => nextbar.cyberCycle(d.close).cycle,
      1,
      (_last, i) => cycle[i]!,
      6,
    );
  });
});

describe('prices of any size', () => {
  const grow: Readonly<Record<string, (data: Data) => Line>> = {
    zScore: (d) => nextbar.zScore(d.close, 20),
    correlation: (d) => nextbar.correlation(d.close, d.volume, 20),
    'linearRegression over close': (d) =>
      nextbar.pointwise('share', [nextbar.linearRegression(d.close, 20).value, d.close], (a, b) => a / b),
    cmf: (d) => nextbar.cmf(d, 20),
    realizedVolatility: (d) => nextbar.realizedVolatility(d, { estimator: 'yangZhang' }),
    stochasticRsi: (d) => nextbar.stochasticRsi(d.close).k,
    choppiness: (d) => nextbar.choppiness(d),
    'sessionVwap over close': (d) => nextbar.pointwise('share', [nextbar.sessionVwap(d).top, d.close], (a, b) => a / b),
    'cointegration score': (d) => nextbar.cointegration(d.close, d.open, 40).score,
    'superTrend over close': (d) => nextbar.pointwise('share', [nextbar.superTrend(d).stop, d.close], (a, b) => a / b),
    'volumeProfile over close': (d) =>
      nextbar.pointwise('share', [nextbar.volumeProfile(d, { period: 30 }).poc, d.close], (a, b) => a / b),
    'squeeze over close': (d) => nextbar.pointwise('share', [nextbar.squeeze(d).momentum, d.close], (a, b) => a / b),
    fisher: (d) => nextbar.fisher(d).fisher,
  };

  it.each(Object.keys(grow))('%s is the same at 1e-9 and at 1e9', (name) => {
    // Powers of two leave every digit as it was; other factors only round.
    const scaled = (factor: number): Bars =>
      barsFromRows(
        rows.map((bar) => ({
          ...bar,
          open: bar.open * factor,
          high: bar.high * factor,
          low: bar.low * factor,
          close: bar.close * factor,
        })),
      );
    const wanted = valuesOf(source, grow[name]!);
    for (const factor of [4e-12, 4e6]) {
      const seen = valuesOf(scaled(factor), grow[name]!);
      wanted.forEach((value, i) => {
        if (Number.isNaN(value)) expect(seen[i], `bar ${i}`).toBeNaN();
        else
          expect(Math.abs(seen[i]! - value), `bar ${i} at ${factor}: ${seen[i]} but ${value}`).toBeLessThanOrEqual(
            1e-9 * Math.max(1, Math.abs(value)),
          );
      });
    }
  });
});
