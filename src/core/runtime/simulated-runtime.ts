/** A clock that moves only when it is advanced: same seed, same run, faster than real time. */
import { ConfigError } from '../errors.ts';
import { seededRandom, type Runtime, type Timer } from './runtime.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
  readonly everyMs: number | undefined;
  canceled: boolean;
}

/** Simulated clock, timers and randomness. Timers fire in the order of their times, ties in the order they were set. */
export class SimulatedRuntime implements Runtime {
  readonly random: () => number;
  readonly #start: number;
  readonly #heap: Entry[] = [];
  #now: number;
  #order = 0;

  /** @param start - The first moment, milliseconds UTC. */
  constructor(seed: number, start = Date.UTC(2024, 0, 1)) {
    this.random = seededRandom(seed);
    this.#start = start;
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now - this.#start;
  }

  after(ms: number, act: () => void): Timer {
    return this.#set(ms, act, undefined);
  }

  every(ms: number, act: () => void): Timer {
    if (!(ms > 0)) throw new ConfigError(`ms of a repeating timer must be above 0, was ${ms}`);
    return this.#set(ms, act, ms);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Lets `ms` pass: every timer due in it fires, with the clock at its time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const entry = this.#heap[0];
      if (entry === undefined || entry.at > end) break;
      this.#fire(entry);
    }
    this.#now = end;
  }

  /** The same, letting promises settle between timers, for code that awaits. `settle` waits until nothing is ready to run. */
  async advanceAsync(ms: number, settle: () => Promise<void>): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const entry = this.#heap[0];
      if (entry === undefined || entry.at > end) break;
      this.#fire(entry);
      await settle();
    }
    this.#now = end;
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#heap.reduce((count, entry) => count + (entry.canceled ? 0 : 1), 0);
  }

  #fire(entry: Entry): void {
    this.#pop();
    if (entry.canceled) return;
    this.#now = Math.max(this.#now, entry.at);
    if (entry.everyMs !== undefined)
      this.#push({ ...entry, at: entry.at + entry.everyMs, order: this.#order++ }, entry);
    entry.act();
  }

  #set(ms: number, act: () => void, everyMs: number | undefined): Timer {
    const entry: Entry = { at: this.#now + Math.max(0, ms), order: this.#order++, act, everyMs, canceled: false };
    this.#push(entry);
    return {
      cancel: () => {
        entry.canceled = true;
        const next = this.#repeats.get(entry);
        if (next !== undefined) next.canceled = true;
        this.#repeats.delete(entry);
      },
    };
  }

  /** The next firing of each repeating timer, by its first entry. */
  readonly #repeats = new Map<Entry, Entry>();
  readonly #firsts = new WeakMap<Entry, Entry>();

  #push(entry: Entry, previous?: Entry): void {
    if (previous !== undefined) {
      const first = this.#firsts.get(previous) ?? previous;
      this.#firsts.set(entry, first);
      this.#repeats.set(first, entry);
    }
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!earlier(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++;
      if (!earlier(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function earlier(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
