/** Crossings of two lines, or of a line and a level. */
import { checkLine, derive, type KernelIo, type Line, type Operand } from '../lines/index.ts';
import { checkNumber } from './kernel/period.ts';

/**
 * 1 on the bar where `a` crosses above `b`, -1 where it crosses below, else 0.
 *
 * A cross needs the last difference that was not zero to have had the other sign: touching and turning back is none. The
 * first value comes one bar after both lines have one; NaN before.
 *
 * @param b - A line, or a level such as 70.
 */
export function crossover(a: Line, b: Operand): Line {
  return crossing('crossover', a, b, 1, -1);
}

/** 1 on the bar where `a` crosses above `b`, else 0. See `crossover`. */
export function crossup(a: Line, b: Operand): Line {
  return crossing('crossup', a, b, 1, 0);
}

/** 1 on the bar where `a` crosses below `b`, else 0. See `crossover`. */
export function crossdown(a: Line, b: Operand): Line {
  return crossing('crossdown', a, b, 0, 1);
}

/**
 * `a` less `b`, or where they are equal what that was when they last were not; zero if they never were.
 *
 * Its sign is the side on which `a` last stood.
 */
export function lastDifference(a: Line, b: Line): Line {
  for (const line of [a, b]) checkLine('lastDifference', line);
  return derive(a, {
    name: `lastDifference(${a.name}, ${b.name})`,
    key: 'lastDifference',
    inputs: [b],
    history: 0,
    state: 1,
    compute({ inputs, outputs, state }, from, to) {
      const { values: x, base: dx } = inputs[0]!;
      const { values: y, base: dy } = inputs[1]!;
      const { values: out, base } = outputs[0]!;
      let last = state[0]!;
      for (let i = from; i < to; i++) {
        const difference = x[i - dx]! - y[i - dy]!;
        const missing = difference - difference !== 0;
        if (missing || difference !== 0) last = missing ? 0 : difference;
        out[i - base] = missing ? NaN : last;
      }
      state[0] = last;
    },
  });
}

function crossing(what: string, a: Line, b: Operand, above: number, below: number): Line {
  if (typeof b === 'number') checkNumber(what, b, 'level');
  else checkLine(what, b);
  const level = typeof b === 'number' ? b : NaN;
  checkLine(what, a);
  return derive(a, {
    name: `${what}(${a.name}, ${typeof b === 'number' ? b : b.name})`,
    key: `${what}|${level}`,
    inputs: typeof b === 'number' ? [] : [b],
    period: 2,
    history: 0,
    state: 2,
    setsAll: true,
    compute: (io, from, to) => {
      cross(io, from, to, level, above, below);
    },
  });
}

/** The loop, a function of the module so that all indicators share its compiled code. */
function cross(
  { inputs, outputs, state }: KernelIo,
  from: number,
  to: number,
  level: number,
  above: number,
  below: number,
): void {
  const { values: x, base: dx } = inputs[0]!;
  const second = inputs[1];
  const { values: out, base } = outputs[0]!;
  // A level is a line of one value that the loop does not move along.
  const y = second === undefined ? new Float64Array([level]) : second.values;
  const step = second === undefined ? 0 : 1;
  let at = second === undefined ? 0 : from - second.base;
  // Whole numbers, so that the loop carries no boxed ones.
  let seen = state[0]! | 0;
  let side = state[1]! | 0;
  const offset = base - dx;
  const end = to - dx;
  for (let k = from - dx; k < end; k++, at += step) {
    // Nearly every bar stays on its side.
    for (; k < end && (x[k]! - y[at]!) * side > 0; k++, at += step) out[k - offset] = 0;
    if (k === end) break;
    const difference = x[k]! - y[at]!;
    let value = 0;
    if (difference > 0) {
      if (side < 0) value = above;
      side = 1;
    } else if (difference < 0) {
      if (side > 0) value = below;
      side = -1;
    } else if (difference !== 0) {
      value = NaN;
      side = 0;
    }
    out[k - offset] = seen === 0 ? NaN : value;
    seen = difference === difference ? 1 : 0;
  }
  state[0] = seen;
  state[1] = side;
}
