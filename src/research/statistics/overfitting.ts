/** Probability of backtest overfitting: how often the best in one half of history is below the median in the other. */
import { checkNames, ConfigError, writePlainly } from '../../core/index.ts';
import { checkFinite, checkList, checkNumber, isFlat } from './moments.ts';

/** What a test for overfitting found. */
export interface Overfitting {
  /**
   * Share of the splits in which the best in sample was at or below the median out of sample. Luck alone gives 0.5 with an even number of
   * trials. With an odd number `n` it gives `(n + 1) / 2n`, because one trial is the median: 0.67 with 3, 0.52 with 25.
   */
  readonly probability: number;
  /** Of each split: logit of the out-of-sample rank of the best in sample. */
  readonly logits: Float64Array;
  /** Of each split: Sharpe ratio of one period of the best in sample, in sample. */
  readonly inSample: Float64Array;
  /** Of each split: that of the same trial out of sample. */
  readonly outOfSample: Float64Array;
  /** Slope of out-of-sample by in-sample Sharpe ratio over all splits: below 0, the better the fit, the worse what follows. */
  readonly degradation: number;
  /** Share of the splits in which the best in sample lost out of sample. */
  readonly lossProbability: number;
}

/** Options of `overfittingProbability`. */
export interface OverfittingOptions {
  /** Into how many blocks history is cut; even. Half of them are in sample in each split. Default 16, which makes 12,870 splits. */
  readonly blocks?: number;
}

/**
 * Probability of backtest overfitting by combinatorially symmetric cross-validation, with the Sharpe ratio as the measure.
 *
 * @param returns - Of each trial, the returns of the same periods. Periods that do not fill a block are left out at the start.
 * @throws {ConfigError} If there are fewer than two trials, or fewer than two returns for each block.
 * @see D. H. Bailey, J. Borwein, M. López de Prado and Q. J. Zhu, "The probability of backtest overfitting", Journal of Computational Finance
 * 20 (2017)
 */
export function overfittingProbability(
  returns: readonly ArrayLike<number>[],
  options: OverfittingOptions = {},
): Overfitting {
  checkNames('option of overfittingProbability', options, ['blocks']);
  checkList('returns', returns, 'series');
  const { blocks = 16 } = options;
  const test = new OverfittingTest(blocks);
  for (const one of returns) test.add(one);
  return test.result();
}

/** Collects trials one by one; of each it keeps its mean and two sums a block, so that memory does not grow with history. */
export class OverfittingTest {
  readonly #blocks: number;
  /** Returns in a block, once known. */
  #size = 0;
  #length = -1;
  /** Of each trial: sum and sum of squares of each block, of the differences from its mean. */
  readonly #sums: Float64Array[] = [];
  /** Of each trial. Squares of the returns themselves would leave nothing of a deviation that is small beside it. */
  readonly #means: number[] = [];

  constructor(blocks = 16) {
    checkNumber('blocks', blocks, (n) => Number.isInteger(n) && n >= 2 && n <= 20 && n % 2 === 0, 'even, from 2 to 20');
    this.#blocks = blocks;
  }

  /** Takes the returns of a further trial in. */
  add(returns: ArrayLike<number>): void {
    const blocks = this.#blocks;
    checkFinite('returns', returns);
    if (this.#length < 0) {
      this.#length = returns.length;
      this.#size = Math.floor(returns.length / blocks);
      if (this.#size < 2) {
        throw new ConfigError(
          `${blocks} blocks need at least ${2 * blocks} returns of each trial, was ${returns.length}`,
          { context: { field: 'blocks' } },
        );
      }
    }
    if (returns.length !== this.#length) {
      throw new ConfigError(`every trial must have ${this.#length} returns, was ${returns.length}`, {
        context: { field: 'returns' },
      });
    }
    const size = this.#size;
    const first = returns.length - size * blocks;
    let mean = 0;
    for (let i = first; i < returns.length; i++) mean += returns[i]!;
    mean /= size * blocks;
    const sums = new Float64Array(2 * blocks);
    for (let k = 0; k < blocks; k++) {
      let [sum, square] = [0, 0];
      for (let i = first + k * size; i < first + (k + 1) * size; i++) {
        const value = returns[i]! - mean;
        sum += value;
        square += value * value;
      }
      sums[2 * k] = sum;
      sums[2 * k + 1] = square;
    }
    this.#sums.push(sums);
    this.#means.push(mean);
  }

  /** How many trials there are. */
  get trials(): number {
    return this.#sums.length;
  }

  /** The estimate from all trials added so far. */
  result(): Overfitting {
    return this.resultOf([rankSplits(this.facts(), 0, this.pairs)]);
  }

  /** How many pairs of splits there are: what is in sample in one of a pair is out of sample in the other. */
  get pairs(): number {
    const half = this.#blocks / 2;
    let splits = 1;
    for (let k = 1; k <= half; k++) splits = (splits * (half + k)) / k;
    return splits / 2;
  }

  /** What is known of the trials added so far, in arrays that other threads can be handed. */
  facts(): SplitFacts {
    const n = this.#sums.length;
    if (n < 2) throw new ConfigError(`at least two trials are needed, was ${n}`, { context: { field: 'returns' } });
    const blocks = this.#blocks;
    const sums = new Float64Array(2 * blocks * n);
    for (const [t, one] of this.#sums.entries()) sums.set(one, 2 * blocks * t);
    return { blocks, count: (this.#size * blocks) / 2, sums, means: Float64Array.from(this.#means) };
  }

  /** The estimate from the ranks of all pairs of splits, which may have been worked out in parts. */
  resultOf(parts: readonly SplitRanks[]): Overfitting {
    const { pairs } = this;
    const n = this.#sums.length;
    const [inSample, outOfSample] = [new Float64Array(2 * pairs), new Float64Array(2 * pairs)];
    const logits = new Float64Array(2 * pairs);
    for (const { first, inside, outside, below, same } of parts) {
      for (let k = 0; k < below.length; k++) {
        const pair = first + (k >> 1);
        const split = k % 2 === 0 ? pair : 2 * pairs - 1 - pair;
        inSample[split] = inside[k]!;
        outOfSample[split] = outside[k]!;
        // Equal ones share the mean of their ranks, from 1 to n.
        const place = (below[k]! + (same[k]! + 1) / 2) / (n + 1);
        logits[split] = Math.log(place / (1 - place));
      }
    }
    return writePlainly({
      probability: shareOf(logits, (logit) => logit <= 0),
      logits,
      inSample,
      outOfSample,
      degradation: slope(inSample, outOfSample),
      lossProbability: shareOf(outOfSample, (sharpe) => sharpe < 0),
    });
  }
}

/** What the splits are worked out from. */
export interface SplitFacts {
  readonly blocks: number;
  /** Returns in sample, and as many out of sample. */
  readonly count: number;
  /** Of each trial and block: sum and sum of squares of the differences from the trial's mean. */
  readonly sums: Float64Array;
  /** Of each trial. */
  readonly means: Float64Array;
}

/** Of some pairs of splits, both of a pair side by side: the best in sample, and where it stands out of sample. */
export interface SplitRanks {
  /** The first pair. */
  readonly first: number;
  /** Sharpe ratio of the best in sample, in sample. */
  readonly inside: Float64Array;
  /** That of the same trial out of sample. */
  readonly outside: Float64Array;
  /** How many trials are below that out of sample. */
  readonly below: Uint32Array;
  /** How many are equal to it, itself included. */
  readonly same: Uint32Array;
}

/** Ranks the best in sample of the pairs of splits from `first` up to `end`. */
export function rankSplits(facts: SplitFacts, first: number, end: number): SplitRanks {
  const n = facts.means.length;
  const length = 2 * Math.max(0, end - first);
  const [inside, outside] = [new Float64Array(length), new Float64Array(length)];
  const [below, same] = [new Uint32Array(length), new Uint32Array(length)];
  const rank = (place: number, sharpes: Float64Array): void => {
    const mine = outside[place]!;
    let [less, equal] = [0, 0];
    for (let t = 0; t < sharpes.length; t++) {
      less += Number(sharpes[t]! < mine);
      equal += Number(sharpes[t] === mine);
    }
    below[place]! += less;
    same[place]! += equal;
  };
  const choose = (place: number, seen: Float64Array, unseen: Float64Array, trial: number): void => {
    let from = 0;
    if (trial === 0) {
      inside[place] = seen[0]!;
      outside[place] = unseen[0]!;
      from = 1;
    }
    for (let t = from; t < seen.length; t++) {
      if (!(seen[t]! > inside[place]!)) continue;
      inside[place] = seen[t]!;
      outside[place] = unseen[t]!;
    }
  };
  // The best of a split is known when all trials have been seen: at once, where one slice holds them.
  const isSeenAtOnce = n <= sliceTrials;
  eachPair(facts, first, end, (place, one, other, trial) => {
    choose(place, one, other, trial);
    choose(place + 1, other, one, trial);
    if (!isSeenAtOnce) return;
    rank(place, other);
    rank(place + 1, one);
  });
  if (!isSeenAtOnce) {
    eachPair(facts, first, end, (place, one, other) => {
      rank(place, other);
      rank(place + 1, one);
    });
  }
  return { first, inside, outside, below, same };
}

/**
 * Shows the Sharpe ratios of some pairs of splits, for some thousand trials at a time.
 *
 * @param see - Is given the place of the pair, the ratios over its blocks and over the others, and the first of these trials.
 */
function eachPair(
  { blocks, count, sums, means }: SplitFacts,
  first: number,
  end: number,
  see: (place: number, one: Float64Array, other: Float64Array, trial: number) => void,
): void {
  const splits = halves(blocks);
  const last = splits.length - 1;
  const width = 2 * blocks;
  for (let trial = 0; trial < means.length; trial += sliceTrials) {
    const some = means.subarray(trial, trial + sliceTrials);
    const slice = sums.subarray(trial * width, (trial + some.length) * width);
    const low = new SubsetSums(slice, width, 0, blocks / 2);
    const high = new SubsetSums(slice, width, blocks / 2, blocks / 2);
    const [one, other] = [new Float64Array(some.length), new Float64Array(some.length)];
    for (let k = first; k < end; k++) {
      sharpesOf(splits[k]!, low, high, count, some, one);
      sharpesOf(splits[last - k]!, low, high, count, some, other);
      see(2 * (k - first), one, other, trial);
    }
  }
}

/** Trials whose sums are worked out together: their sums over choices of blocks take 32 MB. */
const sliceTrials = 4096;

/** Sums and sums of squares over every choice of some blocks next to each other. */
class SubsetSums {
  /** How many blocks there are to choose from. */
  readonly width: number;
  /** By choice, as bits, and trial. */
  readonly sum: Float64Array;
  readonly square: Float64Array;

  /** @param trials - Sums and sums of squares by block, `stride` numbers a trial. */
  constructor(trials: Float64Array, stride: number, first: number, width: number) {
    const n = trials.length / stride;
    this.width = width;
    this.sum = new Float64Array(n << width);
    this.square = new Float64Array(n << width);
    for (let bits = 1; bits < 1 << width; bits++) {
      // One block less, which is known already.
      const rest = bits & (bits - 1);
      const block = 2 * (first + Math.log2(bits ^ rest));
      for (let t = 0; t < n; t++) {
        this.sum[bits * n + t] = this.sum[rest * n + t]! + trials[t * stride + block]!;
        this.square[bits * n + t] = this.square[rest * n + t]! + trials[t * stride + block + 1]!;
      }
    }
  }
}

/** Writes the Sharpe ratio of each trial over the chosen blocks. */
function sharpesOf(
  bits: number,
  low: SubsetSums,
  high: SubsetSums,
  count: number,
  means: Float64Array,
  into: Float64Array,
): void {
  const n = into.length;
  const [a, b] = [(bits & ((1 << low.width) - 1)) * n, (bits >>> low.width) * n];
  for (let t = 0; t < n; t++) {
    into[t] = sharpeOf(low.sum[a + t]! + high.sum[b + t]!, low.square[a + t]! + high.square[b + t]!, count, means[t]!);
  }
}

/** The share of values for which something holds. */
function shareOf(values: Float64Array, holds: (value: number) => boolean): number {
  let count = 0;
  for (const value of values) if (holds(value)) count++;
  return count / values.length;
}

/** Sharpe ratio from sums of differences from `from`; a trial that never moves has 0. */
function sharpeOf(sum: number, square: number, count: number, from: number): number {
  const more = sum / count;
  const mean = from + more;
  const deviation = Math.sqrt((square - sum * more) / (count - 1));
  return isFlat(mean, deviation) ? 0 : mean / deviation;
}

/** Every choice of half of the blocks, as bits. */
function halves(blocks: number): Uint32Array {
  const found: number[] = [];
  for (let bits = 0; bits < 1 << blocks; bits++) if (bitsOf(bits) === blocks / 2) found.push(bits);
  return Uint32Array.from(found);
}

function bitsOf(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest &= rest - 1) count++;
  return count;
}

/** Least-squares slope of y by x; NaN where x never changes. */
function slope(x: Float64Array, y: Float64Array): number {
  const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i]! - mx) * (y[i]! - my);
    xx += (x[i]! - mx) ** 2;
  }
  return xx > 0 ? xy / xx : NaN;
}
