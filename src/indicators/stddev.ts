/** Standard deviation over a window. */
import type { KernelIo, Line } from '../lines/index.ts';
import type { MovingAverage } from './average.ts';
import { label } from './label.ts';
import { checkPeriod } from './period.ts';
import { pointwise } from './pointwise.ts';
import { sma } from './sma.ts';

/**
 * Standard deviation of the last `period` values, of the population (divided by `period`, not by `period` - 1).
 *
 * Zero on a flat window; NaN until there are `period` values without a gap. With another average than `sma` it is the
 * root of what that average makes of the squares, less the square of the average.
 *
 * @param period - In bars.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function stddev(source: Line, period: number, average: MovingAverage = sma): Line {
  checkPeriod('stddev', period);
  const name = label('stddev', source, period);
  if (average !== sma) {
    const squares = average(
      pointwise(label('square', source), [source], (value) => value * value),
      period,
    );
    const mean = average(source, period);
    return pointwise(name, [squares, mean], (square, middle) => Math.sqrt(Math.abs(square - middle * middle)));
  }
  return source.derive({
    name,
    period,
    state: 9,
    compute: (io, from, to) => {
      spread(io, from, to, period);
    },
  });
}

type State = [number, number, number, number, number, number, number, number, number];

/**
 * The loop, a function of the module so that all indicators share its compiled code.
 *
 * Sums of the distances from one value of the window, and of their squares, both compensated. The anchor is moved
 * and the sums taken afresh once per window, so the anchor is always inside of it and little cancels.
 */
function spread({ inputs, outputs, state }: KernelIo, from: number, to: number, period: number): void {
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  let [count, age, run, last, anchor, total, error, squares, squaresError] = state as unknown as State;
  let i = from;
  while (i < to) {
    // A full window before its sums are due again: a loop without other cases, because this is where most bars are.
    if (count >= period && age < period) {
      const due = Math.min(to, i + period - age);
      const first = i;
      for (; i < due; i++) {
        const value = x[i - dx]!;
        if (value - value !== 0) break;
        run = value === last ? run + 1 : 1;
        last = value;
        const add = value - anchor;
        let next = total + add;
        let part = next - total;
        error += total - (next - part) + (add - part);
        total = next;
        const drop = anchor - x[i - dx - period]!;
        next = total + drop;
        part = next - total;
        error += total - (next - part) + (drop - part);
        total = next;
        const addSquare = add * add;
        next = squares + addSquare;
        part = next - squares;
        squaresError += squares - (next - part) + (addSquare - part);
        squares = next;
        const dropSquare = -drop * drop;
        next = squares + dropSquare;
        part = next - squares;
        squaresError += squares - (next - part) + (dropSquare - part);
        squares = next;
        const distance = total + error;
        const variance = (squares + squaresError - (distance * distance) / period) / period;
        out[i - base] = run >= period || variance <= 0 ? 0 : Math.sqrt(variance);
      }
      count += i - first;
      age += i - first;
      if (i === to) break;
    }
    const value = x[i - dx]!;
    if (value - value !== 0) {
      count = run = 0;
      out[i - base] = NaN;
      i++;
      continue;
    }
    run = value === last && run > 0 ? run + 1 : 1;
    last = value;
    count++;
    if (count < period) {
      out[i - base] = NaN;
      i++;
      continue;
    }
    anchor = value;
    age = total = error = squares = squaresError = 0;
    for (let j = i - dx - period + 1; j <= i - dx; j++) {
      const distance = x[j]! - anchor;
      let next = total + distance;
      let part = next - total;
      error += total - (next - part) + (distance - part);
      total = next;
      const square = distance * distance;
      next = squares + square;
      part = next - squares;
      squaresError += squares - (next - part) + (square - part);
      squares = next;
    }
    age++;
    const distance = total + error;
    const variance = (squares + squaresError - (distance * distance) / period) / period;
    out[i - base] = run >= period || variance <= 0 ? 0 : Math.sqrt(variance);
    i++;
  }
  state.set([count, age, run, last, anchor, total, error, squares, squaresError]);
}
