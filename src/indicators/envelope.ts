/** Envelopes and channels around price. */
import { bandsAround } from './kernel/arithmetic.ts';
import { checkData, type Data, type Line } from '../lines/index.ts';
import { atr } from './atr.ts';
import type { MovingAverage } from './kernel/average.ts';
import type { Bands } from './bollinger.ts';
import { ema } from './ema.ts';
import { highest, lowest } from './extremes.ts';
import { label } from './kernel/label.ts';
import { checkAbove, checkAverage, checkOptions, checkPeriod } from './kernel/period.ts';
import { named } from './pointwise.ts';

/**
 * Envelope: a line with bands a percentage above and below it.
 *
 * @param percent - Distance of the bands, 2.5 for 2.5 per cent.
 * @throws {ConfigError} If `percent` is not above 0.
 */
export function envelope(mid: Line, percent = 2.5): Bands {
  checkAbove('envelope', percent, 0, 'percent');
  const share = percent / 100;
  return {
    mid,
    top: named(label('envelope.top', mid, percent), [mid], (value) => value * (1 + share)),
    bottom: named(label('envelope.bottom', mid, percent), [mid], (value) => value * (1 - share)),
  };
}

/**
 * Donchian channel: the highest high and the lowest low of `period` bars, and their middle.
 *
 * The present bar is included, so a close never leaves it: compare with `top.ago(1)` for a breakout.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function donchian(data: Data, period = 20): Bands {
  checkData('donchian', data);
  checkPeriod('donchian', period);
  const top = highest(data.high, period);
  const bottom = lowest(data.low, period);
  return { mid: named(`donchian(${period})`, [top, bottom], (high, low) => (high + low) / 2), top, bottom };
}

/** Options of `keltner`. */
export interface KeltnerOptions {
  /** Bars of the middle line, default 20. */
  readonly period?: number;
  /** Bars of the average true range, default 10. */
  readonly atrPeriod?: number;
  /** How many average true ranges away the bands are, default 2. */
  readonly multiple?: number;
  /** The middle line; default `ema` of the close. */
  readonly average?: MovingAverage;
}

/**
 * Keltner channel: an average of the close, with bands a number of average true ranges above and below it.
 *
 * @throws {ConfigError} If a period is not a positive integer or `multiple` is not above 0.
 */
export function keltner(data: Data, options: KeltnerOptions = {}): Bands {
  checkData('keltner', data);
  checkOptions('keltner', options, { period: true, atrPeriod: true, multiple: true, average: true });
  const { period = 20, atrPeriod = 10, multiple = 2, average = ema } = options;
  checkAverage('keltner', average);
  checkPeriod('keltner', period);
  checkPeriod('keltner', atrPeriod, 1, 'atrPeriod');
  checkAbove('keltner', multiple, 0, 'multiple');
  const mid = average(data.close, period);
  const range = atr(data, atrPeriod);
  const name = `keltner(${period}, ${atrPeriod}, ${multiple})`;
  return { mid, ...bandsAround(name, mid, range, multiple) };
}
