/** Rolling sum, and the kernel it shares with the simple moving average. */
import { derive, type Kernel, type KernelIo, type Line } from '../../lines/index.ts';
import { label } from './label.ts';
import { checkPeriod } from './period.ts';

/**
 * The sum of the last `period` values, NaN until there are `period` values without a gap.
 *
 * Compensated, so that it stays exact to the last digit or so over millions of bars, and taken afresh where a value has left that was so
 * large that the others were lost beside it.
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
    setsAll: true,
  });
}

/** Numbers the rolling kernel remembers: values seen without a gap, their sum, its error, and the largest error so far. */
export const rollingState = 4;

/**
 * A kernel for the sum of `period` values divided by `divisor`.
 *
 * Neumaier's summation: the part of each addition that does not fit is kept beside the sum. That part is rounded too: a sum that has become
 * smaller than the largest of these errors is taken afresh. A window of equal values is answered exactly, so that a flat price equals its own average.
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
  if (to === from + 1) {
    rollOne(io, from, period, divisor);
    return;
  }
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
 * Bars behind a full window, which is where nearly all are. At a gap, which makes the sum NaN, and where a sum must be taken afresh, nothing
 * is remembered, and the answer is false. The loop holds nothing but the sum: with a second loop or a call in it, V8 compiles it half as fast.
 */
function rollFull({ inputs, outputs, state }: KernelIo, from: number, to: number, period: number, divisor: number) {
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  let total = state[1]!;
  let error = state[2]!;
  let worst = state[3]!;
  const offset = base - dx;
  const end = to - dx;
  // Where the value that leaves the window stands.
  let leaving = from - dx - period;
  for (let k = from - dx; k < end; k++, leaving++) {
    const value = x[k]!;
    const old = x[leaving]!;
    // What comes less what goes first: one addition to the sum a bar, on which the next bar has to wait.
    const change = value - old;
    const part = change - value;
    const next = total + change;
    const added = next - total;
    error += value - (change - part) - (old + part) + (total - (next - added) + (change - added));
    total = next;
    const size = Math.abs(error);
    if (size > worst) worst = size;
    const exact = total + error;
    if (!(Math.abs(exact) >= worst)) return false;
    out[k - offset] = exact / divisor;
  }
  state[1] = total;
  state[2] = error;
  state[3] = worst;
  answerFlat(x, from - dx, end, period, divisor, out, offset);
  return true;
}

/** Whether a window that ends before `end` may hold one value: each window contains two neighbours of those looked at. */
function mayBeFlat(x: Float64Array, from: number, end: number, period: number): boolean {
  const step = period >> 1;
  for (let k = from - period + 1 + step; k < end; k += step) if (x[k] === x[k - step]) return true;
  return false;
}

/** Answers the windows of one value exactly, where there may be any: asked here, since V8 gives up the loop above at what it has never reached. */
function answerFlat(
  x: Float64Array,
  from: number,
  end: number,
  period: number,
  divisor: number,
  out: Float64Array,
  offset: number,
): void {
  if (!mayBeFlat(x, from, end, period)) return;
  let equal = 1;
  for (let k = from - period + 2; k < end; k++) {
    equal = x[k] === x[k - 1] ? equal + 1 : 1;
    if (equal >= period) out[k - offset] = x[k]! * (period / divisor);
  }
}

/** Any one bar. */
function rollOne({ inputs, outputs, state }: KernelIo, i: number, period: number, divisor: number): void {
  const x = inputs[0]!;
  const at = i - x.base;
  const value = x.values[at]!;
  const out = outputs[0]!;
  if (value - value !== 0) {
    state.fill(0);
    out.values[i - out.base] = NaN;
    return;
  }
  if (state[0] === period) exchange(state, value, x.values[at - period]!);
  else {
    state[0]!++;
    exchange(state, value, 0);
  }
  const isFull = state[0] === period;
  if (isFull && !(Math.abs(state[1]! + state[2]!) >= state[3]!)) {
    state.fill(0, 1);
    for (let k = at - period + 1; k <= at; k++) exchange(state, x.values[k]!, 0);
  }
  out.values[i - out.base] = !isFull
    ? NaN
    : isFlat(x.values, at, period)
      ? value * (period / divisor)
      : (state[1]! + state[2]!) / divisor;
}

/** Whether the window that ends at `at` holds one value. */
function isFlat(x: Float64Array, at: number, period: number): boolean {
  const value = x[at]!;
  if (x[at - period + 1] !== value) return false;
  let k = at - 1;
  while (k > at - period && x[k] === value) k--;
  return k === at - period;
}

/** Adds a value to the compensated sum and takes another from it. */
function exchange(state: Float64Array, value: number, old: number): void {
  const total = state[1]!;
  const change = value - old;
  const part = change - value;
  const next = total + change;
  const added = next - total;
  state[2]! += value - (change - part) - (old + part) + (total - (next - added) + (change - added));
  state[1] = next;
  state[3] = Math.max(state[3]!, Math.abs(state[2]!));
}
