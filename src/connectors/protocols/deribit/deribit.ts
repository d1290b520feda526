/** Deribit: futures, perpetuals and options; every change of a book names the change before it. */
import { barClose, timeframe, type Level } from '../../../core/index.ts';
import {
  addLevel, asObject, listIn, numberIn, objectIn, objectsIn, parseExact, pricesIn, sideIn, textIn, valueIn, valueMaybe, wrong, type Json,
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
import { deribitInstruments } from './instruments.ts';

const rest = 'https://www.deribit.com/api/v2/public';
const timeframes = {
  '1m': '1', '3m': '3', '5m': '5', '10m': '10', '15m': '15', '30m': '30', '1h': '60', '2h': '120', '3h': '180', '6h': '360', '12h': '720', '1d': '1D',
}; // prettier-ignore

function stream({ channel, venueSymbol, timeframe: length }: Subscription): string {
  switch (channel) {
    case 'trade':
    case 'liquidation':
      return `trades.${venueSymbol}.100ms`;
    case 'book':
      return `book.${venueSymbol}.100ms`;
    case 'quote':
      return `quote.${venueSymbol}`;
    case 'bar':
      return `chart.trades.${venueSymbol}.${timeframes[(length ?? '1m') as keyof typeof timeframes]}`;
    default:
      return `ticker.${venueSymbol}.100ms`;
  }
}

function frames(method: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[], id: number): string[] {
  const channels = [...new Set(subscriptions.map(stream))];
  return [JSON.stringify({ jsonrpc: '2.0', id, method: `public/${method}`, params: { channels } })];
}

/** A change names the change before it. */
export function deribitLink(last: BookPoint, message: BookMessage): LinkVerdict {
  if (message.previous === last.sequence) return 'apply';
  return message.sequence! <= last.sequence! ? 'skip' : 'gap';
}

class DeribitParser<N> implements Parser {
  readonly #context: ParserContext<N>;
  /** When the best prices of a symbol last came on their own channel: those of its ticker are then the same, and left out. */
  readonly #quoted = new Map<string, number>();

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = asObject(parseExact(frame), 'frame');
    const out = this.#context.out;
    if ('error' in message) {
      out.answer(false, String(objectIn(message, 'error')['message']));
      return;
    }
    if (message['method'] === 'heartbeat') {
      out.heartbeat();
      if (objectIn(message, 'params')['type'] === 'test_request') out.reply(test);
      return;
    }
    if (message['method'] !== 'subscription') {
      if (Array.isArray(message['result'])) out.answer(true, message['result'].join(' '));
      else out.heartbeat();
      return;
    }
    const params = objectIn(message, 'params');
    const channel = textIn(params, 'channel');
    const kind = channel.slice(0, channel.indexOf('.'));
    if (kind === 'trades') this.#trades(objectsIn(params, 'data'), receiveTime);
    else if (kind === 'chart') this.#bar(objectIn(params, 'data'), channel, receiveTime);
    else {
      const data = objectIn(params, 'data');
      const symbol = this.#context.unified(textIn(data, 'instrument_name'));
      if (kind === 'book') this.#book(data, symbol, receiveTime);
      else if (kind === 'quote') {
        this.#quoted.set(symbol, numberIn(data, 'timestamp'));
        this.#quote(data, symbol, receiveTime);
      } else if (kind === 'ticker') this.#ticker(data, symbol, receiveTime);
    }
  }

  /** Rows of action, price and amount. A change after number 0 begins a book. */
  #book(data: Json, symbol: string, receiveTime: number): void {
    const previous = 'prev_change_id' in data ? numberIn(data, 'prev_change_id') : 0;
    const isWhole = data['type'] === 'snapshot' || previous === 0;
    const side = (field: string): { levels: Level[]; texts: Level<string>[] | undefined } => {
      const levels: Level[] = [];
      const texts: Level<string>[] | undefined = this.#context.bookTexts ? [] : undefined;
      for (const row of listIn(data, field)) {
        if (!Array.isArray(row)) throw wrong(field, 'rows of action, price and amount', row);
        addLevel(levels, texts, row[1], row[0] === 'delete' ? '0' : row[2], field);
      }
      return { levels, texts };
    };
    const [bids, asks] = [side('bids'), side('asks')];
    this.#context.out.book({
      kind: isWhole ? 'snapshot' : 'delta',
      symbol,
      time: numberIn(data, 'timestamp'),
      receiveTime,
      sequence: numberIn(data, 'change_id'),
      previous: isWhole ? undefined : previous,
      bids: bids.levels,
      asks: asks.levels,
      bidTexts: bids.texts,
      askTexts: asks.texts,
    });
  }

  /** `direction` is the taker's. `liquidation` says whose order was forced: the taker's (T), the maker's (M) or both (MT). */
  #trades(trades: readonly Json[], receiveTime: number): void {
    const numbers = this.#context.numbers;
    for (const trade of trades) {
      const side = sideIn(trade, 'direction', 'buy', 'sell');
      const shared = {
        exchange: 'deribit',
        symbol: this.#context.unified(textIn(trade, 'instrument_name')),
        time: numberIn(trade, 'timestamp'),
        receiveTime,
        id: textIn(trade, 'trade_id'),
        price: valueIn(trade, 'price', numbers),
        size: valueIn(trade, 'amount', numbers),
      };
      this.#context.out.event({ type: 'trade', ...shared, side, backfill: false });
      const forced = trade['liquidation'];
      if (typeof forced !== 'string') continue;
      const isTaker = forced.includes('T');
      this.#context.out.event({
        type: 'liquidation',
        ...shared,
        side: isTaker ? side : side === 'buy' ? 'sell' : 'buy',
      });
    }
  }

  #quote(data: Json, symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'quote',
      exchange: 'deribit',
      symbol,
      time: numberIn(data, 'timestamp'),
      receiveTime,
      bid: valueMaybe(data, 'best_bid_price', numbers),
      bidSize: valueMaybe(data, 'best_bid_amount', numbers),
      ask: valueMaybe(data, 'best_ask_price', numbers),
      askSize: valueMaybe(data, 'best_ask_amount', numbers),
      sequence: undefined,
    });
  }

  /** One message becomes several events: best prices, mark and index, open interest, and for perpetuals the funding. */
  #ticker(data: Json, symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const out = this.#context.out;
    const stamp = { exchange: 'deribit', symbol, time: numberIn(data, 'timestamp'), receiveTime };
    if (!(Math.abs(stamp.time - this.#quoted.get(symbol)!) < quotedMs)) this.#quote(data, symbol, receiveTime);
    const [markPrice, indexPrice] = [valueMaybe(data, 'mark_price', numbers), valueMaybe(data, 'index_price', numbers)];
    if ('current_funding' in data) {
      out.event({
        type: 'funding', ...stamp, rate: valueMaybe(data, 'current_funding', numbers), predictedRate: undefined, nextTime: undefined, markPrice, indexPrice,
      }); // prettier-ignore
    }
    if (markPrice !== undefined) out.event({ type: 'mark', ...stamp, price: markPrice });
    if (indexPrice !== undefined) out.event({ type: 'index', ...stamp, price: indexPrice });
    const size = valueMaybe(data, 'open_interest', numbers);
    if (size !== undefined) out.event({ type: 'openInterest', ...stamp, size });
    const stats = objectIn(data, 'stats');
    out.event({
      type: 'ticker24h',
      ...stamp,
      open: undefined,
      high: valueMaybe(stats, 'high', numbers),
      low: valueMaybe(stats, 'low', numbers),
      last: valueMaybe(data, 'last_price', numbers),
      volume: valueMaybe(stats, 'volume', numbers),
      quoteVolume: valueMaybe(stats, 'volume_usd', numbers),
      tradeCount: undefined,
    });
  }

  #bar(data: Json, channel: string, receiveTime: number): void {
    const [, venueSymbol = '', length = ''] = /^chart\.trades\.(.+)\.([^.]+)$/.exec(channel) ?? [];
    const name = unifiedTimeframe(timeframes, length);
    const start = numberIn(data, 'tick');
    this.#context.out.event({
      type: 'bar',
      exchange: 'deribit',
      symbol: this.#context.unified(venueSymbol),
      time: undefined,
      receiveTime,
      timeframe: name,
      start,
      end: barClose(timeframe(name), start),
      ...pricesIn(data, this.#context.numbers),
      tradeCount: undefined,
      closed: undefined,
    });
  }
}

/** How long a quote takes precedence over the ticker, milliseconds. */
const quotedMs = 10_000;
const test = '{"jsonrpc":"2.0","id":0,"method":"public/test"}';

export const deribit: Protocol = {
  id: 'deribit',
  channels: ['trade', 'quote', 'book', 'bar', 'funding', 'openInterest', 'liquidation', 'index', 'mark', 'ticker24h'],
  timeframes,
  tradeIds: 'unique',
  subscriptionsPerSocket: 400,
  controlFrames: { count: 5, perMs: 1000 },
  keepAlive: { everyMs: 30_000, frame: test },
  book: { source: 'stream', link: deribitLink },
  endpoint: () => 'wss://www.deribit.com/ws/api/v2',
  subscribe: (subscriptions, id) => frames('subscribe', subscriptions, id),
  unsubscribe: (subscriptions, id) => frames('unsubscribe', subscriptions, id),
  parser: (context) => new DeribitParser(context),
  instruments: {
    requests: ['BTC', 'ETH', 'USDC', 'USDT'].map((currency) => ({
      method: 'GET',
      url: `${rest}/get_instruments?currency=${currency}&expired=false`,
    })),
    parse: deribitInstruments,
  },
};
