/** Hyperliquid: whole books in every message, prints that begin with history, one frame for each subscription. */
import {
  asObject,
  levelsFromObjects,
  listIn,
  numberIn,
  objectIn,
  objectsIn,
  parseObject,
  sideIn,
  stepOf,
  textIn,
  valueIn,
  valueMaybe,
  type Json,
} from '../decoding/fields.ts';
import type { NumberReader } from '../decoding/numbers.ts';
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
import { timeframeNames } from '../decoding/timeframes.ts';
import type { BarUpdate, Funding } from '../../core/index.ts';

const info = 'https://api.hyperliquid.xyz/info';

function subscription({ channel, venueSymbol: coin, timeframe }: Subscription): Json {
  switch (channel) {
    case 'trade':
      return { type: 'trades', coin };
    case 'quote':
      return { type: 'bbo', coin };
    case 'book':
      return { type: 'l2Book', coin };
    case 'bar':
      return { type: 'candle', coin, interval: timeframe ?? '1m' };
    default:
      return { type: 'activeAssetCtx', coin };
  }
}

function frames(method: 'subscribe' | 'unsubscribe', subscriptions: readonly Subscription[]): string[] {
  const wanted = new Set(subscriptions.map((one) => JSON.stringify(subscription(one))));
  return [...wanted].map((one) => JSON.stringify({ method, subscription: JSON.parse(one) as unknown }));
}

/** Every message is the whole book; one that is not newer than the book is skipped. */
export function hyperliquidLink(last: BookPoint, message: BookMessage): LinkVerdict {
  return message.time! < (last.time ?? 0) ? 'skip' : 'apply';
}

class HyperliquidParser<N> implements Parser {
  readonly #context: ParserContext<N>;
  /** Coins whose history has come; the first message of each is its past. */
  readonly #begun = new Set<string>();

  constructor(context: ParserContext<N>) {
    this.#context = context;
  }

  frame(frame: string, receiveTime: number): void {
    const out = this.#context.out;
    if (!frame.startsWith('{')) {
      if (!frame.startsWith('Websocket connection established')) throw new Error('not an object');
      out.heartbeat();
      return;
    }
    const message = parseObject(frame);
    switch (message['channel']) {
      case 'trades':
        this.#trades(objectsIn(message, 'data'), receiveTime);
        break;
      case 'l2Book':
        out.book(
          hyperliquidBook(objectIn(message, 'data'), this.#symbol(message), receiveTime, this.#context.bookTexts),
        );
        break;
      case 'bbo':
        this.#quote(objectIn(message, 'data'), this.#symbol(message), receiveTime);
        break;
      case 'candle': {
        const data = objectIn(message, 'data');
        out.event(hyperliquidBar(data, this.#context.unified(textIn(data, 's')), receiveTime, this.#context.numbers));
        break;
      }
      case 'activeAssetCtx':
      case 'activeSpotAssetCtx':
        this.#asset(objectIn(objectIn(message, 'data'), 'ctx'), this.#symbol(message), receiveTime);
        break;
      case 'error':
        out.answer(false, String(message['data']));
        break;
      case 'subscriptionResponse':
        out.answer(true, 'subscribed');
        break;
      default:
        out.heartbeat();
    }
  }

  #symbol(message: Json): string {
    return this.#context.unified(textIn(objectIn(message, 'data'), 'coin'));
  }

  #trades(trades: readonly Json[], receiveTime: number): void {
    const history = new Set<string>();
    const rows = [...trades].sort((x, y) => numberIn(x, 'time') - numberIn(y, 'time'));
    for (const trade of rows) {
      const coin = textIn(trade, 'coin');
      if (!this.#begun.has(coin)) history.add(coin);
      this.#begun.add(coin);
      this.#context.out.event({
        type: 'trade',
        exchange: 'hyperliquid',
        symbol: this.#context.unified(coin),
        time: numberIn(trade, 'time'),
        receiveTime,
        id: textIn(trade, 'tid'),
        side: sideIn(trade, 'side', 'B', 'A'),
        price: valueIn(trade, 'px', this.#context.numbers),
        size: valueIn(trade, 'sz', this.#context.numbers),
        backfill: history.has(coin),
      });
    }
  }

  #quote(data: Json, symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const [bid, ask] = listIn(data, 'bbo').map((side) => (side === null ? {} : asObject(side, 'bbo')));
    this.#context.out.event({
      type: 'quote',
      exchange: 'hyperliquid',
      symbol,
      time: numberIn(data, 'time'),
      receiveTime,
      bid: valueMaybe(bid ?? {}, 'px', numbers),
      bidSize: valueMaybe(bid ?? {}, 'sz', numbers),
      ask: valueMaybe(ask ?? {}, 'px', numbers),
      askSize: valueMaybe(ask ?? {}, 'sz', numbers),
      sequence: undefined,
    });
  }

  /** The venue sends no time with these: they carry the receive time. Spot has neither funding nor open interest. */
  #asset(ctx: Json, symbol: string, receiveTime: number): void {
    const numbers = this.#context.numbers;
    const stamp = { exchange: 'hyperliquid', symbol, time: undefined, receiveTime };
    const indexPrice = valueMaybe(ctx, 'oraclePx', numbers);
    if ('funding' in ctx) {
      this.#context.out.event({
        type: 'funding',
        ...stamp,
        rate: valueMaybe(ctx, 'funding', numbers),
        predictedRate: undefined,
        nextTime: undefined,
        markPrice: valueMaybe(ctx, 'markPx', numbers),
        indexPrice,
      });
    }
    if ('openInterest' in ctx)
      this.#context.out.event({ type: 'openInterest', ...stamp, size: valueIn(ctx, 'openInterest', numbers) });
    const markPrice = valueMaybe(ctx, 'markPx', numbers);
    if (markPrice !== undefined) this.#context.out.event({ type: 'mark', ...stamp, price: markPrice });
    if (indexPrice !== undefined) this.#context.out.event({ type: 'index', ...stamp, price: indexPrice });
    this.#context.out.event({
      type: 'ticker24h',
      ...stamp,
      open: valueMaybe(ctx, 'prevDayPx', numbers),
      high: undefined,
      low: undefined,
      last: valueMaybe(ctx, 'midPx', numbers),
      volume: valueMaybe(ctx, 'dayBaseVlm', numbers),
      quoteVolume: valueMaybe(ctx, 'dayNtlVlm', numbers),
      tradeCount: undefined,
    });
  }
}

function hyperliquidBook(data: Json, symbol: string, receiveTime: number, texts: boolean): BookMessage {
  const [bidRows, askRows] = listIn(data, 'levels').map((rows) => listIn({ rows }, 'rows') as readonly Json[]);
  const bids = levelsFromObjects(bidRows ?? [], 'px', 'sz', 'levels', texts);
  const asks = levelsFromObjects(askRows ?? [], 'px', 'sz', 'levels', texts);
  return {
    kind: 'snapshot',
    symbol,
    time: numberIn(data, 'time'),
    receiveTime,
    bids: bids.levels,
    asks: asks.levels,
    bidTexts: bids.texts,
    askTexts: asks.texts,
  };
}

/** One bar, from the stream or from `candleSnapshot`. Only the next bar shows that it has closed. */
export function hyperliquidBar<N>(
  data: Json,
  symbol: string,
  receiveTime: number,
  numbers: NumberReader<N>,
): BarUpdate<N> {
  return {
    type: 'bar',
    exchange: 'hyperliquid',
    symbol,
    time: undefined,
    receiveTime,
    timeframe: textIn(data, 'i'),
    start: numberIn(data, 't'),
    end: numberIn(data, 'T') + 1,
    open: valueIn(data, 'o', numbers),
    high: valueIn(data, 'h', numbers),
    low: valueIn(data, 'l', numbers),
    close: valueIn(data, 'c', numbers),
    volume: valueIn(data, 'v', numbers),
    tradeCount: numberIn(data, 'n'),
    closed: undefined,
  };
}

/** Past fundings, oldest first. Their spacing changed over the years: never assume it. */
export function hyperliquidFundings<N>(
  text: string,
  symbol: string,
  receiveTime: number,
  numbers: NumberReader<N>,
): Funding<N>[] {
  return (JSON.parse(text) as unknown[]).map((item) => {
    const row = asObject(item, 'fundingHistory');
    return {
      type: 'funding',
      exchange: 'hyperliquid',
      symbol,
      time: numberIn(row, 'time'),
      receiveTime,
      rate: valueIn(row, 'fundingRate', numbers),
      predictedRate: undefined,
      nextTime: undefined,
      markPrice: undefined,
      indexPrice: undefined,
    };
  });
}

/** Perpetuals by name (`BTC`, `kPEPE`: case matters). Prices have up to five significant digits and 6 - `szDecimals` decimals. */
function instruments(text: string): ListedInstrument[] {
  return objectsIn(parseObject(text), 'universe').map((row) => {
    const base = textIn(row, 'name');
    const decimals = numberIn(row, 'szDecimals');
    return {
      symbol: `${base}/USDC:USDC`,
      exchange: 'hyperliquid',
      type: 'swap',
      base,
      quote: 'USDC',
      settle: 'USDC',
      venueSymbol: base,
      active: row['isDelisted'] !== true,
      tick: stepOf(6 - decimals),
      lot: stepOf(decimals),
      minNotional: 10,
      contractSize: 1,
    };
  });
}

export const hyperliquid: Protocol = {
  id: 'hyperliquid',
  channels: ['trade', 'quote', 'book', 'bar', 'funding', 'openInterest', 'index', 'mark', 'ticker24h'],
  timeframes: timeframeNames(['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '8h', '12h', '1d', '3d', '1w', '1M']),
  tradeIds: 'unique',
  subscriptionsPerSocket: 1000,
  controlFrames: { count: 30, perMs: 1000 },
  keepAlive: { everyMs: 30_000, frame: '{"method":"ping"}' },
  book: { source: 'full', link: hyperliquidLink },
  endpoint: () => 'wss://api.hyperliquid.xyz/ws',
  subscribe: (subscriptions) => frames('subscribe', subscriptions),
  unsubscribe: (subscriptions) => frames('unsubscribe', subscriptions),
  parser: (context) => new HyperliquidParser(context),
  instruments: { requests: [{ method: 'POST', url: info, body: '{"type":"meta"}' }], parse: instruments },
  bookRequest: (coin) => ({ method: 'POST', url: info, body: JSON.stringify({ type: 'l2Book', coin }) }),
  parseBook: (text, symbol, receiveTime, texts) => hyperliquidBook(parseObject(text), symbol, receiveTime, texts),
};
