/** Market data of the local exchange in whole ticks and lots: the seam between a source of prices and the APIs that publish it. */
import type { Side, Timeframe } from '../core/index.ts';

/** An instrument in whole ticks and lots, so that nothing is ever rounded. */
export interface MarketInstrument {
  /** The unified name, such as `BTC/USDT`. */
  readonly symbol: string;
  /** What is traded, such as `BTC`. */
  readonly base: string;
  /** What it is priced in, such as `USDT`. */
  readonly quote: string;
  /** What a contract is margined and settled in, which is the quote; undefined on spot. */
  readonly settle?: string;
  /** Decimals of prices. */
  readonly priceDecimals: number;
  /** Decimals of sizes. */
  readonly sizeDecimals: number;
}

/** One public trade. Ids rise by one. */
export interface MarketTrade {
  /** Id of the trade. */
  readonly id: number;
  /** When it happened, milliseconds UTC. */
  readonly time: number;
  /** Price in ticks. */
  readonly price: number;
  /** Volume, in lots. */
  readonly size: number;
  /** The taker's side. */
  readonly side: Side;
}

/** A level that changed, with its total size now; 0 means that it is empty. */
export interface MarketChange {
  /** The side of the book. */
  readonly side: 'bid' | 'ask';
  /** Price of the level, in ticks. */
  readonly price: number;
  /** Size now at the level, in lots; 0 when the level is empty. */
  readonly size: number;
}

/** One level: ticks and lots. */
export type MarketLevel = readonly [price: number, size: number];

/** The book at one moment, best levels first. */
export interface MarketBook {
  /** Number of the latest change. */
  readonly updateId: number;
  /** Bids, the highest first. */
  readonly bids: readonly MarketLevel[];
  /** Asks, the lowest first. */
  readonly asks: readonly MarketLevel[];
}

/** The best levels; undefined for an empty side. */
export interface MarketTop {
  /** Best bid; undefined while there is none. */
  readonly bid: MarketLevel | undefined;
  /** Best ask; undefined while there is none. */
  readonly ask: MarketLevel | undefined;
}

/** One bar of a market's trades, in ticks and lots. */
export interface MarketBar {
  /** Open of the bar, milliseconds UTC. */
  readonly start: number;
  /** First price, in ticks. */
  readonly open: number;
  /** Highest price, in ticks. */
  readonly high: number;
  /** Lowest price, in ticks. */
  readonly low: number;
  /** Last price, in ticks. */
  readonly close: number;
  /** Volume, in lots. */
  readonly volume: number;
  /** Trades in the bar. */
  readonly trades: number;
  /** Sum of price times size, in ticks times lots: beyond what a float holds exactly. */
  readonly value: bigint;
  /** The part of the volume in which buyers were the takers, in lots. */
  readonly takerVolume: number;
  /** Value bought by takers, in ticks times lots. */
  readonly takerValue: bigint;
}

/** Receives every trade and book change, in order. */
export interface MarketListener {
  /** Called for each trade. */
  trade?(symbol: string, trade: MarketTrade): void;
  /** `updateId` numbers the change; numbers rise by one. */
  change?(symbol: string, updateId: number, changes: readonly MarketChange[]): void;
}

/** A source of market data, such as the exchange itself. */
export interface Market {
  /** What can be traded. */
  readonly instruments: readonly MarketInstrument[];
  /** A span without a bar is a hole in the data, not a time in which nothing traded. Default false. */
  readonly hasHoles?: boolean;
  /** The book of a symbol, `depth` levels of each side. */
  book(symbol: string, depth?: number): MarketBook;
  /** Best bid and ask of a symbol. */
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
  /** Calls the listener for trades and changes of books. */
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
