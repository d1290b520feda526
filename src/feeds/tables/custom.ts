/** The base for feeds of one's own: write `load`, hand what you have to `finish`, the rest is done. */
import { barOpen, barsFromRows, checkNames, DataError, formatTime, type Bar, type Bars } from '../../core/index.ts';
import { DataFeed, feedOptionNames, type FeedOptions, type LoadContext } from '../feed.ts';
import { pickRows } from '../checks/order.ts';
import type { DataReport } from '../checks/report.ts';
import { checkValidation, validateBars, validationOptionNames, type ValidationOptions } from '../checks/validate.ts';

/** Options of a feed of one's own. */
export interface CustomDataFeedOptions extends FeedOptions {
  /** What to do about faults in the data. */
  readonly validation?: ValidationOptions;
}

/** The names of CustomDataFeedOptions; a subclass with more options checks its own together with these. */
export const customFeedOptionNames = [...feedOptionNames, 'validation'] as const;

/**
 * A feed whose bars come from wherever you like.
 *
 * ```ts
 * class MyFeed extends CustomDataFeed {
 *   override async load(context: LoadContext) {
 *     return this.finish(await readMyRows(), context);
 *   }
 * }
 * ```
 *
 * `finish` sorts, checks and cuts to the range, and leaves out a bar that has not closed yet.
 */
export abstract class CustomDataFeed extends DataFeed {
  /** What was found in the bars; undefined before `load`. */
  report: DataReport | undefined;
  /** For each bar, 1 if it was filled in; undefined when none was. */
  marks: Uint8Array | undefined;
  readonly #validation: ValidationOptions;

  /** @param ownNames - Names of the subclass's own options, so that a misspelt one is an error. */
  constructor(options: CustomDataFeedOptions, ownNames: readonly string[] = []) {
    super(options);
    checkNames(`option of ${new.target.name}`, options, [...customFeedOptionNames, ...ownNames]);
    this.#validation = options.validation ?? {};
    checkNames('option of validation', this.#validation, validationOptionNames);
    checkValidation(this.#validation);
  }

  /**
   * Bars or rows, in any order, as `load` has to return them.
   *
   * @throws {DataError} If no bar is left, or for a fault whose policy is `throw`.
   */
  protected finish(given: Bars | readonly Bar[], context: LoadContext): Bars {
    const bars = isRows(given) ? barsFromRows(given) : given;
    const forming = barOpen(this.timeframe, context.runtime.now());
    const end = Math.min(this.end ?? Infinity, forming);
    const ordered = validateBars(
      within(bars, this.start ?? -Infinity, end),
      this.timeframe,
      this.name,
      this.#validation,
    );
    if (ordered.bars.time.length === 0) {
      const range = `${formatTime(this.start ?? -8.64e15)} to ${formatTime(end)}`;
      throw new DataError(`${this.name} has no bars from ${range}, its source has ${bars.time.length}`, {
        code: 'no-bars',
        context: { feed: this.name },
      });
    }
    this.report = ordered.report;
    this.marks = ordered.marks;
    return ordered.bars;
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
