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

  it('that follow each other leave no hole, not even one of no trade', () => {
    const seen = new SeenTrades('consecutive');
    for (const id of [5, 6, 7]) seen.take(trade(id));
    expect([seen.missing('A'), seen.giveUp('A')]).toEqual([undefined, []]);
  });

  it('that never had a time say nothing of the newest one', () => {
    const seen = new SeenTrades('consecutive');
    seen.take({ ...trade(5), time: undefined });
    expect(seen.newest('A')).toBeUndefined();
    seen.take(trade(6));
    expect(seen.newest('A')).toEqual({ id: 6, time: 6 });
  });

  it('leave no hole where the numbering began anew', () => {
    const seen = new SeenTrades('consecutive');
    seen.take(trade(500_000, false, 1));
    const verdicts = Array.from({ length: 20 }, (_, k) => seen.take(trade(1 + k, false, 2)));
    expect([verdicts.at(-1), seen.missing('A'), seen.restart('A')]).toEqual(['restarted', undefined, { before: 500_000, after: 20 }]); // prettier-ignore
  });
});

it('takes every trade of an exchange that does not number them, whatever it calls them', () => {
  const seen = new SeenTrades('none');
  expect([1, 1, 1].map((id) => seen.take(trade(id)))).toEqual(['new', 'new', 'new']);
  expect(seen.take(trade(1, true))).toBe('double');
});

describe('numbers far ahead', () => {
  /** What becomes of trades after number 100 at 1,000 ms, each as `number` or `number at time`. */
  const verdicts = (...trades: readonly (number | readonly [id: number, time: number])[]): string[] => {
    const seen = new SeenTrades('consecutive');
    seen.take(trade(100, false, 1_000));
    return trades.map((one) => (typeof one === 'number' ? seen.take(trade(one, false, 1_000)) : seen.take(trade(one[0], false, one[1])))); // prettier-ignore
  };

  it('are taken up to 10,000 beyond the last, and 5 more for each millisecond since', () => {
    expect(verdicts(10_100)).toEqual(['new']);
    expect(verdicts(10_101)).toEqual(['implausible']);
    expect(verdicts([10_104, 1_001])).toEqual(['new']);
    expect(verdicts([10_105, 1_001])).toEqual(['implausible']);
    expect(verdicts([110_099, 21_000])).toEqual(['new']);
  });

  it('without a time are not', () => {
    const seen = new SeenTrades('consecutive');
    seen.take(trade(1, false, 10));
    expect(seen.take({ ...trade(20_000), time: undefined })).toBe('implausible');
    expect(seen.take({ ...trade(2), time: undefined })).toBe('new');
    expect(seen.newest('A')).toEqual({ id: 2, time: 10 });
  });

  it('are no news of the time, and leave no hole', () => {
    const seen = new SeenTrades('consecutive');
    seen.take(trade(1, false, 10));
    seen.take(trade(1_000_000, false, 11));
    expect([seen.newest('A'), seen.missing('A'), seen.doubles]).toEqual([{ id: 1, time: 10 }, undefined, 0]);
    expect(seen.take(trade(2, false, 12))).toBe('new');
  });
});

describe('a numbering that goes on somewhere else', () => {
  const row = (count: number, from: number, step = 1): number[] => Array.from({ length: count }, (_, k) => from + k * step); // prettier-ignore

  function after(...ids: readonly number[]): { seen: SeenTrades; verdicts: string[] } {
    const seen = new SeenTrades('consecutive');
    seen.take(trade(100_000, false, 1_000));
    seen.take(trade(100_002, false, 1_001));
    return { seen, verdicts: ids.map((id, k) => seen.take(trade(id, false, 1_002 + k))) };
  }

  it.each([
    ['far ahead', 5_000_000, 'implausible'],
    ['before', 10, 'double'],
  ])('%s is believed with its twentieth number in a row', (_, from, verdict) => {
    const { seen, verdicts } = after(...row(22, from, 3));
    expect(verdicts).toEqual([...Array<string>(19).fill(verdict), 'restarted', 'new', 'new']);
    expect(seen.restart('A')).toEqual({ before: 100_002, after: from + 57 });
    // The holes of the former numbering are no longer asked for; those of the new one are.
    expect(seen.giveUp('A').map((one) => one.from)).toEqual([from + 58, from + 61]);
  });

  it('is not where the numbers do not rise, or not by as few as trades may be missing', () => {
    const still = row(19, 5_000_000);
    expect(after(...still, 5_000_018, 5_000_019).verdicts).not.toContain('restarted');
    expect(after(...still, 5_000_017).verdicts).not.toContain('restarted');
    expect(after(...still, 5_010_019).verdicts).not.toContain('restarted');
    expect(after(...still, 5_010_018).verdicts.at(-1)).toBe('restarted');
  });

  it('is not where a trade of the old numbering comes between', () => {
    for (const between of [100_003, 100_005])
      expect(after(...row(10, 5_000_000), between, ...row(10, 5_000_010)).verdicts).not.toContain('restarted');
    // One that was seen already says nothing.
    const seen = new SeenTrades('consecutive');
    seen.take(trade(100_000, false, 1_000));
    const verdicts = [...row(10, 5_000_000), 100_000, ...row(10, 5_000_010)].map((id) =>
      seen.take(trade(id, false, 1_000)),
    );
    expect(verdicts.at(-1)).toBe('restarted');
  });

  it('is not shown by history, nor by trades that are no newer', () => {
    for (const [backfill, time] of [[true, 2_000], [false, 1_001]] as const) {
      const { seen } = after();
      const verdicts = row(25, 10).map((id) => seen.take(trade(id, backfill, time)));
      expect(new Set(verdicts)).toEqual(new Set(['double']));
    }
  }); // prettier-ignore
});

describe('holes', () => {
  const seen = (): SeenTrades => {
    const trades = new SeenTrades('consecutive');
    for (const id of [5, 9, 15]) trades.take(trade(id, false, 1_000));
    return trades;
  };

  it('are filled from either end or in their middle, and what is left is still missing', () => {
    const trades = seen();
    for (const id of [6, 8, 12]) trades.take(trade(id, true, 900));
    expect(trades.giveUp('A')).toEqual([{ from: 7, to: 7 }, { from: 10, to: 11 }, { from: 13, to: 14 }]); // prettier-ignore
    expect([trades.missing('A'), trades.giveUp('A'), trades.giveUp('B'), trades.missing('B')]).toEqual([undefined, [], [], undefined]); // prettier-ignore
  });

  it('are filled by a newer trade too, which then was never late, unless it is history', () => {
    const trades = seen();
    expect(trades.take(trade(6, false, 1_001))).toBe('new');
    expect(trades.take(trade(7, true, 1_002))).toBe('late');
    expect(trades.take(trade(8, false, 1_002))).toBe('late');
    expect(trades.take({ ...trade(10), time: undefined })).toBe('late');
    expect(trades.newest('A')).toEqual({ id: 15, time: 1_002 });
  });

  it('are given up from the oldest to a number', () => {
    const trades = seen();
    expect(trades.giveUp('A', 5)).toEqual([]);
    expect(trades.giveUp('A', 6)).toEqual([{ from: 6, to: 8 }]);
    expect(trades.missing('A')).toEqual({ from: 10, to: 14 });
    expect(trades.take(trade(7))).toBe('double');
    expect(trades.doubles).toBe(1);
  });
});

describe('other trades', () => {
  it('without order are told once by their id', () => {
    const seen = new SeenTrades('unique');
    expect([5, 3, 5, 9, 3].map((id) => seen.take(trade(id)))).toEqual(['new', 'new', 'double', 'new', 'double']);
  });

  it('without order are known by the latest 4,096 ids', () => {
    const seen = new SeenTrades('unique');
    for (let id = 0; id < 4_096; id++) seen.take(trade(id));
    expect(seen.take(trade(0))).toBe('double');
    seen.take(trade(5_000));
    expect([seen.take(trade(1)), seen.take(trade(0))]).toEqual(['double', 'new']);
  });

  it('without ids, of a venue that counts them, are told', () => {
    const seen = new SeenTrades('consecutive');
    expect(seen.newest('A')).toBeUndefined();
    expect([seen.take(trade(3)), seen.take(trade(undefined, false, 5)), seen.take(trade(4))]).toEqual(['new', 'new', 'new']); // prettier-ignore
    expect(new SeenTrades('none').take({ ...trade(7, true), time: undefined })).toBe('new');
  });

  it('without ids are doubles only as history that is not newer than what is known', () => {
    const seen = new SeenTrades('none');
    expect(seen.take(trade(undefined, false, 10))).toBe('new');
    expect(seen.take(trade(undefined, false, 10))).toBe('new');
    expect(seen.take(trade(undefined, true, 10))).toBe('double');
    expect(seen.take(trade(undefined, true, 11))).toBe('new');
  });
});
