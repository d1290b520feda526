/** Exponential backoff: how long to wait before the next attempt. */

/** Waits between attempts: doubling from `firstMs` to `capMs`, each shortened by up to half at random, so that clients do not return in step. */
export class Backoff {
  readonly #source: { random(): number };
  readonly #firstMs: number;
  readonly #capMs: number;
  /** Attempts since the last success that lasted. */
  attempts = 0;

  /** @param source - Of the random part, such as a runtime. */
  constructor(source: { random(): number }, firstMs: number, capMs: number) {
    this.#source = source;
    this.#firstMs = firstMs;
    this.#capMs = capMs;
  }

  /** The next wait in milliseconds; each call counts as an attempt. */
  next(): number {
    const whole = Math.min(this.#capMs, this.#firstMs * 2 ** Math.min(this.attempts++, 30));
    return whole * (0.5 + this.#source.random() / 2);
  }

  reset(): void {
    this.attempts = 0;
  }
}
