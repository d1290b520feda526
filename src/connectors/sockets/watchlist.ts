/** The subscriptions of a shard: the state of each, and which have been silent for too long. */
import type { Channel, Runtime, StreamState } from '../../core/index.ts';
import type { FeedSink } from '../decoding/feed-sink.ts';
import { isBookChannel, type Stream, type StreamStates } from '../decoding/frame-stream.ts';
import type { Subscription } from '../decoding/protocol.ts';

interface Watched {
  readonly subscription: Subscription;
  state: StreamState;
  /** Why it is in this state. */
  reason: string;
  /** Messages seen at the last look, and when they last rose by the steady clock. */
  seen: number;
  since: number;
}

/** The silent subscriptions, and whether a channel is silent on every symbol. */
export interface Silence {
  readonly stale: readonly Subscription[];
  readonly dead: boolean;
}

export class Watchlist implements StreamStates {
  /** How many subscriptions are not live. */
  notLive = 0;
  readonly #watched = new Map<string, Watched>();
  readonly #runtime: Runtime;
  readonly #sink: Pick<FeedSink<never>, 'status'>;

  constructor(runtime: Runtime, sink: Pick<FeedSink<never>, 'status'>) {
    this.#runtime = runtime;
    this.#sink = sink;
  }

  get subscriptions(): Subscription[] {
    return [...this.#watched.values()].map((one) => one.subscription);
  }

  /** Watches a subscription, as connecting. */
  add(subscription: Subscription): void {
    const { channel, symbol } = subscription;
    this.#watched.set(keyOf(channel, symbol), {
      subscription,
      state: 'connecting',
      reason: 'start',
      seen: 0,
      since: this.#runtime.elapsed(),
    });
    this.notLive++;
  }

  /** Sets the state of a subscription; the sink is notified when it changes. A subscription that is not watched is ignored. */
  set(channel: Channel, symbol: string, state: StreamState, reason: string): void {
    const watched = this.#watched.get(keyOf(channel, symbol));
    if (watched !== undefined) this.#turn(watched, state, reason);
  }

  setAll(state: StreamState, reason: string): void {
    for (const watched of this.#watched.values()) this.#turn(watched, state, reason);
  }

  #turn(watched: Watched, state: StreamState, reason: string): void {
    // A failing connection is reported again for each new reason, or its user would never know why.
    if (watched.state === state && (state !== 'connecting' || watched.reason === reason)) return;
    watched.reason = reason;
    if (watched.state === 'live') this.notLive++;
    if (state === 'live') this.notLive--;
    watched.state = state;
    this.#sink.status(watched.subscription, state, reason);
  }

  /** Another socket is in use: its counts begin at zero. */
  restart(): void {
    const now = this.#runtime.elapsed();
    for (const watched of this.#watched.values()) {
      watched.seen = 0;
      watched.since = now;
    }
  }

  /**
   * Looks for subscriptions that have been silent for too long and marks them stale. Heartbeats do not count: only data of the channel and
   * symbol does.
   */
  look<N>(stream: Stream<N>, staleMs: Readonly<Record<Channel, number>>): Silence {
    const now = this.#runtime.elapsed();
    const stale: Watched[] = [];
    const alive = new Set<Channel>();
    for (const watched of this.#watched.values()) {
      const { channel, symbol } = watched.subscription;
      const seen = stream.activity(channel, symbol);
      // Deltas without a whole book to apply them to do not count as data.
      const isBook = isBookChannel(channel);
      const useful = !isBook || stream.isWhole(channel, symbol);
      if (seen !== watched.seen && useful) {
        watched.seen = seen;
        watched.since = now;
        if (watched.state === 'stale' && !isBook) this.#turn(watched, 'live', 'data');
      }
      if (now - watched.since < staleMs[channel]) alive.add(channel);
      else stale.push(watched);
    }
    for (const watched of stale) {
      this.#turn(watched, 'stale', `no data for ${Math.round((now - watched.since) / 100) / 10} s`);
      watched.since = now;
    }
    const subscriptions = stale.map((one) => one.subscription);
    return { stale: subscriptions, dead: subscriptions.some(({ channel }) => !alive.has(channel)) };
  }
}

function keyOf(channel: Channel, symbol: string): string {
  return `${channel} ${symbol}`;
}
