/** Readings of perpetuals and futures: basis, premium, funding, open interest, liquidations. */
import { ConfigError } from '../core/index.ts';
import type { Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkAbove, checkPeriod } from './kernel/period.ts';
import { sum } from './kernel/sum.ts';
import { lagged, named } from './pointwise.ts';

/**
 * Basis: how far a future stands above its spot price, as a fraction of spot; 0.001 is 0.1 %.
 *
 * Both lines must be of one data: project the slower with `onto`. NaN where spot is 0.
 *
 * @param days - Days to the expiry of a dated future: the basis is then a fraction a year (365 days, not compounded). Leave it out for perpetuals.
 * @throws {ConfigError} If `days` is not above 0, or the lines are of different datas.
 */
export function basis(future: Line, spot: Line, days?: number): Line {
  if (days !== undefined) checkAbove('basis', days, 0, 'days');
  const scale = days === undefined ? 1 : 365 / days;
  return named(label('basis', future, spot, scale), [future, spot], (price, fair) => ((price - fair) / fair) * scale);
}

/**
 * Premium of a perpetual over its index, averaged over `period` bars: what funding is made of, as a fraction of the index.
 *
 * An estimate: exchanges average the premium of impact prices minute by minute and add interest, which no bar shows.
 *
 * @param period - In bars, default 8: eight hours of one-hour bars.
 * @throws {ConfigError} If `period` is not a positive integer, or the lines are of different datas.
 */
export function premium(perpetual: Line, index: Line, period = 8): Line {
  checkPeriod('premium', period);
  const now = named(label('premium', perpetual, index), [perpetual, index], (price, fair) => (price - fair) / fair);
  return named(label('premium', perpetual, index, period), [sum(now, period)], (total) => total / period);
}

/**
 * A funding rate as a fraction a year: the rate times the payments of a year, not compounded.
 *
 * @param rate - The rate of one payment, as a fraction: 0.0001 is 0.01 %.
 * @param hours - Hours between two payments, default 8. They differ by exchange and symbol, and change.
 * @throws {ConfigError} If `hours` is not above 0.
 */
export function fundingAnnualized(rate: Line, hours = 8): Line {
  checkAbove('fundingAnnualized', hours, 0, 'hours');
  return named(label('fundingAnnualized', rate, hours), [rate], (value) => value * ((365 * 24) / hours));
}

/**
 * Change of the open interest over `period` bars, as a fraction of what it was; NaN where it was 0.
 *
 * @param period - In bars, default 1.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function openInterestChange(openInterest: Line, period = 1): Line {
  checkPeriod('openInterestChange', period);
  return lagged(
    label('openInterestChange', openInterest, period),
    openInterest,
    period,
    (now, then) => (now - then) / then,
  );
}

/**
 * Liquidation flow: shorts that were closed by force less longs that were, over both, in the last `period` bars; from -1 to 1.
 *
 * Above 0 shorts were squeezed (forced buying), below 0 longs were flushed. 0 where nothing was liquidated. Exchanges publish only some of their
 * liquidations (Binance at most one a second for each symbol), so its size says less than its sign.
 *
 * @param longs - Size of liquidated longs in each bar, in base or quote units.
 * @param shorts - Size of liquidated shorts, in the same units.
 * @param period - In bars, default 24.
 * @throws {ConfigError} If `period` is not a positive integer, or the lines are of different datas.
 */
export function liquidationFlow(longs: Line, shorts: Line, period = 24): Line {
  checkPeriod('liquidationFlow', period);
  if (longs === shorts) throw new ConfigError('liquidationFlow: longs and shorts must be two lines, were one');
  return named(
    label('liquidationFlow', longs, shorts, period),
    [sum(longs, period), sum(shorts, period)],
    (long, short) => (long + short > 0 ? (short - long) / (long + short) : 0),
  );
}
