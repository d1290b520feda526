/** Changes of an order that its strategy sees: the broker makes them, in the order's row of numbers and in what its rows share. */
import { orderStatuses, wordNumber, type OrderStatus, type OrderType } from '../../core/index.ts';
import { timelineOf } from '../../lines/index.ts';
import type { Blotter } from '../accounting/fill-blotter.ts';
import type { TradeExit } from '../accounting/trade.ts';
import { blockOf, offsetOf, rowsOf, type Order } from './order.ts';
import { orderField } from './rows.ts';

const exitByType: Readonly<Record<OrderType, TradeExit>> = {
  market: 'signal',
  close: 'time',
  limit: 'target',
  stop: 'stop',
  stopLimit: 'stop',
  stopTrail: 'trail',
  stopTrailLimit: 'trail',
};

/** What a trade that this order ends is said to have ended by. */
export function exitOf(order: Order): TradeExit {
  const { exits } = rowsOf(order);
  const given = exits.size === 0 ? undefined : exits.get(order.ref);
  return given ?? exitByType[order.type];
}

/** The row of its first fill in the blotter; Infinity before there is one. */
export function firstFillOf(order: Order): number {
  const { blotter } = rowsOf(order);
  let first = Infinity;
  for (let row = blockOf(order)[offsetOf(order) + orderField.lastFill]!; row >= 0; row = blotter!.previous(row)) {
    first = row;
  }
  return first;
}

/** Moves the prices of an order: those of a trailing one, or by an amendment. */
export function movePrices(order: Order, price: number, limitPrice: number): void {
  const block = blockOf(order);
  const at = offsetOf(order);
  block[at + orderField.price] = price;
  block[at + orderField.limitPrice] = limitPrice;
}

/** Changes the size of an order. */
export function resize(order: Order, size: number): void {
  blockOf(order)[offsetOf(order) + orderField.size] = size;
}

/** Sets the status, and the reason for it, that the strategy sees. */
export function showStatus(order: Order, status: OrderStatus, reason: string | undefined): void {
  blockOf(order)[offsetOf(order) + orderField.status] = wordNumber(orderStatuses, status);
  if (status === 'margin' || status === 'rejected') rowsOf(order).hasRefusals = true;
  if (reason !== undefined) rowsOf(order).reasons.set(order.ref, reason);
}

/** Notes that an order ended at the present close of its data, without being completed. */
export function noteEnd(order: Order): void {
  timelineOf(order.data).writeClose(blockOf(order), offsetOf(order) + orderField.endedTime);
}

/** Links the latest fill of an order; the blotter links the fills before it. */
export function linkFill(order: Order, blotter: Blotter, row: number): void {
  rowsOf(order).blotter = blotter;
  blockOf(order)[offsetOf(order) + orderField.lastFill] = row;
  const { tag } = order;
  if (tag !== undefined) blotter.tags.set(row, tag);
}

/** Shows the name of the rule that refused or ended an order. */
export function refuseBy(order: Order, rule: string): void {
  rowsOf(order).rules.set(order.ref, rule);
}
