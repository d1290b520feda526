/** A rate limiter: requests leave one after another, no faster than the exchange allows, and all wait when it says stop. */
import { RateLimitError, type Runtime } from '../../../core/index.ts';

/** Unused time that may be made up for: it only evens out timers that wake late. */
const creditMs = 25;

interface Waiting {
  readonly cost: number;
  readonly go: () => void;
}

/**
 * Spaces requests by their cost, first come first served.
 *
 * Everything that talks to one exchange with one account shares one: two feeds at full speed together send no more than one
 * would. Idle time is not credited, so a pause is never followed by a burst.
 */
export class RateLimiter {
  /** Milliseconds that a request of cost 1 takes of the exchange's allowance; 0 is no limit. */
  readonly msPerCost: number;
  /** Requests let through so far. */
  sent = 0;
  readonly #runtime: Runtime;
  readonly #queue: Waiting[] = [];
  #free = -Infinity;
  #stoppedUntil = -Infinity;
  #pumping = false;

  constructor(runtime: Runtime, msPerCost: number) {
    this.#runtime = runtime;
    this.msPerCost = msPerCost;
  }

  /** Resolves when a request of this cost may leave. */
  acquire(cost = 1): Promise<void> {
    return new Promise((go) => {
      this.#queue.push({ cost, go });
      if (!this.#pumping) void this.#pump();
    });
  }

  /** Stops every caller for this long, as the exchange asked; the longest of several stops counts. */
  stop(ms: number): void {
    this.#stoppedUntil = Math.max(this.#stoppedUntil, this.#runtime.elapsed() + ms);
  }

  /** How long the stop in force still lasts, in milliseconds; 0 when there is none. */
  get stoppedMs(): number {
    return Math.max(0, this.#stoppedUntil - this.#runtime.elapsed());
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      for (;;) {
        const wait = Math.max(this.#free, this.#stoppedUntil) - this.#runtime.elapsed();
        if (!(wait > 0)) break;
        await this.#runtime.sleep(wait);
      }
      this.#free = Math.max(this.#free, this.#runtime.elapsed() - creditMs) + next.cost * this.msPerCost;
      this.sent += 1;
      next.go();
    }
    this.#pumping = false;
  }
}

/** Limiters by runtime and key: simulated runs keep theirs apart from those of the system's clock. */
const shared = new WeakMap<Runtime, Map<string, RateLimiter>>();

/** The limiter of an exchange and account, made on first use. */
export function sharedLimiter(runtime: Runtime, key: string, msPerCost: number): RateLimiter {
  let byKey = shared.get(runtime);
  if (byKey === undefined) shared.set(runtime, (byKey = new Map<string, RateLimiter>()));
  const full = `${key} ${msPerCost}`;
  let limiter = byKey.get(full);
  if (limiter === undefined) byKey.set(full, (limiter = new RateLimiter(runtime, msPerCost)));
  return limiter;
}

/** A rate limit stops everything that shares the account, not only the request that met it. */
export function slowDown(limiter: RateLimiter | undefined, error: unknown): void {
  if (error instanceof RateLimitError) limiter?.stop(error.retryAfterMs ?? 1_000);
}
