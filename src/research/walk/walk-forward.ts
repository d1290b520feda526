/** Walk-forward: parameters are chosen on one stretch of history and traded on the next, again and again. */
import type { Table } from 'apache-arrow';

import type { VenueAccountOptions } from '../../broker/index.ts';
import {
  barClose,
  checkNames,
  ConfigError,
  lowerBound,
  sliceBars,
  systemRuntime,
  unknownName,
  writePlainly,
  type Bars,
} from '../../core/index.ts';
import { Strategy, type Cerebro, type CerebroOptions, type RepeatedBacktest } from '../../engine/index.ts';
import type { DataFeed } from '../../feeds/index.ts';
import { plannedTrial } from '../sweep/chunk.ts';
import { loadSearch, readBeside } from '../sweep/load-search.ts';
import { checkCallbacks, type OptimizeOptions } from '../sweep/options.ts';
import type { OptimizeResult } from '../sweep/result.ts';
import { Sweep } from '../sweep/sweep.ts';
import { stretchesToArrow, stretchesToCsv } from '../sweep/trials.ts';
import type { TrialParams } from '../search/space.ts';
import { momentsOf } from '../statistics/index.ts';

/** Options of `walkForward`: those of `optimize` that say how each stretch is searched, and how history is cut. */
export interface WalkForwardOptions extends Pick<
  OptimizeOptions,
  | 'metric'
  | 'direction'
  | 'keep'
  | 'method'
  | 'trials'
  | 'seed'
  | 'patience'
  | 'executor'
  | 'module'
  | 'file'
  | 'runs'
  | 'signal'
  | 'holdout'
  | 'onLoad'
  | 'onProgress'
> {
  /** How many stretches are traded. Default 5. */
  readonly folds?: number;
  /** `rolling`: each search sees as much history as the first; `anchored`: all from the beginning. Default `rolling`. */
  readonly window?: 'rolling' | 'anchored';
  /** History of the first search, as a multiple of a traded stretch. Default 3. */
  readonly trainRatio?: number;
  /** Bars between what is searched and what is traded, so that a trade open at the edge is in neither. Default 0. */
  readonly purge?: number;
  /**
   * What happens to the position at the edge of a stretch: `close` sells it at the last close of the stretch, with its costs; `carry` values it there and lets the
   * next stretch begin flat without them, as if the successor had taken it over. Default `close`.
   */
  readonly edges?: 'close' | 'carry';
}

const names = [
  'metric', 'direction', 'keep', 'method', 'trials', 'seed', 'patience', 'executor', 'module', 'file', 'runs', 'signal', 'holdout',
  'onLoad', 'onProgress', 'folds', 'window', 'trainRatio', 'purge', 'edges',
] as const; // prettier-ignore

/** One stretch: what was found before it, and what it earned there. */
export interface WalkForwardFold {
  /** Open of the first bar that was searched, milliseconds UTC. */
  readonly trainStart: number;
  /** End of the searched stretch, milliseconds UTC: the first moment after it. */
  readonly trainEnd: number;
  /** Open of the first bar that was traded, milliseconds UTC. */
  readonly testStart: number;
  /** End of the traded stretch, milliseconds UTC: the first moment after it. */
  readonly testEnd: number;
  /** The best parameters of the search; undefined where no trial had a score, and nothing was traded. */
  readonly params: TrialParams | undefined;
  /** What the search reached in sample. */
  readonly trainScore: number | undefined;
  /** Return of the stretch out of sample, as a fraction. */
  readonly testReturn: number;
  /** Closed trades out of sample. */
  readonly testTrades: number;
  /** The search. */
  readonly search: OptimizeResult;
}

/** The result of a walk-forward. */
export interface WalkForwardResult {
  /** The stretches, the earliest first. */
  readonly folds: readonly WalkForwardFold[];
  /** Closes of the traded bars, milliseconds UTC. */
  readonly time: Float64Array;
  /** Value out of sample at these times; each stretch begins with the value at the end of the one before. */
  readonly value: Float64Array;
  /** Return out of sample over all stretches, as a fraction. */
  readonly totalReturn: number;
  /** Annual return out of sample divided by that in sample, both compounded; NaN where the latter is not above 0. */
  readonly efficiency: number;
  /** Sharpe ratio of the bars' returns out of sample, of one bar. */
  readonly sharpe: number;
  /** Trials of all searches together. */
  readonly trials: number;
  /** Things worth knowing that are not errors, of all searches. */
  readonly warnings: readonly string[];
  /** Every trial of every search as CSV text: the number of its stretch, from 1, and the columns of a sweep's trials. */
  toCsv(): string;
  /** The same columns as an Arrow table. */
  toArrow(): Promise<Table>;
}

/**
 * Searches each stretch of history and trades the best on the stretch after it.
 *
 * Indicators of a traded stretch are computed from the bars before it, which lie in what was searched: nothing of the stretch is lost to warming up, and no order is
 * placed before it begins.
 *
 * @throws {ConfigError} If history is too short for the stretches.
 * @see R. Pardo, The Evaluation and Optimization of Trading Strategies (2008), chapter 11
 */
export async function walkForward(cerebro: Cerebro, options: WalkForwardOptions = {}): Promise<WalkForwardResult> {
  checkNames('option of walkForward', options, names);
  checkCallbacks(options);
  const { folds = 5, window = 'rolling', trainRatio = 3, purge = 0, edges = 'close' } = options;
  const whole = (name: string, value: number, least: number): void => {
    if (Number.isInteger(value) && value >= least) return;
    throw new ConfigError(`${name} must be a whole number of at least ${least}, was ${value}`, {
      context: { field: name },
    });
  };
  whole('folds', folds, 1);
  whole('purge', purge, 0);
  if (!(trainRatio > 0 && Number.isFinite(trainRatio)))
    throw new ConfigError(`trainRatio must be above 0, was ${trainRatio}`);
  oneOf('window', window, ['rolling', 'anchored']);
  oneOf('edges', edges, ['close', 'carry']);
  const { plan, search, backtest } = await loadSearch(cerebro, options);
  const [first] = backtest.bars.values();
  const { time } = first!;
  const frame = plan.datas[0]!.frame;
  const test = Math.floor(time.length / (folds + trainRatio));
  const train = time.length - folds * test;
  if (train >= 2 && train - purge < 2) {
    throw new ConfigError(`purge must leave bars to search: the first search has ${train} bars, was ${purge}`, { context: { field: 'purge' } }); // prettier-ignore
  }
  if (test < 2 || train < 2) {
    throw new ConfigError(
      `folds must leave two bars or more to every stretch, was ${folds}: there are ${time.length} bars, and the first search takes ${trainRatio} times a stretch`,
      { context: { field: 'folds' } },
    );
  }
  const { folds: _folds, window: _window, trainRatio: _ratio, purge: _purge, edges: _edges, ...rest } = options;
  const endAt = (index: number): number =>
    index < time.length ? time[index]! : barClose(frame, time[time.length - 1]!);
  const found: WalkForwardFold[] = [];
  const times: number[] = [];
  const values: number[] = [];
  const startCash = startOf(backtest);
  const begun = (plan.options.runtime ?? systemRuntime).now();
  let cash = startCash;
  let [inSample, inYears] = [0, 0];
  for (let k = 0; k < folds; k++) {
    const testFrom = train + k * test;
    const [testStart, testEnd] = [endAt(testFrom), endAt(testFrom + test)];
    const trainStart = endAt(window === 'anchored' ? 0 : k * test);
    const trainEnd = endAt(testFrom - purge);
    const sweep = await new Sweep(plan, backtest.over(within(trainStart, trainEnd)), search, {
      ...rest,
      part: k + 1,
      begun,
    }).run();
    if (sweep.end === 'stopped') break;
    const params = sweep.best?.params;
    const spanYears = (trainEnd - trainStart) / yearMs;
    inSample += Math.log1p(Math.max(-0.999999, sweep.best?.stats.totalReturn ?? 0));
    inYears += spanYears;
    const before = cash;
    let trades = 0;
    const from = times.length;
    if (params === undefined) {
      for (let i = testFrom; i < testFrom + test; i++) {
        times.push(barClose(frame, time[i]!));
        values.push(cash);
      }
    } else {
      const run = backtest
        .over(within(trainStart, testEnd))
        .withOptions({ ...fundedWith(plan.options, cash, startCash), ...(edges === 'close' && { closeAtEnd: true }) })
        .tradingFrom(testStart)
        .run([plannedTrial(search.cls, params)]);
      const { equity } = run;
      const at = lowerBound(equity.time, testStart + 1);
      // Coins that an account begins with are worth something else by the time the stretch begins.
      const begun = at === 0 ? run.startValue : equity.value[at - 1]!;
      const share = begun > 0 ? cash / begun : 1;
      for (let i = at; i < equity.time.length; i++) {
        times.push(equity.time[i]!);
        values.push(equity.value[i]! * share);
      }
      cash = run.finalValue * share;
      // What closing at the edge costs is part of the stretch.
      if (values.length > from) values[values.length - 1] = cash;
      trades = run.strategies[0]!.trades.length;
    }
    found.push({
      trainStart,
      trainEnd,
      testStart,
      testEnd,
      params,
      trainScore: sweep.best?.score,
      testReturn: cash / before - 1,
      testTrades: trades,
      search: sweep,
    });
  }
  const value = Float64Array.from(values);
  const returns = value.map((one, i) => one / (i === 0 ? startCash : value[i - 1]!) - 1);
  const totalReturn = cash / startCash - 1;
  const years = found.reduce((sum, fold) => sum + (fold.testEnd - fold.testStart) / yearMs, 0);
  const yearly = inYears > 0 ? inSample / inYears : NaN;
  return writePlainly({
    folds: found,
    time: Float64Array.from(times),
    value,
    totalReturn,
    efficiency: yearly > 0 && years > 0 ? Math.log1p(totalReturn) / years / yearly : NaN,
    sharpe: returns.length > 1 ? momentsOf(returns).sharpe : NaN,
    trials: found.reduce((sum, fold) => sum + fold.search.trials.length, 0),
    warnings: [...new Set([...found.flatMap(({ search: { warnings } }) => warnings), ...readBeside(options)])],
    toCsv: () => stretchesToCsv(found.map(({ search: { trials } }) => trials)),
    toArrow: () => stretchesToArrow(found.map(({ search: { trials } }) => trials)),
  });
}

/** What a run over all bars begins with, in the currency of its value. */
function startOf(backtest: RepeatedBacktest): number {
  const { account, accounts, cash = 10_000 } = backtest.plan.options;
  const isPlain = typeof account !== 'object' && accounts === undefined;
  return isPlain ? cash : backtest.run([plannedTrial(Idle, {})]).startValue;
}

/** Holds what it begins with. */
class Idle extends Strategy<Record<string, unknown>> {}

/** The options with which a run begins with a given value: every balance of its accounts is scaled by the same factor. */
function fundedWith(options: CerebroOptions, cash: number, startCash: number): Partial<CerebroOptions> {
  const { account, accounts } = options;
  const share = startCash > 0 ? Math.max(0, cash / startCash) : 1;
  const scaled = (one: VenueAccountOptions): VenueAccountOptions => ({
    ...one,
    ...(one.cash && {
      cash: Object.fromEntries(Object.entries(one.cash).map(([name, held]) => [name, Number(held) * share])),
    }),
  });
  return {
    cash: typeof account === 'object' || accounts !== undefined ? (options.cash ?? 10_000) * share : cash,
    ...(typeof account === 'object' && { account: scaled(account) }),
    ...(accounts && {
      accounts: Object.fromEntries(Object.entries(accounts).map(([name, one]) => [name, scaled(one)])),
    }),
  };
}

const yearMs = 365 * 86_400_000;

function oneOf(name: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw unknownName(`value of ${name}`, value, known);
}

/** The bars that open at `start` or later and close by `end`. */
export function within(start: number, end: number): (bars: Bars, feed: DataFeed) => Bars {
  return (bars, { timeframe }) => {
    const from = lowerBound(bars.time, start);
    let to = lowerBound(bars.time, end);
    while (to > from && barClose(timeframe, bars.time[to - 1]!) > end) to--;
    return sliceBars(bars, from, to);
  };
}
