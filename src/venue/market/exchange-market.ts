/** What markets have in common that keep their book, prints and bars in an exchange, where accounts trade beside the crowd. */
import type { Timeframe } from '../../core/index.ts';
import type { Exchange } from '../exchange/index.ts';
import type { Market, MarketBar, MarketBook, MarketInstrument, MarketListener, MarketTop, MarketTrade } from './market.ts'; // prettier-ignore

/** Shows what its exchange knows. What moves the crowd is up to the market. */
export abstract class ExchangeMarket implements Market {
  abstract readonly instruments: readonly MarketInstrument[];
  abstract readonly exchange: Exchange;

  /** Begins to trade on the runtime's clock. */
  abstract start(): void;
  abstract stop(): void;
  /** Lets everything happen that is due by now. */
  abstract settle(): void;

  book(symbol: string, depth?: number): MarketBook {
    return this.exchange.book(symbol, depth);
  }

  top(symbol: string): MarketTop {
    return this.exchange.top(symbol);
  }

  updateId(symbol: string): number {
    return this.exchange.updateId(symbol);
  }

  trades(symbol: string, limit: number, fromId?: number): readonly MarketTrade[] {
    return this.exchange.trades(symbol, limit, fromId);
  }

  bars(symbol: string, frame: Timeframe, start: number, end: number): readonly MarketBar[] {
    return this.exchange.bars(symbol, frame, start, end);
  }

  firstTime(symbol: string): number | undefined {
    return this.exchange.firstTime(symbol);
  }

  listen(listener: MarketListener): void {
    this.exchange.listen(listener);
  }
}
