/** What a function of one's own makes of the last values, and indicators that need the whole window. */
import { checkFunction } from '../core/index.ts';
import { derive, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkNumber, checkNumbers, checkPeriod } from './kernel/period.ts';
import { placeOf, sortedWindow } from './kernel/sorted-window.ts';

/**
 * The result of `fn` for the last `period` values, oldest first; NaN until there are `period` values without a gap.
 *
 * `fn` is called for every bar with one array that is used again: it must not keep it, and must depend on nothing else.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function windowed(source: Line, period: number, fn: (values: Float64Array) => number, name = 'windowed'): Line {
  return over(source, period, fn, name, undefined);
}

/** As `windowed`, for a function that depends on nothing but its argument and what `key` says: asked for again, it is computed once. */
export function over(
  source: Line,
  period: number,
  fn: (values: Float64Array) => number,
  name: string,
  key: string | undefined,
): Line {
  checkPeriod(name, period);
  checkFunction(`${name}: fn`, fn, 'a function of the last values');
  const view = new Float64Array(period);
  return derive(source, {
    name: label(name, source, period),
    ...(key !== undefined && { key }),
    period,
    history: period - 1,
    state: 1,
    compute({ inputs, outputs, state }, from, to) {
      const { values: x, base: dx } = inputs[0]!;
      const { values: out, base } = outputs[0]!;
      let count = state[0]!;
      for (let i = from; i < to; i++) {
        const value = x[i - dx]!;
        count = value - value === 0 ? count + 1 : 0;
        if (count < period) out[i - base] = NaN;
        else {
          for (let j = 0; j < period; j++) view[j] = x[i - dx - period + 1 + j]!;
          const answer = fn(view);
          out[i - base] = answer - answer === 0 ? answer : NaN;
        }
      }
      state[0] = count;
    },
  });
}

/**
 * Percent rank: the share of the last `period` values that are below the present one, 0 to 1.
 *
 * The present value counts among the `period` and never as below itself.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function percentRank(source: Line, period = 50): Line {
  checkPeriod('percentRank', period);
  return sortedWindow(
    label('percentRank', source, period),
    source,
    period,
    (sorted, now) => placeOf(sorted, period, now) / period,
  );
}

/**
 * The mean of the last values with weights of one's own, oldest first: their weighted sum times `factor`.
 *
 * @param factor - What the weighted sum is multiplied by; default one over the sum of the weights.
 * @throws {ConfigError} If there are no weights, or they add up to 0 and there is no `factor`.
 */
export function weighted(source: Line, weights: readonly number[], factor?: number, name = 'weighted'): Line {
  checkNumbers(name, weights, 'weights');
  checkPeriod(name, weights.length, 1, 'number of weights');
  const own = weights.slice();
  const scale = factor ?? 1 / own.reduce((total, weight) => total + weight, 0);
  checkNumber(name, scale, 'factor');
  const mean = (values: Float64Array): number => {
    let total = 0;
    for (let i = 0; i < own.length; i++) total += own[i]! * values[i]!;
    return total * scale;
  };
  return over(source, own.length, mean, name, `weighted|${own.join(',')}|${scale}`);
}
