/** The subscriptions that share a socket, kept alive for ever: reconnecting, renewing what falls silent, changing sockets before the venue does. */
import {
  ConnectorError, type Channel, type MarketEvent, type ProtocolError, type StreamState, type Timer,
} from '../../core/index.ts'; // prettier-ignore
import type { Book } from '../decoding/book.ts';
import { TradeLedger } from '../decoding/seen-trades.ts';
import { Backoff } from './pacing.ts';
import type { Subscription } from '../decoding/protocol.ts';
import type { ShardPolicy } from './shard-policy.ts';
import { SocketRun, type RunOptions } from './socket.ts';
import { Watchlist } from './watchlist.ts';

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

export class Shard<N> {
  readonly ledger: TradeLedger;
  readonly #name: string;
  readonly #url: string;
  readonly #options: Omit<RunOptions<N>, 'ledger'>;
  readonly #policy: ShardPolicy;
  readonly #owner: ShardOwner<N>;
  readonly #backoff: Backoff;
  readonly #watch: Watchlist;
  #active: SocketRun<N> | undefined;
  #next: SocketRun<N> | undefined;
  #runs = 0;
  #reconnects = 0;
  /** The socket that was in use before, while it may still be ahead on trades. */
  #old: SocketRun<N> | undefined;
  /** What is due, each at most once: what is set anew replaces what was set before. */
  readonly #timers = new Map<'look' | 'reopen' | 'stable' | 'change' | 'changed' | 'overlap', Timer>();
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
    this.#name = name;
    this.#url = url;
    this.#options = options;
    this.#policy = policy;
    this.#owner = owner;
    this.#backoff = new Backoff(options.runtime, policy.firstBackoffMs, policy.capBackoffMs);
    this.ledger = new TradeLedger(options.protocol.tradeIds);
    this.#watch = new Watchlist(options.runtime, (subscription, state, reason) => {
      owner.status(subscription, state, reason);
    });
    for (const one of subscriptions) this.#watch.add(one);
  }

  get url(): string {
    return this.#url;
  }

  get subscriptions(): Subscription[] {
    return this.#watch.subscriptions;
  }

  get reconnects(): number {
    return this.#reconnects;
  }

  /** The socket in use; undefined between sockets. */
  get run(): SocketRun<N> | undefined {
    return this.#active;
  }

  start(): void {
    for (const one of this.subscriptions) this.#owner.status(one, 'connecting', 'start');
    const shortest = Math.min(...Object.values(this.#policy.staleMs));
    const { runtime } = this.#options;
    this.#timers.set(
      'look',
      runtime.every(Math.max(100, Math.min(5_000, shortest / 4)), () => {
        this.#look();
      }),
    );
    this.#active = this.#newRun();
  }

  stop(reason: string): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    for (const run of [this.#active, this.#next, this.#old]) run?.close();
    this.#active = undefined;
    this.#next = undefined;
    this.#old = undefined;
    this.#watch.setAll('down', reason);
  }

  #after(what: 'reopen' | 'stable' | 'change' | 'changed' | 'overlap', ms: number, act: () => void): void {
    this.#timers.get(what)?.cancel();
    this.#timers.set(what, this.#options.runtime.after(ms, act));
  }

  #newRun(): SocketRun<N> {
    return new SocketRun<N>(
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
          if (one === this.#active) this.#watch.set('book', symbol, 'resyncing', reason);
        },
        bookLive: (one, symbol) => {
          if (one === this.#active) this.#watch.set('book', symbol, 'live', 'whole book');
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
  }

  #opened(run: SocketRun<N>): void {
    const { runtime, protocol } = this.#options;
    if (run === this.#active) this.#watch.restart();
    if (this.#everOpened) run.catchUp();
    this.#everOpened = true;
    this.#after('stable', this.#policy.stableMs, () => {
      if (run === this.#active && run.stream.counts.events > 0) this.#backoff.reset();
    });
    if (protocol.lifetimeMs === undefined) return;
    this.#after('change', protocol.lifetimeMs * (0.9 + runtime.random() * 0.05), () => {
      if (run === this.#active) this.#beginChange();
    });
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
    this.#watch.setAll('connecting', reason);
    if (this.#backoff.attempts >= this.#policy.retries) {
      this.stop(`gave up: ${reason}`);
      this.#owner.failed(
        new ConnectorError(
          `${this.#options.protocol.id} could not be kept connected in ${this.#policy.retries} attempts, the last: ${reason}`,
          { code: 'retries-exhausted' },
        ),
      );
      return;
    }
    this.#after('reopen', this.#backoff.next(), () => {
      this.#active = this.#newRun();
    });
  }

  #event(run: SocketRun<N>, event: MarketEvent<N>, book: Book | undefined): void {
    if (this.#watch.wanted.get(event.type)?.has(event.symbol) !== true) return;
    if (run !== this.#active) {
      // While sockets are changed both may bring trades: numbered ones are told once, whoever is first.
      if (event.type !== 'trade' || this.#options.protocol.tradeIds === 'none') {
        if (run === this.#next) this.#tryChange();
        return;
      }
    }
    if (this.#watch.notLive > 0 && event.type !== 'book') this.#watch.set(event.type, event.symbol, 'live', 'data');
    this.#owner.event(event, book);
  }

  /** Hangs up where a whole channel is silent; renews what is silent alone. */
  #look(): void {
    const run = this.#active;
    if (run === undefined) return;
    const { stale, dead } = this.#watch.look(run.stream, this.#policy.staleMs);
    if (stale.length === 0) return;
    if (run.openedAt === undefined || dead) {
      run.close();
      this.#closed(run, `no data on ${stale[0]!.channel}`);
      return;
    }
    run.renew(stale);
    for (const { channel, symbol } of stale) if (channel === 'book') run.stream.keeper.remove(symbol);
  }

  /** Opens a second socket before the venue closes the first; `#tryChange` swaps them once the second knows every book. */
  #beginChange(): void {
    if (this.#next !== undefined || this.#stopped) return;
    this.#next = this.#newRun();
    this.#after('changed', 60_000, () => {
      // A second socket that does not come to life is no reason to lose the first.
      const next = this.#next;
      if (next === undefined) return;
      next.close();
      this.#next = undefined;
      this.#beginChange();
    });
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
    this.#watch.restart();
    for (const { channel, symbol } of subscriptions) {
      if (channel !== 'book') continue;
      const update = next.stream.keeper.snapshot(symbol, this.#options.runtime.now());
      if (update === undefined) continue;
      this.#watch.set('book', symbol, 'live', 'changed sockets');
      this.#owner.event(update, next.stream.keeper.book(symbol));
    }
    this.#old?.close();
    this.#old = old;
    this.#after('overlap', this.#policy.overlapMs, () => {
      old.close();
      this.#old = undefined;
    });
  }
}

/** Channels that may be silent for minutes and are not waited for when sockets are changed. */
function quiet(channel: Channel): boolean {
  return channel === 'liquidation' || channel === 'trade' || channel === 'openInterest' || channel === 'bar';
}
