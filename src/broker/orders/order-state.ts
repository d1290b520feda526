/** The state behind an order: its row of numbers and its link to the broker, shared by the strategy's view and the broker's. */
import { orderStatuses, type OrderStatus } from '../../core/index.ts';
import type { Blotter } from '../accounting/fill-blotter.ts';
import { orderField, type OrderField, type OrderRows } from './rows.ts';

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
    if (reason !== undefined) this.rows.reasons.set(this.read(orderField.ref), reason);
  }

  /** Links the latest fill; the blotter links the fills before it. */
  linkFill(blotter: Blotter, row: number): void {
    this.rows.blotter = blotter;
    this.block[this.at + orderField.lastFill] = row;
  }
}
