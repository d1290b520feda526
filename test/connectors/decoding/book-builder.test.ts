/** How books begin, hang together and start over. */
import { describe, expect, it } from 'vitest';

import type { BookUpdate } from '../../../src/core/index.ts';
import { BookBuilder, type BookBuilderOptions } from '../../../src/connectors/decoding/book-builder.ts';
import { floatReader } from '../../../src/connectors/decoding/numbers.ts';
import type { BookMessage, Protocol } from '../../../src/connectors/decoding/protocol.ts';
import { binance } from '../../../src/connectors/protocols/binance/spot.ts';
import { okx } from '../../../src/connectors/protocols/okx/okx.ts';

function kept(
  protocol: Protocol,
  options: BookBuilderOptions = {},
): { builder: BookBuilder<number>; updates: BookUpdate[]; asked: string[] } {
  const updates: BookUpdate[] = [];
  const asked: string[] = [];
  const builder = new BookBuilder(protocol, floatReader, false, {
    bookUpdate: (update) => updates.push(update),
    needBook: (symbol, reason) => asked.push(`${symbol} ${reason}`),
    bookLive: () => {},
  }, options); // prettier-ignore
  return { builder, updates, asked };
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
    const { builder, updates, asked } = kept(binance);
    builder.take(delta(1, 5));
    builder.take(delta(6, 9, [[9, 3]]));
    builder.take(delta(10, 12, [[8, 4]]));
    expect(asked).toEqual(['A first']);
    expect(updates).toEqual([]);
    builder.take(whole(7));
    expect(updates.map((one) => [one.kind, one.sequence])).toEqual([['snapshot', 7], ['delta', 9], ['delta', 12]]); // prettier-ignore
    expect(builder.counts.skipped).toBe(1);
    expect(builder.book('A')!.bids.length).toBe(3);
  });

  it('asks again when the whole book is older than the first delta that waits', () => {
    const { builder, updates, asked } = kept(binance);
    builder.take(delta(20, 25));
    builder.take(whole(10));
    expect(updates).toEqual([]);
    expect(asked).toEqual(['A first', 'A old snapshot']);
    builder.take(whole(22));
    expect(updates).toHaveLength(2);
  });

  it('voids the one symbol that has a gap and no other', () => {
    const { builder, asked } = kept(binance);
    for (const symbol of ['A', 'B']) {
      builder.take(delta(1, 5, [], symbol));
      builder.take(whole(5, symbol));
    }
    builder.take(delta(8, 9, [], 'A'));
    expect(builder.book('A')).toBeUndefined();
    expect(builder.book('B')).toBeDefined();
    expect(asked.at(-1)).toBe('A gap: after 5 came 8');
    builder.take(whole(9, 'A'));
    expect(builder.book('A')!.sequence).toBe(9);
  });

  it('holds a bounded number of waiting deltas and begins anew when there are more', () => {
    const { builder, asked } = kept(binance, { waitingLimit: 10 });
    for (let i = 1; i <= 25; i++) builder.take(delta(i, i));
    expect(builder.counts.overflowed).toBe(22);
    expect(asked.length).toBeGreaterThan(1);
    builder.take(whole(24));
    expect(builder.book('A')!.sequence).toBe(25);
  });
});

describe('a book on which nothing happens', () => {
  it('is asked for once when it is wanted, and begins with the answer', () => {
    const { builder, asked } = kept(binance);
    builder.want('A');
    builder.want('A');
    expect(asked).toEqual(['A first']);
    builder.take(whole(5));
    builder.want('A');
    expect(asked).toHaveLength(1);
    expect(builder.book('A')!.sequence).toBe(5);
  });
});

describe('a book that comes whole on subscribing', () => {
  it('asks when deltas come and the whole book does not', () => {
    const { builder, asked } = kept(okx);
    builder.take(message({ sequence: 5, previous: 4 }));
    expect(asked).toEqual(['A no whole book came']);
    builder.missed('A');
    builder.take(message({ sequence: 6, previous: 5 }));
    expect(asked).toHaveLength(2);
  });
});

describe('a crossed book', () => {
  it('is voided when a delta crosses it, and let be when the venue itself sends it whole', () => {
    const { builder, asked } = kept(binance);
    builder.take(delta(1, 1));
    builder.take(whole(1));
    builder.take(delta(2, 2, [[12, 1]]));
    expect(asked.at(-1)).toBe('A crossed: bid 12, ask 11');
    expect(builder.book('A')).toBeUndefined();
    builder.take(message({ kind: 'snapshot', sequence: 3, bids: [[12, 1]], asks: [[11, 1]] }));
    expect(builder.book('A')).toBeDefined();
    expect(builder.counts.crossed).toBe(2);
  });
});

describe('a book of which the venue keeps a window', () => {
  it('drops the levels beyond it after every message, which the venue does not remove', () => {
    const { builder } = kept(binance);
    builder.take(delta(1, 1));
    builder.take(message({ kind: 'snapshot', sequence: 1, depth: 2, bids: [[10, 1], [9, 2], [8, 3]], asks: [[11, 1], [12, 1], [13, 1]] })); // prettier-ignore
    const book = builder.book('A')!;
    expect([book.bids.length, book.asks.length]).toEqual([2, 2]);
    builder.take(message({ first: 2, sequence: 2, depth: 2, bids: [[9.5, 4]], asks: [[10.5, 4]] }));
    builder.take(message({ first: 3, sequence: 3, depth: 2, bids: [[10, 0]], asks: [[10.5, 0]] }));
    expect([book.bids.price(0), book.bids.length, book.asks.price(0), book.asks.length]).toEqual([9.5, 1, 11, 1]);
  });
});

describe('a whole book for who comes later', () => {
  it('is the book as it stands, of the depth that is wanted, and none before it has begun', () => {
    for (const depth of [undefined, 1]) {
      const { builder, updates } = kept(binance, depth === undefined ? {} : { depth });
      expect(builder.snapshot('A', 7)).toBeUndefined();
      builder.take(delta(1, 1));
      builder.take(
        message({
          kind: 'snapshot',
          sequence: 1,
          bids: [[10, 1]],
          asks: [
            [11, 1],
            [12, 5],
          ],
        }),
      );
      builder.take(message({ first: 2, sequence: 2, bids: [[9, 2]], asks: [[11, 3]] }));
      const bids = [[10, 1], [9, 2]]; // prettier-ignore
      const asks = [[11, 3], [12, 5]]; // prettier-ignore
      expect(builder.snapshot('A', 7)).toMatchObject({
        type: 'book', kind: 'snapshot', exchange: 'binance', symbol: 'A', receiveTime: 7, sequence: 2,
        bids: bids.slice(0, depth), asks: asks.slice(0, depth),
      }); // prettier-ignore
      expect(updates.map((one) => one.asks)).toEqual(depth === undefined ? [[[11, 1], [12, 5]], [[11, 3]]] : [[[11, 1]], [[11, 3]]]); // prettier-ignore
    }
  });
});

describe('a feed with depth', () => {
  it('tells whole books of that depth, with levels that moved up into it', () => {
    const { builder, updates } = kept(binance, { depth: 2 });
    builder.take(delta(1, 1));
    builder.take(message({ kind: 'snapshot', sequence: 1, bids: [[10, 1], [9, 2], [8, 3]], asks: [[11, 1]] })); // prettier-ignore
    builder.take(delta(2, 2, [[10, 0]]));
    expect(updates.map((one) => [one.kind, one.bids])).toEqual([['snapshot', [[10, 1], [9, 2]]], ['snapshot', [[9, 2], [8, 3]]]]); // prettier-ignore
  });
});
