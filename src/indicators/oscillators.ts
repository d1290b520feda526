/** Oscillators made of averages: awesome, price, true strength, trix, detrended price. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import { minus } from './kernel/arithmetic.ts';
import type { MovingAverage } from './kernel/average.ts';
import { ema } from './ema.ts';
import { label } from './kernel/label.ts';
import type { Macd, MacdOptions } from './macd.ts';
import { checkAverage, checkChoice, checkOptions, checkPeriod } from './kernel/period.ts';
import { lagged, named } from './pointwise.ts';
import { sma } from './sma.ts';

/** The middle of each bar, half way between high and low. */
export function midPrice(data: Data): Line {
  checkData('midPrice', data);
  return named('midPrice', [data.high, data.low], (high, low) => (high + low) / 2);
}

/** The typical price of each bar: the mean of high, low and close. */
export function typicalPrice(data: Data): Line {
  checkData('typicalPrice', data);
  return named('typicalPrice', [data.high, data.low, data.close], (high, low, close) => (high + low + close) / 3);
}

/**
 * Awesome oscillator: the fast average of the bars' middles less the slow one, in price units.
 *
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function awesome(data: Data, fast = 5, slow = 34, average: MovingAverage = sma): Line {
  checkData('awesome', data);
  checkPeriod('awesome', fast, 1, 'fast');
  checkAverage('awesome', average);
  checkPeriod('awesome', slow, 1, 'slow');
  const mid = midPrice(data);
  return minus(`awesome(${fast}, ${slow})`, average(mid, fast), average(mid, slow));
}

/**
 * How far the fast average is from the slow one, in per cent of the slow one, with its own average and the difference.
 *
 * @param options - As of `macd`, and `of`.
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function ppo(
  source: Line,
  options: MacdOptions & {
    /** The average whose per cent the values are. Default `slow`. */
    readonly of?: 'slow' | 'fast';
  } = {},
): Macd {
  checkOptions('ppo', options, { fast: true, slow: true, signal: true, average: true, of: true });
  const { fast = 12, slow = 26, signal = 9, average = ema, of = 'slow' } = options;
  checkAverage('ppo', average);
  checkChoice('ppo', of, "'of'", ['slow', 'fast']);
  checkPeriod('ppo', fast, 1, 'fast');
  checkPeriod('ppo', slow, 1, 'slow');
  checkPeriod('ppo', signal, 1, 'signal');
  const line = named(
    label('ppo', source, fast, slow, ...(of === 'slow' ? [] : [of])),
    [average(source, fast), average(source, slow)],
    (quick, late) => (100 * (quick - late)) / (of === 'slow' ? late : quick),
  );
  const smoothed = average(line, signal);
  const name = label('ppo.histogram', source, fast, slow, signal);
  return { macd: line, signal: smoothed, histogram: minus(name, line, smoothed) };
}

/**
 * Trix: the change over `lookback` bars of an average smoothed three times, in per cent.
 *
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function trix(source: Line, period = 15, lookback = 1, average: MovingAverage = ema): Line {
  checkPeriod('trix', period);
  checkAverage('trix', average);
  checkPeriod('trix', lookback, 1, 'lookback');
  const smooth = average(average(average(source, period), period), period);
  return lagged(label('trix', source, period), smooth, lookback, (now, then) => (100 * (now - then)) / then);
}

/**
 * True strength index: the twice smoothed change in parts of the twice smoothed size of the change, -100 to 100.
 *
 * NaN where nothing moved.
 *
 * @param lookback - Bars over which a change is taken.
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function tsi(source: Line, long = 25, short = 13, lookback = 1, average: MovingAverage = ema): Line {
  checkPeriod('tsi', long, 1, 'long');
  checkAverage('tsi', average);
  checkPeriod('tsi', short, 1, 'short');
  checkPeriod('tsi', lookback, 1, 'lookback');
  const change = lagged(label('change', source, lookback), source, lookback, (now, then) => now - then);
  const size = named(label('size', change), [change], (value) => Math.abs(value));
  const smooth = (line: Line): Line => average(average(line, long), short);
  const name = label('tsi', source, long, short);
  return named(name, [smooth(change), smooth(size)], (way, whole) => 100 * (way / whole));
}

/**
 * Detrended price: how far price is from an average of some bars ago, so that the trend is taken out.
 *
 * The average is taken from half a period back, less one bar; nothing from the future is used.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function dpo(source: Line, period = 20, average: MovingAverage = sma): Line {
  checkPeriod('dpo', period);
  checkAverage('dpo', average);
  const back = Math.max(0, Math.ceil(period / 2) - 1);
  const earlier = lagged(label('earlier', source, period), average(source, period), back, (_, then) => then);
  return named(label('dpo', source, period), [source, earlier], (now, then) => now - then);
}
