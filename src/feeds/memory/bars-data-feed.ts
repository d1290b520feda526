/** Bars that are already in memory, as rows or as columns. */
import {
  checkFeedNames,
  barColumnNames,
  barsBetween,
  barsFromRows,
  ConfigError,
  DataError,
  extraColumnNames,
  formatTime,
  type Bar,
  type Bars,
  noteEven,
  noteTraded,
} from '../../core/index.ts';

import { DataFeed, feedOptionNames, type FeedOptions } from '../feed.ts';
import type { LoadedBars } from '../loaded-bars.ts';
import { BarCheck } from '../checks/bar-check.ts';
import { rowPolicies } from '../checks/policies.ts';
import { Validator } from '../checks/validate.ts';

/** Options of BarsDataFeed. */
export interface BarsDataFeedOptions extends FeedOptions {
  /** Rows, or columns of equal length; `time` is each bar's open in milliseconds UTC. Columns are used, not copied. */
  readonly bars: Bars | readonly Bar[];
}

/**
 * A feed over bars in memory: rows from your own source, or columns.
 *
 * Bars are checked when the feed is made: rising times no closer than the timeframe, finite prices above 0, volume not
 * below 0, and high and low around open and close. Gaps, extreme moves and stale repeats are reported. `validation` chooses
 * other policies.
 *
 * @throws {DataError} If a bar is broken; the message names its index and column.
 */
export class BarsDataFeed extends DataFeed {
  readonly #bars: LoadedBars;

  constructor(options: BarsDataFeedOptions) {
    checkFeedNames('BarsDataFeed', options, [...feedOptionNames, 'bars']);
    super(options);
    const given: unknown = options.bars;
    if (typeof given !== 'object' || given === null) {
      throw new ConfigError(`bars must be rows or columns of bars, was ${String(given)}`);
    }
    const all = Array.isArray(given) ? barsFromRows(given as Bar[]) : checkColumns(given as Bars);
    const validation = options.validation ?? {};
    const isSound = !rowPolicies.some((name) => validation[name] !== undefined);
    if (isSound) this.#checkBars(all);
    const source = { name: this.name, frame: this.sourceFrame, isStrict: true, isClaimed: true };
    const validator = new Validator(source, validation);
    const checked = validator.push(this.#inRange(isSound ? all : validator.order(all)), isSound);
    this.marks = checked.marks;
    this.report = validator.report();
    this.#bars = this.shaped(checked.bars);
    noteEven(this.#bars, this.timeframe.ms);
    noteTraded(this.#bars);
  }

  override load(): Promise<LoadedBars> {
    return Promise.resolve(this.#bars);
  }

  #checkBars(bars: Bars): void {
    const check = new BarCheck(this.sourceFrame);
    const index = check.firstFault(bars, 0, bars.time.length);
    if (index < 0) return;
    const { column, code, message } = check.fault(bars, index);
    throw new DataError(`${this.name}, bar ${index}, column '${column}': ${message}`, {
      code,
      context: { symbol: this.symbol, timeframe: this.timeframe.name, index, column, time: bars.time[index] },
    });
  }

  #inRange(all: Bars): Bars {
    const bars = barsBetween(all, this.start, this.end);
    if (bars.time.length === 0 && all.time.length > 0) {
      const [first, last] = [formatTime(all.time[0]!), formatTime(all.time[all.time.length - 1]!)];
      throw new DataError(`${this.name} has no bar in the range: its bars open from ${first} to ${last}`, {
        code: 'no-bars',
        context: { symbol: this.symbol, timeframe: this.timeframe.name, start: this.start, end: this.end },
      });
    }
    return bars;
  }
}

/** The columns, if all are there and equally long. */
function checkColumns(bars: Bars): Bars {
  for (const name of [...barColumnNames, ...extraColumnNames]) {
    const column: unknown = bars[name];
    if (column === undefined && !(barColumnNames as readonly string[]).includes(name)) continue;
    if (!(column instanceof Float64Array)) {
      throw new ConfigError(`column '${name}' must be a Float64Array, was ${describe(column)}`, {
        context: { column: name },
      });
    }
    if (column.length !== bars.time.length) {
      throw new ConfigError(
        `column '${name}' must be as long as 'time', ${bars.time.length} values, was ${column.length}`,
        { context: { column: name } },
      );
    }
  }
  return bars;
}

function describe(value: unknown): string {
  return Array.isArray(value) ? 'an array' : value === undefined ? 'missing' : typeof value;
}
