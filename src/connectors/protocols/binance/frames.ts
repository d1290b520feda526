/** The frames that make up nearly all of Binance's traffic, scanned by hand: trades, quotes and changes of books. */
import { floatAt } from '../../decoding/numbers.ts';
import type { Parser, ParserContext, Receiver } from '../../decoding/protocol.ts';
import { codeOf, FlatScan, puKey } from '../../decoding/flat-scan.ts';
import { BinanceParsed } from './parsed.ts';

const head = '{"stream":"';
/** The venue's keys of one letter, by their character codes. */
const [A, B, E, T, U, X] = Array.from('ABETUX', codeOf) as [number, number, number, number, number, number];
const [a, b, m, p, q, s, t, u] = Array.from('abmpqstu', codeOf) as [number, number, number, number, number, number, number, number]; // prettier-ignore
/** First letters of `MARKET`, `true` and `false`, and of streams: `depth` and, in the second place, `trade`. */
const marketLetter = codeOf('M');
const trueLetter = codeOf('t');
const falseLetter = codeOf('f');
const depthLetter = codeOf('d');
const tradeSecondLetter = codeOf('r');

/** Reads the frames of every Binance market. One that is of another kind, or not shaped as expected, goes through JSON.parse. */
export class BinanceParser<N> implements Parser {
  readonly #exchange: string;
  readonly #context: ParserContext<N>;
  readonly #out: Receiver<N>;
  readonly #scan: FlatScan;
  readonly #parsed: BinanceParsed<N>;
  readonly #names = new Map<string, string>();
  /** The venue's name of the symbol of the latest frame, and ours. */
  #lastName = '';
  #lastSymbol = '';

  constructor(exchange: string, context: ParserContext<N>) {
    this.#exchange = exchange;
    this.#context = context;
    this.#out = context.out;
    this.#scan = new FlatScan(context.bookTexts);
    this.#parsed = new BinanceParsed(exchange, context);
  }

  frame(frame: string, receiveTime: number): void {
    if (!this.scanned(frame, receiveTime)) this.#parsed.frame(frame, receiveTime);
  }

  /** The fast way. False when the frame is not one that it knows; then nothing has been emitted. */
  scanned(frame: string, receiveTime: number): boolean {
    // Cut out and compared: `startsWith` takes several times as long.
    const opening = frame.slice(0, head.length);
    if (opening !== head) return false;
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
        return frame.charCodeAt(at + 2) === tradeSecondLetter && this.#trade(frame, receiveTime, t);
      case depthLetter:
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
    // Futures also print trades of the insurance fund and of deleveraging, which did not happen in the market.
    if (from[X]! >= 0 && frame.charCodeAt(from[X]!) !== marketLetter) return true;
    const maker = frame.charCodeAt(from[m]!);
    if (maker !== trueLetter && maker !== falseLetter) return false;
    this.#out.event({
      type: 'trade',
      exchange: this.#exchange,
      symbol: this.#symbol(frame),
      time: floatAt(frame, from[T]!, to[T]!),
      receiveTime,
      id: frame.slice(from[idKey], to[idKey]),
      side: maker === trueLetter ? 'sell' : 'buy',
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
      previous: from[puKey]! < 0 ? undefined : floatAt(frame, from[puKey]!, to[puKey]!),
      bids: scan.bids,
      asks: scan.asks,
      bidTexts: scan.bidTexts,
      askTexts: scan.askTexts,
    });
    return true;
  }

  #symbol(frame: string): string {
    const venueSymbol = frame.slice(this.#scan.from[s], this.#scan.to[s]);
    // Most often the same as in the frame before.
    if (venueSymbol === this.#lastName) return this.#lastSymbol;
    let symbol = this.#names.get(venueSymbol);
    if (symbol === undefined) {
      symbol = this.#context.unified(venueSymbol);
      this.#names.set(venueSymbol, symbol);
    }
    this.#lastName = venueSymbol;
    this.#lastSymbol = symbol;
    return symbol;
  }
}
