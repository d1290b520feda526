/** Stretches without bars: how long they are believed, and where they lie. */
import { describe, expect, it } from 'vitest';

import { holesBetween, isBuilt, isTrusted } from '../../src/store/holes.ts';
import { hour } from './sample.ts';

const day = 24 * hour;

describe('what is known of a range', () => {
  const range = { start: 0, end: 10 * day, source: 'binance' };

  it('never ages where there are bars of the exchange', () => {
    const known = { ...range, kind: 'known', fetched: 10 * day } as const;
    expect(isTrusted(known, 10_000 * day)).toBe(true);
    // What was made of trades gives way to the bars of the exchange.
    const built = { ...known, source: 'built by a stream' };
    expect([isBuilt(known), isBuilt(built), isTrusted(built, 10 * day)]).toEqual([false, true, false]);
    expect(isBuilt({ kind: 'empty', source: 'built by a stream' })).toBe(false);
    expect(isBuilt({ kind: 'known', source: 'exchange built anew' })).toBe(false);
  });

  it.each([
    // Found empty the moment it ended: believed for a day, the least.
    [10, 1],
    [10.5, 1],
    // Found empty when it was so long past: believed as long again.
    [15, 5],
    [90, 80],
    // And for 90 days at most.
    [500, 90],
  ])('ages where there are none: found on day %d, it is believed for %d days', (found, days) => {
    const empty = { ...range, kind: 'empty', fetched: found * day } as const;
    const ends = (found + days) * day;
    expect([isTrusted(empty, ends - 1), isTrusted(empty, ends)]).toEqual([true, false]);
  });
});

describe('holes', () => {
  const holes = (start: number, end: number, ...opens: number[]): unknown =>
    holesBetween(
      { start: start * hour, end: end * hour },
      Float64Array.from(opens, (open) => open * hour),
      '1h',
    ).map((hole) => [hole.start / hour, hole.end / hour]);

  it('lie before, between and after the bars', () => {
    expect(holes(0, 10)).toEqual([[0, 10]]);
    expect(holes(0, 4, 0, 1, 2, 3)).toEqual([]);
    expect(holes(0, 10, 2, 3, 6)).toEqual([[0, 2], [4, 6], [7, 10]]); // prettier-ignore
    expect(holes(0, 5, 1, 3)).toEqual([[0, 1], [2, 3], [4, 5]]); // prettier-ignore
  });

  it('take no bar into account that opens after the range, and the end of one that opens before it', () => {
    expect(holes(5, 10, 3, 4, 10, 11)).toEqual([[5, 10]]);
    expect(holes(5, 10, 4.5, 7)).toEqual([[5.5, 7], [8, 10]]); // prettier-ignore
    expect(holes(5, 10, 9)).toEqual([[5, 9]]);
  });

  it('are none where no whole bar fits', () => {
    expect(holes(0, 0.5)).toEqual([]);
    expect(holes(0, 1)).toEqual([[0, 1]]);
    expect(holes(0, 3, 0, 1.5)).toEqual([]);
    expect(holes(0.5, 2, 1)).toEqual([]);
  });
});
