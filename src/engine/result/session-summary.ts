/** What a session adds to the result of a run: its streams, its queue and why it ended. */
import type { RoundTrip } from './round-trip.ts';

/**
 * How a session reaches the market: a recorded stream (`recording`), live prices with our own fills (`paper`), an exchange's test
 * network (`sandbox`), or its real account (`live`), for which a session must be armed.
 */
export type LiveMode = 'recording' | 'paper' | 'sandbox' | 'live';

/** Every mode of a run. */
export type RunMode = 'backtest' | LiveMode;

/** Counts of the session's input queue. */
export interface QueueCounts {
  /** The most inputs that may wait. */
  readonly limit: number;
  /** The most inputs that ever waited. */
  readonly most: number;
  /** Quotes, books and statistics dropped because a newer one arrived before they were read. */
  readonly replaced: number;
  /** Trades and other events dropped because the queue was full; each hole is reported as a gap. */
  readonly dropped: number;
}

/** The statistics of one channel of a stream over a session. */
export interface ChannelMeasure {
  /** The channel, such as `trade`. */
  readonly channel: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** Events received. */
  readonly events: number;
  /** Mean lag, receive time minus exchange time, in milliseconds; undefined where the exchange sends no time. */
  readonly meanLagMs: number | undefined;
  /** The largest of these differences, in milliseconds. */
  readonly mostLagMs: number | undefined;
  /** Losses that were reported. */
  readonly gaps: number;
  /** Events that held a value no market can have. */
  readonly refused: number;
  /** Times that the book was made again. */
  readonly resyncs: number;
  /** Reconnects after it was live. */
  readonly reconnects: number;
}

/** Counts of one stream over a session. */
export interface StreamSummary {
  /** The data's name. */
  readonly name: string;
  /** The exchange's id. */
  readonly exchange: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** Bars loaded before the stream opened. */
  readonly history: number;
  /** Bars built from trades or streamed by the venue. */
  readonly built: number;
  /** Bars requested because the stream had not seen all of them. */
  readonly fetched: number;
  /** Trades received. */
  readonly trades: number;
  /** Trades that arrived after their bar had closed; they are in no bar. */
  readonly lateTrades: number;
  /** Trades refused because of an impossible value; they are in no bar. */
  readonly badTrades: number;
  /** Every refused event by channel and reason, such as `{ 'quote price': 2 }`. */
  readonly refused: Readonly<Record<string, number>>;
  /** What each of its channels brought. */
  readonly channels: readonly ChannelMeasure[];
  /** How often the stream may have missed trades. */
  readonly breaks: number;
  /** Bars that may lack trades and could not be fetched: trades had stopped before their end while other channels went on. */
  readonly suspectBars: number;
  /** Holes: bars that the exchange no longer serves or did not serve, without which the session continued. Times are milliseconds UTC. */
  readonly holes: readonly {
    /** First moment of the hole, milliseconds UTC. */
    readonly start: number;
    /** First moment after it, milliseconds UTC. */
    readonly end: number;
    /** Why it could not be filled. */
    readonly reason: string;
  }[];
}

/** What a session adds to its result. */
export interface SessionSummary {
  /** Why it ended. */
  readonly ended: string;
  /** Whether open orders, fills and balances were known before the end; if not, the figures of the result are not the account's. */
  readonly isRecovered: boolean;
  /** Whether every order and cancel that was sent had its answer, and every reported fill was booked. */
  readonly isSettled: boolean;
  /** Units held of each symbol at the end, remainders that cannot be sold included. */
  readonly holdings: Readonly<Record<string, number>>;
  /** Orders that were open at the end, one line each. They stay open at the exchange. */
  readonly openOrders: readonly string[];
  /** Inputs consumed. */
  readonly inputs: number;
  /** One summary for each data. */
  readonly streams: readonly StreamSummary[];
  /** How full the queue of inputs became. */
  readonly queue: QueueCounts;
  /** Requests for bars that failed and were repeated. */
  readonly failedRequests: number;
  /** How long orders took to the exchange and back; undefined on paper, in a replay, and where none was sent. */
  readonly roundTrip?: RoundTrip;
  /** Path of the journal; undefined where none was written. */
  readonly journal: string | undefined;
}
