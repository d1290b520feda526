/** Bitstamp: changes ordered by a time in microseconds and not numbered, the first whole book by HTTP. */
import {
  asObject,
  ordersIn,
  sidesIn,
  numberIn,
  objectIn,
  objectsIn,
  parseObject,
  stepOf,
  textIn,
  valueIn,
  wrong,
  type Json,
} from '../decoding/fields.ts';
import type { Channel } from '../../core/index.ts';
import type {
  BookMessage,
  BookMessageHead,
  L3Message,
  BookPoint,
  LinkVerdict,
  Parser,
  ParserContext,
  Protocol,
  Subscription,
} from '../decoding/protocol.ts';
import { joinedName, type ListedInstrument } from '../decoding/symbols.ts';

const rest = 'https://www.bitstamp.net/api/v2';

function stream({ channel, venueSymbol }: Subscription): string {
  const names = { trade: 'live_trades', l3: 'detail_order_book' } as Readonly<Partial<Record<Channel, string>>>;
  return `${names[channel] ?? 'diff_order_book'}_${venueSymbol}`;
}

/** Only the time in microseconds orders changes: one that is older than the book is skipped, and a loss cannot be seen. */
export function bitstampLink(last: BookPoint, message: BookMessageHead): LinkVerdict {
  return message.sequence! < last.sequence! ? 'skip' : 'apply';
}

class BitstampParser<N> implements Parser {
  readonly #context: ParserContext<N>;

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = parseObject(frame);
    const out = this.#context.out;
    const channel = typeof message['channel'] === 'string' ? message['channel'] : '';
    const symbol = this.#context.unified(channel.slice(channel.lastIndexOf('_') + 1));
    switch (message['event']) {
      case 'data':
        if (channel.startsWith('detail_order_book')) {
          out.l3(bitstampOrders(objectIn(message, 'data'), symbol, receiveTime));
          break;
        }
        out.book({
          ...bitstampBook(objectIn(message, 'data'), symbol, receiveTime, this.#context.bookTexts),
          kind: 'delta',
        });
        break;
      case 'trade':
        this.#trade(objectIn(message, 'data'), symbol, receiveTime);
        break;
      case 'bts:error':
        out.answer(false, JSON.stringify(message['data']));
        break;
      case 'bts:subscription_succeeded':
      case 'bts:unsubscription_succeeded':
        out.answer(true, channel);
        break;
      default:
        out.heartbeat();
    }
  }

  /** `type` is the taker's: 0 bought, 1 sold. */
  #trade(data: Json, symbol: string, receiveTime: number): void {
    const type = data['type'];
    if (type !== 0 && type !== 1) throw wrong('type', '0 or 1', type);
    this.#context.out.event({
      type: 'trade',
      exchange: 'bitstamp',
      symbol,
      time: numberIn(data, 'microtimestamp') / 1000,
      receiveTime,
      id: textIn(data, 'id'),
      side: type === 0 ? 'buy' : 'sell',
      price: valueIn(data, 'price_str' in data ? 'price_str' : 'price', this.#context.numbers),
      size: valueIn(data, 'amount_str' in data ? 'amount_str' : 'amount', this.#context.numbers),
      backfill: false,
    });
  }
}

function bitstampBook(data: Json, symbol: string, receiveTime: number, texts: boolean): BookMessage {
  const sequence = numberIn(data, 'microtimestamp');
  return {
    ...sidesIn(data, 'bids', 'asks', texts),
    kind: 'snapshot',
    symbol,
    time: sequence / 1000,
    receiveTime,
    sequence,
  };
}

/** The best 100 orders of each side in rows of price, size and order. */
function bitstampOrders(data: Json, symbol: string, receiveTime: number): L3Message {
  const sequence = numberIn(data, 'microtimestamp');
  return {
    kind: 'snapshot',
    symbol,
    time: sequence / 1000,
    receiveTime,
    sequence,
    bids: ordersIn(data, 'bids'),
    asks: ordersIn(data, 'asks'),
  };
}

function instruments(text: string): ListedInstrument[] {
  return objectsIn({ pairs: JSON.parse(text) as unknown }, 'pairs').map((item) => {
    const row = asObject(item, 'pairs');
    const [base = '', quote = ''] = textIn(row, 'name').split('/');
    return {
      symbol: `${base}/${quote}`,
      exchange: 'bitstamp',
      type: 'spot',
      base,
      quote,
      settle: quote,
      venueSymbol: textIn(row, 'url_symbol'),
      active: row['trading'] === 'Enabled',
      tick: stepOf(numberIn(row, 'counter_decimals')),
      lot: stepOf(numberIn(row, 'base_decimals')),
      contractSize: 1,
    };
  });
}

export const bitstamp: Protocol = {
  id: 'bitstamp',
  channels: ['trade', 'book', 'l3'],
  timeframes: {},
  tradeIds: 'rising',
  subscriptionsPerSocket: 100,
  controlFrames: { count: 10, perMs: 1000 },
  keepAlive: { everyMs: 30_000, frame: '{"event":"bts:heartbeat"}' },
  book: { source: 'request', link: bitstampLink, hidesLosses: true },
  l3: { source: 'full', link: bitstampLink },
  endpoint: () => 'wss://ws.bitstamp.net/',
  subscribe: (subscriptions) =>
    subscriptions.map((one) => JSON.stringify({ event: 'bts:subscribe', data: { channel: stream(one) } })),
  unsubscribe: (subscriptions) =>
    subscriptions.map((one) => JSON.stringify({ event: 'bts:unsubscribe', data: { channel: stream(one) } })),
  parser: (context) => new BitstampParser(context),
  instruments: { requests: [{ method: 'GET', url: `${rest}/trading-pairs-info/` }], parse: instruments },
  bookRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/order_book/${venueSymbol}` }),
  parseBook: (text, symbol, receiveTime, texts) => bitstampBook(parseObject(text), symbol, receiveTime, texts),
  venueSymbol: (symbol) => joinedName(symbol, '')?.toLowerCase(),
};
