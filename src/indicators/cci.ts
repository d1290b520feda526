/** Commodity channel index, and the mean deviation it is measured in. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import type { MovingAverage } from './kernel/average.ts';
import { label } from './kernel/label.ts';
import { typicalPrice } from './oscillators.ts';
import { checkAbove, checkAverage, checkPeriod } from './kernel/period.ts';
import { named } from './pointwise.ts';
import { sma } from './sma.ts';

/**
 * Mean deviation: the average distance of values from their average, each from the average of its own bar.
 *
 * The first value needs 2 · `period` - 1 bars.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function meanDeviation(source: Line, period = 20, average: MovingAverage = sma): Line {
  checkPeriod('meanDeviation', period);
  checkAverage('meanDeviation', average);
  const mean = average(source, period);
  return average(
    named(label('deviation', source, period), [source, mean], (value, middle) => Math.abs(value - middle)),
    period,
  );
}

/**
 * Commodity channel index: how far the typical price is from its average, in mean deviations of 0.015 each.
 *
 * Each bar's deviation is from the average of its own bar (as Backtrader has it), not from the present average. NaN where
 * nothing deviates.
 *
 * @param average - What the price is compared with; the mean of the deviations is always a plain one. Default `sma`.
 * @throws {ConfigError} If `period` is not an integer of at least 2 or `factor` is not above 0.
 */
export function cci(data: Data, period = 20, factor = 0.015, average: MovingAverage = sma): Line {
  checkData('cci', data);
  checkPeriod('cci', period, 2);
  checkAverage('cci', average);
  checkAbove('cci', factor, 0, 'factor');
  const price = typicalPrice(data);
  const mean = average(price, period);
  const away = named('cci.deviation', [price, mean], (now, middle) => Math.abs(now - middle));
  return named(
    `cci(${period}, ${factor})`,
    [price, mean, sma(away, period)],
    (now, middle, deviation) => (now - middle) / (factor * deviation),
  );
}
