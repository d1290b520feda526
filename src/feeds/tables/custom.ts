/** The base for feeds of your own: write `load`, and pass your rows to `finish`. */
import { checkFeedNames, barOpen, barsFromRows, DataError, formatTime, type Bar, type Bars } from '../../core/index.ts';

import { atOnce, DataFeed, feedOptionNames, type FeedOptions, type LoadContext } from '../feed.ts';
import type { LoadedBars } from '../loaded-bars.ts';
import { pickRows } from '../checks/order.ts';
import type { ValidationOptions } from '../checks/policies.ts';
import { validateBars } from '../checks/validate.ts';
import type { UnreadableCells } from './cells.ts';

/** Options of a feed of your own. */
export type CustomDataFeedOptions = FeedOptions;

/** The names of CustomDataFeedOptions; a subclass with more options checks its own together with these. */
export const customFeedOptionNames = feedOptionNames;

/**
 * A feed over your own source.
 *
 * ```ts
 * class MyFeed extends CustomDataFeed {
 *   override async load(context?: LoadContext) {
 *     return this.finish(await readMyRows(), context);
 *   }
 * }
 * ```
 *
 * `finish` sorts, checks and cuts to the range, and leaves out a bar that has not closed yet.
 */
export abstract class CustomDataFeed extends DataFeed {
  readonly #validation: ValidationOptions;

  /** @param ownNames - Names of the subclass's own options, so that a misspelt one is an error. */
  constructor(options: CustomDataFeedOptions, ownNames: readonly string[] = []) {
    super(options);
    checkFeedNames(new.target.name, options, [...customFeedOptionNames, ...ownNames]);
    this.#validation = options.validation ?? {};
  }

  /**
   * Turns bars or rows in any order into the result of `load`.
   *
   * @param unreadable - The content of cells that are not numbers, by the time of their bar, for messages.
   * @throws {DataError} If no bar is left, or for a fault whose policy is `throw`.
   */
  protected finish(
    given: Bars | readonly Bar[],
    context: LoadContext = atOnce,
    unreadable?: UnreadableCells,
  ): LoadedBars {
    const bars = isRows(given) ? barsFromRows(given) : given;
    const forming = barOpen(this.sourceFrame, context.runtime.now());
    const end = Math.min(this.end ?? Infinity, forming);
    const checked = validateBars(
      within(bars, this.start ?? -Infinity, end),
      this.sourceFrame,
      this.name,
      this.#validation,
      { isClaimed: true, ...(unreadable && { cellOf: (time) => unreadable.get(time) }) },
    );
    if (checked.bars.time.length === 0) {
      const range = `${formatTime(this.start ?? -8.64e15)} to ${formatTime(end)}`;
      throw new DataError(`${this.name} has no bars from ${range}, its source has ${bars.time.length}`, {
        code: 'no-bars',
        context: { feed: this.name },
      });
    }
    this.report = checked.report;
    this.marks = checked.marks;
    return this.shaped(checked.bars);
  }
}

function isRows(given: Bars | readonly Bar[]): given is readonly Bar[] {
  return Array.isArray(given);
}

/** The bars of a range, in whatever order they are. */
function within(bars: Bars, start: number, end: number): Bars {
  const rows: number[] = [];
  bars.time.forEach((time, row) => {
    if (Number.isNaN(time) || (time >= start && time < end)) rows.push(row);
  });
  return rows.length === bars.time.length ? bars : pickRows(bars, rows);
}
