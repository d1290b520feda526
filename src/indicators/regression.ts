/** Least squares over a window: the straight line through values, and how two lines move together. */
import { deriveAll, type KernelIo, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { pairSums } from './kernel/pair-sums.ts';
import { checkPeriod } from './kernel/period.ts';

/** The lines of `linearRegression`. */
export interface LinearRegression {
  /** Where the straight line is at the present bar. */
  readonly value: Line;
  /** How much the straight line rises in one bar. */
  readonly slope: Line;
}

/**
 * Linear regression: the straight line that fits the last `period` values best.
 *
 * @param period - In bars, at least 2.
 * @throws {ConfigError} If `period` is not an integer of at least 2.
 */
export function linearRegression(source: Line, period = 14): LinearRegression {
  checkPeriod('linearRegression', period, 2);
  const name = label('linearRegression', source, period);
  const [value, slope] = deriveAll(
    source,
    {
      name,
      key: true,
      period,
      state: 7,
      compute: (io, from, to) => {
        fit(io, from, to, period);
      },
    },
    [name, `${name}.slope`],
  );
  return { value: value!, slope: slope! };
}

/**
 * The loop, a function of the module so that all indicators share its compiled code.
 *
 * Sums of the distances from one value of the window, plain and times their place from the middle. They are taken again once a window, and
 * whenever most of them canceled out, so that rounding does not add up.
 */
function fit({ inputs, outputs, state }: KernelIo, from: number, to: number, period: number): void {
  const { values: x, base: dx } = inputs[0]!;
  const { values: level, base: dl } = outputs[0]!;
  const { values: rise, base: dr } = outputs[1]!;
  const middle = (period - 1) / 2;
  const whole = (period * (period * period - 1)) / 12;
  let count = state[0]!;
  let age = state[1]!;
  let anchor = state[2]!;
  let total = state[3]!;
  let tilted = state[4]!;
  let squares = state[5]!;
  // The largest sum of squares since the sums were taken again.
  let peak = state[6]!;
  for (let i = from; i < to; i++) {
    const value = x[i - dx]!;
    if (value - value !== 0) {
      count = 0;
      continue;
    }
    count++;
    if (count < period) continue;
    let isDue = count === period || age >= period;
    if (!isDue) {
      const add = value - anchor;
      const drop = x[i - dx - period]! - anchor;
      // Every value moves one place toward the past; the oldest leaves from the far end.
      tilted += (add + drop) * middle - (total - drop);
      total += add - drop;
      squares += add * add - drop * drop;
      if (squares > peak) peak = squares;
      age++;
      // Too much canceled: a bad print has left the window, or the values have left the anchor.
      isDue = !(squares - (total * total) / period >= peak * 1e-4);
    }
    if (isDue) {
      anchor = value;
      total = tilted = squares = 0;
      for (let j = 0; j < period; j++) {
        const away = x[i - dx - period + 1 + j]! - anchor;
        total += away;
        tilted += (j - middle) * away;
        squares += away * away;
      }
      age = 1;
      peak = squares;
    }
    const slope = tilted / whole;
    rise[i - dr] = slope;
    level[i - dl] = anchor + total / period + slope * middle;
  }
  state[0] = count;
  state[1] = age;
  state[2] = anchor;
  state[3] = total;
  state[4] = tilted;
  state[5] = squares;
  state[6] = peak;
}

/**
 * Pearson's correlation of the last `period` values of two lines, -1 to 1.
 *
 * NaN where either of them is flat, and until both have `period` values without a gap.
 *
 * @param period - In bars, at least 2.
 * @throws {ConfigError} If `period` is not an integer of at least 2, or the lines are of different datas.
 */
export function correlation(a: Line, b: Line, period = 20): Line {
  checkPeriod('correlation', period, 2);
  return pairSums(label('correlation', a, b, period), a, b, period, [
    (_n, _x, _y, xx, yy, xy) => Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))),
  ])[0]!;
}
