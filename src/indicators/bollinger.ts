/** Bollinger bands. */
import { checkMethods } from '../core/index.ts';
import type { Line } from '../lines/index.ts';
import { bandsAround } from './kernel/arithmetic.ts';
import type { MovingAverage } from './kernel/average.ts';
import { label } from './kernel/label.ts';
import { checkAbove, checkAverage, checkPeriod } from './kernel/period.ts';
import { named } from './pointwise.ts';
import { sma } from './sma.ts';
import { stddev } from './stddev.ts';

/** The three lines of a band around a middle: Bollinger bands, channels, envelopes. */
export interface Bands {
  /** The average. */
  readonly mid: Line;
  /** The average plus the deviations. */
  readonly top: Line;
  /** The average less the deviations. */
  readonly bottom: Line;
}

/**
 * Bollinger bands: a moving average, and lines a number of population standard deviations above and below it.
 *
 * On a flat window all three are equal.
 *
 * @param period - In bars, default 20.
 * @param deviations - How many standard deviations away the bands are, default 2.
 * @param average - The middle line and the mean of the deviation; default `sma`.
 * @throws {ConfigError} If `period` is not a positive integer or `deviations` is not above 0.
 */
export function bollinger(source: Line, period = 20, deviations = 2, average: MovingAverage = sma): Bands {
  checkPeriod('bollinger', period);
  checkAverage('bollinger', average);
  checkAbove('bollinger', deviations, 0, 'deviations');
  const mid = average(source, period);
  const name = label('bollinger', source, period, deviations);
  return { mid, ...bandsAround(name, mid, stddev(source, period, average), deviations) };
}

/** Where a line stands in bands: 0 at the bottom, 1 at the top; NaN where the bands have no width. */
export function bandPosition(source: Line, bands: Pick<Bands, 'top' | 'bottom'>): Line {
  checkMethods('bands of bandPosition', bands, [], 'what bollinger returned');
  const { top, bottom } = bands;
  return named(label('bandPosition', source), [source, top, bottom], (x, high, low) => (x - low) / (high - low));
}
