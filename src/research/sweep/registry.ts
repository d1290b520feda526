/** A sweep in the registry of runs: one entry for the study, one for each trial, and what earlier ones say. */
import { barClose, formatTime, toTime } from '../../core/index.ts';
import { mergeParams, nameOfStrategy, type RepeatedBacktest } from '../../engine/index.ts';
import { RunStore, type KeptRun } from '../../store/index.ts';
import type { Earlier, Luck } from './luck.ts';
import type { SweepPlan } from './plan.ts';
import type { OptimizeResult } from './result.ts';
import type { TrialTable } from './trials.ts';

type DataFacts = KeptRun['datas'][number];

/** What a result knows from the registry. */
export type FromRegistry = 'study' | 'holdoutOpened';

/** The tag of a run over held-out bars in the registry. */
export const holdoutTag = 'holdout';

/** How often held-out bars have been opened for a strategy. */
export function openings(store: RunStore, strategy: string): number {
  return store.list({ strategy, tag: holdoutTag }).length;
}

/** The registry that a sweep is written to; without one it knows of nothing and keeps nothing. */
export class SweepRegistry {
  readonly #plan: SweepPlan;
  readonly #key: string | undefined;
  readonly #store: RunStore | undefined;

  private constructor(plan: SweepPlan, key: string | undefined, store: RunStore | undefined) {
    this.#plan = plan;
    this.#key = key;
    this.#store = store;
  }

  /**
   * Opens the registry that the options of a sweep name.
   *
   * @param key - Text by which a sweep that goes on finds what it wrote before; undefined for one that begins anew.
   */
  static async open(plan: SweepPlan, key: string | undefined): Promise<SweepRegistry> {
    const { runs } = plan.options;
    return new SweepRegistry(plan, key, typeof runs === 'string' ? await RunStore.open(runs) : runs);
  }

  /**
   * What the registry says was tried of the strategy before, by hand and in sweeps. What has the same parameters on the same markets as a trial of this sweep, or as
   * another earlier one, is the same trial: a sweep that is repeated has tried no more.
   *
   * @param others - Keys of the studies that belong to the same walk-forward, written before it was interrupted.
   */
  earlier(trials: TrialTable, others: readonly string[]): Earlier {
    const { backtest, cls, options } = this.#plan;
    const rows = this.#store?.tried(nameOfStrategy(cls), options.begun, others) ?? [];
    if (rows.length === 0) return { trials: 0, sharpes: [] };
    const defaults = mergeParams(cls, {});
    const textOf = (params: object, datas: Pick<DataFacts, 'symbol' | 'timeframe'>[]): string => {
      const symbols = [...new Set(datas.map(({ symbol }) => symbol))].sort();
      return JSON.stringify([symbols, datas[0]?.timeframe, Object.entries({ ...defaults, ...params }).sort()]);
    };
    const own = dataFacts(backtest);
    const known = new Set(Array.from({ length: trials.length }, (_, k) => textOf(trials.paramsAt(k), own)));
    const ownCount = known.size;
    const sharpes: number[] = [];
    for (const { params, datas, sharpe } of rows) {
      const text = textOf(params, [...datas]);
      if (known.has(text)) continue;
      known.add(text);
      if (sharpe !== undefined) sharpes.push(sharpe);
    }
    return { trials: known.size - ownCount, sharpes };
  }

  /** A warning where bars that are held out were read before, by hand or in sweeps that held out fewer: they are not unseen. Openings are counted by themselves. */
  seenBefore(): string[] {
    const { backtest, cls, options } = this.#plan;
    if (this.#store === undefined || options.holdout === undefined) return [];
    const from = toTime(options.holdout, 'holdout');
    const symbols = new Set(dataFacts(backtest).map(({ symbol }) => symbol));
    const count = (kind: 'run' | 'study'): number =>
      this.#store!.list({ kind, strategy: nameOfStrategy(cls) }).filter(
        ({ mode, time, tags, datas }) =>
          mode === 'backtest' && time < (options.begun ?? Infinity) && !tags.includes(holdoutTag) &&
          datas.some(({ symbol, end }) => symbols.has(symbol) && end > from),
      ).length; // prettier-ignore
    const [runs, studies] = [count('run'), count('study')];
    if (runs + studies === 0) return [];
    const by = [runs === 0 ? [] : runs === 1 ? 'one run' : `${runs} runs`, studies === 0 ? [] : studies === 1 ? 'one sweep' : `${studies} sweeps`].flat(); // prettier-ignore
    return [`bars from ${formatTime(from)} on were read before, by ${by.join(' and ')} of the registry: they are not unseen`]; // prettier-ignore
  }

  /** Writes the sweep and its trials. Trials that an interrupted sweep wrote stay as they are, and its entry goes on: each counts once. */
  record(result: Omit<OptimizeResult, FromRegistry>): Pick<OptimizeResult, FromRegistry> {
    const store = this.#store;
    if (store === undefined) return { study: undefined, holdoutOpened: 0 };
    const { backtest, cls, options } = this.#plan;
    const strategy = nameOfStrategy(cls);
    const key = this.#key;
    const known =
      result.resumed > 0 && key !== undefined
        ? store.list({ kind: 'study', strategy, key }).find(({ stats }) => stats['trials']! <= result.trials.length)
        : undefined;
    const about = { strategy, mode: 'backtest', datas: dataFacts(backtest), status: 'done' } as const;
    const { best, luck, end } = result;
    const found = {
      took: result.took + (known?.took ?? 0),
      params: best?.params ?? {},
      settings: { metric: result.metric, direction: result.direction, method: options.method ?? 'grid', end },
      stats: { trials: result.trials.length, ...best?.stats, ...(luck && numbersOnly(luck)) },
      warnings: result.warnings,
    };
    const study = known?.id ?? store.add({ ...about, ...found, kind: 'study', ...(key !== undefined && { key }) });
    if (known !== undefined) store.update(study, found);
    const rows = [...result.trials].slice(known?.stats['trials'] ?? 0).map(({ number, params, stats, error }) => ({
      ...about,
      kind: 'trial' as const,
      parent: study,
      key: String(number),
      params,
      stats,
      ...(error !== undefined && { error, status: 'failed' as const }),
    }));
    store.addAll(rows);
    return { study, holdoutOpened: openings(store, strategy) };
  }

  /** Closes the registry, unless the options gave one that was open. */
  close(): void {
    if (typeof this.#plan.options.runs === 'string') this.#store?.close();
  }
}

/** The datas of a sweep, as the registry keeps them. */
export function dataFacts({ bars: held }: RepeatedBacktest): DataFacts[] {
  return [...held].map(([feed, bars]) => ({
    name: feed.name,
    symbol: feed.symbol,
    timeframe: feed.timeframe.name,
    bars: bars.time.length,
    start: bars.time[0] ?? NaN,
    end: bars.time.length === 0 ? NaN : barClose(feed.timeframe, bars.time[bars.time.length - 1]!),
  }));
}

function numbersOnly(luck: Luck): Record<string, number> {
  const { deflatedSharpe, probabilisticSharpe, overfitting, effectiveTrials } = luck;
  const entries = Object.entries({ deflatedSharpe, probabilisticSharpe, overfitting, effectiveTrials });
  return Object.fromEntries(entries.filter(([, value]) => Number.isFinite(value)));
}
