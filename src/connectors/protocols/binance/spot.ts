/** Binance spot and Binance US: deltas numbered by update id, the first whole book by HTTP. */
import { objectsIn, parseObject, textIn } from '../../decoding/fields.ts';
import type { BookMessage, BookPoint, LinkVerdict, Protocol } from '../../decoding/protocol.ts';
import { joinedName, type ListedInstrument } from '../../decoding/symbols.ts';
import { binanceFilter, binanceMarket, binanceSteps } from './market.ts';

/**
 * A delta covers update ids `first` to `sequence`. The first one after a snapshot must span the snapshot's id; after that each begins one
 * id after the last ended.
 */
export function binanceLink(last: BookPoint, message: BookMessage): LinkVerdict {
  const next = last.sequence! + 1;
  if (message.sequence! < next) return 'skip';
  return (message.first ?? NaN) === next || (last.fromSnapshot && (message.first ?? NaN) < next) ? 'apply' : 'gap';
}

function instruments(exchange: string, text: string): ListedInstrument[] {
  return objectsIn(parseObject(text), 'symbols').map((symbol) => {
    const base = textIn(symbol, 'baseAsset');
    const quote = textIn(symbol, 'quoteAsset');
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
      ...binanceSteps(symbol, minNotional),
    };
  });
}

function spot(id: string, socket: string, rest: string): Protocol {
  return {
    ...binanceMarket(id, `${rest}/api/v3`, instruments),
    channels: ['trade', 'quote', 'book', 'bar', 'ticker24h'],
    subscriptionsPerSocket: 1024,
    controlFrames: { count: 5, perMs: 1000 },
    book: { source: 'request', link: binanceLink },
    endpoint: () => `${socket}/stream`,
    venueSymbol: (symbol) => joinedName(symbol, ''),
  };
}

export const binance = spot('binance', 'wss://stream.binance.com:9443', 'https://api.binance.com');
export const binanceus = spot('binanceus', 'wss://stream.binance.us:9443', 'https://api.binance.us');
