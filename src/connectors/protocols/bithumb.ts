/** Bithumb spot: whole books without numbers, trades without ids, times in Korean time. */
import {
  sidesIn, numberIn, objectIn, objectsIn, parseExact, asObject, sideIn, textIn, valueIn, valueMaybe, wrong, type Json,
} from '../decoding/fields.ts'; // prettier-ignore
import type {
  BookPoint,
  BookMessage,
  LinkVerdict,
  Parser,
  ParserContext,
  Protocol,
  Subscription,
} from '../decoding/protocol.ts';
import { joinedName, type ListedInstrument } from '../decoding/symbols.ts';

const rest = 'https://api.bithumb.com/public';
const venueChannels = { trade: 'transaction', book: 'orderbooksnapshot', ticker24h: 'ticker' } as const;

/** One frame for each kind of stream; a frame replaces the filter of its kind. */
function frames(subscriptions: readonly Subscription[]): string[] {
  const byType = new Map<string, string[]>();
  for (const { channel, venueSymbol } of subscriptions) {
    const type = venueChannels[channel as keyof typeof venueChannels];
    byType.set(type, [...(byType.get(type) ?? []), venueSymbol]);
  }
  return [...byType].map(([type, symbols]) =>
    JSON.stringify({ type, symbols, ...(type === 'ticker' && { tickTypes: ['24H'] }) }),
  );
}

/** `2021-06-02 08:43:34.555058` in Korean time, which has no summer time. */
function koreanTime(text: string): number {
  const [, whole, fraction = ''] = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+)?$/.exec(text) ?? [];
  const time = whole === undefined ? NaN : Date.parse(`${whole.replace(' ', 'T')}+09:00`);
  if (Number.isNaN(time)) throw wrong('contDtm', 'a time', text);
  return time + Number(`0${fraction}`) * 1000;
}

/** Whole books have no numbers: one that is older than the book is skipped. */
function link(last: BookPoint, message: BookMessage): LinkVerdict {
  return message.time! < (last.time ?? 0) ? 'skip' : 'apply';
}

class BithumbParser<N> implements Parser {
  readonly #context: ParserContext<N>;

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = asObject(parseExact(frame), 'frame');
    const out = this.#context.out;
    if ('status' in message) out.answer(message['status'] === '0000', String(message['resmsg']));
    else if (message['type'] === 'transaction') this.#trades(objectIn(message, 'content'), receiveTime);
    else if (message['type'] === 'orderbooksnapshot') this.#book(objectIn(message, 'content'), receiveTime);
    else if (message['type'] === 'ticker') this.#ticker(objectIn(message, 'content'), receiveTime);
    else out.heartbeat();
  }

  /** `buySellGb` is the taker's: 1 sold, 2 bought. */
  #trades(content: Json, receiveTime: number): void {
    const numbers = this.#context.numbers;
    for (const trade of objectsIn(content, 'list')) {
      this.#context.out.event({
        type: 'trade',
        exchange: 'bithumb',
        symbol: this.#context.unified(textIn(trade, 'symbol')),
        time: koreanTime(textIn(trade, 'contDtm')),
        receiveTime,
        id: undefined,
        side: sideIn(trade, 'buySellGb', '2', '1'),
        price: valueIn(trade, 'contPrice', numbers),
        size: valueIn(trade, 'contQty', numbers),
        backfill: false,
      });
    }
  }

  #book(content: Json, receiveTime: number): void {
    const stamp = numberIn(content, 'datetime');
    this.#context.out.book({
      ...sidesIn(content, 'bids', 'asks', this.#context.bookTexts),
      kind: 'snapshot',
      symbol: this.#context.unified(textIn(content, 'symbol')),
      // Milliseconds in most messages, microseconds in some.
      time: stamp > 1e14 ? stamp / 1000 : stamp,
      receiveTime,
    });
  }

  #ticker(content: Json, receiveTime: number): void {
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'ticker24h',
      exchange: 'bithumb',
      symbol: this.#context.unified(textIn(content, 'symbol')),
      time: undefined,
      receiveTime,
      open: valueMaybe(content, 'openPrice', numbers),
      high: valueMaybe(content, 'highPrice', numbers),
      low: valueMaybe(content, 'lowPrice', numbers),
      last: valueMaybe(content, 'closePrice', numbers),
      volume: valueMaybe(content, 'volume', numbers),
      quoteVolume: valueMaybe(content, 'value', numbers),
      tradeCount: undefined,
    });
  }
}

/** Lists bases; only the address names the quote. */
function instruments(text: string, url: string): ListedInstrument[] {
  const quote = /ALL_([A-Z]+)/.exec(url)?.[1] ?? 'KRW';
  const bases = Object.keys(objectIn(asObject(JSON.parse(text), 'frame'), 'data')).filter((name) => name !== 'date');
  return bases.map((base) => ({
    symbol: `${base}/${quote}`,
    exchange: 'bithumb',
    type: 'spot',
    base,
    quote,
    settle: quote,
    venueSymbol: `${base}_${quote}`,
    active: true,
    contractSize: 1,
  }));
}

export const bithumb: Protocol = {
  id: 'bithumb',
  channels: ['trade', 'book', 'ticker24h'],
  timeframes: {},
  tradeIds: 'none',
  subscriptionsPerSocket: 100,
  controlFrames: { count: 5, perMs: 1000 },
  book: { source: 'full', link },
  endpoint: () => 'wss://pubwss.bithumb.com/pub/ws',
  subscribe: frames,
  unsubscribe: () => [],
  replacesSubscriptions: true,
  parser: (context) => new BithumbParser(context),
  instruments: {
    requests: ['KRW', 'BTC'].map((quote) => ({ method: 'GET', url: `${rest}/ticker/ALL_${quote}` })),
    parse: instruments,
  },
  venueSymbol: (symbol) => joinedName(symbol, '_'),
};
