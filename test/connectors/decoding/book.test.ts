/** Books against a plain model, and views that never show a later state. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Book, levelsOf, textsOf } from '../../../src/connectors/decoding/book.ts';
import { BookView } from '../../../src/connectors/decoding/book-view.ts';

const change = fc.record({
  bid: fc.boolean(),
  price: fc.integer({ min: 1, max: 60 }),
  size: fc.integer({ min: 0, max: 3 }),
});

function modelOf(side: Map<number, number>, direction: 1 | -1): [number, number][] {
  return [...side].sort((a, b) => (b[0] - a[0]) * direction);
}

describe('a book', () => {
  it('equals a map that is sorted when read, after any changes', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), fc.integer({ min: 0, max: 40 }), (changes, depth) => {
        const book = new Book('X', true);
        const model = { bids: new Map<number, number>(), asks: new Map<number, number>() };
        for (const { bid, price, size } of changes) {
          (bid ? book.bids : book.asks).set(price, size, [`${price}.0`, `${size}.0`]);
          const side = bid ? model.bids : model.asks;
          if (size === 0) side.delete(price);
          else side.set(price, size);
        }
        const bids = modelOf(model.bids, 1);
        const asks = modelOf(model.asks, -1);
        expect(levelsOf(book.bids, Infinity)).toEqual(bids);
        expect(levelsOf(book.asks, Infinity)).toEqual(asks);
        expect(textsOf(book.bids, Infinity)).toEqual(bids.map(([p, s]) => [`${p}.0`, `${s}.0`]));
        for (const [price, size] of bids) expect(book.bids.sizeAt(price)).toBe(size);
        book.bids.truncate(depth);
        expect(levelsOf(book.bids, Infinity)).toEqual(bids.slice(0, depth));
      }),
      { numRuns: 300 },
    );
  });

  it('loads levels in any order, the last of equal prices counting and size 0 left out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 9 })), { maxLength: 80 }),
        (levels) => {
          const book = new Book('X');
          book.asks.set(5, 1);
          book.asks.load(levels);
          const model = new Map<number, number>();
          for (const [price, size] of levels) if (size !== 0) model.set(price, size);
          expect(levelsOf(book.asks, Infinity)).toEqual(modelOf(model, -1));
        },
      ),
    );
  });

  it('has no best price when a side is empty', () => {
    const book = new Book('X');
    expect(book.bids.price(0)).toBeNaN();
    expect(book.crossed).toBe(false);
    expect(new BookView(book).bestBid).toBeUndefined();
  });

  it('takes a whole book of 50,000 levels, best first or best last', () => {
    for (const sign of [1, -1]) {
      const book = new Book('X');
      book.bids.load(Array.from({ length: 50_000 }, (_, i): [number, number] => [100_000 - sign * i, 1]));
      expect(book.bids.length).toBe(50_000);
      expect(book.bids.price(0)).toBe(sign === 1 ? 100_000 : 149_999);
    }
  });
});

describe('a view', () => {
  it('throws once the book has moved on, and a copy stays', () => {
    const book = new Book('BTC/USDT');
    book.bids.set(10, 1);
    book.version++;
    const view = new BookView(book);
    const copy = view.copy();
    expect(view.bestBid).toEqual([10, 1]);
    book.bids.set(10, 2);
    book.version++;
    expect(view.current).toBe(false);
    expect(() => view.bestBid).toThrow(/keep a copy\(\) instead/);
    expect(copy.bids).toEqual([[10, 1]]);
  });
});
