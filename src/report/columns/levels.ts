/** Levels of detail: each has a quarter of the points of the next finer one, so that a page draws few points however long the run is. */
import { decimalsOf, encodeColumns, type Packing } from './encode.ts';
import type { Level, Leveled } from './leveled.ts';

/** How the points of a bucket become one. */
export type Fold = 'first' | 'last' | 'max' | 'min' | 'sum' | 'mean';

/** A column to be put into levels. */
export interface LeveledColumn {
  readonly name: string;
  readonly values: Float64Array;
  readonly fold: Fold;
  /** Decimals that are kept; chosen by its values unless given. */
  readonly decimals?: number;
}

/** Points that a page shows at most without a coarser level. */
const fewest = 2_000;
/** Points of a chunk. */
const chunkPoints = 16_384;
/** Points of one level in one of the next. */
const step = 4;

/**
 * Columns in levels; the chunks are added to `chunks` by name.
 *
 * @param most - The most points of the finest level that is written. Default: all.
 * @param packing - Whether the chunks are to be small or quickly made. Default: small.
 */
export function toLevels(
  name: string,
  columns: readonly LeveledColumn[],
  chunks: Map<string, string>,
  most = Infinity,
  packing: Packing = 'small',
): Leveled {
  const specs = columns.map((one) => ({ name: one.name, decimals: one.decimals ?? decimalsOf(one.values) }));
  const levels: Level[] = [];
  const length = columns[0]?.values.length ?? 0;
  let values = columns.map((one) => one.values);
  for (let factor = 1; ; factor *= step) {
    const points = values[0]?.length ?? 0;
    if (points <= most) {
      const names: string[] = [];
      for (let from = 0; from < points; from += chunkPoints) {
        const id = `${name}-${levels.length}-${names.length}`;
        const part = values.map((one, k) => ({ spec: specs[k]!, values: one.subarray(from, from + chunkPoints) }));
        chunks.set(id, encodeColumns(part, packing));
        names.push(id);
      }
      levels.push({ factor, points, chunkPoints, chunks: names });
    }
    if (points <= fewest) return { columns: specs, length, levels };
    values = values.map((one, k) => fold(one, columns[k]!.fold));
  }
}

/** A column with a point for each `step` points of another. */
function fold(values: Float64Array, how: Fold): Float64Array {
  const folded = new Float64Array(Math.ceil(values.length / step));
  for (let at = 0; at < folded.length; at++) {
    const from = at * step;
    const to = Math.min(from + step, values.length);
    let value = values[from]!;
    let count = value === value ? 1 : 0;
    for (let i = from + 1; i < to; i++) {
      const next = values[i]!;
      if (next !== next) continue;
      count++;
      if (value !== value) value = next;
      else if (how === 'last') value = next;
      else if (how === 'sum' || how === 'mean') value += next;
      else if (how === 'max') value = next > value ? next : value;
      else if (how === 'min') value = next < value ? next : value;
    }
    folded[at] = how === 'mean' && count > 0 ? value / count : value;
  }
  return folded;
}
