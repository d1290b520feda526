/** Portfolios: results of several strategies or symbols put together, with weights that follow what was known. */
import { checkNames, ConfigError, formatTime, unknownName, writePlainly } from '../core/index.ts';
import { dayReturnsOf, dayStartsOf, partsOfResult, type RunResult } from '../engine/index.ts';
import { checkList, checkNumber, isFlat, momentsOf } from './statistics/index.ts';
import { returnsPerYear } from './sweep/luck.ts';

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
 * - `riskParity`: so that each contributes the same risk, correlations counted. Where the series can be mixed so that no risk is left, as is likely of twice as
 *   many series as returns, every variance counts a hundredth more.
 * - `kelly`: the growth-optimal shares of independent bets, mean by variance, none below 0, scaled down to the cap.
 *
 * A series that never moved gets a share under `equal` alone. Where none moved, or there are fewer than two returns, all get the same; of `kelly` the total
 * stays within its cap.
 *
 * @param returns - Of each, the returns of the same periods.
 * @throws {ConfigError} If there is no series, or they have different lengths.
 * @see T. Roncalli, Introduction to Risk Parity and Budgeting (2013), chapter 2; J. L. Kelly, Bell System Technical Journal 35 (1956)
 */
export function allocate(returns: readonly ArrayLike<number>[], options: AllocateOptions = {}): number[] {
  checkNames('option of allocate', options, ['allocation', 'kellyCap']);
  const { allocation = 'equal', kellyCap = 1 } = options;
  if (!allocations.includes(allocation)) throw unknownName('allocation', allocation, allocations);
  checkNumber('kellyCap', kellyCap, (cap) => cap > 0, 'a number above 0');
  checkList('returns', returns, 'series');
  for (let k = 0; k < returns.length; k++) checkList(`series ${k} of returns`, returns[k], 'numbers');
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
  const equal = equalShares(n, options);
  if (allocation === 'equal' || periods < 2) return equal;
  const moments = returns.map(momentsOf);
  const moves = moments.map(({ mean, deviation }) => !isFlat(mean, deviation));
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

/** Equal shares, for when too little is known to choose others. Of `kelly` their sum stays within the cap. */
function equalShares(n: number, { allocation, kellyCap = 1 }: AllocateOptions): number[] {
  return new Array<number>(n).fill((allocation === 'kelly' ? Math.min(1, kellyCap) : 1) / n);
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

/**
 * Equal risk contributions. Where a mixture of the series has no risk at all, as of more series than returns or of a hedge that is perfect, none does that: every
 * variance then counts a hundredth more, as of series that are a little less related, and there is one answer.
 */
function riskParity(covariance: readonly (readonly number[])[], start: readonly number[]): number[] {
  const own = descended(covariance, start);
  if (own.isLowest) return scaled(own.weights);
  const looser = covariance.map((row, i) => row.map((one, j) => (i === j ? 1.01 * one : one)));
  return scaled(descended(looser, start).weights);
}

/**
 * Cyclical coordinate descent of Griveau-Billion, Richard and Roncalli (2013). What it goes down is half the variance of the whole less the mean logarithm of the
 * weights; at its lowest point, where it has one, each contributes the same.
 */
function descended(
  covariance: readonly (readonly number[])[],
  start: readonly number[],
): { readonly weights: readonly number[]; readonly isLowest: boolean } {
  const n = start.length;
  const weights = [...start];
  let moved = Infinity;
  for (let round = 0; round < 2_000 && moved >= 1e-12; round++) {
    moved = 0;
    for (let i = 0; i < n; i++) {
      const weight = weights[i]!;
      if (weight === 0) continue;
      const row = covariance[i]!;
      let cross = -row[i]! * weight;
      for (let j = 0; j < n; j++) cross += row[j]! * weights[j]!;
      const next = (-cross + Math.sqrt(cross * cross + (4 * row[i]!) / n)) / (2 * row[i]!);
      moved = Math.max(moved, Math.abs(next / weight - 1));
      weights[i] = next;
    }
  }
  return { weights, isLowest: moved < 1e-9 };
}

/** Options of `combine`. */
export interface CombineOptions extends AllocateOptions {
  /** Capital at the start. Default: that of the first result. */
  readonly cash?: number;
  /** Days between rebalancings; 0 lets the equal shares of the start drift, which no other allocation does. Default 30. */
  readonly rebalanceDays?: number;
  /**
   * Days that shares are computed from, those before a rebalancing; until there are as many, shares are equal, of `kelly` within its cap. Default 90.
   */
  readonly lookbackDays?: number;
  /** Cost of a rebalancing, as a fraction of the value that it moves. Default 0. */
  readonly cost?: number;
}

/** Several results as one. */
export interface CombinedPortfolio {
  /** Start of each day, milliseconds UTC. Results of longer bars than a day have one place a bar, here and in the other lists. */
  readonly time: Float64Array;
  /** Value after each day. */
  readonly value: Float64Array;
  /** Returns by day. */
  readonly returns: Float64Array;
  /** The rebalancings, the earliest first; the first is day 0. */
  readonly rebalancings: readonly {
    /** The day at whose start it takes place, by its place in the lists. */
    readonly day: number;
    /** The target share of capital of each result, a fraction, in the order of the results. Drift changes it until the next one. */
    readonly shares: readonly number[];
  }[];
  /** Correlation of the results' daily returns with each other; NaN with one that never moved. */
  readonly correlations: readonly (readonly number[])[];
  /** Return over all days, as a fraction. */
  readonly totalReturn: number;
  /** Sharpe ratio of a year of 365 days; NaN of less than 30 days, and where nothing moved. */
  readonly sharpe: number;
  /** Deepest fall from a peak, by the values after each day, as a fraction. */
  readonly maxDrawdown: number;
}

/**
 * Puts results over the same days together into one equity. Shares of a day are computed from days before it alone. On a day without its bars a
 * result keeps its value. Where borrowed capital is lost with all of its own, what is left stays as it is.
 *
 * @throws {ConfigError} If there is no result, or they do not begin and end on the same days.
 */
export function combine(results: readonly RunResult[], options: CombineOptions = {}): CombinedPortfolio {
  checkNames('option of combine', options, ['allocation', 'kellyCap', 'cash', 'rebalanceDays', 'lookbackDays', 'cost']);
  checkList('results', results, 'results');
  const { rebalanceDays = 30, lookbackDays = 90, cost = 0, cash = results[0]?.startValue ?? 0, ...how } = options;
  for (const [name, one, least] of [
    ['rebalanceDays', rebalanceDays, 0],
    ['lookbackDays', lookbackDays, 2],
  ] as const) {
    checkNumber(name, one, (days) => Number.isInteger(days) && days >= least, `a whole number of at least ${least}`);
  }
  if (rebalanceDays === 0 && how.allocation !== undefined && how.allocation !== 'equal') {
    throw new ConfigError(`rebalanceDays 0 keeps the equal shares of the start: allocation '${how.allocation}' needs days between rebalancings`, {
      context: { field: 'rebalanceDays' },
    }); // prettier-ignore
  }
  checkNumber('cost', cost, (part) => part >= 0 && part < 1, 'a number from 0 to below 1');
  if (results.length === 0) throw new ConfigError('there is no result to combine', { context: { field: 'results' } });
  // Refuses what is no result of a run.
  for (const result of results) partsOfResult(result);
  checkNumber('cash', cash, (amount) => amount > 0 && Number.isFinite(amount), 'a number above 0');
  const { time, rows, perYear } = daysOf(results);
  const days = time.length;
  const value = new Float64Array(days);
  const rebalancings: { day: number; shares: readonly number[] }[] = [];
  let held: number[] = rows.map(() => 0);
  let aside = cash;
  let last = -Infinity;
  for (let day = 0; day < days; day++) {
    const total = held.reduce((sum, one) => sum + one, aside);
    const isDue = day === 0 || (rebalanceDays > 0 && time[day]! - last >= rebalanceDays * dayMs);
    if (total <= 0) [held, aside] = [held.map(() => 0), total];
    else if (isDue) {
      last = time[day]!;
      const isKnown = last - time[0]! >= lookbackDays * dayMs;
      const from = time.findIndex((one) => one >= last - lookbackDays * dayMs);
      const known = rows.map((row) => row.subarray(isKnown ? from : day, day));
      const shares = allocate(known, how);
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
  const returns = value.map((one, day) => {
    const before = day === 0 ? cash : value[day - 1]!;
    return before > 0 ? one / before - 1 : 0;
  });
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
    row.map((one, j) => {
      const [a, b] = [moments[i]!, moments[j]!];
      if (isFlat(a.mean, a.deviation) || isFlat(b.mean, b.deviation)) return NaN;
      return i === j ? 1 : Math.min(1, Math.max(-1, one / (a.deviation * b.deviation)));
    }),
  );
  const totalReturn = days === 0 ? 0 : value[days - 1]! / cash - 1;
  const isLong = days > 1 && results.every(({ start, end }) => end - start >= 30 * dayMs);
  const sharpe = isLong ? momentsOf(returns).sharpe * Math.sqrt(perYear) : NaN;
  return writePlainly({ time, value, returns, rebalancings, correlations, totalReturn, sharpe, maxDrawdown: fall });
}

const dayMs = 86_400_000;

/** The returns of results on the days of any of them, 0 on a day that one has no bar on. */
function daysOf(results: readonly RunResult[]): {
  readonly time: Float64Array;
  readonly rows: readonly Float64Array[];
  readonly perYear: number;
} {
  const starts = results.map(dayStartsOf);
  const frames = results.map(({ datas }) => datas[0]?.timeframe ?? '1d');
  const [first] = starts;
  starts.forEach((one, k) => {
    if (returnsPerYear(frames[k]!) !== returnsPerYear(frames[0]!)) {
      throw new ConfigError(`result ${k} has bars of ${frames[k]} and the first of ${frames[0]}: those longer than a day must be equal`); // prettier-ignore
    }
    for (const [at, word] of [
      [0, 'begins'],
      [-1, 'ends'],
    ] as const) {
      const [mine, theirs] = [one.at(at), first!.at(at)];
      if (mine === theirs) continue;
      const [day, other] = [mine, theirs].map((start) => (start === undefined ? 'no day' : formatTime(start)));
      throw new ConfigError(`result ${k} ${word} on ${day} and the first on ${other}: run all over the same days`);
    }
  });
  const time = Float64Array.from(new Set(starts.flatMap((one) => [...one]))).sort();
  const places = new Map([...time].map((start, k) => [start, k]));
  const rows = results.map((result, k) => {
    const row = new Float64Array(time.length);
    dayReturnsOf(result).forEach((value, at) => (row[places.get(starts[k]![at]!)!] = value));
    return row;
  });
  return { time, rows, perYear: returnsPerYear(frames[0]!) };
}
