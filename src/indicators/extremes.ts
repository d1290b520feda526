/** The highest and the lowest of a window, and how long ago they were. */
import { derive, type Kernel, type KernelIo, type Line } from '../lines/index.ts';
import { label } from './kernel/label.ts';
import { checkPeriod } from './kernel/period.ts';

/**
 * The highest of the last `period` values, the present one included; NaN until there are so many without a gap.
 *
 * @param period - In bars.
 * @throws {ConfigError} If `period` is not a positive integer.
 */
export function highest(source: Line, period: number): Line {
  return extreme('highest', source, period, 1, 'value', 'newest');
}

/**
 * The lowest of the last `period` values, the present one included; NaN until there are so many without a gap.
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
    period,
    history: period - 1,
    state: 3,
    compute: window(period, sign, answer === 'age', which === 'oldest'),
  });
}

/** Remembers where the extreme is and looks through the window again only when it has left. */
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
  for (let i = from; i < to; i++) {
    const value = sign * x[i - dx]!;
    if (value - value !== 0) {
      count = 0;
      out[i - base] = NaN;
      continue;
    }
    count++;
    if (count === 1 || value > best || (value === best && !oldest)) {
      place = i;
      best = value;
    } else if (place <= i - period) {
      place = i;
      best = value;
      for (let j = i - 1; j > i - period; j--) {
        const earlier = sign * x[j - dx]!;
        if (earlier > best || (oldest && earlier === best)) {
          place = j;
          best = earlier;
        }
      }
    }
    out[i - base] = count < period ? NaN : age ? i - place : sign * best;
  }
  state[0] = count;
  state[1] = place;
  state[2] = best;
}
