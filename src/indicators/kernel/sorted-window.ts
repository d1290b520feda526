/** The last values of a line in order of size, kept from bar to bar: medians, quantiles and ranks. */
import { derive, type KernelIo, type Line } from '../../lines/index.ts';

/** What is read of a full window: its values in rising order are `sorted[0]` to `sorted[period - 1]`. */
export type SortedReading = (sorted: Float64Array, now: number) => number;

/**
 * What `read` makes of the last `period` values in rising order; NaN until there are as many without a gap.
 *
 * A new value finds its place by halving; the values between it and the one that leaves move up or down by one.
 */
export function sortedWindow(name: string, source: Line, period: number, read: SortedReading): Line {
  return derive(source, {
    name,
    key: `${name}|${String(read)}`,
    period,
    history: period,
    state: period + 1,
    compute: (io, from, to) => {
      keepSorted(io, from, to, period, read);
    },
  });
}

/** The first place in `sorted[0..length)` whose value is not below `value`. */
export function placeOf(sorted: Float64Array, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The loop, a function of the module so that all indicators share its compiled code. */
function keepSorted(
  { inputs, outputs, state }: KernelIo,
  from: number,
  to: number,
  period: number,
  read: SortedReading,
): void {
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  let count = state[period]!;
  for (let i = from; i < to; i++) {
    const value = x[i - dx]!;
    if (value - value !== 0) {
      count = 0;
      continue;
    }
    if (count < period) {
      const at = placeOf(state, count, value);
      state.copyWithin(at + 1, at, count);
      state[at] = value;
      count++;
    } else {
      const gone = placeOf(state, period, x[i - dx - period]!);
      let at = placeOf(state, period, value);
      if (at > gone) {
        at--;
        state.copyWithin(gone, gone + 1, at + 1);
      } else state.copyWithin(at + 1, at, gone);
      state[at] = value;
    }
    if (count < period) continue;
    const answer = read(state, value);
    if (answer - answer === 0) out[i - base] = answer;
  }
  state[period] = count;
}
