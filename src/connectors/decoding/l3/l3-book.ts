/** A book order by order: every resting order under its id, and at each price the queue in which orders are filled. */
import { DataError, ExactDecimal, type Level, type RestingOrder } from '../../../core/index.ts';
import { numberOf } from '../numbers.ts';
import type { L3Message } from '../book-message.ts';

/** One order that rests. Prices and sizes keep the exchange's own digits beside the float. */
interface Order {
  readonly id: string;
  readonly isBid: boolean;
  readonly level: PriceLevel;
  size: number;
  sizeText: string;
}

/** The orders of one price, the one that is filled first at the front. */
interface PriceLevel {
  readonly price: number;
  readonly text: string;
  readonly orders: Map<string, Order>;
}

/** An order that rests in a book of single orders. */
export interface L3Order {
  /** Whether it buys or sells. */
  readonly side: 'buy' | 'sell';
  /** Its limit price, in quote units. */
  readonly price: number;
  /** Units not filled yet. */
  readonly size: number;
}

/** The orders that a message changed, with their remaining sizes. */
export interface L3Changes {
  readonly bids: readonly RestingOrder<string>[];
  readonly asks: readonly RestingOrder<string>[];
}

/** Every resting order of one symbol, changed in place. `version` counts the changes. */
export class L3Book {
  /** The unified symbol, such as `BTC/USD`. */
  readonly symbol: string;
  /** Grows with each change, so that a reader sees whether it has to look again. */
  version = 0;
  /** The exchange's number of the latest change; undefined where it has none. */
  sequence: number | undefined;
  /** Exchange time of the latest change, milliseconds UTC. */
  time: number | undefined;
  readonly #orders = new Map<string, Order>();
  /** Levels by price, and in order with the best one last. */
  readonly #sides = { bids: new Side(1), asks: new Side(-1) };

  constructor(symbol: string) {
    this.symbol = symbol;
  }

  /** How many orders rest. */
  get orderCount(): number {
    return this.#orders.size;
  }

  /** Both best prices; NaN for a side that is empty. */
  get best(): readonly [bid: number, ask: number] {
    return [this.#sides.bids.best?.price ?? NaN, this.#sides.asks.best?.price ?? NaN];
  }

  /** Whether the best bid is at or above the best ask. */
  get crossed(): boolean {
    const [bid, ask] = this.best;
    return bid >= ask;
  }

  /** Removes every order. */
  clear(): void {
    this.#orders.clear();
    this.#sides.bids.clear();
    this.#sides.asks.clear();
    this.sequence = undefined;
    this.time = undefined;
    this.version++;
  }

  /**
   * Replaces the book by the orders of a message.
   *
   * @internal
   */
  load({ bids, asks }: L3Message): void {
    this.#orders.clear();
    this.#sides.bids.clear();
    this.#sides.asks.clear();
    for (const row of bids) this.#set(row, true);
    for (const row of asks) this.#set(row, false);
  }

  /**
   * Changes the book as a message says, and returns every changed order with its remaining size. An unknown order cannot shrink.
   *
   * @internal
   */
  apply({ bids, asks, removed = [], reduced = [], resized = [] }: L3Message): L3Changes {
    const changes = { bids: [] as RestingOrder<string>[], asks: [] as RestingOrder<string>[] };
    const changed = (order: Order, size: string): void => {
      (order.isBid ? changes.bids : changes.asks).push([order.id, order.level.text, size]);
    };
    for (const isBid of [true, false]) {
      for (const row of isBid ? bids : asks) {
        const before = this.#orders.get(row[0]);
        // An order that changes sides is removed from its old side.
        if (before !== undefined && before.isBid !== isBid) changed(before, '0');
        if (before === undefined && numberOf(row[2]) === 0) continue;
        this.#set(row, isBid);
        (isBid ? changes.bids : changes.asks).push(row);
      }
    }
    for (const [id, by] of reduced) {
      const order = this.#orders.get(id);
      if (order === undefined) continue;
      const left = new ExactDecimal(order.sizeText).minus(by);
      this.#resize(order, left.isNegative() ? '0' : left.toFixed());
      changed(order, order.sizeText);
    }
    for (const [id, size] of resized) {
      const order = this.#orders.get(id);
      if (order === undefined) continue;
      this.#resize(order, size);
      changed(order, order.sizeText);
    }
    for (const id of removed) {
      const order = this.#orders.get(id);
      if (order === undefined) continue;
      this.#remove(order);
      changed(order, '0');
    }
    return changes;
  }

  /** An order by its id; undefined when it does not rest. */
  order(id: string): L3Order | undefined {
    const order = this.#orders.get(id);
    return order && { side: order.isBid ? 'buy' : 'sell', price: order.level.price, size: order.size };
  }

  /** Units ahead of an order in the queue at its price; undefined when it does not rest. */
  ahead(id: string): number | undefined {
    const order = this.#orders.get(id);
    if (order === undefined) return undefined;
    let sum = 0;
    for (const other of order.level.orders.values()) {
      if (other === order) break;
      sum += other.size;
    }
    return sum;
  }

  /** The orders of a side, of the best `depth` prices: the best price first, and at each price the order that is filled first. */
  orders(side: 'bids' | 'asks', depth = Infinity): RestingOrder[] {
    return this.#rows(side, depth, ({ id, level, size }) => [id, level.price, size]);
  }

  /** The same in the exchange's own digits. */
  texts(side: 'bids' | 'asks', depth = Infinity): RestingOrder<string>[] {
    return this.#rows(side, depth, ({ id, level, sizeText }) => [id, level.text, sizeText]);
  }

  /** The best `depth` prices of a side with the units of all orders there: the level 2 book. */
  levels(side: 'bids' | 'asks', depth = Infinity): Level[] {
    return this.#sides[side].top(depth).map(({ price, orders }) => {
      let sum = 0;
      for (const { size } of orders.values()) sum += size;
      return [price, sum];
    });
  }

  #rows<T>(side: 'bids' | 'asks', depth: number, row: (order: Order) => T): T[] {
    return this.#sides[side].top(depth).flatMap(({ orders }) => [...orders.values()].map(row));
  }

  /** Sets the remaining size of an order. At another price or with more units it goes to the end of the queue, as at every exchange. */
  #set([id, price, size]: RestingOrder<string>, isBid: boolean): void {
    const before = this.#orders.get(id);
    const units = numberOf(size);
    if (before !== undefined) {
      const isSamePlace = before.isBid === isBid && before.level.price === numberOf(price) && units <= before.size;
      if (isSamePlace && units > 0) {
        this.#resize(before, size);
        return;
      }
      this.#remove(before);
    }
    if (!(units > 0)) return;
    const level = this.#sides[isBid ? 'bids' : 'asks'].at(numberOf(price), price);
    const order = { id, isBid, level, size: units, sizeText: size };
    level.orders.set(id, order);
    this.#orders.set(id, order);
  }

  #resize(order: Order, size: string): void {
    order.sizeText = size;
    order.size = numberOf(size);
    if (!(order.size > 0)) this.#remove(order);
  }

  #remove(order: Order): void {
    this.#orders.delete(order.id);
    order.level.orders.delete(order.id);
    if (order.level.orders.size === 0) this.#sides[order.isBid ? 'bids' : 'asks'].drop(order.level);
  }
}

/** The prices of one side. */
class Side {
  readonly #sign: 1 | -1;
  /** The best price last, where most changes happen. */
  readonly #levels: PriceLevel[] = [];

  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  get best(): PriceLevel | undefined {
    return this.#levels.at(-1);
  }

  clear(): void {
    this.#levels.length = 0;
  }

  top(depth: number): PriceLevel[] {
    const levels = this.#levels;
    return Array.from({ length: Math.min(depth, levels.length) }, (_, rank) => levels[levels.length - 1 - rank]!);
  }

  /** The level of a price, made where there is none. */
  at(price: number, text: string): PriceLevel {
    const place = this.#find(price);
    const found = this.#levels[place];
    if (found?.price === price) return found;
    const level = { price, text, orders: new Map<string, Order>() };
    this.#levels.splice(place, 0, level);
    return level;
  }

  drop(level: PriceLevel): void {
    const place = this.#find(level.price);
    if (this.#levels[place] === level) this.#levels.splice(place, 1);
  }

  /** The first place, counted from the worst price, whose price is not worse. */
  #find(price: number): number {
    const key = price * this.#sign;
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#levels[middle]!.price * this.#sign < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A book of single orders at the moment of one update. Once the book has moved on every read throws, so that two states are never mixed. */
export class L3View {
  readonly #book: L3Book;
  readonly #version: number;

  constructor(book: L3Book) {
    this.#book = book;
    this.#version = book.version;
  }

  /** The unified symbol, such as `BTC/USD`. */
  get symbol(): string {
    return this.#book.symbol;
  }

  /** Whether the book is still the one this view was made for. */
  get current(): boolean {
    return this.#book.version === this.#version;
  }

  /** How many orders rest. */
  get orderCount(): number {
    return this.#now().orderCount;
  }

  /** An order by its id; undefined when it does not rest. */
  order(id: string): L3Order | undefined {
    return this.#now().order(id);
  }

  /** Units ahead of an order in the queue at its price; undefined when it does not rest. */
  ahead(id: string): number | undefined {
    return this.#now().ahead(id);
  }

  /**
   * The orders of a side, of the best `depth` prices: the best price first, and at each price the order that is filled first. Safe to keep.
   */
  orders(side: 'bids' | 'asks', depth = Infinity): readonly RestingOrder[] {
    return this.#now().orders(side, depth);
  }

  /** The same in the exchange's own digits. */
  texts(side: 'bids' | 'asks', depth = Infinity): readonly RestingOrder<string>[] {
    return this.#now().texts(side, depth);
  }

  /** The best `depth` prices of a side with the units of all orders there: the level 2 book. Safe to keep. */
  levels(side: 'bids' | 'asks', depth = Infinity): readonly Level[] {
    return this.#now().levels(side, depth);
  }

  #now(): L3Book {
    if (this.#book.version === this.#version) return this.#book;
    throw new DataError(
      `this view of the orders of ${this.#book.symbol} is of update ${this.#version} but the book is at ${this.#book.version}; keep orders() instead`,
      { code: 'old-book-view', context: { symbol: this.#book.symbol } },
    );
  }
}
