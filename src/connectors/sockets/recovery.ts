/** Fetches by HTTP what the books and trades of one socket lack: whole books, and trades that never arrived. */
import { ConnectorError, type Channel } from '../../core/index.ts';
import type { BookChannel, Stream } from '../decoding/frame-stream.ts';
import type { Subscription } from '../decoding/protocol.ts';
import type { SeenTrades } from '../decoding/seen-trades.ts';
import { Backoff } from './pacing.ts';
import { requestError } from './request-error.ts';
import type { SocketOptions } from './socket-options.ts';

/** What a recovery needs from its socket. */
export interface RecoveryOwner {
  /** The subscription, while the socket still has it. */
  subscription(channel: Channel, symbol: string): Subscription | undefined;
  /** Unsubscribes and subscribes again. */
  renew(subscriptions: readonly Subscription[]): void;
  /** Acts after a time, unless the socket has closed by then. */
  later(ms: number, act: () => void): void;
}

const backfillAttempts = 6;
/** How long to wait for an answer, milliseconds. */
const answerMs = 10_000;

export class Recovery<N> {
  readonly #stream: Stream<N>;
  readonly #seenTrades: SeenTrades;
  readonly #options: SocketOptions<N>;
  readonly #owner: RecoveryOwner;
  readonly #bookBackoffs = new Map<string, Backoff>();
  readonly #backfills = new Map<string, { attempts: number; busy: boolean }>();
  #closed = false;

  constructor(stream: Stream<N>, options: SocketOptions<N>, owner: RecoveryOwner) {
    this.#stream = stream;
    this.#seenTrades = stream.seenTrades;
    this.#options = options;
    this.#owner = owner;
  }

  /** The socket has closed: answers still on their way are ignored. */
  close(): void {
    this.#closed = true;
  }

  /** The book is whole: the next request for it goes at once. */
  bookLive(symbol: string, channel: BookChannel): void {
    this.#bookBackoffs.get(`${channel} ${symbol}`)?.reset();
  }

  /** A whole book is needed. The first request goes at once; after that each waits longer, until the book is live again. */
  book(symbol: string, channel: BookChannel): void {
    const subscription = this.#owner.subscription(channel, symbol);
    if (subscription === undefined) return;
    const { protocol, runtime } = this.#options;
    const name = `${channel} ${symbol}`;
    const backoff = this.#bookBackoffs.get(name) ?? new Backoff(runtime, 400, 15_000);
    this.#bookBackoffs.set(name, backoff);
    const isRequested = (channel === 'book' ? protocol.book : protocol.l3)?.source === 'request';
    const wait = backoff.next();
    const act = (): void => {
      if (this.#owner.subscription(channel, symbol) === undefined || this.#stream.isWhole(channel, symbol)) return;
      if (isRequested) this.#requestBook(subscription, channel);
      else {
        this.#owner.renew([subscription]);
        // The answer may be lost too: the next delta requests the book again, after a longer wait.
        this.#stream.booksOf(channel).missed(symbol);
      }
    };
    if (backoff.attempts === 1 && isRequested) act();
    else this.#owner.later(wait, act);
  }

  #requestBook(subscription: Subscription, channel: BookChannel): void {
    const { protocol, network, runtime } = this.#options;
    const request = (channel === 'book' ? protocol.bookRequest : protocol.l3?.request)!(subscription.venueSymbol);
    let answered = false;
    const failed = (error: ConnectorError): void => {
      this.#options.sink.error(error);
      this.#stream.booksOf(channel).missed(subscription.symbol);
    };
    this.#owner.later(answerMs, () => {
      if (answered) return;
      answered = true;
      failed(unanswered(protocol.id, `the book of ${subscription.symbol}`));
    });
    network.request(request, (response) => {
      if (answered || this.#closed) return;
      answered = true;
      if (response.status === 200) {
        this.#options.sink.wire(`${protocol.id}.http`, 'http', response.text, request.url);
        this.#stream.bookAnswer(subscription.symbol, response.text, runtime.now(), channel);
      } else failed(requestError(protocol.id, `the book of ${subscription.symbol}`, response));
    });
  }

  /** Requests the trades since the newest one known, as after a disconnect. */
  catchUp(symbol: string): void {
    const { protocol } = this.#options;
    if (this.#seenTrades.newest(symbol) === undefined) return;
    if (protocol.tradesRequest === undefined) {
      this.#lost(symbol, 'disconnected; the venue cannot say which trades were missed');
      return;
    }
    this.trades(symbol, true);
  }

  /** Fetches trades that are missing: from the oldest missing id on, or from the newest known one. */
  trades(symbol: string, always = false): void {
    const { protocol } = this.#options;
    const state = this.#backfills.get(symbol) ?? { attempts: 0, busy: false };
    this.#backfills.set(symbol, state);
    const missing = this.#seenTrades.missing(symbol);
    if (state.busy || (missing === undefined && !always)) return;
    const subscription = this.#owner.subscription('trade', symbol);
    if (protocol.tradesRequest === undefined || subscription === undefined) {
      this.#giveUp(symbol, 'the venue cannot fill it');
      return;
    }
    state.busy = true;
    const newest = this.#seenTrades.newest(symbol)?.id;
    const from = missing?.from ?? (newest === undefined ? undefined : newest + 1);
    // Late trades may still arrive on the stream.
    this.#owner.later(state.attempts === 0 ? 250 : Math.min(15_000, 500 * 2 ** state.attempts), () => {
      this.#requestTrades(subscription, from, missing !== undefined);
    });
  }

  #requestTrades(subscription: Subscription, from: number | undefined, needed: boolean): void {
    const { protocol, network, runtime } = this.#options;
    const { symbol, venueSymbol } = subscription;
    const state = this.#backfills.get(symbol)!;
    const before = this.#seenTrades.missing(symbol);
    if (needed && before === undefined) {
      state.busy = false;
      state.attempts = 0;
      return;
    }
    let answered = false;
    const next = (): void => {
      state.busy = false;
      const left = this.#seenTrades.missing(symbol);
      if (left === undefined) state.attempts = 0;
      else if (left.from !== before?.from) {
        state.attempts = 0;
        this.trades(symbol);
      } else if (++state.attempts >= backfillAttempts) {
        state.attempts = 0;
        this.#giveUp(symbol, 'the venue no longer has it', left.to);
        this.trades(symbol);
      } else this.trades(symbol);
    };
    const again = (): void => {
      if (this.#seenTrades.missing(symbol) !== undefined) {
        next();
        return;
      }
      // Where the numbering has no hole, nothing else would repeat the request.
      state.busy = false;
      if (++state.attempts <= backfillAttempts) {
        this.trades(symbol, true);
        return;
      }
      state.attempts = 0;
      // Consecutive ids let the next trade show what is missing; without them nothing would.
      if (protocol.tradeIds !== 'consecutive')
        this.#lost(symbol, 'disconnected; the venue did not say which trades were missed');
    };
    this.#owner.later(answerMs, () => {
      if (answered) return;
      answered = true;
      this.#options.sink.error(unanswered(protocol.id, `trades of ${symbol}`));
      again();
    });
    network.request(protocol.tradesRequest!(venueSymbol, from === undefined ? undefined : String(from)), (response) => {
      if (answered || this.#closed) return;
      answered = true;
      if (response.status !== 200) {
        this.#options.sink.error(requestError(protocol.id, `trades of ${symbol}`, response));
        again();
      } else if (this.#stream.tradesAnswer(symbol, response.text, runtime.now())) next();
      else again();
    });
  }

  #giveUp(symbol: string, reason: string, upTo = Infinity): void {
    for (const { from, to } of this.#seenTrades.giveUp(symbol, upTo)) {
      this.#options.sink.gap('trade', symbol, String(from), String(to), reason);
    }
  }

  #lost(symbol: string, reason: string): void {
    this.#options.sink.gap('trade', symbol, undefined, undefined, reason);
  }
}

function unanswered(exchange: string, what: string): ConnectorError {
  const message = `${exchange} did not answer within ${answerMs / 1000} s when asked for ${what}`;
  return new ConnectorError(message, { retryable: true, context: { exchange } });
}
