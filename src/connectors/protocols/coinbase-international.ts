/** Coinbase International: perpetuals and spot; the messages of a product and channel are numbered one by one. */
import {
  addLevel, asObject, isoTime, levelsFrom, listIn, numberIn, parseObject, sideIn, textIn, valueIn, valueMaybe, wrong, type Json,
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

const hourMs = 3_600_000;
const venueChannels = {
  trade: 'MATCH', quote: 'LEVEL1', book: 'LEVEL2', funding: 'FUNDING', openInterest: 'RISK', index: 'RISK', mark: 'RISK',
} as const; // prettier-ignore

function frames(type: 'SUBSCRIBE' | 'UNSUBSCRIBE', subscriptions: readonly Subscription[]): string[] {
  const byChannel = new Map<string, Set<string>>();
  for (const { channel, venueSymbol } of subscriptions) {
    const name = venueChannels[channel as keyof typeof venueChannels];
    byChannel.set(name, (byChannel.get(name) ?? new Set()).add(venueSymbol));
  }
  return [...byChannel].map(([channel, products]) =>
    JSON.stringify({ type, product_ids: [...products], channels: [channel] }),
  );
}

/** The messages of a product's book rise by one. */
export function coinbaseInternationalLink(last: BookPoint, message: BookMessage): LinkVerdict {
  if (message.sequence === last.sequence! + 1) return 'apply';
  return message.sequence! <= last.sequence! ? 'skip' : 'gap';
}

class CoinbaseInternationalParser<N> implements Parser {
  readonly #context: ParserContext<N>;

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const message = parseObject(frame);
    const out = this.#context.out;
    if (message['type'] === 'REJECT' || message['type'] === 'ERROR') {
      out.answer(false, String(message['message'] ?? message['reason']));
      return;
    }
    const channel = message['channel'];
    if (channel === 'SUBSCRIPTIONS') {
      out.answer(true, 'subscriptions');
      return;
    }
    if (typeof message['product_id'] !== 'string') {
      out.heartbeat();
      return;
    }
    const symbol = this.#context.unified(message['product_id']);
    const stamp = { exchange: 'coinbaseinternational', symbol, time: isoTime(textIn(message, 'time')), receiveTime };
    const numbers = this.#context.numbers;
    if (channel === 'LEVEL2') this.#book(message, symbol, stamp.time, receiveTime);
    else if (channel === 'MATCH') {
      out.event({
        type: 'trade',
        ...stamp,
        id: textIn(message, 'match_id'),
        side: sideIn(message, 'aggressor_side', 'BUY', 'SELL'),
        price: valueIn(message, 'trade_price', numbers),
        size: valueIn(message, 'trade_qty', numbers),
        backfill: message['type'] === 'SNAPSHOT',
      });
    } else if (channel === 'LEVEL1') {
      out.event({
        type: 'quote',
        ...stamp,
        bid: valueMaybe(message, 'bid_price', numbers),
        bidSize: valueMaybe(message, 'bid_qty', numbers),
        ask: valueMaybe(message, 'ask_price', numbers),
        askSize: valueMaybe(message, 'ask_qty', numbers),
        sequence: numberIn(message, 'sequence'),
      });
    } else if (channel === 'RISK') {
      const [mark, index] = [valueMaybe(message, 'mark_price', numbers), valueMaybe(message, 'index_price', numbers)];
      const size = valueMaybe(message, 'open_interest', numbers);
      if (mark !== undefined) out.event({ type: 'mark', ...stamp, price: mark });
      if (index !== undefined) out.event({ type: 'index', ...stamp, price: index });
      if (size !== undefined) out.event({ type: 'openInterest', ...stamp, size });
    } else if (channel === 'FUNDING') {
      // Funding is paid on the hour; until then the rate is an estimate of the running hour.
      out.event({
        type: 'funding',
        ...stamp,
        rate: valueMaybe(message, 'funding_rate', numbers),
        predictedRate: undefined,
        nextTime: Math.ceil(stamp.time / hourMs) * hourMs,
        markPrice: undefined,
        indexPrice: undefined,
      });
    } else out.heartbeat();
  }

  #book(message: Json, symbol: string, time: number, receiveTime: number): void {
    const kept = this.#context.bookTexts;
    const shared = { symbol, time, receiveTime, sequence: numberIn(message, 'sequence') };
    if (message['type'] === 'SNAPSHOT') {
      const [bids, asks] = [
        levelsFrom(listIn(message, 'bids'), 'bids', kept),
        levelsFrom(listIn(message, 'asks'), 'asks', kept),
      ];
      this.#context.out.book({
        ...shared,
        kind: 'snapshot',
        bids: bids.levels,
        asks: asks.levels,
        bidTexts: bids.texts,
        askTexts: asks.texts,
      });
      return;
    }
    const bids: Level[] = [];
    const asks: Level[] = [];
    const bidTexts: Level<string>[] | undefined = kept ? [] : undefined;
    const askTexts: Level<string>[] | undefined = kept ? [] : undefined;
    for (const row of listIn(message, 'changes')) {
      if (!Array.isArray(row)) throw wrong('changes', 'rows of side, price and size', row);
      const isBid = row[0] === 'BUY';
      if (!isBid && row[0] !== 'SELL') throw wrong('side', 'BUY or SELL', row[0]);
      addLevel(isBid ? bids : asks, isBid ? bidTexts : askTexts, row[1], row[2], 'changes');
    }
    this.#context.out.book({ ...shared, kind: 'delta', bids, asks, bidTexts, askTexts });
  }
}

function instruments(text: string): ListedInstrument[] {
  return (JSON.parse(text) as unknown[]).map((item) => {
    const row = asObject(item, 'instrument');
    const isSpot = row['type'] === 'SPOT';
    const [base, quote] = [textIn(row, 'base_asset_name'), textIn(row, 'quote_asset_name')];
    return {
      symbol: isSpot ? `${base}/${quote}` : `${base}/${quote}:${quote}`,
      exchange: 'coinbaseinternational',
      type: isSpot ? 'spot' : 'swap',
      base,
      quote,
      settle: quote,
      venueSymbol: textIn(row, 'symbol'),
      active: row['trading_state'] === 'TRADING',
      tick: numberIn(row, 'quote_increment'),
      lot: numberIn(row, 'base_increment'),
      contractSize: 1,
    };
  });
}

export const coinbaseinternational: Protocol = {
  id: 'coinbaseinternational',
  channels: ['trade', 'quote', 'book', 'funding', 'openInterest', 'index', 'mark'],
  timeframes: {},
  tradeIds: 'unique',
  subscriptionsPerSocket: 200,
  controlFrames: { count: 5, perMs: 1000 },
  book: { source: 'stream', link: coinbaseInternationalLink },
  endpoint: () => 'wss://ws-md.international.coinbase.com',
  subscribe: (subscriptions) => frames('SUBSCRIBE', subscriptions),
  unsubscribe: (subscriptions) => frames('UNSUBSCRIBE', subscriptions),
  parser: (context) => new CoinbaseInternationalParser(context),
  instruments: {
    requests: [{ method: 'GET', url: 'https://api.international.coinbase.com/api/v1/instruments' }],
    parse: instruments,
  },
};
