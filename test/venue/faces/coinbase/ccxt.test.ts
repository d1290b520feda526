/** Coinbase's API of the local exchange, seen by real ccxt over REST and sockets, and by our own connector. */
import ccxt from 'ccxt';
import { describe, expect, it, onTestFinished } from 'vitest';

import { FeedHandler } from '../../../../src/connectors/index.ts';
import { redirectConfig } from '../../../../src/connectors/ccxt/connection/local.ts';
import { coinbase } from '../../../../src/connectors/protocols/coinbase.ts';
import { SimulatedNetwork, SimulatedRuntime, systemRuntime, type TradeTick } from '../../../../src/core/index.ts';
import { CoinbaseApi, coinbasePaths, openLocalExchange, SeededMarket, serviceApi, type MarketInstrument } from '../../../../src/venue/index.ts'; // prettier-ignore

const instruments: readonly MarketInstrument[] = [
  { symbol: 'BTC/USD', base: 'BTC', quote: 'USD', priceDecimals: 2, sizeDecimals: 5 },
];

async function client(): Promise<{ client: InstanceType<typeof ccxt.pro.coinbase>; market: SeededMarket }> {
  const market = new SeededMarket(systemRuntime, { seed: 2, instruments, historyMinutes: 2_000, firstPrice: 3_000_000 });
  const api = new CoinbaseApi(systemRuntime, market);
  const local = await openLocalExchange({ market, apis: [serviceApi('coinbase', api, coinbasePaths)] });
  const made = new ccxt.pro.coinbase({ ...redirectConfig(new ccxt.pro.coinbase(), local.url), enableRateLimit: false });
  onTestFinished(async () => {
    await made.close();
    api.stop();
    await local.close();
  });
  await made.loadMarkets();
  return { client: made, market };
} // prettier-ignore

describe("ccxt's coinbase", () => {
  it('loads markets, bars, trades, a book and a ticker', async () => {
    const { client: exchange, market } = await client();
    expect(exchange.market('BTC/USD')).toMatchObject({ id: 'BTC-USD', precision: { price: 0.01, amount: 0.00001 } });
    const since = Math.floor(Date.now() / 60_000 - 100) * 60_000;
    const bars = await exchange.fetchOHLCV('BTC/USD', '1m', since, 50);
    expect(bars).toHaveLength(50);
    const truth = market.bars('BTC/USD', (await import('../../../../src/core/index.ts')).timeframe('1m'), since, since + 50 * 60_000);
    expect(bars.map(([time, , , , close]) => [time, close])).toEqual(truth.map(({ start, close }) => [start, close / 100]));
    await expect.poll(async () => (await exchange.fetchTrades('BTC/USD', undefined, 10)).length, { timeout: 20_000 }).toBeGreaterThan(3);
    const book = await exchange.fetchOrderBook('BTC/USD', 10);
    expect(book.bids[0]![0]).toBeLessThan(book.asks[0]![0]!);
    expect((await exchange.fetchTicker('BTC/USD')).last).toBeGreaterThan(0);
    expect(Math.abs((await exchange.fetchTime())! - Date.now())).toBeLessThan(5_000);
  }); // prettier-ignore

  it('refuses more than 350 bars, as Coinbase does', async () => {
    const { client: exchange } = await client();
    const ask = exchange.fetchOHLCV('BTC/USD', '1m', Date.now() - 86_400_000, 351, { until: Date.now() });
    await expect(ask).rejects.toThrow(/less than 350/);
  });

  it('watches trades, the book and a ticker', async () => {
    const { client: exchange } = await client();
    expect((await exchange.watchTrades('BTC/USD')).length).toBeGreaterThan(0);
    expect((await exchange.watchOrderBook('BTC/USD')).bids.length).toBeGreaterThan(5);
    expect((await exchange.watchTicker('BTC/USD')).last).toBeGreaterThan(0);
  });
});

it('is one truth for our own connector: the same trades and the same book', async () => {
  const runtime = new SimulatedRuntime(3, Date.UTC(2024, 0, 1));
  const network = new SimulatedNetwork(runtime);
  const market = new SeededMarket(runtime, { seed: 5, instruments, firstPrice: 3_000_000 });
  const api = new CoinbaseApi(runtime, market);
  for (const host of ['wss://advanced-trade-ws.coinbase.com', 'https://api.coinbase.com']) network.serve(host, api);
  market.start();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const handler = new FeedHandler({ runtime, network, protocols: [coinbase] });
  const trades: TradeTick[] = [];
  const adding = handler.addFeed({
    exchange: 'coinbase', symbols: ['BTC/USD'], channels: ['trade', 'book'], callbacks: { trade: (trade) => trades.push(trade) },
  }); // prettier-ignore
  await runtime.advanceAsync(1_000, settle);
  const feed = await adding;
  handler.start();
  await runtime.advanceAsync(30_000, settle);
  market.stop();
  await runtime.advanceAsync(1_000, settle);
  const seen = trades.map(({ id, price, side }) => [Number(id), Math.round(price * 100), side]);
  const truth = market.trades('BTC/USD', Infinity).map(({ id, price, side }) => [id, price, side]);
  expect(seen.length).toBeGreaterThan(50);
  expect(seen).toEqual(truth.filter(([id]) => (id as number) >= (seen[0]![0] as number)));
  const book = market.book('BTC/USD');
  expect(feed.book('BTC/USD')!.bids.slice(0, 10)).toEqual(book.bids.slice(0, 10).map(([price, size]) => [price / 100, size / 1e5]));
  await handler.stop();
}); // prettier-ignore
