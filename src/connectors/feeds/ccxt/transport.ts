/** The seam between a stream through ccxt and the way its data come: watched over WebSocket, or asked for over HTTP. */
import type { StreamEvent, Runtime } from '../../../core/index.ts';

/** One way by which a stream's events come. It reports its own states among them. */
export interface CcxtTransport {
  /** Brings events until it is stopped, or down for good. Never rejects. */
  run(): Promise<void>;
  /** Ends it; nothing is emitted from then on. */
  stop(): void;
}

/** Where a transport's events go. */
export type Emit = (event: StreamEvent) => void;

/** Stops the requests to one exchange for a while, when it asked for that: HTTP 429, or 418 for clients that went on. */
export class ExchangePause {
  readonly #runtime: Runtime;
  #until = -Infinity;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Milliseconds until requests may go again. */
  get waitMs(): number {
    return Math.max(0, this.#until - this.#runtime.elapsed());
  }

  /** Holds every request back for at least this long from now. */
  hold(ms: number): void {
    this.#until = Math.max(this.#until, this.#runtime.elapsed() + ms);
  }
}
