/** Gate spot: numbered changes of books, the first whole book by HTTP. */
import { barClose, timeframe } from '../../core/index.ts';
import {
  asObject, levelsFrom, listIn, numberIn, objectIn, parseObject, sideIn, stepOf, textIn, valueIn, valueMaybe, type Json,
} from '../decoding/fields.ts'; // prettier-ignore
import type {
  BookMessage,
  BookPoint,
  LinkVerdict,
  Parser,
  ParserContext,
  Protocol,
  Subscription,
} from '../decoding/protocol.ts';
import { joinedName, type ListedInstrument } from '../decoding/symbols.ts';
import { unifiedTimeframe } from '../decoding/timeframes.ts';

const rest = 'https://api.gateio.ws/api/v4/spot';
const timeframes = {
  '10s': '10s', '1m': '1m', '5m': '5m', '15m': '15m', '30m': '30m', '1h': '1h', '4h': '4h', '8h': '8h', '1d': '1d', '1w': '7d',
}; // prettier-ignore

/** Books and bars are subscribed one by one, all else in one frame for each channel. */
function frames(event: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[], now: number): string[] {
  const time = Math.floor(now / 1000);
  const frame = (channel: string, payload: readonly string[]): string =>
    JSON.stringify({ time, channel: `spot.${channel}`, event, payload });
  const shared = new Map<string, string[]>();
  const sent: string[] = [];
  for (const { channel, venueSymbol, timeframe: length } of subscriptions) {
    if (channel === 'book') sent.push(frame('order_book_update', [venueSymbol, '100ms']));
    else if (channel === 'bar')
      sent.push(frame('candlesticks', [timeframes[(length ?? '1m') as keyof typeof timeframes], venueSymbol]));
    else {
      const name = { trade: 'trades', quote: 'book_ticker', ticker24h: 'tickers' }[channel as 'trade'];
      shared.set(name, [...(shared.get(name) ?? []), venueSymbol]);
    }
  }
  return [...[...shared].map(([name, symbols]) => frame(name, symbols)), ...sent];
}

/** Changes rise by one, from `first` to `sequence`; the first one after a whole book may begin before it. */
export function gateLink(last: BookPoint, message: BookMessage): LinkVerdict {
  if (message.sequence! <= last.sequence!) return 'skip';
  if (last.fromSnapshot) return message.first! <= last.sequence! + 1 ? 'apply' : 'gap';
  return message.first === last.sequence! + 1 ? 'apply' : 'gap';
}

class GateParser<N> implements Parser {
  readonly #context: ParserContext<N>;
  /** Symbols whose best prices come on their own channel. */
  readonly #quoted = new Set<string>();

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = parseObject(frame);
    const out = this.#context.out;
    const channel = String(message['channel']);
    if (message['error'] !== undefined && message['error'] !== null)
      out.answer(false, JSON.stringify(message['error']));
    else if (message['event'] === 'subscribe' || message['event'] === 'unsubscribe') out.answer(true, channel);
    else if (message['event'] !== 'update') out.heartbeat();
    else this.#update(channel, objectIn(message, 'result'), message, receiveTime);
  }

  #update(channel: string, result: Json, message: Json, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const symbol = (field: string): string => this.#context.unified(textIn(result, field));
    const sent = 'time_ms' in message ? numberIn(message, 'time_ms') : numberIn(message, 'time') * 1000;
    const out = this.#context.out;
    if (channel === 'spot.trades') {
      out.event({
        type: 'trade',
        exchange: 'gate',
        symbol: symbol('currency_pair'),
        time: numberIn(result, 'create_time_ms'),
        receiveTime,
        id: textIn(result, 'id'),
        side: sideIn(result, 'side', 'buy', 'sell'),
        price: valueIn(result, 'price', numbers),
        size: valueIn(result, 'amount', numbers),
        backfill: false,
      });
    } else if (channel === 'spot.order_book_update') {
      const side = (field: string): ReturnType<typeof levelsFrom> =>
        levelsFrom(
          result[field] === undefined || result[field] === null ? [] : listIn(result, field),
          field,
          this.#context.bookTexts,
        );
      const [bids, asks] = [side('b'), side('a')];
      out.book({
        kind: 'delta',
        symbol: symbol('s'),
        time: numberIn(result, 't'),
        receiveTime,
        first: numberIn(result, 'U'),
        sequence: numberIn(result, 'u'),
        bids: bids.levels,
        asks: asks.levels,
        bidTexts: bids.texts,
        askTexts: asks.texts,
      });
    } else if (channel === 'spot.book_ticker') {
      const name = symbol('s');
      this.#quoted.add(name);
      out.event({
        type: 'quote',
        exchange: 'gate',
        symbol: name,
        time: numberIn(result, 't'),
        receiveTime,
        bid: valueMaybe(result, 'b', numbers),
        bidSize: valueMaybe(result, 'B', numbers),
        ask: valueMaybe(result, 'a', numbers),
        askSize: valueMaybe(result, 'A', numbers),
        sequence: numberIn(result, 'u'),
      });
    } else if (channel === 'spot.tickers') this.#ticker(result, symbol('currency_pair'), sent, receiveTime);
    else if (channel === 'spot.candlesticks') this.#bar(result, sent, receiveTime);
  }

  #ticker(result: Json, symbol: string, time: number, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const stamp = { exchange: 'gate', symbol, time, receiveTime };
    if (!this.#quoted.has(symbol)) {
      this.#context.out.event({
        type: 'quote',
        ...stamp,
        bid: valueMaybe(result, 'highest_bid', numbers),
        bidSize: undefined,
        ask: valueMaybe(result, 'lowest_ask', numbers),
        askSize: undefined,
        sequence: undefined,
      });
    }
    this.#context.out.event({
      type: 'ticker24h',
      ...stamp,
      open: undefined,
      high: valueMaybe(result, 'high_24h', numbers),
      low: valueMaybe(result, 'low_24h', numbers),
      last: valueMaybe(result, 'last', numbers),
      volume: valueMaybe(result, 'base_volume', numbers),
      quoteVolume: valueMaybe(result, 'quote_volume', numbers),
      tradeCount: undefined,
    });
  }

  /** `a` is the base volume; `v`, all that the venue sent before 2022, the quote volume. `w` says whether the bar has closed. */
  #bar(result: Json, time: number, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const [, length = '', venueSymbol = ''] = /^([^_]+)_(.+)$/.exec(textIn(result, 'n')) ?? [];
    const name = unifiedTimeframe(timeframes, length);
    const start = numberIn(result, 't') * 1000;
    this.#context.out.event({
      type: 'bar',
      exchange: 'gate',
      symbol: this.#context.unified(venueSymbol),
      time,
      receiveTime,
      timeframe: name,
      start,
      end: barClose(timeframe(name), start),
      open: valueIn(result, 'o', numbers),
      high: valueIn(result, 'h', numbers),
      low: valueIn(result, 'l', numbers),
      close: valueIn(result, 'c', numbers),
      volume: valueIn(result, 'a' in result ? 'a' : 'v', numbers),
      tradeCount: undefined,
      closed: typeof result['w'] === 'boolean' ? result['w'] : undefined,
    });
  }
}

function instruments(text: string): ListedInstrument[] {
  return (JSON.parse(text) as unknown[]).map((item) => {
    const row = asObject(item, 'currency pair');
    const [base, quote] = [textIn(row, 'base'), textIn(row, 'quote')];
    return {
      symbol: `${base}/${quote}`,
      exchange: 'gate',
      type: 'spot',
      base,
      quote,
      settle: quote,
      venueSymbol: textIn(row, 'id'),
      active: row['trade_status'] === 'tradable',
      tick: stepOf(numberIn(row, 'precision')),
      lot: stepOf(numberIn(row, 'amount_precision')),
      ...(row['min_quote_amount'] !== undefined && { minNotional: numberIn(row, 'min_quote_amount') }),
      ...(row['min_base_amount'] !== undefined && { minSize: numberIn(row, 'min_base_amount') }),
      contractSize: 1,
    };
  });
}

function parseBook(text: string, symbol: string, receiveTime: number, texts: boolean): BookMessage {
  const book = parseObject(text);
  const [bids, asks] = [
    levelsFrom(listIn(book, 'bids'), 'bids', texts),
    levelsFrom(listIn(book, 'asks'), 'asks', texts),
  ];
  return {
    kind: 'snapshot',
    symbol,
    time: 'update' in book ? numberIn(book, 'update') : undefined,
    receiveTime,
    sequence: numberIn(book, 'id'),
    bids: bids.levels,
    asks: asks.levels,
    bidTexts: bids.texts,
    askTexts: asks.texts,
  };
}

export const gate: Protocol = {
  id: 'gate',
  channels: ['trade', 'quote', 'book', 'bar', 'ticker24h'],
  timeframes,
  tradeIds: 'unique',
  subscriptionsPerSocket: 100,
  controlFrames: { count: 20, perMs: 1000 },
  keepAlive: { everyMs: 15_000, frame: '{"channel":"spot.ping"}' },
  book: { source: 'request', link: gateLink },
  endpoint: () => 'wss://api.gateio.ws/ws/v4/',
  subscribe: (subscriptions, _id, now) => frames('subscribe', subscriptions, now),
  unsubscribe: (subscriptions, _id, now) => frames('unsubscribe', subscriptions, now),
  parser: (context) => new GateParser(context),
  instruments: { requests: [{ method: 'GET', url: `${rest}/currency_pairs` }], parse: instruments },
  bookRequest: (venueSymbol) => ({
    method: 'GET',
    url: `${rest}/order_book?currency_pair=${venueSymbol}&limit=100&with_id=true`,
  }),
  parseBook,
  venueSymbol: (symbol) => joinedName(symbol, '_'),
};
