/** Coinbase Advanced Trade: each socket numbers all its messages, and books come whole on subscribing. */
import {
  addLevel, asObject, isoTime, listIn, numberIn, objectsIn, parseObject, pricesIn, sideIn, textIn, valueIn, valueMaybe, wrong, type Json,
} from '../decoding/fields.ts'; // prettier-ignore
import type { Level } from '../../core/index.ts';
import type { Parser, ParserContext, Protocol, Subscription } from '../decoding/protocol.ts';
import { joinedName, type ListedInstrument } from '../decoding/symbols.ts';

const rest = 'https://api.coinbase.com/api/v3/brokerage/market';
const fiveMinutes = 300_000;

const venueChannels = {
  trade: 'market_trades',
  quote: 'ticker',
  book: 'level2',
  bar: 'candles',
  ticker24h: 'ticker',
} as const;

function frames(type: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[]): string[] {
  const byChannel = new Map<string, string[]>();
  for (const { channel, venueSymbol } of subscriptions) {
    const name = venueChannels[channel as keyof typeof venueChannels];
    const products = byChannel.get(name) ?? [];
    if (!products.includes(venueSymbol)) products.push(venueSymbol);
    byChannel.set(name, products);
  }
  const sent = [...byChannel].map(([channel, product_ids]) => JSON.stringify({ type, product_ids, channel }));
  if (type === 'subscribe') sent.push(JSON.stringify({ type, channel: 'heartbeats' }));
  return sent;
}

class CoinbaseParser<N> implements Parser {
  readonly #context: ParserContext<N>;

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = parseObject(frame);
    const out = this.#context.out;
    if (message['type'] === 'error') {
      out.answer(false, String(message['message']));
      return;
    }
    out.counted(numberIn(message, 'sequence_num'));
    const time = isoTime(textIn(message, 'timestamp'));
    switch (message['channel']) {
      case 'l2_data':
        for (const event of objectsIn(message, 'events')) this.#book(event, time, receiveTime);
        break;
      case 'market_trades':
        for (const event of objectsIn(message, 'events')) this.#trades(event, receiveTime);
        break;
      case 'ticker':
        for (const event of objectsIn(message, 'events')) this.#tickers(event, time, receiveTime);
        break;
      case 'candles':
        for (const event of objectsIn(message, 'events')) this.#bars(event, time, receiveTime);
        break;
      case 'subscriptions':
        out.answer(true, 'subscriptions');
        break;
      default:
        out.heartbeat();
    }
  }

  #book(event: Json, time: number, receiveTime: number): void {
    const kept = this.#context.bookTexts;
    const bids: Level[] = [];
    const asks: Level[] = [];
    const bidTexts: Level<string>[] | undefined = kept ? [] : undefined;
    const askTexts: Level<string>[] | undefined = kept ? [] : undefined;
    for (const row of objectsIn(event, 'updates')) {
      const bid = row['side'] === 'bid';
      if (!bid && row['side'] !== 'offer') throw wrong('side', 'bid or offer', row['side']);
      addLevel(bid ? bids : asks, bid ? bidTexts : askTexts, row['price_level'], row['new_quantity'], 'updates');
    }
    this.#context.out.book({
      kind: event['type'] === 'snapshot' ? 'snapshot' : 'delta',
      symbol: this.#context.unified(textIn(event, 'product_id')),
      time,
      receiveTime,
      bids,
      asks,
      bidTexts,
      askTexts,
    });
  }

  /** The venue sends the maker's side; a print's side is the taker's. The first event is history, newest first. */
  #trades(event: Json, receiveTime: number): void {
    const backfill = event['type'] === 'snapshot';
    const numbers = this.#context.numbers;
    const trades = [...objectsIn(event, 'trades')];
    trades.sort((x, y) => numberIn(x, 'trade_id') - numberIn(y, 'trade_id'));
    for (const trade of trades) {
      this.#context.out.event({
        type: 'trade',
        exchange: 'coinbase',
        symbol: this.#context.unified(textIn(trade, 'product_id')),
        time: isoTime(textIn(trade, 'time')),
        receiveTime,
        id: textIn(trade, 'trade_id'),
        side: sideIn(trade, 'side', 'SELL', 'BUY'),
        price: valueIn(trade, 'price', numbers),
        size: valueIn(trade, 'size', numbers),
        backfill,
      });
    }
  }

  #tickers(event: Json, time: number, receiveTime: number): void {
    const numbers = this.#context.numbers;
    for (const ticker of objectsIn(event, 'tickers')) {
      const stamp = {
        exchange: 'coinbase',
        symbol: this.#context.unified(textIn(ticker, 'product_id')),
        time,
        receiveTime,
      };
      this.#context.out.event({
        type: 'quote',
        ...stamp,
        bid: valueMaybe(ticker, 'best_bid', numbers),
        bidSize: valueMaybe(ticker, 'best_bid_quantity', numbers),
        ask: valueMaybe(ticker, 'best_ask', numbers),
        askSize: valueMaybe(ticker, 'best_ask_quantity', numbers),
        sequence: undefined,
      });
      this.#context.out.event({
        type: 'ticker24h',
        ...stamp,
        open: undefined,
        high: valueMaybe(ticker, 'high_24_h', numbers),
        low: valueMaybe(ticker, 'low_24_h', numbers),
        last: valueMaybe(ticker, 'price', numbers),
        volume: valueMaybe(ticker, 'volume_24_h', numbers),
        quoteVolume: undefined,
        tradeCount: undefined,
      });
    }
  }

  #bars(event: Json, time: number, receiveTime: number): void {
    const numbers = this.#context.numbers;
    for (const bar of objectsIn(event, 'candles')) {
      const start = numberIn(bar, 'start') * 1000;
      this.#context.out.event({
        type: 'bar',
        exchange: 'coinbase',
        symbol: this.#context.unified(textIn(bar, 'product_id')),
        time,
        receiveTime,
        timeframe: '5m',
        start,
        end: start + fiveMinutes,
        ...pricesIn(bar, numbers),
        tradeCount: undefined,
        closed: event['type'] === 'snapshot' && start + fiveMinutes <= time ? true : undefined,
      });
    }
  }
}

function instruments(text: string): ListedInstrument[] {
  return objectsIn(parseObject(text), 'products')
    .filter((product) => product['product_type'] === 'SPOT' || product['product_type'] === undefined)
    .map((product) => {
      const base = textIn(product, 'base_currency_id');
      const quote = textIn(product, 'quote_currency_id');
      return {
        symbol: `${base}/${quote}`,
        exchange: 'coinbase',
        type: 'spot',
        base,
        quote,
        settle: quote,
        venueSymbol: textIn(product, 'product_id'),
        active: product['status'] === 'online' && product['is_disabled'] !== true,
        tick: numberIn(product, 'price_increment' in product ? 'price_increment' : 'quote_increment'),
        lot: numberIn(product, 'base_increment'),
        minSize: numberIn(product, 'base_min_size'),
        minNotional: numberIn(product, 'quote_min_size'),
        contractSize: 1,
      };
    });
}

/** Asking for BTC-USDC may be answered as BTC-USD: the venue serves both from one book. */
export const coinbase: Protocol = {
  id: 'coinbase',
  channels: ['trade', 'quote', 'book', 'bar', 'ticker24h'],
  timeframes: { '5m': 'FIVE_MINUTE' },
  tradeIds: 'consecutive',
  subscriptionsPerSocket: 100,
  controlFrames: { count: 8, perMs: 1000 },
  book: { source: 'stream', link: () => 'apply' },
  socketLink: (last, next) => next === last + 1,
  endpoint: () => 'wss://advanced-trade-ws.coinbase.com',
  subscribe: (subscriptions) => frames('subscribe', subscriptions),
  unsubscribe: (subscriptions) => frames('unsubscribe', subscriptions),
  parser: (context) => new CoinbaseParser(context),
  instruments: { requests: [{ method: 'GET', url: `${rest}/products` }], parse: instruments },
  tradesRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/products/${venueSymbol}/ticker?limit=1000` }),
  parseTrades: (text, symbol, receiveTime, numbers) =>
    listIn(parseObject(text), 'trades')
      .map((row) => asObject(row, 'trades'))
      .sort((x, y) => numberIn(x, 'trade_id') - numberIn(y, 'trade_id'))
      .map((trade) => ({
        type: 'trade',
        exchange: 'coinbase',
        symbol,
        time: isoTime(textIn(trade, 'time')),
        receiveTime,
        id: textIn(trade, 'trade_id'),
        side: sideIn(trade, 'side', 'SELL', 'BUY'),
        price: valueIn(trade, 'price', numbers),
        size: valueIn(trade, 'size', numbers),
        backfill: true,
      })),
  venueSymbol: (symbol) => joinedName(symbol, '-'),
};
