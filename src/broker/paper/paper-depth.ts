/** The books of a paper session: the market with depth that its orders take from and wait in. */
import type { BookUpdate, TradeTick } from '../../core/index.ts';
import type { WorkingOrder } from '../orders/working-order.ts';
import { QueueMarket, type QueuedOrder, type QueueEvents } from '../queue/queue-market.ts';
import { queueModel, type QueueModelName } from '../queue/queue-model.ts';
import { pricesOf, queueFlagOf } from '../queue/queued-order.ts';

/** One symbol's book, and our orders in it. */
class PaperBook {
  readonly market: QueueMarket<WorkingOrder>;
  /** Whether the book is whole, so that orders may arrive. */
  isKnown = false;

  constructor(queue: QueueModelName, events: QueueEvents<WorkingOrder>) {
    this.market = new QueueMarket(queueModel(queue), events);
  }
}

/** Every book that a session follows. A data whose feed follows none has none. */
export class PaperDepth {
  readonly #queue: QueueModelName;
  readonly #events: QueueEvents<WorkingOrder>;
  /** By number of data; datas of one feed share a book. */
  readonly #books: (PaperBook | undefined)[] = [];
  readonly #inside = new Map<WorkingOrder, PaperBook>();

  constructor(queue: QueueModelName, events: QueueEvents<WorkingOrder>) {
    this.#queue = queue;
    this.#events = events;
  }

  /** Takes a whole book, or that it is lost. @returns Whether orders may arrive now that could not before. */
  update(dataIds: readonly number[], update: BookUpdate | undefined): boolean {
    let book = this.#books[dataIds[0]!];
    if (update === undefined) {
      if (book === undefined) return false;
      book.isKnown = false;
      book.market.clear();
      return false;
    }
    if (book === undefined) {
      book = new PaperBook(this.#queue, this.#events);
      for (const id of dataIds) this.#books[id] = book;
    }
    const isNew = !book.isKnown;
    book.isKnown = true;
    book.market.publish(update.bids, update.asks);
    this.#sweep();
    return isNew;
  }

  /** Whether there has been a book. */
  get isFollowed(): boolean {
    return this.#books.length > 0;
  }

  /** Whether orders in a data meet a book now. */
  isKnown(dataId: number): boolean {
    return this.#books[dataId]?.isKnown === true;
  }

  /** Whether an order is in a book, which then decides what becomes of it. */
  has(working: WorkingOrder): boolean {
    return this.#inside.has(working);
  }

  /** The best price that an order would take; undefined where nothing rests there. */
  touch({ dataId, sign }: WorkingOrder): number | undefined {
    const side = this.#books[dataId]!.market.book.side(sign > 0 ? -1 : 1);
    return side.count === 0 ? undefined : side.best;
  }

  /** An order meets the book: it takes, and what is left of a limit order waits in the queue of its level. */
  arrive(working: WorkingOrder): void {
    const book = this.#books[working.dataId]!;
    const { sign, remaining: left } = working;
    this.#inside.set(working, book);
    const flag = queueFlagOf(working);
    book.market.arrive({ owner: working, sign, ...pricesOf(working), left, ahead: 0, traded: 0, flag });
    this.#sweep();
  }

  /** An order that was amended: a smaller size keeps its place in the queue. */
  amend(working: WorkingOrder): void {
    this.#inside.get(working)?.market.amend(working, { ...pricesOf(working), left: working.remaining });
    this.#sweep();
  }

  /** Takes an order out that has ended. */
  remove(working: WorkingOrder): void {
    const book = this.#inside.get(working);
    if (book === undefined) return;
    this.#inside.delete(working);
    book.market.cancel(working);
  }

  /** A trade was printed, once for every book of its data. */
  trade(dataId: number, { side, price, size }: TradeTick): void {
    const book = this.#books[dataId];
    // Datas of one feed share a book, and the print comes once for each of them.
    if (book === undefined || this.#books.indexOf(book) !== dataId) return;
    book.market.trade(side === 'buy' ? 1 : -1, price, size);
    this.#sweep();
  }

  #sweep(): void {
    for (const working of this.#inside.keys()) if (!working.isWorking) this.#inside.delete(working);
  }
}

/** What the booking left of an order, for the book that filled it. */
export function keepLeft(queued: QueuedOrder<WorkingOrder>): void {
  const { isWorking, remaining } = queued.owner;
  queued.left = isWorking ? remaining : 0;
}
