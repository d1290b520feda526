/** One socket from opening to closing: subscribing, keeping alive, and fetching what its books and trades need. */
import {
  ConnectorError, RateLimitError, type Channel, type MarketEvent, type Network, type ProtocolError, type Runtime, type Socket, type Timer,
} from '../core/index.ts'; // prettier-ignore
import type { Book } from './book.ts';
import type { TradeLedger } from './ledger.ts';
import type { NumberReader } from './numbers.ts';
import { Backoff, FrameBucket } from './pacing.ts';
import type { Protocol, Subscription } from './protocol.ts';
import { inflated } from './recording.ts';
import { Stream } from './stream.ts';

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

const backfillAttempts = 6;
/** How long a first delta is waited for before the whole book is asked for without one. */
const quietMs = 3_000;

export class SocketRun<N> {
  readonly name: string;
  readonly url: string;
  readonly stream: Stream<N>;
  readonly subscriptions: Subscription[];
  /** When it opened, by the steady clock; undefined until then. */
  openedAt: number | undefined;
  readonly #options: RunOptions<N>;
  readonly #owner: RunOwner<N>;
  readonly #bucket: FrameBucket;
  readonly #socket: Socket;
  readonly #timers = new Set<Timer>();
  readonly #bookBackoffs = new Map<string, Backoff>();
  readonly #backfills = new Map<string, { attempts: number; busy: boolean }>();
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
    this.subscriptions = [...subscriptions];
    this.#options = options;
    this.#owner = owner;
    const { protocol, runtime } = options;
    const { count, perMs } = protocol.controlFrames;
    this.#bucket = new FrameBucket(runtime, count, perMs, (frame) => {
      this.#send(frame);
    });
    this.stream = new Stream<N>(
      {
        protocol,
        numbers: options.numbers,
        ledger: options.ledger,
        depth: options.depth,
        unified: (venueSymbol) => this.#unified(venueSymbol),
      },
      {
        event: (event, book) => {
          if (!this.#done) owner.event(this, event, book);
        },
        send: (frame) => {
          this.#send(frame);
        },
        needBook: (symbol, reason) => {
          this.#needBook(symbol, reason);
        },
        bookLive: (symbol) => {
          this.#bookBackoffs.get(symbol)?.reset();
          owner.bookLive(this, symbol);
        },
        tradesMissing: (symbol) => {
          this.#backfill(symbol);
        },
        refused: (text) => {
          owner.error(
            new ConnectorError(`${protocol.id} refused a subscription: ${text.slice(0, 200)}`, { code: 'refused' }),
          );
        },
        socketGap: () => {
          for (const { channel, symbol } of this.subscriptions) if (channel === 'trade') this.#checkTrades(symbol);
        },
        fault: (error, frame) => {
          owner.error(error, frame);
        },
      },
    );
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

  add(subscriptions: readonly Subscription[]): void {
    this.subscriptions.push(...subscriptions);
    if (this.openedAt !== undefined) this.#control('subscribe', subscriptions);
  }

  remove(subscriptions: readonly Subscription[]): void {
    for (const one of subscriptions) {
      const at = this.subscriptions.indexOf(one);
      if (at >= 0) this.subscriptions.splice(at, 1);
      if (one.channel === 'book') this.stream.keeper.remove(one.symbol);
    }
    if (this.openedAt !== undefined) this.#control('unsubscribe', subscriptions);
  }

  /** Leaves subscriptions and takes them again, as when one of them fell silent. */
  renew(subscriptions: readonly Subscription[]): void {
    this.#control('unsubscribe', subscriptions);
    this.#control('subscribe', subscriptions);
  }

  /** Asks for the trades since the newest one known, as after a disconnect. */
  catchUp(): void {
    for (const { channel, symbol } of this.subscriptions) if (channel === 'trade') this.#checkTrades(symbol);
  }

  #unified(venueSymbol: string): string {
    for (const one of this.subscriptions) if (one.venueSymbol === venueSymbol) return one.symbol;
    return venueSymbol;
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

  /** The first request goes at once; after that each waits longer, until a book is live again. */
  #needBook(symbol: string, reason: string): void {
    if (reason !== 'first') this.#owner.bookVoid(this, symbol, reason);
    const subscription = this.#subscription('book', symbol);
    if (subscription === undefined) return;
    const { protocol, runtime } = this.#options;
    const backoff = this.#bookBackoffs.get(symbol) ?? new Backoff(runtime, 400, 15_000);
    this.#bookBackoffs.set(symbol, backoff);
    const wait = backoff.next();
    const act = (): void => {
      if (this.#subscription('book', symbol) === undefined || this.stream.keeper.book(symbol) !== undefined) return;
      if (protocol.book.source === 'request') this.#requestBook(subscription);
      else {
        this.renew([subscription]);
        // The answer may be lost too: what comes instead asks again, after a longer wait.
        this.stream.keeper.missed(symbol);
      }
    };
    if (backoff.attempts === 1 && protocol.book.source === 'request') act();
    else this.#later(wait, act);
  }

  #requestBook(subscription: Subscription): void {
    const { protocol, network, runtime } = this.#options;
    const request = protocol.bookRequest!(subscription.venueSymbol);
    let answered = false;
    const retry = (): void => {
      this.stream.keeper.missed(subscription.symbol);
    };
    this.#later(10_000, () => {
      if (answered) return;
      answered = true;
      this.#owner.error(
        new ConnectorError(`${protocol.id} did not answer for the book of ${subscription.symbol} in 10 s`, {
          retryable: true,
        }),
      );
      retry();
    });
    network.request(request, (response) => {
      if (answered || this.#done) return;
      answered = true;
      if (response.status === 200) {
        this.#owner.wire?.(this, 'http', response.text, request.url);
        this.stream.bookAnswer(subscription.symbol, response.text, runtime.now());
      } else {
        this.#owner.error(httpError(protocol.id, `the book of ${subscription.symbol}`, response.status, response.text));
        retry();
      }
    });
  }

  #checkTrades(symbol: string): void {
    const { protocol, ledger } = this.#options;
    if (ledger.newest(symbol) === undefined) return;
    if (protocol.tradesRequest === undefined) {
      this.#owner.lost(
        symbol,
        'trade',
        undefined,
        undefined,
        'disconnected; the venue cannot say which trades were missed',
      );
      return;
    }
    this.#backfill(symbol, true);
  }

  /** Fetches trades that are missing: from the oldest missing id on, or from the newest known one. */
  #backfill(symbol: string, always = false): void {
    const { protocol, ledger } = this.#options;
    const state = this.#backfills.get(symbol) ?? { attempts: 0, busy: false };
    this.#backfills.set(symbol, state);
    const missing = ledger.missing(symbol);
    if (state.busy || (missing === undefined && !always)) return;
    const subscription = this.#subscription('trade', symbol);
    if (protocol.tradesRequest === undefined || subscription === undefined) {
      this.#giveUp(symbol, 'the venue cannot fill it');
      return;
    }
    state.busy = true;
    const newest = ledger.newest(symbol)?.id;
    const from = missing?.from ?? (newest === undefined ? undefined : newest + 1);
    // A moment for what is late in the stream to arrive by itself.
    this.#later(state.attempts === 0 ? 250 : Math.min(15_000, 500 * 2 ** state.attempts), () => {
      this.#requestTrades(subscription, from, missing !== undefined);
    });
  }

  #requestTrades(subscription: Subscription, from: number | undefined, needed: boolean): void {
    const { protocol, network, runtime, ledger } = this.#options;
    const { symbol, venueSymbol } = subscription;
    const state = this.#backfills.get(symbol)!;
    const before = ledger.missing(symbol);
    if (needed && before === undefined) {
      state.busy = false;
      state.attempts = 0;
      return;
    }
    let answered = false;
    const next = (): void => {
      state.busy = false;
      const left = ledger.missing(symbol);
      if (left === undefined) state.attempts = 0;
      else if (left.from !== before?.from) {
        state.attempts = 0;
        this.#backfill(symbol);
      } else if (++state.attempts >= backfillAttempts) {
        state.attempts = 0;
        this.#giveUp(symbol, 'the venue no longer has it', left.to);
        this.#backfill(symbol);
      } else this.#backfill(symbol);
    };
    this.#later(10_000, () => {
      if (answered) return;
      answered = true;
      next();
    });
    network.request(protocol.tradesRequest!(venueSymbol, from === undefined ? undefined : String(from)), (response) => {
      if (answered || this.#done) return;
      answered = true;
      if (response.status === 200) this.stream.tradesAnswer(symbol, response.text, runtime.now());
      else {
        this.#owner.error(httpError(protocol.id, `trades of ${symbol}`, response.status, response.text));
        // Without a hole to fill nothing would ask again.
        if (before === undefined && state.attempts++ < backfillAttempts) {
          state.busy = false;
          this.#backfill(symbol, true);
          return;
        }
      }
      next();
    });
  }

  #giveUp(symbol: string, reason: string, upTo = Infinity): void {
    for (const { from, to } of this.#options.ledger.giveUp(symbol, upTo)) {
      this.#owner.lost(symbol, 'trade', String(from), String(to), reason);
    }
  }
}

function httpError(exchange: string, what: string, status: number, text: string): ConnectorError {
  const message = `${exchange} answered ${status} when asked for ${what}: ${text.slice(0, 120)}`;
  return status === 429 || status === 418
    ? new RateLimitError(message)
    : new ConnectorError(message, { retryable: true });
}
