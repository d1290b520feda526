/** Turns the frames of one socket into events: parser, books and trades together, without sockets or a clock. */
import {
  ConnectorError, messageOf, ProtocolError, type BookUpdate, type Channel, type L3Update, type MarketEvent, type TradeTick,
} from '../../core/index.ts'; // prettier-ignore
import type { Book } from './book.ts';
import { BookBuilder, type BookBuilderOptions } from './book-builder.ts';
import { EventGate } from './event-gate.ts';
import type { FeedSink } from './feed-sink.ts';
import type { L3Book } from './l3/l3-book.ts';
import { L3Builder } from './l3/l3-builder.ts';
import type { NumberReader } from './numbers.ts';
import type { BookMessage, L3Message, Parser, Protocol, Receiver, Subscription } from './protocol.ts';
import { SeenTrades } from './seen-trades.ts';

/** The channels whose events build a book: of levels, and of single orders. */
export type BookChannel = 'book' | 'l3';

/** Whether the events of a channel build a book. */
export function isBookChannel(channel: Channel): channel is BookChannel {
  return channel === 'book' || channel === 'l3';
}

/** What a stream needs from the socket that it reads. */
export interface StreamOwner {
  /** Sends a frame to the venue. */
  send(frame: string): void;
  /** The book of a symbol is void; a whole one is needed. `reason` is `first` when there was none before. */
  needBook(symbol: string, reason: string, channel: BookChannel): void;
  /** The book of a symbol is whole again. */
  bookLive(symbol: string, channel: BookChannel): void;
  /** Trades of this symbol are missing in the venue's numbering. */
  tradesMissing(symbol: string): void;
  /** Messages of the socket were lost: trades may be missing. Books have been voided already. */
  socketGap(): void;
  /** Data came on a standby socket. */
  standbyData(): void;
}

/** What a stream must know about the states of the subscriptions. */
export interface StreamStates {
  /** How many subscriptions are not live. */
  readonly notLive: number;
  set(channel: Channel, symbol: string, state: 'live', reason: string): void;
}

/** What a stream has counted. */
export interface StreamCounts {
  frames: number;
  events: number;
  /** Frames that could not be read. */
  faults: number;
  /** Events refused at the gate. */
  refused: number;
  heartbeats: number;
  socketGaps: number;
}

export interface StreamOptions<N> extends BookBuilderOptions {
  readonly protocol: Protocol;
  /** The unified symbol for a venue's symbol, for what this socket carries. */
  readonly unified: (venueSymbol: string) => string;
  /** The venue's names of what the socket carries, where `subscriptions` is undefined. Default: none is known. */
  readonly venueSymbols?: readonly string[];
  readonly numbers: NumberReader<N>;
  /** Shared by the sockets that follow each other for one feed. */
  readonly seenTrades?: SeenTrades;
  /** The subscriptions whose events are passed on. Default: every event is. */
  readonly subscriptions?: readonly Subscription[];
  /** Called when data arrive while a subscription is not live. */
  readonly states?: StreamStates;
}

/**
 * Whether a stream's events are passed on: all of them (`active`), only numbered trades while another socket is in use (`standby`), or none
 * (`closed`).
 */
export type StreamRole = 'active' | 'standby' | 'closed';

/** What a socket has received for one subscription. */
interface Activity<N> {
  /** Messages with data. */
  count: number;
  /** The latest event that was passed on, and the latest one that was not, because another socket was in use. */
  passed: MarketEvent<N> | undefined;
  held: MarketEvent<N> | undefined;
}

export class Stream<N> implements Receiver<N> {
  readonly counts: StreamCounts = { frames: 0, events: 0, faults: 0, refused: 0, heartbeats: 0, socketGaps: 0 };
  readonly books: BookBuilder<N>;
  readonly l3Books: L3Builder<N>;
  readonly seenTrades: SeenTrades;
  role: StreamRole = 'active';
  readonly #activity = new Map<Channel, Map<string, Activity<N>>>();
  readonly #takesAll: boolean;
  readonly #protocol: Protocol;
  readonly #numbers: NumberReader<N>;
  readonly #bookTexts: boolean;
  readonly #unified: (venueSymbol: string) => string;
  readonly #venueSymbols: readonly string[];
  readonly #states: StreamStates | undefined;
  readonly #gate: EventGate<N>;
  readonly #sink: FeedSink<N>;
  readonly #owner: StreamOwner;
  #parser: Parser;
  #socketSequence: number | undefined;
  /** The stream that it replaced, for as long as this one may lag behind it. */
  #before: Stream<N> | undefined;

  constructor(options: StreamOptions<N>, sink: FeedSink<N>, owner: StreamOwner) {
    const { protocol, numbers, subscriptions } = options;
    this.#protocol = protocol;
    this.#numbers = numbers;
    this.#unified = options.unified;
    this.#venueSymbols = subscriptions?.map((one) => one.venueSymbol) ?? options.venueSymbols ?? [];
    this.#bookTexts = numbers.kind !== 'number' || protocol.book.checksum !== undefined;
    this.#states = options.states;
    this.#sink = sink;
    this.#owner = owner;
    this.#takesAll = subscriptions === undefined;
    for (const { channel, symbol } of subscriptions ?? []) this.#watch(channel, symbol);
    this.seenTrades = options.seenTrades ?? new SeenTrades(protocol.tradeIds);
    const signedPrices = new Set((subscriptions ?? []).filter((one) => one.signedPrices).map(({ symbol }) => symbol));
    this.#gate = new EventGate<N>({ numbers: numbers.kind, tradeIds: protocol.tradeIds, signedPrices });
    this.books = new BookBuilder(protocol, numbers, this.#bookTexts, this, options);
    this.l3Books = new L3Builder(
      protocol,
      numbers,
      {
        needBook: (symbol, reason) => {
          owner.needBook(symbol, reason, 'l3');
        },
        bookLive: (symbol) => {
          owner.bookLive(symbol, 'l3');
        },
        l3Update: (update, book) => {
          this.#passBook(update, undefined, book);
        },
      },
      options.waitingLimit,
    );
    this.#parser = this.#newParser();
  }

  /** The books of a channel, of one kind or the other. */
  booksOf(channel: BookChannel): BookBuilder<N> | L3Builder<N> {
    return channel === 'book' ? this.books : this.l3Books;
  }

  /** Whether a book of this channel is whole. */
  isWhole(channel: BookChannel, symbol: string): boolean {
    return this.booksOf(channel).book(symbol) !== undefined;
  }

  #newParser(): Parser {
    return this.#protocol.parser<N>({
      numbers: this.#numbers,
      bookTexts: this.#bookTexts,
      unified: this.#unified,
      venueSymbols: this.#venueSymbols,
      out: this,
    });
  }

  /** How many messages with data (not heartbeats) a subscription has had on this socket. */
  activity(channel: Channel, symbol: string): number {
    return this.#activity.get(channel)?.get(symbol)?.count ?? 0;
  }

  /** The counter of a subscription; undefined when events of it are not wanted. */
  #activityOf(channel: Channel, symbol: string): Activity<N> | undefined {
    const activity = this.#activity.get(channel)?.get(symbol);
    return activity ?? (this.#takesAll ? this.#watch(channel, symbol) : undefined);
  }

  #watch(channel: Channel, symbol: string): Activity<N> {
    const activity: Activity<N> = { count: 0, passed: undefined, held: undefined };
    const symbols = this.#activity.get(channel) ?? new Map<string, Activity<N>>();
    this.#activity.set(channel, symbols.set(symbol, activity));
    return activity;
  }

  /** One frame from the socket, already text. */
  frame(frame: string, receiveTime: number): void {
    this.counts.frames++;
    try {
      this.#parser.frame(frame, receiveTime);
    } catch (cause) {
      this.#fault(frame, cause);
      const reason = 'a frame could not be read';
      if (this.#protocol.book.hidesLosses === true) this.books.restart(reason);
      if (this.#protocol.l3?.hidesLosses === true) this.l3Books.restart(reason);
      // Consecutive ids show which trades are missing; without them the frame may have held some, and nothing else would show it.
      if (this.#protocol.tradeIds !== 'consecutive') this.#mayLack('trade', reason);
      this.#mayLack('liquidation', reason);
    }
  }

  /** Reports that events of a channel may be lost, for each of its symbols on this socket. */
  #mayLack(channel: Channel, reason: string): void {
    if (this.role !== 'active') return;
    for (const symbol of this.#activity.get(channel)?.keys() ?? []) {
      this.#sink.gap(channel, symbol, undefined, undefined, reason);
    }
  }

  /** Frames that end streams, where only the parser knows the venue's numbers of them. */
  unsubscribeFrames(subscriptions: readonly Subscription[]): readonly string[] | undefined {
    return this.#parser.unsubscribe?.(subscriptions);
  }

  /** The answer to a request for a whole book. */
  bookAnswer(symbol: string, text: string, receiveTime: number, channel: BookChannel = 'book'): void {
    try {
      if (channel === 'l3') {
        const message = this.#protocol.l3!.parse!(text, symbol, receiveTime);
        if (this.#gate.passesL3(message)) this.l3Books.take(message);
        else {
          this.l3Books.missed(symbol);
          this.#refuse('l3', symbol);
        }
        return;
      }
      const message = this.#protocol.parseBook!(text, symbol, receiveTime, this.#bookTexts);
      if (this.#gate.passesBook(message)) this.books.take(message);
      else {
        this.books.missed(symbol);
        this.#refuse('book', symbol);
      }
    } catch (cause) {
      this.booksOf(channel).missed(symbol);
      this.#fault(text, cause);
    }
  }

  /** The answer to a request for trades. False when it could not be read, which is reported. */
  tradesAnswer(symbol: string, text: string, receiveTime: number): boolean {
    try {
      const trades = this.#protocol.parseTrades!<N>(text, symbol, receiveTime, this.#numbers);
      for (const trade of trades) this.event(trade);
      return true;
    } catch (cause) {
      this.#fault(text, cause);
      return false;
    }
  }

  /** The socket has closed: books are void, and the next socket counts from the beginning. */
  disconnected(): void {
    this.books.reset();
    this.l3Books.reset();
    this.#socketSequence = undefined;
    this.#parser = this.#newParser();
    for (const symbols of this.#activity.values()) for (const activity of symbols.values()) activity.count = 0;
  }

  #fault(frame: string, cause: unknown): void {
    this.counts.faults++;
    const reason = messageOf(cause);
    const seen = frame.length > 200 ? `${frame.slice(0, 200)}...` : frame;
    this.#sink.error(
      new ProtocolError(`a frame from ${this.#protocol.id} could not be read (${reason}): ${seen}`, {
        cause,
        context: { exchange: this.#protocol.id, length: frame.length },
      }),
      frame,
    );
  }

  event(event: MarketEvent<N>): void {
    if (event.type !== 'trade') {
      this.#other(event);
      return;
    }
    const { symbol, backfill } = event;
    const activity = this.#activityOf('trade', symbol);
    if (activity === undefined) return;
    if (!this.#gate.passes(event)) {
      this.#refuse('trade', symbol);
      return;
    }
    if (!backfill) activity.count++;
    // While sockets are switched both may bring trades: numbered ones are passed on once, from whichever is first.
    if (this.role !== 'active' && (this.role === 'closed' || this.#protocol.tradeIds === 'none')) {
      this.#standby();
      return;
    }
    const verdict = this.seenTrades.take(event, this.#gate.tradeNumber);
    if (verdict === 'double') return;
    if (verdict === 'implausible') {
      this.counts.refused++;
      this.#sink.refused('trade', symbol, 'id', `id of a trade was ${event.id!}, far above the one before`);
      return;
    }
    if (verdict === 'restarted') this.#restarted(symbol);
    this.counts.events++;
    const states = this.#states;
    if (states !== undefined && states.notLive > 0) states.set('trade', symbol, 'live', 'data');
    this.#sink.event(verdict === 'late' && !backfill ? { ...event, backfill: true } : event, undefined);
    if (this.seenTrades.missing(symbol) !== undefined) this.#owner.tradesMissing(symbol);
  }

  /** The venue restarted its trade ids. Trades that were taken for duplicates until that was certain are lost. */
  #restarted(symbol: string): void {
    const { before, after } = this.seenTrades.restart(symbol);
    this.#sink.gap('trade', symbol, undefined, undefined, `trade ids went on at ${after} after ${before}`);
  }

  /**
   * Takes the place of another stream. The latest event received here while the other was in use is passed on, unless the other passed it
   * on: events that the other receives from now on are dropped.
   */
  replace(before: Stream<N>): void {
    this.role = 'active';
    before.role = 'standby';
    this.#before = before;
    for (const symbols of this.#activity.values()) {
      for (const activity of symbols.values()) {
        const { held } = activity;
        activity.held = undefined;
        if (held !== undefined) this.#passOn(held, activity);
      }
    }
  }

  /** The stream that it replaced is closed: it sends no late events any more. */
  settle(): void {
    this.#before = undefined;
  }

  /** Whether this stream passed an event on, or one that came after it. */
  #hasPassed(event: MarketEvent<N>): boolean {
    const passed = this.#activity.get(event.type)?.get(event.symbol)?.passed;
    if (passed === undefined) return false;
    if (
      event.type === 'quote' &&
      passed.type === 'quote' &&
      event.sequence !== undefined &&
      passed.sequence !== undefined
    )
      return event.sequence <= passed.sequence;
    if (event.time !== undefined && passed.time !== undefined && event.time !== passed.time)
      return event.time < passed.time;
    const textOf = (one: MarketEvent<N>): string => JSON.stringify({ ...one, receiveTime: 0 });
    return textOf(event) === textOf(passed);
  }

  #other(event: Exclude<MarketEvent<N>, TradeTick<N>>): void {
    const activity = this.#activityOf(event.type, event.symbol);
    if (activity === undefined) return;
    const checked = this.#gate.check(event);
    if (checked === undefined) {
      this.#refuse(event.type, event.symbol);
      return;
    }
    activity.count++;
    if (this.role !== 'active') {
      activity.held = checked;
      this.#standby();
      return;
    }
    this.#passOn(checked, activity);
  }

  #passOn(event: MarketEvent<N>, activity: Activity<N>): void {
    if (this.#before !== undefined && this.#before.#hasPassed(event)) return;
    activity.passed = event;
    this.counts.events++;
    const states = this.#states;
    if (states !== undefined && states.notLive > 0) states.set(event.type, event.symbol, 'live', 'data');
    this.#sink.event(event, undefined);
  }

  book(message: BookMessage): void {
    const { symbol } = message;
    const activity = this.#activityOf('book', symbol);
    if (activity === undefined) return;
    if (!this.#gate.passesBook(message)) {
      this.#refuse('book', symbol);
      this.books.spoil(symbol, this.#gate.refusal.detail);
      return;
    }
    activity.count++;
    this.books.take(message);
  }

  l3(message: L3Message): void {
    const { symbol } = message;
    const activity = this.#activityOf('l3', symbol);
    if (activity === undefined) return;
    if (!this.#gate.passesL3(message)) {
      this.#refuse('l3', symbol);
      this.l3Books.spoil(symbol, this.#gate.refusal.detail);
      return;
    }
    activity.count++;
    this.l3Books.take(message);
  }

  #refuse(channel: Channel, symbol: string): void {
    this.counts.refused++;
    const { reason, detail } = this.#gate.refusal;
    if (this.role === 'active') this.#sink.refused(channel, symbol, reason, detail);
  }

  /** A book changed: the update that consumers are given. */
  bookUpdate(update: BookUpdate<N>, book: Book): void {
    this.#passBook(update, book, undefined);
  }

  #passBook(update: BookUpdate<N> | L3Update<N>, book: Book | undefined, orders: L3Book | undefined): void {
    if (this.role !== 'active') {
      this.#standby();
      return;
    }
    this.counts.events++;
    this.#sink.event(update, book, orders);
  }

  needBook(symbol: string, reason: string): void {
    this.#owner.needBook(symbol, reason, 'book');
  }

  bookLive(symbol: string): void {
    this.#owner.bookLive(symbol, 'book');
  }

  #standby(): void {
    if (this.role === 'standby') this.#owner.standbyData();
  }

  answer(ok: boolean, text: string): void {
    if (ok) return;
    const message = `${this.#protocol.id} refused a subscription: ${text.slice(0, 200)}`;
    this.#sink.error(new ConnectorError(message, { code: 'refused' }));
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
    this.#owner.socketGap();
    const reason = `gap: after message ${last} of the socket came ${sequence}`;
    this.books.restart(reason);
    this.l3Books.restart(reason);
  }
}
