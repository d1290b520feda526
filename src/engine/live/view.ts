/** A live session as those who watch it see it: prices, positions, orders, money and connections at this moment. */
import type { Order } from '../../broker/index.ts';
import type { StreamState } from '../../core/index.ts';
import type { QueueCounts } from './queue.ts';

/** One data of a session at a moment. */
export interface DataView {
  readonly name: string;
  readonly symbol: string;
  readonly timeframe: string;
  readonly state: StreamState;
  /** The latest print or, before one, the latest close; NaN before both. */
  readonly price: number;
  readonly bars: number;
  /** Close of the latest bar, milliseconds UTC; NaN before one. */
  readonly closeTime: number;
  readonly position: { readonly size: number; readonly price: number };
}

/** What a session shows. Everything is as of now; a reader takes what it wants to keep. */
export interface SessionView {
  readonly mode: 'replay' | 'paper' | 'sandbox';
  /** The exchange's time as the session reckons it, milliseconds UTC. */
  readonly now: number;
  readonly steps: number;
  readonly cash: number;
  readonly value: number;
  readonly datas: readonly DataView[];
  /** Orders that are alive. */
  readonly orders: readonly Order[];
  /** What was said last of the way to the exchange, newest last. */
  readonly messages: readonly string[];
}

/** What became of the bars of one stream. */
export interface StreamSummary {
  readonly name: string;
  readonly exchange: string;
  readonly symbol: string;
  /** Bars before the stream. */
  readonly history: number;
  /** Bars made of trades or streamed by the venue, and bars fetched because the stream had not seen all of them. */
  readonly built: number;
  readonly fetched: number;
  readonly trades: number;
  /** Trades that came after their bar was closed, and prints without a sound price; neither is in a bar. */
  readonly lateTrades: number;
  readonly badTrades: number;
  /** How often the stream may have missed trades. */
  readonly breaks: number;
}

/** What a live run adds to its result. */
export interface SessionSummary {
  /** Why it ended. */
  readonly ended: string;
  readonly inputs: number;
  readonly streams: readonly StreamSummary[];
  readonly queue: QueueCounts;
  /** Requests for bars that failed and were repeated. */
  readonly failedRequests: number;
  /** File of the journal; undefined where none was kept. */
  readonly journal: string | undefined;
}
