/** The seam between a stream through ccxt and the way its data come: watched over WebSocket, or asked for over HTTP. */
import type { StreamEvent } from '../../../core/index.ts';

/** One way by which a stream's events come. It reports its own states among them. */
export interface CcxtTransport {
  /** Brings events until it is stopped, or down for good. Never rejects. */
  run(): Promise<void>;
  /** Ends it; nothing is emitted from then on. */
  stop(): void;
}

/** Where a transport's events go. */
export type Emit = (event: StreamEvent) => void;
