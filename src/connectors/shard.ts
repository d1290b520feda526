/** The subscriptions that share a socket, kept alive for ever: reconnecting, renewing what falls silent, changing sockets before the venue does. */
import {
  ConnectorError, type Channel, type MarketEvent, type ProtocolError, type StreamState, type Timer,
} from '../core/index.ts'; // prettier-ignore
import type { Book } from './book.ts';
import { TradeLedger } from './ledger.ts';
import { Backoff } from './pacing.ts';
import type { Subscription } from './protocol.ts';
import { SocketRun, type RunOptions } from './socket-run.ts';

/** Who hears of a shard. */
export interface ShardOwner<N> {
  event(event: MarketEvent<N>, book: Book | undefined): void;
  status(subscription: Subscription, state: StreamState, reason: string): void;
  lost(symbol: string, channel: Channel, from: string | undefined, to: string | undefined, reason: string): void;
  error(error: ConnectorError | ProtocolError, frame?: string): void;
  /** It gave up: the venue refused too often. */
  failed(error: ConnectorError): void;
  wire?(
    run: SocketRun<N>,
    kind: 'open' | 'close' | 'in' | 'out' | 'http',
    data: string | Uint8Array,
    url: string,
  ): void;
}

/** How patient a shard is. */
export interface ShardPolicy {
  /** Silence after which a subscription of a channel is stale. */
  readonly staleMs: Readonly<Record<Channel, number>>;
  readonly firstBackoffMs: number;
  readonly capBackoffMs: number;
  /** Data must flow this long before the next failure counts as the first. */
  readonly stableMs: number;
  /** Attempts in a row before giving up; Infinity never does. */
  readonly retries: number;
  /** How long a new socket runs beside the old one when sockets are changed. */
  readonly overlapMs: number;
}

/** The patience that fits liquid symbols. Channels that may rightly be silent for long have no limit. */
export const defaultPolicy: ShardPolicy = {
  staleMs: {
    trade: 300_000, quote: 60_000, book: 60_000, bar: 180_000, funding: 120_000, openInterest: 300_000, liquidation: Infinity,
    index: 120_000, ticker24h: 120_000,
  }, // prettier-ignore
  firstBackoffMs: 1_000,
  capBackoffMs: 60_000,
  stableMs: 30_000,
  retries: Infinity,
  overlapMs: 2_000,
};

interface Watched {
  readonly subscription: Subscription;
  state: StreamState;
  /** Messages seen at the last look, and when they last rose. */
  seen: number;
  since: number;
}

export class Shard<N> {
  readonly ledger: TradeLedger;
  readonly #name: string;
  readonly #url: string;
  readonly #options: Omit<RunOptions<N>, 'ledger'>;
  readonly #policy: ShardPolicy;
  readonly #owner: ShardOwner<N>;
  readonly #backoff: Backoff;
  readonly #watched = new Map<string, Watched>();
  /** Symbols by channel: venues that say several things in one message are heard on what was asked for alone. */
  readonly #wanted = new Map<Channel, Set<string>>();
  #notLive = 0;
  #active: SocketRun<N> | undefined;
  #next: SocketRun<N> | undefined;
  #runs = 0;
  #reconnects = 0;
  #timers: Timer[] = [];
  #reopen: Timer | undefined;
  #stable: Timer | undefined;
  #stopped = false;
  #everOpened = false;

  constructor(
    name: string,
    url: string,
    subscriptions: readonly Subscription[],
    options: Omit<RunOptions<N>, 'ledger'>,
    policy: ShardPolicy,
    owner: ShardOwner<N>,
  ) {
    // prettier-ignore
    this.#name = name;
    this.#url = url;
    this.#options = options;
    this.#policy = policy;
    this.#owner = owner;
    this.#backoff = new Backoff(options.runtime, policy.firstBackoffMs, policy.capBackoffMs);
    this.ledger = new TradeLedger(options.protocol.tradeIds);
    for (const one of subscriptions) this.#watch(one);
  }

  get url(): string {
    return this.#url;
  }

  get subscriptions(): Subscription[] {
    return [...this.#watched.values()].map((one) => one.subscription);
  }

  get reconnects(): number {
    return this.#reconnects;
  }

  /** The socket in use; undefined between sockets. */
  get run(): SocketRun<N> | undefined {
    return this.#active;
  }

  start(): void {
    for (const one of this.#watched.values()) this.#owner.status(one.subscription, 'connecting', 'start');
    const shortest = Math.min(...Object.values(this.#policy.staleMs));
    const { runtime } = this.#options;
    this.#timers.push(
      runtime.every(Math.max(100, Math.min(5_000, shortest / 4)), () => {
        this.#look();
      }),
    );
    this.#open();
  }

  stop(reason: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#reopen?.cancel();
    this.#stable?.cancel();
    this.#active?.close();
    this.#next?.close();
    this.#active = undefined;
    this.#next = undefined;
    for (const one of this.#watched.values()) this.#set(one, 'down', reason);
  }

  add(subscriptions: readonly Subscription[]): void {
    for (const one of subscriptions) this.#owner.status(this.#watch(one).subscription, 'connecting', 'added');
    this.#active?.add(subscriptions);
    this.#next?.add(subscriptions);
  }

  remove(subscriptions: readonly Subscription[]): void {
    for (const one of subscriptions) {
      const watched = this.#watched.get(keyOf(one.channel, one.symbol));
      if (watched === undefined) continue;
      this.#set(watched, 'down', 'removed');
      if (watched.state !== 'live') this.#notLive--;
      this.#watched.delete(keyOf(one.channel, one.symbol));
      this.#wanted.get(one.channel)?.delete(one.symbol);
      if (one.channel === 'trade') this.ledger.forget(one.symbol);
    }
    this.#active?.remove(subscriptions);
    this.#next?.remove(subscriptions);
  }

  #watch(subscription: Subscription): Watched {
    const watched: Watched = { subscription, state: 'connecting', seen: 0, since: this.#options.runtime.elapsed() };
    this.#watched.set(keyOf(subscription.channel, subscription.symbol), watched);
    this.#wanted.set(
      subscription.channel,
      (this.#wanted.get(subscription.channel) ?? new Set()).add(subscription.symbol),
    );
    this.#notLive++;
    return watched;
  }

  #set(watched: Watched, state: StreamState, reason: string): void {
    if (watched.state === state) return;
    if (watched.state === 'live') this.#notLive++;
    if (state === 'live') this.#notLive--;
    watched.state = state;
    this.#owner.status(watched.subscription, state, reason);
  }

  #open(): void {
    this.#active = this.#newRun();
  }

  #newRun(): SocketRun<N> {
    const run: SocketRun<N> = new SocketRun<N>(
      `${this.#name}.${++this.#runs}`,
      this.#url,
      this.subscriptions,
      { ...this.#options, ledger: this.ledger },
      {
        opened: (one) => {
          this.#opened(one);
        },
        closed: (one, reason) => {
          this.#closed(one, reason);
        },
        event: (one, event, book) => {
          this.#event(one, event, book);
        },
        bookVoid: (one, symbol, reason) => {
          const watched = this.#watched.get(keyOf('book', symbol));
          if (one === this.#active && watched !== undefined) this.#set(watched, 'resyncing', reason);
        },
        bookLive: (one, symbol) => {
          const watched = this.#watched.get(keyOf('book', symbol));
          if (one === this.#active && watched !== undefined) this.#set(watched, 'live', 'whole book');
          else if (one === this.#next) this.#tryChange();
        },
        lost: (symbol, channel, from, to, reason) => {
          this.#owner.lost(symbol, channel, from, to, reason);
        },
        error: (error, frame) => {
          this.#owner.error(error, frame);
        },
        ...(this.#owner.wire !== undefined && {
          wire: (one, kind, data, url) => {
            this.#owner.wire!(one, kind, data, url);
          },
        }),
      },
    );
    return run;
  }

  #opened(run: SocketRun<N>): void {
    const { runtime, protocol } = this.#options;
    const now = runtime.elapsed();
    for (const watched of this.#watched.values()) {
      if (run === this.#active) {
        watched.since = now;
        watched.seen = 0;
      }
    }
    if (this.#everOpened) run.catchUp();
    this.#everOpened = true;
    this.#stable?.cancel();
    this.#stable = runtime.after(this.#policy.stableMs, () => {
      if (run === this.#active && run.stream.counts.events > 0) this.#backoff.reset();
    });
    if (protocol.lifetimeMs !== undefined) {
      const early = protocol.lifetimeMs * (0.9 + runtime.random() * 0.05);
      this.#timers.push(
        runtime.after(early, () => {
          if (run === this.#active) this.#beginChange();
        }),
      );
    }
  }

  #closed(run: SocketRun<N>, reason: string): void {
    if (this.#stopped) return;
    if (run === this.#next) {
      this.#next = undefined;
      return;
    }
    if (run !== this.#active) return;
    this.#active = undefined;
    this.#reconnects++;
    if (this.#next !== undefined) {
      this.#next.close();
      this.#next = undefined;
    }
    this.#down(reason);
    if (this.#backoff.attempts >= this.#policy.retries) {
      this.stop(`gave up: ${reason}`);
      this.#owner.failed(
        new ConnectorError(
          `${this.#options.protocol.id} could not be kept connected in ${this.#policy.retries} attempts, the last: ${reason}`,
          {
            code: 'retries-exhausted',
          },
        ),
      );
      return;
    }
    this.#reopen = this.#options.runtime.after(this.#backoff.next(), () => {
      this.#open();
    });
  }

  #down(reason: string): void {
    for (const watched of this.#watched.values()) {
      if (watched.state !== 'connecting') this.#set(watched, 'connecting', reason);
    }
  }

  #event(run: SocketRun<N>, event: MarketEvent<N>, book: Book | undefined): void {
    if (this.#wanted.get(event.type)?.has(event.symbol) !== true) return;
    if (run !== this.#active) {
      // While sockets are changed both may bring trades: numbered ones are told once, whoever is first.
      if (event.type !== 'trade' || this.#options.protocol.tradeIds === 'none') {
        if (run === this.#next) this.#tryChange();
        return;
      }
    }
    if (this.#notLive > 0 && event.type !== 'book') {
      const watched = this.#watched.get(keyOf(event.type, event.symbol));
      if (watched !== undefined && watched.state !== 'live') this.#set(watched, 'live', 'data');
    }
    this.#owner.event(event, book);
  }

  /** Looks for subscriptions that have been silent too long. Heartbeats do not count: only data of that channel and symbol does. */
  #look(): void {
    const run = this.#active;
    if (run === undefined) return;
    const now = this.#options.runtime.elapsed();
    const stale: Watched[] = [];
    const channelsAlive = new Set<Channel>();
    for (const watched of this.#watched.values()) {
      const { channel, symbol } = watched.subscription;
      const seen = run.stream.activity(channel, symbol);
      // Deltas without a whole book to put them on are no data.
      const useful = channel !== 'book' || run.stream.keeper.book(symbol) !== undefined;
      if (seen !== watched.seen && useful) {
        watched.seen = seen;
        watched.since = now;
        if (watched.state === 'stale' && channel !== 'book') this.#set(watched, 'live', 'data');
      }
      if (now - watched.since < this.#policy.staleMs[channel]) channelsAlive.add(channel);
      else stale.push(watched);
    }
    if (stale.length === 0) return;
    for (const watched of stale)
      this.#set(watched, 'stale', `no data for ${Math.round((now - watched.since) / 100) / 10} s`);
    if (run.openedAt === undefined || stale.some((one) => !channelsAlive.has(one.subscription.channel))) {
      this.#hangUp(run, `no data on ${stale[0]!.subscription.channel}`);
      return;
    }
    for (const watched of stale) watched.since = now;
    run.renew(stale.map((one) => one.subscription));
    for (const { subscription } of stale)
      if (subscription.channel === 'book') run.stream.keeper.remove(subscription.symbol);
  }

  #hangUp(run: SocketRun<N>, reason: string): void {
    run.close();
    this.#closed(run, reason);
  }

  /** Opens a second socket before the venue closes the first; `#tryChange` swaps them once the second knows every book. */
  #beginChange(): void {
    if (this.#next !== undefined || this.#stopped) return;
    this.#next = this.#newRun();
    this.#timers.push(
      this.#options.runtime.after(60_000, () => {
        // A second socket that does not come to life is no reason to lose the first.
        const next = this.#next;
        if (next === undefined) return;
        next.close();
        this.#next = undefined;
        this.#beginChange();
      }),
    );
  }

  #tryChange(): void {
    const next = this.#next;
    const old = this.#active;
    if (next === undefined || old === undefined) return;
    const subscriptions = this.subscriptions;
    const ready = subscriptions.every(({ channel, symbol }) => {
      if (channel === 'book')
        return next.stream.keeper.book(symbol) !== undefined || old.stream.keeper.book(symbol) === undefined;
      return next.stream.activity(channel, symbol) > 0 || old.stream.activity(channel, symbol) === 0 || quiet(channel);
    });
    if (!ready) return;
    this.#active = next;
    this.#next = undefined;
    const now = this.#options.runtime.elapsed();
    for (const watched of this.#watched.values()) {
      watched.seen = 0;
      watched.since = now;
      const { channel, symbol } = watched.subscription;
      if (channel !== 'book') continue;
      const update = next.stream.keeper.snapshot(symbol, this.#options.runtime.now());
      if (update === undefined) continue;
      this.#set(watched, 'live', 'changed sockets');
      this.#owner.event(update, next.stream.keeper.book(symbol));
    }
    // The old socket may still be ahead on trades.
    this.#timers.push(
      this.#options.runtime.after(this.#policy.overlapMs, () => {
        old.close();
      }),
    );
  }
}

/** Channels that may be silent for minutes and are not waited for when sockets are changed. */
function quiet(channel: Channel): boolean {
  return channel === 'liquidation' || channel === 'trade' || channel === 'openInterest' || channel === 'bar';
}

function keyOf(channel: Channel, symbol: string): string {
  return `${channel} ${symbol}`;
}
