/** From the frames of one socket to events: parser, books and trades together, without sockets or a clock. */
import {
  ProtocolError,
  messageOf,
  type BookUpdate,
  type Channel,
  type MarketEvent,
  type TradeTick,
} from '../../core/index.ts';
import type { Book } from './book.ts';
import { BookKeeper, type KeeperOptions } from './book-keeper.ts';
import { TradeLedger } from './seen-trades.ts';
import type { NumberReader } from './numbers.ts';
import type { BookMessage, Parser, Protocol, Receiver } from './protocol.ts';

/** Who a stream tells. */
export interface StreamOwner<N> {
  /** `book` is the symbol's book after a book update, undefined with every other event. */
  event(event: MarketEvent<N>, book: Book | undefined): void;
  /** A frame for the venue. */
  send(frame: string): void;
  /** A symbol's book is void; a whole one is needed. */
  needBook(symbol: string, reason: string): void;
  bookLive(symbol: string): void;
  /** Trades of this symbol are missing in the venue's numbering. */
  tradesMissing(symbol: string): void;
  /** The venue refused a request of ours. */
  refused(text: string): void;
  /** Data was lost on the whole socket: any book may be wrong. */
  socketGap(last: number, next: number): void;
  /** A frame could not be read. The rest goes on. */
  fault(error: ProtocolError, frame: string): void;
}

/** What a stream counts. */
export interface StreamCounts {
  frames: number;
  events: number;
  faults: number;
  heartbeats: number;
  socketGaps: number;
}

export interface StreamOptions<N> extends KeeperOptions {
  readonly protocol: Protocol;
  /** The unified name of the venue's, for what this socket carries. */
  readonly unified: (venueSymbol: string) => string;
  readonly numbers: NumberReader<N>;
  /** Shared by the sockets that follow each other for one feed. */
  readonly ledger?: TradeLedger;
}

export class Stream<N> implements Receiver<N> {
  readonly counts: StreamCounts = { frames: 0, events: 0, faults: 0, heartbeats: 0, socketGaps: 0 };
  readonly keeper: BookKeeper<N>;
  readonly ledger: TradeLedger;
  readonly #activity = new Map<Channel, Map<string, { count: number }>>();
  readonly #protocol: Protocol;
  readonly #numbers: NumberReader<N>;
  readonly #texts: boolean;
  readonly #unified: (venueSymbol: string) => string;
  readonly #owner: StreamOwner<N>;
  #parser: Parser;
  #socketSequence: number | undefined;

  constructor(options: StreamOptions<N>, owner: StreamOwner<N>) {
    const { protocol, numbers } = options;
    this.#protocol = protocol;
    this.#numbers = numbers;
    this.#unified = options.unified;
    this.#texts = numbers.kind !== 'number' || protocol.book.checksum !== undefined;
    this.#owner = owner;
    this.ledger = options.ledger ?? new TradeLedger(protocol.tradeIds);
    this.keeper = new BookKeeper(
      protocol,
      numbers,
      this.#texts,
      {
        update: (update, book) => {
          this.#bookUpdate(update, book);
        },
        needBook: (symbol, reason) => {
          owner.needBook(symbol, reason);
        },
        live: (symbol) => {
          owner.bookLive(symbol);
        },
      },
      options,
    );
    this.#parser = this.#newParser();
  }

  #newParser(): Parser {
    return this.#protocol.parser<N>({
      numbers: this.#numbers,
      bookTexts: this.#texts,
      unified: this.#unified,
      out: this,
    });
  }

  /** How many messages with data (not heartbeats) a subscription has had on this socket. */
  activity(channel: Channel, symbol: string): number {
    return this.#activity.get(channel)?.get(symbol)?.count ?? 0;
  }

  #active(channel: Channel, symbol: string): void {
    const counter = this.#activity.get(channel)?.get(symbol);
    if (counter !== undefined) counter.count++;
    else this.#begin(channel, symbol);
  }

  #begin(channel: Channel, symbol: string): void {
    const symbols = this.#activity.get(channel) ?? new Map<string, { count: number }>();
    this.#activity.set(channel, symbols);
    symbols.set(symbol, { count: 1 });
  }

  /** One frame from the socket, already text. */
  frame(frame: string, receiveTime: number): void {
    this.counts.frames++;
    try {
      this.#parser.frame(frame, receiveTime);
    } catch (cause) {
      this.#fault(frame, cause);
    }
  }

  /** The answer to a request for a whole book. */
  bookAnswer(symbol: string, text: string, receiveTime: number): void {
    try {
      this.keeper.take(this.#protocol.parseBook!(text, symbol, receiveTime, this.#texts));
    } catch (cause) {
      this.keeper.missed(symbol);
      this.#fault(text, cause);
    }
  }

  /** The answer to a request for trades. False when it could not be read, which is told. */
  tradesAnswer(symbol: string, text: string, receiveTime: number): boolean {
    try {
      const trades = this.#protocol.parseTrades!<N>(text, symbol, receiveTime, this.#numbers);
      for (const trade of trades) this.#trade(trade);
      return true;
    } catch (cause) {
      this.#fault(text, cause);
      return false;
    }
  }

  /** The socket is gone: books are void, and the next socket counts anew. */
  disconnected(): void {
    this.keeper.reset();
    this.#socketSequence = undefined;
    this.#parser = this.#newParser();
    this.#activity.clear();
  }

  #fault(frame: string, cause: unknown): void {
    this.counts.faults++;
    const reason = messageOf(cause);
    const seen = frame.length > 200 ? `${frame.slice(0, 200)}...` : frame;
    this.#owner.fault(
      new ProtocolError(`a frame from ${this.#protocol.id} could not be read (${reason}): ${seen}`, {
        cause,
        context: { exchange: this.#protocol.id, length: frame.length },
      }),
      frame,
    );
  }

  event(event: MarketEvent<N>): void {
    if (event.type === 'trade') {
      this.#trade(event);
      return;
    }
    this.counts.events++;
    this.#active(event.type, event.symbol);
    this.#owner.event(event, undefined);
  }

  #trade(trade: TradeTick<N>): void {
    const verdict = this.ledger.take(trade);
    if (!trade.backfill) this.#active('trade', trade.symbol);
    if (verdict === 'double') return;
    this.counts.events++;
    this.#owner.event(verdict === 'late' && !trade.backfill ? { ...trade, backfill: true } : trade, undefined);
    if (this.ledger.missing(trade.symbol) !== undefined) this.#owner.tradesMissing(trade.symbol);
  }

  book(message: BookMessage): void {
    this.#active('book', message.symbol);
    this.keeper.take(message);
  }

  #bookUpdate(update: BookUpdate<N>, book: Book): void {
    this.counts.events++;
    this.#owner.event(update, book);
  }

  answer(ok: boolean, text: string): void {
    if (!ok) this.#owner.refused(text);
  }

  heartbeat(): void {
    this.counts.heartbeats++;
  }

  reply(frame: string): void {
    this.#owner.send(frame);
  }

  counted(sequence: number): void {
    const last = this.#socketSequence;
    this.#socketSequence = sequence;
    if (last === undefined || this.#protocol.socketLink?.(last, sequence) !== false) return;
    this.counts.socketGaps++;
    this.#owner.socketGap(last, sequence);
    this.keeper.restart(`gap: after message ${last} of the socket came ${sequence}`);
  }
}
