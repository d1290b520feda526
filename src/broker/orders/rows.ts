/** The numbers of one strategy's orders, a row each. */
import {
  blockRows,
  orderTypes,
  unsetBlock,
  unsetNumbers,
  wordNumber,
  type OrderType,
  type Side,
} from '../../core/index.ts';
import { timelineOf, type Data } from '../../lines/index.ts';
import type { Blotter } from '../accounting/fill-blotter.ts';
import type { TradeExit } from '../accounting/trade.ts';

/** Where each number of an order lies in its row. `kind` packs data, type and side; `lastFill` is a row of the blotter, or -1. */
export const orderField = {
  size: 0,
  price: 1,
  limitPrice: 2,
  createdTime: 3,
  createdClose: 4,
  ref: 5,
  tradeId: 6,
  kind: 7,
  lastFill: 8,
  status: 9,
  endedTime: 10,
} as const;

/** One of the numbers of an order. */
export type OrderField = (typeof orderField)[keyof typeof orderField];

const stride = Object.keys(orderField).length;

/**
 * What the orders of one strategy share: their numbers, in blocks of rows. A run has tens of thousands of orders, so that an order holds
 * little more than its block and the offset of its row. A block lives as long as one of its orders does.
 */
export class OrderRows {
  /** The blotter that holds the fills; undefined before the first fill. */
  blotter: Blotter | undefined;
  /** Why orders were refused, canceled or expired, by the order's number. */
  readonly reasons = new Map<number, string>();
  /** Tags of orders, and how trades that they end are said to have ended, by the order's number. */
  readonly tags = new Map<number, string>();
  readonly exits = new Map<number, TradeExit>();
  /** The rules that refused orders, by the order's number. */
  readonly rules = new Map<number, string>();
  /** Whether a strategy was notified that an order was refused. */
  hasRefusals = false;
  /** The block of the latest row, and the row's offset in it. */
  block = unsetNumbers(0);
  at = -stride;
  private readonly datas: readonly Data[];

  constructor(datas: readonly Data[]) {
    this.datas = datas;
  }

  /**
   * Adds the row of a new order.
   *
   * @param limitPrice - Default: `price`.
   */
  add(
    ref: number,
    data: Data,
    side: Side,
    type: OrderType,
    tradeId: number,
    size: number,
    price: number,
    limitPrice: number | undefined,
    createdClose: number,
  ): void {
    this.at += stride;
    if (this.at >= this.block.length) {
      this.block = unsetBlock(blockRows * stride);
      this.at = 0;
    }
    const { block, at } = this;
    block[at + orderField.size] = size;
    block[at + orderField.price] = price;
    // Stored twice, because V8 boxes what may be a price or undefined.
    block[at + orderField.limitPrice] = price;
    if (limitPrice !== undefined) block[at + orderField.limitPrice] = limitPrice;
    timelineOf(data).writeClose(block, at + orderField.createdTime);
    block[at + orderField.createdClose] = createdClose;
    block[at + orderField.ref] = ref;
    block[at + orderField.tradeId] = tradeId;
    block[at + orderField.kind] =
      this.numberOf(data) * 16 + wordNumber(orderTypes, type) * 2 + (side === 'sell' ? 1 : 0);
    block[at + orderField.lastFill] = -1;
    block[at + orderField.status] = 0;
    block[at + orderField.endedTime] = NaN;
  }

  private numberOf(data: Data): number {
    const { datas } = this;
    let k = 0;
    while (datas[k] !== data) k++;
    return k;
  }

  /** The data of a row's `kind`. */
  dataOf(kind: number): Data {
    return this.datas[kind >> 4]!;
  }
}

export function typeOf(kind: number): OrderType {
  return orderTypes[(kind >> 1) & 7]!;
}

export function sideOf(kind: number): Side {
  return (kind & 1) === 0 ? 'buy' : 'sell';
}
