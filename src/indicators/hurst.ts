/** The Hurst exponent: whether moves go on, turn back, or neither. */
import type { Line } from '../lines/index.ts';
import { checkPeriod } from './kernel/period.ts';
import { over } from './windowed.ts';

/**
 * Hurst exponent of the last `period` values: near 0.5 for a random walk, below where moves turn back, above where they go on.
 *
 * From the slope of how the spread of differences grows with their lag. NaN on a flat window. It costs `period` squared a bar.
 *
 * @param from - The shortest lag in bars, default 2.
 * @param to - The first lag no longer used, default half the period.
 * @throws {ConfigError} If a number is not an integer, or there are fewer than two lags.
 */
export function hurst(source: Line, period = 40, from = 2, to = Math.floor(period / 2)): Line {
  checkPeriod('hurst', period, 4);
  checkPeriod('hurst', from, 1, 'from');
  checkPeriod('hurst', to, from + 2, 'to');
  const lags = Array.from({ length: to - from }, (_, i) => Math.log10(from + i));
  const middle = lags.reduce((a, b) => a + b, 0) / lags.length;
  const whole = lags.reduce((total, lag) => total + (lag - middle) ** 2, 0);
  const slope = (values: Float64Array): number => {
    let total = 0;
    for (let k = 0; k < lags.length; k++) {
      total += (lags[k]! - middle) * 0.5 * Math.log10(spread(values, from + k));
    }
    return (2 * total) / whole;
  };
  return over(source, period, slope, 'hurst', `hurst|${from}|${to}`);
}

/** Standard deviation of the population of the differences over `lag` bars. */
function spread(values: Float64Array, lag: number): number {
  const count = values.length - lag;
  let mean = 0;
  for (let i = 0; i < count; i++) mean += values[i + lag]! - values[i]!;
  mean /= count;
  let total = 0;
  for (let i = 0; i < count; i++) total += (values[i + lag]! - values[i]! - mean) ** 2;
  return Math.sqrt(total / count);
}
