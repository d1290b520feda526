/** Fetches the trades that a stream through ccxt has missed, page after page, and reports those that the exchange no longer lists. */
import {
  AuthError,
  messageOf,
  RegionBlockedError,
  type Runtime,
  type Timer,
  type TradeTick,
} from '../../../core/index.ts';
import { tradeOf, type CcxtStore, type CcxtTrade } from '../../ccxt/index.ts';
import type { SeenTrades, TradeVerdict } from '../../decoding/seen-trades.ts';

/** Trades that are late may still come by themselves. */
const patienceMs = 250;
/** How often the same hole is requested before it counts as lost. */
const mostAttempts = 6;
/** Pages that are requested for one hole. */
const mostPages = 100;

/** What fetching needs. */
export interface MissedTradesParts {
  readonly store: CcxtStore;
  readonly symbol: string;
  readonly runtime: Runtime;
  readonly seen: SeenTrades;
  /** Passes a trade on, unless it was seen before. */
  readonly pass: (trade: TradeTick) => TradeVerdict | undefined;
  /** Reports trades that stay missing. */
  readonly gap: (reason: string, from?: string, to?: string) => void;
}

export class MissedTrades {
  readonly #parts: MissedTradesParts;
  /** The time from which trades are wanted, milliseconds UTC; undefined when none are. */
  #since: number | undefined;
  #attempts = 0;
  #isBusy = false;
  #isStopped = false;
  #timer: Timer | undefined;
  #wake: (() => void) | undefined;

  constructor(parts: MissedTradesParts) {
    this.#parts = parts;
  }

  /** Fetches the trades since a moment. Without a trade known before, none can be missing. */
  request(since: number): void {
    if (since === -Infinity || this.#isStopped) return;
    this.#since = Math.min(this.#since ?? Infinity, since);
    if (!this.#isBusy) void this.#run();
  }

  /** Ends it; nothing is passed on from then on. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    while (this.#since !== undefined && !this.#stopped()) {
      await this.#sleep(this.#attempts === 0 ? patienceMs : Math.min(15_000, 500 * 2 ** this.#attempts));
      if (this.#stopped()) break;
      const since = this.#since;
      this.#since = undefined;
      const reason = await this.#fetch(since);
      if (!this.#stopped()) this.#judge(since, reason);
    }
    this.#isBusy = false;
  }

  /** After an attempt: requests again what is still missing, and reports it in the end. */
  #judge(since: number, reason: string | undefined): void {
    const { seen, symbol, gap } = this.#parts;
    if (seen.ids !== 'consecutive') {
      if (reason !== undefined) gap(reason);
      return;
    }
    // Without a hole in the numbering, the next trade shows what is missing.
    const hole = seen.missing(symbol);
    if (hole === undefined) this.#attempts = 0;
    else if (++this.#attempts < mostAttempts) this.#since = Math.min(this.#since ?? Infinity, since);
    else {
      this.#attempts = 0;
      for (const { from, to } of seen.giveUp(symbol)) {
        gap(reason ?? 'the exchange no longer lists these trades', String(from), String(to));
      }
    }
  }

  /** Passes on all trades since a moment. Returns why some of them are lost; undefined when none is. */
  async #fetch(since: number): Promise<string | undefined> {
    const { symbol } = this.#parts;
    let cursor = since;
    let lost: string | undefined;
    for (let page = 0; page < mostPages; page++) {
      let rows: readonly CcxtTrade[];
      try {
        rows = await this.#page(cursor);
      } catch (error) {
        // A refused key or region is refused again.
        if (error instanceof RegionBlockedError || error instanceof AuthError) this.#attempts = mostAttempts;
        return `trades of ${symbol} that were missed could not be fetched: ${messageOf(error)}`;
      }
      if (this.#stopped() || rows.length === 0) return lost;
      const oldest = rows[0]!.timestamp ?? 0;
      if (this.#passAll(rows) === 0 && page > 0) return lost;
      if (page === 0 && oldest > since + 1) lost = 'the exchange no longer lists all trades since the last one known';
      const newest = rows.at(-1)!.timestamp ?? 0;
      if (newest <= cursor) return lost;
      cursor = newest;
    }
    return `more trades of ${symbol} were missed than ${mostPages} answers hold`;
  }

  /** One answer, the oldest trade first. */
  async #page(since: number): Promise<readonly CcxtTrade[]> {
    const { store, symbol } = this.#parts;
    const rows = await store.call(`fetch trades of ${symbol}`, (exchange) => exchange.fetchTrades(symbol, since));
    return [...rows].sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
  }

  /** Passes rows on. Returns how many of them were new. */
  #passAll(rows: readonly CcxtTrade[]): number {
    const { store, symbol, runtime, pass } = this.#parts;
    const origin = { exchange: store.exchange, symbol, receiveTime: runtime.now() };
    let fresh = 0;
    for (const row of rows) {
      const verdict = pass(tradeOf(row, origin, 'buy', true));
      if (verdict === 'new' || verdict === 'late') fresh++;
    }
    return fresh;
  }

  /** A method, so that the compiler does not take the field for unchanged after a wait. */
  #stopped(): boolean {
    return this.#isStopped;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#timer = this.#parts.runtime.after(ms, resolve);
    });
  }
}
