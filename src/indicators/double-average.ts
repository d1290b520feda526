/** Averages of averages that lag less: double, triple, zero-lag, Hull. */
import type { Line } from '../lines/index.ts';
import type { MovingAverage } from './kernel/average.ts';
import { ema } from './ema.ts';
import { label } from './kernel/label.ts';
import { checkAverage, checkPeriod } from './kernel/period.ts';
import { lagged, named } from './pointwise.ts';
import { wma } from './wma.ts';

/**
 * Double exponential moving average: twice the average less the average of it, which takes out most of the lag.
 *
 * The first value needs 2 · `period` - 1 bars.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function dema(source: Line, period: number, average: MovingAverage = ema): Line {
  checkPeriod('dema', period);
  checkAverage('dema', average);
  const one = average(source, period);
  return named(label('dema', source, period), [one, average(one, period)], (a, b) => 2 * a - b);
}

/**
 * Triple exponential moving average: 3 · e - 3 · e(e) + e(e(e)).
 *
 * The first value needs 3 · `period` - 2 bars.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function tema(source: Line, period: number, average: MovingAverage = ema): Line {
  checkPeriod('tema', period);
  checkAverage('tema', average);
  const one = average(source, period);
  const two = average(one, period);
  const name = label('tema', source, period);
  return named(name, [one, two, average(two, period)], (a, b, c) => 3 * a - 3 * b + c);
}

/**
 * Zero-lag exponential moving average: the average of the line plus its change over half the period.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function zlema(source: Line, period: number, average: MovingAverage = ema): Line {
  checkPeriod('zlema', period);
  checkAverage('zlema', average);
  const lag = Math.floor((period - 1) / 2);
  const ahead = lagged(label('ahead', source, lag), source, lag, (now, then) => 2 * now - then);
  return average(ahead, period);
}

/**
 * Hull moving average: the average over the root of the period of twice the fast average less the slow one.
 *
 * @param period - In bars, at least 2.
 * @throws {ConfigError} If `period` is not an integer of at least 2.
 */
export function hma(source: Line, period: number, average: MovingAverage = wma): Line {
  checkPeriod('hma', period, 2);
  checkAverage('hma', average);
  const fast = average(source, Math.floor(period / 2));
  const slow = average(source, period);
  const ahead = named(label('ahead', source, period), [fast, slow], (a, b) => 2 * a - b);
  return average(ahead, Math.floor(Math.sqrt(period)));
}
