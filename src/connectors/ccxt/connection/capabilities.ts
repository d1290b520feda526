/** What an exchange can do, as far as ccxt knows it without asking. */
import type { CcxtExchange } from './exchange.ts';
import { ccxtVersion } from './modules.ts';

/** What an exchange can do, as far as ccxt knows; known without a request. */
export interface Capabilities {
  /** The exchange's id, such as `binance`. */
  readonly exchange: string;
  /** The exchange's name, such as `Binance`. */
  readonly name: string;
  /** Version of ccxt. */
  readonly ccxt: string;
  /** Bars, public trades, books and the like over HTTP. */
  readonly bars: boolean;
  /** Whether public trades can be requested. */
  readonly trades: boolean;
  /** Whether the order book can be requested. */
  readonly orderBook: boolean;
  /** Whether 24 h statistics can be requested. */
  readonly ticker: boolean;
  /** Whether the exchange's clock can be requested. */
  readonly time: boolean;
  /** Whether orders can be sent. */
  readonly orders: boolean;
  /** Whether it has a test network. */
  readonly sandbox: boolean;
  /** Its timeframes, in its own order; empty when it serves no bars. */
  readonly timeframes: readonly string[];
  /** Milliseconds between requests of cost 1. */
  readonly rateLimitMs: number;
  /** Whether it has spot markets. */
  readonly spot: boolean;
  /** Whether it has perpetual swaps. */
  readonly swap: boolean;
  /** Whether it has dated futures. */
  readonly future: boolean;
  /** Whether it has options. */
  readonly option: boolean;
}

/** The capabilities of an exchange. */
export function capabilitiesOf(exchange: CcxtExchange): Capabilities {
  const has = (method: string): boolean => exchange.has[method] === true || exchange.has[method] === 'emulated';
  return {
    exchange: exchange.id,
    name: String(exchange.name),
    ccxt: ccxtVersion(),
    bars: has('fetchOHLCV'),
    trades: has('fetchTrades'),
    orderBook: has('fetchOrderBook'),
    ticker: has('fetchTicker'),
    time: has('fetchTime'),
    orders: has('createOrder'),
    sandbox: (exchange.urls as Record<string, unknown>)['test'] !== undefined,
    timeframes: timeframesOf(exchange),
    rateLimitMs: Number(exchange.rateLimit),
    spot: has('spot'),
    swap: has('swap'),
    future: has('future'),
    option: has('option'),
  };
}

/** Its timeframes, in its own order; empty when it serves no bars. */
export function timeframesOf(exchange: CcxtExchange): readonly string[] {
  const { timeframes } = exchange as { readonly timeframes?: Readonly<Record<string, unknown>> };
  return exchange.has['fetchOHLCV'] === false || timeframes === undefined ? [] : Object.keys(timeframes);
}
