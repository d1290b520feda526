/** Actions of dead-man switches: each happens unless it is postponed in time. */
import type { Runtime, Timer } from '../../core/index.ts';

export class Countdowns {
  readonly #runtime: Runtime;
  readonly #timers = new Map<string, Timer>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Postpones an action by a span in milliseconds; 0 cancels it. */
  set(name: string, ms: number, act: () => void): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
    if (ms > 0) this.#timers.set(name, this.#runtime.after(ms, act));
  }

  /** Cancels every action. */
  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
