/** Market data of the local exchange in whole ticks and lots: the seam between a source of prices and the APIs that publish it. */
import type { Side, Timeframe } from '../core/index.ts';

/** An instrument in whole ticks and lots, so that nothing is ever rounded. */
export interface MarketInstrument {
  /** The unified name, such as `BTC/USDT`. */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Decimals of a price, and of a size. */
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
}

/** One public trade. Ids rise by one. */
export interface MarketTrade {
  readonly id: number;
  readonly time: number;
  /** Price in ticks, size in lots. */
  readonly price: number;
  readonly size: number;
  /** The taker's side. */
  readonly side: Side;
}

/** A level that changed, with its total size now; 0 means that it is empty. */
export interface MarketChange {
  readonly side: 'bid' | 'ask';
  readonly price: number;
  readonly size: number;
}

/** One level: ticks and lots. */
export type MarketLevel = readonly [price: number, size: number];

/** The book at one moment, best levels first. */
export interface MarketBook {
  readonly updateId: number;
  readonly bids: readonly MarketLevel[];
  readonly asks: readonly MarketLevel[];
}

/** The best levels; undefined for an empty side. */
export interface MarketTop {
  readonly bid: MarketLevel | undefined;
  readonly ask: MarketLevel | undefined;
}

/** One bar of a market's trades, in ticks and lots. */
export interface MarketBar {
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly trades: number;
  /** Sum of price times size, in ticks times lots: beyond what a float holds exactly. */
  readonly value: bigint;
  /** The volume in which buyers were the takers. */
  readonly takerVolume: number;
  readonly takerValue: bigint;
}

/** Receives every trade and book change, in order. */
export interface MarketListener {
  trade?(symbol: string, trade: MarketTrade): void;
  /** `updateId` numbers the change; numbers rise by one. */
  change?(symbol: string, updateId: number, changes: readonly MarketChange[]): void;
}

/** A source of market data, such as the exchange itself. */
export interface Market {
  readonly instruments: readonly MarketInstrument[];
  /** A span without a bar is a hole in the data, not a time in which nothing traded. Default false. */
  readonly hasHoles?: boolean;
  book(symbol: string, depth?: number): MarketBook;
  top(symbol: string): MarketTop;
  /** The number of the last change. */
  updateId(symbol: string): number;
  /** Trades from an id on, oldest first; without an id the newest. */
  trades(symbol: string, limit: number, fromId?: number): readonly MarketTrade[];
  /** Trades of `start <= time <= end`, oldest first: the first `limit` of them, or the last when `newest`. */
  tradesBetween(symbol: string, start: number, end: number, limit: number, newest?: boolean): readonly MarketTrade[];
  /** The last trade price before a time, in ticks; undefined when nothing had traded. */
  priceBefore(symbol: string, time: number): number | undefined;
  /** Bars that open at `start <= time < end`, the forming one included; a span without a trade has no bar. */
  bars(symbol: string, frame: Timeframe, start: number, end: number): readonly MarketBar[];
  /** Length of the shortest bars kept for the whole history, in milliseconds; shorter ones are made of recent trades. */
  barMs(symbol: string): number;
  /** When the oldest bar opened; undefined before the first trade. */
  firstTime(symbol: string): number | undefined;
  listen(listener: MarketListener): void;
  /** Does everything that is due by now: timers of a fast clock fire late. */
  settle?(): void;
}

/** `12345` ticks with two decimals is `123.45`. */
export function decimalText(units: number | bigint, decimals: number): string {
  if (decimals === 0) return String(units);
  const digits = String(units).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
