/** The seam between a stream through ccxt and its transport: watched over WebSocket, or polled over HTTP. */
import type { StreamEvent } from '../../../core/index.ts';

/** One transport of a stream's events. It reports its own states among them. */
export interface CcxtTransport {
  /** Delivers events until it is stopped or has failed permanently. Never rejects. */
  run(): Promise<void>;
  /** Ends it; nothing is emitted from then on. */
  stop(): void;
}

/** Where a transport's events go. */
export type Emit = (event: StreamEvent) => void;
