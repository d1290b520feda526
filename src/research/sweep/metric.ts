/** What a search looks for: a figure of the statistics, or a function of the result. */
import type { RunStats } from '../../analyzers/index.ts';
import { ConfigError, messageOf, unknownName, shown } from '../../core/index.ts';
import type { RunResult } from '../../engine/index.ts';

/** A figure of `RunStats` by name, or a function of a run's result; undefined and NaN count as no score. */
export type Metric = StatName | ((result: RunResult) => number | undefined);

/** A figure that is kept of every trial: those of `RunStats`, and the value at the end. */
export type StatName = Exclude<keyof RunStats, 'maxDrawdownFrom' | 'maxDrawdownTo'> | 'finalValue';

/** The figures of every trial, in the order of their columns. */
export const statNames: readonly StatName[] = [
  'finalValue', 'totalReturn', 'logReturn', 'cagr', 'volatility', 'sharpe', 'sortino', 'calmar', 'maxDrawdown',
  'maxDrawdownMoney', 'longestUnderwaterMs', 'bestDay', 'worstDay', 'exposure', 'averageExposure', 'turnover', 'fees',
  'buyAndHoldReturn', 'trades', 'openTrades', 'wonTrades', 'lostTrades', 'winRate', 'profitFactor', 'expectancy',
  'averageWin', 'averageLoss', 'bestTrade', 'worstTrade', 'averageTradeMs', 'longestTradeMs', 'longestWinStreak',
  'longestLossStreak', 'sqn',
]; // prettier-ignore

/** A figure of a result by name; NaN where it has no meaning. */
export function statOf(result: RunResult, name: StatName): number {
  return (name === 'finalValue' ? result.finalValue : result.stats[name]) ?? NaN;
}

/** Figures of which less is better. */
const lessIsBetter: readonly string[] = [
  'volatility',
  'maxDrawdown',
  'maxDrawdownMoney',
  'longestUnderwaterMs',
  'fees',
  'turnover',
  'longestLossStreak',
];

/** A metric that was checked. */
export interface CheckedMetric {
  readonly name: string;
  /** What a run scores; NaN for no score. */
  readonly score: (result: RunResult) => number;
  /** 1 where more is better, -1 where less is. */
  readonly sign: 1 | -1;
}

/** Checks a metric. @throws {ConfigError} If it is neither the name of a figure nor a function. */
export function checkMetric(metric: unknown, direction: unknown): CheckedMetric {
  if (direction !== undefined && direction !== 'max' && direction !== 'min') {
    throw new ConfigError(`direction must be 'max' or 'min', was ${shown(direction)}`, {
      context: { field: 'direction' },
    });
  }
  const sign = (isLess: boolean): 1 | -1 => ((direction ?? (isLess ? 'min' : 'max')) === 'min' ? -1 : 1);
  if (typeof metric === 'function') {
    const act = metric as (result: RunResult) => unknown;
    const name = act.name === '' ? 'metric' : act.name;
    return {
      name,
      sign: sign(false),
      score: (result) => {
        const value = called(act, name, result);
        if (value === undefined) return NaN;
        if (typeof value === 'number') return value;
        throw new ConfigError(`the metric '${name}' must return a number, was ${shown(value)}`, {
          context: { field: 'metric' },
        });
      },
    };
  }
  const name = statNames.find((one) => one === metric);
  if (name === undefined) throw unknownName('metric', String(metric), statNames);
  return { name, sign: sign(lessIsBetter.includes(name)), score: (result) => statOf(result, name) };
}

/** What a metric of the user's returns. @throws {ConfigError} That names the metric, if it throws. */
function called(act: (result: RunResult) => unknown, name: string, result: RunResult): unknown {
  try {
    return act(result);
  } catch (error) {
    throw new ConfigError(`the metric '${name}' threw: ${messageOf(error)}`, {
      context: { field: 'metric' },
      cause: error,
    });
  }
}
