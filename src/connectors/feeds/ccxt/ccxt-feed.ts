/** One feed through ccxt: any exchange that it knows, with the events, states and counters of a native feed. */
import {
  ConnectorError,
  messageOf,
  type Channel,
  type MarketEvent,
  type RefusalReason,
  type Runtime,
  type StreamState,
} from '../../../core/index.ts';
import { closeStreams, type CcxtStore, type WatchedStream } from '../../ccxt/index.ts';
import { Book } from '../../decoding/book.ts';
import { BookView, type BookCopy } from '../../decoding/book-view.ts';
import { EventGate } from '../../decoding/event-gate.ts';
import type { Subscription } from '../../decoding/protocol.ts';
import type { ShardPolicy } from '../../sockets/shard-policy.ts';
import type { SubscriptionOptions } from '../feed-options.ts';
import type { FeedOutput } from '../feed-output.ts';
import type { FeedCounts, StreamFeed } from '../stream-feed.ts';
import { CcxtStream, type CcxtStreamOwner } from './ccxt-stream.ts';

/** Seconds between whole books over HTTP, unless the feed says otherwise. */
export const usualSnapshotInterval = 30;
/** How often trades are requested at least, milliseconds: an exchange lists only the newest. */
const tradesMs = 2_000;

/** What a feed through ccxt is made of. */
export interface CcxtFeedParts {
  readonly options: SubscriptionOptions<number>;
  readonly subscriptions: readonly Subscription[];
  readonly store: CcxtStore;
  readonly runtime: Runtime;
  readonly policy: ShardPolicy;
  readonly output: FeedOutput<number>;
}

export class CcxtFeed implements StreamFeed<number>, CcxtStreamOwner {
  readonly exchange: string;
  readonly subscriptions: readonly Subscription[];
  readonly options: SubscriptionOptions<number>;
  readonly #store: CcxtStore;
  readonly #runtime: Runtime;
  readonly #output: FeedOutput<number>;
  readonly #streams: readonly CcxtStream[];
  readonly #gate = new EventGate<number>({ numbers: 'number', tradeIds: 'unique' });
  readonly #books = new Map<string, Book>();
  /** Our names by ccxt's; they differ where a hook renames a market. */
  readonly #names = new Map<string, string>();
  #events = 0;
  #gaps = 0;
  #isStarted = false;
  #isStopped = false;

  constructor({ options, subscriptions, store, runtime, policy, output }: CcxtFeedParts) {
    this.exchange = store.exchange;
    this.subscriptions = subscriptions;
    this.options = options;
    this.#store = store;
    this.#runtime = runtime;
    this.#output = output;
    const bookMs = (options.snapshotInterval ?? usualSnapshotInterval) * 1_000;
    const isWatched = options.websocket !== false && options.restOnly !== true;
    const { firstBackoffMs, capBackoffMs, stableMs } = policy;
    this.#streams = subscriptions.map(({ channel, symbol: own, venueSymbol: symbol, timeframe }) => {
      this.#names.set(symbol, own);
      const stream: WatchedStream = {
        channel, symbol, ...(timeframe !== undefined && { timeframe }), ...(options.depth !== undefined && { depth: options.depth }),
      }; // prettier-ignore
      return new CcxtStream({
        store, stream, runtime, isWatched, hooks: options.hooks ?? {}, out: this,
        policy: { staleMs: policy.staleMs[channel], firstBackoffMs, capBackoffMs, stableMs },
        everyMs: channel === 'trade' ? Math.min(tradesMs, bookMs) : bookMs, silentMs: bookMs,
      }); // prettier-ignore
    });
  }

  start(): void {
    if (this.#isStarted || this.#isStopped) return;
    this.#isStarted = true;
    for (const stream of this.#streams) {
      stream.start().catch((cause: unknown) => {
        this.#output.error(new ConnectorError(`${this.exchange} could not be opened: ${messageOf(cause)}`, { cause }));
      });
    }
  }

  async stop(reason: string, deadlineMs: number): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await Promise.all(this.#streams.map((stream) => stream.stop()));
    for (const one of this.subscriptions) this.#output.status(one, 'down', reason);
    if (this.#isStarted) await closeStreams(await this.#store.open(), this.#runtime);
    await this.#output.close(deadlineMs);
  }

  state(channel: Channel, symbol: string): StreamState {
    return this.#output.state(channel, symbol);
  }

  book(symbol: string, depth = Infinity): BookCopy | undefined {
    const book = this.#books.get(symbol);
    return book === undefined ? undefined : new BookView(book).copy(depth);
  }

  /** ccxt opens its sockets itself: at most one for each subscription. */
  get sockets(): number {
    return this.#streams.length;
  }

  get counts(): FeedCounts {
    const sum = (of: (stream: CcxtStream) => number): number => this.#streams.reduce((all, one) => all + of(one), 0);
    return {
      frames: sum((one) => one.received),
      events: this.#events,
      faults: 0,
      bookGaps: 0,
      checksumFailures: 0,
      tradeGaps: this.#gaps,
      tradeDoubles: sum((one) => one.doubles),
      reconnects: sum((one) => one.reconnects),
      callbackErrors: this.#output.callbackErrors,
      dropped: this.#output.dropped,
      waiting: this.#output.waiting,
      refused: { ...this.#output.refusals },
    };
  }

  event(event: MarketEvent, { channel, symbol: name }: WatchedStream): void {
    if (this.#isStopped) return;
    const symbol = this.#names.get(name)!;
    const checked = this.#gate.check(symbol === event.symbol ? event : { ...event, symbol });
    if (checked === undefined) {
      const { reason, detail } = this.#gate.refusal;
      this.#output.refused(channel, symbol, reason, detail);
      return;
    }
    this.#events++;
    if (checked.type !== 'book') {
      this.#output.event(checked, undefined);
      return;
    }
    const book = this.#books.get(symbol) ?? new Book(symbol);
    this.#books.set(symbol, book);
    book.bids.load(checked.bids);
    book.asks.load(checked.asks);
    book.sequence = checked.sequence;
    book.time = checked.time;
    book.version++;
    this.#output.event(checked, book);
  }

  status({ channel, symbol: name }: WatchedStream, state: StreamState, reason: string): void {
    if (this.#isStopped) return;
    const symbol = this.#names.get(name)!;
    const one = this.subscriptions.find((own) => own.channel === channel && own.symbol === symbol)!;
    if (state !== 'live' && channel === 'book') this.#books.delete(symbol);
    this.#output.status(one, state, reason);
  }

  refused({ channel, symbol: name }: WatchedStream, reason: RefusalReason, detail: string): void {
    if (!this.#isStopped) this.#output.refused(channel, this.#names.get(name)!, reason, detail);
  }

  gap({ channel, symbol: name }: WatchedStream, reason: string, from?: string, to?: string): void {
    if (this.#isStopped) return;
    const symbol = this.#names.get(name)!;
    this.#gaps++;
    this.#output.gap(channel, symbol, from, to, reason);
  }
}
