/** A market's books of the last few seconds, for answers with an old book. */
import type { Runtime } from '../../core/index.ts';
import type { Market, MarketBook } from '../market-data.ts';

/** Keeps copies of every book. */
export class BookHistory {
  readonly #runtime: Runtime;
  readonly #market: Market;
  readonly #kept = new Map<string, { at: number; book: MarketBook }[]>();

  constructor(runtime: Runtime, market: Market) {
    this.#runtime = runtime;
    this.#market = market;
  }

  /** Records the books as they are now, and drops those older than five seconds. */
  look(): void {
    const now = this.#runtime.elapsed();
    for (const { symbol } of this.#market.instruments) {
      const kept = this.#kept.get(symbol) ?? [];
      kept.push({ at: now, book: this.#market.book(symbol) });
      while (kept.length > 0 && kept[0]!.at < now - 5_000) kept.shift();
      this.#kept.set(symbol, kept);
    }
  }

  /** The book as it was `ms` ago, or the oldest that is kept. */
  ago(symbol: string, ms: number): MarketBook {
    const wanted = this.#runtime.elapsed() - ms;
    return this.#kept.get(symbol)?.find((one) => one.at >= wanted)?.book ?? this.#market.book(symbol);
  }
}
