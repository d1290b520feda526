/** Builds the books of price levels of one socket, and passes their updates on in the consumer's kind of number. */
import type { BookUpdate, Level } from '../../core/index.ts';
import { Book, type BookSide } from './book.ts';
import { BookKeeper, type BookKeeperOwner } from './book-keeper.ts';
import { bestLevels, readLevels, wholeBook } from './book-update.ts';
import type { NumberReader } from './numbers.ts';
import type { BookMessage, Protocol } from './protocol.ts';

/** Who receives the updates, and fetches whole books. */
export interface BookOwner<N> extends BookKeeperOwner {
  bookUpdate(update: BookUpdate<N>, book: Book): void;
}

/** Options of a BookBuilder. */
export interface BookBuilderOptions {
  /** The most levels a side that consumers get; updates then are whole books of that depth. */
  readonly depth?: number | undefined;
  /** The most deltas of one symbol that wait for its whole book. */
  readonly waitingLimit?: number | undefined;
}

export class BookBuilder<N> extends BookKeeper<BookMessage, Book> {
  readonly #exchange: string;
  readonly #numbers: NumberReader<N>;
  readonly #bookTexts: boolean;
  readonly #owner: BookOwner<N>;
  readonly #depth: number | undefined;

  constructor(
    protocol: Protocol,
    numbers: NumberReader<N>,
    texts: boolean,
    owner: BookOwner<N>,
    options: BookBuilderOptions = {},
  ) {
    super(protocol.book, owner, options.waitingLimit);
    this.#exchange = protocol.id;
    this.#numbers = numbers;
    this.#bookTexts = texts;
    this.#owner = owner;
    this.#depth = options.depth;
  }

  protected create(symbol: string): Book {
    return new Book(symbol, this.#bookTexts);
  }

  protected load(book: Book, { bids, asks, bidTexts, askTexts, depth }: BookMessage): void {
    book.bids.load(bids, bidTexts);
    book.asks.load(asks, askTexts);
    if (depth !== undefined) book.truncate(depth);
  }

  protected apply(book: Book, { bids, asks, bidTexts, askTexts, depth }: BookMessage): void {
    setLevels(book.bids, bids, bidTexts);
    setLevels(book.asks, asks, askTexts);
    if (depth !== undefined) book.truncate(depth);
  }

  protected emit(book: Book, message: BookMessage, kind: 'snapshot' | 'delta'): void {
    const depth = this.#depth;
    const numbers = this.#numbers;
    this.#owner.bookUpdate(
      {
        type: 'book',
        kind: depth === undefined ? kind : 'snapshot',
        exchange: this.#exchange,
        symbol: book.symbol,
        time: message.time,
        receiveTime: message.receiveTime,
        bids:
          depth === undefined
            ? readLevels(message.bids, message.bidTexts, numbers)
            : bestLevels(book.bids, depth, numbers),
        asks:
          depth === undefined
            ? readLevels(message.asks, message.askTexts, numbers)
            : bestLevels(book.asks, depth, numbers),
        sequence: message.sequence,
        checksum: message.checksum,
      },
      book,
    );
  }

  /** A whole-book update of the book as it stands, for consumers that switch to it. */
  snapshot(symbol: string, receiveTime: number): BookUpdate<N> | undefined {
    const book = this.book(symbol);
    return book && wholeBook(book, this.#exchange, receiveTime, this.#depth ?? Infinity, this.#numbers);
  }
}

function setLevels(side: BookSide, levels: readonly Level[], texts: readonly Level<string>[] | undefined): void {
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]!;
    side.set(level[0], level[1], texts?.[i]);
  }
}
