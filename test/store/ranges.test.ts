/** Missing ranges, checked against a set of single moments. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { missingRanges, subtractRange, type TimeRange } from '../../src/store/index.ts';
import { rangesOverlap } from '../../src/store/ranges.ts';

const range = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }))
  .map(([start, length]): TimeRange => ({ start, end: start + length }));

function moments(ranges: readonly TimeRange[]): number[] {
  const all = new Set<number>();
  for (const { start, end } of ranges) for (let t = start; t < end; t++) all.add(t);
  return [...all].sort((a, b) => a - b);
}

describe('missingRanges', () => {
  it('names exactly the moments that nothing covers, in rising order, whatever overlaps', () => {
    fc.assert(
      fc.property(range, fc.array(range, { maxLength: 8 }), (wanted, covered) => {
        const have = new Set(moments(covered));
        const missing = missingRanges(wanted, covered);
        expect(moments(missing)).toEqual(moments([wanted]).filter((t) => !have.has(t)));
        for (const { start, end } of missing) expect(start).toBeLessThan(end);
        for (let i = 1; i < missing.length; i++) expect(missing[i]!.start).toBeGreaterThan(missing[i - 1]!.end);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe('subtractRange', () => {
  it('leaves the moments of the one that the other does not have', () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const taken = new Set(moments([b]));
        const pieces = subtractRange(a, b);
        expect(moments(pieces)).toEqual(moments([a]).filter((t) => !taken.has(t)));
        for (const { start, end } of pieces) expect(start).toBeLessThan(end);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe('rangesOverlap', () => {
  it('is so where the two share a moment, and not where one ends as the other begins', () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        const theirs = new Set(moments([b]));
        expect(rangesOverlap(a, b)).toBe(moments([a]).some((t) => theirs.has(t)));
      }),
      { seed: 7, numRuns: 500 },
    );
    expect(rangesOverlap({ start: 0, end: 5 }, { start: 5, end: 9 })).toBe(false);
    expect(rangesOverlap({ start: 5, end: 9 }, { start: 0, end: 5 })).toBe(false);
  });
});
