/** What a market knows of itself: the seam between where prices come from and the faces that show them. */
import type { Side } from '../../core/index.ts';

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

/** The book at one moment, best levels first. */
export interface MarketBook {
  readonly updateId: number;
  readonly bids: readonly (readonly [price: number, size: number])[];
  readonly asks: readonly (readonly [price: number, size: number])[];
}

/** One bar of a market's own trades. */
export interface MarketBar {
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly trades: number;
}

/** Hears of everything that happens, in order. */
export interface MarketListener {
  trade?(symbol: string, trade: MarketTrade): void;
  /** `updateId` is the number of this change; numbers rise by one. */
  change?(symbol: string, updateId: number, changes: readonly MarketChange[]): void;
}

/** A source of market truth. A matching engine is another one. */
export interface Market {
  readonly instruments: readonly MarketInstrument[];
  book(symbol: string, depth?: number): MarketBook;
  /** The best levels alone. */
  top(symbol: string): {
    readonly bid: readonly [price: number, size: number];
    readonly ask: readonly [price: number, size: number];
  };
  /** The number of the last change. */
  updateId(symbol: string): number;
  /** Trades from an id on, oldest first; without an id the newest. */
  trades(symbol: string, limit: number, fromId?: number): readonly MarketTrade[];
  bars(symbol: string, lengthMs: number, start: number, end: number): readonly MarketBar[];
  listen(listener: MarketListener): void;
}

/** `12345` ticks with two decimals is `123.45`. */
export function decimalText(units: number, decimals: number): string {
  if (decimals === 0) return String(units);
  const digits = String(units).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
