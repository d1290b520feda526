/** A recording in a backtest: first its bars alone, then its market, shown as far as each step has come. */
import type { StreamEvent } from '../../core/index.ts';
import type { StreamFeed } from './stream-feed.ts';
import { StreamIntake, timeOf } from './intake.ts';

/** One pass of a backtest over a recorded stream. */
export class RecordedRun {
  /** The complete bars: time, open, high, low, close, volume. */
  readonly rows: readonly (readonly number[])[];
  readonly #feed: StreamFeed;
  readonly #events: Iterator<StreamEvent>;
  #next: StreamEvent | undefined;

  constructor(feed: StreamFeed) {
    this.#feed = feed;
    this.rows = barsOf(feed);
    this.#events = feed.recorded().events(feed.wanted);
    this.#pull();
  }

  /** Shows what came before the first trade at or after `time`, which is where a live session closes the bar. */
  showUntil(time: number): void {
    const feed = this.#feed;
    for (let event = this.#next; event !== undefined; event = this.#pull()) {
      if (event.type === 'trade' && event.symbol === feed.symbol && !event.backfill && timeOf(event) >= time) return;
      feed.apply(event);
    }
  }

  #pull(): StreamEvent | undefined {
    const step = this.#events.next();
    this.#next = step.done === true ? undefined : step.value;
    return this.#next;
  }
}

/** Every bar that the recording has whole. */
function barsOf(feed: StreamFeed): number[][] {
  const intake = new StreamIntake(feed, false);
  const rows: number[][] = [];
  for (const event of feed.recorded().events(feed.wanted)) {
    const counts = intake.reach(event, -Infinity);
    for (let bar = intake.bars.shift(); bar !== undefined; bar = intake.bars.shift()) {
      rows.push([bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume]);
    }
    if (event.type === 'trade' && counts) intake.take(event);
  }
  return rows;
}
