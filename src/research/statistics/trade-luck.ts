/** Monte Carlo over the trades of a run: what other orders of the same trades, skipped trades and worse fills would have come to. */
import { checkNames, ConfigError, seededRandom, writePlainly } from '../../core/index.ts';
import { checkFinite, checkNumber, checkSeed } from './moments.ts';

/** Options of `tradeLuck`. */
export interface TradeLuckOptions {
  /** Value at the start, in the unit of the profits. Default 10,000. */
  readonly startValue?: number;
  /** How many histories are drawn. Default 1,000. */
  readonly samples?: number;
  /**
   * How each history is drawn: `reshuffle` puts the same trades into another order, which changes drawdowns and not the final value; `resample` draws
   * as many trades with replacement. Default `reshuffle`.
   */
  readonly draw?: 'reshuffle' | 'resample';
  /** Probability that a trade is missed. Default 0. */
  readonly skip?: number;
  /** Largest cost of a worse fill, in money a trade: each trade loses a uniform part of it. Default 0. */
  readonly slip?: number;
  /** Seed. Default 1. */
  readonly seed?: number;
}

/** Quantiles of a figure over all histories. */
export interface Quantiles {
  /** One history in twenty is below. */
  readonly p5: number;
  /** One in four is below. */
  readonly p25: number;
  /** The median. */
  readonly p50: number;
  /** One in four is above. */
  readonly p75: number;
  /** One in twenty is above. */
  readonly p95: number;
}

/** The distribution of results over the simulated histories. */
export interface TradeLuck {
  /** Value at the end. */
  readonly finalValue: Quantiles;
  /** Deepest fall from a peak, as a fraction of it, trade by trade. */
  readonly maxDrawdown: Quantiles;
  /** Share of the histories that end below their start. */
  readonly lossProbability: number;
  /** Share of the histories in which the value fell to nothing at some time. */
  readonly ruinProbability: number;
  /** Every final value, in rising order. */
  readonly finals: Float64Array;
}

/**
 * Histories of the same trades under other luck.
 *
 * @param profits - Of each trade, net of fees, in money: `trades.map((trade) => trade.pnlNet)`.
 * @see K. J. Davey, Building Winning Algorithmic Trading Systems (2014), chapter 7; the resampling is B. Efron's bootstrap, Annals of Statistics 7 (1979)
 */
export function tradeLuck(profits: ArrayLike<number>, options: TradeLuckOptions = {}): TradeLuck {
  checkNames('option of tradeLuck', options, ['startValue', 'samples', 'draw', 'skip', 'slip', 'seed']);
  const { startValue = 10_000, samples = 1_000, draw = 'reshuffle', skip = 0, slip = 0, seed = 1 } = options;
  const drawn: string = draw;
  if (drawn !== 'reshuffle' && drawn !== 'resample')
    throw new ConfigError(`draw must be 'reshuffle' or 'resample', was '${drawn}'`);
  checkNumber('startValue', startValue, (v) => v > 0 && Number.isFinite(v), 'above 0');
  checkNumber('samples', samples, (n) => Number.isInteger(n) && n >= 1, 'a whole number of at least 1');
  checkNumber('skip', skip, (p) => p >= 0 && p <= 1, 'from 0 to 1');
  checkNumber('slip', slip, (v) => v >= 0 && Number.isFinite(v), 'at least 0');
  checkSeed(seed);
  checkFinite('profits', profits);
  const random = seededRandom(seed);
  const order = Float64Array.from(profits);
  const n = order.length;
  const finals = new Float64Array(samples);
  const falls = new Float64Array(samples);
  let [losses, ruins] = [0, 0];
  for (let s = 0; s < samples; s++) {
    let [value, peak, fall, isRuined] = [startValue, startValue, 0, false];
    for (let i = 0; i < n; i++) {
      let profit: number;
      if (draw === 'resample') profit = order[Math.floor(random() * n)]!;
      else {
        // Fisher and Yates, one place at a time.
        const at = i + Math.floor(random() * (n - i));
        profit = order[at]!;
        order[at] = order[i]!;
        order[i] = profit;
      }
      if (skip > 0 && random() < skip) continue;
      value += profit - (slip > 0 ? slip * random() : 0);
      if (value > peak) peak = value;
      fall = Math.max(fall, 1 - value / peak);
      if (value <= 0) isRuined = true;
    }
    finals[s] = value;
    falls[s] = fall;
    if (value < startValue) losses++;
    if (isRuined) ruins++;
  }
  finals.sort();
  falls.sort();
  return writePlainly({
    finalValue: quantilesOf(finals),
    maxDrawdown: quantilesOf(falls),
    lossProbability: losses / samples,
    ruinProbability: ruins / samples,
    finals,
  });
}

function quantilesOf(sorted: Float64Array): Quantiles {
  const at = (p: number): number => quantileOf(sorted, p);
  return { p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) };
}

/** The quantile of rising values, between two of them in proportion: R. J. Hyndman and Y. Fan (1996), definition 7. NaN of none. */
export function quantileOf(sorted: ArrayLike<number>, p: number): number {
  const place = p * (sorted.length - 1);
  const low = Math.floor(place);
  const below = sorted[low] ?? NaN;
  const above = sorted[low + 1] ?? below;
  return below + (place - low) * (above - below);
}
