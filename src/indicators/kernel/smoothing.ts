/** Exponential smoothing: the kernel of the averages that never quite forget. */
import {
  rootsOf,
  timelineOfLine,
  checkLine,
  derive,
  type Kernel,
  type KernelIo,
  type Line,
  type Operand,
} from '../../lines/index.ts';
import { label } from './label.ts';
import { checkPeriod, checkShare } from './period.ts';

/** Numbers the exponential kernel remembers: values seen without a gap, and the average (their mean while it is seeded). */
export const exponentialState = 2;

/** A kernel that starts from the plain mean of `period` values and then moves by `alpha` toward each new one. */
export function exponential(period: number, alpha: number): Kernel {
  return (io, from, to) => {
    smooth(io, from, to, period, alpha);
  };
}

/** The loop of `exponential`: a function of the module, so that all indicators share its compiled code. */
function smooth({ inputs, outputs, state }: KernelIo, from: number, to: number, period: number, alpha: number): void {
  const rest = 1 - alpha;
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  let count = state[0]!;
  let average = state[1]!;
  let i = from;
  while (i < to) {
    // Seeded: a loop without warm-up, because this is where nearly all bars are.
    if (count === period) {
      for (; i < to; i++) {
        const value = x[i - dx]!;
        if (value - value !== 0) break;
        average = moved(average, value, rest, alpha);
        out[i - base] = average;
      }
      if (i === to) break;
    }
    const value = x[i - dx]!;
    if (value - value !== 0) {
      count = average = 0;
      out[i - base] = NaN;
    } else {
      count++;
      average += (value - average) / count;
      out[i - base] = count === period ? average : NaN;
    }
    i++;
  }
  state[0] = count;
  state[1] = average;
}

/** The average after one more value. Where it is too close to the value to move any further it takes it, and so arrives at a flat price. */
function moved(average: number, value: number, rest: number, alpha: number): number {
  if (value === average) return value;
  const next = average * rest + value * alpha;
  return next === average ? value : next;
}

/**
 * Exponential smoothing with a weight of one's own: each bar moves the average by `alpha` toward the new value.
 *
 * It starts from the plain mean of the last `period` values, once source and weight have values without a gap.
 *
 * @param alpha - The new value's share, above 0 and up to 1: a number, or a line that changes from bar to bar.
 * @throws {ConfigError} If `period` is not a positive integer or `alpha` is a number outside of that.
 */
export function smoothing(source: Line, period: number, alpha: Operand): Line {
  checkPeriod('smoothing', period);
  if (typeof alpha === 'number') {
    checkShare('smoothing', alpha, 'alpha', 'zero');
    const name = label('smoothing', source, period, alpha);
    return derive(source, { name, key: true, period, state: exponentialState, compute: exponential(period, alpha) });
  }
  checkLine('smoothing', alpha);
  const name = label('smoothing', source, period, alpha);
  // The weight may start later than the mean could: the seed is the mean of the latest values at that moment.
  const own = timelineOfLine(source);
  const later = Math.max(0, (rootsOf(source).get(own) ?? 1) + period - 1 - (rootsOf(alpha).get(own) ?? 1));
  return derive(source, {
    name,
    key: `smoothing|${period}`,
    inputs: [alpha],
    period: Math.max(1, Math.min(period, later + 1)),
    history: period,
    state: 3,
    compute({ inputs, outputs, state }, from, to) {
      const { values: x, base: dx } = inputs[0]!;
      const { values: weight, base: dw } = inputs[1]!;
      const { values: out, base } = outputs[0]!;
      let count = state[0]!;
      let started = state[1]!;
      let average = state[2]!;
      for (let i = from; i < to; i++) {
        const value = x[i - dx]!;
        const share = weight[i - dw]!;
        count = value - value === 0 ? count + 1 : 0;
        if (count < period || share - share !== 0) {
          started = 0;
          out[i - base] = NaN;
          continue;
        }
        if (started === 1) average = moved(average, value, 1 - share, share);
        else {
          // Distances from the present value: a flat price is its own mean.
          let total = 0;
          for (let j = i - period + 1; j < i; j++) total += x[j - dx]! - value;
          average = value + total / period;
          started = 1;
        }
        out[i - base] = average;
      }
      state[0] = count;
      state[1] = started;
      state[2] = average;
    },
  });
}
