/** The numbers of one strategy's orders, a row each. */
import { blockRows, orderTypes, unsetNumbers, type OrderType, type Side } from '../../core/index.ts';
import { timelineOf, type Data } from '../../lines/index.ts';
import type { Blotter } from '../accounting/fill-blotter.ts';

// Where each number lies in a row. The kind packs data, type and side; the last fill is its row in the blotter, or -1.
export const sizeField = 0;
export const priceField = 1;
export const limitPriceField = 2;
export const createdTimeField = 3;
export const createdCloseField = 4;
export const refField = 5;
export const tradeIdField = 6;
export const kindField = 7;
export const lastFillField = 8;
export const statusField = 9;

const stride = 10;

/**
 * What the orders of one strategy share. An order holds its block of numbers and where in it its own begin, and hardly anything
 * else: a run has tens of thousands of them. A block lives as long as one of its orders does.
 */
export class OrderRows {
  /** What its orders were filled in; undefined before the first fill. */
  blotter: Blotter | undefined;
  /** Why orders were refused, cancelled or expired, by number of the order. */
  readonly reasons = new Map<number, string>();
  /** The block that the latest row is in, and where in it that begins. */
  block = unsetNumbers(0);
  at = -stride;
  private readonly datas: readonly Data[];

  constructor(datas: readonly Data[]) {
    this.datas = datas;
  }

  /** Makes the row of a new order the latest. */
  add(
    ref: number,
    data: Data,
    side: Side,
    type: OrderType,
    tradeId: number,
    size: number,
    price: number,
    limitPrice: number,
    createdClose: number,
  ): void {
    this.at += stride;
    if (this.at >= this.block.length) {
      this.block = unsetNumbers(blockRows * stride);
      this.at = 0;
    }
    const { block, at } = this;
    block[at + sizeField] = size;
    block[at + priceField] = price;
    block[at + limitPriceField] = limitPrice;
    timelineOf(data).writeClose(block, at + createdTimeField);
    block[at + createdCloseField] = createdClose;
    block[at + refField] = ref;
    block[at + tradeIdField] = tradeId;
    block[at + kindField] = this.datas.indexOf(data) * 16 + orderTypes.indexOf(type) * 2 + (side === 'sell' ? 1 : 0);
    block[at + lastFillField] = -1;
    block[at + statusField] = 0;
  }

  /** The data that a row's kind names. */
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
