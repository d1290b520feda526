/** Whether a market trends or rests: squeeze, choppiness, mass index, Elder's rays. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import { bollinger } from './bollinger.ts';
import { ema } from './ema.ts';
import { highest, lowest } from './extremes.ts';
import type { MovingAverage } from './kernel/average.ts';
import { checkAbove, checkAverage, checkOptions, checkPeriod } from './kernel/period.ts';
import { sum } from './kernel/sum.ts';
import { named } from './pointwise.ts';
import { linearRegression } from './regression.ts';
import { sma } from './sma.ts';
import { trueRange } from './true-range.ts';

/** Options of `squeeze`. */
export interface SqueezeOptions {
  /** Bars of the averages, bands and ranges, default 20. */
  readonly period?: number;
  /** Width of the Bollinger bands in standard deviations, default 2. */
  readonly deviations?: number;
  /** Width of the Keltner channel in average true ranges, default 1.5. */
  readonly multiple?: number;
}

/**
 * Squeeze: whether the Bollinger bands lie inside the Keltner channel, and where price is heading meanwhile.
 *
 * `on` is 1 while both bands are inside, else 0. `momentum`, in price units, says how far the close is from the middle of the window: half way
 * between its range's middle and its mean. It is where the straight line through the last `period` of these distances ends. The channel uses
 * plain means of close and true range.
 *
 * @throws {ConfigError} If `period` is not an integer of at least 2, or a width is not above 0.
 * @see J. Carter, Mastering the Trade (2005); the momentum as LazyBear published it
 */
export function squeeze(
  data: Data,
  options: SqueezeOptions = {},
): {
  /** 1 while the Bollinger bands are inside the Keltner channel, else 0. */
  readonly on: Line;
  /** Which way the market leans, in quote units. */
  readonly momentum: Line;
} {
  checkData('squeeze', data);
  checkOptions('squeeze', options, { period: true, deviations: true, multiple: true });
  const { period = 20, deviations = 2, multiple = 1.5 } = options;
  checkPeriod('squeeze', period, 2);
  checkAbove('squeeze', multiple, 0, 'multiple');
  const bands = bollinger(data.close, period, deviations);
  const range = sma(trueRange(data), period);
  // Both share their middle: the bands are inside where half their width is below the channel's.
  /** 1 while the Bollinger bands are inside the Keltner channel, else 0. */
  const on = named(
    `squeeze(${period}, ${deviations}, ${multiple})`,
    [bands.top, bands.mid, range],
    (top, middle, width) => (top - middle < multiple * width ? 1 : 0),
  );
  const away = named(
    'squeeze.distance',
    [data.close, highest(data.high, period), lowest(data.low, period), bands.mid],
    (close, high, low, mean) => close - ((high + low) / 2 + mean) / 2,
  );
  return { on, momentum: linearRegression(away, period).value };
}

/**
 * Choppiness index: how much of the way price went was back and forth, from near 0 (straight) to 100 (on the spot); above 100 where the window
 * begins behind a gap that is longer than the window is wide.
 *
 * The sum of the true ranges over the distance between highest high and lowest low. (Some take the true highs and lows, which differ only where
 * the window begins with a gap.) NaN where the window has no range.
 *
 * @param period - In bars, at least 2; default 14.
 * @throws {ConfigError} If `period` is not an integer of at least 2.
 * @see E. W. Dreiss
 */
export function choppiness(data: Data, period = 14): Line {
  checkData('choppiness', data);
  checkPeriod('choppiness', period, 2);
  const scale = 100 / Math.log10(period);
  return named(
    `choppiness(${period})`,
    [sum(trueRange(data), period), highest(data.high, period), lowest(data.low, period)],
    (way, high, low) => scale * Math.log10(way / (high - low)),
  );
}

/**
 * Mass index: the sum of how much an average of the range exceeds its own average; above 27 and back below 26.5 is Dorsey's "bulge".
 *
 * NaN where bars have had no range at all.
 *
 * @param period - Bars of both averages, default 9.
 * @param length - Bars summed up, default 25.
 * @throws {ConfigError} If a period is not a positive integer.
 * @see D. Dorsey, Technical Analysis of Stocks & Commodities, June 1992
 */
export function massIndex(data: Data, period = 9, length = 25, average: MovingAverage = ema): Line {
  checkData('massIndex', data);
  checkPeriod('massIndex', period);
  checkAverage('massIndex', average);
  checkPeriod('massIndex', length, 1, 'length');
  const once = average(
    named('range', [data.high, data.low], (high, low) => high - low),
    period,
  );
  return sum(
    named('massIndex.ratio', [once, average(once, period)], (a, b) => a / b),
    length,
  );
}

/**
 * Elder ray: how far the bar reached above its average (bull power) and below it (bear power), in price units.
 *
 * @param period - Bars of the average of the close, default 13.
 * @throws {ConfigError} If `period` is not a positive integer.
 * @see A. Elder, Trading for a Living (1993)
 */
export function elderRay(
  data: Data,
  period = 13,
  average: MovingAverage = ema,
): {
  /** High less the average: the buyers' strength. */
  readonly bull: Line;
  /** Low less the average: the sellers' strength. */
  readonly bear: Line;
} {
  checkData('elderRay', data);
  checkPeriod('elderRay', period);
  checkAverage('elderRay', average);
  const mean = average(data.close, period);
  return {
    bull: named(`elderRay.bull(${period})`, [data.high, mean], (high, middle) => high - middle),
    bear: named(`elderRay.bear(${period})`, [data.low, mean], (low, middle) => low - middle),
  };
}
