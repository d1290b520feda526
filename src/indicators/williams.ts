/** Larry Williams' indicators: %R, the ultimate oscillator, accumulation and distribution. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import { cumulative } from './cumulative.ts';
import { highest, lowest } from './extremes.ts';
import { placeBetween } from './kernel/arithmetic.ts';
import { checkPeriod } from './kernel/period.ts';
import { lagged, named } from './pointwise.ts';
import { sum } from './kernel/sum.ts';
import { trueHigh, trueLow, trueRange } from './true-range.ts';

/**
 * Williams' %R: how far the close is below the highest high of `period` bars, in per cent of their range: 0 to -100.
 *
 * NaN where the range is empty.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function williamsR(data: Data, period = 14): Line {
  checkData('williamsR', data);
  checkPeriod('williamsR', period);
  return placeBetween(`williamsR(${period})`, data.close, lowest(data.low, period), highest(data.high, period), -100);
}

/**
 * Ultimate oscillator: buying pressure in parts of the true range over three periods, the shortest counting most, 0 to 100.
 *
 * NaN where the range is empty over a period.
 *
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function ultimateOscillator(data: Data, short = 7, middle = 14, long = 28): Line {
  checkData('ultimateOscillator', data);
  checkPeriod('ultimateOscillator', short, 1, 'short');
  checkPeriod('ultimateOscillator', middle, 1, 'middle');
  checkPeriod('ultimateOscillator', long, 1, 'long');
  const pressure = named('buyingPressure', [data.close, trueLow(data)], (close, low) => close - low);
  const range = trueRange(data);
  const share = (period: number): Line =>
    named(`pressure(${period})`, [sum(pressure, period), sum(range, period)], (part, whole) => part / whole);
  return named(
    `ultimateOscillator(${short}, ${middle}, ${long})`,
    [share(short), share(middle), share(long)],
    (a, b, c) => (100 * (4 * a + 2 * b + c)) / 7,
  );
}

/** Williams' accumulation and distribution: the running sum of how far the close went from the true low, or high, in a bar. */
export function williamsAd(data: Data): Line {
  checkData('williamsAd', data);
  const change = lagged('change', data.close, 1, (now, then) => now - then);
  const step = named(
    'williamsAd.step',
    [change, data.close, trueLow(data), trueHigh(data)],
    (moved, close, low, high) => (moved > 0 ? close - low : moved < 0 ? close - high : 0),
  );
  return cumulative(step);
}
