/** Recorded trades and book changes in columns: one row for each trade and for each changed level. */
import { ConfigError, DataError, type MarketEvent } from '../../core/index.ts';

/** The kinds of rows. */
export const tickKind = { trade: 0, level: 1, clear: 2 } as const;

const firstCapacity = 4_096;

/**
 * Trades and book changes of one symbol, in the order in which they were received.
 *
 * A row has the exchange's time, the time of receipt, a side (a trade's taker side; 1 for bids and -1 for asks of a level), a price and a size (a level's new total, 0 where it is gone). A row of kind `clear` begins a book that replaces the previous one. The rows of one
 * update follow each other, and the last of them is marked.
 *
 * ```ts
 * const ticks = new MarketTicks();
 * ticks.addBook(1_000, 1_005, [[100, 2]], [[101, 3]], { isWhole: true });
 * ticks.addTrade(1_010, 1_015, 'buy', 101, 0.5);
 * ```
 */
export class MarketTicks {
  /** Rows so far. */
  count = 0;
  /** Exchange time of each row, milliseconds UTC; it never falls among trades, nor among book changes. */
  time = new Float64Array(firstCapacity);
  /** When each row was received, milliseconds UTC; never falling. */
  receiveTime = new Float64Array(firstCapacity);
  /** 1 for buyers and bids, -1 for sellers and asks. */
  side = new Int8Array(firstCapacity);
  /** Prices, in quote units. */
  price = new Float64Array(firstCapacity);
  /** Units. */
  size = new Float64Array(firstCapacity);
  /** The kind of each row: 0 a trade, 1 a level, 2 the beginning of a whole book. */
  kind = new Uint8Array(firstCapacity);
  /** 1 for the last row of an update. */
  isLast = new Uint8Array(firstCapacity);
  #tradeTime = -Infinity;
  #bookTime = -Infinity;
  #received = -Infinity;
  #hasBook = false;

  /** Adds trades and books of events; other events are skipped. */
  static from(events: Iterable<MarketEvent>): MarketTicks {
    const ticks = new MarketTicks();
    for (const event of events) ticks.add(event);
    return ticks;
  }

  /** Adds a trade or an update of a book; other events, and backfilled trades, are skipped. */
  add(event: MarketEvent): void {
    if (event.type === 'trade') {
      if (!event.backfill) this.addTrade(event.time, event.receiveTime, event.side, event.price, event.size);
    } else if (event.type === 'book') {
      const { time, receiveTime, bids, asks, kind } = event;
      this.addBook(time, receiveTime, bids, asks, { isWhole: kind === 'snapshot' });
    }
  }

  /** Adds a trade. @param side - The taker's. @throws {DataError} If a number cannot be a market's. */
  addTrade(time: number | undefined, receiveTime: number, side: 'buy' | 'sell', price: number, size: number): void {
    if (!(price > 0 && size > 0)) {
      throw new DataError(`row ${this.count}: a trade needs a price and a size above 0, was ${size} at ${price}`);
    }
    this.#tradeTime = Math.max(this.#tradeTime, time ?? this.#latest(receiveTime));
    this.#push(tickKind.trade, this.#tradeTime, receiveTime, side === 'buy' ? 1 : -1, price, size);
    this.isLast[this.count - 1] = 1;
  }

  /** Adds an update of the book: levels with their new total sizes, 0 where they are gone. */
  addBook(
    time: number | undefined,
    receiveTime: number,
    bids: readonly (readonly [price: number, size: number])[],
    asks: readonly (readonly [price: number, size: number])[],
    {
      isWhole = false,
    }: {
      /** Whether the levels replace the book. Default false. */
      readonly isWhole?: boolean;
    } = {},
  ): void {
    if (bids.length === 0 && asks.length === 0 && !isWhole) return;
    this.#bookTime = Math.max(this.#bookTime, time ?? this.#latest(receiveTime));
    if (isWhole) this.#push(tickKind.clear, this.#bookTime, receiveTime, 1, 0, 0);
    for (const [price, size] of bids) this.#push(tickKind.level, this.#bookTime, receiveTime, 1, price, size);
    for (const [price, size] of asks) this.#push(tickKind.level, this.#bookTime, receiveTime, -1, price, size);
    this.isLast[this.count - 1] = 1;
    this.#hasBook = true;
  }

  /** Whether it has an update of the book. */
  get hasBook(): boolean {
    return this.#hasBook;
  }

  /**
   * How far the receiver's clock is behind the exchange's, milliseconds, by the smallest difference of their times; 0 where it is not
   * behind.
   */
  get clockSkew(): number {
    let least = Infinity;
    for (let k = 0; k < this.count; k++) least = Math.min(least, this.receiveTime[k]! - this.time[k]!);
    return least < 0 ? -least : 0;
  }

  /** The rows before a moment of receipt. */
  before(receiveTime: number): MarketTicks {
    const part = new MarketTicks();
    for (let k = 0; k < this.count && this.receiveTime[k]! < receiveTime; k++) {
      part.#push(this.kind[k]!, this.time[k]!, this.receiveTime[k]!, this.side[k]!, this.price[k]!, this.size[k]!);
      part.isLast[k] = this.isLast[k]!;
    }
    part.#hasBook = this.#hasBook;
    return part;
  }

  /** The exchange's time where an event has none: that of the latest event, at first the time of receipt. */
  #latest(receiveTime: number): number {
    const latest = Math.max(this.#tradeTime, this.#bookTime);
    return latest > -Infinity ? latest : receiveTime;
  }

  #push(kind: number, time: number, receiveTime: number, side: number, price: number, size: number): void {
    if (!Number.isFinite(time) || !Number.isFinite(receiveTime)) {
      throw new ConfigError(
        `row ${this.count}: times must be numbers of milliseconds, were ${time} and ${receiveTime}`,
      );
    }
    const at = this.count;
    if (at === this.time.length) this.#grow();
    this.#received = Math.max(this.#received, receiveTime);
    this.kind[at] = kind;
    this.time[at] = time;
    this.receiveTime[at] = this.#received;
    this.side[at] = side;
    this.price[at] = price;
    this.size[at] = size;
    this.isLast[at] = 0;
    this.count = at + 1;
  }

  #grow(): void {
    const length = this.time.length * 2;
    for (const name of ['time', 'receiveTime', 'price', 'size'] as const) {
      const grown = new Float64Array(length);
      grown.set(this[name]);
      this[name] = grown;
    }
    for (const name of ['kind', 'isLast'] as const) {
      const grown = new Uint8Array(length);
      grown.set(this[name]);
      this[name] = grown;
    }
    const side = new Int8Array(length);
    side.set(this.side);
    this.side = side;
  }
}

/** The rows in the order of a column that is nearly sorted; rows with equal values keep their order. */
export function orderOf(values: Float64Array, count: number): Uint32Array {
  const order = new Uint32Array(count);
  let isSorted = true;
  for (let k = 0; k < count; k++) {
    order[k] = k;
    if (k > 0 && values[k]! < values[k - 1]!) isSorted = false;
  }
  return isSorted ? order : order.sort((a, b) => values[a]! - values[b]! || a - b);
}
