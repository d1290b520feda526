/** Probability of backtest overfitting: how often the best in one half of history is below the median in the other. */
import { checkNames, ConfigError } from '../../core/index.ts';
import { checkFinite, checkNumber, isFlat } from './moments.ts';

/** What a test for overfitting found. */
export interface Overfitting {
  /** Share of the splits in which the best in sample was at or below the median out of sample. 0.5 is what luck alone gives. */
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
    const n = this.#sums.length;
    if (n < 2) throw new ConfigError(`at least two trials are needed, was ${n}`, { context: { field: 'returns' } });
    const { length } = halves(this.#blocks);
    const inSample = new Float64Array(length);
    const outOfSample = new Float64Array(length);
    const below = new Uint32Array(length);
    const same = new Uint32Array(length);
    const rank = (split: number, outside: Float64Array): void => {
      const mine = outOfSample[split]!;
      let [less, equal] = [0, 0];
      for (let t = 0; t < outside.length; t++) {
        less += Number(outside[t]! < mine);
        equal += Number(outside[t] === mine);
      }
      below[split]! += less;
      same[split]! += equal;
    };
    // The best of a split is known when all trials have been seen: at once, where one slice holds them.
    const isSeenAtOnce = n <= sliceTrials;
    this.#eachSplit((split, inside, outside, first) => {
      let from = 0;
      if (first === 0) {
        inSample[split] = inside[0]!;
        outOfSample[split] = outside[0]!;
        from = 1;
      }
      for (let t = from; t < inside.length; t++) {
        if (!(inside[t]! > inSample[split]!)) continue;
        inSample[split] = inside[t]!;
        outOfSample[split] = outside[t]!;
      }
      if (isSeenAtOnce) rank(split, outside);
    });
    if (!isSeenAtOnce) {
      this.#eachSplit((split, _, outside) => {
        rank(split, outside);
      });
    }
    // Equal ones share the mean of their ranks, from 1 to n.
    const logits = Float64Array.from(below, (less, split) => {
      const place = (less + (same[split]! + 1) / 2) / (n + 1);
      return Math.log(place / (1 - place));
    });
    return {
      probability: shareOf(logits, (logit) => logit <= 0),
      logits,
      inSample,
      outOfSample,
      degradation: slope(inSample, outOfSample),
      lossProbability: shareOf(outOfSample, (sharpe) => sharpe < 0),
    };
  }

  /**
   * Shows the Sharpe ratios of every split, for some thousand trials at a time. What is in sample in one split is out of sample in the split of the
   * other blocks: both are seen together.
   */
  #eachSplit(see: (split: number, inside: Float64Array, outside: Float64Array, first: number) => void): void {
    const splits = halves(this.#blocks);
    const last = splits.length - 1;
    const count = (this.#size * this.#blocks) / 2;
    for (let first = 0; first < this.#sums.length; first += sliceTrials) {
      const slice = this.#sums.slice(first, first + sliceTrials);
      const means = this.#means.slice(first, first + sliceTrials);
      const low = new SubsetSums(slice, 0, this.#blocks / 2);
      const high = new SubsetSums(slice, this.#blocks / 2, this.#blocks / 2);
      const [one, other] = [new Float64Array(slice.length), new Float64Array(slice.length)];
      for (let k = 0; k < splits.length / 2; k++) {
        sharpesOf(splits[k]!, low, high, count, means, one);
        sharpesOf(splits[last - k]!, low, high, count, means, other);
        see(k, one, other, first);
        see(last - k, other, one, first);
      }
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

  constructor(trials: readonly Float64Array[], first: number, width: number) {
    const n = trials.length;
    this.width = width;
    this.sum = new Float64Array(n << width);
    this.square = new Float64Array(n << width);
    for (let bits = 1; bits < 1 << width; bits++) {
      // One block less, which is known already.
      const rest = bits & (bits - 1);
      const block = 2 * (first + Math.log2(bits ^ rest));
      for (let t = 0; t < n; t++) {
        this.sum[bits * n + t] = this.sum[rest * n + t]! + trials[t]![block]!;
        this.square[bits * n + t] = this.square[rest * n + t]! + trials[t]![block + 1]!;
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
  means: readonly number[],
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
