/** The bar that orders are matched against, and how it is read from a timeline. */
import type { Timeline } from '../../lines/index.ts';

/** The bar that orders are matched against: one object, filled again for each bar. */
export interface MatchBar {
  /** Open of the bar, milliseconds UTC. */
  time: number;
  /** First price, in quote units. */
  open: number;
  /** Highest price, in quote units. */
  high: number;
  /** Lowest price, in quote units. */
  low: number;
  /** Last price, in quote units. */
  close: number;
  /** Units traded in the bar. */
  volume: number;
}

/**
 * The bar's shape. A class, not a literal: a literal with these names shares its hidden class with the columns of bars, so that V8 keeps its
 * fields for any value and boxes each number written to them.
 */
class FilledBar implements MatchBar {
  time = NaN;
  open = NaN;
  high = NaN;
  low = NaN;
  close = NaN;
  volume = NaN;
}

/** A bar without prices. */
export function emptyBar(): MatchBar {
  return new FilledBar();
}

/** Reads the bar that orders are matched against, or the one `back` before it. Of a growing bar it reads the latest tick. */
export function readBar(timeline: Timeline, back: number, bar: MatchBar): void {
  const source = timeline.ticks ?? timeline;
  const index = source.index - back;
  bar.time = source.closeAt(index);
  // Straight from the arrays: a number returned by a call would be boxed, six times a bar.
  const at = index - source.open.base;
  bar.open = source.open.values[at]!;
  bar.high = source.high.values[at]!;
  bar.low = source.low.values[at]!;
  bar.close = source.close.values[at]!;
  bar.volume = source.volume.values[at]!;
}

/** Reads only what a plain market order needs of the bar: each further column is another line of memory. */
export function readOpen(timeline: Timeline, bar: MatchBar): void {
  const source = timeline.ticks ?? timeline;
  bar.time = source.closeAt(source.index);
  bar.open = source.open.values[source.index - source.open.base]!;
}

/** Whether the bar that orders are matched against opened before a moment. */
export function openedBefore(timeline: Timeline, moment: number): boolean {
  const source = timeline.ticks ?? timeline;
  return source.openedAt(source.index) < moment;
}
