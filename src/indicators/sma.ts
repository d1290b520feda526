/** Simple moving average. */
import { derive, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkPeriod } from './kernel/period.ts';
import { rolling, rollingState } from './kernel/sum.ts';

/**
 * Simple moving average: the plain mean of the last `period` values.
 *
 * NaN until there are `period` values without a gap.
 *
 * @param period - In bars.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function sma(source: Line, period: number): Line {
  checkPeriod('sma', period);
  return derive(source, {
    name: label('sma', source, period),
    key: true,
    period,
    state: rollingState,
    compute: rolling(period, period),
    setsAll: true,
  });
}
