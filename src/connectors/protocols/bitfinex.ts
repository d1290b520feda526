/** Bitfinex: the venue numbers every stream and all messages of a socket, and books carry checksums. */
import { bitfinexChecksum, bitfinexRawChecksum } from '../decoding/checksum.ts';
import {
  addLevel, asObject, listIn, numberIn, parseExact, textIn, valueIn, valueMaybe, wrong, type Json,
} from '../decoding/fields.ts'; // prettier-ignore
import type { Level, RestingOrder, TradeTick } from '../../core/index.ts';
import { barClose, timeframe } from '../../core/index.ts';
import type { NumberReader } from '../decoding/numbers.ts';
import type { Parser, ParserContext, Protocol, Subscription } from '../decoding/protocol.ts';
import type { ListedInstrument } from '../decoding/symbols.ts';
import { unifiedTimeframe } from '../decoding/timeframes.ts';

const rest = 'https://api-pub.bitfinex.com/v2';
/** Numbers every message (65536) and sends checksums of books (131072). */
const flags = 65_536 + 131_072;
const timeframes = {
  '1m': '1m', '5m': '5m', '15m': '15m', '30m': '30m', '1h': '1h', '3h': '3h', '6h': '6h', '12h': '12h', '1d': '1D', '1w': '1W', '1M': '1M',
}; // prettier-ignore

/** The fields that subscribe a stream and identify it in the venue's confirmation. */
function streamOf({ channel, venueSymbol, timeframe: length }: Subscription): Json {
  switch (channel) {
    case 'trade':
      return { channel: 'trades', symbol: venueSymbol };
    case 'book':
      return { channel: 'book', symbol: venueSymbol, prec: 'P0', freq: 'F0', len: '100' };
    case 'l3':
      return { channel: 'book', symbol: venueSymbol, prec: 'R0', len: '250' };
    case 'bar':
      return {
        channel: 'candles',
        key: `trade:${timeframes[(length ?? '1m') as keyof typeof timeframes]}:${venueSymbol}`,
      };
    case 'quote':
    case 'ticker24h':
      return { channel: 'ticker', symbol: venueSymbol };
    default:
      return { channel: 'status', key: `deriv:${venueSymbol}` };
  }
}

function nameOf(stream: Json): string {
  return `${stream['prec'] === 'R0' ? rawBook : String(stream['channel'])} ${String(stream['key'] ?? stream['symbol'])}`;
}

/** The channel of books in which every order stands alone, which the venue names like the others. */
const rawBook = 'raw book';

class BitfinexParser<N> implements Parser {
  readonly #context: ParserContext<N>;
  /** What the venue's stream numbers stand for. */
  readonly #streams = new Map<string, { readonly channel: string; readonly key: string }>();
  readonly #numberOf = new Map<string, string>();

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  unsubscribe(subscriptions: readonly Subscription[]): string[] {
    const names = new Set(subscriptions.map((one) => nameOf(streamOf(one))));
    return [...names].flatMap((name) => {
      const chanId = this.#numberOf.get(name);
      return chanId === undefined ? [] : [JSON.stringify({ event: 'unsubscribe', chanId: Number(chanId) })];
    });
  }

  frame(frame: string, receiveTime: number): void {
    const message = parseExact(frame);
    const out = this.#context.out;
    if (!Array.isArray(message)) {
      this.#control(asObject(message, 'frame'));
      return;
    }
    out.counted(numberIn({ sequence: message.at(-1) as unknown }, 'sequence'));
    const stream = this.#streams.get(String(message[0]));
    if (message[1] === 'hb') out.heartbeat();
    else if (stream === undefined) throw wrong('stream', 'one that was subscribed', message[0]);
    else this.#data(stream, message.slice(1), receiveTime);
  }

  #control(message: Json): void {
    const out = this.#context.out;
    if (message['event'] === 'error') out.answer(false, `${String(message['msg'])} (${nameOf(message)})`);
    else if (message['event'] === 'subscribed') {
      const [id, name] = [textIn(message, 'chanId'), nameOf(message)];
      const channel = message['prec'] === 'R0' ? rawBook : textIn(message, 'channel');
      this.#streams.set(id, { channel, key: String(message['key'] ?? message['symbol']) });
      this.#numberOf.set(name, id);
      out.answer(true, name);
    } else if (message['event'] === 'unsubscribed') out.answer(true, 'unsubscribed');
    else out.heartbeat();
  }

  #data(
    stream: { readonly channel: string; readonly key: string },
    message: readonly unknown[],
    receiveTime: number,
  ): void {
    const [first, second] = message;
    const { channel, key } = stream;
    const sequence = numberIn({ sequence: message.at(-1) }, 'sequence');
    if (channel === rawBook) this.#orders(message, this.#context.unified(key), sequence, receiveTime);
    else if (channel === 'book') {
      const symbol = this.#context.unified(key);
      if (first === 'cs') {
        const none = { bids: [], asks: [], bidTexts: [], askTexts: [] };
        this.#context.out.book({
          ...none,
          kind: 'delta',
          symbol,
          time: undefined,
          receiveTime,
          sequence,
          checksum: numberIn({ checksum: second }, 'checksum'),
        });
      } else this.#book(rowsOf(first, 'book'), symbol, sequence, receiveTime);
    } else if (channel === 'trades') {
      const symbol = this.#context.unified(key);
      // Each trade comes twice, executed and then booked ('tu'); the list on subscribing is history, newest first.
      if (first === 'te')
        this.#context.out.event(bitfinexTrade(second, symbol, receiveTime, this.#context.numbers, false));
      else if (Array.isArray(first)) {
        for (const row of [...(first as unknown[])].reverse()) {
          this.#context.out.event(bitfinexTrade(row, symbol, receiveTime, this.#context.numbers, true));
        }
      }
    } else if (channel === 'ticker') this.#ticker(first as readonly unknown[], this.#context.unified(key), receiveTime);
    else if (channel === 'candles') this.#bars(rowsOf(first, 'candles'), key, receiveTime);
    else if (channel === 'status')
      this.#status(first as readonly unknown[], this.#context.unified(key.slice('deriv:'.length)), receiveTime);
  }

  /** Rows of price, number of orders and amount: bids are above 0, asks below; without orders the level is gone. */
  #book(
    rows: { readonly rows: readonly unknown[]; readonly isWhole: boolean },
    symbol: string,
    sequence: number,
    receiveTime: number,
  ): void {
    const kept = this.#context.bookTexts;
    const sides = {
      bids: [] as Level[],
      asks: [] as Level[],
      bidTexts: kept ? ([] as Level<string>[]) : undefined,
      askTexts: kept ? ([] as Level<string>[]) : undefined,
    };
    for (const row of rows.rows) {
      if (!Array.isArray(row)) throw wrong('book', 'rows of price, count and amount', row);
      const amount = String(row[2]);
      const isBid = !amount.startsWith('-');
      const size = Number(row[1]) === 0 ? '0' : isBid ? amount : amount.slice(1);
      addLevel(isBid ? sides.bids : sides.asks, isBid ? sides.bidTexts : sides.askTexts, row[0], size, 'book');
    }
    this.#context.out.book({
      ...sides,
      kind: rows.isWhole ? 'snapshot' : 'delta',
      symbol,
      time: undefined,
      receiveTime,
      sequence,
    });
  }

  /** Rows of order, price and amount: bids are above 0, asks below; at price 0 the order is gone. */
  #orders([first, second]: readonly unknown[], symbol: string, sequence: number, receiveTime: number): void {
    const head = { symbol, time: undefined, receiveTime, sequence } as const;
    if (first === 'cs') {
      const checksum = numberIn({ checksum: second }, 'checksum');
      this.#context.out.l3({ ...head, kind: 'delta', bids: [], asks: [], checksum });
      return;
    }
    const { rows, isWhole } = rowsOf(first, 'book');
    const [bids, asks, removed]: [RestingOrder<string>[], RestingOrder<string>[], string[]] = [[], [], []];
    for (const row of rows) {
      if (!Array.isArray(row)) throw wrong('book', 'rows of order, price and amount', row);
      const order = { id: row[0] as unknown, price: row[1] as unknown, amount: row[2] as unknown };
      const [id, amount] = [textIn(order, 'id'), textIn(order, 'amount')];
      if (numberIn(order, 'price') === 0) removed.push(id);
      else if (amount.startsWith('-')) asks.push([id, textIn(order, 'price'), amount.slice(1)]);
      else bids.push([id, textIn(order, 'price'), amount]);
    }
    this.#context.out.l3({ ...head, kind: isWhole ? 'snapshot' : 'delta', bids, asks, removed });
  }

  #ticker(row: readonly unknown[], symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const at = (place: number): N | undefined => valueMaybe({ ticker: row[place] }, 'ticker', numbers);
    const stamp = { exchange: 'bitfinex', symbol, time: undefined, receiveTime };
    this.#context.out.event({
      type: 'quote',
      ...stamp,
      bid: at(0),
      bidSize: at(1),
      ask: at(2),
      askSize: at(3),
      sequence: undefined,
    });
    this.#context.out.event({
      type: 'ticker24h',
      ...stamp,
      open: undefined,
      high: at(8),
      low: at(9),
      last: at(6),
      volume: at(7),
      quoteVolume: undefined,
      tradeCount: undefined,
    });
  }

  #bars({ rows }: { readonly rows: readonly unknown[] }, key: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const [, length = '', venueSymbol = ''] = /^trade:([^:]+):(.+)$/.exec(key) ?? [];
    const name = unifiedTimeframe(timeframes, length);
    for (const row of [...rows].reverse() as (readonly unknown[])[]) {
      const bar = { start: row[0], open: row[1], close: row[2], high: row[3], low: row[4], volume: row[5] };
      const start = numberIn(bar, 'start');
      this.#context.out.event({
        type: 'bar',
        exchange: 'bitfinex',
        symbol: this.#context.unified(venueSymbol),
        time: undefined,
        receiveTime,
        timeframe: name,
        start,
        end: barClose(timeframe(name), start),
        open: valueIn(bar, 'open', numbers),
        high: valueIn(bar, 'high', numbers),
        low: valueIn(bar, 'low', numbers),
        close: valueIn(bar, 'close', numbers),
        volume: valueIn(bar, 'volume', numbers),
        tradeCount: undefined,
        closed: undefined,
      });
    }
  }

  #status(row: readonly unknown[], symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const status = {
      time: row[0],
      index: row[3],
      nextTime: row[7],
      rate: row[11],
      mark: row[14],
      interest: row[17],
      predicted: row[8],
    };
    const stamp = { exchange: 'bitfinex', symbol, time: numberIn(status, 'time'), receiveTime };
    const [markPrice, indexPrice] = [valueMaybe(status, 'mark', numbers), valueMaybe(status, 'index', numbers)];
    const out = this.#context.out;
    out.event({
      type: 'funding', ...stamp, rate: valueMaybe(status, 'rate', numbers), predictedRate: valueMaybe(status, 'predicted', numbers),
      nextTime: row[7] === null ? undefined : numberIn(status, 'nextTime'), markPrice, indexPrice,
    }); // prettier-ignore
    if (markPrice !== undefined) out.event({ type: 'mark', ...stamp, price: markPrice });
    if (indexPrice !== undefined) out.event({ type: 'index', ...stamp, price: indexPrice });
    const size = valueMaybe(status, 'interest', numbers);
    if (size !== undefined) out.event({ type: 'openInterest', ...stamp, size });
  }
}

/** A list of rows is the whole of a stream, one row alone a change of it. */
function rowsOf(value: unknown, field: string): { readonly rows: readonly unknown[]; readonly isWhole: boolean } {
  if (!Array.isArray(value)) throw wrong(field, 'rows', value);
  const isWhole = value.length === 0 || Array.isArray(value[0]);
  return { rows: isWhole ? (value as unknown[]) : [value], isWhole };
}

/** Amounts above 0 were bought by the taker. */
function bitfinexTrade<N>(
  row: unknown,
  symbol: string,
  receiveTime: number,
  numbers: NumberReader<N>,
  backfill: boolean,
): TradeTick<N> {
  if (!Array.isArray(row)) throw wrong('trade', 'a row', row);
  const amount = String(row[2]);
  const isSale = amount.startsWith('-');
  const trade = {
    id: row[0] as unknown,
    time: row[1] as unknown,
    size: isSale ? amount.slice(1) : amount,
    price: row[3] as unknown,
  };
  return {
    type: 'trade',
    exchange: 'bitfinex',
    symbol,
    time: numberIn(trade, 'time'),
    receiveTime,
    id: textIn(trade, 'id'),
    side: isSale ? 'sell' : 'buy',
    price: valueIn(trade, 'price', numbers),
    size: valueIn(trade, 'size', numbers),
    backfill,
  };
}

/** `BTCUSD`, `AAVE:USD` and, of perpetuals, `BTCF0:USTF0`. */
function instruments(text: string): ListedInstrument[] {
  const [names = []] = JSON.parse(text) as readonly (readonly string[])[];
  return listIn({ names }, 'names').map((item) => {
    const name = String(item);
    const [first = '', second = ''] = name.includes(':') ? name.split(':') : [name.slice(0, 3), name.slice(3)];
    const isSwap = second.endsWith('F0');
    const base = unifiedCurrency(first);
    const quote = unifiedCurrency(second);
    return {
      symbol: isSwap ? `${base}/${quote}:${quote}` : `${base}/${quote}`,
      exchange: 'bitfinex',
      type: isSwap ? 'swap' : 'spot',
      base,
      quote,
      settle: quote,
      venueSymbol: `t${name}`,
      active: true,
      contractSize: 1,
    };
  });
}

function unifiedCurrency(name: string): string {
  const plain = name.replace(/F0$/, '');
  return plain === 'UST' ? 'USDT' : plain;
}

export const bitfinex: Protocol = {
  id: 'bitfinex',
  channels: ['trade', 'quote', 'book', 'l3', 'bar', 'funding', 'openInterest', 'index', 'mark', 'ticker24h'],
  timeframes,
  tradeIds: 'unique',
  subscriptionsPerSocket: 25,
  controlFrames: { count: 10, perMs: 1000 },
  keepAlive: { everyMs: 30_000, frame: '{"event":"ping"}' },
  book: { source: 'stream', link: () => 'apply', checksum: bitfinexChecksum },
  // Orders are sent one by one, so that a new one may stand before those that it fills are gone.
  l3: { source: 'stream', link: () => 'apply', mayCross: true, checksum: bitfinexRawChecksum },
  socketLink: (last, next) => next === last + 1,
  endpoint: () => 'wss://api-pub.bitfinex.com/ws/2',
  subscribe: (subscriptions) => [
    JSON.stringify({ event: 'conf', flags }),
    ...new Set(subscriptions.map((one) => JSON.stringify({ event: 'subscribe', ...streamOf(one) }))),
  ],
  unsubscribe: () => [],
  parser: (context) => new BitfinexParser(context),
  instruments: {
    requests: ['exchange', 'futures'].map((kind) => ({ method: 'GET', url: `${rest}/conf/pub:list:pair:${kind}` })),
    parse: instruments,
  },
  tradesRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/trades/${venueSymbol}/hist?limit=1000` }),
  parseTrades: (text, symbol, receiveTime, numbers) =>
    (parseExact(text) as unknown[]).map((row) => bitfinexTrade(row, symbol, receiveTime, numbers, true)).reverse(),
  venueSymbol: (symbol) => {
    const [base, quote] = /^([A-Z0-9]+)\/([A-Z0-9]+)$/.exec(symbol)?.slice(1) ?? [];
    if (base === undefined || quote === undefined) return undefined;
    const second = quote === 'USDT' ? 'UST' : quote;
    return base.length === 3 && second.length === 3 ? `t${base}${second}` : `t${base}:${second}`;
  },
};
