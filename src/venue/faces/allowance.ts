/** An exchange's allowance of requests: so much weight per window, refused beyond it. */

/** Counts weight in fixed windows of the venue's own clock. */
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

  /** Takes weight for a request; how long to wait if there is none left, and how often that was already said. */
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
