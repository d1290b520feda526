/** Streams through ccxt's own sockets, against the local exchange on loopback. */
import { afterEach, describe, expect, it } from 'vitest';

import { barOf, bookOf, quoteOfTicker, tradeOf } from '../../../src/connectors/ccxt/streams/pro-rows.ts';
import {
  ConfigError,
  DataError,
  systemRuntime,
  type BookUpdate,
  type Quote,
  type StreamEvent,
  type TradeTick,
} from '../../../src/core/index.ts';
import { CcxtProSource } from '../../../src/feeds/index.ts';
import { decimalText, SeededMarket } from '../../../src/venue/index.ts';
import { VenueServer } from '../../../src/venue/index.ts';
import { BinanceApi, serviceApi } from '../../../src/venue/index.ts';
import { instruments } from '../../connectors/local.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A source, opened on a busy local exchange, and everything it says. */
async function opened(wanted: Parameters<CcxtProSource['open']>[0]) {
  const market = new SeededMarket(systemRuntime, { seed: 5, instruments, stepsPerSecond: 60, levels: 20 });
  const face = new BinanceApi(systemRuntime, market);
  const paths = ['/api/', '/sapi/', '/fapi/', '/dapi/'];
  const server = new VenueServer().mount(serviceApi('binance', face, { sockets: ['/stream', '/ws'], paths }));
  const url = await server.listen();
  closing.push(() => server.close(), () => face.stop(), () => market.stop()); // prettier-ignore
  market.start();
  const source = new CcxtProSource({ exchange: 'binance', connection: { url, rateLimitMs: 0 }, firstBackoffMs: 20 });
  const events: StreamEvent[] = [];
  const open = source.open(wanted, (event) => events.push(event), { runtime: systemRuntime });
  closing.push(() => source.close());
  const of = <T extends StreamEvent['type']>(type: T): Extract<StreamEvent, { type: T }>[] =>
    events.filter((event): event is Extract<StreamEvent, { type: T }> => event.type === type);
  return { market, face, source, events, open, of };
}

const all = (['trade', 'quote', 'book', 'bar', 'ticker24h'] as const).map((channel) => ({
  channel,
  symbol: 'BTC/USDT',
  ...(channel === 'bar' && { timeframe: '1m' }),
  ...(channel === 'book' && { depth: 5 }),
}));

const numbers = (levels: readonly (readonly [number, number])[]): number[][] =>
  levels.map(([price, size]) => [Number(decimalText(price, 2)), Number(decimalText(size, 4))]);

describe('a source over ccxt', () => {
  it("tells the exchange's trades, prices, book and bars in our words", async () => {
    const { market, open, of } = await opened(all);
    const tops = new Set<string>();
    const books = new Set<string>();
    const look = (): void => {
      const { bid, ask } = market.top('BTC/USDT');
      if (bid !== undefined && ask !== undefined) tops.add(JSON.stringify(numbers([bid, ask])));
      const { bids, asks } = market.book('BTC/USDT', 5);
      books.add(JSON.stringify([numbers(bids), numbers(asks)]));
    };
    look();
    market.listen({ change: look });
    await open;
    await expect.poll(() => new Set(of('status').filter(({ state }) => state === 'live').map(({ channel }) => channel)).size).toBe(5); // prettier-ignore
    await expect.poll(() => of('trade').length).toBeGreaterThan(30);
    market.stop();
    const last = market.trades('BTC/USDT', 1e9).at(-1)!;
    await expect.poll(() => of('trade').at(-1)!.id).toBe(String(last.id));
    const trades = of('trade');
    const truth = market.trades('BTC/USDT', 1e9).filter(({ id }) => id >= Number(trades[0]!.id));
    expect(trades.map(({ id, price, size, side, time }) => [Number(id), price, size, side, time])).toEqual(
      truth.map(({ id, price, size, side, time }) => [id, ...numbers([[price, size]])[0]!, side, Math.floor(time)]),
    );
    // What comes while nobody waits, ccxt leaves out: every price and book told was the exchange's, and not every one is told.
    const quotes = of('quote').map(({ bid, bidSize, ask, askSize }) => JSON.stringify([[bid, bidSize], [ask, askSize]])); // prettier-ignore
    expect(quotes.length).toBeGreaterThan(3);
    expect(quotes.filter((one) => !tops.has(one))).toEqual([]);
    const told = of('book').map(({ bids, asks }) => JSON.stringify([bids, asks]));
    expect(told.length).toBeGreaterThan(3);
    expect(told.filter((one) => !books.has(one))).toEqual([]);
    expect(new Set(of('book').map(({ kind }) => kind))).toEqual(new Set(['snapshot']));
    const bar = of('bar').at(-1)!;
    expect(bar).toMatchObject({ timeframe: '1m', closed: undefined });
    expect(trades.map(({ price }) => price)).toContain(bar.close);
    expect(bar.end - bar.start).toBe(60_000);
    expect(of('ticker24h').at(-1)!.last).toBeGreaterThan(0);
  });

  it('comes back after a hang-up, without a trade twice, and says what it may have missed', async () => {
    const { face, open, of } = await opened([{ channel: 'trade', symbol: 'BTC/USDT' }]);
    await open;
    await expect.poll(() => of('trade').length).toBeGreaterThan(10);
    for (const client of [...face.clients]) client.socket.close();
    const states = (): string[] => of('status').map(({ state }) => state);
    await expect.poll(states).toEqual(['connecting', 'live', 'connecting', 'live']);
    const count = of('trade').length;
    await expect.poll(() => of('trade').length).toBeGreaterThan(count + 10);
    const ids = of('trade').map(({ id }) => Number(id));
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(of('status')[2]!.reason).toMatch(/^binance could not watch the trade stream of BTC\/USDT: /);
  });

  it('is silent when it is closed, and leaves no socket', async () => {
    const { face, open, events, of, source } = await opened(all);
    await open;
    await expect.poll(() => of('trade').length).toBeGreaterThan(3);
    await source.close();
    const { length } = events;
    await expect.poll(() => [...face.clients].length).toBe(0);
    await systemRuntime.sleep(200);
    expect(events).toHaveLength(length);
    await source.close();
  });

  it('refuses an unknown symbol, and a channel that ccxt does not stream unless it is optional', async () => {
    const unknown = await opened([{ channel: 'trade', symbol: 'BTC/USDC' }]);
    await expect(unknown.open).rejects.toThrow(DataError);
    const missing = await opened([{ channel: 'openInterest', symbol: 'BTC/USDT' }]);
    await expect(missing.open).rejects.toThrow(ConfigError);
    const optional = await opened([{ channel: 'openInterest', symbol: 'BTC/USDT', isOptional: true }]);
    await optional.open;
    expect(optional.of('status')).toMatchObject([{ channel: 'openInterest', state: 'down' }]);
    expect(() => new CcxtProSource({ exchange: 'binanc' })).toThrow(/binance/);
  });
});

describe('rows of ccxt', () => {
  const origin = { exchange: 'x', symbol: 'BTC/USDT', receiveTime: 9 };
  const ticker = {
    symbol: 'BTC/USDT', timestamp: 5, high: 2, low: 1, bid: 1.5, bidVolume: 3, ask: 0, askVolume: undefined, open: 1, close: 2, last: 2,
    baseVolume: 7, quoteVolume: 9, info: {},
  }; // prettier-ignore
  const print = {
    id: '7', order: undefined, timestamp: 5, symbol: 'BTC/USDT', side: 'sell', price: 2, amount: 3, cost: 6, takerOrMaker: undefined,
    fee: undefined, info: {},
  }; // prettier-ignore

  it('keep the side of the taker, and take the given one where the exchange says none', () => {
    const event: TradeTick = { type: 'trade', ...origin, time: 5, id: '7', side: 'sell', price: 2, size: 3, backfill: false }; // prettier-ignore
    expect(tradeOf(print, origin, 'buy', false)).toEqual(event);
    expect(tradeOf({ ...print, side: undefined }, origin, 'buy', true)).toEqual({ ...event, side: 'buy', backfill: true }); // prettier-ignore
    // The gate refuses and counts it.
    expect(tradeOf({ ...print, price: undefined }, origin, 'buy', false)).toEqual({ ...event, price: NaN });
  });

  it('have no price for a side of the ticker that is empty', () => {
    const quote: Quote = { type: 'quote', ...origin, time: 5, bid: 1.5, bidSize: 3, ask: undefined, askSize: undefined, sequence: undefined }; // prettier-ignore
    expect(quoteOfTicker(ticker, origin)).toEqual(quote);
    expect(quoteOfTicker({ ...ticker, bid: undefined }, origin)).toBeUndefined();
  });

  it('copy the best levels of a book, which ccxt goes on changing', () => {
    const row = { symbol: 'x', bids: [[3, 1], [2, 0], [1, 4], [0.5, 1]] as [number, number][], asks: [], timestamp: 5, nonce: 8 }; // prettier-ignore
    const book: BookUpdate = bookOf(row, origin, 2);
    row.bids.length = 0;
    expect(book).toMatchObject({ bids: [[3, 1], [1, 4]], asks: [], sequence: 8, time: 5 }); // prettier-ignore
  });

  it('keep NaN where a price is missing, for the gate to refuse', () => {
    expect(barOf([60_000, 1, 2, 1, 2, undefined], origin, '1m')).toMatchObject({ start: 60_000, end: 120_000, volume: 0 }); // prettier-ignore
    expect(barOf([60_000, 1, undefined, 1, 2, 3], origin, '1m')).toMatchObject({ high: NaN });
  });
});
