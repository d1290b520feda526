/** The state behind an order: its row of numbers and its link to the broker, shared by the strategy's view and the broker's. */
import { orderStatuses, type OrderStatus, type OrderType } from '../../core/index.ts';
import { timelineOf, type Data } from '../../lines/index.ts';
import type { Blotter } from '../accounting/fill-blotter.ts';
import type { TradeExit } from '../accounting/trade.ts';
import { orderField, typeOf, type OrderField, type OrderRows } from './rows.ts';

const exitByType: Readonly<Record<OrderType, TradeExit>> = {
  market: 'signal',
  close: 'time',
  limit: 'target',
  stop: 'stop',
  stopLimit: 'stop',
  stopTrail: 'trail',
  stopTrailLimit: 'trail',
};

/** What an order is made of. `Order` shows it to the strategy and hides it; the broker changes it. */
export class OrderState {
  readonly rows: OrderRows;
  readonly block: Float64Array;
  readonly at: number;
  /** The broker's side of the order, which `workingOf` reads; undefined once the order has ended. */
  link: object | undefined = undefined;

  /** Takes the latest row of `rows`. */
  constructor(rows: OrderRows) {
    this.rows = rows;
    this.block = rows.block;
    this.at = rows.at;
  }

  read(field: OrderField): number {
    return this.block[this.at + field]!;
  }

  get ref(): number {
    return this.read(orderField.ref);
  }

  get data(): Data {
    return this.rows.dataOf(this.read(orderField.kind));
  }

  get tradeId(): number {
    return this.read(orderField.tradeId);
  }

  get tag(): string | undefined {
    const { tags } = this.rows;
    return tags.size === 0 ? undefined : tags.get(this.read(orderField.ref));
  }

  /** What a trade that this order ends is said to have ended by. */
  get exit(): TradeExit {
    const { exits } = this.rows;
    const given = exits.size === 0 ? undefined : exits.get(this.read(orderField.ref));
    return given ?? exitByType[typeOf(this.read(orderField.kind))];
  }

  /** The row of its first fill in the blotter; Infinity before there is one. */
  get firstFill(): number {
    let first = Infinity;
    for (let row = this.read(orderField.lastFill); row >= 0; row = this.rows.blotter!.previous(row)) first = row;
    return first;
  }

  /** Moves the prices of a trailing order. */
  movePrices(price: number, limitPrice: number): void {
    this.block[this.at + orderField.price] = price;
    this.block[this.at + orderField.limitPrice] = limitPrice;
  }

  /** Changes the size. */
  resize(size: number): void {
    this.block[this.at + orderField.size] = size;
  }

  /** Sets the status, and the reason for it, that the strategy sees. */
  show(status: OrderStatus, reason: string | undefined): void {
    this.block[this.at + orderField.status] = orderStatuses.indexOf(status);
    if (status === 'margin' || status === 'rejected') this.rows.hasRefusals = true;
    if (reason !== undefined) this.rows.reasons.set(this.read(orderField.ref), reason);
  }

  /** Notes that it ended at the present close of its data, without being completed. */
  end(): void {
    const { block, at } = this;
    timelineOf(this.rows.dataOf(this.read(orderField.kind))).writeClose(block, at + orderField.endedTime);
  }

  /** Links the latest fill; the blotter links the fills before it. */
  linkFill(blotter: Blotter, row: number): void {
    this.rows.blotter = blotter;
    this.block[this.at + orderField.lastFill] = row;
    const { tag } = this;
    if (tag !== undefined) blotter.tags.set(row, tag);
  }
}
