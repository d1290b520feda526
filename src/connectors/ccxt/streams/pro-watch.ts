/** One stream through ccxt's watch methods: called repeatedly, with errors reported as states, and reopened after a drop. */
import {
  ProtocolError,
  RateLimitError,
  messageOf,
  type Channel,
  type Runtime,
  type StreamEvent,
  type StreamState,
  type Timer,
} from '../../../core/index.ts';
import { Backoff } from '../../sockets/pacing.ts';
import type { CcxtBar, CcxtExchange, CcxtOrderBook, CcxtTicker, CcxtTrade } from '../connection/exchange.ts';
import { isWorthRepeating, type WatchMethod } from './pro-methods.ts';
import { barOf, bookOf, quoteOfBook, quoteOfTicker, statisticsOf, tradeOf, type RowOrigin } from './pro-rows.ts';
import type { CcxtStore } from '../connection/store.ts';

/** A stream to be watched. */
export interface WatchedStream {
  readonly channel: Channel;
  readonly symbol: string;
  /** Of bars. */
  readonly timeframe?: string;
  /** Of books: levels a side. */
  readonly depth?: number;
}

/** Timeouts and retries of a watched stream. */
export interface WatchPolicy {
  /** Silence in milliseconds after which it is stale. */
  readonly staleMs: number;
  readonly firstBackoffMs: number;
  readonly capBackoffMs: number;
  /** Data must flow this long before the next failure counts as the first. */
  readonly stableMs: number;
}

const usualDepth = 20;
/** How many trade ids are remembered to recognise a repeated one. */
const rememberedIds = 4_000;
/** After this many answers in a row that could not be read a stream gives up. */
const mostUnreadable = 5;

/**
 * Watches one stream until it is stopped.
 *
 * What an exchange sends on subscribing may be history: of the first trades after a connection all but the last are marked as
 * `backfill`. Trades whose id was seen already are left out. Where the exchange does not say which side a trade took, a price
 * that did not fall counts as bought.
 */
export class ProWatch {
  /** Why it gave up; undefined while it has not. */
  failure: unknown;
  /** Trades that came again and were left out. */
  doubles = 0;
  readonly #store: CcxtStore;
  readonly #stream: WatchedStream;
  readonly #method: WatchMethod;
  readonly #emit: (event: StreamEvent) => void;
  readonly #runtime: Runtime;
  readonly #policy: WatchPolicy;
  readonly #backoff: Backoff;
  readonly #seen = new Set<string>();
  #state: StreamState | undefined;
  #lastPrice = 0;
  #liveSince = Infinity;
  #stopped = false;
  /** Answers in a row that could not be read. */
  #unreadable = 0;
  #abandon: (() => void) | undefined;
  #stale: Timer | undefined;

  constructor(
    store: CcxtStore,
    stream: WatchedStream,
    method: WatchMethod,
    emit: (event: StreamEvent) => void,
    runtime: Runtime,
    policy: WatchPolicy,
  ) {
    this.#store = store;
    this.#stream = stream;
    this.#method = method;
    this.#emit = emit;
    this.#runtime = runtime;
    this.#policy = policy;
    this.#backoff = new Backoff(runtime, policy.firstBackoffMs, policy.capBackoffMs);
  }

  /** Watches; resolves when the stream was stopped, or has failed permanently. Never rejects. */
  async run(): Promise<void> {
    this.#say('connecting', 'start');
    while (!this.#stopped) {
      try {
        const rows = await this.#next();
        if (rows !== undefined) rows();
      } catch (error) {
        if (this.#hasStopped()) break;
        const reason = messageOf(error);
        // An error that is not the connection's would only repeat itself.
        if (!isWorthRepeating(error) && !this.#mayBeReadNext(error)) {
          this.failure = error;
          this.#quiet();
          this.#say('down', reason);
          return;
        }
        if (error instanceof RateLimitError) this.#store.rest(error.retryAfterMs);
        await this.#pause(reason, error instanceof RateLimitError ? (error.retryAfterMs ?? 0) : 0);
      }
    }
    this.#quiet();
  }

  /** An unreadable answer may have been damaged on its way: only several in a row show that ccxt cannot read this exchange. */
  #mayBeReadNext(error: unknown): boolean {
    return error instanceof ProtocolError && ++this.#unreadable <= mostUnreadable;
  }

  /** Ends the stream; nothing is emitted from now on. */
  stop(): void {
    this.#stopped = true;
    this.#quiet();
    this.#abandon?.();
  }

  /** Waits for the exchange's next answer and returns a function that handles it; undefined when the stream is stopped meanwhile. */
  #next(): Promise<(() => void) | undefined> {
    return new Promise((resolve, reject) => {
      this.#abandon = () => {
        resolve(undefined);
      };
      this.#store
        .callOnce(`watch the ${this.#stream.channel} stream of ${this.#stream.symbol}`, (exchange) =>
          this.#ask(exchange),
        )
        .then(resolve, reject);
    });
  }

  async #ask(exchange: CcxtExchange): Promise<() => void> {
    const { symbol, timeframe = '1m' } = this.#stream;
    switch (this.#method) {
      case 'watchTrades': {
        const rows = await exchange.watchTrades(symbol);
        return () => {
          this.#trades(rows);
        };
      }
      case 'watchBidsAsks': {
        const row = (await exchange.watchBidsAsks([symbol]))[symbol];
        return () => {
          if (row !== undefined) this.#ticker(row);
        };
      }
      case 'watchTicker': {
        const row = await exchange.watchTicker(symbol);
        return () => {
          this.#ticker(row);
        };
      }
      case 'watchOrderBook': {
        const row = await exchange.watchOrderBook(symbol);
        return () => {
          this.#book(row);
        };
      }
      case 'watchOHLCV': {
        const rows = await exchange.watchOHLCV(symbol, timeframe);
        return () => {
          this.#bars(rows, timeframe);
        };
      }
    }
  }

  #trades(rows: readonly CcxtTrade[]): void {
    const wasLive = this.#state === 'live' || this.#state === 'stale';
    const fresh = rows.filter(({ id }) => id === undefined || !this.#seen.has(id));
    this.doubles += rows.length - fresh.length;
    if (fresh.length > 0) this.#live();
    const origin = this.#origin();
    fresh.forEach((row, i) => {
      if (row.id !== undefined) this.#remember(row.id);
      const side = (row.price ?? 0) >= this.#lastPrice ? 'buy' : 'sell';
      const trade = tradeOf(row, origin, side, !wasLive && i < fresh.length - 1);
      if (Number.isFinite(trade.price)) this.#lastPrice = trade.price;
      this.#emit(trade);
    });
  }

  #remember(id: string): void {
    this.#seen.add(id);
    if (this.#seen.size <= rememberedIds) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      break;
    }
  }

  #ticker(row: CcxtTicker): void {
    const event = this.#stream.channel === 'quote' ? quoteOfTicker(row, this.#origin()) : statisticsOf(row, this.#origin()); // prettier-ignore
    if (event === undefined) return;
    this.#live();
    this.#emit(event);
  }

  #book(row: CcxtOrderBook): void {
    const { channel, depth = usualDepth } = this.#stream;
    this.#live();
    this.#emit(channel === 'quote' ? quoteOfBook(row, this.#origin()) : bookOf(row, this.#origin(), depth));
  }

  #bars(rows: readonly CcxtBar[], timeframe: string): void {
    this.#live();
    const origin = this.#origin();
    for (const row of rows) {
      const bar = barOf(row, origin, timeframe);
      if (bar !== undefined) this.#emit(bar);
    }
  }

  #origin(): RowOrigin {
    return { exchange: this.#store.exchange, symbol: this.#stream.symbol, receiveTime: this.#runtime.now() };
  }

  /** Data came. */
  #live(): void {
    const now = this.#runtime.elapsed();
    this.#unreadable = 0;
    if (this.#state !== 'live') {
      this.#liveSince = now;
      this.#say('live', 'data');
    } else if (now - this.#liveSince > this.#policy.stableMs) this.#backoff.reset();
    const { staleMs } = this.#policy;
    this.#stale?.cancel();
    this.#stale = undefined;
    if (!Number.isFinite(staleMs)) return;
    this.#stale = this.#runtime.after(staleMs, () => {
      this.#say('stale', `nothing came for ${staleMs} ms`);
    });
  }

  async #pause(reason: string, leastMs: number): Promise<void> {
    this.#quiet();
    this.#say('connecting', reason);
    await new Promise<void>((resolve) => {
      const timer = this.#runtime.after(Math.max(leastMs, this.#backoff.next()), resolve);
      this.#abandon = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #quiet(): void {
    this.#stale?.cancel();
    this.#stale = undefined;
  }

  #hasStopped(): boolean {
    return this.#stopped;
  }

  #say(state: StreamState, reason: string): void {
    if (this.#state === state && state !== 'connecting') return;
    this.#state = state;
    const { channel, symbol } = this.#stream;
    const time = this.#runtime.now();
    this.#emit({ type: 'status', exchange: this.#store.exchange, symbol, channel, state, reason, time });
  }
}
