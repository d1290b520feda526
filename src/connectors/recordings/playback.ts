/** Plays a recording through the same code that reads live sockets; events that were recorded as such are passed on. */
import { ConfigError, DataError, typeOfSymbol, unifiedSymbol, type Channel, type ConnectorError, type HttpRequest, type MarketEvent, type RefusalReason, type StreamEvent, type Level, type StreamGap, type StreamStatus } from '../../core/index.ts'; // prettier-ignore
import { Book } from '../decoding/book.ts';
import type { L3Book } from '../decoding/l3/l3-book.ts';
import type { FeedSink } from '../decoding/feed-sink.ts';
import { SeenTrades } from '../decoding/seen-trades.ts';
import type { NumberReader } from '../decoding/numbers.ts';
import type { Protocol } from '../decoding/protocol.ts';
import { findProtocol, protocolOf } from '../protocols/index.ts';
import { GuessedSymbols } from './guessed-symbols.ts';
import { frameText, type Recording, type RecordingLine } from './recording.ts';
import { Stream, type BookChannel } from '../decoding/frame-stream.ts';
import { SymbolMap, type ListedInstrument } from '../decoding/symbols.ts';

/** Who receives what a recording contains. */
export interface PlaybackOwner<N> {
  /** Takes an event. `orders` is the book of single orders after an `l3` update. */
  event(event: MarketEvent<N>, book: Book | undefined, orders?: L3Book): void;
  /** Takes a line that could not be read. */
  fault?(error: ConnectorError, frame: string): void;
  /** An event was refused because it held a value that no market can have. */
  refused?(channel: Channel, symbol: string, reason: RefusalReason, detail: string): void;
  /** A stream changed its state. Only recordings of events hold states. */
  status?(status: StreamStatus): void;
  /** Data are missing. Only recordings of events hold such gaps. */
  gap?(gap: StreamGap): void;
  /** A book was voided. */
  voided?(symbol: string, reason: string): void;
}

/** How a recording is played back. */
export interface PlaybackOptions<N> {
  /** The exchange's protocol, by which frames are read. Required unless the recording holds events, as those of feeds through ccxt do. */
  readonly protocol?: Protocol | undefined;
  /** How prices and sizes are read. */
  readonly numbers: NumberReader<N>;
  /** Levels of the book that are kept. Default: all of them. */
  readonly depth?: number;
}

/**
 * One pass over a recording. Answers to requests keep their place: a request waits for its answer's line, and an answer that comes first
 * waits for its request. No clock is read; the same recording gives the same events.
 */
export class Playback<N> {
  /** The recording's symbols, once its instruments have been read. */
  readonly symbols: SymbolMap;
  /** @internal */
  readonly streams = new Map<string, Stream<N>>();
  readonly #protocol: Protocol | undefined;
  readonly #exchange: string;
  /** The books of recorded events. */
  readonly #eventBooks = new Map<string, Book>();
  readonly #options: PlaybackOptions<N>;
  readonly #owner: PlaybackOwner<N>;
  readonly #seenTrades: SeenTrades;
  readonly #wanted = new Map<string, { symbol: string; channel: BookChannel; stream: Stream<N> }[]>();
  readonly #answers = new Map<string, RecordingLine[]>();
  readonly #venueSymbols = new Map<string, string>();
  readonly #urls = new Map<string, string>();
  /** The instruments that the recording lists, without those guessed since. */
  readonly #listed: SymbolMap;
  readonly #guessed: GuessedSymbols;
  /** The symbols that the recording says were subscribed to. */
  readonly #subscribed: ReadonlySet<string>;

  constructor(recording: Recording, options: PlaybackOptions<N>, owner: PlaybackOwner<N>) {
    this.#protocol = options.protocol;
    this.#options = options;
    this.#owner = owner;
    this.#exchange = options.protocol?.id ?? recording.meta.exchange;
    const hasEvents = recording.lines.some(({ dir }) => dir === 'event');
    if (hasEvents && options.numbers.kind !== 'number') {
      throw new ConfigError(`recorded events have floats: numbers must be 'number', was '${options.numbers.kind}'`, { context: { field: 'numbers' } }); // prettier-ignore
    }
    this.#seenTrades = new SeenTrades(options.protocol?.tradeIds ?? 'unique');
    const listed = options.protocol === undefined ? [] : instrumentsOf(recording, options.protocol);
    this.#listed = new SymbolMap(this.#exchange, listed);
    this.symbols = new SymbolMap(this.#exchange, listed);
    if (hasEvents) this.#nameEvents(recording);
    const names = Object.values(recording.meta.subscription ?? {}).flat();
    this.#guessed = new GuessedSymbols(names);
    this.#subscribed = new Set(names.map(unifiedSymbol));
    for (const instrument of this.symbols.instruments)
      this.#venueSymbols.set(instrument.symbol, instrument.venueSymbol);
  }

  /** Takes the next line of the recording. */
  line(line: RecordingLine): void {
    const receiveTime = (line.t ?? 0) * 1000;
    if (line.dir === 'open' && line.url !== undefined) this.#urls.set(line.conn, line.url);
    else if (line.dir === 'in') this.#stream(line.conn).frame(frameText(line), receiveTime);
    else if (line.dir === 'event') this.#event(line);
    else if (line.dir === 'close') this.streams.get(line.conn)?.disconnected();
    else if (line.dir === 'http') this.#answer(line, receiveTime);
  }

  /** The symbols of recorded events are their unified names. */
  #nameEvents(recording: Recording): void {
    const known = new Set([...this.symbols.instruments].map(({ symbol }) => symbol));
    for (const name of new Set(Object.values(recording.meta.subscription ?? {}).flat())) {
      const symbol = unifiedSymbol(name);
      if (known.has(symbol)) continue;
      const [base = '', quote = ''] = symbol.split(/[/:]/);
      this.symbols.add({ symbol, type: typeOfSymbol(symbol), base, quote, venueSymbol: symbol, active: true }); // prettier-ignore
    }
  }

  #event(line: RecordingLine): void {
    const owner = this.#owner;
    const event = eventOf(line) as StreamEvent<N>;
    switch (event.type) {
      case 'status':
        owner.status?.(event);
        return;
      case 'gap':
        owner.gap?.(event);
        return;
      case 'refused':
        owner.refused?.(event.channel, event.symbol, event.reason, event.detail);
        return;
      case 'book': {
        const book = this.#eventBooks.get(event.symbol) ?? new Book(event.symbol);
        this.#eventBooks.set(event.symbol, book);
        const depth = this.#options.depth ?? Infinity;
        const [bids, asks] = [event.bids.slice(0, depth), event.asks.slice(0, depth)] as unknown as Level[][];
        // ccxt's books are whole each time.
        book.bids.load(bids!);
        book.asks.load(asks!);
        book.sequence = event.sequence;
        book.time = event.time;
        book.version++;
        owner.event({ ...event, bids, asks } as unknown as MarketEvent<N>, book);
        return;
      }
      default:
        owner.event(event as MarketEvent<N>, undefined);
    }
  }

  #stream(conn: string): Stream<N> {
    const found = this.streams.get(conn);
    if (found !== undefined) return found;
    const protocol = this.#protocol;
    if (protocol === undefined) {
      throw new ConfigError(`the recording holds frames of ${this.#exchange}, which nextbar has no connector of its own for`, { context: { exchange: this.#exchange } }); // prettier-ignore
    }
    const url = this.#urls.get(conn);
    const symbols = this.#symbolsOf(url);
    const guesses = new Map<string, string>();
    const unified = (venueSymbol: string): string => {
      if (symbols.has(venueSymbol)) return symbols.unified(venueSymbol);
      const known = guesses.get(venueSymbol) ?? this.#guess(venueSymbol, url);
      guesses.set(venueSymbol, known);
      return known;
    };
    const subscribed = this.#subscribed;
    const venueSymbols = [...symbols.instruments].flatMap((one) =>
      subscribed.has(one.symbol) ? [one.venueSymbol] : [],
    );
    const options = { ...this.#options, protocol, unified, venueSymbols, seenTrades: this.#seenTrades };
    // This socket looks up in the recording what a live one requests for its books.
    const stream: Stream<N> = new Stream<N>(options, sinkOf(this.#owner), {
      ...ignored,
      needBook: (symbol, reason, channel) => {
        if (reason !== 'first') this.#owner.voided?.(symbol, reason);
        this.#ask(symbol, channel, stream);
      },
    });
    this.streams.set(conn, stream);
    return stream;
  }

  /** At the end: whole books that came for symbols on which nothing else happened. */
  finish(): void {
    const stream = [...this.streams.values()][0];
    if (stream === undefined) return;
    for (const { symbol, venueSymbol } of this.symbols.instruments) {
      for (const channel of ['book', 'l3'] as const) {
        const request = this.#bookRequest(channel, venueSymbol);
        const answer = request === undefined ? undefined : this.#answers.get(addressOf(request.url))?.[0];
        if (answer === undefined || [...this.streams.values()].some((one) => one.isWhole(channel, symbol))) continue;
        stream.bookAnswer(symbol, answer.data ?? '', (answer.t ?? 0) * 1000, channel);
      }
    }
  }

  /** Where two instruments share a venue's name (spot and perpetual on Bybit), the socket's address shows which is meant. */
  #symbolsOf(url: string | undefined): SymbolMap {
    const protocol = this.#protocol;
    if (url === undefined || protocol === undefined) return this.#listed;
    const { pathname } = new URL(url);
    const here = [...this.#listed.instruments].filter(
      ({ symbol, venueSymbol }) =>
        new URL(protocol.endpoint({ channel: 'trade', symbol, venueSymbol })).pathname === pathname,
    );
    return here.length === 0 ? this.#listed : new SymbolMap(this.#exchange, here);
  }

  /** The subscribed symbol that an unlisted name means, by its letters; of two with one name the one that this socket carries. */
  #guess(venueSymbol: string, url: string | undefined): string {
    const path = url === undefined ? undefined : new URL(url).pathname;
    const fits = (symbol: string): boolean =>
      path === undefined ||
      new URL(this.#protocol!.endpoint({ channel: 'trade', symbol, venueSymbol })).pathname === path;
    const found = this.#guessed.find(venueSymbol, fits);
    if (found === undefined) return venueSymbol;
    this.#venueSymbols.set(found.symbol, venueSymbol);
    if (![...this.symbols.instruments].some((one) => one.symbol === found.symbol)) this.symbols.add(found);
    return found.symbol;
  }

  #bookRequest(channel: BookChannel, venueSymbol: string): HttpRequest | undefined {
    const protocol = this.#protocol;
    return channel === 'book' ? protocol?.bookRequest?.(venueSymbol) : protocol?.l3?.request?.(venueSymbol);
  }

  #ask(symbol: string, channel: BookChannel, stream: Stream<N>): void {
    const request = this.#bookRequest(channel, this.#venueSymbols.get(symbol) ?? symbol);
    if (request === undefined) return;
    const key = addressOf(request.url);
    const early = this.#answers.get(key)?.shift();
    const wanted = this.#wanted.get(key) ?? [];
    wanted.push({ symbol, channel, stream });
    this.#wanted.set(key, wanted);
    if (early !== undefined) this.#answer(early, (early.t ?? 0) * 1000);
  }

  #answer(line: RecordingLine, receiveTime: number): void {
    const key = addressOf(line.url ?? '');
    const waiting = this.#wanted.get(key)?.shift();
    if (waiting !== undefined) waiting.stream.bookAnswer(waiting.symbol, line.data ?? '', receiveTime, waiting.channel);
    else this.#answers.set(key, [...(this.#answers.get(key) ?? []), line]);
  }
}

/** @throws {DataError} If a line holds no event. */
function eventOf({ data = '' }: RecordingLine): StreamEvent {
  try {
    const event = JSON.parse(data) as StreamEvent | null;
    if (typeof event?.type === 'string') return event;
  } catch {
    // Reported with what was seen.
  }
  throw new DataError(`a recorded event must be an object with a type, was ${data.slice(0, 80)}`);
}

const nothing = (): void => {};

/** The parts of an owner that a played stream does not need: nothing can be sent or fetched. */
const ignored = { send: nothing, bookLive: nothing, tradesMissing: nothing, socketGap: nothing, standbyData: nothing };

/** The owner of a playback as a sink. Refusals of requests are not faults of a frame, so they are left out. */
function sinkOf<N>(owner: PlaybackOwner<N>): FeedSink<N> {
  return {
    event: (event, book, orders) => {
      owner.event(event, book, orders);
    },
    error: (error, frame) => {
      if (frame !== undefined) owner.fault?.(error, frame);
    },
    status: nothing,
    gap: nothing,
    refused: (channel, symbol, reason, detail) => {
      owner.refused?.(channel, symbol, reason, detail);
    },
    wire: nothing,
  };
}

/** Path and query: hosts move, requests stay. */
function addressOf(url: string): string {
  const { pathname, searchParams } = new URL(url);
  searchParams.sort();
  return `${pathname}?${searchParams.toString()}`;
}

/**
 * The protocol by which a recording is read; undefined where it holds only events, as of a feed through ccxt.
 *
 * @throws {ConfigError} If it holds frames of an exchange without a connector here.
 */
export function recordedProtocol(
  recording: Recording,
  exchange: string,
  more?: readonly Protocol[],
): Protocol | undefined {
  const isRead = recording.lines.some(({ dir }) => dir !== 'event') || recording.lines.length === 0;
  return isRead ? protocolOf(exchange, more) : findProtocol(exchange, more);
}

/** The instruments that a recording lists, or, where it lists none, those that it subscribed to, named by the venue's rule. */
function instrumentsOf(recording: Recording, protocol: Protocol): ListedInstrument[] {
  const listed: ListedInstrument[] = [];
  const paths = new Set(protocol.instruments.requests.map((request) => new URL(request.url).pathname));
  for (const line of recording.lines) {
    if (line.dir !== 'http' || line.url === undefined || !paths.has(new URL(line.url).pathname)) continue;
    const body = protocol.instruments.requests.find((request) => request.body !== undefined)?.body;
    if (body !== undefined && line.body?.replaceAll(' ', '') !== body) continue;
    listed.push(...protocol.instruments.parse(line.data ?? '', line.url));
  }
  if (listed.length > 0) return listed;
  for (const name of new Set(Object.values(recording.meta.subscription ?? {}).flat())) {
    const symbol = unifiedSymbol(name);
    const venueSymbol = protocol.venueSymbol?.(symbol);
    const [base = '', quote = ''] = symbol.split(/[/:]/);
    if (venueSymbol !== undefined) listed.push({ symbol, type: 'spot', base, quote, venueSymbol, active: true });
  }
  return listed;
}

/** This package's channels by the names that recordings of this format use. */
export const recordedChannels: Readonly<Record<string, Channel>> = {
  trades: 'trade',
  l2_book: 'book',
  l3_book: 'l3',
  ticker: 'quote',
  candles: 'bar',
  funding: 'funding',
  open_interest: 'openInterest',
  liquidations: 'liquidation',
  index: 'index',
};
