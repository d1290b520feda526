/** Binance futures, margined in USDT and in coins: each delta names the one before it. */
import { asObject, numberIn, numberMaybe, objectsIn, parseObject, textIn, valueIn } from '../fields.ts';
import type { BookMessage, BookPoint, LinkVerdict, Protocol, Subscription } from '../protocol.ts';
import type { ListedInstrument } from '../symbols.ts';
import { timeframeNames } from '../timeframes.ts';
import { binanceFilter } from './binance.ts';
import { binanceBook, binanceControl, BinanceParser } from './binance-frames.ts';

/**
 * Update ids jump, so each delta carries the last id of the one before. The first one on a snapshot must span its id, or follow on it
 * directly.
 */
export function binanceFuturesLink(last: BookPoint, message: BookMessage): LinkVerdict {
  const at = last.sequence!;
  if (message.sequence! < at || (message.sequence === at && !last.fromSnapshot)) return 'skip';
  if (message.previous === at) return 'apply';
  return last.fromSnapshot && message.first! <= at ? 'apply' : 'gap';
}

function instruments(exchange: string, text: string): ListedInstrument[] {
  return objectsIn(parseObject(text), 'symbols').map((symbol) => {
    const base = textIn(symbol, 'baseAsset');
    const quote = textIn(symbol, 'quoteAsset');
    const settle = textIn(symbol, 'marginAsset');
    const perpetual = symbol['contractType'] === 'PERPETUAL';
    const venueSymbol = textIn(symbol, 'symbol');
    const delivery = /_(\d{6})$/.exec(venueSymbol)?.[1];
    const tick = binanceFilter(symbol, 'PRICE_FILTER', 'tickSize');
    const lot = binanceFilter(symbol, 'LOT_SIZE', 'stepSize');
    const minSize = binanceFilter(symbol, 'LOT_SIZE', 'minQty');
    const minNotional = binanceFilter(symbol, 'MIN_NOTIONAL', 'notional');
    return {
      symbol: `${base}/${quote}:${settle}${perpetual || delivery === undefined ? '' : `-${delivery}`}`,
      exchange,
      type: perpetual ? 'swap' : 'future',
      base,
      quote,
      settle,
      venueSymbol,
      active: (symbol['status'] ?? symbol['contractStatus']) === 'TRADING',
      contractSize: numberMaybe(symbol, 'contractSize') ?? 1,
      ...(tick !== undefined && { tick }),
      ...(lot !== undefined && { lot }),
      ...(minSize !== undefined && { minSize }),
      ...(minNotional !== undefined && { minNotional }),
    };
  });
}

/** Books, quotes and prints come on one path, what the venue computes on another. */
function path(subscription: Subscription): string {
  return subscription.channel === 'book' || subscription.channel === 'quote' ? 'public' : 'market';
}

function futures(id: string, socket: string, rest: string, split: boolean): Protocol {
  return {
    id,
    channels: ['trade', 'quote', 'book', 'bar', 'funding', 'liquidation', 'index', 'ticker24h'],
    timeframes: timeframeNames([
      '1m',
      '3m',
      '5m',
      '15m',
      '30m',
      '1h',
      '2h',
      '4h',
      '6h',
      '8h',
      '12h',
      '1d',
      '3d',
      '1w',
      '1M',
    ]),
    tradeIds: 'consecutive',
    subscriptionsPerSocket: 200,
    controlFrames: { count: 10, perMs: 1000 },
    lifetimeMs: 86_400_000,
    book: { source: 'request', link: binanceFuturesLink },
    endpoint: (subscription) => (split ? `${socket}/${path(subscription)}/stream` : `${socket}/stream`),
    subscribe: (subscriptions, id) => binanceControl('SUBSCRIBE', subscriptions, id),
    unsubscribe: (subscriptions, id) => binanceControl('UNSUBSCRIBE', subscriptions, id),
    parser: (context) => new BinanceParser(id, context),
    instruments: {
      requests: [{ method: 'GET', url: `${rest}/exchangeInfo` }],
      parse: (text) => instruments(id, text),
    },
    bookRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/depth?symbol=${venueSymbol}&limit=1000` }),
    parseBook: binanceBook,
    tradesRequest: (venueSymbol, fromId) => ({
      method: 'GET',
      url: `${rest}/aggTrades?symbol=${venueSymbol}&limit=1000${fromId === undefined ? '' : `&fromId=${fromId}`}`,
    }),
    parseTrades: (text, symbol, receiveTime, numbers) =>
      (JSON.parse(text) as unknown[]).map((row) => {
        const trade = asObject(row, 'trade');
        return {
          type: 'trade',
          exchange: id,
          symbol,
          time: numberIn(trade, 'T'),
          receiveTime,
          id: textIn(trade, 'a'),
          side: trade['m'] === true ? 'sell' : 'buy',
          price: valueIn(trade, 'p', numbers),
          size: valueIn(trade, 'q', numbers),
          backfill: true,
        };
      }),
  };
}

export const binanceusdm = futures(
  'binanceusdm',
  'wss://fstream.binance.com',
  'https://fapi.binance.com/fapi/v1',
  true,
);
export const binancecoinm = futures(
  'binancecoinm',
  'wss://dstream.binance.com',
  'https://dapi.binance.com/dapi/v1',
  false,
);
