/** A book of price levels in columns, for simulation: cheap to change near the best price, and read without allocation. */
import type { Level } from './events.ts';

const firstCapacity = 256;
/** Levels from the best that are looked at one by one before the search halves the rest. */
const nearLevels = 8;

/** One side of a book. Levels are sorted with the best price last, where most changes happen. */
export class DepthSide {
  /** How many levels it has. */
  count = 0;
  readonly #sign: 1 | -1;
  #prices = new Float64Array(firstCapacity);
  #sizes = new Float64Array(firstCapacity);

  /** @param sign - 1 for bids: the highest price is the best. -1 for asks: the lowest is. */
  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  /** The best price; NaN while the side is empty. */
  get best(): number {
    return this.count === 0 ? NaN : this.#prices[this.count - 1]!;
  }

  /** Units at the best price; 0 while the side is empty. */
  get bestSize(): number {
    return this.count === 0 ? 0 : this.#sizes[this.count - 1]!;
  }

  /** The price of a level, 0 being the best; NaN beyond the last. */
  priceAt(depth: number): number {
    return depth < this.count ? this.#prices[this.count - 1 - depth]! : NaN;
  }

  /** Units at a level, 0 being the best; 0 beyond the last. */
  sizeOf(depth: number): number {
    return depth < this.count ? this.#sizes[this.count - 1 - depth]! : 0;
  }

  /** Units at a price; 0 where there is no level. */
  sizeAt(price: number): number {
    const at = this.#find(price);
    return at >= 0 ? this.#sizes[at]! : 0;
  }

  /**
   * Sets the whole size at a price; 0 removes the level.
   *
   * @returns The size that was there before.
   */
  set(price: number, size: number): number {
    const at = this.#find(price);
    if (at >= 0) {
      const before = this.#sizes[at]!;
      if (size > 0) this.#sizes[at] = size;
      else {
        this.#prices.copyWithin(at, at + 1, this.count);
        this.#sizes.copyWithin(at, at + 1, this.count);
        this.count--;
      }
      return before;
    }
    if (!(size > 0)) return 0;
    if (this.count === this.#prices.length) this.#grow();
    const to = ~at;
    if (to < this.count) {
      this.#prices.copyWithin(to + 1, to, this.count);
      this.#sizes.copyWithin(to + 1, to, this.count);
    }
    this.#prices[to] = price;
    this.#sizes[to] = size;
    this.count++;
    return 0;
  }

  /** Removes every level. */
  clear(): void {
    this.count = 0;
  }

  /** The best levels, the best first. */
  levels(most: number): Level[] {
    const length = Math.min(most, this.count);
    const last = this.count - 1;
    return Array.from({ length }, (_, k) => [this.#prices[last - k]!, this.#sizes[last - k]!] as const);
  }

  /** The index of a price, or the complement of where it belongs. */
  #find(price: number): number {
    const sign = this.#sign;
    const prices = this.#prices;
    let high = this.count - 1;
    const near = Math.max(0, this.count - nearLevels);
    for (; high >= near; high--) {
      const seen = prices[high]!;
      if (seen === price) return high;
      if (sign * seen < sign * price) return ~(high + 1);
    }
    let low = 0;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const seen = prices[middle]!;
      if (seen === price) return middle;
      if (sign * seen < sign * price) low = middle + 1;
      else high = middle - 1;
    }
    return ~low;
  }

  #grow(): void {
    const prices = new Float64Array(this.#prices.length * 2);
    const sizes = new Float64Array(prices.length);
    prices.set(this.#prices);
    sizes.set(this.#sizes);
    this.#prices = prices;
    this.#sizes = sizes;
  }
}

/** Both sides of a book. */
export class DepthBook {
  /** The buying side: the highest price is the best. */
  readonly bids = new DepthSide(1);
  /** The selling side: the lowest price is the best. */
  readonly asks = new DepthSide(-1);

  /** The side on which orders to buy (1) or to sell (-1) rest. */
  side(sign: 1 | -1): DepthSide {
    return sign > 0 ? this.bids : this.asks;
  }

  /** Removes every level. */
  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }
}
