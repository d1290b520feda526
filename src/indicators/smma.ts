/** Smoothed moving average, as Wilder made it. */
import { derive, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkPeriod } from './kernel/period.ts';
import { exponential, exponentialState } from './kernel/smoothing.ts';

/**
 * Smoothed moving average: each bar moves it by 1/period toward the new value, which is slower than `ema` of that period.
 *
 * It starts from the plain mean of the first `period` values; after a missing value it starts again.
 *
 * @param period - In bars.
 * @throws {ConfigError} If `period` is not a positive integer.
 * @see J. W. Wilder, New Concepts in Technical Trading Systems (1978)
 */
export function smma(source: Line, period: number): Line {
  checkPeriod('smma', period);
  const name = label('smma', source, period);
  return derive(source, {
    name,
    key: true,
    period,
    history: 0,
    state: exponentialState,
    compute: exponential(period, 1 / period),
  });
}
