/** Lighter: markets have numbers, and every change of a book names the change before it. */
import {
  levelsFromObjects, numberIn, objectIn, objectsIn, parseObject, percentMaybe, stepOf, textIn, valueIn, valueMaybe, type Json,
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
import type { ListedInstrument } from '../decoding/symbols.ts';

const host = 'mainnet.zklighter.elliot.ai';

function stream({ channel, venueSymbol }: Subscription): string {
  const name = { trade: 'trade', liquidation: 'trade', book: 'order_book', quote: 'ticker' }[channel as 'trade'] as
    string | undefined;
  return `${name ?? 'market_stats'}/${venueSymbol}`;
}

function frames(type: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[]): string[] {
  return [...new Set(subscriptions.map(stream))].map((channel) => JSON.stringify({ type, channel }));
}

/** A change names the change before it. */
export function lighterLink(last: BookPoint, message: BookMessage): LinkVerdict {
  if (message.sequence! <= last.sequence!) return 'skip';
  return message.previous === last.sequence || (last.fromSnapshot && message.previous! < last.sequence!)
    ? 'apply'
    : 'gap';
}

class LighterParser<N> implements Parser {
  readonly #context: ParserContext<N>;

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = parseObject(frame);
    const out = this.#context.out;
    const [state, kind] = String(message['type']).split('/');
    const market = typeof message['channel'] === 'string' ? (message['channel'].split(':')[1] ?? '') : '';
    if (message['type'] === 'ping') {
      out.heartbeat();
      out.reply('{"type":"pong"}');
    } else if ('error' in message) out.answer(false, JSON.stringify(message['error']));
    else if (state !== 'subscribed' && state !== 'update') out.heartbeat();
    else if (kind === 'trade') this.#trades(message, state === 'subscribed', receiveTime);
    else if (kind === 'order_book') this.#book(message, market, state === 'subscribed', receiveTime);
    else if (kind === 'ticker') this.#quote(message, market, receiveTime);
    else if (kind === 'market_stats' || kind === 'spot_market_stats') this.#stats(message, receiveTime);
    else out.heartbeat();
  }

  /** The trades sent on subscribing are history, newest first. Liquidations come on the same stream in a list of their own. */
  #trades(message: Json, backfill: boolean, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const rows = (field: string): readonly Json[] =>
      Array.isArray(message[field]) ? [...objectsIn(message, field)].reverse() : [];
    for (const field of ['trades', 'liquidation_trades']) {
      for (const trade of rows(field)) {
        const shared = {
          exchange: 'lighter',
          symbol: this.#context.unified(textIn(trade, 'market_id')),
          time: numberIn(trade, 'timestamp'),
          receiveTime,
          id: textIn(trade, 'trade_id_str' in trade ? 'trade_id_str' : 'trade_id'),
          // The resting order was an ask: the taker bought.
          side: trade['is_maker_ask'] === true ? ('buy' as const) : ('sell' as const),
          price: valueIn(trade, 'price', numbers),
          size: valueIn(trade, 'size', numbers),
        };
        if (field === 'trades') this.#context.out.event({ type: 'trade', ...shared, backfill });
        else if (!backfill) this.#context.out.event({ type: 'liquidation', ...shared });
      }
    }
  }

  #book(message: Json, market: string, isWhole: boolean, receiveTime: number): void {
    const book = objectIn(message, 'order_book');
    const kept = this.#context.bookTexts;
    const bids = levelsFromObjects(objectsIn(book, 'bids'), 'price', 'size', 'bids', kept);
    const asks = levelsFromObjects(objectsIn(book, 'asks'), 'price', 'size', 'asks', kept);
    this.#context.out.book({
      kind: isWhole ? 'snapshot' : 'delta',
      symbol: this.#context.unified(market),
      time: numberIn(message, 'timestamp'),
      receiveTime,
      sequence: numberIn(book, 'nonce'),
      previous: isWhole ? undefined : numberIn(book, 'begin_nonce'),
      bids: bids.levels,
      asks: asks.levels,
      bidTexts: bids.texts,
      askTexts: asks.texts,
    });
  }

  /** A side without orders is left out. */
  #quote(message: Json, market: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const ticker = (message['ticker'] ?? {}) as Readonly<Record<string, Json | undefined>>;
    const at = (side: 'a' | 'b', field: string): N | undefined => valueMaybe(ticker[side] ?? {}, field, numbers);
    this.#context.out.event({
      type: 'quote',
      exchange: 'lighter',
      symbol: this.#context.unified(market),
      time: numberIn(message, 'timestamp'),
      receiveTime,
      bid: at('b', 'price'),
      bidSize: at('b', 'size'),
      ask: at('a', 'price'),
      askSize: at('a', 'size'),
      sequence: numberIn(message, 'nonce'),
    });
  }

  /** One market, or all by number. The venue states the rate of an hour's funding in per cent. */
  #stats(message: Json, receiveTime: number): void {
    const stats = objectIn(message, 'market_stats' in message ? 'market_stats' : 'spot_market_stats');
    const numbers = this.#context.numbers;
    const out = this.#context.out;
    for (const one of ('market_id' in stats ? [stats] : Object.values(stats)) as readonly Json[]) {
      const stamp = {
        exchange: 'lighter',
        symbol: this.#context.unified(textIn(one, 'market_id')),
        time: numberIn(message, 'timestamp'),
        receiveTime,
      };
      const [markPrice, indexPrice] = [valueMaybe(one, 'mark_price', numbers), valueMaybe(one, 'index_price', numbers)];
      const rate = percentMaybe(one, 'current_funding_rate', numbers);
      if (rate !== undefined)
        out.event({
          type: 'funding',
          ...stamp,
          rate,
          predictedRate: undefined,
          nextTime: undefined,
          markPrice,
          indexPrice,
        });
      if (markPrice !== undefined) out.event({ type: 'mark', ...stamp, price: markPrice });
      if (indexPrice !== undefined) out.event({ type: 'index', ...stamp, price: indexPrice });
      const size = valueMaybe(one, 'open_interest', numbers);
      if (size !== undefined) out.event({ type: 'openInterest', ...stamp, size });
      out.event({
        type: 'ticker24h',
        ...stamp,
        open: undefined,
        high: valueMaybe(one, 'daily_price_high', numbers),
        low: valueMaybe(one, 'daily_price_low', numbers),
        last: valueMaybe(one, 'last_trade_price', numbers),
        volume: valueMaybe(one, 'daily_base_token_volume', numbers),
        quoteVolume: valueMaybe(one, 'daily_quote_token_volume', numbers),
        tradeCount: undefined,
      });
    }
  }
}

function instruments(text: string): ListedInstrument[] {
  return objectsIn(parseObject(text), 'order_books').map((row) => {
    const isSpot = row['market_type'] === 'spot';
    const [base = '', quote = 'USDC'] = textIn(row, 'symbol').split('/');
    return {
      symbol: isSpot ? `${base}/${quote}` : `${base}/USDC:USDC`,
      exchange: 'lighter',
      type: isSpot ? 'spot' : 'swap',
      base,
      quote: isSpot ? quote : 'USDC',
      settle: isSpot ? quote : 'USDC',
      venueSymbol: textIn(row, 'market_id'),
      active: row['status'] === 'active',
      tick: stepOf(numberIn(row, 'supported_price_decimals')),
      lot: stepOf(numberIn(row, 'supported_size_decimals')),
      minSize: numberIn(row, 'min_base_amount'),
      minNotional: numberIn(row, 'min_quote_amount'),
      contractSize: 1,
    };
  });
}

export const lighter: Protocol = {
  id: 'lighter',
  channels: ['trade', 'quote', 'book', 'funding', 'openInterest', 'liquidation', 'index', 'mark', 'ticker24h'],
  timeframes: {},
  tradeIds: 'unique',
  subscriptionsPerSocket: 100,
  controlFrames: { count: 20, perMs: 1000 },
  keepAlive: { everyMs: 60_000, frame: '{"type":"ping"}' },
  book: { source: 'stream', link: lighterLink },
  endpoint: () => `wss://${host}/stream`,
  subscribe: (subscriptions) => frames('subscribe', subscriptions),
  unsubscribe: (subscriptions) => frames('unsubscribe', subscriptions),
  parser: (context) => new LighterParser(context),
  instruments: { requests: [{ method: 'GET', url: `https://${host}/api/v1/orderBooks` }], parse: instruments },
};
