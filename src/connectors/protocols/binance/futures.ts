/** Binance futures, margined in USDT and in coins: each delta names the one before it. */
import { numberMaybe, objectsIn, parseObject, textIn, valueIn } from '../../decoding/fields.ts';
import type { BookMessage, BookPoint, LinkVerdict, Protocol, Subscription } from '../../decoding/protocol.ts';
import type { ListedInstrument } from '../../decoding/symbols.ts';
import { binanceFilter, binanceMarket, binanceSteps } from './market.ts';

/**
 * Update ids jump, so each delta carries the last id of the one before. The first one on a snapshot must span its id, or follow it
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
    const venueSymbol = textIn(symbol, 'symbol');
    // Delivered contracts carry their day in the name; perpetual ones have several types.
    const delivery = /_(\d{6})$/.exec(venueSymbol)?.[1];
    const minNotional = binanceFilter(symbol, 'MIN_NOTIONAL', 'notional');
    return {
      symbol: `${base}/${quote}:${settle}${delivery === undefined ? '' : `-${delivery}`}`,
      exchange,
      type: delivery === undefined ? 'swap' : 'future',
      base,
      quote,
      settle,
      venueSymbol,
      active: (symbol['status'] ?? symbol['contractStatus']) === 'TRADING',
      contractSize: numberMaybe(symbol, 'contractSize') ?? 1,
      ...binanceSteps(symbol, minNotional),
    };
  });
}

/** Books and quotes come on one path, prints and what the venue computes on another. */
function path(subscription: Subscription): string {
  return subscription.channel === 'book' || subscription.channel === 'quote' ? 'public' : 'market';
}

function futures(id: string, socket: string, rest: string, split: boolean): Protocol {
  return {
    ...binanceMarket(id, rest, instruments),
    channels: ['trade', 'quote', 'book', 'bar', 'funding', 'openInterest', 'liquidation', 'index', 'mark', 'ticker24h'],
    subscriptionsPerSocket: 200,
    controlFrames: { count: 10, perMs: 1000 },
    book: { source: 'request', link: binanceFuturesLink },
    polls: {
      channels: ['openInterest'],
      everyMs: 30_000,
      request: ({ venueSymbol }) => ({ method: 'GET', url: `${rest}/openInterest?symbol=${venueSymbol}` }),
      parse: (text, { symbol }, receiveTime, numbers) => {
        const row = parseObject(text);
        const size = valueIn(row, 'openInterest', numbers);
        return [{ type: 'openInterest', exchange: id, symbol, time: numberMaybe(row, 'time'), receiveTime, size }];
      },
    },
    endpoint: (subscription) => (split ? `${socket}/${path(subscription)}/stream` : `${socket}/stream`),
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
