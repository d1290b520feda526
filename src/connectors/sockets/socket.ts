/** One socket from opening to closing: subscribing, keeping alive, and hanging up. */
import {
  ConnectorError, type Channel, type MarketEvent, type Network, type ProtocolError, type Runtime, type Socket, type Timer,
} from '../../core/index.ts'; // prettier-ignore
import type { Book } from '../decoding/book.ts';
import type { TradeLedger } from '../decoding/seen-trades.ts';
import type { NumberReader } from '../decoding/numbers.ts';
import { FrameBucket } from './pacing.ts';
import type { Protocol, Subscription } from '../decoding/protocol.ts';
import { inflated } from '../recordings/recording.ts';
import { Recovery } from './recovery.ts';
import { Stream } from '../decoding/frame-stream.ts';

/** Who hears of a socket. */
export interface RunOwner<N> {
  opened(run: SocketRun<N>): void;
  closed(run: SocketRun<N>, reason: string): void;
  event(run: SocketRun<N>, event: MarketEvent<N>, book: Book | undefined): void;
  bookVoid(run: SocketRun<N>, symbol: string, reason: string): void;
  bookLive(run: SocketRun<N>, symbol: string): void;
  /** Trades that never came and never will. */
  lost(symbol: string, channel: Channel, from: string | undefined, to: string | undefined, reason: string): void;
  error(error: ConnectorError | ProtocolError, frame?: string): void;
  /** Everything that crosses the wire, for recorders. */
  wire?(
    run: SocketRun<N>,
    kind: 'open' | 'close' | 'in' | 'out' | 'http',
    data: string | Uint8Array,
    url: string,
  ): void;
}

/** What a socket needs to run. */
export interface RunOptions<N> {
  readonly protocol: Protocol;
  readonly runtime: Runtime;
  readonly network: Network;
  readonly numbers: NumberReader<N>;
  readonly ledger: TradeLedger;
  readonly depth?: number | undefined;
}

/** How long a first delta is waited for before the whole book is asked for without one. */
const quietMs = 3_000;

export class SocketRun<N> {
  readonly name: string;
  readonly url: string;
  readonly stream: Stream<N>;
  readonly subscriptions: readonly Subscription[];
  /** When it opened, by the steady clock; undefined until then. */
  openedAt: number | undefined;
  readonly #options: RunOptions<N>;
  readonly #owner: RunOwner<N>;
  readonly #bucket: FrameBucket;
  readonly #socket: Socket;
  readonly #timers = new Set<Timer>();
  readonly #recovery: Recovery<N>;
  #nextId = 1;
  #done = false;

  constructor(
    name: string,
    url: string,
    subscriptions: readonly Subscription[],
    options: RunOptions<N>,
    owner: RunOwner<N>,
  ) {
    this.name = name;
    this.url = url;
    this.subscriptions = subscriptions;
    this.#options = options;
    this.#owner = owner;
    const { protocol, runtime } = options;
    const { count, perMs } = protocol.controlFrames;
    this.#bucket = new FrameBucket(runtime, count, perMs, (frame) => {
      this.#send(frame);
    });
    const unified = new Map(subscriptions.map((one) => [one.venueSymbol, one.symbol]));
    this.stream = new Stream<N>(
      {
        protocol,
        numbers: options.numbers,
        ledger: options.ledger,
        depth: options.depth,
        unified: (venueSymbol) => unified.get(venueSymbol) ?? venueSymbol,
      },
      {
        event: (event, book) => {
          if (!this.#done) owner.event(this, event, book);
        },
        send: (frame) => {
          this.#send(frame);
        },
        needBook: (symbol, reason) => {
          if (reason !== 'first') owner.bookVoid(this, symbol, reason);
          this.#recovery.book(symbol);
        },
        bookLive: (symbol) => {
          this.#recovery.bookLive(symbol);
          owner.bookLive(this, symbol);
        },
        tradesMissing: (symbol) => {
          this.#recovery.trades(symbol);
        },
        refused: (text) => {
          owner.error(
            new ConnectorError(`${protocol.id} refused a subscription: ${text.slice(0, 200)}`, { code: 'refused' }),
          );
        },
        socketGap: () => {
          this.catchUp();
        },
        fault: (error, frame) => {
          owner.error(error, frame);
        },
      },
    );
    this.#recovery = new Recovery<N>(this.stream, options, {
      subscription: (channel, symbol) => this.#subscription(channel, symbol),
      renew: (subscription) => {
        this.renew([subscription]);
      },
      later: (ms, act) => {
        this.#later(ms, act);
      },
      lost: (symbol, from, to, reason) => {
        owner.lost(symbol, 'trade', from, to, reason);
      },
      error: (error) => {
        owner.error(error);
      },
      answer: (text, address) => {
        owner.wire?.(this, 'http', text, address);
      },
    });
    owner.wire?.(this, 'open', '', url);
    this.#socket = options.network.connect(url, {
      opened: () => {
        this.#opened();
      },
      frame: (data) => {
        this.#frame(data);
      },
      closed: (reason) => {
        this.#closed(reason);
      },
    });
  }

  /** Hangs up; nothing more is heard of this socket. */
  close(): void {
    if (this.#done) return;
    this.#finish();
    this.#owner.wire?.(this, 'close', '', this.url);
    this.#socket.close();
  }

  /** Leaves subscriptions and takes them again, as when one of them fell silent. */
  renew(subscriptions: readonly Subscription[]): void {
    this.#control('unsubscribe', subscriptions);
    this.#control('subscribe', subscriptions);
  }

  /** Asks for the trades since the newest one known, as after a disconnect. */
  catchUp(): void {
    for (const { channel, symbol } of this.subscriptions) if (channel === 'trade') this.#recovery.catchUp(symbol);
  }

  #opened(): void {
    if (this.#done) return;
    const { protocol, runtime } = this.#options;
    this.openedAt = runtime.elapsed();
    this.#control('subscribe', this.subscriptions);
    const { keepAlive } = protocol;
    if (keepAlive !== undefined) {
      this.#timers.add(
        runtime.every(keepAlive.everyMs, () => {
          this.#bucket.push(keepAlive.frame);
        }),
      );
    }
    this.#owner.opened(this);
  }

  #frame(data: string | Uint8Array): void {
    if (this.#done) return;
    this.#owner.wire?.(this, 'in', data, this.url);
    const now = this.#options.runtime.now();
    if (typeof data === 'string') {
      this.stream.frame(data, now);
      return;
    }
    let text: string;
    try {
      text = inflated(data);
    } catch {
      text = `(${data.length} bytes that do not inflate)`;
    }
    this.stream.frame(text, now);
  }

  #closed(reason: string): void {
    if (this.#done) return;
    this.#finish();
    this.#owner.wire?.(this, 'close', reason, this.url);
    this.#owner.closed(this, reason);
  }

  #finish(): void {
    this.#done = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#bucket.stop();
    this.#recovery.close();
    this.stream.disconnected();
  }

  #send(frame: string): void {
    if (this.#done) return;
    this.#owner.wire?.(this, 'out', frame, this.url);
    this.#socket.send(frame);
  }

  #control(kind: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[]): void {
    if (subscriptions.length === 0) return;
    const frames = this.#options.protocol[kind](subscriptions, this.#nextId);
    this.#nextId += frames.length;
    for (const frame of frames) this.#bucket.push(frame);
    if (kind === 'subscribe' && this.#options.protocol.book.source === 'request') this.#wantQuiet(subscriptions);
  }

  /** A book on which nothing happens sends no delta that would ask for it. */
  #wantQuiet(subscriptions: readonly Subscription[]): void {
    this.#later(quietMs, () => {
      for (const { channel, symbol } of subscriptions) {
        if (channel === 'book' && this.#subscription('book', symbol) !== undefined) this.stream.keeper.want(symbol);
      }
    });
  }

  #later(ms: number, act: () => void): void {
    const timer = this.#options.runtime.after(ms, () => {
      this.#timers.delete(timer);
      if (!this.#done) act();
    });
    this.#timers.add(timer);
  }

  #subscription(channel: Channel, symbol: string): Subscription | undefined {
    return this.subscriptions.find((one) => one.channel === channel && one.symbol === symbol);
  }
}
