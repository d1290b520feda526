/** Oscillators made of others: Fisher transform, Connors' RSI, stochastic RSI, Coppock curve. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import { highest, lowest, placeInRange } from './extremes.ts';
import type { MovingAverage } from './kernel/average.ts';
import { label } from './kernel/label.ts';
import { checkAverage, checkOptions, checkPeriod } from './kernel/period.ts';
import { recursive } from './kernel/recursive.ts';
import { placeOf, sortedWindow } from './kernel/sorted-window.ts';
import { roc } from './momentum.ts';
import { midPrice } from './oscillators.ts';
import { named } from './pointwise.ts';
import { rsi } from './rsi.ts';
import { sma } from './sma.ts';
import type { Stochastic } from './stochastic.ts';
import { wma } from './wma.ts';

/**
 * Fisher transform: the place of the middle price in its range, smoothed and stretched so that turns become sharp.
 *
 * `trigger` is `fisher` one bar ago. Without bounds, mostly within -5 to 5. A window without a range counts as its middle.
 *
 * @param period - Bars of the range, default 10.
 * @throws {ConfigError} If `period` is not a positive integer.
 * @see J. F. Ehlers, Using the Fisher Transform, Technical Analysis of Stocks & Commodities, November 2002
 */
export function fisher(
  data: Data,
  period = 10,
): {
  /** The transform. */
  readonly fisher: Line;
  /** The transform one bar ago. */
  readonly trigger: Line;
} {
  checkData('fisher', data);
  checkPeriod('fisher', period);
  const middle = midPrice(data);
  const name = `fisher(${period})`;
  const [line, trigger] = recursive(
    name,
    [middle, highest(middle, period), lowest(middle, period)],
    { state: 2, names: [name, `${name}.trigger`] },
    (state, out, price, high, low) => {
      const place = high > low ? (price - low) / (high - low) - 0.5 : 0;
      const smooth = 0.66 * place + 0.67 * state[0]!;
      state[0] = smooth > 0.99 ? 0.999 : smooth < -0.99 ? -0.999 : smooth;
      out[1] = state[1]!;
      state[1] = 0.5 * Math.log((1 + state[0]) / (1 - state[0])) + 0.5 * state[1]!;
      out[0] = state[1];
    },
  );
  return { fisher: line!, trigger: trigger! };
}

/**
 * Connors RSI: the mean of a short RSI, the RSI of the length of the present streak, and the rank of the present change; 0 to 100.
 *
 * The rank counts the changes of the `rank` bars before that are below the present one. NaN where a part has no value, as on a price that did not move.
 *
 * @param period - Bars of the RSI of price, default 3.
 * @param streak - Bars of the RSI of the streak, default 2.
 * @param rank - Earlier changes that the present one is compared with, default 100.
 * @throws {ConfigError} If a period is not a positive integer.
 * @see L. Connors, An Introduction to ConnorsRSI (2012)
 */
export function connorsRsi(source: Line, period = 3, streak = 2, rank = 100): Line {
  checkPeriod('connorsRsi', period);
  checkPeriod('connorsRsi', streak, 1, 'streak');
  checkPeriod('connorsRsi', rank, 1, 'rank');
  const name = label('connorsRsi', source, period, streak, rank);
  const [run] = recursive(label('streak', source), [source], { state: 3 }, (state, out, value) => {
    const isUp = state[0] === 1 && value > state[1]!;
    const isDown = state[0] === 1 && value < state[1]!;
    state[2] = isUp ? Math.max(state[2]!, 0) + 1 : isDown ? Math.min(state[2]!, 0) - 1 : 0;
    state[0] = 1;
    state[1] = value;
    out[0] = state[2];
  });
  const ranked = sortedWindow(label('rank', source), roc(source, 1), rank + 1, (sorted, now) => {
    return 100 * (placeOf(sorted, rank + 1, now) / rank);
  });
  return named(name, [rsi(source, period), rsi(run!, streak), ranked], (a, b, c) => (a + b + c) / 3);
}

/** Options of `stochasticRsi`. */
export interface StochasticRsiOptions {
  /** Bars of the RSI, default 14. */
  readonly period?: number;
  /** Bars of the range of the RSI, at least 2; default 14. */
  readonly range?: number;
  /** Bars that `k` is smoothed over, default 3. */
  readonly smoothK?: number;
  /** Bars that `d` is smoothed over, default 3. */
  readonly smoothD?: number;
  /** How both are smoothed; default `sma`. */
  readonly average?: MovingAverage;
}

/**
 * Stochastic RSI: where the RSI stands in its own range, 0 to 100.
 *
 * NaN where the RSI has no range, or no value.
 *
 * @throws {ConfigError} If a period is not a positive integer.
 * @see T. Chande and S. Kroll, The New Technical Trader (1994)
 */
export function stochasticRsi(source: Line, options: StochasticRsiOptions = {}): Stochastic {
  checkOptions('stochasticRsi', options, { period: true, range: true, smoothK: true, smoothD: true, average: true });
  const { period = 14, range = 14, smoothK = 3, smoothD = 3, average = sma } = options;
  checkAverage('stochasticRsi', average);
  checkPeriod('stochasticRsi', period);
  checkPeriod('stochasticRsi', range, 2, 'range');
  checkPeriod('stochasticRsi', smoothK, 1, 'smoothK');
  checkPeriod('stochasticRsi', smoothD, 1, 'smoothD');
  const strength = rsi(source, period);
  const name = label('stochasticRsi', source, period, range);
  const raw = placeInRange(name, strength, strength, strength, range, 100);
  const k = average(raw, smoothK);
  return { k, d: average(k, smoothD), raw };
}

/**
 * Coppock curve: the weighted average of two rates of change, in per cent. Made for monthly bars.
 *
 * @param long - Bars of the longer change, default 14.
 * @param short - Bars of the shorter change, default 11.
 * @param period - Bars of the average, default 10.
 * @throws {ConfigError} If a period is not a positive integer.
 * @see E. S. C. Coppock, Barron's, 15 October 1962
 */
export function coppock(source: Line, long = 14, short = 11, period = 10, average: MovingAverage = wma): Line {
  checkPeriod('coppock', long, 1, 'long');
  checkAverage('coppock', average);
  checkPeriod('coppock', short, 1, 'short');
  checkPeriod('coppock', period);
  const changes = named(
    label('coppock', source, long, short),
    [roc(source, long), roc(source, short)],
    (a, b) => 100 * (a + b),
  );
  return average(changes, period);
}
