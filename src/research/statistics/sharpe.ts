/** How much of a Sharpe ratio is luck: of one record, of the best of many, and how long a record has to be. */
import { checkNames, ConfigError } from '../../core/index.ts';
import { checkFinite, checkNumber, isFlat } from './moments.ts';
import { normalCdf, normalQuantile } from './normal.ts';

/** A Sharpe ratio that was measured, and the returns it was measured on. All figures are of one period, none of a year. */
export interface SharpeRecord {
  /** Mean by deviation, of one period: an annual figure of daily returns is to be divided by the root of the days in a year. */
  readonly sharpe: number;
  /** How many returns it was measured on. */
  readonly count: number;
  /** Skewness of the returns. Default 0. */
  readonly skewness?: number;
  /** Kurtosis of the returns in full: 3 for a normal distribution, not 0. Default 3. */
  readonly kurtosis?: number;
}

const recordNames = ['sharpe', 'count', 'skewness', 'kurtosis'];

/** One period's variance of a Sharpe ratio's estimate, times the number of returns less 1. */
function spread({ sharpe, skewness = 0, kurtosis = 3 }: Omit<SharpeRecord, 'count'>): number {
  return 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe;
}

function checkRecord(what: string, record: Omit<SharpeRecord, 'count'>): void {
  // `Moments` may be handed over as they are.
  checkNames(`input of ${what}`, record, [...recordNames, 'mean', 'deviation']);
  const { sharpe, skewness = 0, kurtosis = 3 } = record;
  for (const [name, value] of Object.entries({ sharpe, skewness }))
    checkNumber(name, value, isNotInfinite, 'a finite number, or NaN where nothing moved');
  // No series has less, and excess kurtosis often does. Moments of two values have exactly as much, but for rounding.
  const least = 1 + skewness * skewness;
  checkNumber(
    'kurtosis',
    kurtosis,
    (k) => !(k < least * (1 - 1e-9)),
    `at least 1 + skewness², ${Number(least.toPrecision(4))}: the full kurtosis, 3 if normal`,
  );
}

function isNotInfinite(value: number): boolean {
  return Math.abs(value) !== Infinity;
}

/**
 * Probabilistic Sharpe ratio: the probability that the true Sharpe ratio is above `target`, given the length, skewness and kurtosis of
 * the record. NaN where the record's own Sharpe ratio is NaN.
 *
 * @param target - Of one period. Default 0.
 * @see D. H. Bailey and M. López de Prado, "The Sharpe ratio efficient frontier", Journal of Risk 15 (2012), equation 11
 */
export function probabilisticSharpe(record: SharpeRecord, target = 0): number {
  checkRecord('probabilisticSharpe', record);
  checkNumber('count', record.count, (n) => Number.isInteger(n) && n > 1, 'a whole number above 1');
  checkNumber('target', target, Number.isFinite, 'finite');
  return normalCdf(((record.sharpe - target) * Math.sqrt(record.count - 1)) / Math.sqrt(spread(record)));
}

/**
 * The expected largest of `trials` independent standard normal draws, by the theory of extreme values. 0 for one trial, and in proportion
 * between one and two, where correlated trials may count for a fraction.
 *
 * @see D. H. Bailey and M. López de Prado, "The deflated Sharpe ratio", Journal of Portfolio Management 40 (2014), equation 1
 */
export function expectedMaximum(trials: number): number {
  checkNumber('trials', trials, (n) => n >= 1 && Number.isFinite(n), 'at least 1');
  // The theory is that of many draws: it falls to minus infinity towards a single one.
  if (trials < 2) return (trials - 1) * expectedMaximum(2);
  const gamma = 0.5772156649015329;
  // The quantile of 1 - p, from the lower tail: 1 - p itself has lost the digits of a small p.
  const above = (p: number): number => -normalQuantile(p);
  return (1 - gamma) * above(1 / trials) + gamma * above(1 / (trials * Math.E));
}

/** The trials among which a record was the best. */
export interface TrialSet {
  /** How many trials there were, counted as independent: see `effectiveTrials`. */
  readonly trials: number;
  /** Variance of the Sharpe ratios over all trials, of the same period as the record's. */
  readonly variance: number;
}

/**
 * Deflated Sharpe ratio: the probability that the true Sharpe ratio of the best of many trials is above zero, once the luck of the
 * selection is taken out: the probabilistic Sharpe ratio against the Sharpe ratio that the best of as many worthless trials would show.
 *
 * @see D. H. Bailey and M. López de Prado, "The deflated Sharpe ratio", Journal of Portfolio Management 40 (2014), equation 2
 */
export function deflatedSharpe(record: SharpeRecord, set: TrialSet): number {
  return probabilisticSharpe(record, luckySharpe(set));
}

/** The expected Sharpe ratio of the best of many worthless trials, of the same period as the variance. */
export function luckySharpe(set: TrialSet): number {
  checkNames('input of deflatedSharpe', set, ['trials', 'variance']);
  checkNumber('variance', set.variance, (v) => v >= 0 && v < Infinity, 'at least 0');
  return Math.sqrt(set.variance) * expectedMaximum(set.trials);
}

/**
 * How many independent trials correlated ones count for: `r + (1 - r) n`, with `r` the mean correlation between their returns, not below 0.
 *
 * @param correlation - Mean over all pairs, from -1 to 1: see `meanCorrelation`.
 * @see D. H. Bailey and M. López de Prado, "The deflated Sharpe ratio" (2014), appendix A.3
 */
export function effectiveTrials(trials: number, correlation: number): number {
  checkNumber('trials', trials, (n) => Number.isInteger(n) && n >= 1, 'a whole number of at least 1');
  checkNumber('correlation', correlation, (r) => r >= -1 && r <= 1, 'from -1 to 1');
  const r = Math.max(0, correlation);
  return r + (1 - r) * trials;
}

/**
 * Mean correlation over all pairs of series, in time proportional to their number: with standardised series, the squares of their sum hold
 * all pairs. Series that never move are left out; 0 for fewer than two.
 */
export function meanCorrelation(series: readonly ArrayLike<number>[]): number {
  const sum = new CorrelationSum();
  for (const one of series) sum.add(one);
  return sum.mean();
}

/** Collects series one by one for their mean correlation, without keeping them. */
export class CorrelationSum {
  #sum: Float64Array | undefined;
  #count = 0;

  /** Takes a further series in; every series has the same length. */
  add(series: ArrayLike<number>): void {
    const { length } = series;
    checkFinite('series', series);
    this.#sum ??= new Float64Array(length);
    if (this.#sum.length !== length) {
      throw new ConfigError(`series must be of equal length, ${this.#sum.length}, was ${length}`, {
        context: { field: 'series' },
      });
    }
    let mean = 0;
    for (let i = 0; i < length; i++) mean += series[i]!;
    mean /= length;
    let square = 0;
    for (let i = 0; i < length; i++) square += (series[i]! - mean) ** 2;
    const norm = Math.sqrt(square);
    if (isFlat(mean, norm / Math.sqrt(length))) return;
    for (let i = 0; i < length; i++) this.#sum[i]! += (series[i]! - mean) / norm;
    this.#count++;
  }

  /** The mean over all pairs; 0 for fewer than two series. */
  mean(): number {
    const n = this.#count;
    if (n < 2) return 0;
    let square = 0;
    for (const value of this.#sum!) square += value * value;
    return Math.min(1, Math.max(-1, (square - n) / (n * (n - 1))));
  }
}

/**
 * Minimum track record length: the returns that are needed before the Sharpe ratio can be said to be above `target`. Infinity where it is not
 * above it.
 *
 * @param record - Its `count` is not used.
 * @param target - Of one period. Default 0.
 * @param confidence - From 0.5. Default 0.95.
 * @returns A number of returns, not rounded: divide by the periods in a year for years.
 * @see D. H. Bailey and M. López de Prado, "The Sharpe ratio efficient frontier", Journal of Risk 15 (2012), equation 14
 */
export function minTrackRecord(record: Omit<SharpeRecord, 'count'>, target = 0, confidence = 0.95): number {
  checkRecord('minTrackRecord', record);
  checkNumber('target', target, Number.isFinite, 'finite');
  // A Sharpe ratio above the target is above it with even odds from the first return on.
  checkNumber('confidence', confidence, (p) => p >= 0.5 && p < 1, 'from 0.5 to below 1');
  if (!(record.sharpe > target)) return Number.isNaN(record.sharpe) ? NaN : Infinity;
  return 1 + spread(record) * (normalQuantile(confidence) / (record.sharpe - target)) ** 2;
}

/**
 * Minimum backtest length in years: with less history, the best of this many worthless trials is expected to show at least this annual
 * Sharpe ratio.
 *
 * @param sharpe - Annual, in sample, above 0.
 * @see D. H. Bailey, J. Borwein, M. López de Prado and Q. J. Zhu, "Pseudo-mathematics and financial charlatanism", Notices of the AMS 61
 * (2014), theorem 1
 */
export function minBacktestYears(trials: number, sharpe = 1): number {
  checkNumber('sharpe', sharpe, (s) => s > 0, 'above 0');
  return (expectedMaximum(trials) / sharpe) ** 2;
}
