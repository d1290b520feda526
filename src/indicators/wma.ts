/** Weighted moving average. */
import { derive, type KernelIo, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkPeriod } from './kernel/period.ts';

/**
 * Weighted moving average: the newest of the last `period` values counts `period` times, the oldest once.
 *
 * NaN until there are `period` values without a gap.
 *
 * @param period - In bars.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function wma(source: Line, period: number): Line {
  checkPeriod('wma', period);
  const weights = (period * (period + 1)) / 2;
  return derive(source, {
    name: label('wma', source, period),
    key: true,
    period,
    state: 7,
    compute: (io, from, to) => {
      weigh(io, from, to, period, weights);
    },
  });
}

/** The loop, a function of the module so that all indicators share its compiled code. */
function weigh({ inputs, outputs, state }: KernelIo, from: number, to: number, period: number, weights: number): void {
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  let count = state[0]!;
  let age = state[1]!;
  let anchor = state[2]!;
  let plain = state[3]!;
  let weighted = state[4]!;
  let squares = state[5]!;
  // The largest sum of squares since the sums were taken again.
  let peak = state[6]!;
  for (let i = from; i < to; i++) {
    const value = x[i - dx]!;
    count = value - value === 0 ? count + 1 : 0;
    if (count < period) {
      out[i - base] = NaN;
      continue;
    }
    let isDue = count === period || age === period;
    if (!isDue) {
      const add = value - anchor;
      const drop = x[i - dx - period]! - anchor;
      weighted += add * period - plain;
      plain += add - drop;
      squares += add * add - drop * drop;
      if (squares > peak) peak = squares;
      // Too much canceled: a bad print has left the window, or the values have left the anchor.
      isDue = !(squares - (plain * plain) / period >= peak * 1e-4);
    }
    // The sums are of distances from a value in the window and are taken afresh once per window: no error lives long.
    if (isDue) {
      anchor = value;
      age = plain = weighted = squares = 0;
      for (let j = 1; j <= period; j++) {
        const distance = x[i - dx - period + j]! - anchor;
        plain += distance;
        weighted += distance * j;
        squares += distance * distance;
      }
      peak = squares;
    }
    age++;
    out[i - base] = anchor + weighted / weights;
  }
  state[0] = count;
  state[1] = age;
  state[2] = anchor;
  state[3] = plain;
  state[4] = weighted;
  state[5] = squares;
  state[6] = peak;
}
