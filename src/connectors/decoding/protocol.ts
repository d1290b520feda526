/** What a venue's protocol is: frames to send, frames to read, and the rule that links the messages of its books. */
import type { Channel, HttpRequest, MarketEvent, TradeTick } from '../../core/index.ts';
import type { Book } from './book.ts';
import type { BookMessage, BookMessageHead, L3Message } from './book-message.ts';
import type { L3Book } from './l3/l3-book.ts';
import type { NumberReader } from './numbers.ts';
import type { ListedInstrument } from './symbols.ts';

export type { BookMessage, BookMessageHead, L3Message };

/** One channel of one symbol on one venue. */
export interface Subscription {
  /** What is streamed: trades, book, quote ... */
  readonly channel: Channel;
  /** The unified symbol, such as `BTC/USDT`. */
  readonly symbol: string;
  /** The symbol in the exchange's spelling, such as `BTCUSDT`. */
  readonly venueSymbol: string;
  /** Length of bars, the unified name such as `1m`; for the `bar` channel only. */
  readonly timeframe?: string | undefined;
  /** Whether prices of the instrument may be zero or negative. */
  readonly signedPrices?: boolean;
}

/** The state of a book: number and time of its last message, and whether that was a snapshot. */
export interface BookPoint {
  /** The exchange's number of the latest change applied. */
  readonly sequence: number | undefined;
  /** Exchange time of that change, milliseconds UTC. */
  readonly time: number | undefined;
  /** Whether no change has been applied since the snapshot. */
  readonly fromSnapshot: boolean;
}

/**
 * What to do with a message for a whole book: apply it, skip it because it is older than the book, or start over because a message in
 * between is missing (`gap`).
 */
export type LinkVerdict = 'apply' | 'skip' | 'gap';

/** How a venue's books begin, and how their messages follow each other. */
export interface BookRules<M extends BookMessageHead = BookMessage, B = Book> {
  /**
   * Where the first whole book comes from: `stream` the venue sends it on subscribing, `request` it is fetched by HTTP while deltas wait,
   * `full` every message is a whole book.
   */
  readonly source: 'stream' | 'request' | 'full';
  /**
   * Whether a message follows the book: called for every delta, and for every message where each is a whole book. Venues without numbers
   * accept all and rely on their checksum.
   */
  readonly link: (last: BookPoint, message: M) => LinkVerdict;
  /** True where neither numbers nor checksums show that a change was lost: an unreadable frame then voids the books of its socket. */
  readonly hidesLosses?: boolean;
  /** True where a book may be crossed for a moment between two messages, as where orders are sent one by one. */
  readonly mayCross?: boolean;
  /** The checksum of a book, to be compared with the one that the message carried. */
  readonly checksum?: (book: B) => number;
}

/** How a venue's books of single orders begin, and how their messages follow each other. */
export interface L3Rules extends BookRules<L3Message, L3Book> {
  /** All orders of a symbol by HTTP, where `source` is `request`. */
  readonly request?: (venueSymbol: string) => HttpRequest;
  /** Reads the answer. */
  readonly parse?: (text: string, symbol: string, receiveTime: number) => L3Message;
}

/** Who gets what a frame contained. */
export interface Receiver<N> {
  /** Takes an event that does not belong to a book. */
  event(event: MarketEvent<N>): void;
  /** Takes a snapshot or a change of a book. */
  book(message: BookMessage): void;
  /** Takes all orders of a book, or orders that changed. */
  l3(message: L3Message): void;
  /** The venue acknowledged or refused a request of ours. */
  answer(ok: boolean, text: string): void;
  /** A sign of life without data. */
  heartbeat(): void;
  /** Sends this frame back, as the venue requires. */
  reply(frame: string): void;
  /** The number of a message, where the venue numbers all messages of a socket. */
  counted(sequence: number): void;
}

/** What a parser needs to know. */
export interface ParserContext<N> {
  /** How prices and sizes are read. */
  readonly numbers: NumberReader<N>;
  /** Whether books keep the venue's text. */
  readonly bookTexts: boolean;
  /** The unified name for the venue's. */
  unified(venueSymbol: string): string;
  /** The exchange's names of the instruments that the socket carries, for messages about several of them. */
  readonly venueSymbols: readonly string[];
  /** Where events go. */
  readonly out: Receiver<N>;
}

/** Reads the frames of one socket. May remember earlier frames. */
export interface Parser {
  /**
   * Reads one frame, as text, and passes its content on.
   *
   * @throws Whatever a malformed frame makes it throw; the caller reports the frame and goes on.
   */
  frame(frame: string, receiveTime: number): void;
  /** Frames that end streams, where the venue names streams by numbers that it assigned on subscribing. */
  unsubscribe?(subscriptions: readonly Subscription[]): readonly string[];
}

/** How a venue numbers its trades: `consecutive` without holes, `rising` with holes, `unique` without order, or `none`. */
export type TradeIds = 'consecutive' | 'rising' | 'unique' | 'none';

/** Channels that the venue serves only by HTTP. */
export interface Polls {
  /** The channels that are polled. */
  readonly channels: readonly Channel[];
  /** How often each subscription is polled, in milliseconds. */
  readonly everyMs: number;
  /** The request for a subscription. */
  request(subscription: Subscription): HttpRequest;
  /** Reads its answer. */
  parse<N>(text: string, subscription: Subscription, receiveTime: number, numbers: NumberReader<N>): MarketEvent<N>[];
}

/** Everything that is specific to one venue's market streams. Pure: no sockets, no clock, no state outside its parsers. */
export interface Protocol {
  /** The exchange's id, such as `kraken`. */
  readonly id: string;
  /** What it can stream. */
  readonly channels: readonly Channel[];
  /** The venue's name of each unified timeframe. */
  readonly timeframes: Readonly<Record<string, string>>;
  /** How trade ids grow, which shows gaps. */
  readonly tradeIds: TradeIds;
  /** The most subscriptions that one socket carries. */
  readonly subscriptionsPerSocket: number;
  /** The most frames that may be sent in a span of time. */
  readonly controlFrames: {
    /** Frames allowed in a span. */
    readonly count: number;
    /** The span, in milliseconds. */
    readonly perMs: number;
  };
  /** Milliseconds after which the venue closes a socket by itself; undefined where it does not. */
  readonly lifetimeMs?: number;
  /** A frame to send at intervals, so that the venue keeps the socket open. */
  readonly keepAlive?: {
    /** How often it is sent, in milliseconds. */
    readonly everyMs: number;
    /** The text that is sent. */
    readonly frame: string;
  };
  /** How its book is put together. */
  readonly book: BookRules;
  /** How its book of single orders is put together; undefined where it sends none. */
  readonly l3?: L3Rules;
  /** Whether a message number of the socket follows the last one; undefined where the venue does not number a socket's messages. */
  readonly socketLink?: (last: number, next: number) => boolean;
  /** Channels that it does not stream but serves by HTTP. */
  readonly polls?: Polls;
  /** The address of the socket that carries a subscription. */
  endpoint(subscription: Subscription): string;
  /** Frames that begin streams; `id` numbers them, `now` is the time in milliseconds UTC for venues that want it in the frame. */
  subscribe(subscriptions: readonly Subscription[], id: number, now: number): readonly string[];
  /** Frames that end streams. */
  unsubscribe(subscriptions: readonly Subscription[], id: number, now: number): readonly string[];
  /** True where a subscribing frame replaces all earlier subscriptions of the socket, so that each must name every stream. */
  readonly replacesSubscriptions?: boolean;
  /** Makes the parser of one connection. */
  parser<N>(context: ParserContext<N>): Parser;
  /** The instruments that the venue lists. */
  instruments: {
    /** The requests that list its instruments. */
    readonly requests: readonly HttpRequest[];
    /** Reads the answer to one of the requests; `url` is its address. */
    parse(text: string, url: string): ListedInstrument[];
  };
  /** A whole book by HTTP. */
  readonly bookRequest?: (venueSymbol: string) => HttpRequest;
  /** Reads the answer to a request for the book. */
  parseBook?(text: string, symbol: string, receiveTime: number, texts: boolean): BookMessage;
  /** Recent trades by HTTP, from the given id on where the venue can do that; oldest first in the answer. */
  readonly tradesRequest?: (venueSymbol: string, fromId: string | undefined) => HttpRequest;
  /** Reads the answer to a request for trades. */
  parseTrades?<N>(text: string, symbol: string, receiveTime: number, numbers: NumberReader<N>): TradeTick<N>[];
  /** The venue's name of a symbol, where a rule gives it without the list of instruments. */
  venueSymbol?(symbol: string): string | undefined;
}
