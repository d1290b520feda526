/** Least squares over a window: the straight line through values, and how two lines move together. */
import { derive, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkPeriod } from './kernel/period.ts';
import { windowed } from './windowed.ts';

/** The lines of `linearRegression`. */
export interface LinearRegression {
  /** Where the straight line is at the present bar. */
  readonly value: Line;
  /** How much the straight line rises in one bar. */
  readonly slope: Line;
}

/**
 * Linear regression: the straight line that fits the last `period` values best. It costs `period` steps a bar.
 *
 * @param period - In bars, at least 2.
 * @throws {ConfigError} If `period` is not an integer of at least 2.
 */
export function linearRegression(source: Line, period = 14): LinearRegression {
  checkPeriod('linearRegression', period, 2);
  const middle = (period - 1) / 2;
  const whole = (period * (period * period - 1)) / 12;
  const slopeOf = (values: Float64Array): number => {
    let total = 0;
    for (let i = 0; i < period; i++) total += (i - middle) * (values[i]! - values[0]!);
    return total / whole;
  };
  const valueOf = (values: Float64Array): number => {
    let total = 0;
    for (let i = 0; i < period; i++) total += values[i]! - values[0]!;
    return values[0]! + total / period + slopeOf(values) * middle;
  };
  return {
    value: windowed(source, period, valueOf, 'linearRegression'),
    slope: windowed(source, period, slopeOf, 'linearRegression.slope'),
  };
}

/**
 * Pearson's correlation of the last `period` values of two lines, -1 to 1. It costs `period` steps a bar.
 *
 * NaN where either of them is flat, and until both have `period` values without a gap.
 *
 * @param period - In bars, at least 2.
 * @throws {ConfigError} If `period` is not an integer of at least 2, or the lines are of different datas.
 */
export function correlation(a: Line, b: Line, period = 20): Line {
  checkPeriod('correlation', period, 2);
  return derive(a, {
    name: label('correlation', a, b.name, period),
    inputs: [b],
    period,
    history: period - 1,
    state: 1,
    compute({ inputs, outputs, state }, from, to) {
      const { values: x, base: dx } = inputs[0]!;
      const { values: y, base: dy } = inputs[1]!;
      const { values: out, base } = outputs[0]!;
      let count = state[0]!;
      for (let i = from; i < to; i++) {
        const valid = x[i - dx]! + y[i - dy]!;
        count = valid - valid === 0 ? count + 1 : 0;
        out[i - base] = count < period ? NaN : pearson(x, i - dx, y, i - dy, period);
      }
      state[0] = count;
    },
  });
}

/** Two passes over the `period` values that end at `endX` and `endY`. */
function pearson(x: Float64Array, endX: number, y: Float64Array, endY: number, period: number): number {
  const anchorX = x[endX]!;
  const anchorY = y[endY]!;
  let meanX = 0;
  let meanY = 0;
  for (let j = 0; j < period; j++) {
    meanX += x[endX - j]! - anchorX;
    meanY += y[endY - j]! - anchorY;
  }
  meanX /= period;
  meanY /= period;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let j = 0; j < period; j++) {
    const awayX = x[endX - j]! - anchorX - meanX;
    const awayY = y[endY - j]! - anchorY - meanY;
    xx += awayX * awayX;
    yy += awayY * awayY;
    xy += awayX * awayY;
  }
  const answer = xy / Math.sqrt(xx * yy);
  return answer > 1 ? 1 : answer < -1 ? -1 : answer === answer ? answer : NaN;
}
