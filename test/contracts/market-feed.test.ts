/** What every feed of a FeedHandler must do, native or through ccxt, run against the local exchange over loopback. */
import { afterEach, describe, expect, it } from 'vitest';

import {
  FeedHandler,
  protocolOf,
  withHosts,
  type StreamFeed,
  type SubscriptionOptions,
} from '../../src/connectors/index.ts';
import { systemRuntime, type StreamEvent } from '../../src/core/index.ts';
import { BinanceApi, SeededMarket, serviceApi, VenueServer } from '../../src/venue/index.ts';
import { instruments } from '../connectors/local.ts';

const symbol = 'BTC/USDT';
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Venue {
  readonly url: string;
  readonly market: SeededMarket;
  readonly truth: Set<string>;
}

/** A busy local exchange. `sockets` false serves its HTTP interface alone. */
async function venue(sockets = true): Promise<Venue> {
  const market = new SeededMarket(systemRuntime, { seed: 5, instruments, stepsPerSecond: 40, levels: 20 });
  const api = new BinanceApi(systemRuntime, market);
  const server = new VenueServer().mount(
    serviceApi('binance', api, {
      sockets: sockets ? ['/stream', '/ws'] : [],
      paths: ['/api/', '/sapi/', '/fapi/', '/dapi/'],
    }),
  );
  const url = await server.listen();
  closing.push(() => server.close(), () => api.stop(), () => market.stop()); // prettier-ignore
  const truth = new Set<string>();
  market.start();
  return { url, market, truth };
}

interface Opened {
  readonly handler: FeedHandler;
  readonly feed: StreamFeed<number>;
  readonly events: StreamEvent[];
  readonly errors: string[];
  readonly of: <T extends StreamEvent['type']>(type: T) => Extract<StreamEvent, { type: T }>[];
  readonly until: (isDone: () => boolean) => Promise<void>;
}

type Route = (url: string) => Partial<SubscriptionOptions<number>>;
const routes: readonly [name: string, route: Route][] = [
  ['native', () => ({})],
  ['ccxt, watched', (url) => ({ via: 'ccxt', connection: { url }, rateLimit: 0 })],
  [
    'ccxt, asked over HTTP',
    (url) => ({ via: 'ccxt', connection: { url }, rateLimit: 0, restOnly: true, snapshotInterval: 0.2 }),
  ],
];

async function open(url: string, route: Route, more: Partial<SubscriptionOptions<number>> = {}): Promise<Opened> {
  const events: StreamEvent[] = [];
  const errors: string[] = [];
  const here = withHosts(protocolOf('binance'), { rest: url, socket: url.replace('http', 'ws') });
  const handler = new FeedHandler({
    protocols: [here],
    policy: { firstBackoffMs: 20 },
    onError: (error) => errors.push(error.message),
  });
  closing.push(() => handler.stop(1_000));
  const feed = await handler.addFeed({
    exchange: 'binance', symbols: [symbol], channels: ['trade', 'book', 'quote'], sinks: [{ write: (event) => void events.push(event) }], ...route(url), ...more,
  }); // prettier-ignore
  handler.start();
  const of = <T extends StreamEvent['type']>(type: T): Extract<StreamEvent, { type: T }>[] =>
    events.filter((event): event is Extract<StreamEvent, { type: T }> => event.type === type);
  const until = async (isDone: () => boolean): Promise<void> => {
    for (let i = 0; i < 600 && !isDone(); i++) await systemRuntime.sleep(50);
    expect(isDone(), JSON.stringify([errors.slice(-3), of('status').slice(-6)])).toBe(true);
  };
  return { handler, feed, events, errors, of, until };
}

describe.each(routes)('a feed: %s', (_name, route) => {
  it('goes live on every channel and has events of one shape', async () => {
    const { url } = await venue();
    const { feed, of, until, errors } = await open(url, route);
    await until(() => of('trade').length > 5 && of('book').length > 2 && of('quote').length > 2);
    for (const channel of ['trade', 'book', 'quote'] as const) expect(feed.state(channel, symbol)).toBe('live');
    for (const { exchange, symbol: name, price, size, side, receiveTime, id } of of('trade')) {
      expect([exchange, name, ['buy', 'sell'].includes(side), typeof id]).toEqual(['binance', symbol, true, 'string']);
      expect(price > 0 && size > 0 && receiveTime > 1e12).toBe(true);
    }
    const book = feed.book(symbol)!;
    expect(book.bids[0]![0]).toBeLessThan(book.asks[0]![0]);
    expect(of('book')[0]!.kind).toBe('snapshot');
    expect(feed.counts.events).toBeGreaterThan(9);
    expect(errors).toEqual([]);
  }, 60_000);

  it('hands on every trade once', async () => {
    const { url } = await venue();
    const { of, until } = await open(url, route, { channels: ['trade'] });
    await until(() => of('trade').filter((one) => !one.backfill).length > 20);
    const ids = of('trade').map((one) => Number(one.id));
    expect(new Set(ids).size).toBe(ids.length);
    const sorted = ids.toSorted((a, b) => a - b);
    expect(sorted.at(-1)! - sorted[0]! + 1).toBe(sorted.length);
  }, 60_000);

  it('says that it is down when it was stopped, and nothing after that', async () => {
    const { url } = await venue();
    const { handler, of, events, until } = await open(url, route, { channels: ['trade'] });
    await until(() => of('trade').length > 0);
    await handler.stop(1_000);
    expect(of('status').at(-1)).toMatchObject({ state: 'down', channel: 'trade', symbol });
    const count = events.length;
    await systemRuntime.sleep(300);
    expect(events.length).toBe(count);
  }, 60_000);

  it('refuses a wrong symbol and a channel that the exchange has not', async () => {
    const { url } = await venue();
    await expect(open(url, route, { symbols: ['BTC/USTD'] })).rejects.toThrow(/BTC\/USDT/);
    await expect(open(url, route, { channels: ['liquidation'] })).rejects.toThrow(/no channel 'liquidation'/);
  }, 60_000);
});

describe('a feed through ccxt', () => {
  it('asks over HTTP while the streams of the exchange fail', async () => {
    const { url } = await venue(false);
    const { feed, of, until } = await open(url, routes[1]![1], { channels: ['trade', 'book'], snapshotInterval: 0.2 });
    await until(() => of('trade').length > 5 && of('book').length > 2);
    expect(
      of('status')
        .filter((one) => one.state === 'live')
        .map((one) => one.reason)
        .join(),
    ).toContain('asked over HTTP');
    expect(feed.counts.reconnects).toBeGreaterThan(2);
  }, 60_000);

  it('lets hooks see requests and answers, rename a symbol and drop trades', async () => {
    const { url } = await venue();
    const seen = { requests: 0, answers: 0 };
    const { of, until } = await open(url, routes[2]![1], {
      symbols: ['XBT/USDT'],
      channels: ['trade'],
      hooks: {
        request: (request) => { seen.requests++; return { ...request, headers: { ...request.headers, 'x-desk': '7' } }; },
        answer: ({ status }) => { if (status === 200) seen.answers++; },
        symbol: (market) => (market.symbol === symbol ? 'XBT/USDT' : undefined),
        trade: (trade) => (trade.side === 'buy' ? trade : undefined),
      },
    }); // prettier-ignore
    await until(() => of('trade').length > 3);
    expect(new Set(of('trade').map((one) => `${one.symbol} ${one.side}`))).toEqual(new Set(['XBT/USDT buy']));
    expect(seen.requests).toBeGreaterThan(1);
    expect(seen.answers).toBeGreaterThan(1);
  }, 60_000);

  it('names the fields that do not fit', async () => {
    const add = (options: object): Promise<unknown> =>
      new FeedHandler().addFeed({ exchange: 'kucoin', symbols: [symbol], channels: ['trade'], ...options });
    await expect(add({})).rejects.toThrow("nextbar has no connector of its own for kucoin: add via: 'ccxt'");
    await expect(add({ via: 'ccxt', snapshotInterval: 30_000 })).rejects.toThrow(
      'snapshotInterval is in seconds, from 0.1 to 3600, was 30000',
    );
    await expect(add({ via: 'ccxt', websocket: true, restOnly: true })).rejects.toThrow(
      'websocket and restOnly exclude each other',
    );
    await expect(add({ exchange: 'binance', restOnly: true })).rejects.toThrow(
      "restOnly is an option of feeds through ccxt: add via: 'ccxt'",
    );
    await expect(add({ exchange: 'binance', via: 'cctx' })).rejects.toThrow("unknown via 'cctx': did you mean 'ccxt'?");
  }, 60_000);
});
