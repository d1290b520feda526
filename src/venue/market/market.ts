/** What a market knows of itself: the seam between where prices come from and the faces that show them. */
import type { Side, Timeframe } from '../../core/index.ts';

/** What is traded, in whole ticks and lots, so that the truth has no rounding. */
export interface MarketInstrument {
  /** The unified name, such as `BTC/USDT`. */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Decimals of a price, and of a size. */
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
}

/** One print. Ids rise by one. */
export interface MarketTrade {
  readonly id: number;
  readonly time: number;
  /** Price in ticks, size in lots. */
  readonly price: number;
  readonly size: number;
  /** Who crossed the spread. */
  readonly side: Side;
}

/** A level that changed: its whole size now, 0 when it is gone. */
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

/** The best levels alone; a side where nothing rests is undefined. */
export interface MarketTop {
  readonly bid: MarketLevel | undefined;
  readonly ask: MarketLevel | undefined;
}

/** One bar of a market's own trades, in ticks and lots. */
export interface MarketBar {
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly trades: number;
  /** Sum of price times size, in ticks times lots: whole, and beyond what a float holds exactly. */
  readonly value: bigint;
  /** The part that buyers took. */
  readonly takerVolume: number;
  readonly takerValue: bigint;
}

/** Hears of everything that happens, in order. */
export interface MarketListener {
  trade?(symbol: string, trade: MarketTrade): void;
  /** `updateId` is the number of this change; numbers rise by one. */
  change?(symbol: string, updateId: number, changes: readonly MarketChange[]): void;
}

/** A source of market truth. The exchange is one. */
export interface Market {
  readonly instruments: readonly MarketInstrument[];
  book(symbol: string, depth?: number): MarketBook;
  top(symbol: string): MarketTop;
  /** The number of the last change. */
  updateId(symbol: string): number;
  /** Trades from an id on, oldest first; without an id the newest. */
  trades(symbol: string, limit: number, fromId?: number): readonly MarketTrade[];
  /** Bars that open at `start <= time < end`, the forming one included; a span without a trade has no bar. */
  bars(symbol: string, frame: Timeframe, start: number, end: number): readonly MarketBar[];
  /** When the oldest bar opened; undefined before the first trade. */
  firstTime(symbol: string): number | undefined;
  listen(listener: MarketListener): void;
  /** Lets everything happen that is due by now: timers of a fast clock come late. */
  settle?(): void;
}

/** `12345` ticks with two decimals is `123.45`. */
export function decimalText(units: number | bigint, decimals: number): string {
  if (decimals === 0) return String(units);
  const digits = String(units).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
