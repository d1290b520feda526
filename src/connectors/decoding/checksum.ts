/** Checksums that venues send with their books, over the best levels in the venue's own text. */
import type { RestingOrder } from '../../core/index.ts';
import type { L3Book } from './l3/l3-book.ts';
import { crc32 } from 'node:zlib';

import type { Book, BookSide } from './book.ts';

/** Kraken: CRC32 of the ten best asks, then the ten best bids, each price and size without the dot and leading zeros. */
export function krakenChecksum(book: Book): number {
  return crc32(joined(book.asks) + joined(book.bids));
}

function joined(side: BookSide): string {
  let text = '';
  const depth = Math.min(10, side.length);
  for (let rank = 0; rank < depth; rank++) {
    const [price, size] = side.text(rank)!;
    text += bare(price) + bare(size);
  }
  return text;
}

function bare(text: string): string {
  const digits = text.replace('.', '');
  let at = 0;
  while (digits.charCodeAt(at) === 48) at++;
  return at === 0 ? digits : digits.slice(at);
}

/** Bitfinex: signed CRC32 of up to 25 levels a side in turns, `price:amount`, where the amounts of asks are negative. */
export function bitfinexChecksum(book: Book): number {
  const parts: string[] = [];
  for (let rank = 0; rank < 25; rank++) {
    const bid = book.bids.text(rank);
    const ask = book.asks.text(rank);
    if (bid === undefined && ask === undefined) break;
    if (bid !== undefined) parts.push(bid[0], bid[1]);
    if (ask !== undefined) parts.push(ask[0], `-${ask[1]}`);
  }
  return crc32(parts.join(':')) | 0;
}

/** Bitfinex's raw books: the same of single orders, by price and then by id, with the id in the place of the price. */
export function bitfinexRawChecksum(book: L3Book): number {
  const sorted = (side: 'bids' | 'asks'): RestingOrder<string>[] => {
    const sign = side === 'bids' ? -1 : 1;
    // The best 25 orders are among the best 25 prices.
    return book
      .texts(side, 25)
      .sort((x, y) => sign * (Number(x[1]) - Number(y[1])) || Number(x[0]) - Number(y[0]))
      .slice(0, 25);
  };
  const [bids, asks] = [sorted('bids'), sorted('asks')];
  const parts: string[] = [];
  for (let rank = 0; rank < 25; rank++) {
    const [bid, ask] = [bids[rank], asks[rank]];
    if (bid === undefined && ask === undefined) break;
    if (bid !== undefined) parts.push(bid[0], bid[2]);
    if (ask !== undefined) parts.push(ask[0], `-${ask[2]}`);
  }
  return crc32(parts.join(':')) | 0;
}

/** OKX: signed CRC32 of up to 25 levels a side in turns, `bid:size:ask:size:...`, the rest of the longer side appended. */
export function okxChecksum(book: Book): number {
  const parts: string[] = [];
  for (let rank = 0; rank < 25; rank++) {
    const bid = book.bids.text(rank);
    const ask = book.asks.text(rank);
    if (bid === undefined && ask === undefined) break;
    if (bid !== undefined) parts.push(bid[0], bid[1]);
    if (ask !== undefined) parts.push(ask[0], ask[1]);
  }
  return crc32(parts.join(':')) | 0;
}
