/** What a report reads of a run beyond its result: bars, indicators, what strategies drew, and the reports of its datas. */
import type { Blotter } from '../../broker/index.ts';
import type { RunStats } from '../../analyzers/index.ts';
import { ConfigError, showObjectPlainly } from '../../core/index.ts';
import type { DataReport } from '../../feeds/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { NamedAnalyzer, StrategyRun } from '../strategy/strategy-run.ts';
import type { Drawing } from '../strategy/drawing.ts';
import { plottedLines, type PlottedLine } from './plotted-lines.ts';
import type { RunResult } from './result.ts';
import { RunPicture, type ShowOptions } from './show.ts';

/** One strategy of a run, as a report reads it. */
export interface StrategyParts {
  /** What it drew with `plot` and `mark`. */
  readonly drawing: Drawing;
  /** The lines it holds that are to be drawn. */
  readonly lines: readonly PlottedLine[];
  /** Its analyzers and observers by name. */
  readonly analyzers: readonly NamedAnalyzer[];
}

/** What lies behind a result. */
export interface RunParts {
  /** The bars of each data, by number. */
  readonly timelines: readonly Timeline[];
  /** The validation report of each data's feed; undefined where its feed has none. */
  readonly reports: readonly (DataReport | undefined)[];
  /** The strategies, in the order of the result. */
  readonly strategies: readonly StrategyParts[];
  /** Every fill of the run. */
  readonly blotter: Blotter;
  /** The result's `stats`, made when they are first read. */
  readonly stats: () => RunStats;
  /** The returns that `dayReturnsOf` gives. */
  readonly dayReturns: () => Float64Array;
  /** What `dayStartsOf` gives. */
  readonly dayStarts: () => Float64Array;
}

/**
 * Where a result holds what lies behind it. No map holds it beside the result: V8's quick collection of new objects keeps all that a weak map
 * holds, so that finished runs would pile up.
 */
const parts = Symbol('parts');

interface WithParts extends RunResult {
  readonly [parts]: RunParts;
}

/**
 * What lies behind a result.
 *
 * @throws {ConfigError} If no run returned this very object.
 */
export function partsOfResult(result: RunResult): RunParts {
  if (!Object.hasOwn(result, parts)) {
    throw new ConfigError('this needs the result itself as cerebro.run() returned it, not a copy', {
      code: 'foreign-result',
    });
  }
  return (result as WithParts)[parts];
}

/**
 * The returns that the Sharpe ratio of a result's `stats` is made of: by UTC day, or by the first data's bars where those are longer; 0 where a return
 * has no meaning, so that runs over the same bars have as many.
 *
 * @throws {ConfigError} If no run returned this very object.
 */
export function dayReturnsOf(result: RunResult): Float64Array {
  return partsOfResult(result).dayReturns();
}

/**
 * The start of each period that `dayReturnsOf` gives the return of, milliseconds UTC: a day without a bar is not among them.
 *
 * @throws {ConfigError} If no run returned this very object.
 */
export function dayStartsOf(result: RunResult): Float64Array {
  return partsOfResult(result).dayStarts();
}

/** All results share one getter: V8 gives an object with a getter of its own a hidden class, which keeps the run until the next full collection. */
const stats = {
  enumerable: true,
  get(this: RunResult): RunStats {
    return (this as WithParts)[parts].stats();
  },
};

/** The figures that stand behind `stats`. */
type LastFigures = Pick<RunResult, 'ambiguity' | 'account' | 'warnings'>;

/**
 * A result of its figures, those before `stats` and those behind them, which holds what lies behind it, not among its fields.
 */
export function resultOf(
  first: Omit<RunResult, 'stats' | 'show' | keyof LastFigures>,
  last: LastFigures,
  behind: RunParts,
): RunResult {
  const result = Object.assign(Object.defineProperty(first, 'stats', stats), last) as RunResult;
  Object.defineProperty(result, parts, { value: behind });
  // Not among the fields: a result that is printed, compared or written is its figures.
  Object.defineProperty(result, 'show', { value: (options: ShowOptions = {}) => new RunPicture(result, options) });
  showObjectPlainly(result, () => ({ ...result }));
  return result;
}

/** A strategy of a run, as a report reads it. */
export class PartsOfStrategy implements StrategyParts {
  readonly #run: StrategyRun;

  constructor(run: StrategyRun) {
    this.#run = run;
  }

  get drawing(): Drawing {
    return this.#run.drawing;
  }

  get analyzers(): readonly NamedAnalyzer[] {
    return this.#run.analyzers;
  }

  get lines(): readonly PlottedLine[] {
    return plottedLines(this.#run);
  }
}
