/** Exponential backoff: how long to wait before the next attempt, and who is told of the wait. */
import { channel } from 'node:diagnostics_channel';

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

/** A read that failed and is made again after a wait. */
export interface Repeat {
  /** Why it failed, in one sentence without secrets. */
  readonly reason: string;
  /** How long it waits, milliseconds. */
  readonly waitMs: number;
  /** The number of the request to come, from 2. */
  readonly attempt: number;
  /** How many requests there are at most. */
  readonly attempts: number;
}

/** The diagnostics channel of Node on which each wait of a read is told, as a `Repeat`, before it begins. */
export const repeatChannel = 'nextbar.repeat';

const repeats = channel(repeatChannel);

/** Tells whoever listens that a read is made again. */
export function tellRepeat(repeat: Repeat): void {
  repeats.publish(repeat);
}
