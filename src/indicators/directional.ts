/** Wilder's directional movement: +DI, -DI, ADX, ADXR; and the vortex. */
import type { Data, Line } from '../lines/index.ts';
import { atr } from './atr.ts';
import type { MovingAverage } from './kernel/average.ts';
import { checkPeriod } from './kernel/period.ts';
import { lagged, named } from './pointwise.ts';
import { smma } from './smma.ts';
import { sum } from './kernel/sum.ts';
import { trueRange } from './true-range.ts';

/** The lines of `directional`, all from 0 to 100. */
export interface Directional {
  /** How much of the range was upward movement. */
  readonly plus: Line;
  /** How much of the range was downward movement. */
  readonly minus: Line;
  /** Average directional index: how one-sided the movement was, whichever the side. */
  readonly adx: Line;
  /** The mean of `adx` now and `period` bars ago. */
  readonly adxr: Line;
}

/**
 * Directional movement: how much of price's range was a move up (`plus`) or down (`minus`), and how one-sided (`adx`).
 *
 * Where nothing moves there is no value.
 *
 * @param average - How all are smoothed; default Wilder's `smma`.
 * @throws {ConfigError} If `period` is not a positive integer.
 * @see J. W. Wilder, New Concepts in Technical Trading Systems (1978)
 */
export function directional(data: Data, period = 14, average: MovingAverage = smma): Directional {
  checkPeriod('directional', period);
  const rise = lagged('rise', data.high, 1, (now, then) => now - then);
  const fall = lagged('fall', data.low, 1, (now, then) => then - now);
  const range = atr(data, period, average);
  const side = (name: string, mine: Line, theirs: Line): Line => {
    const moved = named(`${name}.move`, [mine, theirs], (a, b) => (a > b && a > 0 ? a : 0));
    return named(`${name}(${period})`, [average(moved, period), range], (move, whole) => (100 * move) / whole);
  };
  const plus = side('plusDi', rise, fall);
  const minus = side('minusDi', fall, rise);
  const dx = named(`dx(${period})`, [plus, minus], (a, b) => (100 * Math.abs(a - b)) / (a + b));
  const adxLine = average(dx, period);
  const adxr = lagged(`adxr(${period})`, adxLine, period, (now, then) => (now + then) / 2);
  return { plus, minus, adx: adxLine, adxr };
}

/**
 * Average directional index: how one-sided the movement of price is, 0 to 100, whichever the side.
 *
 * The first value needs 2 · `period` bars.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function adx(data: Data, period = 14, average: MovingAverage = smma): Line {
  checkPeriod('adx', period);
  return directional(data, period, average).adx;
}

/**
 * Vortex: how far highs are from the bar before's low (`plus`), and lows from its high (`minus`), in parts of the range.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function vortex(
  data: Data,
  period = 14,
): {
  /** Upward movement over the true range. */
  readonly plus: Line;
  /** Downward movement over the true range. */
  readonly minus: Line;
} {
  checkPeriod('vortex', period);
  const same = (_: number, then: number): number => then;
  const lastHigh = lagged('high.before', data.high, 1, same);
  const lastLow = lagged('low.before', data.low, 1, same);
  const range = sum(trueRange(data), period);
  const side = (name: string, one: Line, other: Line): Line => {
    const way = named(`${name}.way`, [one, other], (a, b) => Math.abs(a - b));
    return named(`${name}(${period})`, [sum(way, period), range], (part, whole) => part / whole);
  };
  return { plus: side('vortex.plus', data.high, lastLow), minus: side('vortex.minus', data.low, lastHigh) };
}
