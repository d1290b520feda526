/** How books begin, hang together and start over. */
import { describe, expect, it } from 'vitest';

import type { BookUpdate } from '../../../src/core/index.ts';
import { BookKeeper, type KeeperOptions } from '../../../src/connectors/decoding/book-keeper.ts';
import { floatReader } from '../../../src/connectors/decoding/numbers.ts';
import type { BookMessage, Protocol } from '../../../src/connectors/decoding/protocol.ts';
import { binance } from '../../../src/connectors/protocols/binance/spot.ts';
import { okx } from '../../../src/connectors/protocols/okx/okx.ts';

function kept(
  protocol: Protocol,
  options: KeeperOptions = {},
): { keeper: BookKeeper<number>; updates: BookUpdate[]; asked: string[] } {
  const updates: BookUpdate[] = [];
  const asked: string[] = [];
  const keeper = new BookKeeper(protocol, floatReader, false, {
    update: (update) => updates.push(update),
    needBook: (symbol, reason) => asked.push(`${symbol} ${reason}`),
    live: () => {},
  }, options); // prettier-ignore
  return { keeper, updates, asked };
}

function message(fields: Partial<BookMessage>): BookMessage {
  return { kind: 'delta', symbol: 'A', time: 1, receiveTime: 1, bids: [], asks: [], ...fields };
}

const delta = (first: number, sequence: number, bids: [number, number][] = [], symbol = 'A'): BookMessage =>
  message({ first, sequence, bids, symbol });
const whole = (sequence: number, symbol = 'A'): BookMessage =>
  message({ kind: 'snapshot', sequence, bids: [[10, 1]], asks: [[11, 1]], symbol });

describe('a book that begins with a request', () => {
  it('asks at the first delta, once, and puts on the whole book what reaches beyond it', () => {
    const { keeper, updates, asked } = kept(binance);
    keeper.take(delta(1, 5));
    keeper.take(delta(6, 9, [[9, 3]]));
    keeper.take(delta(10, 12, [[8, 4]]));
    expect(asked).toEqual(['A first']);
    expect(updates).toEqual([]);
    keeper.take(whole(7));
    expect(updates.map((one) => [one.kind, one.sequence])).toEqual([['snapshot', 7], ['delta', 9], ['delta', 12]]); // prettier-ignore
    expect(keeper.counts.skipped).toBe(1);
    expect(keeper.book('A')!.bids.length).toBe(3);
  });

  it('asks again when the whole book is older than the first delta that waits', () => {
    const { keeper, updates, asked } = kept(binance);
    keeper.take(delta(20, 25));
    keeper.take(whole(10));
    expect(updates).toEqual([]);
    expect(asked).toEqual(['A first', 'A old snapshot']);
    keeper.take(whole(22));
    expect(updates).toHaveLength(2);
  });

  it('voids the one symbol that has a gap and no other', () => {
    const { keeper, asked } = kept(binance);
    for (const symbol of ['A', 'B']) {
      keeper.take(delta(1, 5, [], symbol));
      keeper.take(whole(5, symbol));
    }
    keeper.take(delta(8, 9, [], 'A'));
    expect(keeper.book('A')).toBeUndefined();
    expect(keeper.book('B')).toBeDefined();
    expect(asked.at(-1)).toBe('A gap: after 5 came 8');
    keeper.take(whole(9, 'A'));
    expect(keeper.book('A')!.sequence).toBe(9);
  });

  it('holds a bounded number of waiting deltas and begins anew when there are more', () => {
    const { keeper, asked } = kept(binance, { waitingLimit: 10 });
    for (let i = 1; i <= 25; i++) keeper.take(delta(i, i));
    expect(keeper.counts.overflowed).toBe(22);
    expect(asked.length).toBeGreaterThan(1);
    keeper.take(whole(24));
    expect(keeper.book('A')!.sequence).toBe(25);
  });
});

describe('a book on which nothing happens', () => {
  it('is asked for once when it is wanted, and begins with the answer', () => {
    const { keeper, asked } = kept(binance);
    keeper.want('A');
    keeper.want('A');
    expect(asked).toEqual(['A first']);
    keeper.take(whole(5));
    keeper.want('A');
    expect(asked).toHaveLength(1);
    expect(keeper.book('A')!.sequence).toBe(5);
  });
});

describe('a book that comes whole on subscribing', () => {
  it('asks when deltas come and the whole book does not', () => {
    const { keeper, asked } = kept(okx);
    keeper.take(message({ sequence: 5, previous: 4 }));
    expect(asked).toEqual(['A no whole book came']);
    keeper.missed('A');
    keeper.take(message({ sequence: 6, previous: 5 }));
    expect(asked).toHaveLength(2);
  });
});

describe('a crossed book', () => {
  it('is voided when a delta crosses it, and let be when the venue itself sends it whole', () => {
    const { keeper, asked } = kept(binance);
    keeper.take(delta(1, 1));
    keeper.take(whole(1));
    keeper.take(delta(2, 2, [[12, 1]]));
    expect(asked.at(-1)).toBe('A crossed: bid 12, ask 11');
    expect(keeper.book('A')).toBeUndefined();
    keeper.take(message({ kind: 'snapshot', sequence: 3, bids: [[12, 1]], asks: [[11, 1]] }));
    expect(keeper.book('A')).toBeDefined();
    expect(keeper.counts.crossed).toBe(2);
  });
});

describe('a feed with depth', () => {
  it('tells whole books of that depth, with levels that moved up into it', () => {
    const { keeper, updates } = kept(binance, { depth: 2 });
    keeper.take(delta(1, 1));
    keeper.take(message({ kind: 'snapshot', sequence: 1, bids: [[10, 1], [9, 2], [8, 3]], asks: [[11, 1]] })); // prettier-ignore
    keeper.take(delta(2, 2, [[10, 0]]));
    expect(updates.map((one) => [one.kind, one.bids])).toEqual([['snapshot', [[10, 1], [9, 2]]], ['snapshot', [[9, 2], [8, 3]]]]); // prettier-ignore
  });
});
