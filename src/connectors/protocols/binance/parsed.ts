/** Binance frames read by JSON.parse: every kind, in any shape that the venue documents. */
import type { Side } from '../../../core/index.ts';
import {
  numberIn, numberMaybe, objectIn, parseObject, sideIn, sidesIn, textIn, valueIn, valueMaybe, type Json,
} from '../../decoding/fields.ts'; // prettier-ignore
import type { BookMessage, Parser, ParserContext, Receiver } from '../../decoding/protocol.ts';

/** The general way to read a frame; it emits what a scan of the same frame emits. */
export class BinanceParsed<N> implements Parser {
  readonly #exchange: string;
  readonly #context: ParserContext<N>;
  readonly #out: Receiver<N>;
  /** The field of bars and statistics that counts base units: in inverse contracts the usual field counts contracts. */
  readonly #volumeField: 'v' | 'q';

  constructor(exchange: string, context: ParserContext<N>) {
    this.#exchange = exchange;
    this.#context = context;
    this.#out = context.out;
    this.#volumeField = exchange === 'binancecoinm' ? 'q' : 'v';
  }

  frame(frame: string, receiveTime: number): void {
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
      volume: valueIn(bar, this.#volumeField, numbers),
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
    this.#out.event({ type: 'mark', ...stamp, price: valueIn(data, 'p', numbers) });
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
      volume: valueIn(data, this.#volumeField, numbers),
      quoteVolume: this.#volumeField === 'q' ? undefined : valueIn(data, 'q', numbers),
      tradeCount: numberIn(data, 'n'),
    });
  }
}

/** The taker sold when the buyer was the maker. */
function takerSide(data: Json): Side {
  return sideIn({ m: data['m'] === true ? 'true' : data['m'] === false ? 'false' : data['m'] }, 'm', 'false', 'true');
}

function binanceDelta(data: Json, symbol: string, receiveTime: number, texts: boolean): BookMessage {
  return {
    ...sidesIn(data, 'b', 'a', texts),
    kind: 'delta',
    symbol,
    time: numberIn(data, 'E'),
    receiveTime,
    first: numberIn(data, 'U'),
    sequence: numberIn(data, 'u'),
    previous: numberMaybe(data, 'pu'),
  };
}
