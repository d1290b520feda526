/** Price-level books: two sorted sides that are updated in place. */
import type { Level } from '../../core/index.ts';

/** One side, best price last, so that changes near the top move little. */
export class BookSide {
  readonly #direction: 1 | -1;
  readonly #texts: boolean;
  /** Prices, negated on the ask side, so that they rise from the worst to the best level on both. */
  #keys = new Float64Array(64);
  #sizes = new Float64Array(64);
  #priceTexts: string[] = [];
  #sizeTexts: string[] = [];
  #length = 0;
  /** The place found last: updates come from the best level outward, so that the next one is a little below it. */
  #latest = 0;

  /** @param texts - Whether the venue's own text of every level is kept, for checksums and exact reading. */
  constructor(side: 'bid' | 'ask', texts: boolean) {
    this.#direction = side === 'bid' ? 1 : -1;
    this.#texts = texts;
  }

  /** Levels held. */
  get length(): number {
    return this.#length;
  }

  /** Price of the `rank`-th best level; NaN when there is none. */
  price(rank: number): number {
    return rank < this.#length ? this.#keys[this.#length - 1 - rank]! * this.#direction : NaN;
  }

  /** Size of the `rank`-th best level; NaN when there is none. */
  size(rank: number): number {
    return rank < this.#length ? this.#sizes[this.#length - 1 - rank]! : NaN;
  }

  /** The venue's text of the `rank`-th best level. Without kept texts it is the shortest text of the float. */
  text(rank: number): Level<string> | undefined {
    if (rank >= this.#length) return undefined;
    const at = this.#length - 1 - rank;
    return this.#texts
      ? [this.#priceTexts[at]!, this.#sizeTexts[at]!]
      : [String(this.#keys[at]! * this.#direction), String(this.#sizes[at]!)];
  }

  /** The whole size at a price; 0 when nothing rests there. */
  sizeAt(price: number): number {
    const key = price * this.#direction;
    const at = this.#find(key);
    return at < this.#length && this.#keys[at] === key ? this.#sizes[at]! : 0;
  }

  /** Sets the whole size at a price; 0 removes the level, and removing one that is not there does nothing. */
  set(price: number, size: number, text?: Level<string>): void {
    const key = price * this.#direction;
    const at = this.#find(key);
    if (at < this.#length && this.#keys[at] === key) {
      if (size === 0) this.#remove(at);
      else {
        this.#sizes[at] = size;
        if (this.#texts) this.#sizeTexts[at] = text![1];
      }
    } else if (size !== 0) this.#insert(at, key, size, text);
  }

  /** Replaces the side by these levels in any order; of equal prices the last one counts. */
  load(levels: readonly Level[], texts?: readonly Level<string>[]): void {
    const order = levels.map((_, i) => i).filter((i) => levels[i]![1] !== 0);
    order.sort((a, b) => (levels[a]![0] - levels[b]![0]) * this.#direction);
    this.#reserve(order.length);
    this.#length = 0;
    this.#priceTexts = [];
    this.#sizeTexts = [];
    for (const i of order) {
      const [price, size] = levels[i]!;
      const key = price * this.#direction;
      const same = this.#keys[this.#length - 1] === key;
      const at = same ? this.#length - 1 : this.#length++;
      this.#keys[at] = key;
      this.#sizes[at] = size;
      if (this.#texts) {
        this.#priceTexts[at] = own(texts![i]![0]);
        this.#sizeTexts[at] = own(texts![i]![1]);
      }
    }
  }

  /** Drops all but the best `depth` levels. */
  truncate(depth: number): void {
    const surplus = this.#length - depth;
    if (surplus <= 0) return;
    this.#keys.copyWithin(0, surplus, this.#length);
    this.#sizes.copyWithin(0, surplus, this.#length);
    if (this.#texts) {
      this.#priceTexts.splice(0, surplus);
      this.#sizeTexts.splice(0, surplus);
    }
    this.#length = depth;
  }

  /** The first place, counted from the worst level, whose key is not below `key`. Looks near the latest one, or the top, first. */
  #find(key: number): number {
    const keys = this.#keys;
    let high = this.#length;
    if (this.#latest < high && keys[this.#latest]! >= key) high = this.#latest;
    let step = 1;
    let low = high - 1;
    while (low >= 0 && keys[low]! >= key) {
      high = low;
      step *= 2;
      low -= step;
    }
    low = low < 0 ? 0 : low + 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    this.#latest = low;
    return low;
  }

  #insert(at: number, key: number, size: number, text: Level<string> | undefined): void {
    this.#reserve(this.#length + 1);
    const keys = this.#keys;
    const sizes = this.#sizes;
    if (this.#length - at > 64) {
      keys.copyWithin(at + 1, at, this.#length);
      sizes.copyWithin(at + 1, at, this.#length);
    } else {
      for (let i = this.#length; i > at; i--) {
        keys[i] = keys[i - 1]!;
        sizes[i] = sizes[i - 1]!;
      }
    }
    keys[at] = key;
    sizes[at] = size;
    if (this.#texts) {
      this.#priceTexts.splice(at, 0, own(text![0]));
      this.#sizeTexts.splice(at, 0, own(text![1]));
    }
    this.#length++;
  }

  #remove(at: number): void {
    const keys = this.#keys;
    const sizes = this.#sizes;
    const last = --this.#length;
    if (last - at > 64) {
      keys.copyWithin(at, at + 1, last + 1);
      sizes.copyWithin(at, at + 1, last + 1);
    } else {
      for (let i = at; i < last; i++) {
        keys[i] = keys[i + 1]!;
        sizes[i] = sizes[i + 1]!;
      }
    }
    if (this.#texts) {
      this.#priceTexts.splice(at, 1);
      this.#sizeTexts.splice(at, 1);
    }
  }

  #reserve(length: number): void {
    if (length <= this.#keys.length) return;
    const capacity = Math.max(length, this.#keys.length * 2);
    const keys = new Float64Array(capacity);
    const sizes = new Float64Array(capacity);
    keys.set(this.#keys);
    sizes.set(this.#sizes);
    this.#keys = keys;
    this.#sizes = sizes;
  }
}

/** A copy that does not keep the whole frame alive, as a cut of a long string would. */
function own(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, 'latin1').toString('latin1');
}

/** Both sides of one symbol, changed in place. `version` counts the changes. */
export class Book {
  /** The unified symbol, such as `BTC/USDT`. */
  readonly symbol: string;
  /** The side of the bids, the highest first. */
  readonly bids: BookSide;
  /** The side of the asks, the lowest first. */
  readonly asks: BookSide;
  /** Grows with each change, so that a reader sees whether it has to look again. */
  version = 0;
  /** The venue's number of the last update; undefined where it has none. */
  sequence: number | undefined;
  /** Exchange time of the last update. */
  time: number | undefined;

  constructor(symbol: string, texts = false) {
    this.symbol = symbol;
    this.bids = new BookSide('bid', texts);
    this.asks = new BookSide('ask', texts);
  }

  /** Whether the best bid is at or above the best ask, which no working book shows. */
  get crossed(): boolean {
    return this.bids.price(0) >= this.asks.price(0);
  }

  /** Both best prices; NaN for a side that is empty. */
  get best(): readonly [bid: number, ask: number] {
    return [this.bids.price(0), this.asks.price(0)];
  }

  /** Drops all but the best `depth` levels of each side. */
  truncate(depth: number): void {
    this.bids.truncate(depth);
    this.asks.truncate(depth);
  }

  /** Removes every level, as before a snapshot. */
  clear(): void {
    this.truncate(0);
    this.sequence = undefined;
    this.time = undefined;
    this.version++;
  }
}

/** The best `depth` levels of a side as floats. */
export function levelsOf(side: BookSide, depth: number): Level[] {
  return Array.from({ length: Math.min(depth, side.length) }, (_, rank) => [side.price(rank), side.size(rank)]);
}

/** The best `depth` levels of a side in the venue's text. */
export function textsOf(side: BookSide, depth: number): Level<string>[] {
  return Array.from({ length: Math.min(depth, side.length) }, (_, rank) => side.text(rank)!);
}
