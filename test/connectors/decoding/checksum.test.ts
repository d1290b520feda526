/** Checksums of books, against a slow CRC32 over the text that each exchange's documentation spells out. */
import { describe, expect, it } from 'vitest';

import { Book } from '../../../src/connectors/decoding/book.ts';
import { bitfinexChecksum, krakenChecksum, okxChecksum } from '../../../src/connectors/decoding/checksum.ts';

/** CRC32 bit by bit, as the standard defines it. */
function crcOf(text: string): number {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text, 'latin1')) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

type Texts = readonly (readonly [price: string, size: string])[];

function bookOf(bids: Texts, asks: Texts): Book {
  const book = new Book('X', true);
  for (const [price, size] of bids) book.bids.set(Number(price), Number(size), [price, size]);
  for (const [price, size] of asks) book.asks.set(Number(price), Number(size), [price, size]);
  return book;
}

/** Prices in even steps, with one size. */
function ladder(first: number, step: number, count: number, size: string): Texts {
  return Array.from({ length: count }, (_, k) => [(first + k * step).toFixed(5), size]);
}

describe('the checksum of Kraken', () => {
  it('is the one of the example in its documentation', () => {
    const texts = (prices: readonly number[]): Texts => prices.map((price) => [`0.0${price}`, '0.00000500']);
    const asks = texts([5005, 5010, 5015, 5020, 5025, 5030, 5035, 5040, 5045, 5050]);
    const bids = texts([5000, 4995, 4990, 4980, 4975, 4970, 4965, 4960, 4955, 4950]);
    expect(krakenChecksum(bookOf(bids, asks))).toBe(974_947_235);
  });

  it('takes ten levels a side and no more, asks first, without dots and leading zeros', () => {
    const asks: Texts = Array.from({ length: 12 }, (_, k) => [`0.${20 + k}`, '0.050']);
    const bids: Texts = Array.from({ length: 12 }, (_, k) => [`0.${String(19 - k).padStart(2, '0')}`, '10.0']);
    const wanted = [...Array.from({ length: 10 }, (_, k) => `${20 + k}50`), ...Array.from({ length: 10 }, (_, k) => `${19 - k}100`)]; // prettier-ignore
    expect(krakenChecksum(bookOf(bids, asks))).toBe(crcOf(wanted.join('')));
  });

  it('is that of what is there where a side is short or empty', () => {
    expect(krakenChecksum(bookOf([['5.0', '1.5']], []))).toBe(crcOf('5015'));
    expect(krakenChecksum(bookOf([], []))).toBe(0);
  });
});

describe('the checksums of OKX and Bitfinex', () => {
  const bids: Texts = [['3366.1', '7'], ['3366', '6']]; // prettier-ignore
  const asks: Texts = [['3366.8', '9'], ['3368', '8'], ['3372', '8']]; // prettier-ignore

  it('take both sides in turns, and then the rest of the longer one', () => {
    expect(okxChecksum(bookOf(bids, asks))).toBe(crcOf('3366.1:7:3366.8:9:3366:6:3368:8:3372:8') | 0);
    expect(okxChecksum(bookOf(asks, bids))).toBe(crcOf('3372:8:3366:6:3368:8:3366.1:7:3366.8:9') | 0);
    expect(bitfinexChecksum(bookOf(bids, asks))).toBe(crcOf('3366.1:7:3366.8:-9:3366:6:3368:-8:3372:-8') | 0);
    expect(bitfinexChecksum(bookOf(bids, []))).toBe(crcOf('3366.1:7:3366:6') | 0);
  });

  it('take 25 levels a side and no more, and are signed', () => {
    const [below, above] = [ladder(100, -1, 30, '1'), ladder(101, 1, 30, '2')];
    const turns = (sign: string): string =>
      Array.from({ length: 25 }, (_, k) => `${(100 - k).toFixed(5)}:1:${(101 + k).toFixed(5)}:${sign}2`).join(':');
    expect(okxChecksum(bookOf(below, above))).toBe(crcOf(turns('')) | 0);
    expect(bitfinexChecksum(bookOf(below, above))).toBe(crcOf(turns('-')) | 0);
    const sums = Array.from({ length: 20 }, (_, k) => okxChecksum(bookOf(below.slice(0, k + 1), above)));
    expect(sums.some((sum) => sum < 0)).toBe(true);
  });
});
