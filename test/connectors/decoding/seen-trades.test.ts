/** Trades seen once each, whatever order and however often they come. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { TradeTick } from '../../../src/core/index.ts';
import { SeenTrades } from '../../../src/connectors/decoding/seen-trades.ts';

function trade(id: number | undefined, backfill = false, time = id ?? 0): TradeTick {
  return {
    type: 'trade',
    exchange: 'x',
    symbol: 'A',
    time,
    receiveTime: 0,
    id: id === undefined ? undefined : String(id),
    side: 'buy',
    price: 1,
    size: 1,
    backfill,
  };
}

describe('numbered trades', () => {
  it('are told once each, and what is not told is known to be missing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 120 }), (ids) => {
        const seen = new SeenTrades('consecutive');
        const told: number[] = [];
        for (const id of ids) if (seen.take(trade(id)) !== 'double') told.push(id);
        expect(new Set(told).size).toBe(told.length);
        const first = ids[0] ?? 1;
        const missing = new Set(
          seen.giveUp('A').flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
        );
        for (let id = first; id <= Math.max(0, ...ids); id++) expect(told.includes(id)).toBe(!missing.has(id));
      }),
      { numRuns: 500 },
    );
  });

  it('that come late are marked', () => {
    const seen = new SeenTrades('consecutive');
    expect([5, 9, 7, 7, 5, 6, 8].map((id) => seen.take(trade(id)))).toEqual([
      'new',
      'new',
      'late',
      'double',
      'double',
      'late',
      'late',
    ]);
    expect(seen.missing('A')).toBeUndefined();
    expect(seen.newest('A')).toEqual({ id: 9, time: 9 });
  });
});

describe('other trades', () => {
  it('without order are told once by their id', () => {
    const seen = new SeenTrades('unique');
    expect([5, 3, 5, 9, 3].map((id) => seen.take(trade(id)))).toEqual(['new', 'new', 'double', 'new', 'double']);
  });

  it('without ids are doubles only as history that is not newer than what is known', () => {
    const seen = new SeenTrades('none');
    expect(seen.take(trade(undefined, false, 10))).toBe('new');
    expect(seen.take(trade(undefined, false, 10))).toBe('new');
    expect(seen.take(trade(undefined, true, 10))).toBe('double');
    expect(seen.take(trade(undefined, true, 11))).toBe('new');
  });
});
