/** One stream through ccxt's HTTP methods, polled at intervals: for exchanges without streams, and while streams fail. */
import {
  AuthError, ConfigError, messageOf, RateLimitError, RegionBlockedError, type Channel, type MarketEvent, type Runtime, type StreamState,
} from '../../../core/index.ts'; // prettier-ignore
import {
  barOf, bookOf, quoteOfBook, statisticsOf, tradeOf, type CcxtExchange, type CcxtStore, type RowOrigin, type WatchedStream,
} from '../../ccxt/index.ts'; // prettier-ignore
import { Backoff } from '../../sockets/pacing.ts';
import type { CcxtTransport, Emit } from './transport.ts';

/** The method that polls each channel. */
const methods = {
  trade: 'fetchTrades', quote: 'fetchOrderBook', book: 'fetchOrderBook', bar: 'fetchOHLCV', ticker24h: 'fetchTicker', funding: 'fetchFundingRate',
  mark: 'fetchFundingRate', index: 'fetchFundingRate', openInterest: 'fetchOpenInterest',
} as const satisfies Readonly<Partial<Record<Channel, string>>>; // prettier-ignore

/** The method that polls a channel; undefined where the exchange has none. */
export function pollMethod(exchange: CcxtExchange, channel: Channel): string | undefined {
  const method = (methods as Readonly<Partial<Record<Channel, string>>>)[channel];
  return method !== undefined && exchange.has[method] === true ? method : undefined;
}

/** The reason of a poll's first state. */
export const pollingBegins = 'asking over HTTP';

/** ccxt's rows that this package uses nowhere else. */
interface Derivatives {
  fetchFundingRate(symbol: string): Promise<{
    timestamp?: number;
    fundingRate?: number;
    nextFundingRate?: number;
    fundingTimestamp?: number;
    markPrice?: number;
    indexPrice?: number;
  }>;
  fetchOpenInterest(symbol: string): Promise<{ timestamp?: number; openInterestAmount?: number; baseVolume?: number }>;
}

export class RestPoll implements CcxtTransport {
  readonly #store: CcxtStore;
  readonly #stream: WatchedStream;
  readonly #everyMs: number;
  readonly #emit: Emit;
  readonly #runtime: Runtime;
  readonly #backoff: Backoff;
  #state: StreamState | undefined;
  #isStopped = false;
  #wake: (() => void) | undefined;
  /** Trades of the previous answer, to see whether the answers overlap. */
  #before: ReadonlySet<string> | undefined;
  #lastPrice = 0;

  constructor(store: CcxtStore, stream: WatchedStream, everyMs: number, emit: Emit, runtime: Runtime) {
    this.#store = store;
    this.#stream = stream;
    this.#everyMs = everyMs;
    this.#emit = emit;
    this.#runtime = runtime;
    this.#backoff = new Backoff(runtime, Math.min(1_000, everyMs), 60_000);
  }

  async run(): Promise<void> {
    this.#say('connecting', pollingBegins);
    while (!this.#stopped()) {
      try {
        await this.#ask();
        this.#backoff.reset();
        if (!this.#stopped()) this.#live();
      } catch (error) {
        if (this.#stopped()) return;
        const reason = messageOf(error);
        if (error instanceof RegionBlockedError || error instanceof AuthError || error instanceof ConfigError) {
          this.#say('down', reason);
          return;
        }
        if (error instanceof RateLimitError) this.#store.rest(error.retryAfterMs);
        this.#say('connecting', reason);
        await this.#sleep(this.#backoff.next());
        continue;
      }
      await this.#sleep(this.#everyMs);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  /** A method, so that the compiler does not take the field for unchanged after a wait. */
  #stopped(): boolean {
    return this.#isStopped;
  }

  async #ask(): Promise<void> {
    const { channel, symbol, timeframe = '1m', depth = 20 } = this.#stream;
    const read = <T>(act: (exchange: CcxtExchange) => Promise<T>): Promise<T> =>
      this.#store.readOnce(`ask for the ${channel} of ${symbol}`, act);
    const later = <T>(act: (exchange: Derivatives) => Promise<T>): Promise<T> =>
      read((exchange) => act(exchange as unknown as Derivatives));
    switch (channel) {
      case 'trade': {
        const rows = await read((exchange) => exchange.fetchTrades(symbol));
        if (!this.#stopped()) this.#trades(rows);
        return;
      }
      case 'book':
      case 'quote': {
        const row = await read((exchange) => exchange.fetchOrderBook(symbol, channel === 'quote' ? undefined : depth));
        if (!this.#stopped())
          this.#pass(channel === 'quote' ? quoteOfBook(row, this.#origin()) : bookOf(row, this.#origin(), depth));
        return;
      }
      case 'bar': {
        const rows = await read((exchange) => exchange.fetchOHLCV(symbol, timeframe, undefined, 3));
        for (const row of rows.slice(-3)) {
          const bar = barOf(row, this.#origin(), timeframe);
          if (bar !== undefined && !this.#stopped()) this.#pass(bar);
        }
        return;
      }
      case 'ticker24h': {
        const row = await read((exchange) => exchange.fetchTicker(symbol));
        if (!this.#stopped()) this.#pass(statisticsOf(row, this.#origin()));
        return;
      }
      case 'openInterest': {
        const row = await later((exchange) => exchange.fetchOpenInterest(symbol));
        const size = row.openInterestAmount ?? row.baseVolume ?? NaN;
        if (!this.#stopped()) this.#pass({ type: 'openInterest', ...this.#origin(), time: row.timestamp, size });
        return;
      }
      default: {
        const row = await later((exchange) => exchange.fetchFundingRate(symbol));
        if (this.#stopped()) return;
        const stamp = { ...this.#origin(), time: row.timestamp };
        const { markPrice, indexPrice } = row;
        if (channel === 'mark') this.#pass({ type: 'mark', ...stamp, price: markPrice ?? NaN });
        else if (channel === 'index') this.#pass({ type: 'index', ...stamp, price: indexPrice ?? NaN });
        else {
          this.#pass({
            type: 'funding', ...stamp, rate: row.fundingRate, predictedRate: row.nextFundingRate, nextTime: row.fundingTimestamp, markPrice, indexPrice,
          }); // prettier-ignore
        }
      }
    }
  }

  /** The newest trades. When none of them was in the previous answer, trades in between may have been missed. */
  #trades(rows: Awaited<ReturnType<CcxtExchange['fetchTrades']>>): void {
    const ids = new Set(rows.flatMap(({ id }) => id ?? []));
    const { symbol, channel } = this.#stream;
    const before = this.#before;
    if (before !== undefined && before.size > 0 && ids.size > 0 && ![...ids].some((id) => before.has(id))) {
      const reason = 'more trades happened between two requests than one answer holds';
      this.#emit({ type: 'gap', exchange: this.#store.exchange, symbol, channel, from: undefined, to: undefined, reason, time: this.#runtime.now() }); // prettier-ignore
    }
    const isFirst = before === undefined;
    if (ids.size > 0 || isFirst) this.#before = ids;
    const sorted = [...rows].sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
    for (const row of sorted) {
      const trade = tradeOf(row, this.#origin(), (row.price ?? 0) >= this.#lastPrice ? 'buy' : 'sell', isFirst);
      if (Number.isFinite(trade.price)) this.#lastPrice = trade.price;
      this.#pass(trade);
    }
  }

  #origin(): RowOrigin {
    return { exchange: this.#store.exchange, symbol: this.#stream.symbol, receiveTime: this.#runtime.now() };
  }

  #sleep(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#runtime.after(ms, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #live(): void {
    this.#say('live', `asked over HTTP every ${this.#everyMs} ms`);
  }

  /** The stream is reported live before its first data. */
  #pass(event: MarketEvent): void {
    this.#live();
    this.#emit(event);
  }

  #say(state: StreamState, reason: string): void {
    if (this.#state === state) return;
    this.#state = state;
    const { channel, symbol } = this.#stream;
    this.#emit({
      type: 'status',
      exchange: this.#store.exchange,
      symbol,
      channel,
      state,
      reason,
      time: this.#runtime.now(),
    });
  }
}
