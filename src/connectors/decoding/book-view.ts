/** What consumers see of a book: a view of one moment that never shows a later state, and copies that are safe to keep. */
import { DataError, type Level } from '../../core/index.ts';
import { levelsOf, textsOf, type Book, type BookSide } from './book.ts';

/** A book as it was at one moment, its best levels first. Safe to keep. */
export interface BookCopy {
  /** The unified symbol, such as `BTC/USDT`. */
  readonly symbol: string;
  /** Bids, the highest first. */
  readonly bids: readonly Level[];
  /** Asks, the lowest first. */
  readonly asks: readonly Level[];
  /** The exchange's number of the latest change; undefined where it has none. */
  readonly sequence: number | undefined;
  /** Exchange time of the latest change, milliseconds UTC; undefined where it sends none. */
  readonly time: number | undefined;
}

/**
 * A book at the moment of one update. Reading costs nothing and copies nothing; once the book has moved on every read
 * throws, so that two states are never mixed. Keep a `copy()` instead.
 */
export class BookView {
  readonly #book: Book;
  readonly #version: number;

  constructor(book: Book) {
    this.#book = book;
    this.#version = book.version;
  }

  /** The unified symbol, such as `BTC/USDT`. */
  get symbol(): string {
    return this.#book.symbol;
  }

  /** Whether the book is still the one this view was made for. */
  get current(): boolean {
    return this.#book.version === this.#version;
  }

  /** The best bid and its size; undefined when there is none. */
  get bestBid(): Level | undefined {
    return best(this.#now().bids);
  }

  /** The best ask and its size; undefined when there is none. */
  get bestAsk(): Level | undefined {
    return best(this.#now().asks);
  }

  /** The exchange's number of the latest change; undefined where it has none. */
  get sequence(): number | undefined {
    return this.#now().sequence;
  }

  /** Exchange time of the latest change, milliseconds UTC; undefined where it sends none. */
  get time(): number | undefined {
    return this.#now().time;
  }

  /** How many levels rest on each side. */
  get depth(): {
    /** Levels held on the side of the bids. */
    readonly bids: number;
    /** Levels held on the side of the asks. */
    readonly asks: number;
  } {
    const book = this.#now();
    return { bids: book.bids.length, asks: book.asks.length };
  }

  /** The best `depth` levels of each side, safe to keep. */
  copy(depth = Infinity): BookCopy {
    const book = this.#now();
    return {
      symbol: book.symbol,
      bids: levelsOf(book.bids, depth),
      asks: levelsOf(book.asks, depth),
      sequence: book.sequence,
      time: book.time,
    };
  }

  /** The venue's own text of the best `depth` levels, where the feed asked for text or decimals. */
  texts(depth = Infinity): {
    /** Bids in the exchange's own digits. */
    readonly bids: readonly Level<string>[];
    /** Asks in the exchange's own digits. */
    readonly asks: readonly Level<string>[];
  } {
    const book = this.#now();
    return { bids: textsOf(book.bids, depth), asks: textsOf(book.asks, depth) };
  }

  #now(): Book {
    if (this.#book.version === this.#version) return this.#book;
    throw new DataError(
      `this view of ${this.#book.symbol} is of update ${this.#version} but the book is at ${this.#book.version}; keep a copy() instead`,
      { code: 'old-book-view', context: { symbol: this.#book.symbol } },
    );
  }
}

function best(side: BookSide): Level | undefined {
  return side.length === 0 ? undefined : [side.price(0), side.size(0)];
}
