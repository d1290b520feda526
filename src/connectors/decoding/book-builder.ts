/** Builds the books of one socket: each begins with a whole one, every delta must link to it, and one that does not starts it over. */
import type { BookUpdate, Level } from '../../core/index.ts';
import { Book, type BookSide } from './book.ts';
import { bestLevels, readLevels, wholeBook } from './book-update.ts';
import type { NumberReader } from './numbers.ts';
import type { BookMessage, BookPoint, Protocol } from './protocol.ts';

/** Who receives the updates, and fetches whole books. */
export interface BookOwner<N> {
  bookUpdate(update: BookUpdate<N>, book: Book): void;
  /** The book of a symbol is void and a whole one is needed: by HTTP, or by subscribing again. */
  needBook(symbol: string, reason: string): void;
  /** The book is whole again. */
  bookLive(symbol: string): void;
}

/** How the messages were treated. */
export interface BookCounts {
  snapshots: number;
  applied: number;
  /** Older than the book, or before any whole book. */
  skipped: number;
  gaps: number;
  checksums: number;
  checksumFailures: number;
  crossed: number;
  /** Waiting deltas dropped because too many waited. */
  overflowed: number;
}

interface Slot {
  readonly book: Book;
  last: BookPoint;
  live: boolean;
  /** Deltas that came before the whole book. */
  waiting: BookMessage[];
  asked: boolean;
  /** Messages in a row that were older than the book. */
  older: number;
  /** Whether the whole book that is on its way is older than a message that was refused. */
  isAnswerOld: boolean;
}

/** After this many messages in a row that are older than the book, the book's number is taken to be wrong. */
const manyInARow = 100;

/** Options of a BookBuilder. */
export interface BookBuilderOptions {
  /** The most levels a side that consumers get; updates then are whole books of that depth. */
  readonly depth?: number | undefined;
  /** The most deltas of one symbol that wait for its whole book. */
  readonly waitingLimit?: number | undefined;
}

export class BookBuilder<N> {
  readonly counts: BookCounts = {
    snapshots: 0, applied: 0, skipped: 0, gaps: 0, checksums: 0, checksumFailures: 0, crossed: 0, overflowed: 0,
  }; // prettier-ignore
  readonly #protocol: Protocol;
  readonly #exchange: string;
  readonly #numbers: NumberReader<N>;
  readonly #bookTexts: boolean;
  readonly #owner: BookOwner<N>;
  readonly #depth: number | undefined;
  readonly #waitingLimit: number;
  readonly #slots = new Map<string, Slot>();

  constructor(
    protocol: Protocol,
    numbers: NumberReader<N>,
    texts: boolean,
    owner: BookOwner<N>,
    options: BookBuilderOptions = {},
  ) {
    this.#protocol = protocol;
    this.#exchange = protocol.id;
    this.#numbers = numbers;
    this.#bookTexts = texts;
    this.#owner = owner;
    this.#depth = options.depth;
    this.#waitingLimit = options.waitingLimit ?? 10_000;
  }

  /** The book of a symbol, if it is whole. */
  book(symbol: string): Book | undefined {
    const slot = this.#slots.get(symbol);
    return slot?.live === true ? slot.book : undefined;
  }

  /** Every book that is whole. */
  *books(): IterableIterator<Book> {
    for (const slot of this.#slots.values()) if (slot.live) yield slot.book;
  }

  take(message: BookMessage): void {
    const slot = this.#slots.get(message.symbol) ?? this.#open(message.symbol);
    if (message.kind === 'snapshot') this.#begin(slot, message);
    else if (slot.live) this.#follow(slot, message);
    else this.#wait(slot, message);
  }

  /** Requests the whole book of a symbol that has had no message yet. */
  want(symbol: string): void {
    const slot = this.#slots.get(symbol) ?? this.#open(symbol);
    if (!slot.live) this.#ask(slot, 'first');
  }

  /** The whole book that was requested did not come; the next delta requests it again. */
  missed(symbol: string): void {
    const slot = this.#slots.get(symbol);
    if (slot === undefined) return;
    slot.asked = false;
    slot.isAnswerOld = false;
  }

  /** A message of a symbol's book was refused: the book lacks it, so that a whole one is needed. */
  spoil(symbol: string, reason: string): void {
    const slot = this.#slots.get(symbol) ?? this.#open(symbol);
    if (slot.live) {
      this.#void(slot, reason);
      return;
    }
    slot.waiting = [];
    if (this.#protocol.book.source === 'request') slot.isAnswerOld = slot.asked;
    else this.#ask(slot, 'first');
  }

  /** Leaves a message that is older than the book. When nothing newer comes, the book's own number was wrong. */
  #skip(slot: Slot, message: BookMessage): void {
    this.counts.skipped++;
    if (++slot.older < manyInARow) return;
    slot.older = 0;
    this.#void(slot, `${manyInARow} messages in a row were older than the book`);
    if (message.kind === 'snapshot') this.#begin(slot, message);
    else this.#wait(slot, message);
  }

  /** Voids every book, as when the socket has closed. */
  reset(): void {
    for (const slot of this.#slots.values()) {
      slot.book.clear();
      slot.live = false;
      slot.waiting = [];
      slot.asked = false;
      slot.isAnswerOld = false;
    }
  }

  /** Voids every book and asks for whole ones. */
  restart(reason: string): void {
    for (const slot of this.#slots.values()) if (slot.live) this.#void(slot, reason);
  }

  /** Forgets a symbol. */
  remove(symbol: string): void {
    const slot = this.#slots.get(symbol);
    slot?.book.clear();
    this.#slots.delete(symbol);
  }

  #open(symbol: string): Slot {
    const slot: Slot = {
      book: new Book(symbol, this.#bookTexts),
      last: { sequence: undefined, time: undefined, fromSnapshot: true },
      live: false,
      waiting: [],
      asked: false,
      older: 0,
      isAnswerOld: false,
    };
    this.#slots.set(symbol, slot);
    return slot;
  }

  #wait(slot: Slot, message: BookMessage): void {
    if (this.#protocol.book.source === 'stream') {
      // The whole book should have come first. It was lost: only a request brings it.
      this.counts.skipped++;
      this.#ask(slot, 'no whole book came');
      return;
    }
    slot.waiting.push(message);
    if (slot.waiting.length > this.#waitingLimit) {
      this.counts.overflowed += slot.waiting.length;
      slot.waiting = [];
      slot.asked = false;
    }
    this.#ask(slot, 'first');
  }

  #ask(slot: Slot, reason: string): void {
    if (slot.asked) return;
    slot.asked = true;
    this.#owner.needBook(slot.book.symbol, reason);
  }

  #begin(slot: Slot, message: BookMessage): void {
    if (slot.live && this.#protocol.book.source === 'full' && this.#verdict(slot.last, message) === 'skip') {
      this.#skip(slot, message);
      return;
    }
    slot.older = 0;
    if (slot.isAnswerOld) {
      slot.isAnswerOld = false;
      slot.asked = false;
      this.#ask(slot, 'first');
      return;
    }
    const point = { sequence: message.sequence, time: message.time, fromSnapshot: true };
    const first = slot.waiting.find((delta) => this.#verdict(point, delta) !== 'skip');
    if (first !== undefined && this.#verdict(point, first) === 'gap') {
      // The whole book is older than the first delta that waits: a later one will reach it.
      slot.asked = false;
      this.#ask(slot, 'old snapshot');
      return;
    }
    const { book } = slot;
    book.bids.load(message.bids, message.bidTexts);
    book.asks.load(message.asks, message.askTexts);
    if (message.depth !== undefined) book.truncate(message.depth);
    this.#stamp(slot, message, true);
    slot.asked = false;
    if (!this.#isSound(slot, message, false)) return;
    this.counts.snapshots++;
    const began = !slot.live;
    slot.live = true;
    if (began) this.#owner.bookLive(book.symbol);
    this.#emit(slot, message, 'snapshot');
    const waiting = slot.waiting;
    slot.waiting = [];
    for (const delta of waiting) this.take(delta);
  }

  #follow(slot: Slot, message: BookMessage): void {
    const verdict = this.#verdict(slot.last, message);
    if (verdict === 'skip') {
      this.#skip(slot, message);
      return;
    }
    slot.older = 0;
    if (verdict === 'gap') {
      this.counts.gaps++;
      this.#void(
        slot,
        `gap: after ${slot.last.sequence ?? '?'} came ${message.first ?? message.previous ?? message.sequence ?? '?'}`,
      );
      this.#wait(slot, message);
      return;
    }
    const { book } = slot;
    const { bids, asks, bidTexts, askTexts } = message;
    setLevels(book.bids, bids, bidTexts);
    setLevels(book.asks, asks, askTexts);
    if (message.depth !== undefined) book.truncate(message.depth);
    this.#stamp(slot, message, false);
    if (!this.#isSound(slot, message, true)) return;
    this.counts.applied++;
    this.#emit(slot, message, 'delta');
  }

  #verdict(last: BookPoint, message: BookMessage): ReturnType<Protocol['book']['link']> {
    return this.#protocol.book.link(last, message);
  }

  #stamp(slot: Slot, message: BookMessage, fromSnapshot: boolean): void {
    const { book } = slot;
    book.sequence = message.sequence;
    book.time = message.time;
    book.version++;
    slot.last = { sequence: message.sequence, time: message.time, fromSnapshot };
  }

  /** Checks the venue's checksum, and that the sides do not cross. A whole book that the venue itself sends crossed is accepted. */
  #isSound(slot: Slot, message: BookMessage, delta: boolean): boolean {
    const { checksum } = this.#protocol.book;
    if (message.checksum !== undefined && checksum !== undefined) {
      this.counts.checksums++;
      const ours = checksum(slot.book);
      if (ours !== message.checksum) {
        this.counts.checksumFailures++;
        this.#void(slot, `checksum: the venue's is ${message.checksum}, the book's is ${ours}`);
        return false;
      }
    }
    if (!slot.book.crossed) return true;
    this.counts.crossed++;
    if (!delta) return true;
    this.#void(slot, `crossed: bid ${slot.book.bids.price(0)}, ask ${slot.book.asks.price(0)}`);
    return false;
  }

  #void(slot: Slot, reason: string): void {
    slot.book.clear();
    slot.live = false;
    slot.waiting = [];
    slot.asked = false;
    this.#ask(slot, reason);
  }

  #emit(slot: Slot, message: BookMessage, kind: 'snapshot' | 'delta'): void {
    const { book } = slot;
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
