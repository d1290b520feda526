/** The exchange's side of a simulated market with depth: the book, and our orders with their places in its queues. */
import { DepthBook, type Level } from '../../core/index.ts';
import type { QueueModel } from './queue-model.ts';

/** One of our orders while it rests, waits for its stop, or arrives. `T` is what its owner knows it by. */
export interface QueuedOrder<T> {
  /** What its owner knows it by. */
  readonly owner: T;
  /** 1 for a buy, -1 for a sell. */
  readonly sign: 1 | -1;
  /** Limit price; NaN for a market order. */
  price: number;
  /** Price of the trade that triggers it; NaN once it has, and without a stop. */
  stop: number;
  /** Units not executed yet. */
  left: number;
  /** Units ahead of it at its level. */
  ahead: number;
  /** Units traded at its level since the level's size was last published. */
  traded: number;
  /** Whether it ends where it would not execute at once (`ioc`), or not whole (`fok`), or where it would (`post`). */
  readonly flag: 'none' | 'ioc' | 'fok' | 'post';
  /** Last moment of its validity by the exchange's clock; Infinity without one. */
  validUntil: number;
}

/** What happens to orders, in the order in which it happens. */
export interface QueueEvents<T> {
  /** Units were executed. `reached` is the market's price that did it. */
  filled(order: QueuedOrder<T>, units: number, price: number, isMaker: boolean, reached: number): void;
  /** The order has ended without having been executed in full, by the rule of its flag where it has one. */
  ended(order: QueuedOrder<T>, how: 'canceled' | 'expired', reason: string, rule?: string): void;
  /** A post-only order would have taken liquidity at this price. */
  crossed(order: QueuedOrder<T>, market: number): void;
}

/** What is left of a size that arithmetic has used up. */
const rounding = 1e-12;

/**
 * One symbol's market at the exchange. Feed it what the exchange published, in the order of the exchange's time.
 *
 * - An order that crosses the book on arrival takes its levels from the best on. What it took is missing until the level is published again.
 * - A resting order joins the end of its level. Trades at its price move it forward and then execute it; a trade or a book beyond its price
 *   executes it whole, because price goes before time. The queue model decides what canceled orders of others do.
 * - A stop is triggered by a trade.
 */
export class QueueMarket<T> {
  /** The book as the exchange has published it, less what our orders took since. */
  readonly book = new DepthBook();
  readonly #model: QueueModel;
  readonly #events: QueueEvents<T>;
  #orders: QueuedOrder<T>[] = [];
  /** Whether the book is being published whole: levels that do not come are empty. */
  #isFresh = false;
  /** Whether only the best levels are published. */
  #isPartial = false;

  constructor(model: QueueModel, events: QueueEvents<T>) {
    this.#model = model;
    this.#events = events;
  }

  /** Whether any order rests or waits for its stop. */
  get isBusy(): boolean {
    return this.#orders.length > 0;
  }

  /** The orders that rest or wait for their stop, in the order of their arrival. */
  get orders(): readonly QueuedOrder<T>[] {
    return this.#orders;
  }

  /** The book is unknown from here on: its levels are forgotten, and resting orders keep their places. */
  clear(): void {
    this.book.clear();
    this.#isFresh = true;
  }

  /** The exchange published the whole size of a level. Call `settle` after the last level of an update. */
  level(sign: 1 | -1, price: number, size: number): void {
    const before = this.book.side(sign).set(price, size);
    const orders = this.#orders;
    for (let k = 0; k < orders.length; k++) {
      const order = orders[k]!;
      if (order.price !== price || order.sign !== sign || order.stop === order.stop) continue;
      order.ahead = this.#model(order.ahead, Math.max(0, before - order.traded), size);
      order.traded = 0;
    }
  }

  /**
   * The exchange published its best levels, each side best first. What lies beyond them is not known: an order that waits there keeps its
   * place, and one that came there is behind everything that is seen at its price first.
   */
  publish(bids: readonly Level[], asks: readonly Level[]): void {
    this.#isPartial = true;
    this.#publishSide(1, bids);
    this.#publishSide(-1, asks);
    this.settle();
  }

  #publishSide(sign: 1 | -1, levels: readonly Level[]): void {
    const side = this.book.side(sign);
    const worst = levels.length === 0 ? NaN : levels[levels.length - 1]![0];
    const sizes = new Map(levels);
    for (let depth = side.count - 1; depth >= 0; depth--) {
      const price = side.priceAt(depth);
      if (sizes.has(price)) continue;
      if (sign * price < sign * worst) side.set(price, 0);
      else this.level(sign, price, 0);
    }
    for (const [price, size] of levels) this.level(sign, price, size);
    // Nothing is ahead of an order whose price is inside the published levels, and not among them.
    for (const order of this.#orders) {
      if (order.sign !== sign || order.ahead !== Infinity || sizes.has(order.price)) continue;
      if (sign * order.price > sign * worst) order.ahead = 0;
    }
  }

  /** The units ahead of an order that joins a level now; Infinity where its level lies beyond the published ones. */
  #unitsAt(sign: 1 | -1, price: number): number {
    const side = this.book.side(sign);
    if (!this.#isPartial || side.count === 0) return side.sizeAt(price);
    return sign * price < sign * side.priceAt(side.count - 1) ? Infinity : side.sizeAt(price);
  }

  /** An update of the book is complete: resting orders that the other side has reached are executed. */
  settle(): void {
    const isFresh = this.#isFresh;
    this.#isFresh = false;
    if (this.#orders.length === 0) return;
    if (isFresh) {
      for (const order of this.#orders)
        order.ahead = Math.min(order.ahead, this.book.side(order.sign).sizeAt(order.price));
    }
    const bid = this.book.bids.best;
    const ask = this.book.asks.best;
    // A bid above the ask is no market.
    if (bid >= ask) return;
    for (const order of [...this.#orders]) {
      if (order.stop === order.stop) continue;
      const touch = order.sign > 0 ? ask : bid;
      if (order.sign > 0 ? touch <= order.price : touch >= order.price) this.#fill(order, order.left, order.price, true, touch); // prettier-ignore
    }
    this.#sweep();
  }

  /** A trade was printed. @param sign - 1 where the taker bought. */
  trade(sign: 1 | -1, price: number, size: number): void {
    if (this.#orders.length === 0) return;
    let isTriggered = false;
    let own = 0;
    const orders = this.#orders;
    for (let k = 0; k < orders.length; k++) {
      const order = orders[k]!;
      if (order.stop === order.stop) {
        if (order.sign > 0 ? price >= order.stop : price <= order.stop) isTriggered = true;
        continue;
      }
      if (order.sign === sign) continue;
      if (order.price === price) {
        order.ahead -= size;
        order.traded += size;
        const units = Math.min(order.left, -order.ahead - own);
        if (order.ahead < 0 && units > 0) {
          own += units;
          this.#fill(order, units, price, true, price);
        }
        if (order.ahead < 0) order.ahead = 0;
      } else if (order.sign > 0 ? price < order.price : price > order.price) {
        this.#fill(order, order.left, order.price, true, price);
      }
    }
    if (isTriggered) this.#trigger(price);
    this.#sweep();
  }

  /** The exchange's clock: orders whose validity has ended expire. */
  expire(time: number): void {
    for (const order of this.#orders) {
      if (time < order.validUntil) continue;
      order.left = 0;
      this.#events.ended(order, 'expired', 'its validity ended');
    }
    this.#sweep();
  }

  /** An order arrives at the exchange. */
  arrive(order: QueuedOrder<T>): void {
    if (order.stop === order.stop) this.#orders.push(order);
    else this.#meet(order);
    this.#sweep();
  }

  /** A request to cancel arrives. @returns False when the order has ended. */
  cancel(owner: T): boolean {
    const order = this.#orders.find((one) => one.owner === owner);
    if (order === undefined) return false;
    order.left = 0;
    this.#sweep();
    return true;
  }

  /**
   * A request to change an order arrives. A smaller size at the same price keeps the place in the queue; everything else loses it.
   *
   * @returns False when the order has ended.
   */
  amend(owner: T, change: { price: number; stop: number; left: number; validUntil: number }): boolean {
    const order = this.#orders.find((one) => one.owner === owner);
    if (order === undefined) return false;
    const isMoved = order.price !== change.price || change.left > order.left;
    order.validUntil = change.validUntil;
    if (order.stop === order.stop) {
      Object.assign(order, change);
      return true;
    }
    order.left = change.left;
    if (!isMoved) return true;
    order.price = change.price;
    this.#orders = this.#orders.filter((one) => one !== order);
    this.#meet(order);
    this.#sweep();
    return true;
  }

  /** An order meets the book: it takes, rests, or ends. */
  #meet(order: QueuedOrder<T>): void {
    const { sign, flag } = order;
    const other = this.book.side(sign > 0 ? -1 : 1);
    const isMarket = order.price !== order.price;
    const reaches = (price: number): boolean => isMarket || (sign > 0 ? price <= order.price : price >= order.price);
    const best = other.best;
    const crosses = other.count > 0 && reaches(best);
    if (flag === 'post' && crosses) {
      order.left = 0;
      this.#events.crossed(order, best);
      return;
    }
    if (flag === 'fok') {
      let there = 0;
      for (let k = 0; k < other.count && there < order.left && reaches(other.priceAt(k)); k++) there += other.sizeOf(k);
      if (there < order.left) {
        const reason = `fill or kill: the book has ${there} of ${order.left} units within its price`;
        this.#end(order, reason, 'fok');
        return;
      }
    }
    while (order.left > 0 && other.count > 0 && reaches(other.best)) {
      const { best: price, bestSize } = other;
      const units = Math.min(order.left, bestSize);
      const rest = bestSize - units;
      other.set(price, rest > bestSize * rounding ? rest : 0);
      this.#fill(order, units, price, false, price);
    }
    if (!(order.left > 0)) return;
    if (isMarket) this.#end(order, `the book ended before ${order.left} units of the market order`);
    else if (flag === 'ioc')
      this.#end(order, `immediate or cancel: nothing more rests within its price ${order.price}`, 'ioc'); // prettier-ignore
    else {
      order.ahead = this.#unitsAt(sign, order.price);
      order.traded = 0;
      this.#orders.push(order);
    }
  }

  #trigger(price: number): void {
    const reached = this.#orders.filter(
      ({ sign, stop }) => stop === stop && (sign > 0 ? price >= stop : price <= stop),
    );
    this.#orders = this.#orders.filter((order) => !reached.includes(order));
    for (const order of reached) {
      order.stop = NaN;
      this.#meet(order);
    }
  }

  #fill(order: QueuedOrder<T>, units: number, price: number, isMaker: boolean, reached: number): void {
    if (!(units > 0)) return;
    const left = order.left - units;
    order.left = left > units * rounding ? left : 0;
    this.#events.filled(order, units, price, isMaker, reached);
  }

  #end(order: QueuedOrder<T>, reason: string, rule?: string): void {
    order.left = 0;
    this.#events.ended(order, 'canceled', reason, rule);
  }

  #sweep(): void {
    const orders = this.#orders;
    for (let k = 0; k < orders.length; k++) {
      if (orders[k]!.left > 0) continue;
      this.#orders = orders.filter(({ left }) => left > 0);
      return;
    }
  }
}
