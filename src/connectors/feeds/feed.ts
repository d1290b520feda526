/** One feed: the subscriptions on one venue, split over as many sockets as the venue asks for, and who hears of them. */
import { ConnectorError, messageOf, type Channel, type MarketEvent, type ProtocolError, type StreamEvent, type StreamState, type Timer } from '../../core/index.ts'; // prettier-ignore
import type { Book } from '../decoding/book.ts';
import { BookView, type BookCopy } from '../decoding/book-view.ts';
import type { FeedCallbacks, FeedOptions } from './feed-options.ts';
import type { Protocol, Subscription } from '../decoding/protocol.ts';
import type { Recorder } from '../recordings/recorder.ts';
import { Shard } from '../sockets/shard.ts';
import type { ShardPolicy } from '../sockets/shard-policy.ts';
import { SinkQueue } from './sink-queue.ts';
import type { RunOptions } from '../sockets/socket.ts';

/** Who a feed reports to. */
export interface FeedOwner {
  error(error: ConnectorError | ProtocolError, frame?: string): void;
  failed(error: ConnectorError): void;
}

/** What a feed has counted since it began. */
export interface FeedCounts {
  readonly frames: number;
  readonly events: number;
  readonly faults: number;
  readonly bookGaps: number;
  readonly checksumFailures: number;
  readonly tradeDoubles: number;
  readonly reconnects: number;
  readonly callbackErrors: number;
  readonly dropped: number;
}

type AnyCallback<N> = ((event: MarketEvent<N>) => void) | undefined;

export class Feed<N> {
  readonly exchange: string;
  readonly subscriptions: readonly Subscription[];
  readonly options: FeedOptions<N>;
  readonly #callbacks: FeedCallbacks<N>;
  readonly #sinks: SinkQueue<N>[];
  readonly #shards: Shard<N>[] = [];
  readonly #owner: FeedOwner;
  readonly #runOptions: Omit<RunOptions<N>, 'ledger'>;
  readonly #states = new Map<string, StreamState>();
  #callbackErrors = 0;
  #stopped = false;
  #started = false;

  constructor(
    protocol: Protocol,
    subscriptions: readonly Subscription[],
    options: FeedOptions<N>,
    runOptions: Omit<RunOptions<N>, 'ledger'>,
    policy: ShardPolicy,
    owner: FeedOwner,
    recorder: Recorder | undefined,
  ) {
    this.exchange = protocol.id;
    this.subscriptions = subscriptions;
    this.options = options;
    this.#callbacks = options.callbacks ?? {};
    this.#owner = owner;
    this.#runOptions = runOptions;
    this.#sinks = (options.sinks ?? []).map(
      (sink) =>
        new SinkQueue<N>(
          sink,
          options.queueLimit ?? 10_000,
          (cause) => {
            this.#callbackError('a sink', cause);
          },
          (dropped) => {
            owner.error(
              new ConnectorError(`a sink of ${protocol.id} is too slow: ${dropped} events dropped so far`, {
                code: 'sink-slow',
              }),
            );
          },
        ),
    );
    for (const [i, [url, group]] of shardsOf(protocol, subscriptions).entries()) {
      this.#shards.push(
        new Shard<N>(`${protocol.id}.ws.${i + 1}`, url, group, runOptions, policy, {
          event: (event, book) => {
            this.#event(event, book);
          },
          status: (subscription, state, reason) => {
            this.#status(subscription, state, reason);
          },
          lost: (symbol, channel, from, to, reason) => {
            this.#gap(symbol, channel, from, to, reason);
          },
          error: (error, frame) => {
            owner.error(error, frame);
          },
          failed: (error) => {
            owner.failed(error);
          },
          ...(recorder !== undefined && {
            wire: (run, kind, data, address) => {
              recorder.wire(
                runOptions.runtime.now(),
                kind === 'http' ? `${protocol.id}.http` : run.name,
                kind,
                data,
                address,
              );
            },
          }),
        }),
      );
    }
  }

  start(): void {
    if (this.#started || this.#stopped) return;
    this.#started = true;
    for (const shard of this.#shards) shard.start();
  }

  /** Closes the sockets, then waits for the sinks until the deadline. */
  async stop(reason: string, deadlineMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const shard of this.#shards) shard.stop(reason);
    let timer: Timer | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = this.#runOptions.runtime.after(deadlineMs, () => {
        resolve('late');
      });
    });
    const flushed = Promise.all(
      this.#sinks.map((sink) =>
        sink.close().catch((cause: unknown) => {
          this.#callbackError('closing a sink', cause);
        }),
      ),
    );
    const ended = await Promise.race([flushed, late]);
    timer?.cancel();
    if (ended !== 'late') return;
    const waiting = this.#sinks.reduce((sum, sink) => sum + sink.waiting, 0);
    for (const sink of this.#sinks) sink.counts.dropped += sink.waiting;
    this.#owner.error(
      new ConnectorError(`${waiting} events of ${this.exchange} were not written within ${deadlineMs} ms of stopping`, {
        code: 'sink-slow',
      }),
    );
  }

  /** Where a subscription stands. */
  state(channel: Channel, symbol: string): StreamState {
    return this.#states.get(`${channel} ${symbol}`) ?? 'connecting';
  }

  /** The book of a symbol as it is now; undefined while it is not whole. */
  book(symbol: string, depth = Infinity): BookCopy | undefined {
    for (const shard of this.#shards) {
      const book = shard.run?.stream.keeper.book(symbol);
      if (book !== undefined) return new BookView(book).copy(depth);
    }
    return undefined;
  }

  get sockets(): number {
    return this.#shards.length;
  }

  get counts(): FeedCounts {
    let frames = 0;
    let events = 0;
    let faults = 0;
    let bookGaps = 0;
    let checksumFailures = 0;
    for (const shard of this.#shards) {
      const stream = shard.run?.stream;
      if (stream === undefined) continue;
      frames += stream.counts.frames;
      events += stream.counts.events;
      faults += stream.counts.faults;
      bookGaps += stream.keeper.counts.gaps;
      checksumFailures += stream.keeper.counts.checksumFailures;
    }
    return {
      frames,
      events,
      faults,
      bookGaps,
      checksumFailures,
      tradeDoubles: this.#shards.reduce((sum, shard) => sum + shard.ledger.doubles, 0),
      reconnects: this.#shards.reduce((sum, shard) => sum + shard.reconnects, 0),
      callbackErrors: this.#callbackErrors,
      dropped: this.#sinks.reduce((sum, sink) => sum + sink.counts.dropped, 0),
    };
  }

  #event(event: MarketEvent<N>, book: Book | undefined): void {
    try {
      if (event.type === 'book') this.#callbacks.book?.(event, new BookView(book!));
      else (this.#callbacks[event.type] as AnyCallback<N>)?.(event);
    } catch (cause) {
      this.#callbackError(`the ${event.type} callback`, cause);
    }
    if (this.#sinks.length > 0) this.#sink(event);
  }

  #sink(event: StreamEvent<N>): void {
    for (const sink of this.#sinks) sink.push(event);
  }

  #status(subscription: Subscription, state: StreamState, reason: string): void {
    const { channel, symbol } = subscription;
    this.#states.set(`${channel} ${symbol}`, state);
    const status = {
      type: 'status',
      exchange: this.exchange,
      symbol,
      channel,
      state,
      reason,
      time: this.#runOptions.runtime.now(),
    } as const;
    try {
      this.#callbacks.status?.(status);
    } catch (cause) {
      this.#callbackError('the status callback', cause);
    }
    this.#sink(status);
  }

  #gap(symbol: string, channel: Channel, from: string | undefined, to: string | undefined, reason: string): void {
    const gap = {
      type: 'gap',
      exchange: this.exchange,
      symbol,
      channel,
      from,
      to,
      reason,
      time: this.#runOptions.runtime.now(),
    } as const;
    try {
      this.#callbacks.gap?.(gap);
    } catch (cause) {
      this.#callbackError('the gap callback', cause);
    }
    this.#sink(gap);
  }

  #callbackError(what: string, cause: unknown): void {
    this.#callbackErrors++;
    const reason = messageOf(cause);
    this.#owner.error(new ConnectorError(`${what} of ${this.exchange} threw: ${reason}`, { code: 'callback', cause }));
  }
}

/** Subscriptions by socket: one address each, and no more than the venue lets one socket carry. */
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
