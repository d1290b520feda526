/** Kaufman's adaptive moving average. */
import type { Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkPeriod } from './kernel/period.ts';
import { lagged, named } from './pointwise.ts';
import { smoothing } from './kernel/smoothing.ts';
import { sum } from './kernel/sum.ts';

/**
 * Kaufman's adaptive moving average: quick where price goes straight, nearly still where it goes to and fro.
 *
 * Where price has not moved at all over `period` bars it moves as the slow average does, toward that same price.
 *
 * @param period - Bars over which the way is compared with the distance.
 * @param fast - The quickest it gets, as the period of an exponential average.
 * @param slow - The slowest it gets, likewise.
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function kama(source: Line, period = 30, fast = 2, slow = 30): Line {
  checkPeriod('kama', period);
  checkPeriod('kama', fast, 1, 'fast');
  checkPeriod('kama', slow, 1, 'slow');
  const quickest = 2 / (fast + 1);
  const slowest = 2 / (slow + 1);
  const distance = lagged(label('distance', source, period), source, period, (now, then) => Math.abs(now - then));
  const steps = lagged(label('steps', source), source, 1, (now, then) => Math.abs(now - then));
  const weight = named(label('kama.weight', source, period, fast, slow), [distance, sum(steps, period)], (far, way) => {
    const straight = way === 0 ? 0 : far / way;
    return (straight * (quickest - slowest) + slowest) ** 2;
  });
  return smoothing(source, period, weight);
}
