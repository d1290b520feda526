/** Aroon: how new the extremes are. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import { barsSinceHighest, barsSinceLowest } from './extremes.ts';
import { minus } from './kernel/arithmetic.ts';
import { checkPeriod } from './kernel/period.ts';
import { named } from './pointwise.ts';

/** The lines of `aroon`. */
export interface Aroon {
  /** 100 when the highest high is now, 0 when it was `period` bars ago. */
  readonly up: Line;
  /** The same of the lowest low. */
  readonly down: Line;
  /** `up` less `down`. */
  readonly oscillator: Line;
}

/**
 * Aroon: how recent the highest high and the lowest low of the last `period` + 1 bars are, 0 to 100.
 *
 * Of equal extremes the newest counts.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function aroon(data: Data, period = 14): Aroon {
  checkData('aroon', data);
  checkPeriod('aroon', period);
  const fresh = (age: number): number => (100 * (period - age)) / period;
  const up = named(`aroon.up(${period})`, [barsSinceHighest(data.high, period + 1)], fresh);
  const down = named(`aroon.down(${period})`, [barsSinceLowest(data.low, period + 1)], fresh);
  return { up, down, oscillator: minus(`aroon(${period})`, up, down) };
}
