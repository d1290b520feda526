/** Ehlers' Laguerre filter and the relative strength index made of it. */
import { derive, type Kernel, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkPeriod, checkShare } from './kernel/period.ts';

/**
 * Laguerre filter: four smoothings in a row, weighted 1, 2, 2, 1. It starts from zero and takes some bars to arrive.
 *
 * @param gamma - How much of the past is kept, above 0 and below 1; default 0.5.
 * @param period - Bars before it starts, default 1: none.
 * @throws {ConfigError} If `gamma` is not above 0 and below 1, or `period` is not a positive integer.
 */
export function laguerre(source: Line, gamma = 0.5, period = 1): Line {
  checkPeriod('laguerre', period);
  checkShare('laguerre', gamma, 'gamma', 'both');
  return derive(source, {
    name: label('laguerre', source, gamma),
    key: true,
    period,
    history: 0,
    state: 5,
    compute: filter(gamma, period, (a, b, c, d) => (a + 2 * b + 2 * c + d) / 6),
  });
}

/**
 * Relative strength index of the four Laguerre smoothings to each other, 0 to 1; 1 where all are equal.
 *
 * @param period - Bars before the filter starts, default 6.
 * @param gamma - How much of the past is kept, above 0 and below 1; default 0.5.
 * @throws {ConfigError} If `period` is not a positive integer or `gamma` is not above 0 and below 1.
 */
export function laguerreRsi(source: Line, period = 6, gamma = 0.5): Line {
  checkPeriod('laguerreRsi', period);
  checkShare('laguerreRsi', gamma, 'gamma', 'both');
  return derive(source, {
    name: label('laguerreRsi', source, period, gamma),
    key: true,
    period,
    history: 0,
    state: 5,
    compute: filter(gamma, period, (a, b, c, d) => {
      const up = Math.max(a - b, 0) + Math.max(b - c, 0) + Math.max(c - d, 0);
      const down = Math.max(b - a, 0) + Math.max(c - b, 0) + Math.max(d - c, 0);
      return up + down === 0 ? 1 : up / (up + down);
    }),
  });
}

/** The four smoothings, from bar `period` of values without a gap, and what `fn` makes of them. */
function filter(gamma: number, period: number, fn: (a: number, b: number, c: number, d: number) => number): Kernel {
  return ({ inputs, outputs, state }, from, to) => {
    const { values: x, base: dx } = inputs[0]!;
    const { values: out, base } = outputs[0]!;
    let count = state[0]!;
    let a = state[1]!;
    let b = state[2]!;
    let c = state[3]!;
    let d = state[4]!;
    for (let i = from; i < to; i++) {
      const value = x[i - dx]!;
      if (value - value !== 0) {
        count = a = b = c = d = 0;
        out[i - base] = NaN;
        continue;
      }
      count++;
      if (count < period) {
        out[i - base] = NaN;
        continue;
      }
      const [lastA, lastB, lastC] = [a, b, c];
      a = (1 - gamma) * value + gamma * a;
      b = -gamma * a + lastA + gamma * b;
      c = -gamma * b + lastB + gamma * c;
      d = -gamma * c + lastC + gamma * d;
      out[i - base] = fn(a, b, c, d);
    }
    state[0] = count;
    state[1] = a;
    state[2] = b;
    state[3] = c;
    state[4] = d;
  };
}
