/** The equity curve of a long session, held to the steps that it should keep. */
import { describe, expect, it } from 'vitest';

import type { RunRecord } from '../../../src/analyzers/index.ts';
import { ThinEquity } from '../../../src/engine/result/thinned-equity.ts';
import { Column } from '../../../src/lines/index.ts';

/** A block of steps as a run records it, in memory that the next block writes over. */
function recorder(): (from: number, to: number) => RunRecord {
  const room = [new Float64Array(4_096), new Float64Array(4_096), new Float64Array(4_096)] as const;
  return (from, to) => {
    const [time, cash, value] = room.map((values, field) => {
      for (let step = from; step < to; step++) values[step - from] = step * 10 + field;
      const column = Column.over(values);
      column.base = from;
      column.length = to;
      return column;
    });
    return { time, cash, value } as unknown as RunRecord;
  };
}

describe('a curve of few points', () => {
  it.each([1, 7, 1_000, 4_096])('keeps every n-th step and the last one, in blocks of %i steps', (size) => {
    const record = recorder();
    const curve = new ThinEquity();
    const steps = size === 1 ? 41_000 : 100_000;
    for (let from = 0; from < steps; from += size) {
      const to = Math.min(steps, from + size);
      curve.take(record(from, to));
      if ((from / size) % 97 === 0) expect(curve.time.at(-1)).toBe((to - 1) * 10);
    }
    const every = (curve.time[1]! - curve.time[0]!) / 10;
    expect(every).toBe(size === 1 ? 4 : 8);
    const kept = Array.from({ length: Math.ceil(steps / every) }, (_, k) => k * every);
    if (kept.at(-1) !== steps - 1) kept.push(steps - 1);
    expect([...curve.time]).toEqual(kept.map((step) => step * 10));
    expect([...curve.cash]).toEqual(kept.map((step) => step * 10 + 1));
    expect([...curve.value]).toEqual(kept.map((step) => step * 10 + 2));
  });
});
