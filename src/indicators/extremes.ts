/** The highest and the lowest of a window, and how long ago they were. */
import { derive, type Kernel, type KernelIo, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkPeriod } from './kernel/period.ts';

/**
 * The highest of the last `period` values, the present one included; NaN until there are `period` values without a gap.
 *
 * @param period - In bars.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function highest(source: Line, period: number): Line {
  return extreme('highest', source, period, 1, 'value', 'newest');
}

/**
 * The lowest of the last `period` values, the present one included; NaN until there are `period` values without a gap.
 *
 * @param period - In bars.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function lowest(source: Line, period: number): Line {
  return extreme('lowest', source, period, -1, 'value', 'newest');
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
  return extreme('barsSinceHighest', source, period, 1, 'age', which);
}

/**
 * How many bars ago the lowest of the last `period` values was; 0 is the present bar.
 *
 * @param which - Of equal lows, the newest or the oldest.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function barsSinceLowest(source: Line, period: number, which: WhichExtreme = 'newest'): Line {
  return extreme('barsSinceLowest', source, period, -1, 'age', which);
}

function extreme(
  what: string,
  source: Line,
  period: number,
  sign: 1 | -1,
  answer: 'value' | 'age',
  which: WhichExtreme,
): Line {
  checkPeriod(what, period);
  return derive(source, {
    name: label(what, source, period),
    key: `${what}|${which}`,
    period,
    history: period - 1,
    state: fixed + period,
    compute: window(period, sign, answer === 'age', which === 'oldest'),
  });
}

/** Numbers remembered besides a place for each bar of the window. */
const fixed = 5;

/**
 * Remembers where the extreme is. When it leaves the window, the extremes of all the windows' ends are written down in one pass: the next
 * ones that leave are looked up, so that a straight trend costs no more than a walk.
 */
function window(period: number, sign: 1 | -1, age: boolean, oldest: boolean): Kernel {
  return (io, from, to) => {
    look(io, from, to, period, sign, age, oldest);
  };
}

/** The loop of `window`: a function of the module, so that all indicators share its compiled code. */
function look(
  { inputs, outputs, state }: KernelIo,
  from: number,
  to: number,
  period: number,
  sign: 1 | -1,
  age: boolean,
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
    out[i - base] = count < period ? NaN : age ? i - place : sign * best;
  }
  state[0] = count;
  state[1] = place;
  state[2] = best;
  state[3] = written;
  state[4] = later;
}
