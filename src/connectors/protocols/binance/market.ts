/** What all of Binance's markets share: spot, its US house, and both kinds of futures. */
import {
  asObject,
  numberIn,
  numberMaybe,
  objectsIn,
  parseObject,
  sidesIn,
  textIn,
  valueIn,
  type Json,
} from '../../decoding/fields.ts';
import type { BookMessage, Protocol, Subscription } from '../../decoding/protocol.ts';
import type { ListedInstrument } from '../../decoding/symbols.ts';
import { timeframeNames } from '../../decoding/timeframes.ts';
import { BinanceParser } from './frames.ts';

const timeframes = timeframeNames('1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M'.split(' '));

/** The name of the stream that carries a subscription. */
function streamOf(subscription: Subscription): string {
  const symbol = subscription.venueSymbol.toLowerCase();
  switch (subscription.channel) {
    case 'trade':
      return `${symbol}@aggTrade`;
    case 'quote':
      return `${symbol}@bookTicker`;
    case 'book':
      return `${symbol}@depth@100ms`;
    case 'bar':
      return `${symbol}@kline_${subscription.timeframe ?? '1m'}`;
    case 'funding':
    case 'index':
    case 'mark':
      return `${symbol}@markPrice@1s`;
    case 'liquidation':
      return `${symbol}@forceOrder`;
    default:
      return `${symbol}@ticker`;
  }
}

/** Frames that subscribe to or leave streams; several subscriptions may share one stream. */
function control(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', subscriptions: readonly Subscription[], id: number): string[] {
  const streams = [...new Set(subscriptions.map(streamOf))];
  const frames: string[] = [];
  for (let i = 0; i < streams.length; i += 100) {
    frames.push(JSON.stringify({ method, params: streams.slice(i, i + 100), id: id + frames.length }));
  }
  return frames;
}

/** A whole book as its HTTP interface sends it. */
function wholeBook(text: string, symbol: string, receiveTime: number, texts: boolean): BookMessage {
  const data = parseObject(text);
  return {
    ...sidesIn(data, 'bids', 'asks', texts),
    kind: 'snapshot',
    symbol,
    time: numberMaybe(data, 'E'),
    receiveTime,
    sequence: numberIn(data, 'lastUpdateId'),
  };
}

/** A value of one of the symbol's filters. Filters are found by type, since their order differs. */
export function binanceFilter(symbol: Json, type: string, field: string): number | undefined {
  for (const filter of objectsIn(symbol, 'filters')) {
    if (filter['filterType'] === type && field in filter) return numberIn(filter, field);
  }
  return undefined;
}

/** The steps and minimum sizes of a symbol, where the venue states them. `minNotional` is where each market has it. */
export function binanceSteps(
  symbol: Json,
  minNotional: number | undefined,
): Pick<ListedInstrument, 'tick' | 'lot' | 'minSize' | 'minNotional'> {
  const tick = binanceFilter(symbol, 'PRICE_FILTER', 'tickSize');
  const lot = binanceFilter(symbol, 'LOT_SIZE', 'stepSize');
  const minSize = binanceFilter(symbol, 'LOT_SIZE', 'minQty');
  return {
    ...(tick !== undefined && { tick }),
    ...(lot !== undefined && { lot }),
    ...(minSize !== undefined && { minSize }),
    ...(minNotional !== undefined && { minNotional }),
  };
}

/** The part of a market's protocol that does not depend on the market. `rest` is the address up to the version. */
export function binanceMarket(
  id: string,
  rest: string,
  instruments: (exchange: string, text: string) => ListedInstrument[],
): Omit<Protocol, 'channels' | 'subscriptionsPerSocket' | 'controlFrames' | 'book' | 'endpoint'> {
  return {
    id,
    timeframes,
    tradeIds: 'consecutive',
    lifetimeMs: 86_400_000,
    subscribe: (subscriptions, id) => control('SUBSCRIBE', subscriptions, id),
    unsubscribe: (subscriptions, id) => control('UNSUBSCRIBE', subscriptions, id),
    parser: (context) => new BinanceParser(id, context),
    instruments: {
      requests: [{ method: 'GET', url: `${rest}/exchangeInfo` }],
      parse: (text) => instruments(id, text),
    },
    bookRequest: (venueSymbol) => ({ method: 'GET', url: `${rest}/depth?symbol=${venueSymbol}&limit=1000` }),
    parseBook: wholeBook,
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
