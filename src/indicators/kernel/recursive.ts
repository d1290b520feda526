/** Indicators that carry a few numbers from bar to bar: one function a bar, and a fresh start behind a hole. */
import { deriveAll, type Line } from '../../lines/index.ts';

/** Options of `recursive` beside its lines. */
export interface RecursiveOptions {
  /** Numbers carried from bar to bar, all 0 at the start and after a hole. */
  readonly state: number;
  /** Bars before the first value, the bar of that value included. Default 1. */
  readonly period?: number;
  /** Further names, for further lines that are set through `out`. */
  readonly names?: readonly string[];
}

/** One bar: reads up to four inputs, updates `state`, and sets one number for each line; what it leaves alone has no value. */
export type RecursiveStep = (
  state: Float64Array,
  out: Float64Array,
  a: number,
  b: number,
  c: number,
  d: number,
) => void;

/**
 * Lines computed bar by bar from up to four others and from `state`.
 *
 * A bar on which an input is missing or infinite has no value and clears `state`, so that the next bar is the first one again. A result that
 * is not finite is NaN.
 */
export function recursive(
  name: string,
  lines: readonly [Line, ...Line[]],
  { state: size, period = 1, names = [name] }: RecursiveOptions,
  step: RecursiveStep,
): Line[] {
  const [first, ...rest] = lines;
  const width = names.length;
  const out = new Float64Array(width);
  return deriveAll(
    first,
    {
      name,
      key: `${name}|${String(step)}`,
      inputs: rest,
      period,
      history: 0,
      state: size + 1,
      compute({ inputs, outputs, state }, from, to) {
        const { values: a, base: da } = inputs[0]!;
        const { values: b, base: db } = inputs[1] ?? inputs[0]!;
        const { values: c, base: dc } = inputs[2] ?? inputs[0]!;
        const { values: d, base: dd } = inputs[3] ?? inputs[0]!;
        for (let i = from; i < to; i++) {
          const w = a[i - da]!;
          const x = b[i - db]!;
          const y = c[i - dc]!;
          const z = d[i - dd]!;
          if (w - w + (x - x) + (y - y) + (z - z) !== 0) {
            state.fill(0);
            continue;
          }
          for (let k = 0; k < width; k++) out[k] = NaN;
          step(state, out, w, x, y, z);
          // Bars without a gap, as far as they matter: no value before `period` of them.
          if (state[size]! < period) state[size]!++;
          if (state[size]! < period) continue;
          for (let k = 0; k < width; k++) {
            const value = out[k]!;
            if (value - value === 0) outputs[k]!.values[i - outputs[k]!.base] = value;
          }
        }
      },
    },
    names,
  );
}
