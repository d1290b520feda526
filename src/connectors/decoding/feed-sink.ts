/** Receives everything that the sockets of a feed receive: one object, passed down from the feed to each socket. */
import type {
  Channel,
  ConnectorError,
  MarketEvent,
  ProtocolError,
  RefusalReason,
  StreamState,
} from '../../core/index.ts';
import type { Book } from './book.ts';
import type { L3Book } from './l3/l3-book.ts';
import type { Subscription } from './protocol.ts';

/** What crossed the wire: a connection opened or closed, a frame in or out, or the answer to an HTTP request. */
export type WireKind = 'open' | 'close' | 'in' | 'out' | 'http';

/** The one output of a socket. Shards and sockets only name the subscription or connection; they forward nothing. */
export interface FeedSink<N> {
  /** A market event of a subscription. `book` is the symbol's book after a book update, `orders` its book of single orders after an `l3` update. */
  event(event: MarketEvent<N>, book: Book | undefined, orders?: L3Book): void;
  /** A subscription changed its state. */
  status(subscription: Subscription, state: StreamState, reason: string): void;
  /** Data is missing and will stay missing: ids from `from` to `to`, where the venue numbers them. */
  gap(channel: Channel, symbol: string, from: string | undefined, to: string | undefined, reason: string): void;
  /** A market event was refused at the gate. */
  refused(channel: Channel, symbol: string, reason: RefusalReason, detail: string): void;
  error(error: ConnectorError | ProtocolError, frame?: string): void;
  /** Everything that crosses the wire of a connection, for recorders. */
  wire(connection: string, kind: WireKind, data: string | Uint8Array, url: string): void;
}
