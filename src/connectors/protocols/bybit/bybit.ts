/** Bybit version 5, spot and linear perpetuals: update ids rise by one, and the venue may restart a book at any time. */
import {
  sidesIn, listIn, numberIn, numberMaybe, objectIn, objectsIn, parseObject, pricesIn, sideIn, textIn, valueIn, valueMaybe, type Json,
} from '../../decoding/fields.ts'; // prettier-ignore
import type {
  BookMessage,
  BookPoint,
  LinkVerdict,
  Parser,
  ParserContext,
  Protocol,
  Subscription,
} from '../../decoding/protocol.ts';
import { unifiedTimeframe } from '../../decoding/timeframes.ts';
import { bybitInstruments } from './instruments.ts';

const rest = 'https://api.bybit.com/v5/market';
const timeframes = {
  '1m': '1', '3m': '3', '5m': '5', '15m': '15', '30m': '30', '1h': '60', '2h': '120', '4h': '240', '6h': '360', '12h': '720', '1d': 'D',
  '1w': 'W', '1M': 'M',
}; // prettier-ignore

function topic({ channel, venueSymbol, timeframe }: Subscription): string {
  switch (channel) {
    case 'trade':
      return `publicTrade.${venueSymbol}`;
    case 'quote':
      return `orderbook.1.${venueSymbol}`;
    case 'book':
      return `orderbook.200.${venueSymbol}`;
    case 'bar':
      return `kline.${timeframes[(timeframe ?? '1m') as keyof typeof timeframes]}.${venueSymbol}`;
    case 'liquidation':
      return `allLiquidation.${venueSymbol}`;
    default:
      return `tickers.${venueSymbol}`;
  }
}

/** Spot and linear perpetuals share names (`BTCUSDT`): the unified name distinguishes them, and each has its own socket. */
export function bybitCategory(symbol: string): 'spot' | 'linear' | 'inverse' {
  if (!symbol.includes(':')) return 'spot';
  return /:USD[TC]/.test(symbol) ? 'linear' : 'inverse';
}

function frames(op: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[], id: number): string[] {
  const args = [...new Set(subscriptions.map(topic))];
  const sent: string[] = [];
  for (let i = 0; i < args.length; i += 10)
    sent.push(JSON.stringify({ op, args: args.slice(i, i + 10), req_id: String(id + sent.length) }));
  return sent;
}

/** Update ids rise by one; an id of 1 is a restart and comes as a snapshot. */
export function bybitLink(last: BookPoint, message: BookMessage): LinkVerdict {
  if (message.sequence === last.sequence! + 1) return 'apply';
  return message.sequence! <= last.sequence! ? 'skip' : 'gap';
}

class BybitParser<N> implements Parser {
  readonly #context: ParserContext<N>;
  /** The tickers as far as known: the venue sends only changed fields. */
  readonly #tickers = new Map<string, Json>();
  /** The best levels, which come in deltas too. */
  readonly #tops = new Map<string, { bid: readonly unknown[] | undefined; ask: readonly unknown[] | undefined }>();

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = parseObject(frame);
    const out = this.#context.out;
    if (!('topic' in message)) {
      if (message['op'] === 'pong' || message['ret_msg'] === 'pong' || message['op'] === 'ping') out.heartbeat();
      else out.answer(message['success'] !== false, String(message['ret_msg'] ?? message['op']));
      return;
    }
    const [kind, ...rest] = textIn(message, 'topic').split('.');
    const symbol = this.#context.unified(rest.at(-1)!);
    if (kind === 'orderbook' && rest[0] === '1') this.#quote(message, symbol, receiveTime);
    else if (kind === 'orderbook') this.#book(message, symbol, receiveTime);
    else if (kind === 'publicTrade') this.#trades(message, symbol, receiveTime);
    else if (kind === 'kline') this.#bars(message, rest[0]!, symbol, receiveTime);
    else if (kind === 'tickers') this.#ticker(message, symbol, receiveTime);
    else if (kind === 'allLiquidation') this.#liquidations(message, symbol, receiveTime);
    else if (kind === 'liquidation') this.#liquidation(objectIn(message, 'data'), symbol, receiveTime);
  }

  #book(message: Json, symbol: string, receiveTime: number): void {
    const data = objectIn(message, 'data');
    const sequence = numberIn(data, 'u');
    this.#context.out.book({
      ...sidesIn(data, 'b', 'a', this.#context.bookTexts),
      kind: message['type'] === 'snapshot' || sequence === 1 ? 'snapshot' : 'delta',
      symbol,
      time: numberIn(message, 'ts'),
      receiveTime,
      sequence,
    });
  }

  #quote(message: Json, symbol: string, receiveTime: number): void {
    const data = objectIn(message, 'data');
    const numbers = this.#context.numbers;
    const top = this.#tops.get(symbol) ?? { bid: undefined, ask: undefined };
    this.#tops.set(symbol, top);
    const changed = (field: string, before: readonly unknown[] | undefined): readonly unknown[] | undefined => {
      const rows = listIn(data, field) as readonly (readonly unknown[])[];
      if (message['type'] === 'snapshot') return rows.at(-1);
      return rows.reduce((kept, row) => (Number(row[1]) !== 0 ? row : kept?.[0] === row[0] ? undefined : kept), before);
    };
    top.bid = changed('b', top.bid);
    top.ask = changed('a', top.ask);
    const at = (row: readonly unknown[] | undefined, place: number): N | undefined =>
      row === undefined ? undefined : valueIn({ level: row[place] }, 'level', numbers);
    this.#context.out.event({
      type: 'quote',
      exchange: 'bybit',
      symbol,
      time: numberIn(message, 'ts'),
      receiveTime,
      bid: at(top.bid, 0),
      bidSize: at(top.bid, 1),
      ask: at(top.ask, 0),
      askSize: at(top.ask, 1),
      sequence: numberIn(data, 'u'),
    });
  }

  #trades(message: Json, symbol: string, receiveTime: number): void {
    for (const trade of objectsIn(message, 'data')) {
      this.#context.out.event({
        type: 'trade',
        exchange: 'bybit',
        symbol,
        time: numberIn(trade, 'T'),
        receiveTime,
        id: textIn(trade, 'i'),
        side: sideIn(trade, 'S', 'Buy', 'Sell'),
        price: valueIn(trade, 'p', this.#context.numbers),
        size: valueIn(trade, 'v', this.#context.numbers),
        backfill: false,
      });
    }
  }

  /** For inverse contracts `volume` counts contracts of 1 USD, and `turnover` coins; so do `volume24h` and `turnover24h`. */
  #bars(message: Json, interval: string, symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const isInverse = bybitCategory(symbol) === 'inverse';
    for (const bar of objectsIn(message, 'data')) {
      this.#context.out.event({
        type: 'bar',
        exchange: 'bybit',
        symbol,
        time: numberIn(bar, 'timestamp'),
        receiveTime,
        timeframe: unifiedTimeframe(timeframes, interval),
        start: numberIn(bar, 'start'),
        end: numberIn(bar, 'end') + 1,
        ...pricesIn(bar, numbers),
        ...(isInverse && { volume: valueIn(bar, 'turnover', numbers) }),
        tradeCount: undefined,
        closed: bar['confirm'] === true,
      });
    }
  }

  /** One message becomes several events; unchanged fields are absent from it and remembered here. */
  #ticker(message: Json, symbol: string, receiveTime: number): void {
    const changed = objectIn(message, 'data');
    const ticker: Json = message['type'] === 'delta' ? { ...this.#tickers.get(symbol), ...changed } : changed;
    this.#tickers.set(symbol, ticker);
    const numbers = this.#context.numbers;
    const stamp = { exchange: 'bybit', symbol, time: numberIn(message, 'ts'), receiveTime };
    const indexPrice = valueMaybe(ticker, 'indexPrice', numbers);
    const out = this.#context.out;
    if ('fundingRate' in ticker) {
      out.event({
        type: 'funding',
        ...stamp,
        rate: valueMaybe(ticker, 'fundingRate', numbers),
        predictedRate: undefined,
        nextTime: numberMaybe(ticker, 'nextFundingTime'),
        markPrice: valueMaybe(ticker, 'markPrice', numbers),
        indexPrice,
      });
    }
    if ('openInterest' in ticker)
      out.event({ type: 'openInterest', ...stamp, size: valueIn(ticker, 'openInterest', numbers) });
    const markPrice = valueMaybe(ticker, 'markPrice', numbers);
    if (markPrice !== undefined) out.event({ type: 'mark', ...stamp, price: markPrice });
    if (indexPrice !== undefined) out.event({ type: 'index', ...stamp, price: indexPrice });
    if ('bid1Price' in ticker && !this.#tops.has(symbol)) {
      out.event({
        type: 'quote',
        ...stamp,
        bid: valueMaybe(ticker, 'bid1Price', numbers),
        bidSize: valueMaybe(ticker, 'bid1Size', numbers),
        ask: valueMaybe(ticker, 'ask1Price', numbers),
        askSize: valueMaybe(ticker, 'ask1Size', numbers),
        sequence: undefined,
      });
    }
    const isInverse = bybitCategory(symbol) === 'inverse';
    out.event({
      type: 'ticker24h',
      ...stamp,
      open: valueMaybe(ticker, 'prevPrice24h', numbers),
      high: valueMaybe(ticker, 'highPrice24h', numbers),
      low: valueMaybe(ticker, 'lowPrice24h', numbers),
      last: valueMaybe(ticker, 'lastPrice', numbers),
      volume: valueMaybe(ticker, isInverse ? 'turnover24h' : 'volume24h', numbers),
      quoteVolume: isInverse ? undefined : valueMaybe(ticker, 'turnover24h', numbers),
      tradeCount: undefined,
    });
  }

  /** `S` is the side of the position that was closed: `Buy` is a long, which a sale closes. */
  #liquidations(message: Json, symbol: string, receiveTime: number): void {
    for (const item of objectsIn(message, 'data')) {
      this.#context.out.event({
        type: 'liquidation',
        exchange: 'bybit',
        symbol,
        time: numberIn(item, 'T'),
        receiveTime,
        id: undefined,
        side: sideIn(item, 'S', 'Sell', 'Buy'),
        price: valueIn(item, 'p', this.#context.numbers),
        size: valueIn(item, 'v', this.#context.numbers),
      });
    }
  }

  /** The form of before 2025, one at a time. */
  #liquidation(item: Json, symbol: string, receiveTime: number): void {
    this.#context.out.event({
      type: 'liquidation',
      exchange: 'bybit',
      symbol,
      time: numberIn(item, 'updatedTime'),
      receiveTime,
      id: undefined,
      side: sideIn(item, 'side', 'Sell', 'Buy'),
      price: valueIn(item, 'price', this.#context.numbers),
      size: valueIn(item, 'size', this.#context.numbers),
    });
  }
}

export const bybit: Protocol = {
  id: 'bybit',
  channels: ['trade', 'quote', 'book', 'bar', 'funding', 'openInterest', 'liquidation', 'index', 'mark', 'ticker24h'],
  timeframes,
  tradeIds: 'unique',
  subscriptionsPerSocket: 200,
  controlFrames: { count: 5, perMs: 1000 },
  keepAlive: { everyMs: 20_000, frame: '{"op":"ping"}' },
  book: { source: 'stream', link: bybitLink },
  endpoint: ({ symbol }) => `wss://stream.bybit.com/v5/public/${bybitCategory(symbol)}`,
  subscribe: (subscriptions, id) => frames('subscribe', subscriptions, id),
  unsubscribe: (subscriptions, id) => frames('unsubscribe', subscriptions, id),
  parser: (context) => new BybitParser(context),
  instruments: {
    requests: ['spot', 'linear', 'inverse'].map((category) => ({
      method: 'GET',
      url: `${rest}/instruments-info?category=${category}&limit=1000`,
    })),
    parse: bybitInstruments,
  },
};
