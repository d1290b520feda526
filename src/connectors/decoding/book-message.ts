/** Messages about books as exchanges send them, before it is known whether they follow the previous ones. */
import type { Level, RestingOrder } from '../../core/index.ts';

/** Fields of every book message, whether it holds levels or orders. */
export interface BookMessageHead {
  /** Whether it is the whole book or a change of it. */
  readonly kind: 'snapshot' | 'delta';
  /** The unified symbol. */
  readonly symbol: string;
  /** Exchange time, milliseconds UTC; undefined where it sends none. */
  readonly time: number | undefined;
  /** When it arrived, milliseconds UTC. */
  readonly receiveTime: number;
  /** First and last number that this message covers, and the last one of the message before, where the venue sends them. */
  readonly first?: number | undefined;
  /** The exchange's number of this change. */
  readonly sequence?: number | undefined;
  /** The number of the change before it, where the exchange sends that. */
  readonly previous?: number | undefined;
  /** The exchange's checksum of the book after the change. */
  readonly checksum?: number | undefined;
}

/** A book message as received: not yet known to follow the previous one. */
export interface BookMessage extends BookMessageHead {
  /** Depth that the venue keeps on its side; levels beyond it are dropped after each message. */
  readonly depth?: number | undefined;
  /** Changed bids; a size of 0 removes the level. */
  readonly bids: readonly Level[];
  /** Changed asks; a size of 0 removes the level. */
  readonly asks: readonly Level[];
  /** The venue's own text of the same levels, where the book keeps texts. */
  readonly bidTexts?: readonly Level<string>[] | undefined;
  /** The asks in the exchange's own digits, for its checksum. */
  readonly askTexts?: readonly Level<string>[] | undefined;
}

/** A message of a book that is sent order by order, prices and sizes in the exchange's own digits. */
export interface L3Message extends BookMessageHead {
  /**
   * Buy orders with their remaining sizes; a size of 0 removes the order. A whole book lists orders of one price in the order in which they
   * are filled.
   */
  readonly bids: readonly RestingOrder<string>[];
  /** Sell orders with their remaining sizes; a size of 0 removes the order. */
  readonly asks: readonly RestingOrder<string>[];
  /** Orders that are gone, where the exchange names neither their side nor their price. */
  readonly removed?: readonly string[];
  /** Units by which orders became smaller, as when they were filled in part. */
  readonly reduced?: readonly (readonly [id: string, by: string])[];
  /** Remaining sizes of changed orders, where the exchange names neither their side nor their price. */
  readonly resized?: readonly (readonly [id: string, size: string])[];
}
