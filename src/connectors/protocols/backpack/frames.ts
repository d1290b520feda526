/** The frames of Backpack: prints, books, bars and what the venue computes, times in microseconds. */
import type { Side } from '../../../core/index.ts';
import {
  isoTime, numberIn, numberMaybe, objectIn, parseObject, sideIn, sidesIn, textIn, valueIn, valueMaybe, wrong, type Json,
} from '../../decoding/fields.ts'; // prettier-ignore
import type { NumberReader } from '../../decoding/numbers.ts';
import type { Parser, ParserContext } from '../../decoding/protocol.ts';
import { unifiedTimeframe } from '../../decoding/timeframes.ts';

/** The venue's names of bar lengths. */
export const backpackTimeframes = {
  '1m': '1m', '3m': '3m', '5m': '5m', '15m': '15m', '30m': '30m', '1h': '1h', '2h': '2h', '4h': '4h', '6h': '6h', '8h': '8h', '12h': '12h',
  '1d': '1d', '3d': '3d', '1w': '1w', '1M': '1month',
}; // prettier-ignore

/** Milliseconds of a time in microseconds, milliseconds or seconds: the venue mixes them, and their magnitude shows which it is. */
export function backpackTime(value: number): number {
  if (value > 1e14) return value / 1000;
  return value > 1e11 ? value : value * 1000;
}

/** Reads the frames of one socket. */
export class BackpackParser<N> implements Parser {
  readonly #context: ParserContext<N>;

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = parseObject(frame);
    if (!('data' in message)) {
      const refused = 'error' in message && message['error'] !== null;
      this.#context.out.answer(!refused, refused ? JSON.stringify(message['error']) : 'ok');
      return;
    }
    const data = objectIn(message, 'data');
    const symbol = this.#context.unified(textIn(data, 's'));
    // A bar's close is in the field T.
    const time = backpackTime(
      data['e'] === 'kline' ? numberIn(data, 'E') : (numberMaybe(data, 'T') ?? numberIn(data, 'E')),
    );
    const stamp = { exchange: 'backpack', symbol, time, receiveTime };
    switch (data['e']) {
      case 'trade':
        this.#context.out.event({
          type: 'trade',
          ...stamp,
          ...backpackTrade(data, 't', this.#context.numbers),
          backfill: false,
        });
        break;
      case 'depth':
        this.#book(data, stamp.symbol, time, receiveTime);
        break;
      case 'bookTicker':
        this.#quote(data, stamp);
        break;
      case 'kline':
        this.#bar(data, textIn(message, 'stream').split('.')[1]!, stamp);
        break;
      case 'markPrice':
        this.#markPrice(data, stamp);
        break;
      case 'openInterest':
        this.#context.out.event({ type: 'openInterest', ...stamp, size: valueIn(data, 'o', this.#context.numbers) });
        break;
      case 'liquidation':
        this.#context.out.event({
          type: 'liquidation',
          ...stamp,
          id: undefined,
          side: sideIn(data, 'S', 'Bid', 'Ask'),
          price: valueIn(data, 'p', this.#context.numbers),
          size: valueIn(data, 'q', this.#context.numbers),
        });
        break;
      case 'ticker':
        this.#ticker(data, stamp);
    }
  }

  #book(data: Json, symbol: string, time: number, receiveTime: number): void {
    this.#context.out.book({
      ...sidesIn(data, 'b', 'a', this.#context.bookTexts),
      kind: 'delta',
      symbol,
      time,
      receiveTime,
      first: numberIn(data, 'U'),
      sequence: numberIn(data, 'u'),
    });
  }

  #quote(data: Json, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'quote',
      ...stamp,
      bid: valueMaybe(data, 'b', numbers),
      bidSize: valueMaybe(data, 'B', numbers),
      ask: valueMaybe(data, 'a', numbers),
      askSize: valueMaybe(data, 'A', numbers),
      sequence: numberIn(data, 'u'),
    });
  }

  #bar(data: Json, interval: string, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    const timeframe = unifiedTimeframe(backpackTimeframes, interval);
    this.#context.out.event({
      type: 'bar',
      ...stamp,
      timeframe,
      start: isoTime(textIn(data, 't')),
      end: isoTime(textIn(data, 'T')),
      open: valueIn(data, 'o', numbers),
      high: valueIn(data, 'h', numbers),
      low: valueIn(data, 'l', numbers),
      close: valueIn(data, 'c', numbers),
      volume: valueIn(data, 'v', numbers),
      tradeCount: numberMaybe(data, 'n'),
      closed: data['X'] === true,
    });
  }

  #markPrice(data: Json, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    const indexPrice = valueMaybe(data, 'i', numbers);
    const next = numberMaybe(data, 'n');
    this.#context.out.event({
      type: 'funding',
      ...stamp,
      rate: undefined,
      predictedRate: valueMaybe(data, 'f', numbers),
      nextTime: next === undefined ? undefined : backpackTime(next),
      markPrice: valueIn(data, 'p', numbers),
      indexPrice,
    });
    this.#context.out.event({ type: 'mark', ...stamp, price: valueIn(data, 'p', numbers) });
    if (indexPrice !== undefined) this.#context.out.event({ type: 'index', ...stamp, price: indexPrice });
  }

  #ticker(data: Json, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'ticker24h',
      ...stamp,
      open: valueMaybe(data, 'o', numbers),
      high: valueMaybe(data, 'h', numbers),
      low: valueMaybe(data, 'l', numbers),
      last: valueMaybe(data, 'c', numbers),
      volume: valueMaybe(data, 'v', numbers),
      quoteVolume: valueMaybe(data, 'V', numbers),
      tradeCount: numberMaybe(data, 'n'),
    });
  }
}

interface Stamp {
  readonly exchange: string;
  readonly symbol: string;
  readonly time: number;
  readonly receiveTime: number;
}

/** Id, taker's side, price and size of a print, from the stream (`idField` is `t`) or from a request (`id`). */
export function backpackTrade<N>(
  data: Json,
  idField: string,
  numbers: NumberReader<N>,
): { id: string; side: Side; price: N; size: N } {
  const maker = data[idField === 't' ? 'm' : 'isBuyerMaker'];
  if (typeof maker !== 'boolean') throw wrong('m', 'true or false', maker);
  const [price, size] = idField === 't' ? ['p', 'q'] : ['price', 'quantity'];
  return {
    id: textIn(data, idField),
    side: maker ? 'sell' : 'buy',
    price: valueIn(data, price, numbers),
    size: valueIn(data, size, numbers),
  };
}
