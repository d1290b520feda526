/** The last moments of a market's books, for answers that come late. */
import type { Runtime } from '../../core/index.ts';
import type { Market, MarketBook } from '../market-data.ts';

/** Keeps a copy of every book at each look. */
export class BookHistory {
  readonly #runtime: Runtime;
  readonly #market: Market;
  readonly #kept = new Map<string, { at: number; book: MarketBook }[]>();

  constructor(runtime: Runtime, market: Market) {
    this.#runtime = runtime;
    this.#market = market;
  }

  /** Keeps the books as they are now; those older than five seconds are dropped. */
  look(): void {
    const now = this.#runtime.elapsed();
    for (const { symbol } of this.#market.instruments) {
      const kept = this.#kept.get(symbol) ?? [];
      kept.push({ at: now, book: this.#market.book(symbol) });
      while (kept.length > 0 && kept[0]!.at < now - 5_000) kept.shift();
      this.#kept.set(symbol, kept);
    }
  }

  /** The book as it was some time ago, or as long ago as is kept. */
  ago(symbol: string, ms: number): MarketBook {
    const wanted = this.#runtime.elapsed() - ms;
    return this.#kept.get(symbol)?.find((one) => one.at >= wanted)?.book ?? this.#market.book(symbol);
  }
}
