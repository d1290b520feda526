/** Indicators that weigh price with volume: rolling VWAP and the money flow index. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import { typicalPrice } from './oscillators.ts';
import { checkPeriod } from './kernel/period.ts';
import { lagged, named } from './pointwise.ts';
import { sum } from './kernel/sum.ts';

/**
 * Volume-weighted average price over the last `period` bars, from typical prices; NaN where nothing was traded.
 *
 * It rolls: it does not start again with the day.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function vwap(data: Data, period: number): Line {
  checkData('vwap', data);
  checkPeriod('vwap', period);
  const turnover = named('turnover', [typicalPrice(data), data.volume], (price, volume) => price * volume);
  return named(`vwap(${period})`, [sum(turnover, period), sum(data.volume, period)], (value, size) => value / size);
}

/**
 * Money flow index: how much of the turnover of `period` bars went with a rising typical price, 0 to 100.
 *
 * Turnover with an unchanged price counts for neither side; NaN where both are empty.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function mfi(data: Data, period = 14): Line {
  checkData('mfi', data);
  checkPeriod('mfi', period);
  const price = typicalPrice(data);
  const change = lagged('change', price, 1, (now, then) => now - then);
  const flow = (name: string, side: 1 | -1): Line =>
    named(name, [change, price, data.volume], (moved, level, volume) => (side * moved > 0 ? level * volume : 0));
  return named(
    `mfi(${period})`,
    [sum(flow('inflow', 1), period), sum(flow('outflow', -1), period)],
    (gained, lost) => 100 * (gained / (gained + lost)),
  );
}
