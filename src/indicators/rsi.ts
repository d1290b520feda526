/** Relative strength index. */
import { derive, type KernelIo, type Line } from '../lines/index.ts';
import type { MovingAverage } from './kernel/average.ts';
import { label } from './kernel/label.ts';
import { checkAverage, checkPeriod } from './kernel/period.ts';
import { lagged, named } from './pointwise.ts';
import { smma } from './smma.ts';

/**
 * Relative strength index: how much of the last moves were up, from 0 to 100.
 *
 * Smoothed as Wilder did (alpha = 1/period), not by a plain mean. The first value comes after `period` changes; NaN
 * where nothing moved.
 *
 * @param period - In bars.
 * @param average - How the rises and falls are smoothed; default `smma`, which is Wilder's. With `sma` it is Cutler's variant.
 * @throws {ConfigError} If `period` is not a positive integer.
 * @see J. W. Wilder, New Concepts in Technical Trading Systems (1978), section 6
 */
export function rsi(source: Line, period = 14, average: MovingAverage = smma): Line {
  checkPeriod('rsi', period);
  checkAverage('rsi', average);
  // Wilder's own has a loop of its own, because it is asked for most.
  if (average !== smma) return relativeStrength(source, period, average);
  return derive(source, {
    name: label('rsi', source, period),
    key: true,
    period: period + 1,
    history: 1,
    state: 4,
    compute: (io, from, to) => {
      strengthen(io, from, to, period);
    },
  });
}

/**
 * The relative strength index of moves over `lookback` bars, smoothed with an average of one's choice.
 *
 * With `sma` it is Cutler's variant, with a lookback of 5 and `smma` the relative momentum index. NaN where nothing
 * moved.
 *
 * @param lookback - In bars: a move is measured over this many bars. Default 1.
 * @throws {ConfigError} If `period` or `lookback` is not a positive integer.
 */
export function relativeStrength(source: Line, period: number, average: MovingAverage, lookback = 1): Line {
  checkPeriod('relativeStrength', period);
  checkAverage('relativeStrength', average);
  checkPeriod('relativeStrength', lookback, 1, 'lookback');
  const rises = lagged(label('rise', source, lookback), source, lookback, (now, then) => Math.max(now - then, 0));
  const falls = lagged(label('fall', source, lookback), source, lookback, (now, then) => Math.max(then - now, 0));
  const name = label('relativeStrength', source, period, lookback);
  return named(name, [average(rises, period), average(falls, period)], (up, down) => 100 * (up / (up + down)));
}

/**
 * The loop, a function of the module so that all indicators share its compiled code.
 *
 * A bar without a change leaves the index as it was, to the last digit: rises and falls lose the same share (all of it, with a period of 1).
 */
function strengthen({ inputs, outputs, state }: KernelIo, from: number, to: number, period: number): void {
  const alpha = 1 / period;
  const rest = 1 - alpha;
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  let count = state[0]! | 0;
  let up = state[1]!;
  let down = state[2]!;
  let strength = state[3]!;
  for (let i = from; i < to; i++) {
    const value = x[i - dx]!;
    if (value - value !== 0) {
      count = up = down = 0;
      out[i - base] = NaN;
      continue;
    }
    const change = count === 0 ? 0 : value - x[i - dx - 1]!;
    const rise = change > 0 ? change : 0;
    const fall = change < 0 ? -change : 0;
    if (count > period) {
      up = up * rest + rise * alpha;
      down = down * rest + fall * alpha;
      if (change !== 0 || rest === 0) strength = 100 * (up / (up + down));
      out[i - base] = strength;
      continue;
    }
    up += rise;
    down += fall;
    if (count === period) {
      up /= period;
      down /= period;
      strength = 100 * (up / (up + down));
    }
    out[i - base] = count === period ? strength : NaN;
    count++;
  }
  state[0] = count;
  state[1] = up;
  state[2] = down;
  state[3] = strength;
}
