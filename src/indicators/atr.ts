/** Average true range. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import type { MovingAverage } from './kernel/average.ts';
import { checkAverage, checkPeriod } from './kernel/period.ts';
import { smma } from './smma.ts';
import { trueRange } from './true-range.ts';

/**
 * Average true range: how far price usually goes in a bar, gaps included, in price units.
 *
 * Smoothed as Wilder did; the first value comes with bar `period` + 1.
 *
 * @param period - In bars.
 * @param average - How it is smoothed; default `smma`.
 * @throws {ConfigError} If `period` is not a positive integer.
 * @see J. W. Wilder, New Concepts in Technical Trading Systems (1978)
 */
export function atr(data: Data, period = 14, average: MovingAverage = smma): Line {
  checkData('atr', data);
  checkPeriod('atr', period);
  checkAverage('atr', average);
  return average(trueRange(data), period);
}
