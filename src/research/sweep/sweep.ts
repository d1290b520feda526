/** A sweep: chunks of trials go to workers and come back, and are committed one by one. */
import { ConfigError, systemRuntime } from '../../core/index.ts';
import { nameOfStrategy, type PlannedSearch, type RepeatedBacktest, type RunPlan } from '../../engine/index.ts';
import { noteReads } from '../../feeds/index.ts';
import { TrialStore, type StoredChunk } from '../../store/index.ts';
import { makeSearch, type Search } from '../search/search.ts';
import type { TrialParams } from '../search/space.ts';
import { neighbourhood } from '../statistics/index.ts';
import { runChunk, runTrial, type ChunkOutcome } from './chunk.ts';
import { inline } from './executor.ts';
import { fingerprintOf, moduleHash } from './fingerprint.ts';
import { sweepJob } from './job.ts';
import { readBeside } from './load-search.ts';
import { LuckTally } from './luck.ts';
import { statNames, type CheckedMetric } from './metric.ts';
import type { SweepOptions } from './options.ts';
import { sweepPlan, type SweepPlan } from './plan.ts';
import { Pace } from './progress.ts';
import { SweepRegistry, type FromRegistry } from './registry.ts';
import type { OptimizeResult } from './result.ts';
import { TrialTable, type Trial } from './trials.ts';

/** Sweeps are committed in the order of their trials, whatever the order in which chunks come back. */
export class Sweep {
  readonly #plan: SweepPlan;
  readonly #runtime;
  readonly #collect: ((returns: Float64Array | undefined) => void) | undefined;
  readonly #trials: TrialTable;
  readonly #luck: LuckTally;
  #best = -1;
  #bestScore = -Infinity;
  #bestReturns: Float64Array | undefined;
  #sinceBest = 0;

  /** @throws {ConfigError} If an option cannot be right. */
  constructor(
    run: RunPlan,
    backtest: RepeatedBacktest,
    search: PlannedSearch,
    options: SweepOptions,
    collect?: (returns: Float64Array | undefined) => void,
  ) {
    this.#collect = collect;
    this.#plan = sweepPlan(run, backtest, search, options);
    this.#runtime = run.options.runtime ?? systemRuntime;
    this.#trials = new TrialTable(this.#plan.space.axes.map(({ name }) => name));
    this.#luck = new LuckTally(run.datas[0]!.frame.name);
  }

  /** Runs it to its end, or to where it is stopped. */
  async run(): Promise<OptimizeResult> {
    const { method = 'grid', trials, seed, file, module, part } = this.#plan.options;
    const started = this.#runtime.elapsed();
    const search = makeSearch(this.#plan.space, { method, trials, seed });
    const key = file === undefined ? undefined : fingerprintOf(this.#plan, { method, trials, seed });
    // What cannot be written is known before the first trial.
    const registry = await SweepRegistry.open(this.#plan, key);
    let store: TrialStore | undefined;
    let resumed = 0;
    let end: OptimizeResult['end'] = 'done';
    try {
      if (file !== undefined) store = await TrialStore.open(file, key!, moduleHash(module), part);
      this.#resume(search, store);
      resumed = this.#trials.length;
      await this.#runTrials(search, store);
      if (this.#trials.length < search.total) {
        if (this.#isStopped()) end = 'stopped';
        else if (this.#isOutOfPatience()) end = 'patience';
      }
      return this.#conclude(end, search, resumed, this.#runtime.elapsed() - started, registry, store?.otherKeys());
    } finally {
      store?.close();
      registry.close();
    }
  }

  /** Takes the trials of an earlier sweep from the file, as far as the search asks for the same. */
  #resume(search: Search, store: TrialStore | undefined): void {
    for (const chunk of store?.chunks() ?? []) {
      if (this.#isOutOfPatience()) break;
      const asked = search.ask(chunk.params.length);
      if (JSON.stringify(asked) !== JSON.stringify(chunk.params)) break;
      this.#commit(asked, chunk);
      search.tell(scoresFor(this.#plan.metric, chunk.scores));
    }
  }

  /** Runs what is left of the search, several chunks at a time. */
  async #runTrials(search: Search, store: TrialStore | undefined): Promise<void> {
    if (this.#trials.length >= search.total || this.#isStopped()) return;
    const { executor = inline(), signal } = this.#plan.options;
    const workers = await executor.open(sweepJob(this.#plan), signal).catch((error: unknown) => {
      if (!this.#isStopped()) throw error;
    });
    if (workers === undefined) return;
    const done = new Map<number, { readonly params: readonly TrialParams[]; readonly outcome: ChunkOutcome }>();
    const running = new Map<number, Promise<void>>();
    let failure: unknown;
    let asked = this.#trials.length;
    let size = workers.chunk ?? 1;
    const pace = new Pace(this.#runtime.elapsed(), asked);
    const hasLeft = (): boolean => workers.isRemote === true && this.#isStopped();
    const stopped = new Promise<void>((resolve) => {
      if (workers.isRemote) signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      while (failure === undefined) {
        while (running.size < workers.width && !this.#isStopped() && !this.#isOutOfPatience()) {
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
        if (running.size === 0 || hasLeft()) break;
        await Promise.race([...running.values(), stopped]);
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
          search.tell(scoresFor(this.#plan.metric, next.outcome.scores));
          this.#show(pace, search.total);
        }
      }
      if (!hasLeft()) await Promise.all(running.values());
      if (failure === undefined && !this.#isStopped() && workers.rank !== undefined)
        await this.#luck.share(workers.rank.bind(workers));
    } finally {
      await workers.close();
    }
    if (failure !== undefined) throw this.#withKept(failure);
  }

  /** Says of a failure of the workers what is left of the sweep. */
  #withKept(failure: unknown): unknown {
    const { file } = this.#plan.options;
    const done = this.#trials.length;
    if (!(failure instanceof ConfigError) || !['worker-failed', 'redis-refused'].includes(failure.code) || file === undefined || done === 0) return failure; // prettier-ignore
    const kept = done === 1 ? 'one trial is kept' : `${done} trials are kept`;
    return new ConfigError(`${failure.message}; ${kept} in ${file}, and the same sweep goes on from there`, { code: failure.code, cause: failure }); // prettier-ignore
  }

  #isStopped(): boolean {
    return this.#plan.options.signal?.aborted === true;
  }

  #isOutOfPatience(): boolean {
    const { patience } = this.#plan.options;
    return patience !== undefined && this.#sinceBest >= patience;
  }

  /** What is said of trials that ran and have no score. */
  #withoutScore(unscored: readonly Trial[], isAll: boolean): string {
    const { metric, options } = this.#plan;
    const idle = unscored.filter(({ stats }) => stats.trades === 0 && stats.openTrades === 0).length;
    if (!isAll) {
      const isOne = unscored.length === 1;
      const who = idle < unscored.length ? `${idle} of them` : isOne ? 'it' : 'they';
      const many = isOne ? 'one trial' : `${unscored.length} trials`;
      return `${many} of ${this.#trials.length} ${isOne ? 'has' : 'have'} no score${idle === 0 ? '' : `: ${who} traded nothing`}`;
    }
    if (typeof options.metric === 'function')
      return `no trial has a score: the metric '${metric.name}' returned no number for any of them`;
    if (idle === unscored.length) return `no trial has a ${metric.name}: none of them traded`;
    const isYearly = ['cagr', 'volatility', 'sharpe', 'sortino', 'calmar'].includes(metric.name);
    return `no trial has a ${metric.name}: ${isYearly ? 'a figure of a year needs 30 days of history; take another metric, such as totalReturn, for less' : 'the history may be too short for it'}`;
  }

  /** Runs the best trial again; a warning where it comes out otherwise, as it does of a strategy that asks a clock or chance. */
  #unlikeItself({ params, score, stats }: Trial): string[] {
    const again = runChunk(sweepJob(this.#plan), { first: 0, params: [params] });
    const names = [this.#plan.metric.name, ...statNames];
    const before = [score, ...statNames.map((name) => stats[name])];
    const now = [again.scores[0]!, ...again.stats];
    const at = names.findIndex((_, k) => !Object.is(before[k] ?? NaN, now[k]!));
    if (at < 0) return [];
    const [first, second] = [before, now].map((row) => Number((row[at] ?? NaN).toPrecision(6)));
    return [
      `the best trial came out otherwise when it ran again: ${names[at]!} was ${first!}, then ${second!}. More than bars and parameters decides it, such as Math.random(), a clock, or what an earlier trial left behind`,
    ];
  }

  #commit(params: readonly TrialParams[], outcome: Pick<StoredChunk, 'scores' | 'stats' | 'returns' | 'errors'>): void {
    const from = this.#trials.length;
    const width = outcome.returns.length / params.length;
    const failed = new Set(outcome.errors.map(([place]) => place));
    // Where patience ends within a chunk, what follows counts as never run: chunks are cut by the time they take.
    let count = 0;
    while (count < params.length && !this.#isOutOfPatience()) {
      const score = outcome.scores[count]! * this.#plan.metric.sign;
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

  #show(pace: Pace, total: number): void {
    const { onProgress } = this.#plan.options;
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

  #conclude(
    end: OptimizeResult['end'],
    { total: planned, shortage }: Search,
    resumed: number,
    took: number,
    registry: SweepRegistry,
    others: readonly string[] = [],
  ): OptimizeResult {
    const trials = this.#trials;
    if (trials.length > 0 && trials.failures === trials.length) {
      throw new ConfigError(`every trial failed, the first with: ${trials.firstError!}`, {
        code: 'every-trial-failed',
      });
    }
    const { sign } = this.#plan.metric;
    const ranking = trials.ranking(sign);
    const best = ranking[0];
    const warnings = [...readBeside(this.#plan.options), ...registry.seenBefore()];
    if (end === 'done' && shortage !== undefined) warnings.push(shortage);
    if (trials.failures > 0) {
      const many = trials.failures === 1 ? 'one trial' : `${trials.failures} trials`;
      const have = trials.failures === 1 ? 'has' : 'have';
      warnings.push(`${many} of ${trials.length} failed and ${have} no score, the first with: ${trials.firstError!}`);
    }
    const unscored = [...trials].filter(({ score, error }) => score === undefined && error === undefined);
    if (unscored.length > 0) warnings.push(this.#withoutScore(unscored, best === undefined));
    if (best !== undefined && end !== 'stopped') warnings.push(...this.#unlikeItself(best));
    const earlier = registry.earlier(trials, others);
    const luck = best === undefined ? undefined : this.#luck.luck(this.#bestReturns!, earlier);
    const runner = sweepJob(this.#plan);
    const result: Omit<OptimizeResult, FromRegistry> = {
      strategy: nameOfStrategy(this.#plan.cls),
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
                score: trials.scoreAt(k),
              })),
              { best: best.number, direction: sign === 1 ? 'max' : 'min' },
            ),
      metric: this.#plan.metric.name,
      direction: sign === 1 ? 'max' : 'min',
      end,
      planned,
      resumed,
      earlierTrials: earlier.trials,
      took,
      warnings,
    };
    return { ...result, ...registry.record(result) };
  }
}

function scoresFor({ sign }: CheckedMetric, scores: Float64Array): number[] {
  return Array.from(scores, (score) => sign * score);
}
