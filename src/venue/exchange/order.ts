/** Orders of the exchange: what is asked for, what becomes of it, and the exchange's own words of refusal. */
import type { Side } from '../../core/index.ts';
import type { Resting } from './book.ts';

/** The types of Binance spot, which this exchange works by. */
export const exchangeOrderTypes = [
  'LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT',
] as const; // prettier-ignore
export type ExchangeOrderType = (typeof exchangeOrderTypes)[number];

/** How long an order works: until it is cancelled, for what can be had at once, or for all of it at once or nothing. */
export type TimeInForce = 'GTC' | 'IOC' | 'FOK';

/**
 * - `NEW`: taken; it rests, or waits for its trigger.
 * - `EXPIRED`: ended by the exchange: what could not be had at once, or a market order that found too little.
 * - `EXPIRED_IN_MATCH`: ended because it would have traded with its own account.
 */
export type ExchangeOrderStatus = 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED' | 'EXPIRED_IN_MATCH';

/** What an account asks for, in ticks and lots. */
export interface ExchangeRequest {
  /** The unified symbol. */
  readonly symbol: string;
  /** Whether it buys or sells. */
  readonly side: Side;
  /** The kind of order. */
  readonly type: ExchangeOrderType;
  /** In lots; 0 for a market order by value. */
  readonly size: number;
  /** The limit, of orders that have one. */
  readonly price?: number;
  /** The trigger, of orders that have one. */
  readonly stopPrice?: number;
  /** How long it works: `GTC` until canceled, `IOC` at once or not, `FOK` all at once or not. */
  readonly timeInForce?: TimeInForce;
  /** What a market order is worth, in quote units, instead of a size. */
  readonly quoteValue?: bigint;
  /** The id that the sender gave it. */
  readonly clientId?: string;
}

/** An order at the exchange. */
export interface ExchangeOrder {
  /** The exchange's id. */
  readonly id: number;
  /** The id that the sender gave it. */
  readonly clientId: string;
  /** Name of the account. */
  readonly account: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** Whether it buys or sells. */
  readonly side: Side;
  /** The kind of order. */
  readonly type: ExchangeOrderType;
  /** How long it works: `GTC` until canceled, `IOC` at once or not, `FOK` all at once or not. */
  readonly timeInForce: TimeInForce;
  /** Ticks; undefined for an order without a limit. */
  readonly price: number | undefined;
  /** Price that sets it working; undefined for orders that work at once. */
  readonly stopPrice: number | undefined;
  /** Lots. A market order by value learns its size when it is executed. */
  size: number;
  /** Value to be bought, scaled, where it was given instead of a size. */
  readonly quoteValue: bigint | undefined;
  /** Milliseconds UTC. */
  readonly time: number;
  /** When it last changed, milliseconds UTC. */
  updated: number;
  /** When it began to work: a stop order's is the moment of its trigger. */
  workingTime: number | undefined;
  /** Where it stands. */
  status: ExchangeOrderStatus;
  /** Units filled so far, scaled. */
  filled: number;
  /** What was traded so far, in quote units. */
  value: bigint;
  /** Units of the asset it pays with that are still locked for it. */
  locked: bigint;
  /** Its place in the book while it rests there. */
  resting: Resting | undefined;
}

/** The exchange says no, in Binance's words and with its code. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
  }
}

export function isStop(type: ExchangeOrderType): boolean {
  return type !== 'LIMIT' && type !== 'LIMIT_MAKER' && type !== 'MARKET';
}

/** Whether a trigger waits above the price: a buy stop and a sell take-profit do. */
export function triggersAbove(type: ExchangeOrderType, side: Side): boolean {
  return type.startsWith('STOP_LOSS') === (side === 'buy');
}

export function isOver(status: ExchangeOrderStatus): boolean {
  return status !== 'NEW' && status !== 'PARTIALLY_FILLED';
}
