/** The sources of Binance's answers, and the limits that it announces. */
import type { Exchange } from '../../exchange/index.ts';
import type { Market, MarketInstrument } from '../../market-data.ts';

/** Intervals of klines. */
export const intervals: readonly string[] = [
  '1s', '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M',
]; // prettier-ignore

/** Weight per minute that one address has. */
export const weightPerMinute = 6_000;
/** New orders that one account may place in ten seconds and in a day. */
export const ordersPerTenSeconds = 100;
export const ordersPerDay = 200_000;

export interface Facts {
  readonly market: Market;
  /** Undefined for market data only. */
  readonly exchange: Exchange | undefined;
  /** By Binance's names. */
  readonly instruments: ReadonlyMap<string, MarketInstrument>;
}
