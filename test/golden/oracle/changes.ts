/** Lists of changes: values that hold from one bar to the next entry. */
import type { Change } from './scenario.ts';

/** Values by bar, from a list of the bars at which they change. */
export function spread(changes: readonly Change[], bars: number): unknown[] {
  const values: unknown[] = [];
  for (const [k, [bar, value]] of changes.entries()) {
    const end = changes[k + 1]?.[0] ?? bars;
    for (let b = bar; b < end; b++) values[b] = value;
  }
  return values;
}
