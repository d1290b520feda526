/** The highest and the lowest of a window, and how long ago they were. */
import { derive, type KernelIo, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkChoice, checkPeriod } from './kernel/period.ts';
import { placeSpan } from './kernel/place-span.ts';

/**
 * The highest of the last `period` values, the present one included; NaN until there are `period` values without a gap.
 *
 * @param period - In bars.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function highest(source: Line, period: number): Line {
  return edge('highest', source, period, 1);
}

/**
 * The lowest of the last `period` values, the present one included; NaN until there are `period` values without a gap.
 *
 * @param period - In bars.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function lowest(source: Line, period: number): Line {
  return edge('lowest', source, period, -1);
}

/** Of equal extremes, the one that counts. */
export type WhichExtreme = 'newest' | 'oldest';

/**
 * How many bars ago the highest of the last `period` values was; 0 is the present bar.
 *
 * @param which - Of equal highs, the newest or the oldest.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function barsSinceHighest(source: Line, period: number, which: WhichExtreme = 'newest'): Line {
  return extreme('barsSinceHighest', source, period, 1, which);
}

/**
 * How many bars ago the lowest of the last `period` values was; 0 is the present bar.
 *
 * @param which - Of equal lows, the newest or the oldest.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function barsSinceLowest(source: Line, period: number, which: WhichExtreme = 'newest'): Line {
  return extreme('barsSinceLowest', source, period, -1, which);
}

function edge(what: string, source: Line, period: number, sign: 1 | -1): Line {
  checkPeriod(what, period);
  return derive(source, {
    name: label(what, source, period),
    key: true,
    period,
    history: period,
    state: period + 2,
    compute: (io, from, to) => {
      climb(io, from, to, period, sign);
    },
  });
}

/**
 * Bars are cut into blocks as long as the window, which then reaches over the end of one block and the start of the next: the higher of
 * the two is the answer. The highest of each end of a block is found backwards when the next one begins (van Herk; Gil and Werman). A
 * gap makes NaN of each window that it is in, by itself. `state` holds the highest since the block began, then those of the ends.
 */
function climb({ inputs, outputs, state }: KernelIo, from: number, to: number, period: number, sign: 1 | -1): void {
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  let i = from;
  while (i < to) {
    const first = i - (i % period);
    if (i === first) {
      let best = -Infinity;
      state[0] = state[period + 1] = best;
      if (i === 0) state.fill(NaN, 1, period + 1);
      else {
        for (let k = period; k > 0; k--) {
          const value = sign * x[first - dx - period + k - 1]!;
          state[k] = best = Math.max(best, value + (value - value));
        }
      }
    }
    const end = Math.min(to, first + period);
    let best = state[0]!;
    // The ends after the first, and -Infinity where the block itself is the window.
    let ends = i - first + 2;
    for (; i < end; i++) {
      const value = sign * x[i - dx]!;
      best = Math.max(best, value + (value - value));
      // Adding 0 makes one zero of the two that there are.
      out[i - base] = sign * Math.max(state[ends++]!, best) + 0;
    }
    state[0] = best;
  }
}

/**
 * Where `now` stands between the lowest of `low` and the highest of `high` over `period` bars, times `scale`: `placeBetween` of `highest` and
 * `lowest` in one pass, without a column for either. NaN on an empty range.
 */
export function placeInRange(name: string, now: Line, high: Line, low: Line, period: number, scale: number): Line {
  return derive(now, {
    name,
    key: `placeInRange|${period}|${scale}`,
    inputs: [high, low],
    period,
    history: period,
    state: 2 * (period + 2),
    compute: (io, from, to) => {
      placeAll(io, from, to, period, scale);
    },
  });
}

/** `climb` for highs and lows side by side: `state` holds what it holds for the highs, then the same for the lows. */
function placeAll(io: KernelIo, from: number, to: number, period: number, scale: number): void {
  // The last block that begins within the span is found bar by bar, which leaves behind what the next bar needs.
  const whole = to - 1 - ((to - 1) % period);
  const isDone = whole - from >= 4 * period && from >= period && placeSpan(io, from, whole, period, scale);
  placeEach(io, isDone ? whole : from, to, period, scale);
}

/** Bar by bar. */
function placeEach(
  { inputs, outputs, state }: KernelIo,
  from: number,
  to: number,
  period: number,
  scale: number,
): void {
  const { values: now, base: dn } = inputs[0]!;
  const { values: highs, base: dh } = inputs[1]!;
  const { values: lows, base: dl } = inputs[2]!;
  const { values: out, base } = outputs[0]!;
  const second = period + 2;
  let i = from;
  while (i < to) {
    const first = i - (i % period);
    if (i === first) {
      let top = -Infinity;
      let bottom = Infinity;
      state[0] = state[period + 1] = top;
      state[second] = state[second + period + 1] = bottom;
      if (i === 0) {
        state.fill(NaN, 1, period + 1);
        state.fill(NaN, second + 1, second + period + 1);
      } else {
        for (let k = period; k > 0; k--) {
          const high = highs[first - dh - period + k - 1]!;
          const low = lows[first - dl - period + k - 1]!;
          state[k] = top = Math.max(top, high + (high - high));
          state[second + k] = bottom = Math.min(bottom, low + (low - low));
        }
      }
    }
    const end = Math.min(to, first + period);
    let top = state[0]!;
    let bottom = state[second]!;
    let ends = i - first + 2;
    for (; i < end; i++) {
      const high = highs[i - dh]!;
      const low = lows[i - dl]!;
      top = Math.max(top, high + (high - high));
      bottom = Math.min(bottom, low + (low - low));
      const floor = Math.min(state[second + ends]!, bottom);
      const value = scale * ((now[i - dn]! - floor) / (Math.max(state[ends]!, top) - floor));
      // Adding 0 makes one zero of the two that there are.
      out[i - base] = value - value === 0 ? value + 0 : NaN;
      ends++;
    }
    state[0] = top;
    state[second] = bottom;
  }
}

function extreme(what: string, source: Line, period: number, sign: 1 | -1, which: WhichExtreme): Line {
  checkPeriod(what, period);
  checkChoice(what, which, 'which', ['newest', 'oldest']);
  return derive(source, {
    name: label(what, source, period),
    key: `${what}|${which}`,
    period,
    history: period - 1,
    state: fixed + period,
    compute: (io, from, to) => {
      look(io, from, to, period, sign, which === 'oldest');
    },
  });
}

/** Numbers remembered besides a place for each bar of the window. */
const fixed = 5;

/**
 * Remembers where the extreme is. When it leaves the window, the extremes of all the windows' ends are written down in one pass: the next
 * ones that leave are looked up, so that a straight trend costs no more than a walk.
 */
function look(
  { inputs, outputs, state }: KernelIo,
  from: number,
  to: number,
  period: number,
  sign: 1 | -1,
  oldest: boolean,
): void {
  const { values: x, base: dx } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  let count = state[0]!;
  let place = state[1]!;
  let best = state[2]!;
  // One more than the last bar that the written places speak of (0: there are none), and the extreme of the bars after it (-1: none).
  let written = state[3]!;
  let later = state[4]!;
  for (let i = from; i < to; i++) {
    const value = sign * x[i - dx]!;
    if (value - value !== 0) {
      count = written = 0;
      out[i - base] = NaN;
      continue;
    }
    count++;
    if (written > 0) {
      if (i - written >= period) written = 0;
      else if (later < 0) later = i;
      else {
        const known = sign * x[later - dx]!;
        if (value > known || (value === known && !oldest)) later = i;
      }
    }
    if (count === 1 || value > best || (value === best && !oldest)) {
      place = i;
      best = value;
    } else if (place <= i - period) {
      const start = i - period + 1;
      if (written > start) {
        place = state[fixed + (start % period)]!;
        best = sign * x[place - dx]!;
        const known = sign * x[later - dx]!;
        if (known > best || (known === best && !oldest)) {
          place = later;
          best = known;
        }
      } else {
        written = i + 1;
        later = -1;
        place = i;
        best = value;
        state[fixed + (i % period)] = i;
        for (let j = i - 1; j >= start; j--) {
          const earlier = sign * x[j - dx]!;
          if (earlier > best || (oldest && earlier === best)) {
            place = j;
            best = earlier;
          }
          state[fixed + (j % period)] = place;
        }
      }
    }
    out[i - base] = count < period ? NaN : i - place;
  }
  state[0] = count;
  state[1] = place;
  state[2] = best;
  state[3] = written;
  state[4] = later;
}
