/** What a sweep can be told. */
import { checkFunction, checkMethods, type TimeInput } from '../../core/index.ts';
import type { LoadProgress } from '../../feeds/index.ts';
import type { RunStore } from '../../store/index.ts';
import type { SearchMethod } from '../search/search.ts';
import type { Executor } from './executor.ts';
import type { Metric } from './metric.ts';
import type { SweepProgress } from './progress.ts';

/** Options of `optimize`. */
export interface OptimizeOptions {
  /** What to optimize: a figure of the statistics by name, or a function of the result. Default `sharpe`. */
  readonly metric?: Metric;
  /** Whether more is better or less. Default: the better side of the figure; `max` for a function. */
  readonly direction?: 'max' | 'min';
  /** The combinations to try: a function of the parameters, or a condition such as `fast < slow`. Default: all. */
  readonly keep?: string | ((params: never) => boolean);
  /** How parameters are searched. Default `grid`. */
  readonly method?: SearchMethod;
  /** How many trials, for methods other than `grid`. Default 100. */
  readonly trials?: number;
  /** Seed of the methods other than `grid`. Default 1. */
  readonly seed?: number;
  /** Ends the search after this many trials without a better one. Default: never. */
  readonly patience?: number;
  /** Where trials are run. Default `inline()`. Results do not depend on it. */
  readonly executor?: Executor;
  /** The module that exports the strategy, by URL. Required by executors other than `inline()`. */
  readonly module?: string | URL;
  /**
   * No trial reads bars from this moment on: they are kept for one last look, see `openHoldout`. A warning
   * names the bars of that time that were read beside the sweep, such as by a strategy that calls `load` itself. Default: none are held out.
   */
  readonly holdout?: TimeInput;
  /** SQLite file in which trials are kept; an interrupted sweep continues from it. Default: none. */
  readonly file?: string;
  /** The registry to which the sweep and its trials are written: a folder, or an open `RunStore`. Default: none. */
  readonly runs?: string | RunStore;
  /** Ends the sweep when it is aborted; the result holds the trials done so far. Default: none. */
  readonly signal?: AbortSignal;
  /** Called while datas load, with the name of the data. Default: nothing is called. */
  readonly onLoad?: (name: string, progress: LoadProgress) => void;
  /** Called after each group of trials. Default: nothing is called. */
  readonly onProgress?: (progress: SweepProgress) => void;
}

/** The names of the options. */
export const optionNames: readonly (keyof OptimizeOptions)[] = [
  'metric', 'direction', 'keep', 'method', 'trials', 'seed', 'patience', 'executor', 'module', 'holdout', 'file', 'runs',
  'signal', 'onLoad', 'onProgress',
]; // prettier-ignore

/** Options of one search among several. */
export interface SweepOptions extends OptimizeOptions {
  /** Its number among the searches that share `file`. Default: the only one. */
  readonly part?: number;
  /** When the searches that it is one of began, milliseconds UTC: what the registry has from then on is their own. Default: it is the only one. */
  readonly begun?: number;
}

/** Throws a ConfigError for an executor, a callback or a signal that is none. */
export function checkCallbacks({ executor, onLoad, onProgress, signal }: OptimizeOptions): void {
  if (executor !== undefined) checkMethods('executor', executor, ['open'], 'one such as inline() or threads(2)');
  for (const [name, act] of Object.entries({ onLoad, onProgress }))
    if (act !== undefined) checkFunction(name, act, 'a function');
  if (signal !== undefined) checkMethods('signal', signal, ['addEventListener'], 'the signal of an AbortController');
}
