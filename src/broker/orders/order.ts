/** An order as its strategy sees it. */
import { isAlive, orderStatuses, showPlainly, type OrderStatus, type OrderType, type Side } from '../../core/index.ts';
import type { Data } from '../../lines/index.ts';
import type { Blotter, Fill } from '../accounting/fill-blotter.ts';
import {
  createdCloseField,
  createdTimeField,
  kindField,
  lastFillField,
  limitPriceField,
  priceField,
  refField,
  sideOf,
  sizeField,
  statusField,
  tradeIdField,
  typeOf,
  type OrderRows,
} from './rows.ts';
import { isDust } from '../accounting/position.ts';
import type { WorkingOrder } from './working-order.ts';

/** The broker's side of an order; undefined for one that no broker of this run made. */
export let workingOf: (order: Order) => WorkingOrder | undefined;
/** The block of numbers that holds an order's row. */
export let blockOf: (order: Order) => Float64Array;
/** Where in its block an order's row begins. */
export let offsetOf: (order: Order) => number;
/** Ties an order to the broker's side of it, or cuts the tie when the order is over. */
export let linkWorking: (order: Order, working: WorkingOrder | undefined) => void;
/** The row of an order's first fill; Infinity before there is one. */
export let firstRowOf: (order: Order) => number;
/** Moves the prices of a trailing order. */
export let movePrices: (order: Order, price: number, limitPrice: number) => void;
/** Lowers the size of an order. */
export let resize: (order: Order, size: number) => void;
/** Brings the status of an order, and the reason for it, to where its strategy may see them. */
export let tell: (order: Order, status: OrderStatus, reason: string | undefined) => void;
/** Notes the latest fill of an order; the row of the one before it is in the blotter. */
export let linkFill: (order: Order, blotter: Blotter, row: number) => void;

/**
 * The working thing: made by `buy`, `sell` and their kin, the same object in every notification.
 *
 * Its status and figures are as of the notification being delivered; in `next` they are up to date.
 */
export class Order {
  readonly #rows: OrderRows;
  readonly #block: Float64Array;
  readonly #at: number;
  #working: WorkingOrder | undefined;

  static {
    showPlainly(Order);
    workingOf = (order) => order.#working;
    blockOf = (order) => order.#block;
    offsetOf = (order) => order.#at;
    linkWorking = (order, working) => {
      order.#working = working;
    };
    firstRowOf = (order) => {
      let first = Infinity;
      for (let row = order.#lastFill; row >= 0; row = order.#rows.blotter!.previous(row)) first = row;
      return first;
    };
    movePrices = (order, price, limitPrice) => {
      order.#block[order.#at + priceField] = price;
      order.#block[order.#at + limitPriceField] = limitPrice;
    };
    resize = (order, size) => {
      order.#block[order.#at + sizeField] = size;
    };
    tell = (order, status, reason) => {
      order.#block[order.#at + statusField] = orderStatuses.indexOf(status);
      if (reason !== undefined) order.#rows.reasons.set(order.ref, reason);
    };
    linkFill = (order, blotter, row) => {
      order.#rows.blotter = blotter;
      order.#block[order.#at + lastFillField] = row;
    };
  }

  /** Takes the latest row of `rows`. */
  constructor(rows: OrderRows) {
    this.#rows = rows;
    this.#block = rows.block;
    this.#at = rows.at;
  }

  /** Number of the order in this run, from 1. */
  get ref(): number {
    return this.#block[this.#at + refField]!;
  }

  get data(): Data {
    return this.#rows.dataOf(this.#block[this.#at + kindField]!);
  }

  get side(): Side {
    return sideOf(this.#block[this.#at + kindField]!);
  }

  get type(): OrderType {
    return typeOf(this.#block[this.#at + kindField]!);
  }

  /** Which trade of the data it belongs to; 0 unless the strategy keeps several apart. */
  get tradeId(): number {
    return this.#block[this.#at + tradeIdField]!;
  }

  /** Units asked for, positive for both sides. That of a bracket's exit falls to what was executed when its entry ends in part. */
  get size(): number {
    return this.#block[this.#at + sizeField]!;
  }

  /** Limit price, or trigger of a stop; the close at creation where the type has none. A trailing stop's moves. */
  get price(): number {
    return this.#block[this.#at + priceField]!;
  }

  /** The limit of a stopLimit or stopTrailLimit; else the same as `price`. */
  get limitPrice(): number {
    return this.#block[this.#at + limitPriceField]!;
  }

  /** The data's clock when it was made: the close of its bar, milliseconds UTC. */
  get createdTime(): number {
    return this.#block[this.#at + createdTimeField]!;
  }

  /** The data's close when it was made. */
  get createdClose(): number {
    return this.#block[this.#at + createdCloseField]!;
  }

  get status(): OrderStatus {
    return orderStatuses[this.#block[this.#at + statusField]!]!;
  }

  /** Why it was refused, cancelled or expired, where there is something to say. */
  get reason(): string | undefined {
    return this.#rows.reasons.get(this.ref);
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

  /** Units executed so far, positive for both sides. */
  get filled(): number {
    const filled = Math.abs(this.#sum(1));
    return isDust(this.size - filled, this.size) ? this.size : filled;
  }

  /** Units not executed yet, positive for both sides. */
  get remaining(): number {
    return this.size - this.filled;
  }

  /** Average price of what was executed; 0 before the first fill. */
  get averagePrice(): number {
    const { fills } = this;
    if (fills.length < 2) return fills[0]?.price ?? 0;
    let paid = 0;
    let units = 0;
    for (const fill of fills) {
      paid += fill.price * fill.size;
      units += fill.size;
    }
    return paid / units;
  }

  /** Value of what was executed, as the commission scheme counts it. */
  get value(): number {
    return this.#sum(9);
  }

  /** Commission paid so far. */
  get commission(): number {
    return this.#sum(5);
  }

  /** Profit realised so far, before commission. */
  get pnl(): number {
    return this.#sum(6);
  }

  /** Its executions so far, in order. */
  get fills(): readonly Fill[] {
    return this.#rows.blotter?.fills(this.#lastFill) ?? [];
  }

  /** The latest fill, if there is one. */
  get lastFill(): Fill | undefined {
    const { fills } = this;
    return fills[fills.length - 1];
  }

  /** The order as plain data, its fills included. */
  toJSON(): Record<string, unknown> {
    const { ref, side, type, size, price, limitPrice, tradeId, createdTime, createdClose, status, reason } = this;
    const asked = {
      ref,
      data: this.data.name,
      side,
      type,
      size,
      price,
      limitPrice,
      tradeId,
      createdTime,
      createdClose,
    };
    const { filled, averagePrice, value, commission, pnl, fills } = this;
    return { ...asked, status, reason, filled, averagePrice, value, commission, pnl, fills };
  }

  get #lastFill(): number {
    return this.#block[this.#at + lastFillField]!;
  }

  #sum(field: number): number {
    return this.#rows.blotter?.sum(this.#lastFill, field) ?? 0;
  }
}
