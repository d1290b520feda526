/** What a sweep runs: checked once, before the first trial. */
import { ConfigError } from '../../core/index.ts';
import type { PlannedSearch, RepeatedBacktest, RunPlan } from '../../engine/index.ts';
import { Space } from '../search/space.ts';
import type { AnyStrategyClass } from './chunk.ts';
import { checkMetric, type CheckedMetric } from './metric.ts';
import type { SweepOptions } from './options.ts';

/** What a sweep runs. */
export interface SweepPlan {
  /** The run that every trial is one of. */
  readonly run: RunPlan;
  /** Its bars in memory. */
  readonly backtest: RepeatedBacktest;
  /** The strategy that is searched. */
  readonly cls: AnyStrategyClass;
  /** The parameters and what each may be. */
  readonly space: Space;
  readonly metric: CheckedMetric;
  readonly options: SweepOptions;
}

/** Checks the options of a sweep. @throws {ConfigError} If one cannot be right. */
export function sweepPlan(
  run: RunPlan,
  backtest: RepeatedBacktest,
  { cls, space: ranges }: PlannedSearch,
  options: SweepOptions,
): SweepPlan {
  const space = new Space(ranges, { ...cls.params }, options.keep);
  const metric = checkMetric(options.metric ?? 'sharpe', options.direction);
  const { patience } = options;
  if (patience !== undefined && !(Number.isInteger(patience) && patience >= 1)) {
    throw new ConfigError(`patience must be a whole number of at least 1, was ${patience}`, {
      context: { field: 'patience' },
    });
  }
  return { run, backtest, cls, space, metric, options };
}
