/** Coinbase Exchange, the venue's older feed: books come whole on subscribing, and later changes carry a time and no number. */
import type { Level, RestingOrder } from '../../core/index.ts';
import {
  addLevel,
  asObject,
  isoTime,
  levelsFrom,
  listIn,
  numberIn,
  objectsIn,
  ordersIn,
  parseObject,
  sideIn,
  textIn,
  valueIn,
  valueMaybe,
  wrong,
  type Json,
} from '../decoding/fields.ts';
import type {
  BookMessage,
  BookPoint,
  L3Message,
  LinkVerdict,
  Parser,
  ParserContext,
  Protocol,
  Subscription,
} from '../decoding/protocol.ts';
import { joinedName, type ListedInstrument } from '../decoding/symbols.ts';

const rest = 'https://api.exchange.coinbase.com';

/** `level2_batch` needs no key; the unbatched channel does. */
const venueChannels = {
  trade: 'matches',
  quote: 'ticker',
  book: 'level2_batch',
  l3: 'full',
  ticker24h: 'ticker',
} as const;

function frames(type: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[]): string[] {
  const byChannel = new Map<string, Set<string>>();
  for (const { channel, venueSymbol } of subscriptions) {
    const name = venueChannels[channel as keyof typeof venueChannels];
    byChannel.set(name, (byChannel.get(name) ?? new Set()).add(venueSymbol));
  }
  return [...byChannel].map(([channel, products]) =>
    JSON.stringify({ type, product_ids: [...products], channels: [channel] }),
  );
}

/**
 * Without numbers a lost change cannot be found; one that is older than the book is skipped. Trades are numbered, and their holes show
 * losses.
 */
export function coinbaseExchangeLink(last: BookPoint, message: BookMessage): LinkVerdict {
  return message.time! < (last.time ?? 0) ? 'skip' : 'apply';
}

class CoinbaseExchangeParser<N> implements Parser {
  readonly #context: ParserContext<N>;
  /** Products whose every order is sent: a match is then a change of the book too. */
  readonly #ordered = new Set<string>();

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = parseObject(frame);
    const out = this.#context.out;
    switch (message['type']) {
      case 'l2update':
        this.#delta(message, receiveTime);
        break;
      case 'snapshot':
        this.#whole(message, receiveTime);
        break;
      case 'received':
      case 'open':
      case 'done':
      case 'change':
      case 'activate':
        this.#ordered.add(textIn(message, 'product_id'));
        this.#order(message, receiveTime);
        break;
      case 'match':
        if (this.#ordered.has(textIn(message, 'product_id'))) this.#order(message, receiveTime);
        this.#trade(message, receiveTime);
        break;
      case 'last_match':
        this.#trade(message, receiveTime);
        break;
      case 'ticker':
        this.#ticker(message, receiveTime);
        break;
      case 'error':
        out.answer(false, JSON.stringify([message['message'], message['reason']]));
        break;
      case 'subscriptions':
        out.answer(true, 'subscriptions');
        break;
      default:
        out.heartbeat();
    }
  }

  #delta(message: Json, receiveTime: number): void {
    const kept = this.#context.bookTexts;
    const bids: Level[] = [];
    const asks: Level[] = [];
    const bidTexts: Level<string>[] | undefined = kept ? [] : undefined;
    const askTexts: Level<string>[] | undefined = kept ? [] : undefined;
    for (const change of listIn(message, 'changes')) {
      if (!Array.isArray(change)) throw wrong('changes', 'rows of side, price and size', change);
      const [side, price, size] = change as unknown[];
      if (side !== 'buy' && side !== 'sell') throw wrong('changes', 'buy or sell', side);
      addLevel(side === 'buy' ? bids : asks, side === 'buy' ? bidTexts : askTexts, price, size, 'changes');
    }
    const symbol = this.#context.unified(textIn(message, 'product_id'));
    this.#context.out.book({
      kind: 'delta',
      symbol,
      time: isoTime(textIn(message, 'time')),
      receiveTime,
      bids,
      asks,
      bidTexts,
      askTexts,
    });
  }

  #whole(message: Json, receiveTime: number): void {
    const bids = levelsFrom(readable(message, 'bids'), 'bids', this.#context.bookTexts);
    const asks = levelsFrom(readable(message, 'asks'), 'asks', this.#context.bookTexts);
    this.#context.out.book({
      kind: 'snapshot',
      symbol: this.#context.unified(textIn(message, 'product_id')),
      time: undefined,
      receiveTime,
      bids: bids.levels,
      asks: asks.levels,
      bidTexts: bids.texts,
      askTexts: asks.texts,
    });
  }

  /**
   * One step in the life of an order. It rests from `open` on: before that it is only `received` (or waits as a stop, `activate`). A `match`
   * takes from the order that rested, `done` removes it, and `change` sets what is left. Every step has the next number of its product.
   */
  #order(message: Json, receiveTime: number): void {
    const [bids, asks]: [RestingOrder<string>[], RestingOrder<string>[]] = [[], []];
    const type = message['type'];
    if (type === 'open') {
      const side = sideIn(message, 'side', 'buy', 'sell') === 'buy' ? bids : asks;
      side.push([textIn(message, 'order_id'), textIn(message, 'price'), textIn(message, 'remaining_size')]);
    }
    // Market orders change in funds and have no size; they never rest.
    const isResized = type === 'change' && 'new_size' in message;
    this.#context.out.l3({
      kind: 'delta',
      symbol: this.#context.unified(textIn(message, 'product_id')),
      time: isoTime(textIn(message, 'time')),
      receiveTime,
      sequence: numberIn(message, 'sequence'),
      bids,
      asks,
      ...(type === 'done' && { removed: [textIn(message, 'order_id')] }),
      ...(type === 'match' && { reduced: [[textIn(message, 'maker_order_id'), textIn(message, 'size')]] }),
      ...(isResized && { resized: [[textIn(message, 'order_id'), textIn(message, 'new_size')]] }),
    });
  }

  /** `side` is the maker's. `last_match` is the newest trade before the subscription. */
  #trade(message: Json, receiveTime: number): void {
    this.#context.out.event({
      type: 'trade',
      exchange: 'coinbaseexchange',
      symbol: this.#context.unified(textIn(message, 'product_id')),
      time: isoTime(textIn(message, 'time')),
      receiveTime,
      id: textIn(message, 'trade_id'),
      side: sideIn(message, 'side', 'sell', 'buy'),
      price: valueIn(message, 'price', this.#context.numbers),
      size: valueIn(message, 'size', this.#context.numbers),
      backfill: message['type'] === 'last_match',
    });
  }

  #ticker(message: Json, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const symbol = this.#context.unified(textIn(message, 'product_id'));
    const stamp = { exchange: 'coinbaseexchange', symbol, time: isoTime(textIn(message, 'time')), receiveTime };
    this.#context.out.event({
      type: 'quote',
      ...stamp,
      bid: valueMaybe(message, 'best_bid', numbers),
      bidSize: valueMaybe(message, 'best_bid_size', numbers),
      ask: valueMaybe(message, 'best_ask', numbers),
      askSize: valueMaybe(message, 'best_ask_size', numbers),
      sequence: numberIn(message, 'sequence'),
    });
    this.#context.out.event({
      type: 'ticker24h',
      ...stamp,
      open: valueMaybe(message, 'open_24h', numbers),
      high: valueMaybe(message, 'high_24h', numbers),
      low: valueMaybe(message, 'low_24h', numbers),
      last: valueMaybe(message, 'price', numbers),
      volume: valueMaybe(message, 'volume_24h', numbers),
      quoteVolume: undefined,
      tradeCount: undefined,
    });
  }
}

/** All order messages of a product have consecutive numbers. */
export function coinbaseOrderLink(last: BookPoint, { sequence }: L3Message): LinkVerdict {
  if (sequence! <= last.sequence!) return 'skip';
  return sequence === last.sequence! + 1 ? 'apply' : 'gap';
}

/** All orders, by HTTP. */
function ordersAnswer(text: string, symbol: string, receiveTime: number): L3Message {
  const answer = parseObject(text);
  const time = typeof answer['time'] === 'string' ? isoTime(answer['time']) : undefined;
  const [bids, asks] = [ordersIn(answer, 'bids'), ordersIn(answer, 'asks')];
  return { kind: 'snapshot', symbol, time, receiveTime, sequence: numberIn(answer, 'sequence'), bids, asks };
}

/** The venue has sent whole books with sizes such as `0.-10000`; such a level is dropped. */
function readable(message: Json, side: string): readonly unknown[] {
  return listIn(message, side).filter((row) => Array.isArray(row) && Number(row[1]) >= 0);
}

function instruments(text: string): ListedInstrument[] {
  return objectsIn({ products: JSON.parse(text) as unknown }, 'products').map((product) => {
    const base = textIn(product, 'base_currency');
    const quote = textIn(product, 'quote_currency');
    return {
      symbol: `${base}/${quote}`,
      exchange: 'coinbaseexchange',
      type: 'spot',
      base,
      quote,
      settle: quote,
      venueSymbol: textIn(product, 'id'),
      active: product['status'] === 'online' && product['trading_disabled'] !== true,
      tick: numberIn(product, 'quote_increment'),
      lot: numberIn(product, 'base_increment'),
      contractSize: 1,
    };
  });
}

export const coinbaseexchange: Protocol = {
  id: 'coinbaseexchange',
  channels: ['trade', 'quote', 'book', 'l3', 'ticker24h'],
  timeframes: {},
  tradeIds: 'consecutive',
  subscriptionsPerSocket: 100,
  controlFrames: { count: 8, perMs: 1000 },
  book: { source: 'stream', link: coinbaseExchangeLink, hidesLosses: true },
  l3: {
    source: 'request',
    link: coinbaseOrderLink,
    request: (venueSymbol) => ({ method: 'GET', url: `${rest}/products/${venueSymbol}/book?level=3` }),
    parse: ordersAnswer,
  },
  endpoint: () => 'wss://ws-feed.exchange.coinbase.com',
  subscribe: (subscriptions) => frames('subscribe', subscriptions),
  unsubscribe: (subscriptions) => frames('unsubscribe', subscriptions),
  parser: (context) => new CoinbaseExchangeParser(context),
  instruments: { requests: [{ method: 'GET', url: `${rest}/products` }], parse: instruments },
  tradesRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/products/${venueSymbol}/trades?limit=1000` }),
  parseTrades: (text, symbol, receiveTime, numbers) =>
    (JSON.parse(text) as unknown[])
      .map((row) => asObject(row, 'trades'))
      .sort((x, y) => numberIn(x, 'trade_id') - numberIn(y, 'trade_id'))
      .map((trade) => ({
        type: 'trade',
        exchange: 'coinbaseexchange',
        symbol,
        time: isoTime(textIn(trade, 'time')),
        receiveTime,
        id: textIn(trade, 'trade_id'),
        side: sideIn(trade, 'side', 'sell', 'buy'),
        price: valueIn(trade, 'price', numbers),
        size: valueIn(trade, 'size', numbers),
        backfill: true,
      })),
  venueSymbol: (symbol) => joinedName(symbol, '-'),
};
