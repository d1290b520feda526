/** HTX spot: binary gzip frames, numbers without quotes, its own ping, and a whole book in every book message. */
import { barClose, timeframe, type BarUpdate } from '../../core/index.ts';
import {
  asObject, sidesIn, numberIn, objectIn, objectsIn, parseObject, quoteNumbers, sideIn, stepOf, textIn, valueIn, type Json,
} from '../decoding/fields.ts'; // prettier-ignore
import type {
  BookMessage,
  BookPoint,
  LinkVerdict,
  Parser,
  ParserContext,
  Protocol,
  Subscription,
} from '../decoding/protocol.ts';
import { joinedName, type ListedInstrument } from '../decoding/symbols.ts';
import { unifiedTimeframe } from '../decoding/timeframes.ts';

const rest = 'https://api.huobi.pro';
const timeframes = {
  '1m': '1min', '5m': '5min', '15m': '15min', '30m': '30min', '1h': '60min', '4h': '4hour', '1d': '1day', '1w': '1week', '1M': '1mon',
}; // prettier-ignore

function topic({ channel, venueSymbol, timeframe: length }: Subscription): string {
  const stream = {
    trade: 'trade.detail', quote: 'bbo', book: 'depth.step0', ticker24h: 'detail',
    bar: `kline.${timeframes[(length ?? '1m') as keyof typeof timeframes]}`,
  }[channel as 'trade']; // prettier-ignore
  return `market.${venueSymbol}.${stream}`;
}

/**
 * Whole books carry no numbers: one that is older than the book is skipped. Incremental messages (`mbp`) name the one before; the first one
 * after a whole book may begin before it.
 */
export function htxLink(last: BookPoint, message: BookMessage): LinkVerdict {
  if (message.previous === undefined) return message.time! < (last.time ?? 0) ? 'skip' : 'apply';
  if (last.sequence === undefined) return 'gap';
  if (message.sequence! <= last.sequence) return 'skip';
  return message.previous === last.sequence || (last.fromSnapshot && message.previous < last.sequence)
    ? 'apply'
    : 'gap';
}

class HtxParser<N> implements Parser {
  readonly #context: ParserContext<N>;

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const out = this.#context.out;
    if (frame.startsWith('{"ping":')) {
      out.heartbeat();
      out.reply(frame.replace('ping', 'pong'));
      return;
    }
    const message = parseObject(quoteNumbers(frame));
    if ('status' in message && !('rep' in message)) {
      const ok = message['status'] === 'ok';
      out.answer(ok, ok ? String(message['subbed']) : String(message['err-msg']));
      return;
    }
    const name = textIn(message, 'rep' in message ? 'rep' : 'ch');
    const [, venueSymbol = '', kind = '', detail = ''] = name.split('.');
    const symbol = this.#context.unified(venueSymbol);
    const ticks = objectIn(message, 'rep' in message ? 'data' : 'tick');
    const time = numberIn(message, 'ts');
    if (kind === 'trade') this.#trades(ticks, symbol, receiveTime);
    else if (kind === 'depth') {
      const delta = ticks['event'] === 'update' || message['update'] === true;
      this.#book(ticks, delta ? 'delta' : 'snapshot', symbol, time, receiveTime);
    } else if (kind === 'mbp') this.#book(ticks, 'rep' in message ? 'snapshot' : 'delta', symbol, time, receiveTime);
    else if (kind === 'bbo') this.#quote(ticks, symbol, receiveTime);
    else if (kind === 'kline') this.#bar(ticks, unifiedTimeframe(timeframes, detail), symbol, time, receiveTime);
    else if (kind === 'detail') this.#ticker(ticks, symbol, time, receiveTime);
  }

  #trades(tick: Json, symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const trades = [...objectsIn(tick, 'data')].sort((x, y) => numberIn(x, 'ts') - numberIn(y, 'ts'));
    for (const trade of trades) {
      this.#context.out.event({
        type: 'trade',
        exchange: 'htx',
        symbol,
        time: numberIn(trade, 'ts'),
        receiveTime,
        id: textIn(trade, 'tradeId' in trade ? 'tradeId' : 'id'),
        side: sideIn(trade, 'direction', 'buy', 'sell'),
        price: valueIn(trade, 'price', numbers),
        size: valueIn(trade, 'amount', numbers),
        backfill: false,
      });
    }
  }

  #book(tick: Json, kind: 'snapshot' | 'delta', symbol: string, time: number, receiveTime: number): void {
    this.#context.out.book({
      ...sidesIn(tick, 'bids', 'asks', this.#context.bookTexts),
      kind,
      symbol,
      time,
      receiveTime,
      sequence: 'seqNum' in tick ? numberIn(tick, 'seqNum') : undefined,
      previous: 'prevSeqNum' in tick ? numberIn(tick, 'prevSeqNum') : undefined,
    });
  }

  #quote(tick: Json, symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'quote',
      exchange: 'htx',
      symbol,
      time: numberIn(tick, 'quoteTime'),
      receiveTime,
      bid: valueIn(tick, 'bid', numbers),
      bidSize: valueIn(tick, 'bidSize', numbers),
      ask: valueIn(tick, 'ask', numbers),
      askSize: valueIn(tick, 'askSize', numbers),
      sequence: 'seqId' in tick ? numberIn(tick, 'seqId') : undefined,
    });
  }

  /** `amount` is the base volume; `vol`, in spite of its name, the quote volume. */
  #bar(tick: Json, name: string, symbol: string, time: number, receiveTime: number): void {
    const { numbers, out } = this.#context;
    out.event(htxBar(tick, name, { exchange: 'htx', symbol, time, receiveTime }, numbers));
  }

  #ticker(tick: Json, symbol: string, time: number, receiveTime: number): void {
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'ticker24h',
      exchange: 'htx',
      symbol,
      time,
      receiveTime,
      open: valueIn(tick, 'open', numbers),
      high: valueIn(tick, 'high', numbers),
      low: valueIn(tick, 'low', numbers),
      last: valueIn(tick, 'close', numbers),
      volume: valueIn(tick, 'amount', numbers),
      quoteVolume: valueIn(tick, 'vol', numbers),
      tradeCount: numberIn(tick, 'count'),
    });
  }
}

/** A bar of HTX, spot or swaps: its id is its open in seconds, and it comes with every change. */
export function htxBar<N>(
  tick: Json,
  name: string,
  of: Pick<BarUpdate<N>, 'exchange' | 'symbol' | 'time' | 'receiveTime'>,
  numbers: ParserContext<N>['numbers'],
): BarUpdate<N> {
  const start = numberIn(tick, 'id') * 1000;
  return {
    type: 'bar',
    ...of,
    timeframe: name,
    start,
    end: barClose(timeframe(name), start),
    open: valueIn(tick, 'open', numbers),
    high: valueIn(tick, 'high', numbers),
    low: valueIn(tick, 'low', numbers),
    close: valueIn(tick, 'close', numbers),
    volume: valueIn(tick, 'amount', numbers),
    tradeCount: numberIn(tick, 'count'),
    closed: undefined,
  };
}

function instruments(text: string): ListedInstrument[] {
  return objectsIn(parseObject(text), 'data').map((row) => {
    const base = textIn(row, 'base-currency').toUpperCase();
    const quote = textIn(row, 'quote-currency').toUpperCase();
    return {
      symbol: `${base}/${quote}`,
      exchange: 'htx',
      type: 'spot',
      base,
      quote,
      settle: quote,
      venueSymbol: textIn(row, 'symbol'),
      active: row['state'] === 'online',
      tick: stepOf(numberIn(row, 'price-precision')),
      lot: stepOf(numberIn(row, 'amount-precision')),
      minSize: numberIn(row, 'min-order-amt'),
      minNotional: numberIn(row, 'min-order-value'),
      contractSize: 1,
    };
  });
}

export const htx: Protocol = {
  id: 'htx',
  channels: ['trade', 'quote', 'book', 'bar', 'ticker24h'],
  timeframes,
  tradeIds: 'rising',
  subscriptionsPerSocket: 100,
  controlFrames: { count: 10, perMs: 1000 },
  book: { source: 'full', link: htxLink },
  endpoint: () => 'wss://api.huobi.pro/ws',
  subscribe: (subscriptions, id) =>
    subscriptions.map((one, i) => JSON.stringify({ sub: topic(one), id: String(id + i) })),
  unsubscribe: (subscriptions, id) =>
    subscriptions.map((one, i) => JSON.stringify({ unsub: topic(one), id: String(id + i) })),
  parser: (context) => new HtxParser(context),
  instruments: { requests: [{ method: 'GET', url: `${rest}/v1/common/symbols` }], parse: instruments },
  tradesRequest: (venueSymbol) => ({
    method: 'GET',
    url: `${rest}/market/history/trade?symbol=${venueSymbol}&size=2000`,
  }),
  parseTrades: (text, symbol, receiveTime, numbers) =>
    objectsIn(parseObject(quoteNumbers(text)), 'data')
      .flatMap((group) => objectsIn(group, 'data'))
      .map((row) => asObject(row, 'trade'))
      .sort((x, y) => numberIn(x, 'ts') - numberIn(y, 'ts'))
      .map((trade) => ({
        type: 'trade',
        exchange: 'htx',
        symbol,
        time: numberIn(trade, 'ts'),
        receiveTime,
        id: textIn(trade, 'trade-id'),
        side: sideIn(trade, 'direction', 'buy', 'sell'),
        price: valueIn(trade, 'price', numbers),
        size: valueIn(trade, 'amount', numbers),
        backfill: true,
      })),
  venueSymbol: (symbol) => joinedName(symbol, '')?.toLowerCase(),
};
