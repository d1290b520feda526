/** Many backtests over datas that are loaded once, with other parameters each: what a sweep runs. */
import { ConfigError, noteTraded, systemRuntime, type Bars } from '../../core/index.ts';
import { loadBars, StreamingFeed, type DataFeed, type LoadProgress } from '../../feeds/index.ts';
import { ComputedLines } from '../../lines/index.ts';
import { give, Loader } from '../datas/loader.ts';
import type { CerebroOptions, PlannedStrategy, RunPlan } from '../plan/plan.ts';
import type { RunResult } from '../result/result.ts';
import { prepareWhole, runWhole } from './backtest.ts';

/** How the bars of a repeated backtest are read. */
export interface RepeatOptions {
  /** Ends the load early when it is aborted. */
  readonly signal?: AbortSignal;
  /** Called while datas load. */
  readonly onLoad?: (name: string, progress: LoadProgress) => void;
  /** Changes the bars of each feed before anything sees them: a sweep's share of history. */
  readonly alter?: (bars: Bars, feed: DataFeed) => Bars;
}

/** A plan whose bars are in memory. Indicators that parameters do not touch are computed once. */
export class RepeatedBacktest {
  readonly #plan: RunPlan;
  readonly #bars: ReadonlyMap<DataFeed, Bars>;
  /** Indicators of earlier runs. */
  readonly computed = new ComputedLines();

  private constructor(plan: RunPlan, bars: ReadonlyMap<DataFeed, Bars>) {
    this.#plan = plan;
    this.#bars = bars;
  }

  /** Reads every feed of a plan. @throws {ConfigError} If a feed plays a recorded market, which has no bars to read at once. */
  static async load(plan: RunPlan, options: RepeatOptions = {}): Promise<RepeatedBacktest> {
    const loader = new Loader(plan.datas);
    const bars = new Map<DataFeed, Bars>();
    for (const { feed, name } of loader.sources) {
      if (feed instanceof StreamingFeed) {
        throw new ConfigError(
          `'${name}' is a streaming feed, and many runs need bars in memory: build bars of it first`,
        );
      }
      const read = await loadBars(feed, {
        runtime: plan.options.runtime ?? systemRuntime,
        ...(options.signal && { signal: options.signal }),
        onProgress: (progress) => options.onLoad?.(name, progress),
      });
      const held = options.alter?.(read, feed) ?? read;
      noteTraded(held);
      bars.set(feed, held);
    }
    return new RepeatedBacktest(plan, bars);
  }

  /** The feeds of the plan with the bars that were read. */
  get bars(): ReadonlyMap<DataFeed, Bars> {
    return this.#bars;
  }

  /** What is run. */
  get plan(): RunPlan {
    return this.#plan;
  }

  /** The same plan over a part of the bars. */
  over(cut: (bars: Bars, feed: DataFeed) => Bars): RepeatedBacktest {
    return new RepeatedBacktest(this.#plan, new Map([...this.#bars].map(([feed, bars]) => [feed, cut(bars, feed)])));
  }

  /** The same bars under other options, and other commission schemes and instruments by data. */
  withOptions(
    options: Partial<CerebroOptions>,
    { schemes, instruments }: Pick<RunPlan, 'schemes' | 'instruments'> = this.#plan,
  ): RepeatedBacktest {
    const plan = { ...this.#plan, schemes, instruments, options: { ...this.#plan.options, ...options } };
    return new RepeatedBacktest(plan, this.#bars);
  }

  /** The same run, in which no strategy is called and nothing is traded before a bar opens at a moment: the bars before warm its indicators up. */
  tradingFrom(moment: number): RepeatedBacktest {
    return new RepeatedBacktest({ ...this.#plan, tradesFrom: moment }, this.#bars);
  }

  /** Runs these strategies, after those that the plan has. */
  run(strategies: readonly PlannedStrategy[]): RunResult {
    return runWhole(...this.#loaded(strategies), this.computed);
  }

  /** Starts these strategies and computes what they share with earlier runs, and makes no step. */
  prepare(strategies: readonly PlannedStrategy[]): void {
    prepareWhole(...this.#loaded(strategies), this.computed);
  }

  #loaded(strategies: readonly PlannedStrategy[]): [plan: RunPlan, loader: Loader] {
    const plan: RunPlan = { ...this.#plan, strategies: [...this.#plan.strategies, ...strategies] };
    const loader = new Loader(plan.datas);
    for (const source of loader.sources) {
      give(source, this.#bars.get(source.feed)!);
      source.isOver = true;
    }
    return [plan, loader];
  }
}
