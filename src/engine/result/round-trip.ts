/** How long orders took to the exchange and back: the times from sending a request to its answer. */

/** Times of requests about orders, in milliseconds of the session's clock. */
export interface RoundTrip {
  /** Orders, amendments and cancels that were answered. */
  readonly count: number;
  /** The time within which half of them were answered. */
  readonly p50: number;
  /** The time within which 99 of 100 were answered. */
  readonly p99: number;
  /** The longest. */
  readonly highest: number;
}

/** The latest times that quantiles are read from. */
const keptTimes = 10_000;

/** Collects the times of a session. */
export class RoundTrips {
  readonly #times: number[] = [];
  #count = 0;
  #highest = 0;
  /** Read at every update, and sorted only after an answer. */
  #last: RoundTrip | undefined;

  /** Takes the time of one request. */
  take(ms: number): void {
    this.#times[this.#count++ % keptTimes] = ms;
    this.#highest = Math.max(this.#highest, ms);
  }

  /** The figures so far; undefined where nothing was answered. */
  result(): RoundTrip | undefined {
    if (this.#last?.count === this.#count) return this.#last;
    if (this.#count === 0) return undefined;
    const sorted = this.#times.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
    return (this.#last = { count: this.#count, p50: at(0.5), p99: at(0.99), highest: this.#highest });
  }
}
