/** Pacing of a connection: back-off between attempts, and a limit on frames sent. */
import type { Runtime } from '../../core/index.ts';
import type { Protocol } from '../decoding/protocol.ts';

export { Backoff } from '../../core/index.ts';

/** Sends frames no faster than the venue allows; the rest wait in order. */
export class FrameBucket {
  readonly #runtime: Runtime;
  readonly #count: number;
  readonly #perMs: number;
  readonly #socket: { send(frame: string): void };
  readonly #waiting: string[] = [];
  #sent: number[] = [];
  #timer: { cancel(): void } | undefined;

  constructor(runtime: Runtime, limit: Protocol['controlFrames'], socket: { send(frame: string): void }) {
    this.#runtime = runtime;
    this.#count = limit.count;
    this.#perMs = limit.perMs;
    this.#socket = socket;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  push(frame: string): void {
    this.#waiting.push(frame);
    this.#drain();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting.length = 0;
  }

  #drain(): void {
    const now = this.#runtime.elapsed();
    this.#sent = this.#sent.filter((at) => at > now - this.#perMs);
    while (this.#waiting.length > 0 && this.#sent.length < this.#count) {
      this.#sent.push(now);
      this.#socket.send(this.#waiting.shift()!);
    }
    if (this.#waiting.length === 0 || this.#timer !== undefined) return;
    this.#timer = this.#runtime.after(this.#sent[0]! + this.#perMs - now, () => {
      this.#timer = undefined;
      this.#drain();
    });
  }
}
