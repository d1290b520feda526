/** Market sources: where the events of a live market come from, whether a venue's sockets, another library or a recording. */
import type { Channel, Network, Runtime, StreamEvent } from '../../core/index.ts';

/** One requested stream: a channel of a symbol. */
export interface WantedStream {
  /** What is to be streamed. */
  readonly channel: Channel;
  /** The unified name, such as `BTC/USDT`; every event of the stream carries it in this spelling. */
  readonly symbol: string;
  /** Of bars alone. */
  readonly timeframe?: string;
  /** Of books alone: the most levels a side that are wanted. */
  readonly depth?: number;
  /** Whether it is optional: if the venue has no such channel, the source reports `down` with the reason and continues. */
  readonly isOptional?: boolean;
}

/** What a source is lent while it is open. */
export interface SourceContext {
  /** Clock, timers and randomness. */
  readonly runtime: Runtime;
  /** The network that reaches the venue. Default: the system's sockets. */
  readonly network?: Network;
  /** Ends what `open` waits for; a source that is open is ended by `close`. */
  readonly signal?: AbortSignal;
}

/**
 * A source of market events.
 *
 * It reports the state of each requested stream: a StreamStatus `live` once data arrive, another one as soon as data may be missing, `live`
 * again afterwards. Without these, the session cannot notice missed trades.
 *
 * - Trades come in the venue's order. What is sent after the fact is marked `backfill`.
 * - Books are whole ones of at most `depth` levels a side (`kind: 'snapshot'`), best first: a reader keeps the last and nothing else.
 * - It reconnects by itself, for as long as it is open.
 */
export interface MarketSource {
  /** The venue's id, such as `binance`. */
  readonly exchange: string;
  /**
   * Asks for the streams. Resolves when they have been asked for, which may be before the first of them is live; `emit` may be
   * called from then on and before.
   *
   * @throws {ConfigError} If the venue has no such symbol, or no such channel and the stream is not optional.
   * @throws {ConnectorError} If the venue cannot be reached at all.
   */
  open(wanted: readonly WantedStream[], emit: (event: StreamEvent) => void, context: SourceContext): Promise<void>;
  /** Ends all streams; when it resolves, `emit` is not called any more. Closing twice does nothing. */
  close(): Promise<void>;
}
