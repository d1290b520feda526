/** Markets as one, each symbol in its own: spot and contracts of exchanges that serve both under one address. */
import type { Timeframe } from '../../core/index.ts';
import type { Market, MarketBar, MarketBook, MarketInstrument, MarketListener, MarketTop, MarketTrade } from '../market-data.ts'; // prettier-ignore

/** Several markets with symbols of their own. */
export class JoinedMarket implements Market {
  readonly instruments: readonly MarketInstrument[];
  readonly #markets: readonly Market[];
  readonly #bySymbol = new Map<string, Market>();

  constructor(markets: readonly Market[]) {
    this.#markets = markets;
    this.instruments = markets.flatMap((market) => market.instruments);
    for (const market of markets) for (const { symbol } of market.instruments) this.#bySymbol.set(symbol, market);
  }

  #of(symbol: string): Market {
    return this.#bySymbol.get(symbol)!;
  }

  book(symbol: string, depth?: number): MarketBook {
    return this.#of(symbol).book(symbol, depth);
  }

  top(symbol: string): MarketTop {
    return this.#of(symbol).top(symbol);
  }

  updateId(symbol: string): number {
    return this.#of(symbol).updateId(symbol);
  }

  trades(symbol: string, limit: number, fromId?: number): readonly MarketTrade[] {
    return this.#of(symbol).trades(symbol, limit, fromId);
  }

  tradesBetween(symbol: string, start: number, end: number, limit: number, newest?: boolean): readonly MarketTrade[] {
    return this.#of(symbol).tradesBetween(symbol, start, end, limit, newest);
  }

  priceBefore(symbol: string, time: number): number | undefined {
    return this.#of(symbol).priceBefore(symbol, time);
  }

  bars(symbol: string, frame: Timeframe, start: number, end: number): readonly MarketBar[] {
    return this.#of(symbol).bars(symbol, frame, start, end);
  }

  barMs(symbol: string): number {
    return this.#of(symbol).barMs(symbol);
  }

  firstTime(symbol: string): number | undefined {
    return this.#of(symbol).firstTime(symbol);
  }

  listen(listener: MarketListener): void {
    for (const market of this.#markets) market.listen(listener);
  }

  settle(): void {
    for (const market of this.#markets) market.settle?.();
  }
}
