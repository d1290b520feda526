/** One socket from opening to closing: it subscribes, keeps the connection alive, and closes. */
import type { Channel, Runtime, Socket, SocketEvents, SocketRefusal, Timer } from '../../core/index.ts';
import {
  isBookChannel,
  Stream,
  type BookChannel,
  type StreamOwner,
  type StreamStates,
} from '../decoding/frame-stream.ts';
import type { Subscription } from '../decoding/protocol.ts';
import type { SeenTrades } from '../decoding/seen-trades.ts';
import { inflated } from '../recordings/recording.ts';
import { FrameBucket } from './pacing.ts';
import { startPolling } from './polling.ts';
import { Recovery, type RecoveryOwner } from './recovery.ts';
import type { SocketOptions } from './socket-options.ts';

/** The shard that a socket belongs to: it decides which of its sockets is in use. */
export interface SocketOwner<N> {
  /** The states of its subscriptions. */
  readonly states: StreamStates;
  readonly seenTrades: SeenTrades;
  socketOpened(socket: VenueSocket<N>): void;
  socketClosed(socket: VenueSocket<N>, reason: string, refusal?: SocketRefusal): void;
  bookVoid(socket: VenueSocket<N>, symbol: string, reason: string, channel: BookChannel): void;
  bookLive(socket: VenueSocket<N>, symbol: string, channel: BookChannel): void;
  /** Data came on a socket that is not in use yet, or no longer. */
  standbyData(socket: VenueSocket<N>): void;
}

/** How long to wait for a first delta before the whole book is requested without one. */
const quietMs = 3_000;

export class VenueSocket<N> implements SocketEvents, StreamOwner, RecoveryOwner {
  readonly name: string;
  readonly url: string;
  readonly stream: Stream<N>;
  readonly subscriptions: readonly Subscription[];
  /** When it opened, by the steady clock; undefined until then. */
  openedAt: number | undefined;
  readonly #options: SocketOptions<N>;
  readonly #runtime: Runtime;
  readonly #owner: SocketOwner<N>;
  readonly #bucket: FrameBucket;
  readonly #socket: Socket;
  readonly #recovery: Recovery<N>;
  readonly #timers = new Set<Timer>();
  #nextId = 1;
  #isDone = false;

  constructor(
    name: string,
    url: string,
    subscriptions: readonly Subscription[],
    options: SocketOptions<N>,
    owner: SocketOwner<N>,
  ) {
    this.name = name;
    this.url = url;
    this.subscriptions = subscriptions;
    this.#options = options;
    this.#runtime = options.runtime;
    this.#owner = owner;
    const { protocol, numbers, depth, runtime, network, sink } = options;
    const { states, seenTrades } = owner;
    const unified = unifier(subscriptions);
    this.#bucket = new FrameBucket(runtime, protocol.controlFrames, this);
    this.stream = new Stream<N>({ protocol, numbers, depth, subscriptions, states, seenTrades, unified }, sink, this);
    this.#recovery = new Recovery<N>(this.stream, options, this);
    sink.wire(name, 'open', '', url);
    this.#socket = network.connect(url, this);
  }

  /** Closes the socket; the owner receives nothing more from it. */
  close(): void {
    if (this.#isDone) return;
    this.#finish();
    this.#options.sink.wire(this.name, 'close', '', this.url);
    this.#socket.close();
  }

  /** Unsubscribes and subscribes again, as when a subscription fell silent. */
  renew(subscriptions: readonly Subscription[]): void {
    this.#control('unsubscribe', subscriptions);
    this.#control('subscribe', subscriptions);
  }

  /** Requests the trades since the newest one known, as after a disconnect. */
  catchUp(): void {
    for (const { channel, symbol } of this.subscriptions) if (channel === 'trade') this.#recovery.catchUp(symbol);
  }

  opened(): void {
    if (this.#isDone) return;
    this.openedAt = this.#runtime.elapsed();
    this.#control('subscribe', this.subscriptions);
    this.#poll();
    const { keepAlive } = this.#options.protocol;
    if (keepAlive !== undefined) {
      this.#timers.add(
        this.#runtime.every(keepAlive.everyMs, () => {
          this.#bucket.push(keepAlive.frame);
        }),
      );
    }
    this.#owner.socketOpened(this);
  }

  #poll(): void {
    const { protocol, network, runtime, numbers, sink } = this.#options;
    const { polls } = protocol;
    if (polls === undefined) return;
    const polled = this.subscriptions.filter((one) => polls.channels.includes(one.channel));
    const later = this.later.bind(this);
    startPolling(polled, { exchange: protocol.id, polls, network, runtime, numbers, sink, stream: this.stream, later });
  }

  frame(data: string | Uint8Array): void {
    if (this.#isDone) return;
    this.#options.sink.wire(this.name, 'in', data, this.url);
    this.stream.frame(typeof data === 'string' ? data : textOf(data), this.#runtime.now());
  }

  closed(reason: string, refusal?: SocketRefusal): void {
    if (this.#isDone) return;
    this.#finish();
    this.#options.sink.wire(this.name, 'close', reason, this.url);
    this.#owner.socketClosed(this, reason, refusal);
  }

  #finish(): void {
    this.#isDone = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#bucket.stop();
    this.#recovery.close();
    this.stream.role = 'closed';
    this.stream.disconnected();
  }

  send(frame: string): void {
    if (this.#isDone) return;
    this.#options.sink.wire(this.name, 'out', frame, this.url);
    this.#socket.send(frame);
  }

  needBook(symbol: string, reason: string, channel: BookChannel): void {
    if (reason !== 'first') this.#owner.bookVoid(this, symbol, reason, channel);
    this.#recovery.book(symbol, channel);
  }

  bookLive(symbol: string, channel: BookChannel): void {
    this.#recovery.bookLive(symbol, channel);
    this.#owner.bookLive(this, symbol, channel);
  }

  tradesMissing(symbol: string): void {
    this.#recovery.trades(symbol);
  }

  socketGap(): void {
    this.catchUp();
  }

  standbyData(): void {
    this.#owner.standbyData(this);
  }

  subscription(channel: Channel, symbol: string): Subscription | undefined {
    return this.subscriptions.find((one) => one.channel === channel && one.symbol === symbol);
  }

  later(ms: number, act: () => void): void {
    const timer = this.#runtime.after(ms, () => {
      this.#timers.delete(timer);
      if (!this.#isDone) act();
    });
    this.#timers.add(timer);
  }

  #control(kind: 'subscribe' | 'unsubscribe', all: readonly Subscription[]): void {
    const { protocol } = this.#options;
    const subscriptions = all.filter((one) => protocol.polls?.channels.includes(one.channel) !== true);
    if (subscriptions.length === 0) return;
    const isWhole = protocol.replacesSubscriptions === true;
    if (isWhole && kind === 'unsubscribe') return;
    const wanted = isWhole ? this.subscriptions : subscriptions;
    const named = kind === 'unsubscribe' ? this.stream.unsubscribeFrames(wanted) : undefined;
    const frames = named ?? protocol[kind](wanted, this.#nextId, this.#runtime.now());
    this.#nextId += frames.length;
    for (const frame of frames) this.#bucket.push(frame);
    if (kind === 'subscribe') this.#wantQuiet(subscriptions);
  }

  /** A quiet book sends no delta that would lead to a request. */
  #wantQuiet(subscriptions: readonly Subscription[]): void {
    const { protocol } = this.#options;
    const requested = subscriptions.filter(
      ({ channel }) =>
        isBookChannel(channel) && (channel === 'book' ? protocol.book : protocol.l3)?.source === 'request',
    );
    if (requested.length === 0) return;
    this.later(quietMs, () => {
      for (const { channel, symbol } of requested) {
        if (this.subscription(channel, symbol) !== undefined) this.stream.booksOf(channel as BookChannel).want(symbol);
      }
    });
  }
}

/** The unified symbol for each venue symbol of the subscriptions; a name that is not among them stays as it is. */
function unifier(subscriptions: readonly Subscription[]): (venueSymbol: string) => string {
  const symbols = new Map(subscriptions.map((one) => [one.venueSymbol, one.symbol]));
  return (venueSymbol) => symbols.get(venueSymbol) ?? venueSymbol;
}

function textOf(bytes: Uint8Array): string {
  try {
    return inflated(bytes);
  } catch {
    return `(${bytes.length} bytes that do not inflate)`;
  }
}
