/** Fetches by HTTP what the books and trades of one socket lack: whole books, and trades that never came. */
import { ConnectorError, type Channel } from '../../core/index.ts';
import { Backoff } from './pacing.ts';
import type { Subscription } from '../decoding/protocol.ts';
import { requestError } from './request-error.ts';
import type { RunOptions } from './socket.ts';
import type { Stream } from '../decoding/frame-stream.ts';

/** What a recovery needs of its socket. */
export interface RecoveryOwner {
  /** The subscription, while the socket still has it. */
  subscription(channel: Channel, symbol: string): Subscription | undefined;
  /** Leaves a subscription and takes it again. */
  renew(subscription: Subscription): void;
  /** Acts after a time, unless the socket is gone by then. */
  later(ms: number, act: () => void): void;
  /** Trades that never came and never will. */
  lost(symbol: string, from: string | undefined, to: string | undefined, reason: string): void;
  error(error: ConnectorError): void;
  /** The text of an answer, for recorders. */
  answer(text: string, url: string): void;
}

const backfillAttempts = 6;
/** How long an answer is waited for. */
const answerMs = 10_000;

export class Recovery<N> {
  readonly #stream: Stream<N>;
  readonly #options: RunOptions<N>;
  readonly #owner: RecoveryOwner;
  readonly #bookBackoffs = new Map<string, Backoff>();
  readonly #backfills = new Map<string, { attempts: number; busy: boolean }>();
  #closed = false;

  constructor(stream: Stream<N>, options: RunOptions<N>, owner: RecoveryOwner) {
    this.#stream = stream;
    this.#options = options;
    this.#owner = owner;
  }

  /** The socket is gone: answers that are still on their way are left. */
  close(): void {
    this.#closed = true;
  }

  /** The book is whole: the next request for it goes at once. */
  bookLive(symbol: string): void {
    this.#bookBackoffs.get(symbol)?.reset();
  }

  /** A whole book is needed. The first request goes at once; after that each waits longer, until the book is live again. */
  book(symbol: string): void {
    const subscription = this.#owner.subscription('book', symbol);
    if (subscription === undefined) return;
    const { protocol, runtime } = this.#options;
    const backoff = this.#bookBackoffs.get(symbol) ?? new Backoff(runtime, 400, 15_000);
    this.#bookBackoffs.set(symbol, backoff);
    const wait = backoff.next();
    const act = (): void => {
      if (this.#owner.subscription('book', symbol) === undefined || this.#stream.keeper.book(symbol) !== undefined)
        return;
      if (protocol.book.source === 'request') this.#requestBook(subscription);
      else {
        this.#owner.renew(subscription);
        // The answer may be lost too: what comes instead asks again, after a longer wait.
        this.#stream.keeper.missed(symbol);
      }
    };
    if (backoff.attempts === 1 && protocol.book.source === 'request') act();
    else this.#owner.later(wait, act);
  }

  #requestBook(subscription: Subscription): void {
    const { protocol, network, runtime } = this.#options;
    const request = protocol.bookRequest!(subscription.venueSymbol);
    let answered = false;
    const failed = (error: ConnectorError): void => {
      this.#owner.error(error);
      this.#stream.keeper.missed(subscription.symbol);
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
        this.#owner.answer(response.text, request.url);
        this.#stream.bookAnswer(subscription.symbol, response.text, runtime.now());
      } else failed(requestError(protocol.id, `the book of ${subscription.symbol}`, response));
    });
  }

  /** Asks for the trades since the newest one known, as after a disconnect. */
  catchUp(symbol: string): void {
    const { protocol, ledger } = this.#options;
    if (ledger.newest(symbol) === undefined) return;
    if (protocol.tradesRequest === undefined) {
      this.#owner.lost(symbol, undefined, undefined, 'disconnected; the venue cannot say which trades were missed');
      return;
    }
    this.trades(symbol, true);
  }

  /** Fetches trades that are missing: from the oldest missing id on, or from the newest known one. */
  trades(symbol: string, always = false): void {
    const { protocol, ledger } = this.#options;
    const state = this.#backfills.get(symbol) ?? { attempts: 0, busy: false };
    this.#backfills.set(symbol, state);
    const missing = ledger.missing(symbol);
    if (state.busy || (missing === undefined && !always)) return;
    const subscription = this.#owner.subscription('trade', symbol);
    if (protocol.tradesRequest === undefined || subscription === undefined) {
      this.#giveUp(symbol, 'the venue cannot fill it');
      return;
    }
    state.busy = true;
    const newest = ledger.newest(symbol)?.id;
    const from = missing?.from ?? (newest === undefined ? undefined : newest + 1);
    // A moment for what is late in the stream to arrive by itself.
    this.#owner.later(state.attempts === 0 ? 250 : Math.min(15_000, 500 * 2 ** state.attempts), () => {
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
        this.trades(symbol);
      } else if (++state.attempts >= backfillAttempts) {
        state.attempts = 0;
        this.#giveUp(symbol, 'the venue no longer has it', left.to);
        this.trades(symbol);
      } else this.trades(symbol);
    };
    const again = (): void => {
      if (ledger.missing(symbol) !== undefined) {
        next();
        return;
      }
      // Without a hole to fill nothing would ask again.
      state.busy = false;
      if (++state.attempts <= backfillAttempts) {
        this.trades(symbol, true);
        return;
      }
      state.attempts = 0;
      // Where ids run by one, the next trade shows what is missing; elsewhere nobody would know.
      if (protocol.tradeIds !== 'consecutive')
        this.#owner.lost(symbol, undefined, undefined, 'disconnected; the venue did not say which trades were missed');
    };
    this.#owner.later(answerMs, () => {
      if (answered) return;
      answered = true;
      this.#owner.error(unanswered(protocol.id, `trades of ${symbol}`));
      again();
    });
    network.request(protocol.tradesRequest!(venueSymbol, from === undefined ? undefined : String(from)), (response) => {
      if (answered || this.#closed) return;
      answered = true;
      if (response.status !== 200) {
        this.#owner.error(requestError(protocol.id, `trades of ${symbol}`, response));
        again();
      } else if (this.#stream.tradesAnswer(symbol, response.text, runtime.now())) next();
      else again();
    });
  }

  #giveUp(symbol: string, reason: string, upTo = Infinity): void {
    for (const { from, to } of this.#options.ledger.giveUp(symbol, upTo)) {
      this.#owner.lost(symbol, String(from), String(to), reason);
    }
  }
}

function unanswered(exchange: string, what: string): ConnectorError {
  const message = `${exchange} did not answer within ${answerMs / 1000} s when asked for ${what}`;
  return new ConnectorError(message, { retryable: true, context: { exchange } });
}
