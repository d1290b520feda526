/** Changes over a number of bars: momentum and rate of change. */
import type { Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkPeriod } from './kernel/period.ts';
import { lagged } from './pointwise.ts';

/**
 * Momentum: the change over `period` bars, in the units of the line.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function momentum(source: Line, period = 12): Line {
  checkPeriod('momentum', period);
  return lagged(label('momentum', source, period), source, period, (now, then) => now - then);
}

/**
 * Rate of change over `period` bars as a fraction: 0.01 is one per cent up. NaN where the earlier value is zero.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function roc(source: Line, period = 12): Line {
  checkPeriod('roc', period);
  return lagged(label('roc', source, period), source, period, (now, then) => (now - then) / then);
}
