/** Orders of the exchange: requests, their states, order lists, and refusals in Binance's words. */
import type { Side } from '../../core/index.ts';
import type { Resting } from './book.ts';

/** The order types of Binance spot. */
export const exchangeOrderTypes = [
  'LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT', 'TAKE_PROFIT_LIMIT',
] as const; // prettier-ignore
export type ExchangeOrderType = (typeof exchangeOrderTypes)[number];

/** How long an order works: until canceled (`GTC`), at once for whatever fills (`IOC`), at once for all of it or nothing (`FOK`). */
export type TimeInForce = 'GTC' | 'IOC' | 'FOK';

/**
 * - `PENDING_NEW`: waits in an order list for the working order to be filled; no money is locked for it yet.
 * - `NEW`: accepted; it rests, or waits for its trigger.
 * - `EXPIRED`: ended by the exchange: what could not fill immediately, a market order that found too little, or the other
 *   leg of an OCO.
 * - `EXPIRED_IN_MATCH`: ended because it would have traded with its own account.
 */
export type ExchangeOrderStatus =
  'PENDING_NEW' | 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED' | 'EXPIRED_IN_MATCH';

/** The position that an order of a contract belongs to: `BOTH` in one-way mode, a side of its own in hedge mode. */
export type PositionSide = 'BOTH' | 'LONG' | 'SHORT';

/** Fields that only orders on contracts have. */
export interface ContractOrder {
  /** The position that it changes. */
  readonly positionSide: PositionSide;
  /** Whether it may only reduce that position. */
  readonly reduceOnly: boolean;
  /** Whether it closes all that is held when it is triggered; its size is 0 until then. */
  readonly closesPosition: boolean;
  /** Whether the exchange placed it to liquidate a position. */
  readonly isLiquidation: boolean;
}

/** Fields of a stop order on exchanges where conditional orders are a kind of their own. */
export interface ConditionalOrder {
  /** The exchange's word for the kind, such as `StopOrder`. */
  readonly sentAs: string;
  /** Whether money is locked only at the trigger; what the account cannot pay then expires. */
  readonly locksAtTrigger: boolean;
  /** The last price when it was placed, in ticks; undefined before the first trade. */
  readonly last: number | undefined;
}

/** An order as an account requests it, in ticks and lots. */
export interface ExchangeRequest {
  /** The unified symbol. */
  readonly symbol: string;
  /** Whether it buys or sells. */
  readonly side: Side;
  /** The kind of order. */
  readonly type: ExchangeOrderType;
  /** In lots; 0 for a market order by value. */
  readonly size: number;
  /** The limit price in ticks, of orders that have one. */
  readonly price?: number;
  /** The trigger price in ticks, of orders that have one. */
  readonly stopPrice?: number;
  /** How long it works: `GTC` until canceled, `IOC` at once for whatever fills, `FOK` at once for all of it or nothing. */
  readonly timeInForce?: TimeInForce;
  /** The value of a market order in quote units, instead of a size. */
  readonly quoteValue?: bigint;
  /** The id that the sender gave it. */
  readonly clientId?: string;
  /** Contracts only: the position it belongs to, and what it may do to it. */
  readonly contract?: ContractOrder;
  /** Stop orders only, on exchanges where conditional orders are a kind of their own. */
  readonly conditional?: ConditionalOrder;
  /** Whether it has no least value, as on exchanges that have only a least size. Default false. */
  readonly hasAnyValue?: boolean;
}

/** An order at the exchange. */
export interface ExchangeOrder {
  /** The exchange's id. */
  readonly id: number;
  /** The client's id of the order; an amendment may change it. */
  clientId: string;
  /** Name of the account. */
  readonly account: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** Whether it buys or sells. */
  readonly side: Side;
  /** The kind of order. */
  readonly type: ExchangeOrderType;
  /** How long it works: `GTC` until canceled, `IOC` at once for whatever fills, `FOK` at once for all of it or nothing. */
  readonly timeInForce: TimeInForce;
  /** Ticks; undefined for an order without a limit. An owner may change it where the exchange allows that. */
  price: number | undefined;
  /** Trigger price in ticks, which sets it working; undefined for orders that work at once. An owner may change it where the exchange allows that. */
  stopPrice: number | undefined;
  /** Lots. A market order by value learns its size when it executes; an amendment reduces it. */
  size: number;
  /** Value to be bought, scaled, where it was given instead of a size. */
  readonly quoteValue: bigint | undefined;
  /** When it was placed, milliseconds UTC. */
  readonly time: number;
  /** When it last changed, milliseconds UTC. */
  updated: number;
  /** When it started to work: for a stop order the moment of its trigger. */
  workingTime: number | undefined;
  /** Its status, such as `NEW` or `FILLED`. */
  status: ExchangeOrderStatus;
  /** Lots filled so far. */
  filled: number;
  /** Value traded so far, in units of 1e-8 of the quote currency. */
  value: bigint;
  /** Amount still locked for it, in units of 1e-8 of the asset it pays with. */
  locked: bigint;
  /**
   * Its place in the book while it rests there.
   *
   * @internal
   */
  resting: Resting | undefined;
  /** The order list it belongs to. */
  list: OrderList | undefined;
  /** Contracts only: the position it belongs to, and what it may do to it. */
  readonly contract?: ContractOrder | undefined;
  /** Stop orders only, on exchanges where conditional orders are a kind of their own. */
  readonly conditional?: ConditionalOrder | undefined;
  /** Whether it has no least value, as on exchanges that have only a least size. */
  readonly hasAnyValue?: boolean | undefined;
}

/**
 * Orders that depend on each other.
 *
 * `OCO`: two orders, at most one of them executes; as soon as one trades or triggers, the other expires. `OTO`: the pending
 * orders are placed when the working order, the first one, is filled; two pending orders are an OCO pair.
 */
export interface OrderList {
  /** The exchange's id of the list. */
  readonly id: number;
  /** The id that the sender gave it. */
  readonly clientId: string;
  /** Name of the account. */
  readonly account: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** Whether one order cancels the other, sets it working, or both. */
  readonly contingency: 'OCO' | 'OTO';
  /** Its orders, the leading one first. */
  readonly orders: ExchangeOrder[];
  /** When it was placed, milliseconds UTC. */
  readonly time: number;
  /** When it last changed, milliseconds UTC. */
  updated: number;
  /** Whether all its orders have ended. */
  isDone: boolean;
}

/** A change that an owner made to an open order. */
export interface Amendment {
  /** Id of the change. */
  readonly id: number;
  /** The order changed. */
  readonly order: ExchangeOrder;
  /** The sender's id before the change. */
  readonly clientIdBefore: string;
  /** The sender's id after it. */
  readonly clientId: string;
  /** Size before the change, in lots. */
  readonly sizeBefore: number;
  /** Size after it, in lots. */
  readonly size: number;
  /** When it was changed, milliseconds UTC. */
  readonly time: number;
}

/** A refusal, with Binance's code and message. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** An order as a request places it, before anything has been matched or locked. */
export function newOrder(
  id: number,
  account: string,
  request: ExchangeRequest,
  time: number,
  list: OrderList | undefined,
): ExchangeOrder {
  const { symbol, side, type, timeInForce = 'GTC', price, stopPrice, size, quoteValue, contract } = request;
  return {
    id, clientId: request.clientId ?? `nb-${id}`, account, symbol, side, type, timeInForce, price, stopPrice, size, quoteValue, contract, list,
    time, updated: time, workingTime: isStop(type) ? undefined : time, status: 'NEW', filled: 0, value: 0n, locked: 0n, resting: undefined,
    ...(request.conditional !== undefined && { conditional: request.conditional }),
    ...(request.hasAnyValue === true && { hasAnyValue: true }),
  }; // prettier-ignore
}

/** The request for an open order with another size and other prices. */
export function changedRequest(
  { symbol, side, type, contract, hasAnyValue }: Readonly<ExchangeOrder>,
  {
    size,
    price,
    stopPrice,
  }: { readonly size: number; readonly price?: number | undefined; readonly stopPrice?: number | undefined },
): ExchangeRequest {
  return {
    symbol,
    side,
    type,
    size,
    ...(price !== undefined && { price }),
    ...(stopPrice !== undefined && { stopPrice }),
    ...(contract !== undefined && { contract }),
    ...(hasAnyValue === true && { hasAnyValue: true }),
  };
}

export function isStop(type: ExchangeOrderType): boolean {
  return type !== 'LIMIT' && type !== 'LIMIT_MAKER' && type !== 'MARKET';
}

/** Whether a trigger lies above the price: a buy stop's and a sell take-profit's do. */
export function triggersAbove(type: ExchangeOrderType, side: Side): boolean {
  return type.startsWith('STOP_LOSS') === (side === 'buy');
}

/** Whether a stop order waits for its trigger, or ended without it. */
export function isUntriggered({ type, workingTime }: Readonly<ExchangeOrder>): boolean {
  return isStop(type) && workingTime === undefined;
}

/** Whether an order has ended. */
export function isOver(status: ExchangeOrderStatus): boolean {
  return status !== 'NEW' && status !== 'PARTIALLY_FILLED' && status !== 'PENDING_NEW';
}
