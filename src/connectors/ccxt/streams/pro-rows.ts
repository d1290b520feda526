/**
 * Rows of ccxt's streams as market events: one function for each kind. A value that is not a number becomes NaN, which the gate refuses and
 * counts.
 */
import {
  barClose,
  timeframe,
  type BarUpdate,
  type BookUpdate,
  type Level,
  type Quote,
  type Side,
  type Ticker24h,
  type TradeTick,
} from '../../../core/index.ts';
import type { CcxtBar, CcxtOrderBook, CcxtTicker, CcxtTrade } from '../connection/exchange.ts';
import { dayVolumesOf, sendsMakerSide } from '../connection/venues.ts';

/** What every event of one stream has in common. */
export interface RowOrigin {
  readonly exchange: string;
  readonly symbol: string;
  /** When this machine saw it, milliseconds UTC. */
  readonly receiveTime: number;
}

/**
 * A trade.
 *
 * @param side - For venues that do not say who crossed the spread.
 */
export function tradeOf(row: CcxtTrade, origin: RowOrigin, side: Side, backfill: boolean): TradeTick {
  const stated = row.side === 'buy' || row.side === 'sell' ? row.side : undefined;
  const taker = stated === undefined || !sendsMakerSide(origin.exchange) ? (stated ?? side) : opposite(stated);
  const id = row.id ?? undefined;
  return {
    type: 'trade',
    ...origin,
    time: known(row.timestamp),
    id,
    side: taker,
    price: number(row.price),
    size: number(row.amount),
    backfill,
  };
}

/** The best bid and ask of a ticker; undefined when it has neither. */
export function quoteOfTicker(row: CcxtTicker, origin: RowOrigin): Quote | undefined {
  const [bid, ask] = [price(row.bid), price(row.ask)];
  if (bid === undefined && ask === undefined) return undefined;
  return {
    type: 'quote', ...origin, time: known(row.timestamp), bid, bidSize: known(row.bidVolume), ask, askSize: known(row.askVolume),
    sequence: undefined,
  }; // prettier-ignore
}

/** The best bid and ask of a book; a side that is empty is undefined. */
export function quoteOfBook(row: CcxtOrderBook, origin: RowOrigin): Quote {
  const { bids, asks, time, sequence } = bookOf(row, origin, 1);
  const [bid, ask] = [bids[0], asks[0]];
  return { type: 'quote', ...origin, time, bid: bid?.[0], bidSize: bid?.[1], ask: ask?.[0], askSize: ask?.[1], sequence }; // prettier-ignore
}

/** The best levels of a book, copied: ccxt keeps changing the object that it returned. */
export function bookOf(row: CcxtOrderBook, origin: RowOrigin, depth: number): BookUpdate {
  return {
    type: 'book', kind: 'snapshot', ...origin, time: known(row.timestamp), bids: levelsOf(row.bids, depth), asks: levelsOf(row.asks, depth),
    sequence: known(row.nonce), checksum: undefined,
  }; // prettier-ignore
}

/** One of the venue's own bars, growing; undefined when its time is not a number. ccxt does not say when a bar is closed. */
export function barOf(row: CcxtBar, origin: RowOrigin, frame: string): BarUpdate | undefined {
  const [start, open, high, low, close, volume] = row;
  if (!isNumber(start)) return undefined;
  return {
    type: 'bar', ...origin, time: undefined, timeframe: frame, start, end: barClose(timeframe(frame), start), open: number(open), high: number(high),
    low: number(low), close: number(close),
    volume: known(volume) ?? 0, tradeCount: undefined, closed: undefined,
  }; // prettier-ignore
}

/** Statistics of the last 24 hours. */
export function statisticsOf(row: CcxtTicker, origin: RowOrigin): Ticker24h {
  const [volume, quoteVolume] = dayVolumesOf(origin.exchange, origin.symbol, row);
  return {
    type: 'ticker24h', ...origin, time: known(row.timestamp), open: known(row.open), high: known(row.high), low: known(row.low),
    last: known(row.last), volume: known(volume), quoteVolume: known(quoteVolume), tradeCount: undefined,
  }; // prettier-ignore
}

function opposite(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

function levelsOf(rows: CcxtOrderBook['bids'], depth: number): Level[] {
  const levels: Level[] = [];
  for (const [price, size] of rows) {
    if (levels.length === depth) break;
    if (size !== 0) levels.push([number(price), number(size)]);
  }
  return levels;
}

/** A price; some venues send 0 for a side that is empty. */
function price(value: number | null | undefined): number | undefined {
  const found = known(value);
  return found === 0 ? undefined : found;
}

/** ccxt has null and NaN for what it does not know, too. */
function known(value: number | null | undefined): number | undefined {
  return typeof value === 'number' && !Number.isNaN(value) ? value : undefined;
}

/** A required number; NaN when it is not one. */
function number(value: number | null | undefined): number {
  return value ?? NaN;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
