/** Stops that follow price at a distance of average true ranges. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import { atr } from './atr.ts';
import { highest, lowest } from './extremes.ts';
import type { MovingAverage } from './kernel/average.ts';
import { checkAbove, checkAverage, checkOptions, checkPeriod } from './kernel/period.ts';
import { recursive } from './kernel/recursive.ts';
import { midPrice } from './oscillators.ts';
import { named } from './pointwise.ts';
import { smma } from './smma.ts';

/** A stop that changes sides. */
export interface TrailingStop {
  /** The stop, in price units: below the price while the trend is up, above it while it is down. */
  readonly stop: Line;
  /** 1 while the trend is up, -1 while it is down. */
  readonly direction: Line;
}

/** Options of the stops that follow at a distance of average true ranges. */
export interface RangeStopOptions {
  /** Bars of the average true range. Default 10 in `superTrend`, 14 in `atrStop`, 22 in `chandelierExit`. */
  readonly period?: number;
  /** Distance, in average true ranges. Default 3. */
  readonly multiple?: number;
  /** How the true range is smoothed; default `smma`, as Wilder did. */
  readonly average?: MovingAverage;
}

/**
 * SuperTrend: bands around the middle of the bar that only move in the direction of the trend, and change sides when a close crosses them.
 *
 * The first value counts as a downtrend, as on the charting sites; it is right from the first change of sides on. Defaults: 10 bars, 3 ranges.
 *
 * @throws {ConfigError} If `period` is not a positive integer or `multiple` is not above 0.
 * @see O. Seban, Tout le monde mérite d'être riche (2008)
 */
export function superTrend(data: Data, options: RangeStopOptions = {}): TrailingStop {
  checkData('superTrend', data);
  checkOptions('superTrend', options, { period: true, multiple: true, average: true });
  const { period = 10, multiple = 3, average = smma } = options;
  checkAverage('superTrend', average);
  checkPeriod('superTrend', period);
  checkAbove('superTrend', multiple, 0, 'multiple');
  const name = `superTrend(${period}, ${multiple})`;
  // State: the direction (0 before the first bar), lower band, upper band, last close.
  const [stop, direction] = recursive(
    name,
    [data.close, midPrice(data), atr(data, period, average)],
    { state: 4, names: [name, `${name}.direction`] },
    (state, out, close, middle, range) => {
      const lower = middle - multiple * range;
      const upper = middle + multiple * range;
      if (state[0] === 0) {
        state[0] = -1;
        state[1] = lower;
        state[2] = upper;
      } else {
        const before = state[3]!;
        if (lower > state[1]! || before < state[1]!) state[1] = lower;
        if (upper < state[2]! || before > state[2]!) state[2] = upper;
        if (state[0] === -1 && close > state[2]!) state[0] = 1;
        else if (state[0] === 1 && close < state[1]!) state[0] = -1;
      }
      state[3] = close;
      out[0] = state[0] === 1 ? state[1]! : state[2]!;
      out[1] = state[0]!;
    },
  );
  return { stop: stop!, direction: direction! };
}

/**
 * ATR stop: it follows the close at a distance of average true ranges, never moves back, and changes sides when a close crosses it.
 *
 * It begins long. Wilder's own volatility system measures from the best close with the present range instead, so that his stop may move
 * back when the range grows. Defaults: 14 bars, 3 ranges.
 *
 * @throws {ConfigError} If `period` is not a positive integer or `multiple` is not above 0.
 */
export function atrStop(data: Data, options: RangeStopOptions = {}): TrailingStop {
  checkData('atrStop', data);
  checkOptions('atrStop', options, { period: true, multiple: true, average: true });
  const { period = 14, multiple = 3, average = smma } = options;
  checkAverage('atrStop', average);
  checkPeriod('atrStop', period);
  checkAbove('atrStop', multiple, 0, 'multiple');
  const name = `atrStop(${period}, ${multiple})`;
  // State: the direction (0 before the first bar), and the stop.
  const [stop, direction] = recursive(
    name,
    [data.close, atr(data, period, average)],
    { state: 2, names: [name, `${name}.direction`] },
    (state, out, close, range) => {
      const side = state[0]!;
      const isCrossed = side === 0 || side * (close - state[1]!) <= 0;
      const next = !isCrossed ? side : side === 0 ? 1 : -side;
      const reached = close - next * multiple * range;
      state[1] = isCrossed || next * (reached - state[1]!) > 0 ? reached : state[1]!;
      state[0] = next;
      out[0] = state[1];
      out[1] = next;
    },
  );
  return { stop: stop!, direction: direction! };
}

/**
 * Chandelier exit: the highest high of the last bars less average true ranges, for a long position; the lowest low plus as much, for a short one.
 *
 * The present bar counts, so the line of this bar is the stop for the next one. Defaults: 22 bars, 3 ranges.
 *
 * @throws {ConfigError} If `period` is not a positive integer or `multiple` is not above 0.
 * @see C. Le Beau; A. Elder, Come Into My Trading Room (2002)
 */
export function chandelierExit(
  data: Data,
  options: RangeStopOptions = {},
): {
  /** Stop of a long position. */
  readonly long: Line;
  /** Stop of a short position. */
  readonly short: Line;
} {
  checkData('chandelierExit', data);
  checkOptions('chandelierExit', options, { period: true, multiple: true, average: true });
  const { period = 22, multiple = 3, average = smma } = options;
  checkAverage('chandelierExit', average);
  checkPeriod('chandelierExit', period);
  checkAbove('chandelierExit', multiple, 0, 'multiple');
  const range = atr(data, period, average);
  const name = `chandelierExit(${period}, ${multiple})`;
  return {
    long: named(`${name}.long`, [highest(data.high, period), range], (high, away) => high - multiple * away),
    short: named(`${name}.short`, [lowest(data.low, period), range], (low, away) => low + multiple * away),
  };
}
