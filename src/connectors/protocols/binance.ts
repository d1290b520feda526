/** Binance spot and Binance US: deltas numbered by update id, the first whole book by HTTP. */
import { timeframeNames } from '../timeframes.ts';
import { asObject, numberIn, objectsIn, parseObject, textIn, valueIn, type Json } from '../fields.ts';
import type { BookMessage, BookPoint, LinkVerdict, Protocol } from '../protocol.ts';
import type { ListedInstrument } from '../symbols.ts';
import { binanceBook, binanceControl, BinanceParser } from './binance-frames.ts';

/**
 * A delta covers update ids `first` to `sequence`. The first one on a snapshot must reach across its id; after that each begins one after
 * the last ended.
 */
export function binanceLink(last: BookPoint, message: BookMessage): LinkVerdict {
  const next = last.sequence! + 1;
  if (message.sequence! < next) return 'skip';
  return (message.first ?? NaN) === next || (last.fromSnapshot && (message.first ?? NaN) < next) ? 'apply' : 'gap';
}

/** Value of one of the symbol's filters, which are found by their type: their order differs. */
export function binanceFilter(symbol: Json, type: string, field: string): number | undefined {
  for (const filter of objectsIn(symbol, 'filters')) {
    if (filter['filterType'] === type && field in filter) return numberIn(filter, field);
  }
  return undefined;
}

function instruments(exchange: string, text: string): ListedInstrument[] {
  return objectsIn(parseObject(text), 'symbols').map((symbol) => {
    const base = textIn(symbol, 'baseAsset');
    const quote = textIn(symbol, 'quoteAsset');
    const tick = binanceFilter(symbol, 'PRICE_FILTER', 'tickSize');
    const lot = binanceFilter(symbol, 'LOT_SIZE', 'stepSize');
    const minSize = binanceFilter(symbol, 'LOT_SIZE', 'minQty');
    const minNotional =
      binanceFilter(symbol, 'NOTIONAL', 'minNotional') ?? binanceFilter(symbol, 'MIN_NOTIONAL', 'minNotional');
    return {
      symbol: `${base}/${quote}`,
      exchange,
      type: 'spot',
      base,
      quote,
      settle: quote,
      venueSymbol: textIn(symbol, 'symbol'),
      active: symbol['status'] === 'TRADING',
      contractSize: 1,
      ...(tick !== undefined && { tick }),
      ...(lot !== undefined && { lot }),
      ...(minSize !== undefined && { minSize }),
      ...(minNotional !== undefined && { minNotional }),
    };
  });
}

function spot(id: string, socket: string, rest: string): Protocol {
  return {
    id,
    channels: ['trade', 'quote', 'book', 'bar', 'ticker24h'],
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
    subscriptionsPerSocket: 1024,
    controlFrames: { count: 5, perMs: 1000 },
    lifetimeMs: 86_400_000,
    book: { source: 'request', link: binanceLink },
    endpoint: () => `${socket}/stream`,
    subscribe: (subscriptions, id) => binanceControl('SUBSCRIBE', subscriptions, id),
    unsubscribe: (subscriptions, id) => binanceControl('UNSUBSCRIBE', subscriptions, id),
    parser: (context) => new BinanceParser(id, context),
    instruments: {
      requests: [{ method: 'GET', url: `${rest}/api/v3/exchangeInfo` }],
      parse: (text) => instruments(id, text),
    },
    bookRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/api/v3/depth?symbol=${venueSymbol}&limit=1000` }),
    parseBook: binanceBook,
    tradesRequest: (venueSymbol, fromId) => ({
      method: 'GET',
      url: `${rest}/api/v3/aggTrades?symbol=${venueSymbol}&limit=1000${fromId === undefined ? '' : `&fromId=${fromId}`}`,
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
    venueSymbol: (symbol) => /^([A-Z0-9]+)\/([A-Z0-9]+)$/.exec(symbol)?.slice(1).join(''),
  };
}

export const binance = spot('binance', 'wss://stream.binance.com:9443', 'https://api.binance.com');
export const binanceus = spot('binanceus', 'wss://stream.binance.us:9443', 'https://api.binance.us');
