/** Standard deviation over a window. */
import { derive, type KernelIo, type Line } from '../lines/index.ts';
import type { MovingAverage } from './kernel/average.ts';
import { label } from './kernel/label.ts';
import { checkAverage, checkPeriod } from './kernel/period.ts';
import { named } from './pointwise.ts';
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
  checkAverage('stddev', average);
  const name = label('stddev', source, period);
  if (average !== sma) {
    const squares = average(
      named(label('square', source), [source], (value) => value * value),
      period,
    );
    const mean = average(source, period);
    return named(name, [squares, mean], (square, middle) => Math.sqrt(Math.abs(square - middle * middle)));
  }
  return derive(source, {
    name,
    key: true,
    period,
    state: 7,
    compute: (io, from, to) => {
      spread(io, from, to, period);
    },
  });
}

/**
 * The loop, a function of the module so that all indicators share its compiled code.
 *
 * Sums of the distances from one value of the window, and of their squares. The anchor is moved and the sums taken afresh once per
 * window, and whenever much canceled out, so that nothing adds up.
 */
function spread({ inputs, outputs, state }: KernelIo, from: number, to: number, period: number): void {
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  let count = state[0]!;
  let age = state[1]!;
  // Values in a row that are equal, the latest included.
  let run = state[2]!;
  let anchor = state[3]!;
  let total = state[4]!;
  let squares = state[5]!;
  // The largest sum of squares since the sums were taken afresh.
  let peak = state[6]!;
  let i = from;
  while (i < to) {
    // A full window before its sums are due again: a loop without other cases, because this is where most bars are.
    if (count >= period && age < period) {
      const due = Math.min(to, i + period - age);
      const first = i;
      let equalAt = i - 1;
      for (; i < due; i++) {
        const value = x[i - dx]!;
        const add = value - anchor;
        if (add - add !== 0) break;
        const drop = anchor - x[i - dx - period]!;
        total += add;
        total += drop;
        squares += add * add;
        squares -= drop * drop;
        if (squares > peak) peak = squares;
        const spreading = squares - (total * total) / period;
        // Too much canceled out: a bad print has left the window, or the price has left the anchor. NaN where squares were infinite.
        if (!(spreading >= peak * 1e-4)) break;
        out[i - base] = spreading <= 0 ? 0 : Math.sqrt(spreading / period);
        if (value === x[i - dx - 1]!) {
          run = equalAt === i - 1 ? run + 1 : 2;
          equalAt = i;
          if (run >= period) out[i - base] = 0;
        }
      }
      if (equalAt !== i - 1) run = 1;
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
    run = run > 0 && value === x[i - dx - 1]! ? run + 1 : 1;
    count++;
    if (count < period) {
      out[i - base] = NaN;
      i++;
      continue;
    }
    anchor = value;
    total = squares = 0;
    for (let j = i - dx - period + 1; j <= i - dx; j++) {
      const distance = x[j]! - anchor;
      total += distance;
      squares += distance * distance;
    }
    age = 1;
    peak = squares;
    const spreading = squares - (total * total) / period;
    out[i - base] = run >= period || spreading <= 0 ? 0 : Math.sqrt(spreading / period);
    i++;
  }
  state[0] = count;
  state[1] = age;
  state[2] = run;
  state[3] = anchor;
  state[4] = total;
  state[5] = squares;
  state[6] = peak;
}
