/** Upbit spot: binary frames with short names, a whole book in every book message, names with the quote first. */
import {
  addLevel, asObject, numberIn, objectsIn, parseExact, sideIn, textIn, valueIn, valueMaybe, type Json,
} from '../decoding/fields.ts'; // prettier-ignore
import type { Level } from '../../core/index.ts';
import type {
  BookMessage,
  BookPoint,
  LinkVerdict,
  Parser,
  ParserContext,
  Protocol,
  Subscription,
} from '../decoding/protocol.ts';
import type { ListedInstrument } from '../decoding/symbols.ts';

const rest = 'https://api.upbit.com/v1';
const venueChannels = { trade: 'trade', quote: 'orderbook', book: 'orderbook', ticker24h: 'ticker' } as const;

/** One frame names all that the socket carries; it replaces what was subscribed before. */
function frames(subscriptions: readonly Subscription[], id: number): string[] {
  const byType = new Map<string, Set<string>>();
  for (const { channel, venueSymbol } of subscriptions) {
    const type = venueChannels[channel as keyof typeof venueChannels];
    byType.set(type, (byType.get(type) ?? new Set()).add(venueSymbol));
  }
  const streams = [...byType].map(([type, codes]) => ({ type, codes: [...codes], isOnlyRealtime: type === 'trade' }));
  return [JSON.stringify([{ ticket: `nextbar-${id}` }, ...streams, { format: 'SIMPLE' }])];
}

/** Whole books have no numbers: one that is older than the book is skipped. */
function link(last: BookPoint, message: BookMessage): LinkVerdict {
  return message.time! < (last.time ?? 0) ? 'skip' : 'apply';
}

class UpbitParser<N> implements Parser {
  readonly #context: ParserContext<N>;

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = asObject(parseExact(frame), 'frame');
    const out = this.#context.out;
    if ('error' in message) out.answer(false, JSON.stringify(message['error']));
    else if (message['ty'] === 'trade') this.#trade(message, receiveTime);
    else if (message['ty'] === 'orderbook') this.#book(message, receiveTime);
    else if (message['ty'] === 'ticker') this.#ticker(message, receiveTime);
    else out.heartbeat();
  }

  /** `ab` is the taker's: BID bought. A trade sent on subscribing (`st` SNAPSHOT) is history. */
  #trade(trade: Json, receiveTime: number): void {
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'trade',
      exchange: 'upbit',
      symbol: this.#context.unified(textIn(trade, 'cd')),
      time: numberIn(trade, 'ttms'),
      receiveTime,
      id: textIn(trade, 'sid'),
      side: sideIn(trade, 'ab', 'BID', 'ASK'),
      price: valueIn(trade, 'tp', numbers),
      size: valueIn(trade, 'tv', numbers),
      backfill: trade['st'] === 'SNAPSHOT',
    });
  }

  #book(book: Json, receiveTime: number): void {
    const kept = this.#context.bookTexts;
    const bids: Level[] = [];
    const asks: Level[] = [];
    const bidTexts: Level<string>[] | undefined = kept ? [] : undefined;
    const askTexts: Level<string>[] | undefined = kept ? [] : undefined;
    const units = objectsIn(book, 'obu');
    for (const unit of units) {
      addLevel(bids, bidTexts, unit['bp'], unit['bs'], 'obu');
      addLevel(asks, askTexts, unit['ap'], unit['as'], 'obu');
    }
    const symbol = this.#context.unified(textIn(book, 'cd'));
    const time = numberIn(book, 'tms');
    this.#context.out.book({ kind: 'snapshot', symbol, time, receiveTime, bids, asks, bidTexts, askTexts });
    const [best] = units;
    if (best === undefined) return;
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'quote',
      exchange: 'upbit',
      symbol,
      time,
      receiveTime,
      bid: valueMaybe(best, 'bp', numbers),
      bidSize: valueMaybe(best, 'bs', numbers),
      ask: valueMaybe(best, 'ap', numbers),
      askSize: valueMaybe(best, 'as', numbers),
      sequence: undefined,
    });
  }

  /** Volumes are of 24 hours; the prices that the venue sends beside them are of its day, and are left out. */
  #ticker(ticker: Json, receiveTime: number): void {
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'ticker24h',
      exchange: 'upbit',
      symbol: this.#context.unified(textIn(ticker, 'cd')),
      time: numberIn(ticker, 'tms'),
      receiveTime,
      open: undefined,
      high: undefined,
      low: undefined,
      last: valueMaybe(ticker, 'tp', numbers),
      volume: valueMaybe(ticker, 'atv24h', numbers),
      quoteVolume: valueMaybe(ticker, 'atp24h', numbers),
      tradeCount: undefined,
    });
  }
}

function instruments(text: string): ListedInstrument[] {
  return (JSON.parse(text) as unknown[]).map((item) => {
    const venueSymbol = textIn(asObject(item, 'market'), 'market');
    const [quote = '', base = ''] = venueSymbol.split('-');
    return {
      symbol: `${base}/${quote}`,
      exchange: 'upbit',
      type: 'spot',
      base,
      quote,
      settle: quote,
      venueSymbol,
      active: true,
      contractSize: 1,
    };
  });
}

export const upbit: Protocol = {
  id: 'upbit',
  channels: ['trade', 'quote', 'book', 'ticker24h'],
  timeframes: {},
  tradeIds: 'unique',
  subscriptionsPerSocket: 100,
  controlFrames: { count: 5, perMs: 1000 },
  keepAlive: { everyMs: 60_000, frame: 'PING' },
  book: { source: 'full', link },
  endpoint: () => 'wss://api.upbit.com/websocket/v1',
  subscribe: frames,
  unsubscribe: () => [],
  replacesSubscriptions: true,
  parser: (context) => new UpbitParser(context),
  instruments: { requests: [{ method: 'GET', url: `${rest}/market/all` }], parse: instruments },
  tradesRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/trades/ticks?market=${venueSymbol}&count=500` }),
  parseTrades: (text, symbol, receiveTime, numbers) =>
    (parseExact(text) as unknown[]).reverse().map((item) => {
      const trade = asObject(item, 'trade');
      return {
        type: 'trade',
        exchange: 'upbit',
        symbol,
        time: numberIn(trade, 'timestamp'),
        receiveTime,
        id: textIn(trade, 'sequential_id'),
        side: sideIn(trade, 'ask_bid', 'BID', 'ASK'),
        price: valueIn(trade, 'trade_price', numbers),
        size: valueIn(trade, 'trade_volume', numbers),
        backfill: true,
      };
    }),
  venueSymbol: (symbol) => /^([A-Z0-9]+)\/([A-Z0-9]+)$/.exec(symbol)?.slice(1).reverse().join('-'),
};
