/** One feed: the subscriptions on one venue, split over as many sockets as the venue asks for. */
import type { Channel, ConnectorError, StreamState } from '../../core/index.ts';
import { BookView, type BookCopy } from '../decoding/book-view.ts';
import type { Protocol, Subscription } from '../decoding/protocol.ts';
import type { ShardPolicy } from '../sockets/shard-policy.ts';
import { Shard } from '../sockets/shard.ts';
import type { SocketOptions } from '../sockets/socket-options.ts';
import type { SubscriptionOptions } from './feed-options.ts';
import type { FeedOutput } from './feed-output.ts';

/** What a feed has counted since it began. */
export interface FeedCounts {
  /** Frames received. */
  readonly frames: number;
  /** Events passed on. */
  readonly events: number;
  /** Frames that could not be read. */
  readonly faults: number;
  /** Times the book was requested again because changes were missing. */
  readonly bookGaps: number;
  /** How often trades were lost and could not be fetched again. */
  readonly tradeGaps: number;
  /** Times the book disagreed with the exchange's checksum. */
  readonly checksumFailures: number;
  /** Trades that arrived twice and were passed on once. */
  readonly tradeDoubles: number;
  /** Connections made after the first. */
  readonly reconnects: number;
  /** Callbacks and sinks that threw. */
  readonly callbackErrors: number;
  /** Events dropped because a queue was full. */
  readonly dropped: number;
  /** Events that wait in the queues of slow sinks. */
  readonly waiting: number;
  /** Events that held a value no market can have, by channel and reason, such as `trade price`. */
  readonly refused: Readonly<Record<string, number>>;
}

/** What a feed is made of. */
export interface FeedParts<N> {
  readonly options: SubscriptionOptions<N>;
  readonly subscriptions: readonly Subscription[];
  readonly socket: Omit<SocketOptions<N>, 'sink'>;
  readonly policy: ShardPolicy;
  readonly output: FeedOutput<N>;
  /** Called when a shard gave up. */
  readonly onFailure: (error: ConnectorError) => void;
}

/** The streams of one `addFeed`: some symbols and channels of one exchange, native or through ccxt. */
export interface StreamFeed<N> {
  /** The exchange's id. */
  readonly exchange: string;
  /** What it streams, symbol by channel. */
  readonly subscriptions: readonly Subscription[];
  /** The options it was made with. */
  readonly options: SubscriptionOptions<N>;
  /** How many sockets the feed needs. */
  readonly sockets: number;
  /** What it has received so far. */
  readonly counts: FeedCounts;
  /** Connects. Called by the handler. */
  start(): void;
  /** Closes the sockets, then waits for the sinks until the deadline. */
  stop(reason: string, deadlineMs: number): Promise<void>;
  /** The state of a subscription. */
  state(channel: Channel, symbol: string): StreamState;
  /** The book of a symbol as it is now; undefined while it is not whole. */
  book(symbol: string, depth?: number): BookCopy | undefined;
}

/** A feed of a venue with a protocol of its own. */
export class NativeFeed<N> implements StreamFeed<N> {
  readonly exchange: string;
  readonly subscriptions: readonly Subscription[];
  readonly options: SubscriptionOptions<N>;
  readonly #output: FeedOutput<N>;
  readonly #shards: readonly Shard<N>[];
  #isStarted = false;
  #isStopped = false;

  constructor({ options, subscriptions, socket, policy, output, onFailure }: FeedParts<N>) {
    const { protocol } = socket;
    this.exchange = protocol.id;
    this.subscriptions = subscriptions;
    this.options = options;
    this.#output = output;
    const shardOptions = { ...socket, sink: output, policy, onFailure };
    this.#shards = shardsOf(protocol, subscriptions).map(
      ([url, group], i) => new Shard<N>(`${protocol.id}.ws.${i + 1}`, url, group, shardOptions),
    );
  }

  start(): void {
    if (this.#isStarted || this.#isStopped) return;
    this.#isStarted = true;
    for (const shard of this.#shards) shard.start();
  }

  async stop(reason: string, deadlineMs: number): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const shard of this.#shards) shard.stop(reason);
    await this.#output.close(deadlineMs);
  }

  state(channel: Channel, symbol: string): StreamState {
    return this.#output.state(channel, symbol);
  }

  book(symbol: string, depth = Infinity): BookCopy | undefined {
    for (const shard of this.#shards) {
      const book = shard.socket?.stream.books.book(symbol);
      if (book !== undefined) return new BookView(book).copy(depth);
    }
    return undefined;
  }

  get sockets(): number {
    return this.#shards.length;
  }

  get counts(): FeedCounts {
    const sum = { frames: 0, events: 0, faults: 0, bookGaps: 0, checksumFailures: 0 };
    for (const { counts } of this.#shards) {
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counts[name];
    }
    return {
      ...sum,
      tradeGaps: this.#output.gaps,
      tradeDoubles: this.#shards.reduce((sum, shard) => sum + shard.seenTrades.doubles, 0),
      reconnects: this.#shards.reduce((sum, shard) => sum + shard.reconnects, 0),
      callbackErrors: this.#output.callbackErrors,
      dropped: this.#output.dropped,
      waiting: this.#output.waiting,
      refused: { ...this.#output.refusals },
    };
  }
}

/** Subscriptions by socket: one address each, and no more than the venue allows on one socket. */
export function shardsOf(protocol: Protocol, subscriptions: readonly Subscription[]): [string, Subscription[]][] {
  const byUrl = new Map<string, Subscription[]>();
  for (const one of subscriptions) {
    const url = protocol.endpoint(one);
    byUrl.set(url, [...(byUrl.get(url) ?? []), one]);
  }
  const shards: [string, Subscription[]][] = [];
  for (const [url, group] of byUrl) {
    for (let i = 0; i < group.length; i += protocol.subscriptionsPerSocket) {
      shards.push([url, group.slice(i, i + protocol.subscriptionsPerSocket)]);
    }
  }
  return shards;
}
