/** One symbol's resting orders in price-time priority, in whole ticks and lots. */
import type { Side } from '../../core/index.ts';

/** An order, or the rest of one, waiting in the book. Without an owner it is the crowd's. */
export interface Resting {
  readonly id: number;
  readonly owner: string | undefined;
  readonly side: Side;
  /** In ticks. */
  readonly price: number;
  /** In lots, above 0. */
  left: number;
}

/** One level: its orders, earliest first. */
interface Level {
  readonly queue: Resting[];
  total: number;
}

/** Bids or asks: levels by price, with the best at hand. */
export class BookSide {
  readonly side: Side;
  /** Prices with orders, the best last. */
  readonly #prices: number[] = [];
  readonly #levels = new Map<number, Level>();

  constructor(side: Side) {
    this.side = side;
  }

  /** How many levels there are. */
  get size(): number {
    return this.#prices.length;
  }

  /** The best price; undefined when nothing rests here. */
  get best(): number | undefined {
    return this.#prices.at(-1);
  }

  /** The worst price; undefined when nothing rests here. */
  get worst(): number | undefined {
    return this.#prices[0];
  }

  /** The total size at a price, 0 if nothing rests there. */
  total(price: number): number {
    return this.#levels.get(price)?.total ?? 0;
  }

  /** The order that trades first; undefined when nothing rests here. */
  get first(): Resting | undefined {
    const best = this.best;
    return best === undefined ? undefined : this.#levels.get(best)!.queue[0];
  }

  /** The orders at a price, earliest first. */
  at(price: number): readonly Resting[] {
    return this.#levels.get(price)?.queue ?? [];
  }

  /** The levels, best first. */
  *levels(): Generator<readonly [price: number, size: number]> {
    for (let i = this.#prices.length - 1; i >= 0; i--) {
      const price = this.#prices[i]!;
      yield [price, this.#levels.get(price)!.total];
    }
  }

  /** The orders in the order in which they would trade. */
  *orders(): Generator<Resting> {
    for (let i = this.#prices.length - 1; i >= 0; i--) yield* this.#levels.get(this.#prices[i]!)!.queue;
  }

  /** Joins the end of its level's queue. */
  add(order: Resting): void {
    let level = this.#levels.get(order.price);
    if (level === undefined) {
      level = { queue: [], total: 0 };
      this.#levels.set(order.price, level);
      this.#prices.splice(this.#place(order.price), 0, order.price);
    }
    level.queue.push(order);
    level.total += order.left;
  }

  /** Reduces an order; it leaves the book when no lots are left. */
  reduce(order: Resting, lots: number): void {
    const level = this.#levels.get(order.price)!;
    order.left -= lots;
    level.total -= lots;
    if (order.left === 0) this.#leave(level, order);
  }

  /** Removes an order. */
  remove(order: Resting): void {
    const level = this.#levels.get(order.price)!;
    level.total -= order.left;
    this.#leave(level, order);
  }

  /** Whether a price on this side is at least as good for the other side as `limit`; always true without a limit. */
  reaches(price: number, limit: number | undefined): boolean {
    if (limit === undefined) return true;
    return this.side === 'buy' ? price >= limit : price <= limit;
  }

  #leave(level: Level, order: Resting): void {
    if (level.queue[0] === order) level.queue.shift();
    else level.queue.splice(level.queue.indexOf(order), 1);
    if (level.queue.length > 0) return;
    this.#levels.delete(order.price);
    this.#prices.splice(this.#place(order.price), 1);
  }

  /** The index of a price among the prices, or where it would be inserted. */
  #place(price: number): number {
    const rising = this.side === 'buy';
    let low = 0;
    let high = this.#prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#prices[middle]!;
      if (rising ? other < price : other > price) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Both sides of a symbol. */
export class OrderBook {
  readonly bids = new BookSide('buy');
  readonly asks = new BookSide('sell');

  /** The side on which orders of this side rest. */
  own(side: Side): BookSide {
    return side === 'buy' ? this.bids : this.asks;
  }

  /** The side that orders of this side trade against. */
  other(side: Side): BookSide {
    return side === 'buy' ? this.asks : this.bids;
  }
}
