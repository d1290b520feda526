/** HTX swaps, linear and inverse: books by numbered changes, funding and liquidations on a socket of their own. */
import type { Channel, Side } from '../../core/index.ts';
import {
  asObject, listIn, numberIn, objectIn, objectsIn, parseExact, sideIn, sidesIn, textIn, valueIn, valueMaybe, type Json,
} from '../decoding/fields.ts'; // prettier-ignore
import { numberOf } from '../decoding/numbers.ts';
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
import { unifiedTimeframe } from '../decoding/timeframes.ts';
import { htxBar } from './htx.ts';

const host = 'api.hbdm.com';
const timeframes = {
  '1m': '1min', '5m': '5min', '15m': '15min', '30m': '30min', '1h': '60min', '4h': '4hour', '1d': '1day', '1w': '1week', '1M': '1mon',
}; // prettier-ignore

/** Streams that come as notices, on a socket of their own. */
function isNotice(channel: Channel): boolean {
  return channel === 'funding' || channel === 'liquidation';
}

function topic({ channel, venueSymbol, timeframe: length }: Subscription): string {
  switch (channel) {
    case 'funding':
      return `public.${venueSymbol}.funding_rate`;
    case 'liquidation':
      return `public.${venueSymbol}.liquidation_orders`;
    case 'trade':
      return `market.${venueSymbol}.trade.detail`;
    case 'quote':
      return `market.${venueSymbol}.bbo`;
    case 'book':
      return `market.${venueSymbol}.depth.size_150.high_freq`;
    case 'bar':
      return `market.${venueSymbol}.kline.${timeframes[(length ?? '1m') as keyof typeof timeframes]}`;
    case 'index':
      return `market.${venueSymbol}.basis.1min.open`;
    default:
      return `market.${venueSymbol}.detail`;
  }
}

function frames(kind: 'sub' | 'unsub', subscriptions: readonly Subscription[], id: number): string[] {
  return subscriptions.map((one, i) =>
    JSON.stringify(
      isNotice(one.channel)
        ? { op: kind, cid: String(id + i), topic: topic(one) }
        : { [kind]: topic(one), id: String(id + i), ...(one.channel === 'book' && { data_type: 'incremental' }) },
    ),
  );
}

/** Versions of a book rise by one. */
export function htxSwapLink(last: BookPoint, message: BookMessage): LinkVerdict {
  if (message.sequence === last.sequence! + 1) return 'apply';
  return message.sequence! <= last.sequence! ? 'skip' : 'gap';
}

class HtxSwapParser<N> implements Parser {
  readonly #exchange: string;
  readonly #context: ParserContext<N>;
  readonly #lastTrades = new Map<string, { price: number; side: Side }>();

  constructor(exchange: string, context: ParserContext<N>) {
    this.#exchange = exchange;
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const out = this.#context.out;
    if (frame.startsWith('{"ping":') || frame.startsWith('{"op":"ping"')) {
      out.heartbeat();
      out.reply(frame.replace('ping', 'pong'));
      return;
    }
    const message = asObject(parseExact(frame), 'frame');
    if ('op' in message) {
      this.#notice(message, receiveTime);
      return;
    }
    if ('status' in message) {
      const isOk = message['status'] === 'ok';
      out.answer(isOk, isOk ? String(message['subbed'] ?? message['unsubbed']) : String(message['err-msg']));
      return;
    }
    const [, venueSymbol = '', kind = '', detail = ''] = textIn(message, 'ch').split('.');
    const symbol = this.#context.unified(venueSymbol);
    const time = numberIn(message, 'ts');
    if (kind === 'open_interest') {
      for (const row of objectsIn(message, 'data')) this.#interest(row, symbol, time, receiveTime);
      return;
    }
    const tick = objectIn(message, 'tick');
    if (kind === 'trade') this.#trades(tick, symbol, receiveTime);
    else if (kind === 'depth') this.#book(tick, symbol, time, receiveTime);
    else if (kind === 'bbo') this.#quote(tick, symbol, receiveTime);
    else if (kind === 'basis') {
      const price = valueMaybe(tick, 'index_price', this.#context.numbers);
      if (price !== undefined) out.event({ type: 'index', exchange: this.#exchange, symbol, time, receiveTime, price });
    } else if (kind === 'kline') this.#bar(tick, unifiedTimeframe(timeframes, detail), symbol, time, receiveTime);
    else if (kind === 'detail') this.#ticker(tick, symbol, time, receiveTime);
  }

  #notice(message: Json, receiveTime: number): void {
    const out = this.#context.out;
    if (message['op'] !== 'notify') {
      const isOk = Number(message['err-code'] ?? 0) === 0;
      out.answer(isOk, String(isOk ? message['topic'] : message['err-msg']));
      return;
    }
    const kind = textIn(message, 'topic').split('.')[2];
    const numbers = this.#context.numbers;
    for (const row of objectsIn(message, 'data')) {
      const symbol = this.#context.unified(textIn(row, 'contract_code'));
      const stamp = { exchange: this.#exchange, symbol, receiveTime };
      if (kind === 'funding_rate') {
        out.event({
          type: 'funding',
          ...stamp,
          time: numberIn(message, 'ts'),
          rate: valueMaybe(row, 'funding_rate', numbers),
          predictedRate: valueMaybe(row, 'estimated_rate', numbers),
          nextTime: numberIn(row, 'settlement_time'),
          markPrice: undefined,
          indexPrice: undefined,
        });
      } else if (kind === 'liquidation_orders') {
        out.event({
          type: 'liquidation',
          ...stamp,
          time: numberIn(row, 'created_at'),
          id: undefined,
          side: sideIn(row, 'direction', 'buy', 'sell'),
          price: valueIn(row, 'price', numbers),
          size: valueIn(row, 'volume', numbers),
        });
      }
    }
  }

  #interest(row: Json, symbol: string, time: number, receiveTime: number): void {
    const size = valueIn(row, 'volume', this.#context.numbers);
    this.#context.out.event({ type: 'openInterest', exchange: this.#exchange, symbol, time, receiveTime, size });
  }

  /** Sizes are in contracts. */
  #trades(tick: Json, symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const trades = [...objectsIn(tick, 'data')].sort((x, y) => numberIn(x, 'id') - numberIn(y, 'id'));
    for (const trade of trades) {
      this.#context.out.event({
        type: 'trade',
        exchange: this.#exchange,
        symbol,
        time: numberIn(trade, 'ts'),
        receiveTime,
        id: textIn(trade, 'id'),
        side: this.#side(trade, symbol),
        price: valueIn(trade, 'price', numbers),
        size: valueIn(trade, 'amount', numbers),
        backfill: false,
      });
    }
  }

  /**
   * The venue leaves the direction of some trades empty. Those take their side from the tick rule: bought on a rise, sold on a fall, else
   * as before.
   */
  #side(trade: Json, symbol: string): Side {
    const price = numberOf(textIn(trade, 'price'));
    const last = this.#lastTrades.get(symbol);
    const byTick: Side =
      last === undefined || price === last.price ? (last?.side ?? 'buy') : price > last.price ? 'buy' : 'sell';
    const side = trade['direction'] === '' ? byTick : sideIn(trade, 'direction', 'buy', 'sell');
    this.#lastTrades.set(symbol, { price, side });
    return side;
  }

  #book(tick: Json, symbol: string, time: number, receiveTime: number): void {
    this.#context.out.book({
      ...sidesIn(tick, 'bids', 'asks', this.#context.bookTexts),
      kind: tick['event'] === 'update' ? 'delta' : 'snapshot',
      symbol,
      time,
      receiveTime,
      sequence: numberIn(tick, 'version'),
    });
  }

  #quote(tick: Json, symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const at = (side: 'bid' | 'ask', place: number): N | undefined =>
      Array.isArray(tick[side]) ? valueIn({ [side]: listIn(tick, side)[place] }, side, numbers) : undefined;
    this.#context.out.event({
      type: 'quote',
      exchange: this.#exchange,
      symbol,
      time: numberIn(tick, 'ts'),
      receiveTime,
      bid: at('bid', 0),
      bidSize: at('bid', 1),
      ask: at('ask', 0),
      askSize: at('ask', 1),
      sequence: numberIn(tick, 'version'),
    });
  }

  /** `vol` counts contracts, of both sides; `amount` is in coins. */
  #bar(tick: Json, name: string, symbol: string, time: number, receiveTime: number): void {
    const { numbers, out } = this.#context;
    out.event(htxBar(tick, name, { exchange: this.#exchange, symbol, time, receiveTime }, numbers));
  }

  #ticker(tick: Json, symbol: string, time: number, receiveTime: number): void {
    const numbers = this.#context.numbers;
    this.#context.out.event({
      type: 'ticker24h',
      exchange: this.#exchange,
      symbol,
      time,
      receiveTime,
      open: valueMaybe(tick, 'open', numbers),
      high: valueMaybe(tick, 'high', numbers),
      low: valueMaybe(tick, 'low', numbers),
      last: valueMaybe(tick, 'close', numbers),
      volume: valueMaybe(tick, 'amount', numbers),
      quoteVolume: valueMaybe(tick, 'trade_turnover', numbers),
      tradeCount: numberIn(tick, 'count'),
    });
  }
}

/** `BTC-USDT`, `BTC-USDT-240628` and, for inverse swaps, `BTC-USD`. */
function instrumentsOf(exchange: string): (text: string) => ListedInstrument[] {
  return (text) =>
    objectsIn(asObject(JSON.parse(text), 'frame'), 'data').map((row) => {
      const venueSymbol = textIn(row, 'contract_code');
      const [base = '', quote = '', expiry] = venueSymbol.split('-');
      const settle = exchange === 'htxlinear' ? quote : base;
      return {
        symbol: `${base}/${quote}:${settle}${expiry === undefined ? '' : `-${expiry}`}`,
        exchange,
        type: expiry === undefined ? 'swap' : 'future',
        base,
        quote,
        settle,
        venueSymbol,
        active: Number(row['contract_status']) === 1,
        tick: numberIn(row, 'price_tick'),
        lot: 1,
        contractSize: numberIn(row, 'contract_size'),
      };
    });
}

function htxSwaps(id: string, path: string, restPath: string): Protocol {
  return {
    id,
    channels: ['trade', 'quote', 'book', 'bar', 'funding', 'openInterest', 'liquidation', 'index', 'ticker24h'],
    timeframes,
    tradeIds: 'unique',
    subscriptionsPerSocket: 100,
    controlFrames: { count: 10, perMs: 1000 },
    book: { source: 'stream', link: htxSwapLink },
    polls: {
      channels: ['openInterest'],
      everyMs: 30_000,
      request: ({ venueSymbol }) => ({
        method: 'GET',
        url: `https://${host}/${restPath}/v1/swap_open_interest?contract_code=${venueSymbol}`,
      }),
      parse: (text, { symbol }, receiveTime, numbers) => {
        const answer = asObject(parseExact(text), 'open interest');
        const stamp = { exchange: id, symbol, time: numberIn(answer, 'ts'), receiveTime };
        return objectsIn(answer, 'data').map((row) => ({
          type: 'openInterest',
          ...stamp,
          size: valueIn(row, 'volume', numbers),
        }));
      },
    },
    endpoint: ({ channel }) =>
      `wss://${host}/${channel === 'index' ? 'ws_index' : `${path}-${isNotice(channel) ? 'notification' : 'ws'}`}`,
    subscribe: (subscriptions, first) => frames('sub', subscriptions, first),
    unsubscribe: (subscriptions, first) => frames('unsub', subscriptions, first),
    parser: (context) => new HtxSwapParser(id, context),
    instruments: {
      requests: [{ method: 'GET', url: `https://${host}/${restPath}/v1/swap_contract_info` }],
      parse: instrumentsOf(id),
    },
  };
}

/** Swaps and dated futures that settle in USDT. */
export const htxlinear = htxSwaps('htxlinear', 'linear-swap', 'linear-swap-api');
/** Perpetuals that settle in their coin. */
export const htxinverse = htxSwaps('htxinverse', 'swap', 'swap-api');
