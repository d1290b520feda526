/** An order as the broker knows it, ahead of what its strategy has been notified of. */
import { isAlive, type OrderStatus, type OrderType } from '../../core/index.ts';
import type { CommissionScheme } from '../accounting/commission.ts';
import type { Blotter } from '../accounting/fill-blotter.ts';
import { orderField, sideOf, typeOf } from './rows.ts';
import { blockOf, linkOf, linkTo, offsetOf, type Order } from './order.ts';
import { linkFill, movePrices, noteEnd, refuseBy, showStatus } from './order-state.ts';
import type { FillRule } from '../accounting/fill-reason.ts';

/** The distance that a trailing stop keeps: in quote units, or as a fraction of the price. */
export interface Trail {
  /** Distance from the price, in quote units; 0 where it is a fraction. */
  readonly amount: number;
  /** Distance as a fraction of the price; 0 where it is an amount. */
  readonly percent: number;
}

/** One-cancels-other: the first of these orders that is executed, canceled or expires cancels the others. */
export interface OcoGroup {
  /** The orders of the group. */
  readonly members: WorkingOrder[];
  /** Whether one has been filled or canceled, so that the others are. */
  isDone: boolean;
}

/** One order inside the broker. */
export class WorkingOrder {
  /** The order as its strategy sees it. */
  order!: Order;
  /** Index of the strategy that placed it. */
  owner = -1;
  /** Number of the data it trades. */
  dataId = -1;
  /** Number of the first data that shows the same position. */
  pool = -1;
  /** The kind of order. */
  type: OrderType = 'market';
  /** 1 for a buy, -1 for a sell. */
  sign: 1 | -1 = 1;
  /** Commission, margin and leverage of its data. */
  scheme!: CommissionScheme;
  /** Where it stands at the broker, before its strategy is notified. */
  status: OrderStatus = 'created';
  /** Units not executed yet, positive. */
  remaining = NaN;
  /** Trigger of a stop, limit of a limit order. */
  price = NaN;
  /** Limit that works once a stop is reached, in quote units. */
  limitPrice = NaN;
  /** The first move of its data (a bar, or a tick of a growing one) that may execute it. */
  firstIndex = -1;
  /**
   * In a run of several datas: the clock when it was placed. A bar that had opened before, as a slow data's has, contains prices from
   * before the order and does not execute it.
   */
  createdClock = NaN;
  /** Last moment of its validity by the data's clock; Infinity while it is valid until canceled. */
  validUntil = NaN;
  /** End of the session whose close a `close` order waits for. */
  sessionEnd = NaN;
  /** Close of the last bar seen by a `close` order; NaN before one. */
  seenClose = NaN;
  /** How its stop follows the price; undefined when it does not. */
  trail: Trail | undefined;
  /** The price that activates a trailing stop; NaN for one that is active from the start. */
  activation = NaN;
  /** Whether its stop has begun to trail. */
  isActivated = true;
  /** Whether its stop starts at the price of its entry's latest fill. */
  startsAtEntry = false;
  /** That price; NaN before a fill. */
  entryPrice = NaN;
  /** When its entry was filled, milliseconds UTC: what a bar had traded before is not its past. */
  entryTime = -Infinity;
  /** Whether it may only reduce a position. */
  reducesOnly = false;
  /** Whether it rests whatever happens to the position, and is cut to it only when it is filled: reduce-only on an account at a venue. */
  outlivesPosition = false;
  /** Whether it fills at once or ends (`ioc`), and only whole (`fok`). */
  timeInForce: 'gtc' | 'ioc' | 'fok' = 'gtc';
  /** What to do where it would take liquidity; undefined to take it. */
  postOnly: 'refuse' | 'reprice' | undefined;
  /** Quote units that it trades; NaN where its size is given. */
  quoteSize = NaN;
  /** Whether it has one of the three above, so that the rest of a run does not look at them. */
  hasFlags = false;
  /** Whether the market met its limit at once, so that it took liquidity. */
  takesLiquidity = false;
  /** Whether a target or `close` placed it. */
  isAim = false;
  /** Whether it may be cut to what the cash pays for. */
  isCuttable = false;
  /** Distance of stop and limit of a stopTrailLimit. */
  limitOffset = NaN;
  /** Whether its stop has been reached. */
  isTriggered = false;
  /** Whether it may be executed: the exits of a bracket wait for their entry. */
  isActive = true;
  /** Whether it is filled at the close of the bar it was made in. */
  isAtCreationClose = false;
  /** Whether it was placed at a bar's open, to be filled at that open. */
  isForThisOpen = false;
  /** The last move of its data it was matched against. */
  matchedTime = NaN;
  /** The last move of its data at whose open it was looked at. */
  openedTime = NaN;
  /** Its place among the orders of the account: those placed earlier come first, and a change of price or a larger size takes the last. */
  place = 0;
  /** Row of its latest fill in the blotter, or -1. */
  lastRow = -1;
  /** The order that must be filled before this one works. */
  parent: WorkingOrder | undefined;
  /** The orders that work once this one is filled. */
  children: WorkingOrder[] | undefined;
  /** The orders where the fill of one cancels the others. */
  group: OcoGroup | undefined;
  /** Whether it has ended and waits to be reused for another order. */
  isSwept = false;
  /** Which bars cannot execute it, judged by their range alone. */
  waitsFor: 'anything' | 'low' | 'high' = 'anything';
  // The result of the last match, which the booking reads: the price, NaN without one, and why.
  /** Units that this step has matched. */
  matched = NaN;
  /** The rule by which it was last matched. */
  rule: FillRule = 'open';
  /** The price that the market had to reach. */
  level = NaN;
  /** The price that reached it. */
  reached = NaN;

  constructor(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number) {
    this.begin(order, owner, dataId, scheme, firstIndex);
  }

  /** Becomes the broker's side of a new order. */
  begin(order: Order, owner: number, dataId: number, scheme: CommissionScheme, firstIndex: number): void {
    this.order = order;
    this.owner = owner;
    this.dataId = this.pool = dataId;
    this.scheme = scheme;
    const block = blockOf(order);
    const at = offsetOf(order);
    const kind = block[at + orderField.kind]!;
    this.type = typeOf(kind);
    this.sign = sideOf(kind) === 'buy' ? 1 : -1;
    this.status = 'created';
    this.remaining = block[at + orderField.size]!;
    this.price = block[at + orderField.price]!;
    this.limitPrice = block[at + orderField.limitPrice]!;
    this.firstIndex = firstIndex;
    this.createdClock = this.entryTime = -Infinity;
    this.validUntil = this.sessionEnd = Infinity;
    this.entryPrice =
      this.seenClose =
      this.openedTime =
      this.matchedTime =
      this.matched =
      this.level =
      this.reached =
        NaN;
    this.trail = undefined;
    this.activation = NaN;
    this.isActivated = true;
    this.startsAtEntry = false;
    this.reducesOnly = this.isCuttable = this.isAim = this.outlivesPosition = this.takesLiquidity = false;
    this.limitOffset = 0;
    if (this.hasFlags) this.clearFlags();
    this.isTriggered = this.isAtCreationClose = this.isForThisOpen = false;
    this.isActive = true;
    this.isSwept = false;
    this.place = 0;
    this.lastRow = -1;
    this.rule = 'open';
    this.waitsFor = rangeOf(this.type, this.sign);
    this.parent = this.children = this.group = undefined;
  }

  /** Takes the flags of an order's options. */
  flag(timeInForce: 'gtc' | 'ioc' | 'fok' | 'gtx', postOnly: boolean | 'refuse' | 'reprice', quoteSize: number): void {
    this.timeInForce = timeInForce === 'gtx' ? 'gtc' : timeInForce;
    this.postOnly =
      postOnly === 'reprice' ? 'reprice' : postOnly !== false || timeInForce === 'gtx' ? 'refuse' : undefined;
    this.quoteSize = quoteSize;
    this.hasFlags = this.timeInForce !== 'gtc' || this.postOnly !== undefined || quoteSize === quoteSize;
    // The market is looked at in its first bar, whether or not it reaches the price.
    if (this.hasFlags) this.waitsFor = 'anything';
  }

  private clearFlags(): void {
    this.timeInForce = 'gtc';
    this.postOnly = undefined;
    this.quoteSize = NaN;
    this.hasFlags = false;
  }

  /** Whether no other order depends on it, nor it on another. */
  get hasNoRelatives(): boolean {
    return this.parent === undefined && this.children === undefined && this.group === undefined;
  }

  /** Whether it can be matched now. */
  get isWorking(): boolean {
    return this.status === 'accepted' || this.status === 'partial';
  }

  /** Moves a trailing stop toward `price`, once that has activated it; it never moves away. */
  follow(price: number): void {
    if (this.trail === undefined) return;
    const { sign } = this;
    if (!this.isActivated) {
      if (sign > 0 ? price > this.activation : price < this.activation) return;
      this.isActivated = true;
    }
    const stop = this.stopFor(price);
    if (sign > 0 ? stop >= this.price : stop <= this.price) return;
    this.price = stop;
    if (this.type === 'stopTrailLimit') this.limitPrice = stop - this.limitOffset;
    movePrices(this.order, this.price, this.limitPrice);
  }

  /** Lets a trailing exit begin at the price of its entry's fill: what the market did before is not its past. */
  wake(): void {
    if (!this.startsAtEntry) return;
    this.startsAtEntry = false;
    this.price = this.sign * Infinity;
    this.follow(this.entryPrice);
  }

  /** Where a trailing stop stands when `best` is the best price. */
  stopFor(best: number): number {
    const { amount, percent } = this.trail!;
    return best + this.sign * (amount > 0 ? amount : best * percent);
  }
}

/** Whether the fill of one order ends the other: members of one group, or exits of one bracket. */
export function isRival(a: WorkingOrder, b: WorkingOrder): boolean {
  return (a.group !== undefined && a.group === b.group) || (a.parent !== undefined && a.parent === b.parent);
}

/** Whether an order takes back what its parent opens. One on another position, such as a hedge, does not. */
export function isExit({ parent, sign, pool }: WorkingOrder): boolean {
  return parent !== undefined && parent.sign !== sign && parent.pool === pool;
}

/** The broker's side of an order; undefined once it has ended. */
export function workingOf(order: Order): WorkingOrder | undefined {
  return linkOf(order) as WorkingOrder | undefined;
}

/** A resting limit or stop needs a bar that reaches down, or up, to its price; any other order is always looked at. */
function rangeOf(type: OrderType, sign: 1 | -1): WorkingOrder['waitsFor'] {
  if (type === 'limit') return sign > 0 ? 'low' : 'high';
  if (type === 'stop') return sign > 0 ? 'high' : 'low';
  return 'anything';
}

/** One change of an order, delivered to its strategy after the broker's step. */
export interface OrderNotice {
  /** The order at the broker. */
  working: WorkingOrder;
  /** The status that its strategy is notified of. */
  status: OrderStatus;
  /** Row of the fill in the blotter, or -1. */
  row: number;
  /** Why, where there is something to say. */
  reason: string | undefined;
  /** The name of the rule that refused or ended it. Default: none. */
  rule?: string | undefined;
}

/** Shows the strategy's side of an order the change that a notice describes. */
export function applyNotice(notice: OrderNotice, blotter: Blotter): void {
  const { working, status, row, reason, rule } = notice;
  const { order } = working;
  if (rule !== undefined) refuseBy(order, rule);
  showStatus(order, status, reason);
  if (row >= 0) linkFill(order, blotter, row);
  if (isAlive(status)) return;
  linkTo(order, undefined);
  if (status !== 'completed') noteEnd(order);
}
