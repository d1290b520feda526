/** A market whose book, trades and bars live in an exchange, where accounts trade with the crowd. */
import type { Timeframe } from '../../core/index.ts';
import type { Exchange } from '../exchange/index.ts';
import type { Market, MarketBar, MarketBook, MarketInstrument, MarketListener, MarketTop, MarketTrade } from '../market-data.ts'; // prettier-ignore

/** Publishes its exchange's data. What moves the crowd is up to each market. */
export abstract class ExchangeMarket implements Market {
  /** What can be traded. */
  abstract readonly instruments: readonly MarketInstrument[];
  /** The exchange its orders meet on. */
  abstract readonly exchange: Exchange;

  /** Starts trading on the runtime's clock. */
  abstract start(): void;
  /** Stops its prices. */
  abstract stop(): void;
  /** Does everything that is due by now. */
  abstract settle(): void;

  /** The book of a symbol, `depth` levels of each side. */
  book(symbol: string, depth?: number): MarketBook {
    return this.exchange.book(symbol, depth);
  }

  /** Best bid and ask of a symbol. */
  top(symbol: string): MarketTop {
    return this.exchange.top(symbol);
  }

  updateId(symbol: string): number {
    return this.exchange.updateId(symbol);
  }

  trades(symbol: string, limit: number, fromId?: number): readonly MarketTrade[] {
    return this.exchange.trades(symbol, limit, fromId);
  }

  tradesBetween(symbol: string, start: number, end: number, limit: number, newest?: boolean): readonly MarketTrade[] {
    return this.exchange.tradesBetween(symbol, start, end, limit, newest);
  }

  priceBefore(symbol: string, time: number): number | undefined {
    return this.exchange.priceBefore(symbol, time);
  }

  barMs(symbol: string): number {
    return this.exchange.barMs(symbol);
  }

  bars(symbol: string, frame: Timeframe, start: number, end: number): readonly MarketBar[] {
    return this.exchange.bars(symbol, frame, start, end);
  }

  firstTime(symbol: string): number | undefined {
    return this.exchange.firstTime(symbol);
  }

  /** Calls the listener for trades and changes of books. */
  listen(listener: MarketListener): void {
    this.exchange.listen(listener);
  }
}
