/** The subscriptions of a shard: where each stands, and which have been silent for too long. */
import type { Channel, Runtime, StreamState } from '../../core/index.ts';
import type { Subscription } from '../decoding/protocol.ts';
import type { Stream } from '../decoding/frame-stream.ts';

interface Watched {
  readonly subscription: Subscription;
  state: StreamState;
  /** Messages seen at the last look, and when they last rose by the steady clock. */
  seen: number;
  since: number;
}

/** What a look found: what is silent, and whether a channel is silent on every symbol. */
export interface Silence {
  readonly stale: readonly Subscription[];
  readonly dead: boolean;
}

export class Watchlist {
  /** Symbols by channel: venues that say several things in one message are heard on what was asked for alone. */
  readonly wanted = new Map<Channel, Set<string>>();
  /** How many subscriptions are not live. */
  notLive = 0;
  readonly #watched = new Map<string, Watched>();
  readonly #runtime: Runtime;
  readonly #tell: (subscription: Subscription, state: StreamState, reason: string) => void;

  constructor(runtime: Runtime, tell: (subscription: Subscription, state: StreamState, reason: string) => void) {
    this.#runtime = runtime;
    this.#tell = tell;
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
      seen: 0,
      since: this.#runtime.elapsed(),
    });
    this.wanted.set(channel, (this.wanted.get(channel) ?? new Set()).add(symbol));
    this.notLive++;
  }

  /** Tells a new state of a subscription; one that is no longer watched, or stands there already, is left. */
  set(channel: Channel, symbol: string, state: StreamState, reason: string): void {
    const watched = this.#watched.get(keyOf(channel, symbol));
    if (watched !== undefined) this.#turn(watched, state, reason);
  }

  setAll(state: StreamState, reason: string): void {
    for (const watched of this.#watched.values()) this.#turn(watched, state, reason);
  }

  #turn(watched: Watched, state: StreamState, reason: string): void {
    if (watched.state === state) return;
    if (watched.state === 'live') this.notLive++;
    if (state === 'live') this.notLive--;
    watched.state = state;
    this.#tell(watched.subscription, state, reason);
  }

  /** Another socket counts from the beginning. */
  restart(): void {
    const now = this.#runtime.elapsed();
    for (const watched of this.#watched.values()) {
      watched.seen = 0;
      watched.since = now;
    }
  }

  /**
   * Looks for subscriptions that have been silent too long, and tells them stale. Heartbeats do not count: only data of that channel and
   * symbol does.
   */
  look<N>(stream: Stream<N>, staleMs: Readonly<Record<Channel, number>>): Silence {
    const now = this.#runtime.elapsed();
    const stale: Watched[] = [];
    const alive = new Set<Channel>();
    for (const watched of this.#watched.values()) {
      const { channel, symbol } = watched.subscription;
      const seen = stream.activity(channel, symbol);
      // Deltas without a whole book to put them on are no data.
      const useful = channel !== 'book' || stream.keeper.book(symbol) !== undefined;
      if (seen !== watched.seen && useful) {
        watched.seen = seen;
        watched.since = now;
        if (watched.state === 'stale' && channel !== 'book') this.#turn(watched, 'live', 'data');
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
