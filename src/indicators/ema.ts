/** Exponential moving average. */
import { derive, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkPeriod } from './kernel/period.ts';
import { exponential, exponentialState } from './kernel/smoothing.ts';

/**
 * Exponential moving average: each bar moves it by 2/(period + 1) toward the new value.
 *
 * It starts from the plain mean of the first `period` values; after a missing value it starts again.
 *
 * @param period - In bars.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function ema(source: Line, period: number): Line {
  checkPeriod('ema', period);
  const name = label('ema', source, period);
  return derive(source, {
    name,
    key: true,
    period,
    history: 0,
    state: exponentialState,
    compute: exponential(period, 2 / (period + 1)),
  });
}
