/** An order as its strategy sees it. */
import {
  isAlive,
  isInverse,
  orderStatuses,
  showPlainly,
  type OrderStatus,
  type OrderType,
  type Side,
} from '../../core/index.ts';
import type { Data } from '../../lines/index.ts';
import { fillField, type Fill, type FillField } from '../accounting/fill-blotter.ts';
import { isRounding } from '../accounting/position.ts';
import { orderField, sideOf, typeOf, type OrderField, type OrderRows } from './rows.ts';

/** What an order is made of, which its strategy cannot reach; `order-state.ts` changes it. */
export let rowsOf: (order: Order) => OrderRows;
export let blockOf: (order: Order) => Float64Array;
export let offsetOf: (order: Order) => number;
/** The broker's side of an order, which `workingOf` reads; undefined once the order has ended. */
export let linkOf: (order: Order) => object | undefined;
export let linkTo: (order: Order, link: object | undefined) => void;

/**
 * An order, as `buy`, `sell` and the other order methods return it. Every notification about it carries the same object.
 *
 * In a notification its status and figures are those of that notification; in `next` they are current.
 */
export class Order {
  // A run makes orders by the ten thousand: one object each, whose numbers lie in a row of its block.
  readonly #rows: OrderRows;
  readonly #block: Float64Array;
  readonly #at: number;
  #link: object | undefined = undefined;

  static {
    showPlainly(Order);
    rowsOf = (order) => order.#rows;
    blockOf = (order) => order.#block;
    offsetOf = (order) => order.#at;
    linkOf = (order) => order.#link;
    linkTo = (order, link) => {
      order.#link = link;
    };
  }

  /**
   * Takes the latest row of `rows`.
   *
   * @internal
   */
  constructor(rows: OrderRows) {
    this.#rows = rows;
    this.#block = rows.block;
    this.#at = rows.at;
  }

  /** Number of the order in this run, counted from 1. */
  get ref(): number {
    return this.#read(orderField.ref);
  }

  /** The data it trades. */
  get data(): Data {
    return this.#rows.dataOf(this.#read(orderField.kind));
  }

  /** Whether it buys or sells. */
  get side(): Side {
    return sideOf(this.#read(orderField.kind));
  }

  /** The kind of order. */
  get type(): OrderType {
    return typeOf(this.#read(orderField.kind));
  }

  /** The id of its trade; 0 unless the strategy keeps several trades of one data apart. */
  get tradeId(): number {
    return this.#read(orderField.tradeId);
  }

  /** Units ordered, positive for both sides. The size of an exit falls to what is left for it to close. */
  get size(): number {
    return this.#read(orderField.size);
  }

  /** Limit of a limit order, trigger of a stop, and the close at creation for types without a price. A trailing stop's price moves. */
  get price(): number {
    return this.#read(orderField.price);
  }

  /** Limit of a stopLimit or stopTrailLimit; the price that a stopTrail started from; otherwise equal to `price`. */
  get limitPrice(): number {
    return this.#read(orderField.limitPrice);
  }

  /** The data's clock at creation: the close of its bar, milliseconds UTC. */
  get createdTime(): number {
    return this.#read(orderField.createdTime);
  }

  /**
   * The data's clock when it ended, milliseconds UTC: the close of the bar in which it was canceled, refused or expired, or the time of the
   * fill that completed it. Undefined while it can still be executed.
   */
  get endedTime(): number | undefined {
    if (this.isAlive) return undefined;
    const time = this.#read(orderField.endedTime);
    return time === time ? time : this.lastFill?.time;
  }

  /** The data's close when it was made. */
  get createdClose(): number {
    return this.#read(orderField.createdClose);
  }

  /** Its status as of the notification that is being delivered: a later change shows with its own notification. */
  get status(): OrderStatus {
    return orderStatuses[this.#read(orderField.status)]!;
  }

  /** Why it was refused, canceled or expired; undefined when there is no reason to give. */
  get reason(): string | undefined {
    return this.#rows.reasons.get(this.ref);
  }

  /**
   * The name of the rule that refused it, such as `cash`, `margin`, `tick`, `minNotional`, `postOnly`, or that of a risk rule, and of the flag
   * that ended it (`ioc`, `fok`). Undefined for an order that was neither.
   */
  get rule(): string | undefined {
    const { status } = this;
    return status === 'margin' || status === 'rejected' || status === 'canceled'
      ? this.#rows.rules.get(this.ref)
      : undefined;
  }

  /** The tag it was given. */
  get tag(): string | undefined {
    const { tags } = this.#rows;
    return tags.size === 0 ? undefined : tags.get(this.#read(orderField.ref));
  }

  /** Whether it buys. */
  get isBuy(): boolean {
    return this.side === 'buy';
  }

  /** Whether it sells. */
  get isSell(): boolean {
    return this.side === 'sell';
  }

  /** Whether it can still be executed. */
  get isAlive(): boolean {
    return isAlive(this.status);
  }

  /** Units executed so far, positive for both sides. */
  get filled(): number {
    const filled = Math.abs(this.#sum(fillField.size));
    return isRounding(this.size - filled, this.size) ? this.size : filled;
  }

  /** Units not executed yet, positive for both sides. */
  get remaining(): number {
    return this.size - this.filled;
  }

  /** Average price of its fills; 0 before the first. For an inverse contract it is their harmonic mean. */
  get averagePrice(): number {
    const { fills } = this;
    if (fills.length < 2) return fills[0]?.price ?? 0;
    const isHarmonic = isInverse(this.data.instrument);
    let paid = 0;
    let units = 0;
    for (const { price, size } of fills) {
      paid += isHarmonic ? size / price : size * price;
      units += size;
    }
    return isHarmonic ? units / paid : paid / units;
  }

  /** Value of what was executed, as the commission scheme counts it. */
  get value(): number {
    return this.#sum(fillField.value);
  }

  /** Commission paid so far. */
  get commission(): number {
    return this.#sum(fillField.commission);
  }

  /** Profit realised so far, before commission. */
  get pnl(): number {
    return this.#sum(fillField.pnl);
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
    const { ref, side, type, size, price, limitPrice, tradeId, createdTime, createdClose, status, reason, rule } = this;
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
    return { ...asked, tag: this.tag, status, reason, rule, filled, averagePrice, value, commission, pnl, fills };
  }

  #read(field: OrderField): number {
    return this.#block[this.#at + field]!;
  }

  get #lastFill(): number {
    return this.#read(orderField.lastFill);
  }

  #sum(field: FillField): number {
    return this.#rows.blotter?.sum(this.#lastFill, field) ?? 0;
  }
}
