/** A sweep in the registry of runs: one entry for the study, one for each trial, and what earlier ones say. */
import { nameOfStrategy } from '../../engine/index.ts';
import { RunStore } from '../../store/index.ts';
import type { Luck } from './luck.ts';
import type { SweepPlan } from './plan.ts';
import type { OptimizeResult } from './result.ts';

/** What a result knows from the registry. */
export type FromRegistry = 'study' | 'earlierTrials' | 'holdoutOpened';

/** The tag of a run over held-out bars in the registry. */
export const holdoutTag = 'holdout';

/** How often held-out bars have been opened for a strategy. */
export function openings(store: RunStore, strategy: string): number {
  return store.list({ strategy, tag: holdoutTag }).length;
}

/** Writes a sweep and its trials to the registry, where the options name one. */
export async function recordSweep(
  { backtest, cls, options }: SweepPlan,
  result: Omit<OptimizeResult, FromRegistry>,
): Promise<Pick<OptimizeResult, FromRegistry>> {
  const { runs } = options;
  const strategy = nameOfStrategy(cls);
  if (runs === undefined) return { study: undefined, earlierTrials: 0, holdoutOpened: 0 };
  const store = typeof runs === 'string' ? await RunStore.open(runs) : runs;
  try {
    const earlier = store.list({ strategy });
    const earlierTrials = earlier.reduce(
      (sum, run) => sum + (run.kind === 'study' ? (run.stats['trials'] ?? 0) : 1),
      0,
    );
    const datas = [...backtest.bars].map(([feed, bars]) => ({
      name: feed.name,
      symbol: feed.symbol,
      timeframe: feed.timeframe.name,
      bars: bars.time.length,
      start: bars.time[0] ?? NaN,
      end: bars.time[bars.time.length - 1] ?? NaN,
    }));
    const about = { strategy, mode: 'backtest', datas, status: 'done' } as const;
    const { best, luck } = result;
    const study = store.add({
      ...about,
      kind: 'study',
      took: result.took,
      params: best?.params ?? {},
      settings: { metric: result.metric, direction: result.direction, method: options.method ?? 'grid' },
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
      holdoutOpened: openings(store, strategy),
    };
  } finally {
    if (typeof runs === 'string') store.close();
  }
}

function numbersOnly(luck: Luck): Record<string, number> {
  const { deflatedSharpe, probabilisticSharpe, overfitting, effectiveTrials } = luck;
  const entries = Object.entries({ deflatedSharpe, probabilisticSharpe, overfitting, effectiveTrials });
  return Object.fromEntries(entries.filter(([, value]) => Number.isFinite(value)));
}
