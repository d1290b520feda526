/** The Hurst exponent: whether moves go on, turn back, or neither. */
import { ConfigError } from '../core/index.ts';
import { derive, type KernelIo, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkPeriod } from './kernel/period.ts';

/**
 * Hurst exponent of the last `period` values: near 0.5 for a random walk, below where moves turn back, above where they go on.
 *
 * From the slope of how the spread of differences grows with their lag. NaN on a flat window. Costs a few operations a bar and lag.
 *
 * @param from - The shortest lag in bars, default 2.
 * @param to - The first lag no longer used, default half the period.
 * @throws {ConfigError} If a number is not an integer, there are fewer than two lags, or `to` is not below `period`.
 */
export function hurst(source: Line, period = 40, from = 2, to = Math.floor(period / 2)): Line {
  checkPeriod('hurst', period, 4);
  checkPeriod('hurst', from, 1, 'from');
  checkPeriod('hurst', to, from + 2, 'to');
  if (to >= period)
    throw new ConfigError(`hurst: to must be below the period of ${period}, was ${to}`, { code: 'bad-period' });
  const logs = Array.from({ length: to - from }, (_, k) => Math.log2(from + k));
  const middle = logs.reduce((a, b) => a + b, 0) / logs.length;
  const whole = logs.reduce((total, log) => total + (log - middle) ** 2, 0);
  // The slope is the sum of the logarithms of the spreads, each by its weight.
  const weights = Float64Array.from(logs, (log) => (log - middle) / whole);
  return derive(source, {
    name: label('hurst', source, period, from, to),
    key: true,
    period,
    history: period,
    state: 1 + perLag * weights.length,
    compute: (io, first, end) => {
      scale(io, first, end, period, from, weights);
    },
  });
}

/** Numbers remembered of each lag: anchor, sum of distances from it, sum of their squares, and the largest that sum of squares so far. */
const perLag = 4;

/**
 * Holds the sums of each lag's differences over the window. They are taken afresh once a window, and whenever much canceled out, so that
 * nothing adds up. `state` begins with the values in a row without a gap.
 */
function scale(
  { inputs, outputs, state }: KernelIo,
  from: number,
  to: number,
  period: number,
  shortest: number,
  weights: Float64Array,
): void {
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  let count = state[0]!;
  for (let i = from; i < to; i++) {
    const at = i - dx;
    const value = x[at]!;
    if (value - value !== 0) {
      count = 0;
      out[i - base] = NaN;
      continue;
    }
    count++;
    if (count < period) {
      out[i - base] = NaN;
      continue;
    }
    const isDue = (count - period) % period === 0;
    let slope = 0;
    for (let k = 0; k < weights.length; k++) {
      const lag = shortest + k;
      const differences = period - lag;
      const place = 1 + k * perLag;
      let spread = NaN;
      if (!isDue) {
        const anchor = state[place]!;
        const add = value - x[at - lag]! - anchor;
        const drop = x[at - differences]! - x[at - period]! - anchor;
        const total = state[place + 1]! + add - drop;
        const squares = state[place + 2]! + add * add - drop * drop;
        if (squares > state[place + 3]!) state[place + 3] = squares;
        state[place + 1] = total;
        state[place + 2] = squares;
        spread = squares - (total * total) / differences;
      }
      if (!(spread >= state[place + 3]! * 1e-4)) spread = takeAfresh(state, place, x, at, lag, differences);
      // The square root of the variance, and of that the root again: half of half the logarithm.
      slope += weights[k]! * 0.5 * Math.log2(spread / differences);
    }
    out[i - base] = slope - slope === 0 ? slope : NaN;
  }
  state[0] = count;
}

/** Takes the sums of a lag from the window itself, anchored at its latest difference; returns the sum of squares about the mean. */
function takeAfresh(state: Float64Array, place: number, x: Float64Array, at: number, lag: number, differences: number) {
  const anchor = x[at]! - x[at - lag]!;
  let total = 0;
  let squares = 0;
  for (let j = at - differences + 1; j <= at; j++) {
    const distance = x[j]! - x[j - lag]! - anchor;
    total += distance;
    squares += distance * distance;
  }
  state[place] = anchor;
  state[place + 1] = total;
  state[place + 2] = state[place + 3] = squares;
  return squares - (total * total) / differences;
}
