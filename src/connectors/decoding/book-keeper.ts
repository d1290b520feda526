/**
 * Keeps books up to date from messages: each begins with a whole book, every change must link to it, and a change that does not restarts
 * the book.
 */
import type { BookMessageHead, BookPoint, BookRules, LinkVerdict } from './protocol.ts';

/** What the keeper needs to know about a book. */
export interface KeptBook {
  readonly symbol: string;
  /** The exchange's number of the latest change; undefined where it has none. */
  sequence: number | undefined;
  /** Exchange time of the latest change. */
  time: number | undefined;
  version: number;
  /** Whether the best bid is at or above the best ask. */
  readonly crossed: boolean;
  /** Both best prices, for a message; NaN for a side that is empty. */
  readonly best: readonly [bid: number, ask: number];
  clear(): void;
}

/** Who fetches whole books. */
export interface BookKeeperOwner {
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

interface Slot<M, B> {
  readonly book: B;
  last: BookPoint;
  live: boolean;
  /** Deltas that came before the whole book. */
  waiting: M[];
  asked: boolean;
  /** Messages in a row that were older than the book. */
  older: number;
  /** Whether the requested whole book is older than a message that was refused. */
  isAnswerOld: boolean;
}

/** After this many messages in a row that are older than the book, the book's number is taken to be wrong. */
const manyInARow = 100;

/** The most deltas of one symbol that wait for its whole book. */
const usualWaitingLimit = 10_000;

export abstract class BookKeeper<M extends BookMessageHead, B extends KeptBook> {
  readonly counts: BookCounts = {
    snapshots: 0, applied: 0, skipped: 0, gaps: 0, checksums: 0, checksumFailures: 0, crossed: 0, overflowed: 0,
  }; // prettier-ignore
  readonly #rules: BookRules<M, B>;
  readonly #owner: BookKeeperOwner;
  readonly #waitingLimit: number;
  readonly #slots = new Map<string, Slot<M, B>>();

  constructor(rules: BookRules<M, B>, owner: BookKeeperOwner, waitingLimit = usualWaitingLimit) {
    this.#rules = rules;
    this.#owner = owner;
    this.#waitingLimit = waitingLimit;
  }

  /** Makes an empty book. */
  protected abstract create(symbol: string): B;
  /** Replaces the book with the message's content. */
  protected abstract load(book: B, message: M): void;
  /** Changes the book as the message says. */
  protected abstract apply(book: B, message: M): void;
  /** Hands the update to the consumers. */
  protected abstract emit(book: B, message: M, kind: 'snapshot' | 'delta'): void;

  /** The book of a symbol, if it is whole. */
  book(symbol: string): B | undefined {
    const slot = this.#slots.get(symbol);
    return slot?.live === true ? slot.book : undefined;
  }

  /** Every book that is whole. */
  *books(): IterableIterator<B> {
    for (const slot of this.#slots.values()) if (slot.live) yield slot.book;
  }

  take(message: M): void {
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

  /** A message for a symbol's book was refused: the book lacks it, so a whole one is needed. */
  spoil(symbol: string, reason: string): void {
    const slot = this.#slots.get(symbol) ?? this.#open(symbol);
    if (slot.live) {
      this.#void(slot, reason);
      return;
    }
    slot.waiting = [];
    if (this.#rules.source === 'request') slot.isAnswerOld = slot.asked;
    else this.#ask(slot, 'first');
  }

  /** Leaves a message that is older than the book. When nothing newer comes, the book's own number was wrong. */
  #skip(slot: Slot<M, B>, message: M): void {
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

  #open(symbol: string): Slot<M, B> {
    const slot: Slot<M, B> = {
      book: this.create(symbol),
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

  #wait(slot: Slot<M, B>, message: M): void {
    if (this.#rules.source === 'stream') {
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

  #ask(slot: Slot<M, B>, reason: string): void {
    if (slot.asked) return;
    slot.asked = true;
    this.#owner.needBook(slot.book.symbol, reason);
  }

  #begin(slot: Slot<M, B>, message: M): void {
    if (slot.live && this.#rules.source === 'full' && this.#verdict(slot.last, message) === 'skip') {
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
    this.load(book, message);
    this.#stamp(slot, message, true);
    if (!this.#isSound(slot, message, false)) return;
    this.counts.snapshots++;
    const began = !slot.live;
    slot.live = true;
    if (began) this.#owner.bookLive(book.symbol);
    this.emit(book, message, 'snapshot');
    const waiting = slot.waiting;
    slot.waiting = [];
    for (const delta of waiting) this.take(delta);
  }

  #follow(slot: Slot<M, B>, message: M): void {
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
    this.apply(book, message);
    this.#stamp(slot, message, false);
    if (!this.#isSound(slot, message, true)) return;
    this.counts.applied++;
    this.emit(book, message, 'delta');
  }

  #verdict(last: BookPoint, message: M): LinkVerdict {
    return this.#rules.link(last, message);
  }

  #stamp(slot: Slot<M, B>, message: M, fromSnapshot: boolean): void {
    const { book } = slot;
    book.sequence = message.sequence;
    book.time = message.time;
    book.version++;
    slot.last = { sequence: message.sequence, time: message.time, fromSnapshot };
  }

  /** Checks the venue's checksum, and that the sides do not cross. A whole book that the venue itself sends crossed is accepted. */
  #isSound(slot: Slot<M, B>, message: M, delta: boolean): boolean {
    const { checksum } = this.#rules;
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
    if (!delta || this.#rules.mayCross === true) return true;
    this.#void(slot, `crossed: bid ${slot.book.best[0]}, ask ${slot.book.best[1]}`);
    return false;
  }

  #void(slot: Slot<M, B>, reason: string): void {
    slot.book.clear();
    slot.live = false;
    slot.waiting = [];
    slot.asked = false;
    this.#ask(slot, reason);
  }
}
