/** Volume weighed by where each bar closed, and by how far price moved on it. */
import { checkData, derive, type Data, type KernelIo, type Line } from '../lines/index.ts';
import { ema } from './ema.ts';
import { minus } from './kernel/arithmetic.ts';
import type { MovingAverage } from './kernel/average.ts';
import { checkAbove, checkAverage, checkPeriod } from './kernel/period.ts';
import { recursive } from './kernel/recursive.ts';
import { sum } from './kernel/sum.ts';
import { named } from './pointwise.ts';
import { sma } from './sma.ts';

/** Volume times the place of the close in the bar, from -1 at the low to 1 at the high; 0 for a bar without a range. */
function flow(data: Data): Line {
  const inputs = [data.low, data.close, data.volume];
  return derive(data.high, { name: 'moneyFlow', key: true, inputs, history: 0, compute: weigh });
}

/** The weighed volume of one bar; NaN where one of its numbers is missing. */
function flowOf(top: number, bottom: number, last: number, traded: number): number {
  if (top - top + (bottom - bottom) + (last - last) + (traded - traded) !== 0) return NaN;
  return top > bottom ? ((last - bottom - (top - last)) / (top - bottom)) * traded : 0;
}

function weigh({ inputs, outputs }: KernelIo, from: number, to: number): void {
  const { values: high, base: dh } = inputs[0]!;
  const { values: low, base: dl } = inputs[1]!;
  const { values: close, base: dc } = inputs[2]!;
  const { values: volume, base: dv } = inputs[3]!;
  const { values: out, base } = outputs[0]!;
  for (let i = from; i < to; i++) {
    const top = high[i - dh]!;
    const bottom = low[i - dl]!;
    const last = close[i - dc]!;
    const traded = volume[i - dv]!;
    out[i - base] = flowOf(top, bottom, last, traded);
  }
}

/**
 * Accumulation/distribution line: the running total of the volume, weighed by where each bar closed in its range.
 *
 * In base units. Only its changes mean anything: it starts at the first bar, and again after a hole. A bar without a range adds 0. The
 * gap between two bars does not count (on-balance volume counts it).
 *
 * @see M. Chaikin; Achelis, Technical Analysis from A to Z (2000)
 */
export function accumulation(data: Data): Line {
  checkData('accumulation', data);
  return derive(data.high, {
    name: 'accumulation',
    key: true,
    inputs: [data.low, data.close, data.volume],
    history: 0,
    state: 3,
    compute: accumulate,
  });
}

/** A compensated total, as that of `cumulative`, of what `weigh` says: one loop, because this is a line that many others are made of. */
function accumulate({ inputs, outputs, state }: KernelIo, from: number, to: number): void {
  const { values: high, base: dh } = inputs[0]!;
  const { values: low, base: dl } = inputs[1]!;
  const { values: close, base: dc } = inputs[2]!;
  const { values: volume, base: dv } = inputs[3]!;
  const { values: out, base } = outputs[0]!;
  let seen = state[0]!;
  let total = state[1]!;
  let error = state[2]!;
  for (let i = from; i < to; i++) {
    const top = high[i - dh]!;
    const bottom = low[i - dl]!;
    const last = close[i - dc]!;
    const traded = volume[i - dv]!;
    const value = flowOf(top, bottom, last, traded);
    if (value - value !== 0) {
      seen = 0;
      out[i - base] = NaN;
      continue;
    }
    if (seen === 0) {
      seen = 1;
      total = error = 0;
    }
    const next = total + value;
    const part = next - total;
    error += total - (next - part) + (value - part);
    total = next;
    out[i - base] = total + error;
  }
  state[0] = seen;
  state[1] = total;
  state[2] = error;
}

/**
 * Chaikin money flow: the weighed volume of the last bars divided by their volume, from -1 to 1.
 *
 * NaN where nothing was traded in the window.
 *
 * @param period - In bars, default 20.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function cmf(data: Data, period = 20): Line {
  checkData('cmf', data);
  checkPeriod('cmf', period);
  return named(`cmf(${period})`, [sum(flow(data), period), sum(data.volume, period)], (flowed, volume) =>
    Math.max(-1, Math.min(1, flowed / volume)),
  );
}

/**
 * Chaikin oscillator: a fast average of the accumulation line less a slow one, in base units.
 *
 * @param fast - In bars, default 3.
 * @param slow - In bars, default 10.
 * @param average - How both are smoothed; default `ema`.
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function chaikin(data: Data, fast = 3, slow = 10, average: MovingAverage = ema): Line {
  checkData('chaikin', data);
  checkPeriod('chaikin', fast, 1, 'fast');
  checkAverage('chaikin', average);
  checkPeriod('chaikin', slow, 1, 'slow');
  const name = `chaikin(${fast}, ${slow})`;
  if (average === ema) return minus(name, aheadOf(data, slow), aheadOf(data, fast));
  const line = accumulation(data);
  return minus(name, average(line, fast), average(line, slow));
}

/**
 * How far the accumulation line is above its exponential average, from the flow of each bar alone. After one bar of huge volume the line itself is so
 * large that differences of it have few digits left, for good.
 */
function aheadOf(data: Data, period: number): Line {
  const rest = 1 - 2 / (period + 1);
  // State: bars of the seed, and the distance.
  const [line] = recursive(
    `accumulation.ahead(${period})`,
    [flow(data)],
    { state: 2, period },
    (state, out, flowed) => {
      // While it is seeded, the distance from the mean of the line so far: each bar's flow is part of the line from that bar on.
      const seen = state[0]!;
      state[1] = seen < period ? (state[1]! * seen + flowed * seen) / (seen + 1) : rest * (state[1]! + flowed);
      if (seen < period) state[0] = seen + 1;
      out[0] = state[1]!;
    },
  );
  return line!;
}

/**
 * Force index: the change of the close times the volume, smoothed; in quote units.
 *
 * @param period - In bars, default 13; 1 shows the raw force of each bar.
 * @param average - How it is smoothed; default `ema`.
 * @throws {ConfigError} If `period` is not a positive integer.
 * @see A. Elder, Trading for a Living (1993)
 */
export function forceIndex(data: Data, period = 13, average: MovingAverage = ema): Line {
  checkData('forceIndex', data);
  checkPeriod('forceIndex', period);
  checkAverage('forceIndex', average);
  const force = derive(data.close, {
    name: 'force',
    key: true,
    inputs: [data.volume],
    period: 2,
    history: 1,
    state: 1,
    compute: push,
  });
  return period === 1 ? force : average(force, period);
}

function push({ inputs, outputs, state }: KernelIo, from: number, to: number): void {
  const { values: close, base: dc } = inputs[0]!;
  const { values: volume, base: dv } = inputs[1]!;
  const { values: out, base } = outputs[0]!;
  // Whether the bar before has a close and a volume.
  let isKnown = state[0] === 1;
  for (let i = from; i < to; i++) {
    const now = close[i - dc]!;
    const traded = volume[i - dv]!;
    const wasKnown = isKnown;
    isKnown = now - now + (traded - traded) === 0;
    const value = wasKnown && isKnown ? (now - close[i - dc - 1]!) * traded : NaN;
    out[i - base] = value - value === 0 ? value : NaN;
  }
  state[0] = isKnown ? 1 : 0;
}

/**
 * Ease of movement: how far the middle of the bar moved for the volume it took, smoothed.
 *
 * The unit depends on `scale`, which the volume is divided by: only the sign and the comparison with its own past mean anything. A bar
 * without volume or without a range counts as 0, so that a quiet stretch does not end the line.
 *
 * @param period - In bars, default 14.
 * @param scale - What volume is divided by, in base units; default 1.
 * @throws {ConfigError} If `period` is not a positive integer or `scale` is not above 0.
 * @see R. W. Arms, Volume Cycles in the Stock Market (1983)
 */
export function easeOfMovement(data: Data, period = 14, scale = 1, average: MovingAverage = sma): Line {
  checkData('easeOfMovement', data);
  checkPeriod('easeOfMovement', period);
  checkAverage('easeOfMovement', average);
  checkAbove('easeOfMovement', scale, 0, 'scale');
  const [ease] = recursive(
    `ease(${scale})`,
    [data.high, data.low, data.volume],
    { state: 2, period: 2 },
    (state, out, high, low, volume) => {
      const middle = (high + low) / 2;
      if (state[0] === 1) out[0] = volume > 0 ? ((middle - state[1]!) * (high - low) * scale) / volume : 0;
      state[0] = 1;
      state[1] = middle;
    },
  );
  return average(ease!, period);
}

/**
 * Volume-weighted moving average of the close; NaN where nothing was traded in the window.
 *
 * @param period - In bars, default 20.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function vwma(data: Data, period = 20): Line {
  checkData('vwma', data);
  checkPeriod('vwma', period);
  const weighed = named('close x volume', [data.close, data.volume], (close, volume) => close * volume);
  return named(`vwma(${period})`, [sum(weighed, period), sum(data.volume, period)], (value, size) => value / size);
}
