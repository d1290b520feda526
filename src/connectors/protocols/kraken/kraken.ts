/** Kraken spot (version 1 of its streams): no message numbers, so every book message is checked by its checksum. */
import { krakenChecksum } from '../../decoding/checksum.ts';
import {
  asObject,
  levelsFrom,
  listIn,
  numberIn,
  objectIn,
  parseObject,
  pricesIn,
  quoteNumbers,
  stepOf,
  textIn,
  valueIn,
  wrong,
  type Json,
} from '../../decoding/fields.ts';
import type { BookMessage, Parser, ParserContext, Protocol, Subscription } from '../../decoding/protocol.ts';
import type { ListedInstrument } from '../../decoding/symbols.ts';
import { unifiedTimeframe } from '../../decoding/timeframes.ts';
import { readKrakenV2 } from './v2.ts';

const rest = 'https://api.kraken.com/0/public';
const depth = 1000;
const timeframes = {
  '1m': '1', '5m': '5', '15m': '15', '30m': '30', '1h': '60', '4h': '240', '1d': '1440', '1w': '10080',
}; // prettier-ignore

function streamOf(subscription: Subscription): Json {
  switch (subscription.channel) {
    case 'trade':
      return { name: 'trade' };
    case 'book':
      return { name: 'book', depth };
    case 'bar':
      return {
        name: 'ohlc',
        interval: Number(timeframes[(subscription.timeframe ?? '1m') as keyof typeof timeframes]),
      };
    case 'quote':
      return { name: 'spread' };
    default:
      return { name: 'ticker' };
  }
}

function frames(event: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[], id: number): string[] {
  const byStream = new Map<string, string[]>();
  for (const subscription of subscriptions) {
    const stream = JSON.stringify(streamOf(subscription));
    byStream.set(stream, [...(byStream.get(stream) ?? []), subscription.venueSymbol]);
  }
  return [...byStream].map(([stream, pair], i) =>
    JSON.stringify({ event, reqid: id + i, pair, subscription: JSON.parse(stream) as unknown }),
  );
}

class KrakenParser<N> implements Parser {
  readonly #context: ParserContext<N>;

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = JSON.parse(frame) as unknown;
    if (!Array.isArray(message)) {
      if ('channel' in asObject(message, 'frame'))
        readKrakenV2(parseObject(quoteNumbers(frame)), this.#context, receiveTime);
      else this.#control(asObject(message, 'frame'));
      return;
    }
    const name: unknown = message[message.length - 2];
    const pair: unknown = message[message.length - 1];
    if (typeof name !== 'string' || typeof pair !== 'string')
      throw wrong('frame', 'a list ending in channel and pair', message);
    const symbol = this.#context.unified(pair);
    const payloads: unknown[] = message.slice(1, -2) as unknown[];
    if (name.startsWith('book-')) this.#book(payloads, Number(name.slice(5)), symbol, receiveTime);
    else if (name === 'trade') this.#trades(listIn({ trade: payloads[0] }, 'trade'), symbol, receiveTime);
    else if (name === 'ticker') this.#ticker(asObject(payloads[0], 'ticker'), symbol, receiveTime);
    else if (name === 'spread') this.#spread(listIn({ spread: payloads[0] }, 'spread'), symbol, receiveTime);
    else if (name.startsWith('ohlc-'))
      this.#bar(listIn({ ohlc: payloads[0] }, 'ohlc'), name.slice(5), symbol, receiveTime);
  }

  #control(message: Json): void {
    const out = this.#context.out;
    if (message['event'] !== 'subscriptionStatus') out.heartbeat();
    else if (message['status'] === 'error') out.answer(false, String(message['errorMessage']));
    else out.answer(true, String(message['channelName']));
  }

  /** A snapshot has both sides in one object; a delta has one object per side, and the last one carries the checksum. */
  #book(payloads: readonly unknown[], kept: number, symbol: string, receiveTime: number): void {
    const texts = this.#context.bookTexts;
    const parts = payloads.filter((part) => part !== null).map((part) => asObject(part, 'book'));
    const whole = parts.find((part) => 'as' in part);
    const rows = (key: string): unknown[] => parts.flatMap((part) => (key in part ? listIn(part, key) : []));
    const [bidRows, askRows] = whole === undefined ? [rows('b'), rows('a')] : [rows('bs'), rows('as')];
    const bids = levelsFrom(bidRows, 'bids', texts);
    const asks = levelsFrom(askRows, 'asks', texts);
    const checksum = parts.find((part) => 'c' in part);
    let time: number | undefined;
    for (const row of [...bidRows, ...askRows] as unknown[][]) time = Math.max(time ?? 0, Number(row[2]) * 1000);
    const message: BookMessage = {
      kind: whole === undefined ? 'delta' : 'snapshot',
      symbol,
      time,
      receiveTime,
      checksum: checksum === undefined ? undefined : numberIn(checksum, 'c'),
      depth: kept,
      bids: bids.levels,
      asks: asks.levels,
      bidTexts: bids.texts,
      askTexts: asks.texts,
    };
    this.#context.out.book(message);
  }

  /** Version 1 has no trade ids; each message is new. */
  #trades(rows: readonly unknown[], symbol: string, receiveTime: number): void {
    for (const row of rows) {
      if (!Array.isArray(row)) throw wrong('trade', 'rows', row);
      const trade = {
        price: row[0] as unknown,
        size: row[1] as unknown,
        time: row[2] as unknown,
        side: row[3] as unknown,
      };
      if (trade.side !== 'b' && trade.side !== 's') throw wrong('side', 'b or s', trade.side);
      this.#context.out.event({
        type: 'trade',
        exchange: 'kraken',
        symbol,
        time: numberIn(trade, 'time') * 1000,
        receiveTime,
        id: undefined,
        side: trade.side === 'b' ? 'buy' : 'sell',
        price: valueIn(trade, 'price', this.#context.numbers),
        size: valueIn(trade, 'size', this.#context.numbers),
        backfill: false,
      });
    }
  }

  #ticker(data: Json, symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const first = (key: string, at = 0): N => valueIn({ [key]: listIn(data, key)[at] }, key, numbers);
    const stamp = { exchange: 'kraken', symbol, time: undefined, receiveTime };
    this.#context.out.event({
      type: 'quote',
      ...stamp,
      bid: first('b'),
      bidSize: first('b', 2),
      ask: first('a'),
      askSize: first('a', 2),
      sequence: undefined,
    });
    this.#context.out.event({
      type: 'ticker24h',
      ...stamp,
      open: first('o', 1),
      high: first('h', 1),
      low: first('l', 1),
      last: first('c'),
      volume: first('v', 1),
      quoteVolume: undefined,
      tradeCount: Number(listIn(data, 't')[1]),
    });
  }

  #spread(row: readonly unknown[], symbol: string, receiveTime: number): void {
    const spread = { bid: row[0], ask: row[1], time: row[2], bidSize: row[3], askSize: row[4] };
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'quote',
      exchange: 'kraken',
      symbol,
      time: numberIn(spread, 'time') * 1000,
      receiveTime,
      bid: valueIn(spread, 'bid', numbers),
      bidSize: valueIn(spread, 'bidSize', numbers),
      ask: valueIn(spread, 'ask', numbers),
      askSize: valueIn(spread, 'askSize', numbers),
      sequence: undefined,
    });
  }

  #bar(row: readonly unknown[], minutes: string, symbol: string, receiveTime: number): void {
    const bar = {
      time: row[0],
      end: row[1],
      open: row[2],
      high: row[3],
      low: row[4],
      close: row[5],
      volume: row[7],
      count: row[8],
    };
    const numbers = this.#context.numbers;
    const end = numberIn(bar, 'end') * 1000;
    this.#context.out.event({
      type: 'bar',
      exchange: 'kraken',
      symbol,
      time: numberIn(bar, 'time') * 1000,
      receiveTime,
      timeframe: unifiedTimeframe(timeframes, minutes),
      start: end - Number(minutes) * 60_000,
      end,
      ...pricesIn(bar, numbers),
      tradeCount: numberIn(bar, 'count'),
      closed: undefined,
    });
  }
}

/** Kraken's old names of two currencies. */
const currencies: Readonly<Record<string, string>> = { XBT: 'BTC', XDG: 'DOGE' };

function instruments(text: string): ListedInstrument[] {
  const listed: ListedInstrument[] = [];
  for (const [name, value] of Object.entries(objectIn(parseObject(text), 'result'))) {
    const pair = asObject(value, name);
    if (name.endsWith('.d') || typeof pair['wsname'] !== 'string') continue;
    const [base, quote] = pair['wsname'].split('/').map((currency) => currencies[currency] ?? currency);
    if (base === undefined || quote === undefined) continue;
    listed.push({
      symbol: `${base}/${quote}`,
      exchange: 'kraken',
      type: 'spot',
      base,
      quote,
      settle: quote,
      venueSymbol: textIn(pair, 'wsname'),
      active: pair['status'] === undefined || pair['status'] === 'online',
      tick: stepOf(numberIn(pair, 'pair_decimals')),
      lot: stepOf(numberIn(pair, 'lot_decimals')),
      ...('ordermin' in pair && { minSize: numberIn(pair, 'ordermin') }),
      contractSize: 1,
    });
  }
  return listed;
}

export const kraken: Protocol = {
  id: 'kraken',
  channels: ['trade', 'quote', 'book', 'bar', 'ticker24h'],
  timeframes,
  tradeIds: 'none',
  subscriptionsPerSocket: 20,
  controlFrames: { count: 5, perMs: 1000 },
  keepAlive: { everyMs: 30_000, frame: '{"event":"ping"}' },
  book: { source: 'stream', link: () => 'apply', checksum: krakenChecksum },
  endpoint: () => 'wss://ws.kraken.com',
  subscribe: (subscriptions, id) => frames('subscribe', subscriptions, id),
  unsubscribe: (subscriptions, id) => frames('unsubscribe', subscriptions, id),
  parser: (context) => new KrakenParser(context),
  instruments: { requests: [{ method: 'GET', url: `${rest}/AssetPairs` }], parse: instruments },
};
