/** The frames that all of Binance's markets share: spot, its US house, and both kinds of futures. */
import type { Side } from '../../core/index.ts';
import {
  levelsFrom,
  listIn,
  numberIn,
  numberMaybe,
  objectIn,
  parseObject,
  sideIn,
  textIn,
  valueIn,
  valueMaybe,
  type Json,
} from '../fields.ts';
import { floatAt } from '../numbers.ts';
import type { BookMessage, Parser, ParserContext, Receiver, Subscription } from '../protocol.ts';
import { FlatScan, pu } from '../scan.ts';

const head = '{"stream":"';
const A = 65, B = 66, E = 69, T = 84, U = 85, X = 88, marketLetter = 77; // prettier-ignore
const a = 97, b = 98, m = 109, p = 112, q = 113, s = 115, t = 116, u = 117; // prettier-ignore

/** The name of the stream that carries a subscription, without the symbol. */
export function binanceStream(subscription: Subscription): string {
  const symbol = subscription.venueSymbol.toLowerCase();
  switch (subscription.channel) {
    case 'trade':
      return `${symbol}@aggTrade`;
    case 'quote':
      return `${symbol}@bookTicker`;
    case 'book':
      return `${symbol}@depth@100ms`;
    case 'bar':
      return `${symbol}@kline_${subscription.timeframe ?? '1m'}`;
    case 'funding':
    case 'index':
      return `${symbol}@markPrice@1s`;
    case 'liquidation':
      return `${symbol}@forceOrder`;
    default:
      return `${symbol}@ticker`;
  }
}

/** Frames that subscribe to or leave streams; several subscriptions may share one stream. */
export function binanceControl(
  method: 'SUBSCRIBE' | 'UNSUBSCRIBE',
  subscriptions: readonly Subscription[],
  id: number,
): string[] {
  const streams = [...new Set(subscriptions.map(binanceStream))];
  const frames: string[] = [];
  for (let i = 0; i < streams.length; i += 100) {
    frames.push(JSON.stringify({ method, params: streams.slice(i, i + 100), id: id + frames.length }));
  }
  return frames;
}

/**
 * Reads Binance frames. Trades, quotes and book deltas, which are nearly all of the traffic, are scanned by hand; every other frame, and
 * every one that is not shaped as expected, goes through JSON.parse.
 */
export class BinanceParser<N> implements Parser {
  readonly #exchange: string;
  readonly #context: ParserContext<N>;
  readonly #out: Receiver<N>;
  readonly #scan: FlatScan;
  readonly #names = new Map<string, string>();
  /** The venue's name of the symbol of the latest frame, and ours. */
  #lastName = '';
  #lastSymbol = '';

  constructor(exchange: string, context: ParserContext<N>) {
    this.#exchange = exchange;
    this.#context = context;
    this.#out = context.out;
    this.#scan = new FlatScan(context.bookTexts);
  }

  frame(frame: string, receiveTime: number): void {
    if (!this.scanned(frame, receiveTime)) this.parsed(frame, receiveTime);
  }

  /** The fast way. False when the frame is not one that it knows; then nothing has been told to anyone. */
  scanned(frame: string, receiveTime: number): boolean {
    if (!frame.startsWith(head)) return false;
    const at = frame.indexOf('@', head.length);
    if (at < 0) return false;
    const data = frame.indexOf('"data":{', at);
    if (data < 0 || this.#scan.read(frame, data + 7) !== frame.length - 1) return false;
    switch (frame.charCodeAt(at + 1)) {
      case b:
        return this.#quote(frame, receiveTime);
      case a:
        return this.#trade(frame, receiveTime, a);
      case t:
        return frame.charCodeAt(at + 2) === 114 && this.#trade(frame, receiveTime, t);
      case 100:
        return this.#delta(frame, receiveTime);
      default:
        return false;
    }
  }

  #trade(frame: string, receiveTime: number, idKey: number): boolean {
    const { from, to } = this.#scan;
    if (from[idKey]! < 0 || from[p]! < 0 || from[q]! < 0 || from[T]! < 0 || from[m]! < 0 || from[s]! < 0) return false;
    const numbers = this.#context.numbers;
    const price = numbers.slice(frame, from[p]!, to[p]!);
    const size = numbers.slice(frame, from[q]!, to[q]!);
    if (price !== price || size !== size) return false;
    // Futures also print what the insurance fund and deleveraging do, which nobody traded in the market.
    if (from[X]! >= 0 && frame.charCodeAt(from[X]!) !== marketLetter) return true;
    const maker = frame.charCodeAt(from[m]!);
    if (maker !== t && maker !== 102) return false;
    this.#out.event({
      type: 'trade',
      exchange: this.#exchange,
      symbol: this.#symbol(frame),
      time: floatAt(frame, from[T]!, to[T]!),
      receiveTime,
      id: frame.slice(from[idKey], to[idKey]),
      side: maker === t ? 'sell' : 'buy',
      price,
      size,
      backfill: false,
    });
    return true;
  }

  #quote(frame: string, receiveTime: number): boolean {
    const { from, to } = this.#scan;
    if (from[b]! < 0 || from[B]! < 0 || from[a]! < 0 || from[A]! < 0 || from[u]! < 0 || from[s]! < 0) return false;
    const numbers = this.#context.numbers;
    const bid = numbers.slice(frame, from[b]!, to[b]!);
    const bidSize = numbers.slice(frame, from[B]!, to[B]!);
    const ask = numbers.slice(frame, from[a]!, to[a]!);
    const askSize = numbers.slice(frame, from[A]!, to[A]!);
    if (bid !== bid || bidSize !== bidSize || ask !== ask || askSize !== askSize) return false;
    this.#out.event({
      type: 'quote',
      exchange: this.#exchange,
      symbol: this.#symbol(frame),
      time: from[E]! < 0 ? undefined : floatAt(frame, from[E]!, to[E]!),
      receiveTime,
      bid,
      bidSize,
      ask,
      askSize,
      sequence: floatAt(frame, from[u]!, to[u]!),
    });
    return true;
  }

  #delta(frame: string, receiveTime: number): boolean {
    const scan = this.#scan;
    const { from, to } = scan;
    if (from[U]! < 0 || from[u]! < 0 || from[a]! < 0 || from[b]! < 0 || from[E]! < 0 || from[s]! < 0) return false;
    this.#out.book({
      kind: 'delta',
      symbol: this.#symbol(frame),
      time: floatAt(frame, from[E]!, to[E]!),
      receiveTime,
      first: floatAt(frame, from[U]!, to[U]!),
      sequence: floatAt(frame, from[u]!, to[u]!),
      previous: from[pu]! < 0 ? undefined : floatAt(frame, from[pu]!, to[pu]!),
      bids: scan.bids,
      asks: scan.asks,
      bidTexts: scan.bidTexts,
      askTexts: scan.askTexts,
    });
    return true;
  }

  #symbol(frame: string): string {
    const from = this.#scan.from[s]!;
    const to = this.#scan.to[s]!;
    // Most often the same as in the frame before.
    if (to - from === this.#lastName.length && frame.startsWith(this.#lastName, from)) return this.#lastSymbol;
    const venueSymbol = frame.slice(from, to);
    let symbol = this.#names.get(venueSymbol);
    if (symbol === undefined) {
      symbol = this.#context.unified(venueSymbol);
      this.#names.set(venueSymbol, symbol);
    }
    this.#lastName = venueSymbol;
    this.#lastSymbol = symbol;
    return symbol;
  }

  /** The general way. */
  parsed(frame: string, receiveTime: number): void {
    const whole = parseObject(frame);
    if (!('data' in whole)) {
      this.#answer(whole);
      return;
    }
    const data = objectIn(whole, 'data');
    const stream = textIn(whole, 'stream');
    switch (data['e'] ?? stream.slice(stream.indexOf('@') + 1)) {
      case 'aggTrade':
        this.#parsedTrade(data, receiveTime, 'a');
        break;
      case 'trade':
        this.#parsedTrade(data, receiveTime, 't');
        break;
      case 'bookTicker':
        this.#parsedQuote(data, receiveTime);
        break;
      case 'depthUpdate':
        this.#out.book(binanceDelta(data, this.#named(data), receiveTime, this.#context.bookTexts));
        break;
      case 'kline':
        this.#bar(data, receiveTime);
        break;
      case 'markPriceUpdate':
        this.#markPrice(data, receiveTime);
        break;
      case 'forceOrder':
        this.#liquidation(data, receiveTime);
        break;
      case '24hrTicker':
        this.#ticker(data, receiveTime);
    }
  }

  #answer(whole: Json): void {
    if ('error' in whole || 'code' in whole)
      this.#out.answer(false, JSON.stringify(whole['error'] ?? whole['msg'] ?? whole));
    else if ('result' in whole) this.#out.answer(true, String(whole['id']));
    else this.#out.heartbeat();
  }

  #named(data: Json): string {
    return this.#context.unified(textIn(data, 's'));
  }

  #parsedTrade(data: Json, receiveTime: number, idField: string): void {
    if ('X' in data && data['X'] !== 'MARKET') return;
    this.#out.event({
      type: 'trade',
      exchange: this.#exchange,
      symbol: this.#named(data),
      time: numberIn(data, 'T'),
      receiveTime,
      id: idField in data ? textIn(data, idField) : undefined,
      side: takerSide(data),
      price: valueIn(data, 'p', this.#context.numbers),
      size: valueIn(data, 'q', this.#context.numbers),
      backfill: false,
    });
  }

  #parsedQuote(data: Json, receiveTime: number): void {
    const numbers = this.#context.numbers;
    this.#out.event({
      type: 'quote',
      exchange: this.#exchange,
      symbol: this.#named(data),
      time: numberMaybe(data, 'E'),
      receiveTime,
      bid: valueIn(data, 'b', numbers),
      bidSize: valueIn(data, 'B', numbers),
      ask: valueIn(data, 'a', numbers),
      askSize: valueIn(data, 'A', numbers),
      sequence: numberIn(data, 'u'),
    });
  }

  #bar(data: Json, receiveTime: number): void {
    const bar = objectIn(data, 'k');
    const numbers = this.#context.numbers;
    this.#out.event({
      type: 'bar',
      exchange: this.#exchange,
      symbol: this.#named(data),
      time: numberIn(data, 'E'),
      receiveTime,
      timeframe: textIn(bar, 'i'),
      start: numberIn(bar, 't'),
      end: numberIn(bar, 'T') + 1,
      open: valueIn(bar, 'o', numbers),
      high: valueIn(bar, 'h', numbers),
      low: valueIn(bar, 'l', numbers),
      close: valueIn(bar, 'c', numbers),
      volume: valueIn(bar, 'v', numbers),
      tradeCount: numberIn(bar, 'n'),
      closed: bar['x'] === true,
    });
  }

  #markPrice(data: Json, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const stamp = { exchange: this.#exchange, symbol: this.#named(data), time: numberIn(data, 'E'), receiveTime };
    const indexPrice = valueMaybe(data, 'i', numbers);
    const nextTime = numberMaybe(data, 'T');
    this.#out.event({
      type: 'funding',
      ...stamp,
      rate: valueMaybe(data, 'r', numbers),
      predictedRate: undefined,
      nextTime: nextTime === 0 ? undefined : nextTime,
      markPrice: valueIn(data, 'p', numbers),
      indexPrice,
    });
    if (indexPrice !== undefined) this.#out.event({ type: 'index', ...stamp, price: indexPrice });
  }

  #liquidation(data: Json, receiveTime: number): void {
    const order = objectIn(data, 'o');
    this.#out.event({
      type: 'liquidation',
      exchange: this.#exchange,
      symbol: this.#named(order),
      time: numberIn(order, 'T'),
      receiveTime,
      id: undefined,
      side: sideIn(order, 'S', 'BUY', 'SELL'),
      price: valueIn(order, 'p', this.#context.numbers),
      size: valueIn(order, 'q', this.#context.numbers),
    });
  }

  #ticker(data: Json, receiveTime: number): void {
    const numbers = this.#context.numbers;
    this.#out.event({
      type: 'ticker24h',
      exchange: this.#exchange,
      symbol: this.#named(data),
      time: numberIn(data, 'E'),
      receiveTime,
      open: valueIn(data, 'o', numbers),
      high: valueIn(data, 'h', numbers),
      low: valueIn(data, 'l', numbers),
      last: valueIn(data, 'c', numbers),
      volume: valueIn(data, 'v', numbers),
      quoteVolume: valueIn(data, 'q', numbers),
      tradeCount: numberIn(data, 'n'),
    });
  }
}

/** The taker sold when the buyer was the maker. */
function takerSide(data: Json): Side {
  return sideIn({ m: data['m'] === true ? 'true' : data['m'] === false ? 'false' : data['m'] }, 'm', 'false', 'true');
}

function binanceDelta(data: Json, symbol: string, receiveTime: number, texts: boolean): BookMessage {
  const bids = levelsFrom(listIn(data, 'b'), 'b', texts);
  const asks = levelsFrom(listIn(data, 'a'), 'a', texts);
  return {
    kind: 'delta',
    symbol,
    time: numberIn(data, 'E'),
    receiveTime,
    first: numberIn(data, 'U'),
    sequence: numberIn(data, 'u'),
    previous: numberMaybe(data, 'pu'),
    bids: bids.levels,
    asks: asks.levels,
    bidTexts: bids.texts,
    askTexts: asks.texts,
  };
}

/** A whole book as its HTTP interface sends it. */
export function binanceBook(text: string, symbol: string, receiveTime: number, texts: boolean): BookMessage {
  const data = parseObject(text);
  const bids = levelsFrom(listIn(data, 'bids'), 'bids', texts);
  const asks = levelsFrom(listIn(data, 'asks'), 'asks', texts);
  return {
    kind: 'snapshot',
    symbol,
    time: numberMaybe(data, 'E'),
    receiveTime,
    sequence: numberIn(data, 'lastUpdateId'),
    bids: bids.levels,
    asks: asks.levels,
    bidTexts: bids.texts,
    askTexts: asks.texts,
  };
}
