/** Statistics of a window and of pairs: z-score, median, quantile, covariance, beta, cointegration, Kalman regression. */
import type { Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { pairSums } from './kernel/pair-sums.ts';
import { checkAbove, checkOptions, checkPeriod, checkShare } from './kernel/period.ts';
import { recursive } from './kernel/recursive.ts';
import { sortedWindow } from './kernel/sorted-window.ts';
import { lagged, named } from './pointwise.ts';
import { sma } from './sma.ts';
import { stddev } from './stddev.ts';

/**
 * Z-score: how many standard deviations of the population a value lies above the mean of its window.
 *
 * The present value is part of the window, so it never exceeds the root of `period` - 1. NaN on a flat window.
 *
 * @param period - In bars, at least 2; default 20.
 * @throws {ConfigError} If `period` is not an integer of at least 2.
 */
export function zScore(source: Line, period = 20): Line {
  checkPeriod('zScore', period, 2);
  return named(
    label('zScore', source, period),
    [source, sma(source, period), stddev(source, period)],
    (x, mean, deviation) => (deviation > 0 ? (x - mean) / deviation : NaN),
  );
}

/**
 * The median of the last `period` values; of an even number, the mean of the middle two.
 *
 * @param period - In bars, default 20.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function median(source: Line, period = 20): Line {
  return quantile(source, period, 0.5);
}

/**
 * A quantile of the last `period` values: the value that a share `q` of them lies below, interpolated between the two nearest.
 *
 * @param period - In bars.
 * @param q - From 0 (lowest) to 1 (highest).
 * @throws {ConfigError} If `period` is not a positive integer or `q` is not from 0 to 1.
 * @see R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages (1996), definition 7 (as NumPy and Excel)
 */
export function quantile(source: Line, period: number, q: number): Line {
  checkPeriod('quantile', period);
  checkShare('quantile', q, 'q');
  const at = q * (period - 1);
  const below = Math.floor(at);
  const share = at - below;
  const above = Math.min(below + 1, period - 1);
  return sortedWindow(label('quantile', source, period, q), source, period, (sorted) => {
    const low = sorted[below]!;
    return share === 0 ? low : low + (sorted[above]! - low) * share;
  });
}

/**
 * Covariance of the last `period` values of two lines, of the population (divided by `period`).
 *
 * @param period - In bars, at least 2; default 20.
 * @throws {ConfigError} If `period` is not an integer of at least 2, or the lines are of different datas.
 */
export function covariance(a: Line, b: Line, period = 20): Line {
  checkPeriod('covariance', period, 2);
  return pairSums(label('covariance', a, b, period), a, b, period, [(n, _x, _y, _xx, _yy, xy) => xy / n])[0]!;
}

/**
 * Beta: how much `asset` moves when `market` moves by one, by least squares over the last `period` values.
 *
 * Give it changes, such as `roc(close, 1)`: over prices it is the hedge ratio of two price levels. NaN where `market` is flat.
 *
 * @param period - In bars, at least 2; default 60.
 * @throws {ConfigError} If `period` is not an integer of at least 2, or the lines are of different datas.
 */
export function beta(asset: Line, market: Line, period = 60): Line {
  checkPeriod('beta', period, 2);
  return pairSums(label('beta', asset, market, period), asset, market, period, [
    (_n, _x, _y, _xx, yy, xy) => xy / yy,
  ])[0]!;
}

/** The lines of `cointegration`. */
export interface Cointegration {
  /** Units of the second line that one unit of the first is hedged with. */
  readonly beta: Line;
  /** Where the straight line starts. */
  readonly alpha: Line;
  /** How far the first line is above the straight line now, in its own units. */
  readonly residual: Line;
  /** The residual in standard deviations of the residuals of the window (of the population). */
  readonly score: Line;
  /** Bars in which half of a residual is gone; NaN where it does not come back. */
  readonly halfLife: Line;
}

/**
 * Engle and Granger's first step over a rolling window: a straight line of `b` explains `a`, and the residual is what it leaves over.
 *
 * A residual that comes back is not yet a proof of cointegration: that takes a test over the whole sample. Everything is NaN where `b` is flat.
 *
 * @param period - In bars, at least 3; default 100.
 * @throws {ConfigError} If `period` is not an integer of at least 3, or the lines are of different datas.
 * @see R. F. Engle and C. W. J. Granger, Econometrica 55 (1987)
 */
export function cointegration(a: Line, b: Line, period = 100): Cointegration {
  checkPeriod('cointegration', period, 3);
  const [slope, start, spread] = pairSums(label('cointegration', a, b, period), a, b, period, [
    (_n, _x, _y, _xx, yy, xy) => xy / yy,
    (_n, x, y, _xx, yy, xy) => x - (xy / yy) * y,
    (n, _x, _y, xx, yy, xy) => (yy > 0 ? Math.sqrt(Math.max(0, xx - (xy * xy) / yy) / n) : NaN),
  ]);
  const residual = named(label('residual', a, b, period), [a, b, slope!, start!], (x, y, m, c) => x - (c + m * y));
  return {
    beta: slope!,
    alpha: start!,
    residual,
    score: named(label('score', a, b, period), [residual, spread!], (away, deviation) => away / deviation),
    halfLife: halfLife(residual, period),
  };
}

/**
 * Half-life of a line that returns to its mean: bars in which half of a distance is gone, from the regression of changes on levels.
 *
 * NaN where the line does not return.
 *
 * @param period - Changes looked at, at least 3; default 100.
 * @throws {ConfigError} If `period` is not an integer of at least 3.
 * @see E. P. Chan, Algorithmic Trading (2013), chapter 2
 */
export function halfLife(source: Line, period = 100): Line {
  checkPeriod('halfLife', period, 3);
  const change = lagged('change', source, 1, (now, then) => now - then);
  const before = lagged('before', source, 1, (_now, then) => then);
  return pairSums(label('halfLife', source, period), change, before, period, [
    (_n, _x, _y, _xx, yy, xy) => {
      const speed = xy / yy;
      return speed < 0 && speed > -1 ? -Math.LN2 / Math.log1p(speed) : NaN;
    },
  ])[0]!;
}

/** The lines of `kalmanRegression`. */
export interface KalmanRegression {
  /** Units of `b` that one unit of `a` moves with. */
  readonly slope: Line;
  /** Where the line is when `b` is 0. */
  readonly intercept: Line;
  /** How far `a` is from what was expected before this bar was seen. */
  readonly residual: Line;
  /** The standard deviation that the filter expects of the residual. */
  readonly deviation: Line;
}

/** Options of `kalmanRegression`. */
export interface KalmanOptions {
  /** How much slope and intercept may wander from bar to bar, above 0 and below 1; default 0.0001. */
  readonly delta?: number;
  /** Variance of the noise of `a`, in its units squared; default 0.001. */
  readonly noise?: number;
}

/**
 * Kalman filter of the straight line between two lines: slope and intercept that change with time, without a window.
 *
 * Both start at 0 with no confidence in the intercept, so the first tens of bars are a warm-up that no period describes. With prices of very
 * different size, `noise` must fit the units of `a`.
 *
 * @throws {ConfigError} If `delta` is not between 0 and 1, `noise` is not above 0, or the lines are of different datas.
 * @see E. P. Chan, Algorithmic Trading (2013), chapter 3
 */
export function kalmanRegression(a: Line, b: Line, options: KalmanOptions = {}): KalmanRegression {
  checkOptions('kalmanRegression', options, { delta: true, noise: true });
  const { delta = 1e-4, noise = 1e-3 } = options;
  checkShare('kalmanRegression', delta, 'delta', 'both');
  checkAbove('kalmanRegression', noise, 0, 'noise');
  const wander = delta / (1 - delta);
  const name = label('kalmanRegression', a, b, delta, noise);
  // State: whether it has begun, slope, intercept, and the three numbers of their covariance.
  const [slope, intercept, residual, deviation] = recursive(
    name,
    [a, b],
    { state: 6, names: [name, `${name}.intercept`, `${name}.residual`, `${name}.deviation`] },
    (state, out, y, x) => {
      const isFirst = state[0] === 0;
      const p11 = isFirst ? 0 : state[3]! + wander;
      const p12 = isFirst ? 0 : state[4]!;
      const p22 = isFirst ? 0 : state[5]! + wander;
      const error = y - (state[1]! * x + state[2]!);
      const gain1 = p11 * x + p12;
      const gain2 = p12 * x + p22;
      const spread = x * gain1 + gain2 + noise;
      const [k1, k2] = [gain1 / spread, gain2 / spread];
      state[0] = 1;
      state[1] = state[1]! + k1 * error;
      state[2] = state[2]! + k2 * error;
      state[3] = p11 - k1 * gain1;
      state[4] = p12 - k1 * gain2;
      state[5] = p22 - k2 * gain2;
      out[0] = state[1];
      out[1] = state[2];
      out[2] = error;
      out[3] = Math.sqrt(spread);
    },
  );
  return { slope: slope!, intercept: intercept!, residual: residual!, deviation: deviation! };
}

/** The lines of `kalmanSlope`. */
export interface KalmanSlope {
  /** Where the filter believes the line is. */
  readonly level: Line;
  /** How much the filter believes the line rises in one bar. */
  readonly slope: Line;
}

/**
 * Kalman filter of a straight trend whose level and slope wander: a smoothed line, and its slope a bar.
 *
 * It starts on the first two values. Only the ratio of what wanders to the noise matters, so prices of any size give the same shape.
 *
 * @param ratio - Variance of the wandering of the slope over the variance of the noise, above 0; default 0.0001. Smaller is smoother.
 * @throws {ConfigError} If `ratio` is not above 0.
 * @see A. C. Harvey, Forecasting, Structural Time Series Models and the Kalman Filter (1989), chapter 4
 */
export function kalmanSlope(source: Line, ratio = 1e-4): KalmanSlope {
  checkAbove('kalmanSlope', ratio, 0, 'ratio');
  const name = label('kalmanSlope', source, ratio);
  // State: values seen, level, slope, and the three numbers of their covariance, in units of the noise.
  const [slope, level] = recursive(
    name,
    [source],
    { state: 6, period: 2, names: [name, `${name}.level`] },
    (state, out, value) => {
      if (state[0]! < 2) {
        // Two values determine level and slope, each as uncertain as they are.
        state[2] = state[0] === 0 ? 0 : value - state[1]!;
        state[1] = value;
        state[3] = 1;
        state[4] = 1;
        state[5] = 2;
        state[0]!++;
      } else {
        const ahead = state[1]! + state[2]!;
        const p11 = state[3]! + 2 * state[4]! + state[5]!;
        const p12 = state[4]! + state[5]!;
        const p22 = state[5]! + ratio;
        const spread = p11 + 1;
        const error = value - ahead;
        state[1] = ahead + (p11 / spread) * error;
        state[2] = state[2]! + (p12 / spread) * error;
        state[3] = p11 / spread;
        state[4] = p12 / spread;
        state[5] = p22 - (p12 * p12) / spread;
      }
      out[0] = state[2];
      out[1] = state[1];
    },
  );
  return { level: level!, slope: slope! };
}
