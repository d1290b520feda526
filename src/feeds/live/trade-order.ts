/** Sorts slightly late trades, by holding every trade for a moment. */
import type { Runtime, StreamEvent, Timer, TradeTick } from '../../core/index.ts';

/**
 * Holds the trades of each symbol until a trade that is newer by `reorderMs` has come, and passes them on in order of time. With a runtime,
 * trades that nothing follows are passed on after that time too. All other events pass at once.
 */
export class TradeOrder {
  readonly #reorderMs: number;
  readonly #emit: (event: StreamEvent) => void;
  readonly #runtime: Runtime | undefined;
  readonly #held = new Map<string, TradeTick[]>();
  #timer: Timer | undefined;

  constructor(reorderMs: number, emit: (event: StreamEvent) => void, runtime?: Runtime) {
    this.#reorderMs = reorderMs;
    this.#emit = emit;
    this.#runtime = runtime;
  }

  take(event: StreamEvent): void {
    if (event.type !== 'trade' || event.backfill || event.time === undefined) {
      // Held trades are passed on before a status or gap that follows them.
      if (event.type === 'status' || event.type === 'gap') this.flush();
      this.#emit(event);
      return;
    }
    const held = this.#held.get(event.symbol) ?? [];
    this.#held.set(event.symbol, held);
    let at = held.length;
    while (at > 0 && held[at - 1]!.time! > event.time) at--;
    held.splice(at, 0, event);
    this.#release(held, held[held.length - 1]!.time! - this.#reorderMs);
    if (held.length > 0 && this.#runtime !== undefined) this.#timer ??= this.#wait(this.#runtime);
  }

  /** Passes on all held trades. */
  flush(): void {
    for (const held of this.#held.values()) this.#release(held, Infinity);
  }

  /** Drops held trades: their stream has ended. */
  close(): void {
    this.#timer?.cancel();
    this.#held.clear();
  }

  #wait(runtime: Runtime): Timer {
    return runtime.after(this.#reorderMs, () => {
      this.#timer = undefined;
      const due = runtime.now() - this.#reorderMs;
      let isHolding = false;
      for (const held of this.#held.values()) {
        let count = 0;
        while (count < held.length && held[count]!.receiveTime <= due) count++;
        for (const trade of held.splice(0, count)) this.#emit(trade);
        isHolding ||= held.length > 0;
      }
      if (isHolding) this.#timer ??= this.#wait(runtime);
    });
  }

  #release(held: TradeTick[], upTo: number): void {
    let count = 0;
    while (count < held.length && held[count]!.time! <= upTo) count++;
    for (const trade of held.splice(0, count)) this.#emit(trade);
  }
}
