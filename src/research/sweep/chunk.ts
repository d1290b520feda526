/** Some trials of a sweep, and what they came to: the same code for every executor. */
import { messageOf } from '../../core/index.ts';
import {
  dayReturnsOf,
  mergeParams,
  nameOfStrategy,
  type PlannedStrategy,
  type RepeatedBacktest,
  type RunResult,
  type StrategyClass,
} from '../../engine/index.ts';
import type { TrialParams } from '../search/space.ts';
import { statNames, statOf, type CheckedMetric } from './metric.ts';

/** A strategy class whose parameters are known only at run time. */
export type AnyStrategyClass = StrategyClass<Record<string, unknown>>;

/** Trials that are run together. */
export interface Chunk {
  /** The number of the first trial, from 0. */
  readonly first: number;
  /** The parameters of each. */
  readonly params: readonly TrialParams[];
}

/** What the trials of a chunk came to, in arrays that are handed between threads without a copy. */
export interface ChunkOutcome {
  /** The number of the first trial. */
  readonly first: number;
  /** What each scored; NaN for no score. */
  readonly scores: Float64Array;
  /** The figures of each, `statNames` side by side. */
  readonly stats: Float64Array;
  /** The daily returns of each, side by side; a trial that failed has zeros. */
  readonly returns: Float64Array;
  /** Why trials failed, by their place in the chunk. */
  readonly errors: readonly (readonly [place: number, message: string])[];
  /** What was read beside the trials in another thread or machine: the last moment of each feed. */
  readonly reads?: readonly (readonly [name: string, last: number])[];
}

/** What a worker needs to run trials. */
export interface TrialRunner {
  readonly backtest: RepeatedBacktest;
  readonly cls: AnyStrategyClass;
  /** Parameters that are the same in every trial. */
  readonly fixed: TrialParams;
  readonly metric: CheckedMetric;
}

/** The strategy of one trial. */
export function plannedTrial(cls: AnyStrategyClass, params: TrialParams): PlannedStrategy {
  const merged = mergeParams(cls, params);
  return { name: nameOfStrategy(cls), params: merged, make: (parts) => new cls({ ...parts, params: merged }) };
}

/** Runs one trial and returns the whole result. */
export function runTrial({ backtest, cls, fixed }: TrialRunner, params: TrialParams): RunResult {
  return backtest.run([plannedTrial(cls, { ...fixed, ...params })]);
}

/** Runs the trials of a chunk, one after the other. A trial that throws has no score, and does not end the sweep. */
export function runChunk(runner: TrialRunner, { first, params }: Chunk): ChunkOutcome {
  const count = params.length;
  const width = statNames.length;
  const scores = new Float64Array(count).fill(NaN);
  const stats = new Float64Array(count * width).fill(NaN);
  const errors: [number, string][] = [];
  const rows: (Float64Array | undefined)[] = [];
  for (let k = 0; k < count; k++) {
    try {
      const result = runTrial(runner, params[k]!);
      for (let s = 0; s < width; s++) stats[k * width + s] = statOf(result, statNames[s]!);
      scores[k] = runner.metric.score(result);
      rows[k] = dayReturnsOf(result);
    } catch (error) {
      errors.push([k, messageOf(error)]);
    }
  }
  const periods = rows.reduce((most, row) => Math.max(most, row?.length ?? 0), 0);
  const returns = new Float64Array(count * periods);
  for (let k = 0; k < count; k++) {
    const row = rows[k];
    if (row !== undefined) returns.set(row, k * periods);
  }
  return { first, scores, stats, returns, errors };
}
