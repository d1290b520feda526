/** Lines made bar by bar from others, where a result that is not finite is no value. */
import { checkFunction, ConfigError, shown } from '../core/index.ts';
import { derive, type KernelIo, type Line } from '../lines/index.ts';

/**
 * What `fn` makes of up to four lines, bar by bar; NaN where it gives infinity or NaN, or where an input has no value.
 *
 * @param fn - A pure function with one argument for each line.
 * @throws {ConfigError} If there are no lines or more than four, or `fn` is no function.
 */
export function pointwise(
  name: string,
  lines: readonly [Line, ...Line[]],
  fn: (a: number, b: number, c: number, d: number) => number,
): Line {
  if (!Array.isArray(lines) || lines.length < 1 || lines.length > 4) {
    const given = Array.isArray(lines) ? `${lines.length}` : shown(lines);
    throw new ConfigError(`pointwise: lines must be a list of one to four, was ${given}`, { code: 'bad-parameter' });
  }
  checkFunction('pointwise: fn', fn, 'a function of the values of a bar');
  return combined(name, lines, fn, undefined);
}

/** As `pointwise`, for a function that depends on nothing but its arguments and what `name` says: asked for again, it is computed once. */
export function named(
  name: string,
  lines: readonly [Line, ...Line[]],
  fn: (a: number, b: number, c: number, d: number) => number,
): Line {
  return combined(name, lines, fn, `${name}|${String(fn)}`);
}

function combined(
  name: string,
  lines: readonly [Line, ...Line[]],
  fn: (a: number, b: number, c: number, d: number) => number,
  key: string | undefined,
): Line {
  const [first, ...rest] = lines;
  return derive(first, {
    name,
    ...(key !== undefined && { key }),
    inputs: rest,
    history: 0,
    compute: (io, from, to) => {
      if (lines.length === 1) one(io, from, to, fn);
      else if (lines.length === 2) two(io, from, to, fn);
      else most(io, from, to, fn);
    },
  });
}

type Fn = (a: number, b: number, c: number, d: number) => number;

function one({ inputs, outputs }: KernelIo, from: number, to: number, fn: Fn): void {
  const { values: a, base: da } = inputs[0]!;
  const { values: out, base } = outputs[0]!;
  for (let i = from; i < to; i++) {
    const w = a[i - da]!;
    const value = w - w === 0 ? fn(w, NaN, NaN, NaN) : NaN;
    out[i - base] = value - value === 0 ? value : NaN;
  }
}

function two({ inputs, outputs }: KernelIo, from: number, to: number, fn: Fn): void {
  const { values: a, base: da } = inputs[0]!;
  const { values: b, base: db } = inputs[1]!;
  const { values: out, base } = outputs[0]!;
  for (let i = from; i < to; i++) {
    const w = a[i - da]!;
    const x = b[i - db]!;
    const value = w - w + (x - x) === 0 ? fn(w, x, NaN, NaN) : NaN;
    out[i - base] = value - value === 0 ? value : NaN;
  }
}

function most({ inputs, outputs }: KernelIo, from: number, to: number, fn: Fn): void {
  const { values: a, base: da } = inputs[0]!;
  const { values: b, base: db } = inputs[1]!;
  const { values: c, base: dc } = inputs[2]!;
  const { values: d, base: dd } = inputs[3] ?? inputs[2]!;
  const { values: out, base } = outputs[0]!;
  for (let i = from; i < to; i++) {
    const w = a[i - da]!;
    const x = b[i - db]!;
    const y = c[i - dc]!;
    const z = d[i - dd]!;
    const value = w - w + (x - x) + (y - y) + (z - z) === 0 ? fn(w, x, y, z) : NaN;
    out[i - base] = value - value === 0 ? value : NaN;
  }
}

/**
 * What `fn` makes of a line's value and the one `bars` earlier, where no value has been missing since.
 *
 * @param fn - Depends on nothing but its arguments.
 */
export function lagged(name: string, source: Line, bars: number, fn: (now: number, then: number) => number): Line {
  return derive(source, {
    name,
    key: `${name}|${String(fn)}`,
    period: bars + 1,
    history: bars,
    state: 1,
    compute({ inputs, outputs, state }, from, to) {
      const { values: x, base: dx } = inputs[0]!;
      const { values: out, base } = outputs[0]!;
      let count = state[0]!;
      for (let i = from; i < to; i++) {
        const now = x[i - dx]!;
        count = now - now === 0 ? count + 1 : 0;
        const value = count > bars ? fn(now, x[i - dx - bars]!) : NaN;
        out[i - base] = value - value === 0 ? value : NaN;
      }
      state[0] = count;
    },
  });
}
