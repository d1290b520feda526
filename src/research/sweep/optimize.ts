/** A sweep: the parameters of a strategy are searched, and the luck of the search is measured. */
import { createHash } from 'node:crypto';

import {
  checkFunction,
  checkMethods,
  checkNames,
  ConfigError,
  formatTime,
  lowerBound,
  sliceBars,
  barClose,
  systemRuntime,
  toTime,
  type Bars,
  type TimeInput,
} from '../../core/index.ts';
import {
  mergeParams,
  nameOfStrategy,
  planOf,
  RepeatedBacktest,
  searchesOf,
  type Cerebro,
  type PlannedSearch,
  type RunPlan,
  type RunResult,
} from '../../engine/index.ts';
import { noteReads, readsFrom, type DataFeed, type LoadProgress } from '../../feeds/index.ts';
import { RunStore, TrialStore, type StoredChunk } from '../../store/index.ts';
import { makeSearch, type SearchMethod } from '../search/search.ts';
import { Space, type TrialParams } from '../search/space.ts';
import { neighbourhood, type Neighbourhood } from '../statistics/index.ts';
import { runTrial, type AnyStrategyClass, type ChunkOutcome } from './chunk.ts';
import { inline, type Executor, type SweepJob } from './executor.ts';
import { LuckTally, type Luck } from './luck.ts';
import { checkMetric, statNames, type CheckedMetric, type Metric } from './metric.ts';
import { portablePlan, shared, sharedBars, type PortableJob } from './portable.ts';
import { TrialTable, type Trial } from './trials.ts';

/** How far a sweep has come. */
export interface SweepProgress {
  /** Trials that are done. */
  readonly done: number;
  /** Trials there will be, unless the sweep ends early. */
  readonly total: number;
  /** Trials a second, over the last of them. */
  readonly rate: number;
  /** Milliseconds until the end at this rate; undefined before anything is known. */
  readonly leftMs: number | undefined;
  /** The best trial so far; undefined without a score. */
  readonly best: Trial | undefined;
}

/** Options of `optimize`. */
export interface OptimizeOptions {
  /** What is looked for: a figure of the statistics by name, or a function of the result. Default `sharpe`. */
  readonly metric?: Metric;
  /** Whether more is better or less. Default: what the figure means; `max` for a function. */
  readonly direction?: 'max' | 'min';
  /** Which combinations are tried: a function of the parameters, or a condition such as `fast < slow`. */
  readonly keep?: string | ((params: never) => boolean);
  /** How parameters are searched. Default `grid`. */
  readonly method?: SearchMethod;
  /** How many trials, for methods other than `grid`. Default 100. */
  readonly trials?: number;
  /** Seed of the methods that draw. Default 1. */
  readonly seed?: number;
  /** Ends the search after as many trials without a better one. Default: never. */
  readonly patience?: number;
  /** Where trials are run. Default `inline()`. Results do not depend on it. */
  readonly executor?: Executor;
  /** The module that exports the strategy, by URL, for executors other than `inline()`. */
  readonly module?: string | URL;
  /**
   * Bars from here on are not read by any trial: they are kept for one last look. See `openHoldout`. A warning
   * says which bars of that time were read beside the sweep, as by a strategy that calls `load` itself.
   */
  readonly holdout?: TimeInput;
  /** SQLite file that trials are kept in. A sweep that was interrupted goes on from it. Default: none. */
  readonly file?: string;
  /** The registry that the sweep and its trials are written to: a folder, or one that is open. Default: none. */
  readonly runs?: string | RunStore;
  /** Ends the sweep when it is aborted; the result holds what was done. */
  readonly signal?: AbortSignal;
  /** Called while datas load. */
  readonly onLoad?: (name: string, progress: LoadProgress) => void;
  /** Called as trials are done. */
  readonly onProgress?: (progress: SweepProgress) => void;
}

const optionNames: readonly (keyof OptimizeOptions)[] = [
  'metric', 'direction', 'keep', 'method', 'trials', 'seed', 'patience', 'executor', 'module', 'holdout', 'file', 'runs',
  'signal', 'onLoad', 'onProgress',
]; // prettier-ignore

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
  /** What the neighbours of the best trial reached; undefined where none has a score. */
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
  /** How often the registry says that this strategy was tried before: trials of other sweeps, and runs by hand. */
  readonly earlierTrials: number;
  /** How often the registry says that bars held out for this strategy have been opened: after the first time they are in sample. */
  readonly holdoutOpened: number;
  /** Milliseconds that it took. */
  readonly took: number;
  /** Things worth knowing that are not errors. */
  readonly warnings: readonly string[];
}

/**
 * Searches the parameters that `optStrategy` was given, and measures how much of the best is luck.
 *
 * ```ts
 * const cerebro = new Cerebro({ cash: 10_000, commission: 0.001 });
 * cerebro.addData(new CsvDataFeed({ path: 'BTCUSDT-1h.csv', timeframe: '1h' }));
 * cerebro.optStrategy(SmaCross, { fast: { from: 5, to: 20 }, slow: { from: 20, to: 100, step: 5 } });
 * const { best, luck } = await optimize(cerebro, { keep: 'fast < slow' });
 * ```
 *
 * @throws {ConfigError} If nothing is searched, an option cannot be right, or every trial failed.
 */
export async function optimize(cerebro: Cerebro, options: OptimizeOptions = {}): Promise<OptimizeResult> {
  checkNames('option of optimize', options, optionNames);
  checkHelpers(options);
  const { plan, search, backtest } = await loadSearch(cerebro, options);
  return await new Sweep(plan, backtest, search, options).run();
}

/** A search with its bars in memory: those before `holdout`. @throws {ConfigError} If nothing is searched, or nothing held out. */
export async function loadSearch(
  cerebro: Cerebro,
  options: Pick<OptimizeOptions, 'signal' | 'holdout' | 'onLoad'>,
): Promise<{ readonly plan: RunPlan; readonly search: PlannedSearch; readonly backtest: RepeatedBacktest }> {
  const [search, ...others] = searchesOf(cerebro);
  if (search === undefined)
    throw new ConfigError('nothing is searched: call cerebro.optStrategy(TheClass, { name: values }) first');
  if (others.length > 0) throw new ConfigError('optStrategy was called more than once: a sweep searches one strategy');
  const holdout = options.holdout === undefined ? undefined : toTime(options.holdout, 'holdout');
  const plan = planOf(cerebro);
  if (plan.datas.length === 0) throw new ConfigError('no data: call addData(feed) first');
  let heldOut = 0;
  let last = -Infinity;
  const backtest = await RepeatedBacktest.load(plan, {
    ...(options.signal && { signal: options.signal }),
    ...(options.onLoad && { onLoad: options.onLoad }),
    ...(holdout !== undefined && {
      alter: (bars, feed) => {
        const kept = before(bars, holdout, feed);
        heldOut += bars.time.length - kept.time.length;
        last = Math.max(last, bars.time.at(-1) ?? -Infinity);
        return kept;
      },
    }),
  });
  if (holdout !== undefined && heldOut === 0) {
    throw new ConfigError(`holdout holds out no bar: the last one opens at ${formatTime(last)}`, {
      context: { field: 'holdout' },
    });
  }
  return { plan, search, backtest };
}

/** What a strategy read beside a search that holds bars out. */
export function readBeside({ holdout }: Pick<OptimizeOptions, 'holdout'>): readonly string[] {
  return holdout === undefined ? [] : readsFrom(toTime(holdout, 'holdout'));
}

/** Throws a ConfigError for an executor, a callback or a signal that is none. */
export function checkHelpers({ executor, onLoad, onProgress, signal }: OptimizeOptions): void {
  if (executor !== undefined) checkMethods('executor', executor, ['open'], 'one such as inline() or threads(2)');
  for (const [name, act] of Object.entries({ onLoad, onProgress }))
    if (act !== undefined) checkFunction(name, act, 'a function');
  if (signal !== undefined) checkMethods('signal', signal, ['addEventListener'], 'the signal of an AbortController');
}

/** The bars that have closed by a moment: one that goes on after it would tell what is held out. @throws {ConfigError} If there is none. */
function before(bars: Bars, end: number, { name, timeframe }: DataFeed): Bars {
  let to = lowerBound(bars.time, end);
  while (to > 0 && barClose(timeframe, bars.time[to - 1]!) > end) to--;
  if (to === 0) {
    throw new ConfigError(
      `holdout leaves no bar of '${name}': its bars open from ${formatTime(bars.time[0] ?? NaN)} on`,
      {
        context: { field: 'holdout' },
      },
    );
  }
  // A copy: a view would still lead to what is held out.
  return to === bars.time.length ? bars : copied(sliceBars(bars, 0, to));
}

function copied(bars: Bars): Bars {
  return Object.fromEntries(
    Object.entries(bars).map(([name, column]) => [name, (column as Float64Array).slice()]),
  ) as unknown as Bars;
}

/** What a result knows from the registry. */
type FromRegistry = 'study' | 'earlierTrials' | 'holdoutOpened';

/** The tag of a run over held-out bars in the registry. */
export const holdoutTag = 'holdout';

/** Options of one search among several. */
export interface SweepOptions extends OptimizeOptions {
  /** Its number among the searches that share `file`. Default: the only one. */
  readonly part?: number;
}

/** Sweeps are committed in the order of their trials, whatever the order in which chunks come back. */
export class Sweep {
  readonly #plan: RunPlan;
  readonly #backtest: RepeatedBacktest;
  readonly #cls: AnyStrategyClass;
  readonly #space: Space;
  readonly #options: SweepOptions;
  readonly #metric: CheckedMetric;
  readonly #trials: TrialTable;
  readonly #luck: LuckTally;
  readonly #warnings: string[] = [];
  #best = -1;
  #bestReturns: Float64Array | undefined;
  #sinceBest = 0;
  readonly #runtime;

  constructor(
    plan: RunPlan,
    backtest: RepeatedBacktest,
    search: PlannedSearch,
    options: SweepOptions,
    collect?: (returns: Float64Array | undefined) => void,
  ) {
    this.#collect = collect;
    this.#plan = plan;
    this.#backtest = backtest;
    this.#cls = search.cls;
    this.#options = options;
    this.#runtime = plan.options.runtime ?? systemRuntime;
    this.#space = new Space(search.space, { ...search.cls.params }, options.keep);
    this.#metric = checkMetric(options.metric ?? 'sharpe', options.direction);
    const { patience } = options;
    if (patience !== undefined && !(Number.isInteger(patience) && patience >= 1)) {
      throw new ConfigError(`patience must be a whole number of at least 1, was ${patience}`, {
        context: { field: 'patience' },
      });
    }
    this.#trials = new TrialTable(this.#space.axes.map(({ name }) => name));
    this.#luck = new LuckTally(plan.datas[0]!.frame.name);
  }

  /** Runs it to its end, or to where it is stopped. */
  async run(): Promise<OptimizeResult> {
    const { executor = inline(), method = 'grid', trials, seed = 1, file, part, signal } = this.#options;
    const started = this.#runtime.elapsed();
    const search = makeSearch(this.#space, { method, trials, seed });
    const store =
      file === undefined ? undefined : await TrialStore.open(file, this.#key({ method, trials, seed }), part);
    let resumed = 0;
    let end: OptimizeResult['end'] = 'done';
    try {
      for (const chunk of store?.chunks() ?? []) {
        if (this.#isOutOfPatience()) break;
        const asked = search.ask(chunk.params.length);
        if (JSON.stringify(asked) !== JSON.stringify(chunk.params)) break;
        this.#commit(asked, chunk);
        search.tell(scoresFor(this.#metric, chunk.scores));
        resumed += asked.length;
      }
      const isStopped = (): boolean => signal?.aborted === true;
      const workers = this.#trials.length >= search.total || isStopped() ? undefined : await executor.open(this.#job());
      const done = new Map<number, { readonly params: readonly TrialParams[]; readonly outcome: ChunkOutcome }>();
      const running = new Map<number, Promise<void>>();
      let failure: unknown;
      let asked = this.#trials.length;
      let size = workers?.chunk ?? 1;
      const pace = new Pace(this.#runtime.elapsed(), asked);
      try {
        while (workers !== undefined && failure === undefined) {
          while (running.size < workers.width && !isStopped() && !this.#isOutOfPatience()) {
            const params = search.ask(Math.min(size, Math.max(1, Math.ceil(search.ahead / workers.width))));
            if (params.length === 0) break;
            const first = asked;
            asked += params.length;
            const begun = this.#runtime.elapsed();
            running.set(
              first,
              workers.run({ first, params }).then(
                (outcome) => {
                  running.delete(first);
                  done.set(first, { params, outcome });
                  // Chunks long enough that handing them over costs nothing, and short enough that an interrupt comes through.
                  const took = this.#runtime.elapsed() - begun;
                  if (workers.chunk !== undefined) return;
                  if (took < 100 && params.length === size && size < 64) size *= 2;
                  else if (took > 1_000 && size > 1) size = Math.max(1, size >> 1);
                },
                (error: unknown) => {
                  running.delete(first);
                  failure ??= error;
                },
              ),
            );
          }
          if (running.size === 0) break;
          await Promise.race(running.values());
          for (let next = done.get(this.#trials.length); next !== undefined; next = done.get(this.#trials.length)) {
            const first = this.#trials.length;
            done.delete(first);
            if (this.#isOutOfPatience()) {
              // The trials ahead of the end of patience count as never run, whoever was quick with them.
              done.clear();
              break;
            }
            const { reads = [], ...outcome } = next.outcome;
            noteReads(reads);
            store?.add({ ...outcome, params: next.params });
            this.#commit(next.params, next.outcome);
            search.tell(scoresFor(this.#metric, next.outcome.scores));
            this.#show(pace, search.total);
          }
        }
        await Promise.all(running.values());
      } finally {
        await workers?.close();
      }
      if (failure !== undefined) throw failure as Error;
      if (isStopped() && this.#trials.length < search.total) end = 'stopped';
      else if (this.#isOutOfPatience() && this.#trials.length < search.total) end = 'patience';
    } finally {
      store?.close();
    }
    return await this.#conclude(end, search.total, resumed, this.#runtime.elapsed() - started);
  }

  #isOutOfPatience(): boolean {
    const { patience } = this.#options;
    return patience !== undefined && this.#sinceBest >= patience;
  }

  #commit(params: readonly TrialParams[], outcome: Pick<StoredChunk, 'scores' | 'stats' | 'returns' | 'errors'>): void {
    const from = this.#trials.length;
    const width = outcome.returns.length / params.length;
    const failed = new Set(outcome.errors.map(([place]) => place));
    // Where patience ends within a chunk, what follows counts as never run: chunks are cut by the time they take.
    let count = 0;
    while (count < params.length && !this.#isOutOfPatience()) {
      const score = outcome.scores[count]! * this.#metric.sign;
      const returns = outcome.returns.subarray(count * width, (count + 1) * width);
      const known = failed.has(count) || width === 0 ? undefined : returns;
      this.#luck.add(known);
      this.#collect?.(known?.slice());
      this.#sinceBest++;
      if (score > this.#bestScore || (this.#best < 0 && !Number.isNaN(score))) {
        this.#bestScore = score;
        this.#best = from + count;
        this.#bestReturns = returns.slice();
        this.#sinceBest = 0;
      }
      count++;
    }
    this.#trials.add(params.slice(0, count), {
      scores: outcome.scores.subarray(0, count),
      stats: outcome.stats.subarray(0, count * statNames.length),
      errors: outcome.errors.filter(([place]) => place < count),
    });
  }

  #bestScore = -Infinity;
  readonly #collect: ((returns: Float64Array | undefined) => void) | undefined;

  #show(pace: Pace, total: number): void {
    const { onProgress } = this.#options;
    if (onProgress === undefined) return;
    const done = this.#trials.length;
    const rate = pace.note(this.#runtime.elapsed(), done);
    onProgress({
      done,
      total,
      rate,
      leftMs: rate > 0 ? ((total - done) / rate) * 1_000 : undefined,
      best: this.#best < 0 ? undefined : this.#trials.get(this.#best),
    });
  }

  #job(): SweepJob {
    const { axes } = this.#space;
    return {
      backtest: this.#backtest,
      cls: this.#cls,
      fixed: {},
      metric: this.#metric,
      samples: [this.#space.spread(axes.map(() => 0)), this.#space.spread(axes.map(() => 1 - 1e-9))],
      portable: () => this.#portable(),
    };
  }

  async #portable(): Promise<PortableJob> {
    const { module, metric = 'sharpe' } = this.#options;
    if (module === undefined) {
      throw new ConfigError(
        "other threads and machines import the strategy: give its module, such as module: new URL('./my-strategy.ts', import.meta.url)",
        { code: 'not-portable', context: { field: 'module' } },
      );
    }
    const url = String(module);
    const found = (await import(url)) as Record<string, unknown>;
    const exported = nameOf(found, this.#cls, `${url} does not export the strategy ${this.#cls.name}`);
    const bars = new Map([...this.#backtest.bars].map(([feed, one]) => [feed, sharedBars(one)]));
    return {
      ...portablePlan(this.#plan, bars),
      fixed: {},
      module: url,
      exported,
      metric:
        typeof metric === 'string'
          ? { stat: metric }
          : { exported: nameOf(found, metric, `${url} does not export the metric ${this.#metric.name}`) },
      direction: this.#metric.sign === 1 ? 'max' : 'min',
      computed: this.#common(),
    };
  }

  /** The indicators that two trials share which differ in every parameter, computed once for all workers. */
  #common(): PortableJob['computed'] {
    const { samples } = this.#job();
    // What the first two runs both ask for is kept by the second.
    for (const params of samples) {
      try {
        runTrial({ backtest: this.#backtest, cls: this.#cls, fixed: {}, metric: this.#metric }, params);
      } catch {
        // A trial at the edge of the space may fail, and then its workers share less.
      }
    }
    return [...this.#backtest.computed.entries()].map(([id, lines]) => [id, lines.map(shared)] as const);
  }

  /** Text that stands for all that decides the outcome: bars, options, strategy, ranges, metric. */
  #key(search: object): string {
    const hash = createHash('sha256');
    for (const [feed, bars] of this.#backtest.bars) {
      hash.update(`${feed.name} ${feed.symbol} ${feed.timeframe.name}\n`);
      for (const column of Object.values(bars) as Float64Array[])
        hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    }
    const { axes } = this.#space;
    const { runtime: _runtime, ...options } = this.#plan.options;
    const parts = {
      strategy: nameOfStrategy(this.#cls),
      source: String(this.#cls),
      defaults: mergeParams(this.#cls, {}),
      axes: axes.map(({ name, count }) => [
        name,
        count,
        [0, 0.31, 0.62, 1 - 1e-9].map((place) => this.#space.axes.find((one) => one.name === name)!.spread(place)),
      ]),
      keep: String(this.#options.keep),
      metric: typeof this.#options.metric === 'function' ? String(this.#options.metric) : this.#metric.name,
      direction: this.#metric.sign,
      options,
      sizer: this.#plan.defaultSizer.summary,
      datas: this.#plan.datas.map(({ name, frame, made }) => [name, frame.name, made?.kind, made?.options]),
      search,
    };
    return `${hash.digest('hex')} ${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
  }

  async #conclude(end: OptimizeResult['end'], planned: number, resumed: number, took: number): Promise<OptimizeResult> {
    const trials = this.#trials;
    if (trials.length > 0 && trials.failures === trials.length) {
      throw new ConfigError(`every trial failed, the first with: ${trials.firstError!}`, {
        code: 'every-trial-failed',
      });
    }
    const { sign } = this.#metric;
    const ranking = trials.ranking(sign);
    const best = ranking[0];
    const warnings = [...this.#warnings, ...readBeside(this.#options)];
    if (trials.failures > 0) {
      const many = trials.failures === 1 ? 'one trial' : `${trials.failures} trials`;
      const have = trials.failures === 1 ? 'has' : 'have';
      warnings.push(`${many} of ${trials.length} failed and ${have} no score, the first with: ${trials.firstError!}`);
    }
    if (best === undefined && trials.length > 0)
      warnings.push(
        typeof this.#options.metric === 'function'
          ? `no trial has a score: the metric '${this.#metric.name}' returned no number for any of them`
          : `no trial has a ${this.#metric.name}: the history may be too short for it`,
      );
    const luck = best === undefined ? undefined : this.#luck.luck(this.#bestReturns!);
    const runner = this.#job();
    const result: Omit<OptimizeResult, FromRegistry> = {
      strategy: nameOfStrategy(this.#cls),
      trials,
      ranking,
      best,
      runOf: (trial) => runTrial(runner, trial.params),
      bestRun: () => (best === undefined ? undefined : runTrial(runner, best.params)),
      luck,
      neighbourhood:
        best === undefined
          ? undefined
          : neighbourhood(
              Array.from({ length: trials.length }, (_, k) => ({
                params: trials.paramsAt(k),
                score: sign * trials.scoreAt(k),
              })),
              best.number,
            ),
      metric: this.#metric.name,
      direction: sign === 1 ? 'max' : 'min',
      end,
      planned,
      resumed,
      took,
      warnings,
    };
    return { ...result, ...(await this.#record(result)) };
  }

  /** Writes the sweep and its trials to the registry. */
  async #record(result: Omit<OptimizeResult, FromRegistry>): Promise<Pick<OptimizeResult, FromRegistry>> {
    const { runs } = this.#options;
    if (runs === undefined) return { study: undefined, earlierTrials: 0, holdoutOpened: 0 };
    const store = typeof runs === 'string' ? await RunStore.open(runs) : runs;
    try {
      const earlier = store.list({ strategy: nameOfStrategy(this.#cls) });
      const earlierTrials = earlier.reduce(
        (sum, run) => sum + (run.kind === 'study' ? (run.stats['trials'] ?? 0) : 1),
        0,
      );
      const datas = [...this.#backtest.bars].map(([feed, bars]) => ({
        name: feed.name,
        symbol: feed.symbol,
        timeframe: feed.timeframe.name,
        bars: bars.time.length,
        start: bars.time[0] ?? NaN,
        end: bars.time[bars.time.length - 1] ?? NaN,
      }));
      const about = { strategy: nameOfStrategy(this.#cls), mode: 'backtest', datas, status: 'done' } as const;
      const { best, luck } = result;
      const study = store.add({
        ...about,
        kind: 'study',
        took: result.took,
        params: best?.params ?? {},
        settings: { metric: result.metric, direction: result.direction, method: this.#options.method ?? 'grid' },
        stats: { trials: result.trials.length, ...best?.stats, ...(luck && numbersOnly(luck)) },
        warnings: result.warnings,
      });
      const rows = [...result.trials].map(({ number, params, stats, error }) => ({
        ...about,
        kind: 'trial' as const,
        parent: study,
        key: String(number),
        params,
        stats,
        ...(error !== undefined && { error, status: 'failed' as const }),
      }));
      store.addAll(rows);
      return {
        study,
        earlierTrials,
        holdoutOpened: store.list({ strategy: nameOfStrategy(this.#cls), tag: holdoutTag }).length,
      };
    } finally {
      if (typeof runs === 'string') store.close();
    }
  }
}

function numbersOnly(luck: Luck): Record<string, number> {
  const { deflatedSharpe, probabilisticSharpe, overfitting, effectiveTrials } = luck;
  const entries = Object.entries({ deflatedSharpe, probabilisticSharpe, overfitting, effectiveTrials });
  return Object.fromEntries(entries.filter(([, value]) => Number.isFinite(value)));
}

function scoresFor({ sign }: CheckedMetric, scores: Float64Array): number[] {
  return Array.from(scores, (score) => sign * score);
}

/** The name that a module exports a value by. */
function nameOf(module: Readonly<Record<string, unknown>>, value: unknown, message: string): string {
  const found = Object.entries(module).find(([, one]) => one === value)?.[0];
  if (found !== undefined) return found;
  throw new ConfigError(`${message}: export it, and give the module that it is imported from`, {
    code: 'not-portable',
    context: { field: 'module' },
  });
}

/** The rate of the last trials, so that the time left follows what workers do now. */
class Pace {
  readonly #points: [time: number, done: number][];

  constructor(time: number, done: number) {
    this.#points = [[time, done]];
  }

  /** Notes how far the sweep is, and returns trials a second over the last minute. */
  note(time: number, done: number): number {
    this.#points.push([time, done]);
    while (this.#points.length > 2 && time - this.#points[1]![0] > 60_000) this.#points.shift();
    if (this.#points.length > 200) this.#points.splice(1, 1);
    const [from, earlier] = this.#points[0]!;
    return time > from ? ((done - earlier) / (time - from)) * 1_000 : 0;
  }
}
