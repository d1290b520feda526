/** The package's own connectors beside ccxt.pro's, on the frames of one market: the same trades, best prices and books. */
import { afterEach, expect, it } from 'vitest';

import { FeedHandler, protocolOf, withHosts } from '../../../src/connectors/index.ts';
import { systemRuntime, type Service, type StreamEvent } from '../../../src/core/index.ts';
import {
  BinanceApi, BinanceFuturesApi, binanceFuturesPaths, binancePaths, CoinbaseApi, coinbasePaths, KrakenApi, OkxApi, okxPaths, SeededMarket, serviceApi, VenueServer, type MarketInstrument, type ServicePaths,
} from '../../../src/venue/index.ts'; // prettier-ignore
import { KrakenStreams } from '../kraken-streams.ts';
import { closeAll, closing, until, type Route } from '../loopback.ts';

afterEach(closeAll);

interface Served {
  readonly service: (market: SeededMarket) => Service & { stop?(): void };
  readonly paths: ServicePaths;
  readonly symbol: string;
  readonly isContracts?: boolean;
}

const venues: Readonly<Record<string, Served>> = {
  binance: { service: (market) => new BinanceApi(systemRuntime, market), paths: binancePaths, symbol: 'BTC/USDT' },
  binanceusdm: { service: (market) => new BinanceFuturesApi(systemRuntime, market, { exchange: market.exchange }), paths: binanceFuturesPaths, symbol: 'BTC/USDT:USDT', isContracts: true },
  okx: { service: (market) => new OkxApi(systemRuntime, market), paths: okxPaths, symbol: 'BTC/USDT' },
  coinbase: { service: (market) => new CoinbaseApi(systemRuntime, market), paths: coinbasePaths, symbol: 'BTC/USD' },
}; // prettier-ignore

function instrumentOf(symbol: string): MarketInstrument {
  const [base = '', quote = ''] = symbol.split(/[/:]/);
  return { symbol, base, quote, priceDecimals: 2, sizeDecimals: 4 };
}

async function follow(
  exchange: string,
  url: string,
  symbol: string,
  route: Route,
): Promise<{ events: StreamEvent[]; book: () => unknown }> {
  const events: StreamEvent[] = [];
  const handler = new FeedHandler({
    protocols: [withHosts(protocolOf(exchange), { rest: url, socket: url.replace('http', 'ws') })],
  });
  closing.push(() => handler.stop(500));
  const more =
    route === 'ccxt'
      ? {
          via: route,
          connection: {
            url,
            config: {
              options: {
                ws: { cost: 0 },

                fetchMarkets: { types: [exchange === 'binanceusdm' ? 'linear' : 'spot'] },
              },
            },
          },
          rateLimit: 0,
        }
      : {};
  const feed = await handler.addFeed({
    exchange, symbols: [symbol], channels: ['trade', 'book'], depth: 100, sinks: [{ write: (event) => void events.push(event) }], ...more,
  }); // prettier-ignore
  handler.start();
  return {
    events,
    book: () => {
      const book = feed.book(symbol);
      return book === undefined ? undefined : { bids: book.bids, asks: book.asks };
    },
  };
}

/** Whether what ccxt brought came over sockets, and not from requests in their place. */
function isStreamed({ events }: { events: readonly StreamEvent[] }): boolean {
  return !events.some((event) => event.type === 'status' && event.reason.includes('HTTP'));
}

it.each(Object.keys(venues))('%s', async (exchange) => {
  const { service, paths, symbol, isContracts = false } = venues[exchange]!;
  const market = new SeededMarket(systemRuntime, { seed: 4, instruments: [instrumentOf(symbol)], stepsPerSecond: 60, levels: 12, ...(isContracts && { contracts: {} }) }); // prettier-ignore
  const api = service(market);
  const server = new VenueServer().mount(serviceApi(exchange, api, paths));
  const url = await server.listen();
  closing.push(() => server.close(), () => api.stop?.(), () => { market.stop(); }); // prettier-ignore
  market.start();
  const [ours, theirs] = [await follow(exchange, url, symbol, 'native'), await follow(exchange, url, symbol, 'ccxt')];
  const trades = ({ events }: { events: StreamEvent[] }): Map<number, unknown> =>
    new Map(events.flatMap((event) => (event.type === 'trade' ? [[Number(event.id), [event.side, event.price, event.size, event.time]] as const] : []))); // prettier-ignore
  const both = (): number[] => [...trades(ours).keys()].filter((id) => trades(theirs).has(id));
  await until(() => both().length > 12 && ours.book() !== undefined && theirs.book() !== undefined, 15);
  market.stop();
  await until(() => JSON.stringify(ours.book()) === JSON.stringify(theirs.book()) && Math.max(...trades(ours).keys()) === Math.max(...trades(theirs).keys())); // prettier-ignore
  const from = Math.max(Math.min(...trades(ours).keys()), Math.min(...trades(theirs).keys()));
  const since = (one: { events: StreamEvent[] }): unknown => [...trades(one)].filter(([id]) => id >= from).sort(([a], [b]) => a - b); // prettier-ignore
  expect(since(theirs)).toEqual(since(ours));
  expect(isStreamed(theirs)).toBe(true);
}, 60_000); // prettier-ignore

it('kraken, whose frames the two read in the old and in the new form', async () => {
  const symbol = 'BTC/USD';
  const market = new SeededMarket(systemRuntime, { seed: 4, instruments: [instrumentOf(symbol)], stepsPerSecond: 60, levels: 12 }); // prettier-ignore
  const streams = new KrakenStreams(systemRuntime, market);
  const server = new VenueServer()
    .mount(new KrakenApi(market, { limits: false }))
    .mount(serviceApi('kraken streams', streams, { sockets: ['/', '/v2'], paths: [] }));
  const url = await server.listen();
  closing.push(() => server.close(), () => { streams.stop(); }, () => { market.stop(); }); // prettier-ignore
  market.start();
  const [ours, theirs] = [await follow('kraken', url, symbol, 'native'), await follow('kraken', url, symbol, 'ccxt')];
  // The old form has no ids: what both were sent last is compared, trade by trade.
  const trades = ({ events }: { events: StreamEvent[] }): unknown[] =>
    events.flatMap((event) => (event.type === 'trade' ? [[event.side, event.price, event.size, Math.round(event.time!)]] : [])); // prettier-ignore
  const best = ({ book }: { book: () => unknown }): string => {
    const { bids = [], asks = [] } = (book() ?? {}) as { bids?: unknown[]; asks?: unknown[] };
    return JSON.stringify([bids.slice(0, 5), asks.slice(0, 5)]);
  };
  await until(() => trades(theirs).length > 12 && trades(ours).length > 12 && theirs.book() !== undefined, 15);
  market.stop();
  const both = (): number => Math.min(trades(ours).length, trades(theirs).length);
  const isSame = (): boolean => JSON.stringify(trades(ours).slice(-both())) === JSON.stringify(trades(theirs).slice(-both())); // prettier-ignore
  await until(() => isSame() && best(ours) === best(theirs));
  expect(best(ours)).not.toBe('[[],[]]');
  expect(isStreamed(theirs)).toBe(true);
  expect(trades(ours).slice(-both())).toEqual(trades(theirs).slice(-both()));
}, 60_000);
