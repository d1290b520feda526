/** Wilder's directional movement: +DI, -DI, ADX, ADXR; and the vortex. */
import { checkData, deriveAll, type Data, type KernelIo, type Line } from '../lines/index.ts';
import { atr } from './atr.ts';
import type { MovingAverage } from './kernel/average.ts';
import { checkAverage, checkPeriod } from './kernel/period.ts';
import { lagged, named } from './pointwise.ts';
import { smma } from './smma.ts';
import { sum } from './kernel/sum.ts';
import { trueRange } from './true-range.ts';

/** The lines of `directional`, all from 0 to 100. */
export interface Directional {
  /** How much of the range was upward movement. */
  readonly plus: Line;
  /** How much of the range was downward movement. */
  readonly minus: Line;
  /** Average directional index: how one-sided the movement was, whichever the side. */
  readonly adx: Line;
  /** The mean of `adx` now and `period` bars ago. */
  readonly adxr: Line;
}

/**
 * Directional movement: how much of price's range was a move up (`plus`) or down (`minus`), and how one-sided (`adx`).
 *
 * Where nothing moves there is no value.
 *
 * @param average - How all are smoothed; default Wilder's `smma`.
 * @throws {ConfigError} If `period` is not a positive integer.
 * @see J. W. Wilder, New Concepts in Technical Trading Systems (1978)
 */
export function directional(data: Data, period = 14, average: MovingAverage = smma): Directional {
  checkData('directional', data);
  checkPeriod('directional', period);
  checkAverage('directional', average);
  const range = atr(data, period, average);
  const [up, down] = deriveAll(data.high, { name: 'moves', key: true, inputs: [data.low], period: 2, history: 1, state: 1, compute: moves }, ['move.up', 'move.down']); // prettier-ignore
  const [plus, minus, dx] = deriveAll(
    average(up!, period),
    {
      name: `directional(${period})`,
      key: 'directional',
      inputs: [average(down!, period), range],
      history: 0,
      compute: shares,
    },
    [`plusDi(${period})`, `minusDi(${period})`, `dx(${period})`],
  ) as [Line, Line, Line];
  const adxLine = average(dx, period);
  const adxr = lagged(`adxr(${period})`, adxLine, period, (now, then) => (now + then) / 2);
  return { plus, minus, adx: adxLine, adxr };
}

/** How far the high rose, where it rose by more than the low fell, and the other way round; else 0. */
function moves({ inputs, outputs, state }: KernelIo, from: number, to: number): void {
  const { values: high, base: dh } = inputs[0]!;
  const { values: low, base: dl } = inputs[1]!;
  const { values: up, base: du } = outputs[0]!;
  const { values: down, base: dd } = outputs[1]!;
  // Whether the bar before has a high and a low.
  let isKnown = state[0] === 1;
  for (let i = from; i < to; i++) {
    const top = high[i - dh]!;
    const bottom = low[i - dl]!;
    const wasKnown = isKnown;
    isKnown = top - top + (bottom - bottom) === 0;
    const rise = wasKnown && isKnown ? top - high[i - dh - 1]! : NaN;
    const fall = wasKnown && isKnown ? low[i - dl - 1]! - bottom : NaN;
    up[i - du] = rise !== rise ? NaN : rise > fall && rise > 0 ? rise : 0;
    down[i - dd] = rise !== rise ? NaN : fall > rise && fall > 0 ? fall : 0;
  }
  state[0] = isKnown ? 1 : 0;
}

/** Both sides in parts of the range, and how one-sided they are. */
function shares({ inputs, outputs }: KernelIo, from: number, to: number): void {
  const { values: up, base: du } = inputs[0]!;
  const { values: down, base: dd } = inputs[1]!;
  const { values: range, base: dr } = inputs[2]!;
  const { values: plus, base: dp } = outputs[0]!;
  const { values: minus, base: dm } = outputs[1]!;
  const { values: index, base: dx } = outputs[2]!;
  for (let i = from; i < to; i++) {
    const whole = range[i - dr]!;
    const one = 100 * (up[i - du]! / whole);
    const other = 100 * (down[i - dd]! / whole);
    plus[i - dp] = one - one === 0 ? one : NaN;
    minus[i - dm] = other - other === 0 ? other : NaN;
    const value = 100 * (Math.abs(one - other) / (one + other));
    index[i - dx] = value - value === 0 ? value : NaN;
  }
}

/**
 * Average directional index: how one-sided the movement of price is, 0 to 100, whichever the side.
 *
 * The first value needs 2 · `period` bars.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function adx(data: Data, period = 14, average: MovingAverage = smma): Line {
  checkData('adx', data);
  checkPeriod('adx', period);
  return directional(data, period, average).adx;
}

/**
 * Vortex: how far highs are from the bar before's low (`plus`), and lows from its high (`minus`), in parts of the range.
 *
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function vortex(
  data: Data,
  period = 14,
): {
  /** Upward movement over the true range. */
  readonly plus: Line;
  /** Downward movement over the true range. */
  readonly minus: Line;
} {
  checkData('vortex', data);
  checkPeriod('vortex', period);
  const same = (_: number, then: number): number => then;
  const lastHigh = lagged('high.before', data.high, 1, same);
  const lastLow = lagged('low.before', data.low, 1, same);
  const range = sum(trueRange(data), period);
  const side = (name: string, one: Line, other: Line): Line => {
    const way = named(`${name}.way`, [one, other], (a, b) => Math.abs(a - b));
    return named(`${name}(${period})`, [sum(way, period), range], (part, whole) => part / whole);
  };
  return { plus: side('vortex.plus', data.high, lastLow), minus: side('vortex.minus', data.low, lastHigh) };
}
