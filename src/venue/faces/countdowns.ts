/** Actions of dead-man switches: they happen unless they are put off in time. */
import type { Runtime, Timer } from '../../core/index.ts';

export class Countdowns {
  readonly #runtime: Runtime;
  readonly #timers = new Map<string, Timer>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Puts an action off by so long; 0 calls it off. */
  set(name: string, ms: number, act: () => void): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
    if (ms > 0) this.#timers.set(name, this.#runtime.after(ms, act));
  }

  /** Calls every action off. */
  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
