/** Moving average convergence and divergence. */
import type { Line } from '../lines/index.ts';
import type { MovingAverage } from './kernel/average.ts';
import { ema } from './ema.ts';
import { minus } from './kernel/arithmetic.ts';
import { label } from './kernel/label.ts';
import { checkAverage, checkOptions, checkPeriod } from './kernel/period.ts';

/** The three lines of `macd`. */
export interface Macd {
  /** The fast average less the slow one, in price units. */
  readonly macd: Line;
  /** The average of `macd`. */
  readonly signal: Line;
  /** `macd` less `signal`. */
  readonly histogram: Line;
}

/** Options of `macd`. */
export interface MacdOptions {
  /** In bars, default 12. */
  readonly fast?: number;
  /** In bars, default 26. */
  readonly slow?: number;
  /** In bars, default 9. */
  readonly signal?: number;
  /** How all three are smoothed; default `ema`. */
  readonly average?: MovingAverage;
}

/**
 * Moving average convergence and divergence: the fast average less the slow one, and the average of that.
 *
 * `macd` starts with the slow average, the signal `signal` - 1 bars later.
 *
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function macd(source: Line, options: MacdOptions = {}): Macd {
  checkOptions('macd', options, { fast: true, slow: true, signal: true, average: true });
  const { fast = 12, slow = 26, signal = 9, average = ema } = options;
  checkAverage('macd', average);
  checkPeriod('macd', fast, 1, 'fast');
  checkPeriod('macd', slow, 1, 'slow');
  checkPeriod('macd', signal, 1, 'signal');
  const difference = minus(label('macd', source, fast, slow), average(source, fast), average(source, slow));
  const smoothed = average(difference, signal);
  const histogram = minus(label('histogram', source, fast, slow, signal), difference, smoothed);
  return { macd: difference, signal: smoothed, histogram };
}
