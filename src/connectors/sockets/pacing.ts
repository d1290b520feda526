/** When to try again and how fast to send: backoff with jitter, and a bucket of tokens. */
import type { Runtime } from '../../core/index.ts';

/** Waits between attempts: doubling from `firstMs` to `capMs`, each shortened by up to half at random so that clients do not return in step. */
export class Backoff {
  readonly #runtime: Runtime;
  readonly #firstMs: number;
  readonly #capMs: number;
  /** Attempts since the last success that lasted. */
  attempts = 0;

  constructor(runtime: Runtime, firstMs: number, capMs: number) {
    this.#runtime = runtime;
    this.#firstMs = firstMs;
    this.#capMs = capMs;
  }

  /** The next wait in milliseconds; each call counts as an attempt. */
  next(): number {
    const whole = Math.min(this.#capMs, this.#firstMs * 2 ** Math.min(this.attempts++, 30));
    return whole * (0.5 + this.#runtime.random() / 2);
  }

  reset(): void {
    this.attempts = 0;
  }
}

/** Sends frames no faster than the venue takes them; the rest wait in order. */
export class FrameBucket {
  readonly #runtime: Runtime;
  readonly #count: number;
  readonly #perMs: number;
  readonly #send: (frame: string) => void;
  readonly #waiting: string[] = [];
  #sent: number[] = [];
  #timer: { cancel(): void } | undefined;

  constructor(runtime: Runtime, count: number, perMs: number, send: (frame: string) => void) {
    this.#runtime = runtime;
    this.#count = count;
    this.#perMs = perMs;
    this.#send = send;
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
      this.#send(this.#waiting.shift()!);
    }
    if (this.#waiting.length === 0 || this.#timer !== undefined) return;
    this.#timer = this.#runtime.after(this.#sent[0]! + this.#perMs - now, () => {
      this.#timer = undefined;
      this.#drain();
    });
  }
}
