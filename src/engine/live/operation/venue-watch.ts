/** What a session asks its venues by the clock: whether instruments trade, and how far their clocks are from ours. */
import type { Runtime, Timer } from '../../../core/index.ts';
import type { StreamingFeed } from '../../../feeds/index.ts';
import type { LiveInput } from '../input.ts';

/** How old the measured difference of two clocks may become. */
const clockAgeMs = 600_000;
/** How often an instrument that is silent is asked whether it trades. */
const haltAgeMs = 60_000;

/** The state of a feed in the session, as far as it matters here. */
export interface WatchedFeed {
  /** Why its instrument is halted; undefined while it trades. */
  readonly halted: string | undefined;
  /** Trades so far. */
  readonly trades: number;
}

/** Asks the venues of a session, and pushes what they answer as inputs of the session. */
export class VenueWatch {
  readonly #feeds: readonly StreamingFeed[];
  readonly #runtime: Runtime;
  readonly #push: (input: LiveInput) => void;
  readonly #feedAt: (feed: number) => WatchedFeed | undefined;
  readonly #halts: { trades: number; due: number; isAsking: boolean }[] = [];

  /** @param feedAt - A feed of the session by its number; undefined before the session begins. */
  constructor(
    feeds: readonly StreamingFeed[],
    runtime: Runtime,
    push: (input: LiveInput) => void,
    feedAt: (feed: number) => WatchedFeed | undefined,
  ) {
    this.#feeds = feeds;
    this.#runtime = runtime;
    this.#push = push;
    this.#feedAt = feedAt;
  }

  /** Begins to ask; the timers are the caller's to end. */
  start(): readonly Timer[] {
    return [
      this.#runtime.every(haltAgeMs, () => {
        this.#askForHalts();
      }),
      this.#runtime.every(clockAgeMs, () => {
        this.#measureClocks();
      }),
    ];
  }

  /** Clocks drift: the difference to each venue's is measured again. A measurement that fails leaves the one before. */
  #measureClocks(): void {
    for (const [feed, one] of this.#feeds.entries()) {
      one
        .closedBars(this.#runtime)
        ?.clockOffset?.(clockAgeMs / 2)
        .then(
          (clockOffset) => {
            this.#push({ kind: 'offset', feed, clockOffset });
          },
          () => {},
        );
    }
  }

  /** Asks whether instruments trade: each minute while one is halted or silent, else every five minutes. */
  #askForHalts(): void {
    const runtime = this.#runtime;
    for (const [k, one] of this.#feeds.entries()) {
      const { halted, trades } = this.#feedAt(k) ?? { halted: undefined, trades: 0 };
      const state = (this.#halts[k] ??= { trades: -1, due: 0, isAsking: false });
      const isSuspect = halted !== undefined || trades === state.trades;
      state.trades = trades;
      if (state.isAsking || (!isSuspect && runtime.elapsed() < state.due)) continue;
      state.due = runtime.elapsed() + 5 * haltAgeMs;
      state.isAsking = true;
      const asked = one.closedBars(runtime)?.halted?.() ?? Promise.resolve(undefined);
      asked.then(
        (reason) => {
          state.isAsking = false;
          if (reason === this.#feedAt(k)?.halted) return;
          this.#push({ kind: 'halted', feed: k, ...(reason !== undefined && { reason }) });
        },
        // A question without an answer leaves what is known.
        () => {
          state.isAsking = false;
        },
      );
    }
  }
}
