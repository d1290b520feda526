/** The local exchange as ccxt's own, unmodified binance class trades on it. */
import ccxt, { type Exchange } from 'ccxt';
import { describe, expect, it } from 'vitest';

import { systemRuntime } from '../../../../src/core/index.ts';
import { localVenue } from './local.ts';

const symbol = 'BTC/USDT';

/** The code of the last answer. */
function codeOf(client: Exchange): unknown {
  return (JSON.parse(client.last_http_response!) as { code: number }).code;
}

describe("ccxt's binance over REST", () => {
  it('loads the markets with the filters, and reads book, trades, ticker and bars of one truth', async () => {
    const venue = await localVenue();
    const client = await venue.client();
    const market = client.market(symbol);
    expect(market.precision).toMatchObject({ price: 0.1, amount: 0.0001 });
    expect(market.limits.cost?.min).toBe(5);
    const ticker = await client.fetchTicker(symbol);
    expect(ticker.last).toBeGreaterThan(98);
    const bars = await client.fetchOHLCV(symbol, '1m', undefined, 50);
    expect(bars.length).toBeGreaterThanOrEqual(49);
    expect(bars[0]).toEqual([bars[0]![0], 100, 101, 99, 100.5, 10]);
    const hours = await client.fetchOHLCV(symbol, '1h', undefined, 3);
    expect(hours[0]!.slice(1, 5)).toEqual([100, 101, 99, 100.5]);
    const book = await client.fetchOrderBook(symbol, 5);
    expect(Number(book.bids[0]![0])).toBeLessThan(Number(book.asks[0]![0]));
  });

  it('loads markets with the keys of an account and without any of our options', async () => {
    const venue = await localVenue();
    const client = await venue.client({ options: { fetchMarkets: { types: ['spot', 'linear', 'inverse'] }, fetchCurrencies: true, fetchMargins: true } }); // prettier-ignore
    expect(client.symbols).toEqual([symbol]);
    expect(client.currencies['BTC']).toBeDefined();
  });

  it('fills a market order at the touch, takes the fee, and shows both everywhere', async () => {
    const venue = await localVenue();
    const client = await venue.client();
    const before = await client.fetchBalance();
    expect([before['USDT'], before['BTC']]).toMatchObject([{ free: 10_000, used: 0 }, { free: 2 }]);
    const order = await client.createOrder(symbol, 'market', 'buy', 1, undefined, { clientOrderId: 'first' });
    expect(order).toMatchObject({ status: 'closed', filled: 1, clientOrderId: 'first', symbol });
    const price = order.average!;
    const after = await client.fetchBalance();
    expect(after['USDT']!.free).toBeCloseTo(10_000 - price, 8);
    expect(after['BTC']!.free).toBeCloseTo(2 + 0.999, 8);
    const [fill] = await client.fetchMyTrades(symbol);
    expect(fill).toMatchObject({ order: order.id, price, amount: 1, takerOrMaker: 'taker', fee: { cost: 0.001, currency: 'BTC' } }); // prettier-ignore
    const found = await client.fetchOrder('', symbol, { clientOrderId: 'first' });
    expect(found).toMatchObject({ id: order.id, status: 'closed', filled: 1 });
    expect((await client.fetchTrades(symbol)).some((trade) => trade.id === fill!.id && trade.amount === 1)).toBe(true);
  });

  it('rests a limit order, shows it in the book, locks its money, and gives it back when it is canceled', async () => {
    const venue = await localVenue();
    const client = await venue.client();
    const order = await client.createOrder(symbol, 'limit', 'buy', 2, 90.5);
    expect(order.status).toBe('open');
    expect((await client.fetchBalance())['USDT']).toMatchObject({ free: 9_819, used: 181 });
    expect((await client.fetchOpenOrders(symbol)).map(({ id }) => id)).toEqual([order.id]);
    expect((await client.fetchOrderBook(symbol)).bids.find(([price]) => price === 90.5)).toEqual([90.5, 2]);
    expect((await client.cancelOrder(order.id!, symbol)).status).toBe('canceled');
    expect((await client.fetchBalance())['USDT']).toMatchObject({ free: 10_000, used: 0 });
    expect(await client.fetchOpenOrders(symbol)).toEqual([]);
    expect((await client.fetchOrder(order.id!, symbol)).status).toBe('canceled');
  });

  it('takes stop and stop-limit orders, and withdraws them all at once', async () => {
    const venue = await localVenue();
    const client = await venue.client();
    const stop = await client.createOrder(symbol, 'market', 'sell', 0.5, undefined, { stopPrice: 90 });
    const stopLimit = await client.createOrder(symbol, 'limit', 'buy', 0.5, 120, { stopPrice: 119 });
    const open = await client.fetchOpenOrders(symbol);
    expect(open.map(({ id, triggerPrice }) => [id, triggerPrice])).toEqual([[stop.id, 90], [stopLimit.id, 119]]); // prettier-ignore
    expect((await client.fetchBalance())['USDT']!.used).toBe(60);
    await client.cancelAllOrders(symbol);
    expect(await client.fetchOpenOrders(symbol)).toEqual([]);
  });

  it.each([
    ['a price between two ticks', -1013, 'PRICE_FILTER', { type: 'LIMIT', price: '100.05', timeInForce: 'GTC' }],
    ['a size between two lots', -1013, 'LOT_SIZE', { quantity: '0.00005' }],
    ['a size of nothing', -1013, 'Invalid quantity', { quantity: '0' }],
    ['less than the least value', -1013, 'NOTIONAL', { quantity: '0.01' }],
    ['more than the account has', -2010, 'insufficient balance', { quantity: '1000' }],
    ['a stop that is reached already', -2010, 'trigger immediately', { type: 'STOP_LOSS', stopPrice: '50' }],
    ['a maker order that would take', -2010, 'immediately match', { type: 'LIMIT_MAKER', price: '120' }],
    ['a symbol that is not there', -1121, 'Invalid symbol', { symbol: 'ETHUSDT' }],
    ['a side that is none', -1117, 'Invalid side', { side: 'HOLD' }],
    ['a type that is none', -1116, 'Invalid orderType', { type: 'TRAIL' }],
    ['a limit order without a price', -1102, "'price'", { type: 'LIMIT', timeInForce: 'GTC' }],
    ['a market order with a price', -1106, "'price'", { price: '100' }],
    ['a client id with a blank', -1100, 'newClientOrderId', { newClientOrderId: 'a b' }],
    ['a window that is too long', -1131, 'recvWindow', { recvWindow: '70000' }],
  ])('refuses %s with %i', async (_, code, text, wrong) => {
    const venue = await localVenue();
    const client = await venue.client();
    const request = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '1', ...wrong };
    const error: unknown = await (client as Exchange & { privatePostOrder(request: object): Promise<unknown> })
      .privatePostOrder(request)
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(text);
    expect(codeOf(client)).toBe(code);
    expect((await client.fetchBalance())['USDT']).toMatchObject({ free: 10_000, used: 0 });
  });

  it('refuses a client id that an open order has, and takes it again when that order is over', async () => {
    const venue = await localVenue();
    const client = await venue.client();
    const place = (): Promise<unknown> => client.createOrder(symbol, 'limit', 'buy', 1, 90, { clientOrderId: 'twice' });
    await place();
    await expect(place()).rejects.toThrow(/Duplicate order sent/);
    await client.cancelOrder('', symbol, { clientOrderId: 'twice' });
    await place();
    expect(await client.fetchOpenOrders(symbol)).toHaveLength(1);
  });

  it('says so when an order is not there, or no longer open', async () => {
    const venue = await localVenue();
    const client = await venue.client();
    await expect(client.fetchOrder('', symbol, { clientOrderId: 'never' })).rejects.toBeInstanceOf(ccxt.OrderNotFound);
    expect(codeOf(client)).toBe(-2013);
    await expect(client.cancelOrder('', symbol, { clientOrderId: 'never' })).rejects.toBeInstanceOf(ccxt.OrderNotFound);
    expect(codeOf(client)).toBe(-2011);
  });

  it('refuses a wrong secret, an unknown key, and a clock that is off', async () => {
    const venue = await localVenue();
    const codes: unknown[] = [];
    for (const keys of [{ secret: 'wrong' }, { apiKey: 'unknown' }, { apiKey: 'wr ong' }]) {
      const client = await venue.client({ keys: { apiKey: 'test-key', secret: 'test-secret', ...keys } });
      await expect(client.fetchBalance()).rejects.toBeInstanceOf(ccxt.AuthenticationError);
      codes.push(codeOf(client));
    }
    expect(codes).toEqual([-1022, -2015, -2014]);
    const client = await venue.client();
    const shifted = Object.assign(client, { nonce: () => systemRuntime.now() - 20_000 });
    await expect(shifted.fetchBalance()).rejects.toBeInstanceOf(ccxt.InvalidNonce);
    shifted.nonce = () => systemRuntime.now() + 20_000;
    await expect(shifted.fetchBalance()).rejects.toThrow(/-1021.*ahead/);
  });
});

describe("ccxt.pro's binance over sockets", () => {
  it('hears of its own orders, executions and balances', async () => {
    const venue = await localVenue();
    const client = await venue.client({ pro: true });
    const orders = client.watchOrders(symbol);
    const trades = client.watchMyTrades(symbol);
    const balances = client.watchBalance();
    await expect.poll(() => [...venue.binance.clients].length).toBe(1);
    await systemRuntime.sleep(100);
    const order = await client.createOrder(symbol, 'market', 'buy', 1, undefined, { clientOrderId: 'heard' });
    expect((await orders).at(-1)).toMatchObject({ id: order.id, clientOrderId: 'heard', symbol });
    expect((await trades).at(-1)).toMatchObject({ order: order.id, amount: 1, fee: { cost: 0.001, currency: 'BTC' } });
    expect((await balances)['BTC']).toMatchObject({ free: 2.999 });
    await expect.poll(() => (client.orders as unknown as { status: string }[]).map(({ status }) => status)).toEqual(['closed']); // prettier-ignore
    const resting = await client.createOrder(symbol, 'limit', 'sell', 1, 150);
    await client.cancelOrder(resting.id!, symbol);
    await expect.poll(() => (client.orders as unknown as { status: string }[]).at(-1)?.status).toBe('canceled');
    const deposit = client.watchBalance();
    venue.market.exchange.deposit('me', 'USDT', '25.5');
    expect((await deposit)['USDT']!.free).toBeCloseTo(10_000 - order.cost! + 25.5, 6);
  });

  it('watches trades, the best prices, the book and bars', async () => {
    const venue = await localVenue();
    const client = await venue.client({ pro: true });
    const trading = await venue.client();
    const trades = client.watchTrades(symbol);
    const book = client.watchOrderBook(symbol);
    const bars = client.watchOHLCV(symbol, '1m');
    const quote = client.watchBidsAsks([symbol]);
    await systemRuntime.sleep(600);
    await trading.createOrder(symbol, 'limit', 'buy', 0.7, 90);
    const order = await trading.createOrder(symbol, 'market', 'buy', 0.25);
    await trades;
    const seen = (): unknown[] => client.trades[symbol] as unknown as unknown[];
    const own: unknown = expect.objectContaining({ price: order.average, amount: 0.25, side: 'buy' });
    await expect.poll(seen).toContainEqual(own);
    await bars;
    // The first bar told may be of before the order.
    const covers = (): boolean => {
      const kept = client.ohlcvs as unknown as Record<string, Record<string, number[][]>>;
      const [, , high, low] = kept[symbol]!['1m']!.at(-1)!;
      return high! >= order.average! && low! <= order.average!;
    };
    await expect.poll(covers).toBe(true);
    expect((await book).bids.length).toBeGreaterThan(0);
    expect((await quote)[symbol]!.ask).toBeGreaterThan(0);
  }); // prettier-ignore

  it('trades through the WebSocket API too', async () => {
    const venue = await localVenue();
    const client = await venue.client({ pro: true });
    const order = await client.createOrderWs(symbol, 'limit', 'buy', 1, 95);
    expect((await client.fetchOpenOrdersWs(symbol)).map(({ id }) => id)).toEqual([order.id]);
    await client.cancelOrderWs(order.id!, symbol);
    const balance = await client.fetchBalanceWs();
    expect(balance.info).toMatchObject({ balances: [{ asset: 'USDT', free: '10000.00000000' }, { asset: 'BTC' }] });
  });
});
