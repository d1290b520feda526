/** The local exchange as ccxt's own, unmodified class of Hyperliquid trades perpetuals on it, by itself and through the gateway of sessions. */
import ccxt from 'ccxt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CcxtGateway } from '../../../src/connectors/ccxt/index.ts';
import {
  clientIdOf,
  systemRuntime,
  type AccountEvent,
  type OrderRequest,
  type Runtime,
  type StreamStatus,
} from '../../../src/core/index.ts';
import {
  FastRuntime,
  hyperliquidWallet,
  openLocalExchange,
  SeededMarket,
  type LocalExchange,
} from '../../../src/venue/index.ts';

const symbol = 'BTC/USDC:USDC';
const wallet = hyperliquidWallet('key', 'secret');
const other = hyperliquidWallet('other', 'secret');
const cloid = (number: number): string => `0x${number.toString(16).padStart(32, '0')}`;

function open(runtime: Runtime = systemRuntime): Promise<LocalExchange> {
  const market = new SeededMarket(runtime, {
    seed: 1, historyMinutes: 180, firstPrice: 30_000, contracts: {},
    instruments: [{ symbol, base: 'BTC', quote: 'USDC', settle: 'USDC', priceDecimals: 0, sizeDecimals: 5 }],
    accounts: [
      { apiKey: 'key', secret: 'secret', balances: { USDC: 10_000 } },
      { apiKey: 'other', secret: 'secret', balances: { USDC: 500 } },
    ],
  }); // prettier-ignore
  return openLocalExchange({ runtime, market, checksTime: runtime === systemRuntime });
}

function client(url: string, keys: { readonly walletAddress: string; readonly privateKey: string } = wallet): InstanceType<typeof ccxt.hyperliquid> {
  const api = { public: url, private: url };
  return new ccxt.hyperliquid({ ...keys, enableRateLimit: false, urls: { api, test: api }, options: { refSet: true } });
} // prettier-ignore

describe('ccxt.hyperliquid', () => {
  let venue: LocalExchange;
  let one: InstanceType<typeof ccxt.hyperliquid>;
  const post = async (path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }> => {
    const answer = await fetch(venue.url + path, { method: 'POST', body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  beforeAll(async () => {
    venue = await open();
    one = client(venue.url);
    await one.loadMarkets();
  });
  afterAll(() => venue.close());

  it('lists the contract by its steps, and serves book, prices, bars and funding', async () => {
    expect(one.market(symbol)).toMatchObject({ id: '0', baseName: 'BTC', precision: { amount: 0.00001, price: 1 }, limits: { cost: { min: 10 } } });
    const book = await one.fetchOrderBook(symbol);
    expect(book.bids[0]![0]!).toBeLessThan(book.asks[0]![0]!);
    expect(book.bids.length).toBeLessThanOrEqual(20);
    const bars = await one.fetchOHLCV(symbol, '1m', Date.now() - 3_600_000);
    // The minute that has just begun has no bar before its first trade.
    expect(bars.length).toBeGreaterThanOrEqual(59);
    expect(bars.every(([, o, h, l, c]) => h! >= Math.max(o!, c!) && l! <= Math.min(o!, c!))).toBe(true);
    const { last, bid } = (await one.fetchTickers([symbol]))[symbol]!;
    expect(Math.abs(last! / bid! - 1)).toBeLessThan(0.01);
    expect((await one.fetchFundingRate(symbol)).fundingRate).toBe(0.0001);
    expect(await one.fetchTradingFee(symbol)).toMatchObject({ maker: 0.0002, taker: 0.0005 });
    expect(typeof (await one.fetchTime())).toBe('number');
  }); // prettier-ignore

  it('places, finds, amends and cancels an order by both of its ids', async () => {
    const placed = await one.createOrder(symbol, 'limit', 'buy', 0.01, 20_000, { clientOrderId: cloid(1) });
    expect(await one.fetchOpenOrders(symbol)).toMatchObject([
      { id: placed.id, clientOrderId: cloid(1), side: 'buy', price: 20_000, amount: 0.01, filled: 0, status: 'open' },
    ]);
    expect(await one.fetchOrder(placed.id!, symbol)).toMatchObject({ clientOrderId: cloid(1), status: 'open' });
    // A modification replaces the order: another id, and the client id that was sent with it.
    const changed = await one.editOrder(placed.id!, symbol, 'limit', 'buy', 0.02, 21_000, { clientOrderId: cloid(2) });
    expect(changed.id).not.toBe(placed.id);
    expect(await one.fetchOrder('', symbol, { clientOrderId: cloid(1) })).toMatchObject({ status: 'canceled', filled: 0 });
    expect(await one.fetchOrder('', symbol, { clientOrderId: cloid(2) })).toMatchObject({ status: 'open', amount: 0.02, price: 21_000 });
    await one.cancelOrder('', symbol, { clientOrderId: cloid(2) });
    await expect(one.cancelOrder('', symbol, { clientOrderId: cloid(2) })).rejects.toThrow(ccxt.OrderNotFound);
    await expect(one.editOrder(changed.id!, symbol, 'limit', 'buy', 0.02, 21_000)).rejects.toThrow(/Cannot modify canceled or filled order/);
    await expect(one.fetchOrder(cloid(99), symbol)).rejects.toThrow(ccxt.OrderNotFound);
    expect(await one.fetchOpenOrders(symbol)).toEqual([]);
    expect((await one.fetchOrders(symbol)).map(({ status }) => status)).toEqual(['canceled', 'canceled']);
  }); // prettier-ignore

  it('opens, reduces and turns a position by market orders, with fees, and lists every execution', async () => {
    const [bid] = (await one.fetchOrderBook(symbol)).bids;
    const bought = await one.createOrder(symbol, 'market', 'buy', 0.02, bid![0], { clientOrderId: cloid(3) });
    expect(bought).toMatchObject({ filled: 0.02 });
    expect(await one.fetchPosition(symbol)).toMatchObject({ side: 'long', contracts: 0.02, marginMode: 'cross', leverage: 20 });
    await one.createOrder(symbol, 'market', 'sell', 0.05, bid![0], { reduceOnly: true });
    expect(await one.fetchPositions([symbol])).toEqual([]);
    await one.createOrder(symbol, 'market', 'sell', 0.01, bid![0]);
    expect(await one.fetchPosition(symbol)).toMatchObject({ side: 'short', contracts: 0.01 });
    const fills = await one.fetchMyTrades(symbol, Date.now() - 60_000);
    expect(fills.reduce((sum, { side, amount }) => sum + (side === 'buy' ? 1 : -1) * amount!, 0)).toBeCloseTo(-0.01, 8);
    for (const { fee, price, amount, takerOrMaker } of fills) {
      expect(takerOrMaker).toBe('taker');
      expect(fee!.cost).toBeCloseTo(price! * amount! * 0.0005, 5);
      expect(fee!.currency).toBe('USDC');
    }
    expect(fills.map(({ info }) => (info as { dir: string }).dir)).toEqual(expect.arrayContaining(['Open Long', 'Close Long', 'Open Short']));
    const balance = await one.fetchBalance();
    expect(balance['USDC']!.total!).toBeLessThan(10_000);
    expect(balance['USDC']!.used!).toBeGreaterThan(0);
    await one.setLeverage(5, symbol);
    expect(await one.fetchPosition(symbol)).toMatchObject({ leverage: 5 });
  }); // prettier-ignore

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['a price of six digits', () => raw({ p: '20000.5' }), /Price must be divisible by tick size\. asset=0/],
    ['a price of too many decimals', () => raw({ p: '9999.55' }), /Price must be divisible by tick size/],
    ['a size off its steps', () => raw({ s: '0.0000001' }), /Order has invalid size/],
    ['a size of nothing', () => raw({ s: '0' }), /Order has zero size/],
    ['a value below 10 USD', () => raw({ s: '0.0004' }), /Order must have minimum value of \$10/],
    ['a price far away', () => raw({ p: '5000', s: '0.1' }), /more than 80% away/],
    ['a post-only order that would take', () => raw({ p: '33000', t: { limit: { tif: 'Alo' } } }), /Post only order would have immediately matched, bbo was \d+@\d+/],
    ['an immediate order that finds nothing', () => raw({ t: { limit: { tif: 'Ioc' } } }), /could not immediately match/],
    ['a reduce-only order that would increase', () => raw({ b: false, p: '33000', r: true }), /Reduce only order would increase position/],
    ['more than the margin', () => raw({ s: '50' }), /Insufficient margin/],
    ['a stop that is behind the price', () => raw({ t: { trigger: { isMarket: true, triggerPx: '20000', tpsl: 'sl' } } }), /Invalid TP\/SL price/],
    ['an asset that is none', () => raw({ a: 7 }), /out of range/],
  ])('refuses %s in its own words', async (_, act, words) => {
    await expect(act()).rejects.toThrow(words);
  }); // prettier-ignore

  const raw = (more: object, nonce = one.incrementingNonce()): Promise<unknown> => {
    const order = { a: 0, b: true, p: '20000', s: '0.01', r: false, t: { limit: { tif: 'Gtc' } }, ...more };
    const action = { type: 'order', orders: [order], grouping: 'na' };
    const signature = one.signL1Action(action, nonce) as unknown;
    return one.privatePostExchange({ action, nonce, signature });
  };

  it('takes a nonce once, and only one that is near the clock', async () => {
    const nonce = one.incrementingNonce();
    await raw({}, nonce);
    await expect(raw({}, nonce)).rejects.toThrow(/duplicate nonce/);
    await expect(raw({}, nonce - 3 * 86_400_000)).rejects.toThrow(/Invalid nonce/);
    await one.cancelOrder((await one.fetchOpenOrders(symbol))[0]!.id!, symbol);
  });

  it('recovers who signed: another wallet trades its own account, and one that is unknown none', async () => {
    const theirs = client(venue.url, other);
    await theirs.createOrder(symbol, 'limit', 'buy', 0.001, 20_000);
    expect(await theirs.fetchOpenOrders(symbol)).toHaveLength(1);
    expect(await one.fetchOpenOrders(symbol)).toHaveLength(0);
    const stranger = client(venue.url, hyperliquidWallet('no', 'body'));
    await expect(stranger.createOrder(symbol, 'limit', 'buy', 0.001, 20_000)).rejects.toThrow(/User or API Wallet .* does not exist/);
  }); // prettier-ignore

  it('answers what it cannot read with 422', async () => {
    expect(await post('/info', { type: 'nonsense', user: wallet.walletAddress })).toMatchObject({ status: 422 });
    expect(await post('/exchange', { action: { type: 'order' }, nonce: Date.now() })).toMatchObject({ status: 422 });
    expect(await post('/info', { type: 'orderStatus', user: wallet.walletAddress, oid: 'mine' })).toMatchObject({
      status: 422,
    });
  });
});

it('cancels everything at the moment of a scheduled cancel', async () => {
  const runtime = new FastRuntime(systemRuntime, 30, Date.now());
  const venue = await open(runtime);
  const one = client(venue.url);
  await one.loadMarkets();
  const schedule = async (afterMs: number): Promise<unknown> => {
    const action = { type: 'scheduleCancel', time: Math.floor(runtime.now()) + afterMs };
    const nonce = one.incrementingNonce();
    return one.privatePostExchange({ action, nonce, signature: one.signL1Action(action, nonce) as unknown });
  };
  await one.createOrder(symbol, 'limit', 'buy', 0.01, 20_000);
  await expect(schedule(1_000)).rejects.toThrow(/at least 5 seconds/);
  await schedule(60_000);
  expect(await one.fetchOpenOrders(symbol)).toHaveLength(1);
  for (let k = 0; k < 400 && (await one.fetchOpenOrders(symbol)).length > 0; k++) await systemRuntime.sleep(50);
  expect(await one.fetchOrders(symbol)).toMatchObject([{ status: 'canceled', filled: 0 }]);
  await venue.close();
});

describe('the gateway of sessions', () => {
  const keys = { apiKey: wallet.walletAddress, secret: wallet.privateKey };
  const id = (number: number): string => clientIdOf('a session', number);
  const order = (number: number, more: Partial<OrderRequest> = {}): OrderRequest => ({
    clientId: id(number), symbol, side: 'buy', type: 'limit', size: '0.01', price: '20000', ...more,
  }); // prettier-ignore
  const events: (AccountEvent | StreamStatus)[] = [];
  let venue: LocalExchange;
  let gateway: CcxtGateway;
  const made = (): CcxtGateway => new CcxtGateway({ exchange: 'hyperliquid', url: venue.url, ...keys, rateLimitMs: 0 });
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let k = 0; k < 400 && !isSo(); k++) await systemRuntime.sleep(25);
    expect(isSo()).toBe(true);
  };
  beforeAll(async () => {
    venue = await open();
    gateway = made();
    await gateway.open((event) => events.push(event));
  }, 60_000);
  afterAll(async () => {
    await gateway.close();
    await venue.close();
  });

  it('trades under client ids of ours, which come back from lists, look-ups and streams', async () => {
    expect(await gateway.send(order(1))).toMatchObject({ kind: 'accepted', order: { clientId: id(1) } });
    expect(await gateway.openOrders([symbol])).toMatchObject([{ clientId: id(1), status: 'open', size: 0.01, price: 20_000 }]);
    const amended = { ...order(2, { size: '0.02', price: '21000' }), replaces: id(1), total: '0.02' };
    expect(await gateway.amend(amended)).toMatchObject({ kind: 'accepted', order: { clientId: id(2) } });
    expect(await gateway.findOrder(symbol, id(1))).toMatchObject({ status: 'canceled', filled: 0 });
    expect(await gateway.amend({ ...order(3), replaces: id(1), total: '0.01' })).toEqual({ kind: 'gone' });
    const stop = order(4, { side: 'sell', stopPrice: '15000' });
    const { price: _price, ...market } = { ...stop, type: 'market' } as const;
    expect(await gateway.send(market)).toMatchObject({ kind: 'accepted' });
    expect((await gateway.openOrders([symbol])).map(({ clientId }) => clientId).sort()).toEqual([id(2), id(4)]);
    expect(await gateway.cancel(symbol, id(4))).toEqual({ kind: 'canceled' });
    expect(await gateway.cancel(symbol, id(4))).toEqual({ kind: 'gone' });
    expect(await gateway.findOrder(symbol, id(9))).toBeUndefined();
    await until(() => events.some((event) => event.type === 'order' && event.clientId === id(4) && event.status === 'canceled'));
  }); // prettier-ignore

  it('buys at the market, and books the fill once by stream and list', async () => {
    expect(await gateway.send({ clientId: id(5), symbol, side: 'buy', type: 'market', size: '0.02' })).toMatchObject({ kind: 'accepted' });
    await until(() => events.some((event) => event.type === 'fill'));
    const listed = await gateway.fills(symbol, Date.now() - 60_000);
    await until(() => events.filter((event) => event.type === 'fill').length === listed.length);
    expect(listed.reduce((sum, { size }) => sum + size, 0)).toBeCloseTo(0.02, 8);
    for (const fill of listed) {
      expect(events).toContainEqual(expect.objectContaining({ type: 'fill', id: fill.id, size: fill.size, price: fill.price, fee: fill.fee }));
    }
    await until(() => events.some((event) => event.type === 'order' && event.clientId === id(5) && event.status === 'filled'));
    expect((await gateway.balances())[0]).toMatchObject({ currency: 'USDC' });
  }); // prettier-ignore

  it('is refused in words that name the reason', async () => {
    expect(await gateway.send(order(6, { size: '30' }))).toMatchObject({ kind: 'refused', code: 'insufficient-funds' });
    expect(await gateway.send(order(7, { size: '0.0001' }))).toMatchObject({ kind: 'refused', code: 'invalid-order' });
    expect(await gateway.send(order(8, { price: '33000', isPostOnly: true }))).toMatchObject({ kind: 'refused', code: 'invalid-order' });
  }); // prettier-ignore

  it('goes on after a restart: open orders by our ids alone, and no execution of before in the stream', async () => {
    const later = made();
    const seen: (AccountEvent | StreamStatus)[] = [];
    await later.open((event) => seen.push(event));
    expect((await later.openOrders([symbol])).map(({ clientId }) => clientId)).toEqual([id(2)]);
    expect(await later.cancel(symbol, id(2))).toEqual({ kind: 'canceled' });
    expect(await later.findOrder(symbol, id(5))).toMatchObject({ status: 'filled', filled: 0.02 });
    expect(await later.cancelAllAfter([symbol], 60_000)).toBe(true);
    expect(await later.cancelAllAfter([symbol], 0)).toBe(true);
    expect(seen.some(({ type }) => type === 'fill')).toBe(false);
    await later.close();
  }, 60_000);
});
