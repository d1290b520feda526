/** The bars that were held out of every search: opened once, and every opening is written down. */
import { checkNames, ConfigError, toTime, type TimeInput } from '../../core/index.ts';
import {
  nameOfStrategy,
  planOf,
  RepeatedBacktest,
  searchesOf,
  type Cerebro,
  type RunResult,
} from '../../engine/index.ts';
import { RunStore } from '../../store/index.ts';
import { plannedTrial } from '../sweep/chunk.ts';
import { holdoutTag, openings } from '../sweep/registry.ts';
import { gated } from './gated.ts';

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
  /** The run over them; indicators are computed from the bars before, and no order is placed before they begin. */
  readonly result: RunResult;
  /** How often held-out bars have been opened for this strategy, this time included. After the first they are in sample. */
  readonly opened: number;
  /** The number of the run in the registry. */
  readonly run: number;
}

/** Judges parameters on the bars that were held out, and writes to the registry that these have been seen. */
export async function openHoldout(cerebro: Cerebro, options: HoldoutOptions): Promise<OpenedHoldout> {
  checkNames('option of openHoldout', options, ['holdout', 'params', 'runs']);
  const [search] = searchesOf(cerebro);
  if (search === undefined)
    throw new ConfigError('nothing was searched: call cerebro.optStrategy(TheClass, { name: values }) first');
  const start = toTime(options.holdout, 'holdout');
  const store = typeof options.runs === 'string' ? await RunStore.open(options.runs) : options.runs;
  try {
    const backtest = await RepeatedBacktest.load(planOf(cerebro));
    const planned = plannedTrial(gated(search.cls, start), options.params);
    // Written before anything is shown: an opening that fails has been one too.
    const run = store.add({
      strategy: nameOfStrategy(search.cls),
      kind: 'run',
      mode: 'backtest',
      status: 'running',
      params: options.params,
      settings: { holdout: new Date(start).toISOString() },
      tags: [holdoutTag],
    });
    store.tag(run, holdoutTag);
    const result = backtest.run([planned]);
    const stats = Object.fromEntries(
      Object.entries(result.stats).filter(([, value]) => typeof value === 'number'),
    ) as Record<string, number>;
    store.update(run, { status: 'done', stats });
    return { result, opened: openings(store, nameOfStrategy(search.cls)), run };
  } finally {
    if (typeof options.runs === 'string') store.close();
  }
}
