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

  it('equals the map where changes fall far below the top, and with 200 levels', () => {
    const deep = fc.record({ price: fc.integer({ min: 1, max: 400 }), size: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(
        fc.array(deep, { minLength: 300, maxLength: 900 }),
        fc.integer({ min: 0, max: 300 }),
        (changes, depth) => {
          const book = new Book('X', true);
          const model = new Map<number, number>();
          for (const { price, size } of changes) {
            book.asks.set(price, size, [String(price), String(size)]);
            if (size === 0) model.delete(price);
            else model.set(price, size);
            expect(book.asks.sizeAt(price)).toBe(size);
          }
          const levels = modelOf(model, -1);
          expect(levelsOf(book.asks, Infinity)).toEqual(levels);
          for (let price = 0; price <= 401; price++) expect(book.asks.sizeAt(price)).toBe(model.get(price) ?? 0);
          book.truncate(depth);
          expect(textsOf(book.asks, Infinity)).toEqual(levels.slice(0, depth).map(([p, s]) => [String(p), String(s)]));
          expect([book.asks.price(depth), book.asks.size(depth), book.asks.text(depth)]).toEqual([NaN, NaN, undefined]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('shows both best prices, says when they cross, and forgets everything when it is cleared', () => {
    const book = new Book('X');
    book.bids.set(10, 1);
    book.asks.set(11, 2);
    expect([book.best, book.crossed]).toEqual([[10, 11], false]);
    expect([book.bids.text(0), book.asks.text(0), book.asks.text(1)]).toEqual([['10', '1'], ['11', '2'], undefined]);
    book.asks.set(10, 1);
    expect([book.best, book.crossed]).toEqual([[10, 10], true]);
    book.asks.set(9.5, 1);
    expect(book.crossed).toBe(true);
    const { version } = book;
    [book.sequence, book.time] = [5, 6];
    book.clear();
    expect([book.best, book.crossed, book.sequence, book.time]).toEqual([[NaN, NaN], false, undefined, undefined]);
    expect(book.version).toBe(version + 1);
  });

  it('keeps the texts of long numbers, of the last load alone', () => {
    const book = new Book('X', true);
    const long = ['0.000000012345678', '123456789012.345'] as const;
    book.bids.load([[1, 1], [2, 1]], [['1.00', '1.0'], ['2.00', '1.0']]); // prettier-ignore
    book.bids.load([[Number(long[0]), Number(long[1])]], [long]);
    expect(textsOf(book.bids, 9)).toEqual([long]);
    book.bids.set(3, 1, ['3.0000000000000', '1.00000000000']);
    expect(textsOf(book.bids, 9)).toEqual([['3.0000000000000', '1.00000000000'], long]);
  });

  it('takes a level again that it has just lost, and one between levels that a cut left', () => {
    const book = new Book('X');
    for (const size of [1, 0, 2]) book.bids.set(10, size);
    expect(levelsOf(book.bids, 9)).toEqual([[10, 2]]);
    for (const price of [10, 20, 30, 30]) book.bids.set(price, 1);
    book.bids.truncate(1);
    book.bids.set(29, 1);
    expect(levelsOf(book.bids, 9)).toEqual([[30, 1], [29, 1]]); // prettier-ignore
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
  it('shows the book as it is, in floats and in the texts of the exchange', () => {
    const book = new Book('BTC/USDT', true);
    book.bids.load([[10, 1], [9, 2]], [['10.0', '1.0'], ['9.0', '2.0']]); // prettier-ignore
    book.asks.load([[11, 3]], [['11.0', '3.0']]);
    [book.sequence, book.time] = [5, 6];
    const view = new BookView(book);
    expect([view.symbol, view.current, view.sequence, view.time]).toEqual(['BTC/USDT', true, 5, 6]);
    expect([view.bestBid, view.bestAsk, view.depth]).toEqual([[10, 1], [11, 3], { bids: 2, asks: 1 }]); // prettier-ignore
    expect(view.texts(1)).toEqual({ bids: [['10.0', '1.0']], asks: [['11.0', '3.0']] });
    expect(view.copy(1)).toEqual({ symbol: 'BTC/USDT', bids: [[10, 1]], asks: [[11, 3]], sequence: 5, time: 6 });
    book.version++;
    const error = expect.objectContaining({ code: 'old-book-view', context: { symbol: 'BTC/USDT' } }) as Error;
    for (const read of [() => view.bestAsk, () => view.sequence, () => view.time, () => view.depth, () => view.copy(), () => view.texts()])
      expect(read).toThrow(error);
  }); // prettier-ignore

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
