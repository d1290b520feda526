/** Backpack: deltas numbered by update id, the first whole book by HTTP, times in microseconds. */
import {
  isoTime, levelsFrom, listIn, numberIn, numberMaybe, objectIn, parseObject, sideIn, textIn, valueIn, valueMaybe, wrong, asObject, type Json,
} from '../fields.ts'; // prettier-ignore
import type { NumberReader } from '../numbers.ts';
import type {
  BookMessage,
  BookPoint,
  LinkVerdict,
  Parser,
  ParserContext,
  Protocol,
  Subscription,
} from '../protocol.ts';
import type { ListedInstrument } from '../symbols.ts';
import type { Side } from '../../core/index.ts';

const rest = 'https://api.backpack.exchange/api/v1';
const timeframes = {
  '1m': '1m', '3m': '3m', '5m': '5m', '15m': '15m', '30m': '30m', '1h': '1h', '2h': '2h', '4h': '4h', '6h': '6h', '8h': '8h', '12h': '12h',
  '1d': '1d', '3d': '3d', '1w': '1w', '1M': '1month',
}; // prettier-ignore

function stream({ channel, venueSymbol, timeframe }: Subscription): string {
  switch (channel) {
    case 'trade':
      return `trade.${venueSymbol}`;
    case 'quote':
      return `bookTicker.${venueSymbol}`;
    case 'book':
      return `depth.${venueSymbol}`;
    case 'bar':
      return `kline.${timeframes[(timeframe ?? '1m') as keyof typeof timeframes]}.${venueSymbol}`;
    case 'funding':
    case 'index':
      return `markPrice.${venueSymbol}`;
    case 'openInterest':
      return `openInterest.${venueSymbol}`;
    case 'liquidation':
      return 'liquidation';
    default:
      return `ticker.${venueSymbol}`;
  }
}

function control(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', subscriptions: readonly Subscription[], id: number): string[] {
  return [JSON.stringify({ method, params: [...new Set(subscriptions.map(stream))], id })];
}

/** A message begins one after the last ended; the first on a whole book reaches across its id. Empty messages count too. */
export function backpackLink(last: BookPoint, message: BookMessage): LinkVerdict {
  const next = last.sequence! + 1;
  if (message.sequence! < next) return 'skip';
  return (message.first ?? NaN) === next || (last.fromSnapshot && (message.first ?? NaN) < next) ? 'apply' : 'gap';
}

/** Milliseconds of a time in microseconds, milliseconds or seconds: the venue mixes them, their magnitude tells. */
function epochTime(value: number): number {
  if (value > 1e14) return value / 1000;
  return value > 1e11 ? value : value * 1000;
}

class BackpackParser<N> implements Parser {
  readonly #context: ParserContext<N>;

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = parseObject(frame);
    if (!('data' in message)) {
      const refused = 'error' in message && message['error'] !== null;
      this.#context.out.answer(!refused, refused ? JSON.stringify(message['error']) : 'ok');
      return;
    }
    const data = objectIn(message, 'data');
    const symbol = this.#context.unified(textIn(data, 's'));
    // Bars have the close under T.
    const time = epochTime(
      data['e'] === 'kline' ? numberIn(data, 'E') : (numberMaybe(data, 'T') ?? numberIn(data, 'E')),
    );
    const stamp = { exchange: 'backpack', symbol, time, receiveTime };
    switch (data['e']) {
      case 'trade':
        this.#context.out.event({
          type: 'trade',
          ...stamp,
          ...tradeFields(data, 't', this.#context.numbers),
          backfill: false,
        });
        break;
      case 'depth':
        this.#book(data, stamp.symbol, time, receiveTime);
        break;
      case 'bookTicker':
        this.#quote(data, stamp);
        break;
      case 'kline':
        this.#bar(data, textIn(message, 'stream').split('.')[1]!, stamp);
        break;
      case 'markPrice':
        this.#markPrice(data, stamp);
        break;
      case 'openInterest':
        this.#context.out.event({ type: 'openInterest', ...stamp, size: valueIn(data, 'o', this.#context.numbers) });
        break;
      case 'liquidation':
        this.#context.out.event({
          type: 'liquidation',
          ...stamp,
          id: undefined,
          side: sideIn(data, 'S', 'Bid', 'Ask'),
          price: valueIn(data, 'p', this.#context.numbers),
          size: valueIn(data, 'q', this.#context.numbers),
        });
        break;
      case 'ticker':
        this.#ticker(data, stamp);
    }
  }

  #book(data: Json, symbol: string, time: number, receiveTime: number): void {
    const texts = this.#context.bookTexts;
    const bids = levelsFrom(listIn(data, 'b'), 'b', texts);
    const asks = levelsFrom(listIn(data, 'a'), 'a', texts);
    this.#context.out.book({
      kind: 'delta',
      symbol,
      time,
      receiveTime,
      first: numberIn(data, 'U'),
      sequence: numberIn(data, 'u'),
      bids: bids.levels,
      asks: asks.levels,
      bidTexts: bids.texts,
      askTexts: asks.texts,
    });
  }

  #quote(data: Json, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'quote',
      ...stamp,
      bid: valueMaybe(data, 'b', numbers),
      bidSize: valueMaybe(data, 'B', numbers),
      ask: valueMaybe(data, 'a', numbers),
      askSize: valueMaybe(data, 'A', numbers),
      sequence: numberIn(data, 'u'),
    });
  }

  #bar(data: Json, interval: string, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    const timeframe = Object.entries(timeframes).find(([, name]) => name === interval)?.[0] ?? interval;
    this.#context.out.event({
      type: 'bar',
      ...stamp,
      timeframe,
      start: isoTime(textIn(data, 't')),
      end: isoTime(textIn(data, 'T')),
      open: valueIn(data, 'o', numbers),
      high: valueIn(data, 'h', numbers),
      low: valueIn(data, 'l', numbers),
      close: valueIn(data, 'c', numbers),
      volume: valueIn(data, 'v', numbers),
      tradeCount: numberMaybe(data, 'n'),
      closed: data['X'] === true,
    });
  }

  #markPrice(data: Json, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    const indexPrice = valueMaybe(data, 'i', numbers);
    const next = numberMaybe(data, 'n');
    this.#context.out.event({
      type: 'funding',
      ...stamp,
      rate: undefined,
      predictedRate: valueMaybe(data, 'f', numbers),
      nextTime: next === undefined ? undefined : epochTime(next),
      markPrice: valueIn(data, 'p', numbers),
      indexPrice,
    });
    if (indexPrice !== undefined) this.#context.out.event({ type: 'index', ...stamp, price: indexPrice });
  }

  #ticker(data: Json, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'ticker24h',
      ...stamp,
      open: valueMaybe(data, 'o', numbers),
      high: valueMaybe(data, 'h', numbers),
      low: valueMaybe(data, 'l', numbers),
      last: valueMaybe(data, 'c', numbers),
      volume: valueMaybe(data, 'v', numbers),
      quoteVolume: valueMaybe(data, 'V', numbers),
      tradeCount: numberMaybe(data, 'n'),
    });
  }
}

interface Stamp {
  readonly exchange: string;
  readonly symbol: string;
  readonly time: number;
  readonly receiveTime: number;
}

function tradeFields<N>(
  data: Json,
  idField: string,
  numbers: NumberReader<N>,
): { id: string; side: Side; price: N; size: N } {
  const maker = data[idField === 't' ? 'm' : 'isBuyerMaker'];
  if (typeof maker !== 'boolean') throw wrong('m', 'true or false', maker);
  const [price, size] = idField === 't' ? ['p', 'q'] : ['price', 'quantity'];
  return {
    id: textIn(data, idField),
    side: maker ? 'sell' : 'buy',
    price: valueIn(data, price, numbers),
    size: valueIn(data, size, numbers),
  };
}

/** The best bid comes last in the venue's list; the book sorts either way. */
function book(text: string, symbol: string, receiveTime: number, texts: boolean): BookMessage {
  const data = parseObject(text);
  const bids = levelsFrom(listIn(data, 'bids'), 'bids', texts);
  const asks = levelsFrom(listIn(data, 'asks'), 'asks', texts);
  return {
    kind: 'snapshot',
    symbol,
    time: epochTime(numberIn(data, 'timestamp')),
    receiveTime,
    sequence: numberIn(data, 'lastUpdateId'),
    bids: bids.levels,
    asks: asks.levels,
    bidTexts: bids.texts,
    askTexts: asks.texts,
  };
}

/** Kinds of market that the venue adds later are left out. */
function instruments(text: string): ListedInstrument[] {
  return (JSON.parse(text) as unknown[]).flatMap((item): ListedInstrument[] => {
    const row = asObject(item, 'markets');
    const type = row['marketType'];
    if (type !== 'SPOT' && type !== 'PERP') return [];
    const filters = objectIn(row, 'filters');
    const base = textIn(row, 'baseSymbol');
    const quote = textIn(row, 'quoteSymbol');
    return [
      {
        symbol: type === 'SPOT' ? `${base}/${quote}` : `${base}/${quote}:${quote}`,
        exchange: 'backpack',
        type: type === 'SPOT' ? 'spot' : 'swap',
        base,
        quote,
        settle: quote,
        venueSymbol: textIn(row, 'symbol'),
        active: row['orderBookState'] === 'Open' || row['orderBookState'] === undefined,
        tick: numberIn(objectIn(filters, 'price'), 'tickSize'),
        lot: numberIn(objectIn(filters, 'quantity'), 'stepSize'),
        minSize: numberIn(objectIn(filters, 'quantity'), 'minQuantity'),
        contractSize: 1,
      },
    ];
  });
}

export const backpack: Protocol = {
  id: 'backpack',
  channels: ['trade', 'quote', 'book', 'bar', 'funding', 'openInterest', 'liquidation', 'index', 'ticker24h'],
  timeframes,
  tradeIds: 'consecutive',
  subscriptionsPerSocket: 200,
  controlFrames: { count: 5, perMs: 1000 },
  book: { source: 'request', link: backpackLink },
  endpoint: () => 'wss://ws.backpack.exchange',
  subscribe: (subscriptions, id) => control('SUBSCRIBE', subscriptions, id),
  unsubscribe: (subscriptions, id) => control('UNSUBSCRIBE', subscriptions, id),
  parser: (context) => new BackpackParser(context),
  instruments: { requests: [{ method: 'GET', url: `${rest}/markets` }], parse: instruments },
  bookRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/depth?symbol=${venueSymbol}` }),
  parseBook: book,
  tradesRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/trades?symbol=${venueSymbol}&limit=1000` }),
  parseTrades: (text, symbol, receiveTime, numbers) =>
    (JSON.parse(text) as unknown[])
      .map((item) => asObject(item, 'trades'))
      .sort((x, y) => numberIn(x, 'id') - numberIn(y, 'id'))
      .map((trade) => ({
        type: 'trade',
        exchange: 'backpack',
        symbol,
        time: epochTime(numberIn(trade, 'timestamp')),
        receiveTime,
        ...tradeFields(trade, 'id', numbers),
        backfill: true,
      })),
  venueSymbol: (symbol) => {
    const [, base, quote, perpetual] = /^([A-Za-z0-9]+)\/([A-Z0-9]+)(:\2)?$/.exec(symbol) ?? [];
    return base === undefined ? undefined : `${base}_${quote!}${perpetual === undefined ? '' : '_PERP'}`;
  },
};
