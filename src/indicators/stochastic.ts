/** The stochastic oscillator. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import type { MovingAverage } from './kernel/average.ts';
import { placeInRange } from './extremes.ts';
import { checkAverage, checkOptions, checkPeriod } from './kernel/period.ts';
import { sma } from './sma.ts';

/** The lines of `stochastic`. */
export interface Stochastic {
  /** Smoothed place of the close in the range, 0 to 100. */
  readonly k: Line;
  /** The average of `k`. */
  readonly d: Line;
  /** The place of the close in the range before any smoothing, 0 to 100. */
  readonly raw: Line;
}

/** Options of `stochastic`. */
export interface StochasticOptions {
  /** Bars of the range, default 14. */
  readonly period?: number;
  /** Bars that `k` is smoothed over, default 3; 1 gives the fast stochastic. */
  readonly smoothK?: number;
  /** Bars that `d` is smoothed over, default 3. */
  readonly smoothD?: number;
  /** How both are smoothed; default `sma`. */
  readonly average?: MovingAverage;
}

/**
 * Stochastic oscillator: where the close stands between the lowest low and the highest high, 0 to 100.
 *
 * Slow by default. NaN where the range is empty (a flat window).
 *
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function stochastic(data: Data, options: StochasticOptions = {}): Stochastic {
  checkData('stochastic', data);
  checkOptions('stochastic', options, { period: true, smoothK: true, smoothD: true, average: true });
  const { period = 14, smoothK = 3, smoothD = 3, average = sma } = options;
  checkAverage('stochastic', average);
  checkPeriod('stochastic', period);
  checkPeriod('stochastic', smoothK, 1, 'smoothK');
  checkPeriod('stochastic', smoothD, 1, 'smoothD');
  const raw = placeInRange(`stochastic(${period})`, data.close, data.high, data.low, period, 100);
  const k = smoothK === 1 ? raw : average(raw, smoothK);
  return { k, d: average(k, smoothD), raw };
}
