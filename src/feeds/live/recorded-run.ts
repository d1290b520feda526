/** A recording in a backtest: first its bars, then its market, shown up to the moment of each step. */
import type { StreamEvent } from '../../core/index.ts';
import { StreamIntake, timeOf, type IntakeFeed } from './intake.ts';
import type { RecordingSource } from './recording-source.ts';

/** What a recorded run needs from its feed. */
export interface RecordedFeed extends IntakeFeed {
  /** The recording as a source. */
  recorded(): RecordingSource;
  /** Takes an event into the market that strategies see. */
  apply(event: StreamEvent): void;
}

/** One pass of a backtest over a recorded stream. */
export class RecordedRun {
  /** The complete bars: time, open, high, low, close, volume. */
  readonly rows: readonly (readonly number[])[];
  readonly #feed: RecordedFeed;
  readonly #events: Iterator<StreamEvent>;
  #next: StreamEvent | undefined;

  constructor(feed: RecordedFeed) {
    this.#feed = feed;
    this.rows = barsOf(feed);
    this.#events = feed.recorded().events(feed.wanted);
    this.#pull();
  }

  /** Shows everything before the first trade at or after `time`, where a live session closes the bar. */
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

/** The bars whose trades are all in the recording. */
function barsOf(feed: RecordedFeed): number[][] {
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
