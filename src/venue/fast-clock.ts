/** A clock that runs faster than another: a day of minutes passes in seconds. */
import { ConfigError, type Runtime, type Timer } from '../core/index.ts';

/** The shortest span between two firings of a repeating timer, in the other clock's milliseconds. */
const shortest = 4;

/**
 * Runs `speed` times as fast as another runtime, beginning at `start`.
 *
 * Timers fire when their moment has come by this clock, as exactly as the other one's allow: at 600 times the speed, a millisecond late
 * there is 600 late here. Repeating timers never fire more often than every few milliseconds of the other clock.
 */
export class FastRuntime implements Runtime {
  readonly speed: number;
  readonly #inner: Runtime;
  readonly #start: number;
  readonly #innerStart: number;

  /** @param start - The first moment, milliseconds UTC. Default: the other clock's. */
  constructor(inner: Runtime, speed: number, start = inner.now()) {
    if (!(speed > 0 && Number.isFinite(speed))) throw new ConfigError(`speed must be a number above 0, was ${speed}`);
    this.speed = speed;
    this.#inner = inner;
    this.#start = start;
    this.#innerStart = inner.elapsed();
  }

  now(): number {
    return this.#start + this.elapsed();
  }

  elapsed(): number {
    return (this.#inner.elapsed() - this.#innerStart) * this.speed;
  }

  after(ms: number, act: () => void): Timer {
    return this.#inner.after(ms / this.speed, act);
  }

  every(ms: number, act: () => void): Timer {
    return this.#inner.every(Math.max(Math.min(ms, shortest), ms / this.speed), act);
  }

  sleep(ms: number): Promise<void> {
    return this.#inner.sleep(ms / this.speed);
  }

  random(): number {
    return this.#inner.random();
  }
}
