/** What a sweep found. */
import type { RunResult } from '../../engine/index.ts';
import type { Neighbourhood } from '../statistics/index.ts';
import type { Luck } from './luck.ts';
import type { Trial, TrialTable } from './trials.ts';

/** The result of a sweep. */
export interface OptimizeResult {
  /** Name of the strategy. */
  readonly strategy: string;
  /** Every trial, in the order of the search. */
  readonly trials: TrialTable;
  /** The best trials, the best first; those without a score are not among them. */
  readonly ranking: readonly Trial[];
  /** The best trial; undefined where none has a score. */
  readonly best: Trial | undefined;
  /** Runs the best trial again, over the bars of the sweep, and returns its whole result; undefined where none has a score. */
  bestRun(): RunResult | undefined;
  /** Runs a trial again, over the bars of the sweep, and returns its whole result. */
  runOf(trial: Trial): RunResult;
  /** How much of the best trial is luck; undefined where none has a score. */
  readonly luck: Luck | undefined;
  /** The scores of the neighbours of the best trial; undefined where none has a score. */
  readonly neighbourhood: Neighbourhood | undefined;
  /** The name of what was looked for. */
  readonly metric: string;
  /** Whether more of it is better. */
  readonly direction: 'max' | 'min';
  /** Why the search ended: it was `done`, lost `patience`, or was `stopped`. */
  readonly end: 'done' | 'patience' | 'stopped';
  /** How many trials there would have been. */
  readonly planned: number;
  /** How many of the trials were read from the file of an earlier sweep. */
  readonly resumed: number;
  /** The number of the sweep in the registry; undefined without one. */
  readonly study: number | undefined;
  /**
   * How many other combinations of parameters and markets the registry says that this strategy was tried with before, in sweeps and in runs by hand; `luck` counts
   * them. Repeated ones count once.
   */
  readonly earlierTrials: number;
  /** How often the registry says that bars held out for this strategy have been opened: after the first time they are in sample. */
  readonly holdoutOpened: number;
  /** Milliseconds that it took. */
  readonly took: number;
  /** Things worth knowing that are not errors. */
  readonly warnings: readonly string[];
}
