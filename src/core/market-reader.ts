/** What a strategy may read of a live market beside its bars: trades, book and prices as the session has consumed them. */
import type {
  Channel, Funding, IndexPrice, Level, Liquidation, MarkPrice, OpenInterest, Quote, StreamState, Ticker24h, TradeTick,
} from './events.ts'; // prettier-ignore

/** The levels of a book at one moment, best first. Never changed after it is made. */
export interface MarketBook {
  /** Bids, the highest first. */
  readonly bids: readonly Level[];
  /** Asks, the lowest first. */
  readonly asks: readonly Level[];
  /** Exchange time of the last update, milliseconds UTC; undefined where the venue sends none. */
  readonly time: number | undefined;
  /** The exchange's number of the latest change; undefined where it has none. */
  readonly sequence: number | undefined;
}

/**
 * One symbol's market up to now: what the session has processed, never what the socket has received since. Before the first data members
 * are undefined or empty; none throws.
 */
export interface MarketReader {
  /** The exchange's id. */
  readonly exchange: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** The state of the stream that the bars are built from; `connecting` before its first data. */
  readonly state: StreamState;
  /** Best bid and ask; undefined before the first and while the stream of quotes is interrupted. */
  readonly quote: Quote | undefined;
  /** Funding of a perpetual as the exchange last stated it; undefined before the first, and where it was not subscribed to. */
  readonly funding: Funding | undefined;
  /** The latest mark price; undefined before the first. */
  readonly mark: MarkPrice | undefined;
  /** The latest price of the index that a derivative follows; undefined before the first. */
  readonly index: IndexPrice | undefined;
  /** The latest open interest; undefined before the first. */
  readonly openInterest: OpenInterest | undefined;
  /** The latest liquidations, oldest first: 100 by default and at most; empty before the first. */
  recentLiquidations(count?: number): readonly Liquidation[];
  /** The state of a channel; `down` for one without a subscription. */
  stateOf(channel: Channel): StreamState;
  /** The latest trades of the market, oldest first: 100 by default; fewer when there are fewer, or fewer are kept. */
  recentTrades(count?: number): readonly TradeTick[];
  /** The book; undefined before the first snapshot and while it is incomplete. */
  book(): MarketBook | undefined;
  /** Statistics of the last 24 hours; undefined before the first. */
  ticker(): Ticker24h | undefined;
  /** Another symbol of the same feed. @throws {ConfigError} If the feed is not subscribed to it. */
  of(symbol: string): MarketReader;
}
