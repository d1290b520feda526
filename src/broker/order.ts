/** An order as its strategy sees it, and its fills. */
import { isAlive, type OrderStatus, type OrderType, type Side } from '../core/index.ts';
import type { Data } from '../lines/index.ts';
import { describeFill, type FillRule } from './fill-reason.ts';

/** One execution of one order. Sizes are signed: positive bought, negative sold. */
export class Fill {
  /** When it happened by the data's clock: the close of the bar that executed it, milliseconds UTC. */
  readonly time: number;
  readonly size: number;
  readonly price: number;
  /** The part of `size` that reduced a position. */
  readonly closed: number;
  /** The part of `size` that opened or added to a position. */
  readonly opened: number;
  readonly commission: number;
  /** Profit realised by the closed part, before commission. */
  readonly pnl: number;
  /** The position's size after this fill. */
  readonly positionSize: number;
  /** The position's average entry price after this fill. */
  readonly positionPrice: number;
  /** Traded value in quote units, as the commission scheme counts it. */
  readonly value: number;
  /** Commission of the closed part; the rest belongs to the opened part. */
  readonly closedCommission: number;
  /** Which rule of matching filled it. */
  readonly rule: FillRule;
  /** The order's price that the rule compared with: a limit, a stop or, for a market order, the open. */
  readonly level: number;
  /** The price of the bar that met it. */
  readonly reached: number;

  constructor(from: FillFacts) {
    this.time = from.time;
    this.size = from.size;
    this.price = from.price;
    this.closed = from.closed;
    this.opened = from.opened;
    this.commission = from.commission;
    this.pnl = from.pnl;
    this.positionSize = from.positionSize;
    this.positionPrice = from.positionPrice;
    this.value = from.value;
    this.closedCommission = from.closedCommission;
    this.rule = from.rule;
    this.level = from.level;
    this.reached = from.reached;
  }

  /** Why it happened, in words: "low 61,822 reached limit 61,830". */
  get reason(): string {
    return describeFill(this);
  }
}

/** What a fill is made from. */
export type FillFacts = Omit<Fill, 'reason'>;

/** What an order was told when it was made. */
export interface OrderFacts {
  readonly ref: number;
  readonly data: Data;
  readonly side: Side;
  readonly type: OrderType;
  readonly size: number;
  readonly price: number;
  readonly limitPrice: number;
  readonly tradeId: number;
  readonly createdTime: number;
  readonly createdClose: number;
}

/**
 * The working thing: made by `buy`, `sell` and their kin, the same object in every notification.
 *
 * Its status and figures are as of the notification being delivered; in `next` they are up to date.
 */
export class Order {
  /** Number of the order in this run, from 1. */
  readonly ref: number;
  readonly data: Data;
  readonly side: Side;
  readonly type: OrderType;
  /** Units asked for, positive for both sides. */
  readonly size: number;
  /** Limit price, or trigger of a stop; the close at creation where the type has none. A trailing stop's moves. */
  price: number;
  /** The limit of a stopLimit or stopTrailLimit; else the same as `price`. */
  limitPrice: number;
  /** Which trade of the data it belongs to; 0 unless the strategy keeps several apart. */
  readonly tradeId: number;
  /** The data's clock when it was made: the close of its bar, milliseconds UTC. */
  readonly createdTime: number;
  /** The data's close when it was made. */
  readonly createdClose: number;
  status: OrderStatus = 'created';
  /** Why it was refused, cancelled or expired, where there is something to say. */
  reason: string | undefined;
  /** Units executed so far, positive for both sides. */
  filled = 0;
  /** Average price of what was executed; 0 before the first fill. */
  averagePrice = 0;
  /** Value of what was executed, as the commission scheme counts it. */
  value = 0;
  /** Commission paid so far. */
  commission = 0;
  /** Profit realised so far, before commission. */
  pnl = 0;
  readonly fills: Fill[] = [];

  constructor(facts: OrderFacts) {
    this.ref = facts.ref;
    this.data = facts.data;
    this.side = facts.side;
    this.type = facts.type;
    this.size = facts.size;
    this.price = facts.price;
    this.limitPrice = facts.limitPrice;
    this.tradeId = facts.tradeId;
    this.createdTime = facts.createdTime;
    this.createdClose = facts.createdClose;
  }

  get isBuy(): boolean {
    return this.side === 'buy';
  }

  get isSell(): boolean {
    return this.side === 'sell';
  }

  /** Whether it can still be executed. */
  get isAlive(): boolean {
    return isAlive(this.status);
  }

  /** Units not executed yet, positive for both sides. */
  get remaining(): number {
    return this.size - this.filled;
  }

  /** The latest fill, if there is one. */
  get lastFill(): Fill | undefined {
    return this.fills[this.fills.length - 1];
  }
}
