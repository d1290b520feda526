/** An order as the broker knows it: what is true now, ahead of what its strategy has been told. */
import { isAlive, type OrderStatus, type OrderType } from '../../core/index.ts';
import type { CommissionScheme } from '../accounting/commission.ts';
import type { Blotter } from '../accounting/fill-blotter.ts';
import { kindField, limitPriceField, priceField, sideOf, sizeField, typeOf } from './rows.ts';
import { blockOf, linkFill, linkWorking, movePrices, offsetOf, tell, type Order } from './order.ts';
import type { FillRule } from '../accounting/fill-reason.ts';

/** A distance that a trailing stop keeps: quote units, or a fraction of the price. */
export interface Trail {
  readonly amount: number;
  readonly percent: number;
}

/** Orders of which the first to be executed, cancelled or expired cancels the others. */
export interface OcoGroup {
  readonly members: WorkingOrder[];
  isDone: boolean;
}

/** One order inside the broker. */
export class WorkingOrder {
  order: Order;
  /** Who is told: index of the strategy. */
  owner: number;
  dataId: number;
  type: OrderType;
  /** 1 for a buy, -1 for a sell. */
  sign: 1 | -1;
  scheme: CommissionScheme;
  status: OrderStatus = 'created';
  /** Units not executed yet, positive. */
  remaining = NaN;
  /** Trigger of a stop, limit of a limit order. */
  price = NaN;
  limitPrice = NaN;
  /** The first move of its data (its bar, or the tick of a growing one) that may execute it. */
  firstIndex = -1;
  /**
   * What time it was when it was made, in a run of several datas: a bar that was open already then, as a slow data's is, knows
   * prices from before the order and does not execute it.
   */
  createdClock = -Infinity;
  /** Last moment of its validity by the data's clock; Infinity for good till cancelled. */
  validUntil = Infinity;
  /** End of the session whose close a `close` order waits for. */
  sessionEnd = Infinity;
  /** Close of the last bar seen by a `close` order; NaN before one. */
  seenClose = NaN;
  trail: Trail | undefined;
  /** Distance of stop and limit of a stopTrailLimit. */
  limitOffset = NaN;
  isTriggered = false;
  /** Children of a bracket wait for their parent. */
  isActive = true;
  isAtCreationClose = false;
  /** Whether it was made at a bar's open, to be filled at that open. */
  isForThisOpen = false;
  /** The last move of its data it was matched against. */
  matchedTime = NaN;
  /** Row of its latest fill in the blotter, or -1. */
  lastRow = -1;
  parent: WorkingOrder | undefined;
  children: WorkingOrder[] | undefined;
  group: OcoGroup | undefined;
  /** Which bars cannot execute it, known by their range alone. */
  waitsFor: 'anything' | 'low' | 'high' = 'anything';
  // What the last match found, read by the fill: the price, NaN without one, and why.
  matched = NaN;
  rule: FillRule = 'open';
  level = NaN;
  reached = NaN;

  constructor(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number) {
    this.order = order;
    this.owner = owner;
    this.dataId = dataId;
    this.scheme = scheme;
    const block = blockOf(order);
    const at = offsetOf(order);
    const kind = block[at + kindField]!;
    this.type = typeOf(kind);
    this.sign = sideOf(kind) === 'buy' ? 1 : -1;
    this.remaining = block[at + sizeField]!;
    this.price = block[at + priceField]!;
    this.limitPrice = block[at + limitPriceField]!;
    this.firstIndex = firstIndex;
    this.waitsFor = rangeOf(this.type, this.sign);
  }

  /** Becomes the broker's side of a new order: everything as a constructor leaves it. */
  begin(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number): void {
    this.order = order;
    this.owner = owner;
    this.dataId = dataId;
    this.scheme = scheme;
    const block = blockOf(order);
    const at = offsetOf(order);
    const kind = block[at + kindField]!;
    this.type = typeOf(kind);
    this.sign = sideOf(kind) === 'buy' ? 1 : -1;
    this.status = 'created';
    this.remaining = block[at + sizeField]!;
    this.price = block[at + priceField]!;
    this.limitPrice = block[at + limitPriceField]!;
    this.firstIndex = firstIndex;
    this.createdClock = -Infinity;
    this.validUntil = this.sessionEnd = Infinity;
    this.seenClose = this.matchedTime = this.matched = this.level = this.reached = NaN;
    this.trail = undefined;
    this.limitOffset = 0;
    this.isTriggered = this.isAtCreationClose = this.isForThisOpen = false;
    this.isActive = true;
    this.lastRow = -1;
    this.rule = 'open';
    this.waitsFor = rangeOf(this.type, this.sign);
    this.parent = this.children = this.group = undefined;
  }

  /** Whether no other order is tied to it. */
  get hasNoRelatives(): boolean {
    return this.parent === undefined && this.children === undefined && this.group === undefined;
  }

  get isWorking(): boolean {
    return this.status === 'accepted' || this.status === 'partial';
  }

  /** Moves a trailing stop toward `price`; it never moves away. */
  follow(price: number): void {
    if (this.trail === undefined) return;
    const distance = this.trail.amount > 0 ? this.trail.amount : price * this.trail.percent;
    const stop = price + this.sign * distance;
    if (this.sign > 0 ? stop >= this.price : stop <= this.price) return;
    this.price = stop;
    if (this.type === 'stopTrailLimit') this.limitPrice = stop - this.limitOffset;
    movePrices(this.order, this.price, this.limitPrice);
  }
}

/** A resting limit or stop needs a bar that reaches down, or up, to its price; anything else has to be looked at. */
function rangeOf(type: OrderType, sign: 1 | -1): WorkingOrder['waitsFor'] {
  if (type === 'limit') return sign > 0 ? 'low' : 'high';
  if (type === 'stop') return sign > 0 ? 'high' : 'low';
  return 'anything';
}

/** One thing the broker says of an order, told to its strategy after the broker's step. */
export interface OrderNotice {
  working: WorkingOrder;
  status: OrderStatus;
  /** Row of the fill in the blotter, or -1. */
  row: number;
  reason: string | undefined;
}

/** Brings the order, as its strategy sees it, to where a notice left it. */
export function applyNotice(notice: OrderNotice, blotter: Blotter): void {
  const { working, status, row, reason } = notice;
  const { order } = working;
  tell(order, status, reason);
  if (row >= 0) linkFill(order, blotter, row);
  if (!isAlive(status)) linkWorking(order, undefined);
}
