/** Probability of backtest overfitting: how often the best in one half of history is below the median in the other. */
import { checkNames, ConfigError } from '../../core/index.ts';
import { checkNumber } from './moments.ts';

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

/** Collects trials one by one; of each it keeps two sums a block, so that memory does not grow with history. */
export class OverfittingTest {
  readonly #blocks: number;
  /** Returns in a block, once known. */
  #size = 0;
  #length = -1;
  /** Of each trial: sum and sum of squares of each block. */
  readonly #sums: Float64Array[] = [];

  constructor(blocks = 16) {
    checkNumber('blocks', blocks, (n) => Number.isInteger(n) && n >= 2 && n <= 20 && n % 2 === 0, 'even, from 2 to 20');
    this.#blocks = blocks;
  }

  /** Takes the returns of a further trial in. */
  add(returns: ArrayLike<number>): void {
    const blocks = this.#blocks;
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
    const sums = new Float64Array(2 * blocks);
    for (let k = 0; k < blocks; k++) {
      let [sum, square] = [0, 0];
      for (let i = first + k * size; i < first + (k + 1) * size; i++) {
        const value = returns[i]!;
        sum += value;
        square += value * value;
      }
      sums[2 * k] = sum;
      sums[2 * k + 1] = square;
    }
    this.#sums.push(sums);
  }

  /** How many trials there are. */
  get trials(): number {
    return this.#sums.length;
  }

  /** The estimate from all trials added so far. */
  result(): Overfitting {
    const n = this.#sums.length;
    if (n < 2) throw new ConfigError(`at least two trials are needed, was ${n}`, { context: { field: 'returns' } });
    const splits = halves(this.#blocks);
    const count = (this.#size * this.#blocks) / 2;
    const [logits, inSample, outOfSample] = [splits.length, splits.length, splits.length].map(
      (length) => new Float64Array(length),
    ) as [Float64Array, Float64Array, Float64Array];
    const inside = new Float64Array(n);
    const outside = new Float64Array(n);
    let [low, lost] = [0, 0];
    for (const [s, split] of splits.entries()) {
      for (let t = 0; t < n; t++) {
        const sums = this.#sums[t]!;
        let [sumIn, squareIn, sumOut, squareOut] = [0, 0, 0, 0];
        for (let k = 0; k < this.#blocks; k++) {
          if ((split >>> k) & 1) {
            sumIn += sums[2 * k]!;
            squareIn += sums[2 * k + 1]!;
          } else {
            sumOut += sums[2 * k]!;
            squareOut += sums[2 * k + 1]!;
          }
        }
        inside[t] = sharpeOf(sumIn, squareIn, count);
        outside[t] = sharpeOf(sumOut, squareOut, count);
      }
      let best = 0;
      for (let t = 1; t < n; t++) if (inside[t]! > inside[best]!) best = t;
      const mine = outside[best]!;
      let [below, same] = [0, 0];
      for (let t = 0; t < n; t++) {
        if (outside[t]! < mine) below++;
        else if (outside[t] === mine) same++;
      }
      // Equal ones share the mean of their ranks, from 1 to n.
      const rank = (below + (same + 1) / 2) / (n + 1);
      const logit = Math.log(rank / (1 - rank));
      logits[s] = logit;
      inSample[s] = inside[best]!;
      outOfSample[s] = mine;
      if (logit <= 0) low++;
      if (mine < 0) lost++;
    }
    return {
      probability: low / splits.length,
      logits,
      inSample,
      outOfSample,
      degradation: slope(inSample, outOfSample),
      lossProbability: lost / splits.length,
    };
  }
}

/** Sharpe ratio from sums; a trial that never moves has 0. */
function sharpeOf(sum: number, square: number, count: number): number {
  const mean = sum / count;
  const variance = (square - sum * mean) / (count - 1);
  return variance > mean * mean * 1e-24 ? mean / Math.sqrt(variance) : 0;
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
