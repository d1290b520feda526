/** Market sources, which deliver the events of a live market: a venue's sockets, another library or a recording. */
import type { Channel, Network, Runtime, StreamEvent } from '../../core/index.ts';

/** One requested stream: a channel of a symbol. */
export interface WantedStream {
  /** The channel to stream. */
  readonly channel: Channel;
  /** The unified name, such as `BTC/USDT`; every event of the stream carries it in this spelling. */
  readonly symbol: string;
  /** Length of bars, for the `bar` channel. */
  readonly timeframe?: string;
  /** The most levels per side, for the `book` channel. */
  readonly depth?: number;
  /** Whether it is optional: if the venue has no such channel, the source reports `down` with the reason and continues. */
  readonly isOptional?: boolean;
}

/** What the session provides to an open source. */
export interface SourceContext {
  /** Clock, timers and randomness. */
  readonly runtime: Runtime;
  /** The network that reaches the venue. Default: the system's sockets. */
  readonly network?: Network;
  /** Aborts a pending `open`; `close` ends an open source. */
  readonly signal?: AbortSignal;
}

/**
 * A source of market events.
 *
 * It reports the state of each requested stream: a StreamStatus `live` once data arrive, another one as soon as data may be missing, `live`
 * again afterwards. Without these, the session cannot notice missed trades.
 *
 * - Trades come in the venue's order. Trades sent later are marked `backfill`.
 * - Books are whole ones of at most `depth` levels a side (`kind: 'snapshot'`), best first: a reader keeps the last and nothing else.
 * - It reconnects by itself, for as long as it is open.
 */
export interface MarketSource {
  /** The venue's id, such as `binance`. */
  readonly exchange: string;
  /**
   * Subscribes to the streams. Resolves when they have been requested, which may be before the first of them is live; `emit` may be called
   * from then on and before.
   *
   * @throws {ConfigError} If the venue has no such symbol, or no such channel and the stream is not optional.
   * @throws {ConnectorError} If the venue cannot be reached at all.
   */
  open(wanted: readonly WantedStream[], emit: (event: StreamEvent) => void, context: SourceContext): Promise<void>;
  /** Ends all streams; when it resolves, `emit` is not called any more. Closing twice does nothing. */
  close(): Promise<void>;
}
