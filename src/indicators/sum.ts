/** Rolling sum, and the kernel it shares with the simple moving average. */
import type { Kernel, KernelIo, Line } from '../lines/index.ts';
import { label } from './label.ts';
import { checkPeriod } from './period.ts';

/**
 * The sum of the last `period` values, NaN until there are so many without a gap.
 *
 * Compensated, so that it stays exact to the last digit or so over millions of bars.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function sum(source: Line, period: number): Line {
  checkPeriod('sum', period);
  return source.derive({
    name: label('sum', source, period),
    period,
    state: rollingState,
    compute: rolling(period, 1),
  });
}

/** Numbers the rolling kernel remembers: values seen without a gap, run of equal ones, the last, sum, its error. */
export const rollingState = 5;

/**
 * A kernel for the sum of `period` values divided by `divisor`.
 *
 * Neumaier's summation: the part of each addition that does not fit is kept beside the sum. A window of equal values is
 * answered exactly, so that a flat price equals its own average.
 */
export function rolling(period: number, divisor: number): Kernel {
  return (io, from, to) => {
    roll(io, from, to, period, divisor);
  };
}

/** The loop of `rolling`: a function of the module, so that all indicators share its compiled code. */
function roll({ inputs, outputs, state }: KernelIo, from: number, to: number, period: number, divisor: number): void {
  const share = period / divisor;
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  let count = state[0]!;
  let run = state[1]!;
  let last = state[2]!;
  let total = state[3]!;
  let error = state[4]!;
  let i = from;
  while (i < to) {
    // The window is full: a loop without warm-up, because this is where nearly all bars are.
    if (count === period) {
      for (; i < to; i++) {
        const value = x[i - dx]!;
        if (value - value !== 0) break;
        run = value === last ? run + 1 : 1;
        last = value;
        let next = total + value;
        let part = next - total;
        error += total - (next - part) + (value - part);
        total = next;
        const old = -x[i - dx - period]!;
        next = total + old;
        part = next - total;
        error += total - (next - part) + (old - part);
        total = next;
        out[i - base] = run >= period ? value * share : (total + error) / divisor;
      }
      if (i === to) break;
    }
    const value = x[i - dx]!;
    if (value - value !== 0) {
      count = run = total = error = 0;
      out[i - base] = NaN;
    } else {
      run = value === last && run > 0 ? run + 1 : 1;
      last = value;
      const next = total + value;
      const part = next - total;
      error += total - (next - part) + (value - part);
      total = next;
      count++;
      out[i - base] = count < period ? NaN : run >= period ? value * share : (total + error) / divisor;
    }
    i++;
  }
  state[0] = count;
  state[1] = run;
  state[2] = last;
  state[3] = total;
  state[4] = error;
}
