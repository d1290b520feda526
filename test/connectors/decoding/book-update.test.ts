/** A book as consumers receive it, in each kind of number. */
import { expect, it } from 'vitest';
import { Book } from '../../../src/connectors/decoding/book.ts';
import { bestLevels, readLevels, wholeBook } from '../../../src/connectors/decoding/book-update.ts';
import { floatReader, textReader } from '../../../src/connectors/decoding/numbers.ts';

function made(): Book {
  const book = new Book('A', true);
  book.bids.load([[10, 1], [9, 2]], [['10.00', '1.0'], ['9.00', '2.0']]); // prettier-ignore
  book.asks.load([[11, 3]], [['11.00', '3.0']]);
  [book.sequence, book.time] = [5, 6];
  return book;
}

it('has floats, or the digits of the exchange', () => {
  const { bids } = made();
  expect([bestLevels(bids, 1, floatReader), bestLevels(bids, 1, textReader)]).toEqual([[[10, 1]], [['10.00', '1.0']]]);
  expect([bestLevels(bids, 9, floatReader).length, bestLevels(bids, 9, textReader).length]).toEqual([2, 2]);
  const levels = [[10, 1]] as const;
  expect(readLevels(levels, undefined, floatReader)).toBe(levels);
  expect(readLevels(levels, [['10.00', '1.0']], textReader)).toEqual([['10.00', '1.0']]);
});

it('is whole for who comes later', () => {
  expect(wholeBook(made(), 'okx', 7, 1, textReader)).toEqual({
    type: 'book', kind: 'snapshot', exchange: 'okx', symbol: 'A', time: 6, receiveTime: 7,
    bids: [['10.00', '1.0']], asks: [['11.00', '3.0']], sequence: 5, checksum: undefined,
  }); // prettier-ignore
});
