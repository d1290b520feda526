/** What a report reads of a run beyond its result: bars, indicators, what strategies drew, and the reports of its datas. */
import type { Blotter } from '../../broker/index.ts';
import { ConfigError } from '../../core/index.ts';
import type { DataReport } from '../../feeds/index.ts';
import type { Timeline } from '../../lines/index.ts';
import type { NamedAnalyzer, StrategyRun } from '../strategy/strategy-run.ts';
import type { Drawing } from '../strategy/drawing.ts';
import { plottedLines, type PlottedLine } from './plotted-lines.ts';
import type { RunResult } from './result.ts';

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
}

const known = new WeakMap<RunResult, RunParts>();

/**
 * What lies behind a result.
 *
 * @throws {ConfigError} If no run returned this very object.
 */
export function partsOfResult(result: RunResult): RunParts {
  const parts = known.get(result);
  if (parts === undefined) {
    throw new ConfigError('a report needs the result itself as cerebro.run() returned it, not a copy', {
      code: 'foreign-result',
    });
  }
  return parts;
}

/** Notes what lies behind a result, for as long as the result is held. */
export function keepParts(
  result: RunResult,
  timelines: readonly Timeline[],
  runs: readonly StrategyRun[],
  blotter: Blotter,
  reports: readonly (DataReport | undefined)[],
): void {
  known.set(result, {
    timelines,
    reports,
    strategies: runs.map((run) => ({
      drawing: run.drawing,
      analyzers: run.analyzers,
      get lines() {
        return plottedLines(run);
      },
    })),
    blotter,
  });
}
