/** The frames of OKX version 5: prints, books, bars and what the venue computes. */
import { barClose, timeframe, type TradeTick } from '../../../core/index.ts';
import {
  asObject, listIn, numberIn, numberMaybe, objectIn, objectsIn, parseObject, pricesIn, sidesIn, sideIn, textIn, valueIn, valueMaybe, wrong, type Json,
} from '../../decoding/fields.ts'; // prettier-ignore
import type { NumberReader } from '../../decoding/numbers.ts';
import type { Parser, ParserContext } from '../../decoding/protocol.ts';
import { unifiedTimeframe } from '../../decoding/timeframes.ts';

/** The venue's names of bar lengths. */
export const okxTimeframes = {
  '1m': '1m', '3m': '3m', '5m': '5m', '15m': '15m', '30m': '30m', '1h': '1H', '2h': '2H', '4h': '4H', '6h': '6Hutc', '12h': '12Hutc',
  '1d': '1Dutc', '3d': '3Dutc', '1w': '1Wutc', '1M': '1Mutc',
}; // prettier-ignore

/** Reads the frames of one socket. */
export class OkxParser<N> implements Parser {
  readonly #context: ParserContext<N>;
  /** Symbols whose quotes come on their own channel; the statistics carry older ones. */
  readonly #quoted = new Set<string>();

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const out = this.#context.out;
    if (frame === 'pong') {
      out.heartbeat();
      return;
    }
    const message = parseObject(frame);
    if ('event' in message) {
      out.answer(message['event'] !== 'error', String(message['msg'] ?? message['event']));
      return;
    }
    const arg = objectIn(message, 'arg');
    const channel = textIn(arg, 'channel');
    for (const item of listIn(message, 'data')) this.#item(channel, arg, message, item, receiveTime);
  }

  #item(channel: string, arg: Json, message: Json, item: unknown, receiveTime: number): void {
    const numbers = this.#context.numbers;
    if (channel.startsWith('candle')) {
      this.#bar(channel.slice(6), arg, item, receiveTime);
      return;
    }
    const data = asObject(item, 'data');
    if (channel === 'liquidation-orders') {
      this.#liquidations(data, receiveTime);
      return;
    }
    const venueSymbol = textIn(arg, 'instId');
    const stamp = {
      exchange: 'okx',
      symbol: this.#context.unified(venueSymbol),
      time: numberIn(data, 'ts'),
      receiveTime,
    };
    switch (channel) {
      case 'trades':
      case 'trades-all':
        this.#context.out.event(okxTrade(data, stamp.symbol, receiveTime, numbers, false));
        break;
      case 'bbo-tbt':
        this.#quoted.add(stamp.symbol);
        this.#quote(data, stamp);
        break;
      case 'books':
      case 'books-l2-tbt':
      case 'books50-l2-tbt':
        this.#book(message, data, stamp.symbol, receiveTime);
        break;
      case 'tickers':
        this.#ticker(data, countsContracts(venueSymbol), stamp);
        break;
      case 'funding-rate':
        this.#context.out.event({
          type: 'funding',
          ...stamp,
          rate: valueMaybe(data, 'fundingRate', numbers),
          predictedRate: valueMaybe(data, 'nextFundingRate', numbers),
          nextTime: numberMaybe(data, 'fundingTime'),
          markPrice: undefined,
          indexPrice: undefined,
        });
        break;
      case 'open-interest':
        this.#context.out.event({ type: 'openInterest', ...stamp, size: valueIn(data, 'oi', numbers) });
        break;
      case 'index-tickers':
        this.#index(data, textIn(data, 'instId'), stamp);
        break;
      case 'mark-price':
        this.#context.out.event({ type: 'mark', ...stamp, price: valueIn(data, 'markPx', numbers) });
    }
  }

  /** An index is named by its pair: it applies to the pair's perpetual and to each of its dated contracts. */
  #index(data: Json, pair: string, stamp: Stamp): void {
    const price = valueIn(data, 'idxPx', this.#context.numbers);
    const contracts = this.#context.venueSymbols.filter((name) => name.startsWith(`${pair}-`));
    for (const name of new Set([pair, `${pair}-SWAP`, ...contracts])) {
      const symbol = this.#context.unified(name);
      if (symbol !== name || name === pair) this.#context.out.event({ type: 'index', ...stamp, symbol, price });
    }
  }

  #book(message: Json, data: Json, symbol: string, receiveTime: number): void {
    const action = message['action'];
    if (action !== 'snapshot' && action !== 'update') throw wrong('action', 'snapshot or update', action);
    const checksum = numberMaybe(data, 'checksum');
    this.#context.out.book({
      ...sidesIn(data, 'bids', 'asks', this.#context.bookTexts),
      kind: action === 'snapshot' ? 'snapshot' : 'delta',
      symbol,
      time: numberIn(data, 'ts'),
      receiveTime,
      sequence: numberMaybe(data, 'seqId'),
      previous: numberMaybe(data, 'prevSeqId'),
      // The venue sends 0 on channels for which it no longer computes one.
      checksum: checksum === 0 ? undefined : checksum,
    });
  }

  #quote(data: Json, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    const [bid] = listIn(data, 'bids') as readonly (readonly unknown[])[];
    const [ask] = listIn(data, 'asks') as readonly (readonly unknown[])[];
    const at = (row: readonly unknown[] | undefined, place: number): N | undefined =>
      row === undefined ? undefined : valueIn({ level: row[place] }, 'level', numbers);
    this.#context.out.event({
      type: 'quote',
      ...stamp,
      bid: at(bid, 0),
      bidSize: at(bid, 1),
      ask: at(ask, 0),
      askSize: at(ask, 1),
      sequence: numberMaybe(data, 'seqId'),
    });
  }

  #ticker(data: Json, isContract: boolean, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    if (!this.#quoted.has(stamp.symbol)) {
      this.#context.out.event({
        type: 'quote',
        ...stamp,
        bid: valueMaybe(data, 'bidPx', numbers),
        bidSize: valueMaybe(data, 'bidSz', numbers),
        ask: valueMaybe(data, 'askPx', numbers),
        askSize: valueMaybe(data, 'askSz', numbers),
        sequence: undefined,
      });
    }
    this.#context.out.event({
      type: 'ticker24h',
      ...stamp,
      open: valueMaybe(data, 'open24h', numbers),
      high: valueMaybe(data, 'high24h', numbers),
      low: valueMaybe(data, 'low24h', numbers),
      last: valueMaybe(data, 'last', numbers),
      volume: valueMaybe(data, isContract ? 'volCcy24h' : 'vol24h', numbers),
      quoteVolume: isContract ? undefined : valueMaybe(data, 'volCcy24h', numbers),
      tradeCount: undefined,
    });
  }

  #liquidations(data: Json, receiveTime: number): void {
    const numbers = this.#context.numbers;
    for (const detail of objectsIn(data, 'details')) {
      this.#context.out.event({
        type: 'liquidation',
        exchange: 'okx',
        symbol: this.#context.unified(textIn(data, 'instId')),
        time: numberIn(detail, 'ts'),
        receiveTime,
        id: undefined,
        side: sideIn(detail, 'side', 'buy', 'sell'),
        price: valueIn(detail, 'bkPx', numbers),
        size: valueIn(detail, 'sz', numbers),
      });
    }
  }

  #bar(venueTimeframe: string, arg: Json, item: unknown, receiveTime: number): void {
    const row = listIn({ row: item }, 'row');
    const numbers = this.#context.numbers;
    const instId = textIn(arg, 'instId');
    const bar = {
      start: row[0],
      open: row[1],
      high: row[2],
      low: row[3],
      close: row[4],
      volume: row[countsContracts(instId) ? 6 : 5],
      confirm: row[8],
    };
    const name = unifiedTimeframe(okxTimeframes, venueTimeframe);
    const start = numberIn(bar, 'start');
    this.#context.out.event({
      type: 'bar',
      exchange: 'okx',
      symbol: this.#context.unified(instId),
      time: undefined,
      receiveTime,
      timeframe: name,
      start,
      end: barClose(timeframe(name), start),
      ...pricesIn(bar, numbers),
      tradeCount: undefined,
      closed: bar.confirm === '1',
    });
  }
}

/** Whether the first volume of bars and statistics counts contracts; the second one is then in the base, and in the quote on spot. */
function countsContracts(venueSymbol: string): boolean {
  return venueSymbol.split('-').length > 2;
}

interface Stamp {
  readonly exchange: string;
  readonly symbol: string;
  readonly time: number | undefined;
  readonly receiveTime: number;
}

/** One print, from the stream or from a request. */
export function okxTrade<N>(
  data: Json,
  symbol: string,
  receiveTime: number,
  numbers: NumberReader<N>,
  backfill: boolean,
): TradeTick<N> {
  return {
    type: 'trade',
    exchange: 'okx',
    symbol,
    time: numberIn(data, 'ts'),
    receiveTime,
    id: textIn(data, 'tradeId'),
    side: sideIn(data, 'side', 'buy', 'sell'),
    price: valueIn(data, 'px', numbers),
    size: valueIn(data, 'sz', numbers),
    backfill,
  };
}
