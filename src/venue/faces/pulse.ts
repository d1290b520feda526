/** An action at whole multiples of a span, done only when there is something to do. */
import type { Runtime, Timer } from '../../core/index.ts';

/** Acts once at the next multiple of its span after it was armed; arming it again before does nothing. */
export class Pulse {
  readonly #runtime: Runtime;
  readonly #ms: number;
  readonly #act: () => void;
  #timer: Timer | undefined;

  constructor(runtime: Runtime, ms: number, act: () => void) {
    this.#runtime = runtime;
    this.#ms = ms;
    this.#act = act;
  }

  arm(): void {
    if (this.#timer !== undefined) return;
    const elapsed = this.#runtime.elapsed();
    this.#timer = this.#runtime.after((Math.floor(elapsed / this.#ms) + 1) * this.#ms - elapsed, () => {
      this.#timer = undefined;
      this.#act();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
