/** How much of the best trial is luck: the sum of what every trial tells about the search. */
import { timeframe } from '../../core/index.ts';
import {
  CorrelationSum,
  deflatedSharpe,
  effectiveTrials,
  luckySharpe,
  minBacktestYears,
  minTrackRecord,
  momentsOf,
  OverfittingTest,
  type SplitFacts,
  type SplitRanks,
  probabilisticSharpe,
  type Moments,
} from '../statistics/index.ts';

/** How much of the best trial is luck. Sharpe ratios are annualised with 365 days. */
export interface Luck {
  /** How many trials were run, with the earlier ones of the registry. */
  readonly trials: number;
  /** How many independent trials these count for. */
  readonly effectiveTrials: number;
  /** Mean correlation between the returns of the trials. */
  readonly correlation: number;
  /** Sharpe ratio of the best trial, by its daily returns. */
  readonly sharpe: number;
  /** The expected Sharpe ratio of the best of as many worthless trials. */
  readonly luckySharpe: number;
  /** Probability that the best trial's true Sharpe ratio is above 0, were it the only trial. */
  readonly probabilisticSharpe: number;
  /** The same, with the luck of the search taken out. Below 0.95 the search has shown nothing. */
  readonly deflatedSharpe: number;
  /** Probability that the best in one half of history is at or below the median in the other; NaN with too little history. */
  readonly overfitting: number;
  /** Years of such returns after which the Sharpe ratio is above 0 with a confidence of 0.95. */
  readonly minTrackRecordYears: number;
  /** Years of history below which the best of as many worthless trials is expected to show the Sharpe ratio found. */
  readonly minBacktestYears: number;
  /** Years of history that there are. */
  readonly years: number;
}

/** From how many trials times pairs of splits on others are asked for a part: about ten milliseconds. */
const worthSharing = 500_000;

/** What was tried of a strategy before a sweep. */
export interface Earlier {
  /** How many combinations of parameters and markets that are none of the sweep's. */
  readonly trials: number;
  /** The Sharpe ratios of a year, of those that have one. */
  readonly sharpes: readonly number[];
}

/** How many returns a year of 365 days has: one a day, or one a bar of a timeframe where that is longer. */
export function returnsPerYear(frame: string): number {
  const { ms, unit, count } = timeframe(frame);
  const day = 86_400_000;
  return ms === undefined ? (unit === 'y' ? 1 / count : 12 / count) : (365 * day) / Math.max(day, ms);
}

/** Gathers what is needed as trials come in, in their order; it keeps a few numbers of each trial and no returns. */
export class LuckTally {
  readonly #correlations = new CorrelationSum();
  readonly #perYear: number;
  readonly #sharpes: number[] = [];
  #overfitting: OverfittingTest | undefined;
  /** What others have worked out of it. */
  #ranks: readonly SplitRanks[] | undefined;
  #count = 0;
  #periods = 0;

  /** @param frame - Timeframe of the first data, by its name. */
  constructor(frame: string) {
    this.#perYear = returnsPerYear(frame);
  }

  /** Takes the returns of a further trial in; undefined of one that failed. */
  add(returns: Float64Array | undefined): void {
    this.#count++;
    if (returns === undefined) return;
    this.#periods = returns.length;
    if (returns.length < 2) return;
    this.#correlations.add(returns);
    const { sharpe } = momentsOf(returns);
    if (!Number.isNaN(sharpe)) this.#sharpes.push(sharpe);
    if (this.#overfitting === undefined) {
      const blocks = [16, 14, 12, 10, 8, 6, 4].find((one) => returns.length >= 4 * one);
      if (blocks === undefined) return;
      this.#overfitting = new OverfittingTest(blocks);
    }
    this.#overfitting.add(returns);
  }

  /**
   * Lets others work out what takes longest of the verdict, where it is long: thousands of splits of history, and in each the Sharpe ratio of every trial. The
   * last trial has been added.
   */
  async share(rank: (facts: SplitFacts, pairs: number) => Promise<readonly SplitRanks[]>): Promise<void> {
    const test = this.#overfitting;
    if (test === undefined || test.trials * test.pairs < worthSharing) return;
    try {
      this.#ranks = await rank(test.facts(), test.pairs);
    } catch {
      // Every worker has died: the same is worked out here.
    }
  }

  /** Judges the trial with these daily returns, as the best of what the search and those before it have tried. */
  luck(best: Float64Array, earlier: Earlier = { trials: 0, sharpes: [] }): Luck {
    const root = Math.sqrt(this.#perYear);
    const moments: Moments = momentsOf(best);
    const correlation = this.#correlations.mean();
    const count = Math.max(1, this.#count) + earlier.trials;
    const trials = effectiveTrials(count, correlation);
    const sharpes = [...this.#sharpes, ...earlier.sharpes.map((one) => one / root)];
    // Where the trials do not tell how far their Sharpe ratios lie apart: those of worthless ones do by this, over as many returns.
    const variance = sharpes.length < 2 ? 1 / Math.max(1, moments.count - 1) : momentsOf(sharpes).deviation ** 2;
    const set = { trials, variance };
    const isKnown = moments.count > 1 && !Number.isNaN(moments.sharpe);
    const test = this.#overfitting;
    return {
      trials: count,
      effectiveTrials: trials,
      correlation,
      sharpe: moments.sharpe * root,
      luckySharpe: luckySharpe(set) * root,
      probabilisticSharpe: isKnown ? probabilisticSharpe(moments) : NaN,
      deflatedSharpe: isKnown ? deflatedSharpe(moments, set) : NaN,
      // Trials that are all the same cannot be ranked.
      overfitting:
        test === undefined || test.trials < 2 || trials < 1 + 1e-9
          ? NaN
          : (this.#ranks === undefined ? test.result() : test.resultOf(this.#ranks)).probability,
      minTrackRecordYears: isKnown ? minTrackRecord(moments) / this.#perYear : NaN,
      minBacktestYears: moments.sharpe > 0 ? minBacktestYears(trials, moments.sharpe * root) : Infinity,
      years: this.#periods / this.#perYear,
    };
  }
}
