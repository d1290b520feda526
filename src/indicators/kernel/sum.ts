/** Rolling sum, and the kernel it shares with the simple moving average. */
import { derive, type Kernel, type KernelIo, type Line } from '../../lines/index.ts';
import { label } from './label.ts';
import { checkPeriod } from './period.ts';

/**
 * The sum of the last `period` values, NaN until there are `period` values without a gap.
 *
 * Compensated, so that it stays exact to the last digit or so over millions of bars.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function sum(source: Line, period: number): Line {
  checkPeriod('sum', period);
  return derive(source, {
    name: label('sum', source, period),
    key: true,
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

/** Bars between two looks at whether a gap came by. */
const chunk = 1024;

/** The loop of `rolling`: a function of the module, so that all indicators share its compiled code. */
function roll(io: KernelIo, from: number, to: number, period: number, divisor: number): void {
  let i = from;
  while (i < to) {
    // A window of one bar has nothing to sum up.
    const isFull = io.state[0] === period && period > 1;
    const end = isFull ? Math.min(i + chunk, to) : i + 1;
    if (!isFull || !rollFull(io, i, end, period, divisor)) {
      for (let k = i; k < end; k++) rollOne(io, k, period, divisor);
    }
    i = end;
  }
}

/**
 * Bars behind a full window, which is where nearly all are. Looks for a gap only at the end, where it has made the sum NaN: nothing
 * is remembered then, and the answer is false.
 */
function rollFull({ inputs, outputs, state }: KernelIo, from: number, to: number, period: number, divisor: number) {
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  const share = period / divisor;
  let total = state[3]!;
  let error = state[4]!;
  // Whole numbers: how many equal values there were in a row, and where to read and write.
  let run = state[1]! | 0;
  let before = x[from - dx - 1]!;
  let at = from - base;
  let leaving = from - dx - period;
  const end = to - dx;
  for (let k = from - dx; k < end; k++) {
    const value = x[k]!;
    const old = x[leaving++]!;
    // What comes less what goes first: one addition to the sum a bar, on which the next bar has to wait.
    const change = value - old;
    const part = change - value;
    const next = total + change;
    const added = next - total;
    error += value - (change - part) - (old + part) + (total - (next - added) + (change - added));
    total = next;
    let mean = (total + error) / divisor;
    if (value === before) {
      run++;
      if (run >= period) mean = value * share;
    } else run = 1;
    before = value;
    out[at++] = mean;
  }
  if (total - total !== 0 || error - error !== 0) return false;
  state[1] = run;
  state[2] = x[to - 1 - dx]!;
  state[3] = total;
  state[4] = error;
  return true;
}

/** Any one bar. */
function rollOne({ inputs, outputs, state }: KernelIo, i: number, period: number, divisor: number): void {
  const x = inputs[0]!;
  const value = x.values[i - x.base]!;
  const out = outputs[0]!;
  if (value - value !== 0) {
    state.fill(0);
    out.values[i - out.base] = NaN;
    return;
  }
  const run = value === state[2] && state[1]! > 0 ? state[1]! + 1 : 1;
  if (state[0] === period) exchange(state, value, x.values[i - x.base - period]!);
  else {
    state[0]!++;
    exchange(state, value, 0);
  }
  state[1] = run;
  state[2] = value;
  const isFull = state[0] === period;
  out.values[i - out.base] = !isFull
    ? NaN
    : run >= period
      ? value * (period / divisor)
      : (state[3]! + state[4]!) / divisor;
}

/** Adds a value to the compensated sum and takes another from it. */
function exchange(state: Float64Array, value: number, old: number): void {
  const total = state[3]!;
  const change = value - old;
  const part = change - value;
  const next = total + change;
  const added = next - total;
  state[4]! += value - (change - part) - (old + part) + (total - (next - added) + (change - added));
  state[3] = next;
}
