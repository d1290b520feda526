/** A rate limit: a weight per window of time, beyond which requests are refused. */

/** Counts weight in fixed windows of the exchange's clock. */
export class Allowance {
  readonly limit: number;
  readonly windowMs: number;
  #window = NaN;
  #used = 0;
  #refused = 0;

  constructor(limit: number, windowMs: number) {
    this.limit = limit;
    this.windowMs = windowMs;
  }

  /** Weight used in the present window. */
  used(now: number): number {
    return Math.floor(now / this.windowMs) === this.#window ? this.#used : 0;
  }

  /** Takes weight for a request; how long to wait if too little is left, and how many requests were refused in this window. */
  take(weight: number, now: number): { readonly used: number; readonly waitMs: number; readonly refused: number } {
    const window = Math.floor(now / this.windowMs);
    if (window !== this.#window) {
      this.#window = window;
      this.#used = 0;
      this.#refused = 0;
    }
    if (this.#used + weight > this.limit) {
      this.#refused += 1;
      return { used: this.#used, waitMs: (window + 1) * this.windowMs - now, refused: this.#refused };
    }
    this.#used += weight;
    return { used: this.#used, waitMs: 0, refused: 0 };
  }
}
