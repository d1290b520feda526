/** Portfolios: results of several strategies or symbols put together, with weights that follow what was known. */
import { checkNames, ConfigError, formatTime, unknownName } from '../core/index.ts';
import { dayReturnsOf, type RunResult } from '../engine/index.ts';
import { momentsOf } from './statistics/index.ts';

/** How capital is shared. */
export type Allocation = 'equal' | 'inverseVolatility' | 'riskParity' | 'kelly';

const allocations: readonly Allocation[] = ['equal', 'inverseVolatility', 'riskParity', 'kelly'];

/** Options of `allocate`. */
export interface AllocateOptions {
  /** How capital is shared. Default `equal`. */
  readonly allocation?: Allocation;
  /** Largest total of the Kelly shares, as a multiple of the capital. Default 1, no borrowing. */
  readonly kellyCap?: number;
}

/**
 * Shares of capital for series of returns, computed from these returns only. They add up to 1, except for `kelly`, which may leave capital
 * idle.
 *
 * - `inverseVolatility`: in inverse proportion to the deviation of returns.
 * - `riskParity`: so that each contributes the same risk, correlations counted.
 * - `kelly`: the growth-optimal shares of independent bets, mean by variance, none below 0, scaled down to the cap.
 *
 * A series that never moved gets what its equal share would be under the first, and nothing under the others where another one moved.
 *
 * @param returns - Of each, the returns of the same periods.
 * @throws {ConfigError} If there is no series, or they have different lengths.
 * @see T. Roncalli, Introduction to Risk Parity and Budgeting (2013), chapter 2; J. L. Kelly, Bell System Technical Journal 35 (1956)
 */
export function allocate(returns: readonly ArrayLike<number>[], options: AllocateOptions = {}): number[] {
  checkNames('option of allocate', options, ['allocation', 'kellyCap']);
  const { allocation = 'equal', kellyCap = 1 } = options;
  if (!allocations.includes(allocation)) throw unknownName('allocation', allocation, allocations);
  if (!(kellyCap > 0))
    throw new ConfigError(`kellyCap must be above 0, was ${kellyCap}`, { context: { field: 'kellyCap' } });
  const n = returns.length;
  if (n === 0) throw new ConfigError('there is nothing to share capital among', { context: { field: 'returns' } });
  const periods = returns[0]!.length;
  const other = returns.findIndex(({ length }) => length !== periods);
  if (other > 0) {
    throw new ConfigError(
      `series ${other} has ${returns[other]!.length} returns and the first has ${periods}: give those of the same periods`,
      { context: { field: 'returns' } },
    );
  }
  const equal = returns.map(() => 1 / n);
  if (allocation === 'equal' || periods < 2) return equal;
  const moments = returns.map(momentsOf);
  const moves = moments.map(({ deviation }) => deviation > 1e-12);
  if (!moves.includes(true)) return equal;
  if (allocation === 'kelly') {
    const raw = moments.map(({ mean, deviation }, k) => (moves[k]! ? Math.max(0, mean / deviation ** 2) : 0));
    const sum = raw.reduce((a, b) => a + b, 0);
    return sum > kellyCap ? raw.map((one) => (one * kellyCap) / sum) : raw;
  }
  const inverse = moments.map(({ deviation }, k) => (moves[k]! ? 1 / deviation : 0));
  if (allocation === 'inverseVolatility') return scaled(inverse);
  return riskParity(
    covariances(
      returns,
      moments.map(({ mean }) => mean),
    ),
    scaled(inverse),
  );
}

function scaled(values: readonly number[]): number[] {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((one) => one / sum);
}

function covariances(returns: readonly ArrayLike<number>[], means: readonly number[]): number[][] {
  const count = returns[0]!.length;
  return returns.map((a, i) =>
    returns.map((b, j) => {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += (a[k]! - means[i]!) * (b[k]! - means[j]!);
      return sum / (count - 1);
    }),
  );
}

/** Equal risk contributions by cyclical coordinate descent: Griveau-Billion, Richard and Roncalli (2013). */
function riskParity(covariance: readonly (readonly number[])[], start: readonly number[]): number[] {
  const n = start.length;
  const weights = [...start];
  for (let round = 0; round < 500; round++) {
    let moved = 0;
    for (let i = 0; i < n; i++) {
      if (weights[i] === 0) continue;
      const row = covariance[i]!;
      let [cross, total] = [0, 0];
      for (let j = 0; j < n; j++) if (j !== i) cross += row[j]! * weights[j]!;
      for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) total += weights[a]! * weights[b]! * covariance[a]![b]!;
      const next = (-cross + Math.sqrt(cross * cross + (4 * row[i]! * Math.sqrt(total)) / n)) / (2 * row[i]!);
      moved = Math.max(moved, Math.abs(next - weights[i]!));
      weights[i] = next;
    }
    if (moved < 1e-13) break;
  }
  return scaled(weights);
}

/** Options of `combine`. */
export interface CombineOptions extends AllocateOptions {
  /** Capital at the start. Default: that of the first result. */
  readonly cash?: number;
  /** Days between rebalancings; 0 lets shares drift. Default 30. */
  readonly rebalanceDays?: number;
  /** Days that shares are computed from, those before a rebalancing; until there are as many, shares are equal. Default 90. */
  readonly lookbackDays?: number;
  /** Cost of a rebalancing, as a fraction of the value that it moves. Default 0. */
  readonly cost?: number;
}

/** Several results as one. */
export interface CombinedPortfolio {
  /** Value after each day. */
  readonly value: Float64Array;
  /** Returns by day. */
  readonly returns: Float64Array;
  /** The rebalancings, the earliest first; the first is day 0. */
  readonly rebalancings: readonly {
    /** The day at whose start it takes place, from 0. */
    readonly day: number;
    /** The target share of capital of each result, a fraction, in the order of the results. Drift changes it until the next one. */
    readonly shares: readonly number[];
  }[];
  /** Correlation of the results' daily returns with each other; NaN with one that never moved. */
  readonly correlations: readonly (readonly number[])[];
  /** Return over all days, as a fraction. */
  readonly totalReturn: number;
  /** Sharpe ratio of a year of 365 days. */
  readonly sharpe: number;
  /** Deepest fall from a peak, as a fraction. */
  readonly maxDrawdown: number;
}

/**
 * Puts results over the same days together into one equity. Shares of a day are computed from days before it alone.
 *
 * @throws {ConfigError} If there is no result, or they are not over the same days.
 */
export function combine(results: readonly RunResult[], options: CombineOptions = {}): CombinedPortfolio {
  checkNames('option of combine', options, ['allocation', 'kellyCap', 'cash', 'rebalanceDays', 'lookbackDays', 'cost']);
  const { rebalanceDays = 30, lookbackDays = 90, cost = 0, cash = results[0]?.startValue ?? 0, ...how } = options;
  for (const [name, one, least] of [
    ['rebalanceDays', rebalanceDays, 0],
    ['lookbackDays', lookbackDays, 2],
  ] as const) {
    if (!(Number.isInteger(one) && one >= least)) {
      throw new ConfigError(`${name} must be a whole number of at least ${least}, was ${one}`, {
        context: { field: name },
      });
    }
  }
  if (!(cost >= 0 && cost < 1))
    throw new ConfigError(`cost must be from 0 to 1, was ${cost}`, { context: { field: 'cost' } });
  if (results.length === 0) throw new ConfigError('there is no result to combine', { context: { field: 'results' } });
  if (!(cash > 0 && Number.isFinite(cash)))
    throw new ConfigError(`cash must be above 0, was ${cash}`, { context: { field: 'cash' } });
  const rows = results.map(dayReturnsOf);
  const days = rows[0]?.length ?? 0;
  rows.forEach((row, k) => {
    if (row.length !== days) {
      throw new ConfigError(`result ${k} has ${row.length} days and the first has ${days}: run all over the same days`);
    }
    const [from, first] = [results[k]!.start, results[0]!.start].map((time) => Math.floor(time / 86_400_000));
    if (from !== first) {
      throw new ConfigError(
        `result ${k} begins on ${formatTime(from! * 86_400_000)} and the first on ${formatTime(first! * 86_400_000)}: run all over the same days`,
      );
    }
  });
  const value = new Float64Array(days);
  const rebalancings: { day: number; shares: readonly number[] }[] = [];
  let held: number[] = rows.map(() => 0);
  let aside = cash;
  for (let day = 0; day < days; day++) {
    if (day === 0 || (rebalanceDays > 0 && day % rebalanceDays === 0)) {
      const total = held.reduce((sum, one) => sum + one, aside);
      const known = rows.map((row) => row.subarray(Math.max(0, day - lookbackDays), day));
      const shares = day < lookbackDays ? rows.map(() => 1 / rows.length) : allocate(known, how);
      const wanted = shares.map((share) => share * total);
      // Putting the capital to work at first is each result's own affair, and costs nothing here.
      const moved = day === 0 ? 0 : wanted.reduce((sum, one, k) => sum + Math.abs(one - held[k]!), 0);
      const left = 1 - (moved * cost) / total;
      held = wanted.map((one) => one * left);
      aside = total * left - held.reduce((sum, one) => sum + one, 0);
      rebalancings.push({ day, shares });
    }
    held = held.map((one, k) => one * (1 + rows[k]![day]!));
    value[day] = held.reduce((sum, one) => sum + one, aside);
  }
  const returns = value.map((one, day) => one / (day === 0 ? cash : value[day - 1]!) - 1);
  let [peak, fall] = [cash, 0];
  for (const one of value) {
    peak = Math.max(peak, one);
    fall = Math.max(fall, 1 - one / peak);
  }
  const moments = rows.map(momentsOf);
  const covariance =
    days < 2
      ? []
      : covariances(
          rows,
          moments.map(({ mean }) => mean),
        );
  const correlations = covariance.map((row, i) =>
    row.map((one, j) => one / (moments[i]!.deviation * moments[j]!.deviation)),
  );
  const totalReturn = days === 0 ? 0 : value[days - 1]! / cash - 1;
  const sharpe = days < 2 ? NaN : momentsOf(returns).sharpe * Math.sqrt(365);
  return { value, returns, rebalancings, correlations, totalReturn, sharpe, maxDrawdown: fall };
}
