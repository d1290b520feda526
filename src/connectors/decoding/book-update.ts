/** A book as consumers receive it: levels as floats, as the venue's own text, or as exact decimals. */
import type { BookUpdate, Level } from '../../core/index.ts';
import { levelsOf, textsOf, type Book, type BookSide } from './book.ts';
import type { NumberReader } from './numbers.ts';

/** A message's levels in the consumer's kind of number. `texts` must be there for any kind but floats. */
export function readLevels<N>(
  levels: readonly Level[],
  texts: readonly Level<string>[] | undefined,
  numbers: NumberReader<N>,
): readonly Level<N>[] {
  if (numbers.kind === 'number') return levels as readonly Level<unknown>[] as readonly Level<N>[];
  return texts!.map(([price, size]) => [numbers.read(price), numbers.read(size)]);
}

/** The best `depth` levels of a side in the consumer's kind of number. Texts are made only where floats will not do. */
export function bestLevels<N>(side: BookSide, depth: number, numbers: NumberReader<N>): readonly Level<N>[] {
  return numbers.kind === 'number'
    ? readLevels(levelsOf(side, depth), undefined, numbers)
    : readLevels([], textsOf(side, depth), numbers);
}

/** The present book, as an update that replaces all before it. */
export function wholeBook<N>(
  book: Book,
  exchange: string,
  receiveTime: number,
  depth: number,
  numbers: NumberReader<N>,
): BookUpdate<N> {
  return {
    type: 'book',
    kind: 'snapshot',
    exchange,
    symbol: book.symbol,
    time: book.time,
    receiveTime,
    bids: bestLevels(book.bids, depth, numbers),
    asks: bestLevels(book.asks, depth, numbers),
    sequence: book.sequence,
    checksum: undefined,
  };
}
