/** Builds the books of single orders of one socket, and passes their updates on in the consumer's kind of number. */
import type { L3Update, RestingOrder } from '../../../core/index.ts';
import { BookKeeper, type BookKeeperOwner } from '../book-keeper.ts';
import { L3Book, type L3Changes } from './l3-book.ts';
import type { NumberReader } from '../numbers.ts';
import type { L3Message, L3Rules, Protocol } from '../protocol.ts';

/** Who receives the updates, and fetches whole books. */
export interface L3Owner<N> extends BookKeeperOwner {
  l3Update(update: L3Update<N>, book: L3Book): void;
}

/** Where a protocol sends no single orders, none come. */
const noRules: L3Rules = { source: 'full', link: () => 'skip' };

export class L3Builder<N> extends BookKeeper<L3Message, L3Book> {
  readonly #exchange: string;
  readonly #numbers: NumberReader<N>;
  readonly #owner: L3Owner<N>;
  /** What the latest message changed. */
  #changes: L3Changes = { bids: [], asks: [] };

  constructor(protocol: Protocol, numbers: NumberReader<N>, owner: L3Owner<N>, waitingLimit?: number) {
    super(protocol.l3 ?? noRules, owner, waitingLimit);
    this.#exchange = protocol.id;
    this.#numbers = numbers;
    this.#owner = owner;
  }

  protected create(symbol: string): L3Book {
    return new L3Book(symbol);
  }

  protected load(book: L3Book, message: L3Message): void {
    book.load(message);
    this.#changes = message;
  }

  protected apply(book: L3Book, message: L3Message): void {
    this.#changes = book.apply(message);
  }

  /** Messages that change no resting order, such as a checksum or an order filled at once, emit no update. */
  protected emit(book: L3Book, message: L3Message, kind: 'snapshot' | 'delta'): void {
    const { bids, asks } = this.#changes;
    if (kind === 'delta' && bids.length === 0 && asks.length === 0) return;
    this.#owner.l3Update(this.#update(book, kind, message.receiveTime, { bids, asks }, message.checksum), book);
  }

  /** An update with every order as it stands, for consumers that switch to this book. */
  snapshot(symbol: string, receiveTime: number): L3Update<N> | undefined {
    const book = this.book(symbol);
    return (
      book &&
      this.#update(book, 'snapshot', receiveTime, { bids: book.texts('bids'), asks: book.texts('asks') }, undefined)
    );
  }

  #update(
    book: L3Book,
    kind: 'snapshot' | 'delta',
    receiveTime: number,
    { bids, asks }: L3Changes,
    checksum: number | undefined,
  ): L3Update<N> {
    const { symbol, time, sequence } = book;
    const exchange = this.#exchange;
    const read = (rows: readonly RestingOrder<string>[]): RestingOrder<N>[] =>
      rows.map(([id, price, size]) => [id, this.#numbers.read(price), this.#numbers.read(size)]);
    return { type: 'l3', kind, exchange, symbol, time, receiveTime, bids: read(bids), asks: read(asks), sequence, checksum }; // prettier-ignore
  }
}
