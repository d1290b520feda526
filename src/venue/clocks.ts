/** Clocks of a local exchange: one that runs faster than another, and one that stands still. */
import { ConfigError, type Runtime, type Timer } from '../core/index.ts';

/** The shortest span between two firings of a repeating timer, in the other clock's milliseconds. */
const shortest = 4;

/**
 * Runs `speed` times as fast as another runtime, starting at `start`.
 *
 * Timers fire as precisely as the other clock's do: at 600 times the speed, a millisecond late there is 600 milliseconds late
 * here. Repeating timers never fire more often than every few milliseconds of the other clock.
 */
export class FastRuntime implements Runtime {
  /** Milliseconds of its clock in one of real time. */
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

/** Always shows the same time of day, so that runs against it repeat exactly. Timers and `elapsed` are another runtime's. */
export class StillRuntime implements Runtime {
  readonly #inner: Runtime;
  readonly #time: number;

  /** @param time - Milliseconds UTC. */
  constructor(inner: Runtime, time: number) {
    this.#inner = inner;
    this.#time = time;
  }

  now(): number {
    return this.#time;
  }

  elapsed(): number {
    return this.#inner.elapsed();
  }

  after(ms: number, act: () => void): Timer {
    return this.#inner.after(ms, act);
  }

  every(ms: number, act: () => void): Timer {
    return this.#inner.every(ms, act);
  }

  sleep(ms: number): Promise<void> {
    return this.#inner.sleep(ms);
  }

  random(): number {
    return this.#inner.random();
  }
}
