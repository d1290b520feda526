/** Whether the best of many strategies beats a benchmark by more than the search explains: the reality check, and the test of superior predictive ability. */
import { checkNames, ConfigError, seededRandom } from '../../core/index.ts';
import { checkFinite, checkList, checkNumber, checkSeed, isFlat } from './moments.ts';

/** Options of both tests. */
export interface SnoopingOptions {
  /** Mean length of a block of the bootstrap, in periods. Default: what suits the dependence of the returns, see `blockLengthOf`. */
  readonly blockLength?: number;
  /** How many bootstrap samples are drawn. Default 1,000. */
  readonly samples?: number;
  /** Seed of the bootstrap. Default 1. */
  readonly seed?: number;
}

const optionNames = ['blockLength', 'samples', 'seed'];

/** What the tests found; small p-values speak for skill. */
export interface Snooping {
  /** The trial with the largest statistic, by its place. */
  readonly best: number;
  /** White's reality check: p-value of the best mean. */
  readonly realityCheck: number;
  /** Hansen's consistent p-value, the one to read. */
  readonly p: number;
  /** Hansen's lower and upper bounds of it. */
  readonly lower: number;
  /** The upper bound: every trial is counted as if it were as good as the benchmark. */
  readonly upper: number;
}

/**
 * White's reality check and Hansen's test of superior predictive ability over the excess returns of every trial: the probability of a best trial
 * as good as this one where no trial is better than the benchmark. Samples are drawn by the stationary bootstrap. A trial that never moves is left out
 * of both: it has no deviation that its mean could be judged by.
 *
 * @param excess - Of each trial, its returns less the benchmark's, of the same periods. Without a benchmark: the returns themselves.
 * @see H. White, "A reality check for data snooping", Econometrica 68 (2000); P. R. Hansen, "A test for superior predictive ability", Journal of
 * Business & Economic Statistics 23 (2005); D. N. Politis and J. P. Romano, "The stationary bootstrap", JASA 89 (1994)
 */
export function snoopingTest(excess: readonly ArrayLike<number>[], options: SnoopingOptions = {}): Snooping {
  checkNames('option of snoopingTest', options, optionNames);
  checkList('excess', excess, 'series');
  const n = excess[0]?.length ?? 0;
  if (excess.length === 0) throw new ConfigError('at least one trial is needed', { context: { field: 'excess' } });
  for (const [k, one] of excess.entries()) {
    if (one.length !== n) {
      throw new ConfigError(`every trial must have ${n} returns, trial ${k} has ${one.length}`, {
        context: { field: 'excess' },
      });
    }
    checkFinite(`excess returns of trial ${k}`, one);
  }
  const { blockLength = defaultLength(excess), samples = 1_000, seed = 1 } = options;
  checkNumber('the number of returns', n, (count) => count >= 10, 'at least 10');
  checkNumber('blockLength', blockLength, (b) => b >= 1 && b <= n, `from 1 to ${n}`);
  checkNumber('samples', samples, (b) => Number.isInteger(b) && b >= 1, 'a whole number of at least 1');
  checkSeed(seed);
  const root = Math.sqrt(n);
  const means = excess.map(meanOf);
  const deviations = excess.map((one, k) => Math.sqrt(longRunVariance(one, means[k]!, 1 / blockLength)));
  // What lies below this is so poor that it cannot be the best, and must not make the test timid.
  const threshold = Math.sqrt(2 * Math.log(Math.log(n)));
  const centres = means.map((mean, k) => ({
    lower: Math.max(mean, 0),
    consistent: (root * mean) / deviations[k]! >= -threshold ? mean : 0,
    upper: mean,
  }));
  const moves = deviations.map((deviation) => deviation > 0);
  let [best, white, hansen] = [0, -Infinity, 0];
  means.forEach((mean, k) => {
    if (!moves[k]!) return;
    white = Math.max(white, root * mean);
    const t = (root * mean) / deviations[k]!;
    if (t > hansen) [best, hansen] = [k, t];
  });
  const random = seededRandom(seed);
  const counts = { white: 0, lower: 0, consistent: 0, upper: 0 };
  const picks = new Int32Array(n);
  for (let b = 0; b < samples; b++) {
    stationaryPicks(picks, blockLength, random);
    let [w, lower, consistent, upper] = [-Infinity, 0, 0, 0];
    for (let k = 0; k < excess.length; k++) {
      if (!moves[k]!) continue;
      const one = excess[k]!;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += one[picks[i]!]!;
      const mean = sum / n;
      w = Math.max(w, root * (mean - means[k]!));
      const scale = root / deviations[k]!;
      const centre = centres[k]!;
      lower = Math.max(lower, scale * (mean - centre.lower));
      consistent = Math.max(consistent, scale * (mean - centre.consistent));
      upper = Math.max(upper, scale * (mean - centre.upper));
    }
    if (w >= white) counts.white++;
    if (lower >= hansen) counts.lower++;
    if (consistent >= hansen) counts.consistent++;
    if (upper >= hansen) counts.upper++;
  }
  // The sample that was observed is one of them: a p-value is never 0.
  const share = (count: number): number => (count + 1) / (samples + 1);
  return {
    best,
    realityCheck: share(counts.white),
    p: share(counts.consistent),
    lower: share(counts.lower),
    upper: share(counts.upper),
  };
}

/**
 * Fills `picks` with the places of one sample of the stationary bootstrap: blocks of random beginning and geometric length, around the end to
 * the beginning.
 *
 * @param blockLength - Mean length of a block.
 */
export function stationaryPicks(picks: Int32Array, blockLength: number, random: () => number): void {
  const n = picks.length;
  const begins = 1 / blockLength;
  let at = 0;
  for (let i = 0; i < n; i++) {
    at = i === 0 || random() < begins ? Math.floor(random() * n) : at + 1 < n ? at + 1 : 0;
    picks[i] = at;
  }
}

/** The median over trials, of fifty of them where there are more. */
function defaultLength(excess: readonly ArrayLike<number>[]): number {
  const step = Math.ceil(excess.length / 50);
  const lengths = excess.filter((_, k) => k % step === 0).map(blockLengthOf);
  return lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 1;
}

/**
 * The block length that suits the dependence of returns on those before them: 1 where there is none.
 *
 * @see D. N. Politis and H. White, "Automatic block-length selection for the dependent bootstrap", Econometric Reviews 23 (2004), with the correction of
 * A. Patton, D. N. Politis and H. White (2009)
 */
export function blockLengthOf(returns: ArrayLike<number>): number {
  checkFinite('returns', returns);
  const n = returns.length;
  const mean = meanOf(returns);
  const covariance = (lag: number): number => {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += (returns[i]! - mean) * (returns[i - lag]! - mean);
    return sum / n;
  };
  const variance = covariance(0);
  if (isFlat(mean, Math.sqrt(variance))) return 1;
  const run = Math.max(5, Math.ceil(Math.sqrt(Math.log10(n))));
  const furthest = Math.min(n - 1, Math.ceil(Math.sqrt(n)) + run);
  const bound = 2 * Math.sqrt(Math.log10(n) / n);
  // The first lag after which a whole run of correlations is too small to matter.
  let [last, small] = [0, 0];
  for (let lag = 1; lag <= furthest && small < run; lag++) {
    if (Math.abs(covariance(lag) / variance) < bound) small++;
    else [last, small] = [lag, 0];
  }
  const reach = Math.min(2 * last, furthest);
  let [g, long] = [0, variance];
  for (let lag = 1; lag <= reach; lag++) {
    const t = lag / reach;
    const weight = 2 * (t <= 0.5 ? 1 : 2 * (1 - t)) * covariance(lag);
    g += weight * lag;
    long += weight;
  }
  const longest = Math.ceil(Math.min(3 * Math.sqrt(n), n / 3));
  const length = Math.cbrt((2 * g * g) / (2 * long * long)) * Math.cbrt(n);
  return Math.min(longest, Math.max(1, length));
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Variance of the root of n times the mean under the stationary bootstrap, 0 where nothing moves: Hansen (2005), section 2.4. */
function longRunVariance(values: ArrayLike<number>, mean: number, q: number): number {
  const n = values.length;
  const centred = Float64Array.from({ length: n }, (_, i) => values[i]! - mean);
  let variance = 0;
  for (let i = 0; i < n; i++) variance += centred[i]! ** 2;
  variance /= n;
  if (isFlat(mean, Math.sqrt(variance))) return 0;
  for (let lag = 1; lag < n; lag++) {
    const weight = ((n - lag) / n) * (1 - q) ** lag + (lag / n) * (1 - q) ** (n - lag);
    if (weight < 1e-12) continue;
    let sum = 0;
    for (let i = 0; i + lag < n; i++) sum += centred[i]! * centred[i + lag]!;
    variance += (2 * weight * sum) / n;
  }
  return Math.max(variance, 0);
}
