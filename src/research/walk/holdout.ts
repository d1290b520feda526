/** The bars that were held out of every search: opened once, and every opening is written down. */
import type { RunStats } from '../../analyzers/index.ts';
import { checkNames, ConfigError, toTime, type TimeInput } from '../../core/index.ts';
import {
  dayReturnsOf,
  dayStartsOf,
  nameOfStrategy,
  planOf,
  RepeatedBacktest,
  searchesOf,
  type Cerebro,
  type RunResult,
} from '../../engine/index.ts';
import { RunStore } from '../../store/index.ts';
import { momentsOf } from '../statistics/index.ts';
import { plannedTrial } from '../sweep/chunk.ts';
import { returnsPerYear } from '../sweep/luck.ts';
import { dataFacts, holdoutTag, openings } from '../sweep/registry.ts';

/** Options of `openHoldout`. */
export interface HoldoutOptions {
  /** The first moment that was held out. */
  readonly holdout: TimeInput;
  /** The parameters to judge, such as those of the best trial. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The registry: a folder, or one that is open. */
  readonly runs: string | RunStore;
}

/** What held-out bars showed. */
export interface OpenedHoldout {
  /**
   * The run over them; indicators are computed from the bars before, and no order is placed before they begin. Its own statistics count the time before, in which
   * nothing was held: `stats` does not.
   */
  readonly result: RunResult;
  /** The figures of the held-out bars alone; those that cannot be told from the equity and the trades there are absent. */
  readonly stats: Partial<RunStats>;
  /** How often held-out bars have been opened for this strategy, this time included. After the first they are in sample. */
  readonly opened: number;
  /** The number of the run in the registry. */
  readonly run: number;
}

/** Judges parameters on the held-out bars, and records in the registry that these have been seen. */
export async function openHoldout(cerebro: Cerebro, options: HoldoutOptions): Promise<OpenedHoldout> {
  checkNames('option of openHoldout', options, ['holdout', 'params', 'runs']);
  const [search] = searchesOf(cerebro);
  if (search === undefined)
    throw new ConfigError('nothing was searched: call cerebro.optStrategy(TheClass, { name: values }) first');
  const start = toTime(options.holdout, 'holdout');
  const store = typeof options.runs === 'string' ? await RunStore.open(options.runs) : options.runs;
  try {
    const backtest = await RepeatedBacktest.load(planOf(cerebro));
    const planned = plannedTrial(search.cls, options.params);
    // Written before anything is shown: an opening that fails has been one too.
    const run = store.add({
      strategy: nameOfStrategy(search.cls),
      kind: 'run',
      mode: 'backtest',
      status: 'running',
      params: options.params,
      datas: dataFacts(backtest),
      settings: { holdout: new Date(start).toISOString() },
      tags: [holdoutTag],
    });
    store.tag(run, holdoutTag);
    const result = backtest.tradingFrom(start).run([planned]);
    const stats = statsFrom(result, start, backtest.plan.datas[0]!.frame.name);
    store.update(run, { status: 'done', stats });
    return { result, stats, opened: openings(store, nameOfStrategy(search.cls)), run };
  } finally {
    if (typeof options.runs === 'string') store.close();
  }
}

const dayMs = 86_400_000;

/** The figures of a run that held nothing before a moment, from there on. */
function statsFrom(result: RunResult, start: number, frame: string): Partial<RunStats> {
  const {
    cagr: _cagr, volatility: _volatility, sharpe: _sharpe, sortino: _sortino, calmar: _calmar, exposure: _exposure,
    averageExposure: _average, turnover: _turnover, buyAndHoldReturn: _hold, ...stats
  } = result.stats; // prettier-ignore
  const held = Object.fromEntries(Object.entries(stats).filter(([, value]) => typeof value === 'number')) as Partial<RunStats>; // prettier-ignore
  const { time } = result.equity;
  const end = time.at(-1) ?? start;
  // As in the statistics of a run: no yearly figure of less than 30 days.
  if (end - start < 30 * dayMs) return held;
  const perYear = returnsPerYear(frame);
  const span = Math.max(dayMs, (365 * dayMs) / perYear);
  // Those of periods that the moment lies in or before.
  const starts = dayStartsOf(result);
  const returns = dayReturnsOf(result).filter(
    (_, k) => starts[k]! > start - span && (starts[k + 1] ?? Infinity) > start,
  );
  const { deviation, sharpe } = momentsOf(returns);
  const growth = 1 + (stats.totalReturn ?? NaN);
  return {
    ...held,
    ...(growth > 0 && { cagr: growth ** ((365 * dayMs) / (end - start)) - 1 }),
    volatility: deviation * Math.sqrt(perYear),
    ...(Number.isFinite(sharpe) && { sharpe: sharpe * Math.sqrt(perYear) }),
  };
}
