/** OKX version 5, spot and derivatives: each book message names the one before, and carries a checksum over 25 levels. */
import { okxChecksum } from '../checksum.ts';
import {
  asObject, levelsFrom, listIn, numberIn, numberMaybe, objectIn, objectsIn, parseObject, sideIn, textIn, valueIn, valueMaybe, wrong, type Json,
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
import { unifiedTimeframe } from '../timeframes.ts';
import type { TradeTick } from '../../core/index.ts';

const rest = 'https://www.okx.com/api/v5';
const socket = 'wss://ws.okx.com:8443/ws/v5';
const timeframes = {
  '1m': '1m', '3m': '3m', '5m': '5m', '15m': '15m', '30m': '30m', '1h': '1H', '2h': '2H', '4h': '4H', '6h': '6Hutc', '12h': '12Hutc',
  '1d': '1Dutc', '3d': '3Dutc', '1w': '1Wutc', '1M': '1Mutc',
}; // prettier-ignore
const lengths: Readonly<Record<string, number>> = {
  '1m': 60_000, '3m': 180_000, '5m': 300_000, '15m': 900_000, '30m': 1_800_000, '1h': 3_600_000, '2h': 7_200_000, '4h': 14_400_000,
  '6h': 21_600_000, '12h': 43_200_000, '1d': 86_400_000, '3d': 259_200_000, '1w': 604_800_000,
}; // prettier-ignore

function argument({ channel, venueSymbol, timeframe }: Subscription): Json {
  switch (channel) {
    case 'trade':
      // `trades` joins prints of one taker under their last id; here every print comes.
      return { channel: 'trades-all', instId: venueSymbol };
    case 'quote':
      return { channel: 'bbo-tbt', instId: venueSymbol };
    case 'book':
      return { channel: 'books', instId: venueSymbol };
    case 'bar':
      return { channel: `candle${timeframes[(timeframe ?? '1m') as keyof typeof timeframes]}`, instId: venueSymbol };
    case 'funding':
      return { channel: 'funding-rate', instId: venueSymbol };
    case 'openInterest':
      return { channel: 'open-interest', instId: venueSymbol };
    case 'liquidation':
      return { channel: 'liquidation-orders', instType: 'SWAP' };
    case 'index':
      return { channel: 'index-tickers', instId: venueSymbol.split('-').slice(0, 2).join('-') };
    default:
      return { channel: 'tickers', instId: venueSymbol };
  }
}

function frames(op: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[]): string[] {
  const args = [...new Set(subscriptions.map((one) => JSON.stringify(argument(one))))].map(
    (arg) => JSON.parse(arg) as unknown,
  );
  const sent: string[] = [];
  for (let i = 0; i < args.length; i += 50) sent.push(JSON.stringify({ op, args: args.slice(i, i + 50) }));
  return sent;
}

/**
 * Each message names the sequence id before it. Equal ids are a sign of life; a message whose own id is below the one before it is the
 * venue's reset of its numbers and still fits. Messages of old have no ids and rely on the checksum.
 */
export function okxLink(last: BookPoint, message: BookMessage): LinkVerdict {
  if (message.previous === undefined || last.sequence === undefined) return 'apply';
  if (message.previous === last.sequence) return 'apply';
  return message.sequence! <= last.sequence && message.previous < last.sequence ? 'skip' : 'gap';
}

class OkxParser<N> implements Parser {
  readonly #context: ParserContext<N>;
  /** Symbols whose quotes come on their own channel; the statistics carry older ones. */
  readonly #quoted = new Set<string>();

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const out = this.#context.out;
    if (frame === 'pong') {
      out.heartbeat();
      return;
    }
    const message = parseObject(frame);
    if ('event' in message) {
      out.answer(message['event'] !== 'error', String(message['msg'] ?? message['event']));
      return;
    }
    const arg = objectIn(message, 'arg');
    const channel = textIn(arg, 'channel');
    for (const item of listIn(message, 'data')) this.#item(channel, arg, message, item, receiveTime);
  }

  #item(channel: string, arg: Json, message: Json, item: unknown, receiveTime: number): void {
    const numbers = this.#context.numbers;
    if (channel.startsWith('candle')) {
      this.#bar(channel.slice(6), arg, item, receiveTime);
      return;
    }
    const data = asObject(item, 'data');
    if (channel === 'liquidation-orders') {
      this.#liquidations(data, receiveTime);
      return;
    }
    const venueSymbol = textIn(arg, 'instId');
    const stamp = {
      exchange: 'okx',
      symbol: this.#context.unified(venueSymbol),
      time: numberIn(data, 'ts'),
      receiveTime,
    };
    switch (channel) {
      case 'trades':
      case 'trades-all':
        this.#context.out.event(okxTrade(data, stamp.symbol, receiveTime, numbers, false));
        break;
      case 'bbo-tbt':
        this.#quoted.add(stamp.symbol);
        this.#quote(data, stamp);
        break;
      case 'books':
      case 'books-l2-tbt':
      case 'books50-l2-tbt':
        this.#book(message, data, stamp.symbol, receiveTime);
        break;
      case 'tickers':
        this.#ticker(data, stamp);
        break;
      case 'funding-rate':
        this.#context.out.event({
          type: 'funding',
          ...stamp,
          rate: valueMaybe(data, 'fundingRate', numbers),
          predictedRate: valueMaybe(data, 'nextFundingRate', numbers),
          nextTime: numberMaybe(data, 'fundingTime'),
          markPrice: undefined,
          indexPrice: undefined,
        });
        break;
      case 'open-interest':
        this.#context.out.event({ type: 'openInterest', ...stamp, size: valueIn(data, 'oi', numbers) });
        break;
      case 'index-tickers':
        this.#context.out.event({ type: 'index', ...stamp, price: valueIn(data, 'idxPx', numbers) });
    }
  }

  #book(message: Json, data: Json, symbol: string, receiveTime: number): void {
    const texts = this.#context.bookTexts;
    const bids = levelsFrom(listIn(data, 'bids'), 'bids', texts);
    const asks = levelsFrom(listIn(data, 'asks'), 'asks', texts);
    const action = message['action'];
    if (action !== 'snapshot' && action !== 'update') throw wrong('action', 'snapshot or update', action);
    const checksum = numberMaybe(data, 'checksum');
    this.#context.out.book({
      kind: action === 'snapshot' ? 'snapshot' : 'delta',
      symbol,
      time: numberIn(data, 'ts'),
      receiveTime,
      sequence: numberMaybe(data, 'seqId'),
      previous: numberMaybe(data, 'prevSeqId'),
      // The venue sends 0 on channels for which it no longer computes one.
      checksum: checksum === 0 ? undefined : checksum,
      bids: bids.levels,
      asks: asks.levels,
      bidTexts: bids.texts,
      askTexts: asks.texts,
    });
  }

  #quote(data: Json, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    const [bid] = listIn(data, 'bids') as readonly (readonly unknown[])[];
    const [ask] = listIn(data, 'asks') as readonly (readonly unknown[])[];
    const at = (row: readonly unknown[] | undefined, place: number): N | undefined =>
      row === undefined ? undefined : valueIn({ level: row[place] }, 'level', numbers);
    this.#context.out.event({
      type: 'quote',
      ...stamp,
      bid: at(bid, 0),
      bidSize: at(bid, 1),
      ask: at(ask, 0),
      askSize: at(ask, 1),
      sequence: numberMaybe(data, 'seqId'),
    });
  }

  #ticker(data: Json, stamp: Stamp): void {
    const numbers = this.#context.numbers;
    if (!this.#quoted.has(stamp.symbol)) {
      this.#context.out.event({
        type: 'quote',
        ...stamp,
        bid: valueMaybe(data, 'bidPx', numbers),
        bidSize: valueMaybe(data, 'bidSz', numbers),
        ask: valueMaybe(data, 'askPx', numbers),
        askSize: valueMaybe(data, 'askSz', numbers),
        sequence: undefined,
      });
    }
    this.#context.out.event({
      type: 'ticker24h',
      ...stamp,
      open: valueMaybe(data, 'open24h', numbers),
      high: valueMaybe(data, 'high24h', numbers),
      low: valueMaybe(data, 'low24h', numbers),
      last: valueMaybe(data, 'last', numbers),
      volume: valueMaybe(data, 'vol24h', numbers),
      quoteVolume: valueMaybe(data, 'volCcy24h', numbers),
      tradeCount: undefined,
    });
  }

  #liquidations(data: Json, receiveTime: number): void {
    const numbers = this.#context.numbers;
    for (const detail of objectsIn(data, 'details')) {
      this.#context.out.event({
        type: 'liquidation',
        exchange: 'okx',
        symbol: this.#context.unified(textIn(data, 'instId')),
        time: numberIn(detail, 'ts'),
        receiveTime,
        id: undefined,
        side: sideIn(detail, 'side', 'buy', 'sell'),
        price: valueIn(detail, 'bkPx', numbers),
        size: valueIn(detail, 'sz', numbers),
      });
    }
  }

  #bar(venueTimeframe: string, arg: Json, item: unknown, receiveTime: number): void {
    const row = listIn({ row: item }, 'row');
    const numbers = this.#context.numbers;
    const bar = {
      start: row[0],
      open: row[1],
      high: row[2],
      low: row[3],
      close: row[4],
      volume: row[5],
      confirm: row[8],
    };
    const timeframe = unifiedTimeframe(timeframes, venueTimeframe);
    const start = numberIn(bar, 'start');
    this.#context.out.event({
      type: 'bar',
      exchange: 'okx',
      symbol: this.#context.unified(textIn(arg, 'instId')),
      time: undefined,
      receiveTime,
      timeframe,
      start,
      end:
        timeframe === '1M'
          ? Date.UTC(new Date(start).getUTCFullYear(), new Date(start).getUTCMonth() + 1)
          : start + lengths[timeframe]!,
      open: valueIn(bar, 'open', numbers),
      high: valueIn(bar, 'high', numbers),
      low: valueIn(bar, 'low', numbers),
      close: valueIn(bar, 'close', numbers),
      volume: valueIn(bar, 'volume', numbers),
      tradeCount: undefined,
      closed: bar.confirm === '1',
    });
  }
}

interface Stamp {
  readonly exchange: string;
  readonly symbol: string;
  readonly time: number | undefined;
  readonly receiveTime: number;
}

function okxTrade<N>(
  data: Json,
  symbol: string,
  receiveTime: number,
  numbers: NumberReader<N>,
  backfill: boolean,
): TradeTick<N> {
  return {
    type: 'trade',
    exchange: 'okx',
    symbol,
    time: numberIn(data, 'ts'),
    receiveTime,
    id: textIn(data, 'tradeId'),
    side: sideIn(data, 'side', 'buy', 'sell'),
    price: valueIn(data, 'px', numbers),
    size: valueIn(data, 'sz', numbers),
    backfill,
  };
}

const kinds = { SPOT: 'spot', SWAP: 'swap', FUTURES: 'future', OPTION: 'option' } as const;

/** Prices of instruments that do not trade yet are empty. */
function instruments(text: string): ListedInstrument[] {
  return objectsIn(parseObject(text), 'data').flatMap((row): ListedInstrument[] => {
    const type = (kinds as Readonly<Record<string, (typeof kinds)['SPOT' | 'SWAP' | 'FUTURES' | 'OPTION']>>)[
      textIn(row, 'instType')
    ];
    const venueSymbol = textIn(row, 'instId');
    const [base, quote, delivery, strike, right] = venueSymbol.split('-');
    if (type === undefined || base === undefined || quote === undefined) return [];
    const settle = type === 'spot' ? quote : textIn(row, 'settleCcy');
    const dated =
      type === 'future'
        ? `-${delivery ?? ''}`
        : type === 'option'
          ? `-${delivery ?? ''}-${strike ?? ''}-${right ?? ''}`
          : '';
    const tick = numberMaybe(row, 'tickSz');
    const lot = numberMaybe(row, 'lotSz');
    const minSize = numberMaybe(row, 'minSz');
    return [
      {
        symbol: `${base}/${quote}${type === 'spot' ? '' : `:${settle}`}${dated}`,
        exchange: 'okx',
        type,
        base,
        quote,
        settle,
        venueSymbol,
        active: row['state'] === 'live',
        contractSize: numberMaybe(row, 'ctVal') ?? 1,
        ...(tick !== undefined && { tick }),
        ...(lot !== undefined && { lot }),
        ...(minSize !== undefined && { minSize }),
      },
    ];
  });
}

export const okx: Protocol = {
  id: 'okx',
  channels: ['trade', 'quote', 'book', 'bar', 'funding', 'openInterest', 'liquidation', 'index', 'ticker24h'],
  timeframes,
  tradeIds: 'consecutive',
  subscriptionsPerSocket: 240,
  controlFrames: { count: 3, perMs: 1000 },
  keepAlive: { everyMs: 20_000, frame: 'ping' },
  book: { source: 'stream', link: okxLink, checksum: okxChecksum },
  endpoint: ({ channel }) => `${socket}/${channel === 'bar' || channel === 'trade' ? 'business' : 'public'}`,
  subscribe: (subscriptions) => frames('subscribe', subscriptions),
  unsubscribe: (subscriptions) => frames('unsubscribe', subscriptions),
  parser: (context) => new OkxParser(context),
  instruments: {
    requests: ['SPOT', 'SWAP', 'FUTURES'].map((type) => ({
      method: 'GET',
      url: `${rest}/public/instruments?instType=${type}`,
    })),
    parse: instruments,
  },
  /** Pages back from an id: asking from `fromId` on is asking for the newest that there are. */
  tradesRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/market/trades?instId=${venueSymbol}&limit=500` }),
  parseTrades: (text, symbol, receiveTime, numbers) =>
    [...objectsIn(parseObject(text), 'data')]
      .sort((x, y) => numberIn(x, 'tradeId') - numberIn(y, 'tradeId'))
      .map((row) => okxTrade(row, symbol, receiveTime, numbers, true)),
};
