/** The subscriptions that share a socket: it reconnects, renews what falls silent, and switches sockets before the venue closes them. */
import { ConnectorError, type Channel, type SocketRefusal, type Timer } from '../../core/index.ts';
import { isBookChannel, type BookChannel } from '../decoding/frame-stream.ts';
import type { Subscription } from '../decoding/protocol.ts';
import { SeenTrades } from '../decoding/seen-trades.ts';
import { regionBlocked } from '../region-block.ts';
import { Backoff } from './pacing.ts';
import type { ShardPolicy } from './shard-policy.ts';
import type { SocketOptions } from './socket-options.ts';
import { VenueSocket, type SocketOwner } from './socket.ts';
import { Watchlist } from './watchlist.ts';

/** What a shard needs beside its subscriptions. */
export interface ShardOptions<N> extends SocketOptions<N> {
  readonly policy: ShardPolicy;
  /** Called when it gave up: connecting failed too often. */
  readonly onFailure: (error: ConnectorError) => void;
}

/** What the sockets of a shard have counted. */
export interface ShardCounts {
  frames: number;
  events: number;
  faults: number;
  bookGaps: number;
  checksumFailures: number;
}

/** How long to wait, in milliseconds, after an exchange asked for fewer connections (HTTP 429, 418) without naming a time. */
const limitedMs = 60_000;

export class Shard<N> implements SocketOwner<N> {
  readonly states: Watchlist;
  readonly seenTrades: SeenTrades;
  readonly #name: string;
  readonly #url: string;
  readonly #options: ShardOptions<N>;
  readonly #policy: ShardPolicy;
  readonly #backoff: Backoff;
  /** The socket in use. */
  #active: VenueSocket<N> | undefined;
  /** The socket that will replace it. */
  #next: VenueSocket<N> | undefined;
  /** The socket that was in use before, while it may still be ahead on trades. */
  #old: VenueSocket<N> | undefined;
  /** Every socket that has not ended, and what those before them counted. */
  readonly #opened = new Set<VenueSocket<N>>();
  readonly #ended: ShardCounts = { frames: 0, events: 0, faults: 0, bookGaps: 0, checksumFailures: 0 };
  #sockets = 0;
  #reconnects = 0;
  /** Pending timers, one of each kind: a new one replaces the one before. */
  readonly #timers = new Map<'look' | 'reopen' | 'stable' | 'switch' | 'abandon' | 'overlap', Timer>();
  #isStopped = false;
  #wasOpen = false;

  constructor(name: string, url: string, subscriptions: readonly Subscription[], options: ShardOptions<N>) {
    const { protocol, runtime, policy, sink } = options;
    this.#name = name;
    this.#url = url;
    this.#options = options;
    this.#policy = policy;
    this.#backoff = new Backoff(runtime, policy.firstBackoffMs, policy.capBackoffMs);
    this.seenTrades = new SeenTrades(protocol.tradeIds);
    this.states = new Watchlist(runtime, sink);
    for (const one of subscriptions) this.states.add(one);
  }

  get url(): string {
    return this.#url;
  }

  get subscriptions(): Subscription[] {
    return this.states.subscriptions;
  }

  get reconnects(): number {
    return this.#reconnects;
  }

  /** What all its sockets have counted, those that are closed too. */
  get counts(): Readonly<ShardCounts> {
    const counts = { ...this.#ended };
    for (const socket of this.#opened) addCounts(counts, socket);
    return counts;
  }

  /** The socket in use; undefined between sockets. */
  get socket(): VenueSocket<N> | undefined {
    return this.#active;
  }

  start(): void {
    for (const one of this.subscriptions) this.#options.sink.status(one, 'connecting', 'start');
    const shortest = Math.min(...Object.values(this.#policy.staleMs));
    const { runtime } = this.#options;
    this.#timers.set(
      'look',
      runtime.every(Math.max(100, Math.min(5_000, shortest / 4)), () => {
        this.#look();
      }),
    );
    this.#active = this.#open();
  }

  stop(reason: string): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    for (const socket of [this.#active, this.#next, this.#old]) this.#close(socket);
    this.#active = undefined;
    this.#next = undefined;
    this.#old = undefined;
    this.states.setAll('down', reason);
  }

  #after(what: 'reopen' | 'stable' | 'switch' | 'abandon' | 'overlap', ms: number, act: () => void): void {
    this.#timers.get(what)?.cancel();
    this.#timers.set(what, this.#options.runtime.after(ms, act));
  }

  #open(): VenueSocket<N> {
    const name = `${this.#name}.${++this.#sockets}`;
    const socket = new VenueSocket<N>(name, this.#url, this.subscriptions, this.#options, this);
    this.#opened.add(socket);
    return socket;
  }

  #close(socket: VenueSocket<N> | undefined): void {
    if (socket === undefined) return;
    socket.close();
    this.#retire(socket);
  }

  /** Keeps what a socket that has ended counted. */
  #retire(socket: VenueSocket<N>): void {
    if (this.#opened.delete(socket)) addCounts(this.#ended, socket);
  }

  bookVoid(socket: VenueSocket<N>, symbol: string, reason: string, channel: BookChannel): void {
    if (socket === this.#active) this.states.set(channel, symbol, 'resyncing', reason);
  }

  bookLive(socket: VenueSocket<N>, symbol: string, channel: BookChannel): void {
    if (socket === this.#active) this.states.set(channel, symbol, 'live', 'whole book');
    else if (socket === this.#next) this.#trySwitch();
  }

  standbyData(socket: VenueSocket<N>): void {
    if (socket === this.#next) this.#trySwitch();
  }

  socketOpened(socket: VenueSocket<N>): void {
    const { runtime, protocol } = this.#options;
    if (socket === this.#active) this.states.restart();
    if (this.#wasOpen) socket.catchUp();
    this.#wasOpen = true;
    this.#after('stable', this.#policy.stableMs, () => {
      if (socket === this.#active && socket.stream.counts.events > 0) this.#backoff.reset();
    });
    if (protocol.lifetimeMs === undefined) return;
    this.#after('switch', protocol.lifetimeMs * (0.9 + runtime.random() * 0.05), () => {
      if (socket === this.#active) this.#beginSwitch();
    });
  }

  socketClosed(socket: VenueSocket<N>, reason: string, refusal?: SocketRefusal): void {
    if (this.#isStopped) return;
    this.#retire(socket);
    if (socket === this.#next) {
      this.#next = undefined;
      return;
    }
    if (socket !== this.#active) return;
    this.#active = undefined;
    this.#reconnects++;
    this.#close(this.#next);
    this.#next = undefined;
    if (refusal?.status === 451) {
      const blocked = regionBlocked(this.#options.protocol.id);
      this.stop(blocked.message);
      this.#options.onFailure(blocked);
      return;
    }
    this.states.setAll('connecting', reason);
    if (this.#backoff.attempts >= this.#policy.retries) {
      this.stop(`gave up: ${reason}`);
      this.#options.onFailure(
        new ConnectorError(
          `${this.#options.protocol.id} could not be kept connected in ${this.#policy.retries} attempts, the last: ${reason}`,
          { code: 'retries-exhausted' },
        ),
      );
      return;
    }
    const isLimited = refusal?.status === 429 || refusal?.status === 418;
    const leastMs = refusal?.retryAfterMs ?? (isLimited ? limitedMs : 0);
    this.#after('reopen', Math.max(leastMs, this.#backoff.next()), () => {
      this.#active = this.#open();
    });
  }

  /** Closes the socket when a channel is silent on every symbol; renews single silent subscriptions. */
  #look(): void {
    const socket = this.#active;
    if (socket === undefined) return;
    const { stale, dead } = this.states.look(socket.stream, this.#policy.staleMs);
    if (stale.length === 0) return;
    if (socket.openedAt === undefined || dead) {
      socket.close();
      this.socketClosed(socket, `no data on ${stale[0]!.channel}`);
      return;
    }
    socket.renew(stale);
    for (const { channel, symbol } of stale) if (isBookChannel(channel)) socket.stream.booksOf(channel).remove(symbol);
  }

  /** Opens a second socket before the venue closes the first; `#trySwitch` switches to it once it has every book. */
  #beginSwitch(): void {
    if (this.#next !== undefined || this.#isStopped) return;
    this.#next = this.#open();
    this.#next.stream.role = 'standby';
    this.#after('abandon', 60_000, () => {
      // A second socket without data is no reason to lose the first.
      const next = this.#next;
      if (next === undefined) return;
      this.#close(next);
      this.#next = undefined;
      this.#beginSwitch();
    });
  }

  #trySwitch(): void {
    const next = this.#next;
    const old = this.#active;
    if (next === undefined || old === undefined) return;
    const subscriptions = this.subscriptions;
    const ready = subscriptions.every(({ channel, symbol }) => {
      if (isBookChannel(channel)) return next.stream.isWhole(channel, symbol) || !old.stream.isWhole(channel, symbol);
      return next.stream.activity(channel, symbol) > 0 || old.stream.activity(channel, symbol) === 0 || quiet(channel);
    });
    if (!ready) return;
    this.#active = next;
    this.#next = undefined;
    this.states.restart();
    next.stream.replace(old.stream);
    for (const { channel, symbol } of subscriptions) {
      if (!isBookChannel(channel)) continue;
      const { books, l3Books } = next.stream;
      const update = next.stream.booksOf(channel).snapshot(symbol, this.#options.runtime.now());
      if (update === undefined) continue;
      this.states.set(channel, symbol, 'live', 'switched sockets');
      if (channel === 'book') this.#options.sink.event(update, books.book(symbol));
      else this.#options.sink.event(update, undefined, l3Books.book(symbol));
    }
    this.#close(this.#old);
    this.#old = old;
    this.#after('overlap', this.#policy.overlapMs, () => {
      this.#close(old);
      this.#old = undefined;
      next.stream.settle();
    });
  }
}

function addCounts(counts: ShardCounts, { stream }: VenueSocket<unknown>): void {
  counts.frames += stream.counts.frames;
  counts.events += stream.counts.events;
  counts.faults += stream.counts.faults;
  for (const { counts: books } of [stream.books, stream.l3Books]) {
    counts.bookGaps += books.gaps;
    counts.checksumFailures += books.checksumFailures;
  }
}

/** Channels that may be silent for minutes: a switch of sockets does not wait for them. */
function quiet(channel: Channel): boolean {
  return channel === 'liquidation' || channel === 'trade' || channel === 'openInterest' || channel === 'bar';
}
