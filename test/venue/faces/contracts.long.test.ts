/** Perpetuals at the faces of OKX and Bybit, and liquidations at that of Hyperliquid, as ccxt's own, unmodified classes trade them, through the gateway of sessions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CcxtGateway } from '../../../src/connectors/ccxt/index.ts';
import { systemRuntime, type AccountEvent, type OrderRequest, type StreamStatus } from '../../../src/core/index.ts';
import { balanceText, BybitApi, bybitPaths, Exchange, HyperliquidApi, hyperliquidPaths, hyperliquidWallet, OkxApi, okxPaths, serviceApi, VenueServer, type Account } from '../../../src/venue/index.ts'; // prettier-ignore

const symbol = 'BTC/USDT:USDT';
const hour = 3_600_000;
const settings = (leverage: number, margin: 'cross' | 'isolated') => [{ symbol, leverage, margin }];

async function until(isSo: () => boolean): Promise<void> {
  for (let k = 0; k < 400 && !isSo(); k++) await systemRuntime.sleep(25);
  expect(isSo()).toBe(true);
}

/** `unit`: how many of the venue's units are one of the base. */
describe.each([
  { id: 'okx', unit: 100 },
  { id: 'bybit', unit: 1 },
])('$id', ({ id, unit }) => {
  let now = Date.UTC(2026, 0, 5, 0, 30);
  let exchange: Exchange;
  let server: VenueServer;
  const stops: (() => unknown)[] = [];
  let url = '';
  const events: (AccountEvent | StreamStatus)[] = [];
  const gateways = new Map<string, CcxtGateway>();
  const account = (name: string): Account => exchange.account(name);
  const ledger = () => exchange.contracts!;
  const lots = (name: string, side: 'BOTH' | 'LONG' | 'SHORT' = 'BOTH'): number => ledger().of(account(name)).position(symbol, side).lots / 1e4; // prettier-ignore
  const size = (base: number): string => String(+(base * unit).toFixed(6));

  /** Lets the crowd trade at a price: every order on the way is taken, and others wait behind it. */
  const trade = (price: number): void => {
    exchange.act(symbol, () => {
      const isUp = price * 10 >= exchange.lastPrice(symbol, 'buy')!;
      const [side, other] = isUp ? (['buy', 'sell'] as const) : (['sell', 'buy'] as const);
      const book = exchange.market(symbol);
      book.crowdRests(other, price * 10, 1);
      book.crowdRests(other, price * 10 + (isUp ? 100 : -100), 100_000_000);
      exchange.crowdTakes(symbol, side, 1e12, price * 10);
    });
  };
  const open = async (name: string): Promise<CcxtGateway> => {
    const keys = { apiKey: name, secret: 'secret', password: 'passphrase', rateLimitMs: 0 };
    const gateway = new CcxtGateway({ exchange: id, url, ...keys }, systemRuntime, () => now);
    await gateway.open((event) => events.push(event));
    gateways.set(name, gateway);
    return gateway;
  };
  const order = (clientId: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
    clientId, symbol, side: 'buy', type: 'market', size: size(0.02), ...more,
  }); // prettier-ignore

  beforeAll(async () => {
    const clock = (): number => now;
    const accounts = ['one', 'two', 'poor'].map((name) => ({ name, apiKey: name, secret: 'secret', balances: { USDT: name === 'poor' ? 100 : 10_000 } })); // prettier-ignore
    exchange = new Exchange({
      clock, accounts, contracts: { fundingEveryMs: hour, fundingRate: 0.0001 },
      instruments: [{ symbol, base: 'BTC', quote: 'USDT', settle: 'USDT', priceDecimals: 1, sizeDecimals: 4 }],
    }); // prettier-ignore
    const spot = new Exchange({ clock, instruments: [], accounts: accounts.map((one) => ({ ...one, balances: {} })) });
    exchange.act(symbol, () => {
      exchange.market(symbol).crowdRests('buy', 299_990, 100_000_000);
      exchange.market(symbol).crowdRests('sell', 300_010, 100_000_000);
    });
    trade(30_000);
    const options = { exchange: spot, contracts: { market: exchange, exchange }, checksTime: false };
    const okx = new OkxApi(systemRuntime, spot, options);
    const bybit = new BybitApi(systemRuntime, spot, options);
    stops.push(() => { okx.stop(); }, () => { bybit.stop(); }); // prettier-ignore
    server = new VenueServer().mount(serviceApi('bybit', bybit, bybitPaths)).mount(serviceApi('okx', okx, okxPaths));
    url = await server.listen();
  });
  afterAll(async () => {
    for (const gateway of gateways.values()) await gateway.close();
    for (const stop of stops) stop();
    await server.close();
  });

  it('sets leverage and margin mode, and the same again while a position is open', async () => {
    const gateway = await open('one');
    await gateway.prepare(settings(10, 'isolated'), false);
    expect(ledger().of(account('one')).settings(symbol)).toEqual({ leverage: 10, isIsolated: true });
    expect(await gateway.send(order('nbbuy'))).toMatchObject({ kind: 'accepted' });
    expect(lots('one')).toBe(0.02);
    expect(ledger().of(account('one')).position(symbol, 'BOTH').margin).toBeGreaterThan(0n);
    await gateway.prepare(settings(10, 'isolated'), false);
  });

  it('reports an execution once, at its price and with its fee, in the stream, the list and the order', async () => {
    const gateway = gateways.get('one')!;
    const found = await gateway.findOrder(symbol, 'nbbuy');
    expect(found).toMatchObject({ status: 'filled', filled: 0.02 * unit, averagePrice: 30_001 });
    const [listed, ...others] = await gateway.fills(symbol, now - 60_000);
    expect(others).toEqual([]);
    expect(listed).toMatchObject({ size: 0.02 * unit, price: 30_001, feeCurrency: 'USDT', liquidity: 'taker', side: 'buy' });
    expect(listed!.fee).toBeCloseTo(30_001 * 0.02 * 0.0005, 8);
    await until(() => events.some(({ type }) => type === 'fill'));
    const { receiveTime: _, ...streamed } = events.find(({ type }) => type === 'fill') as AccountEvent;
    expect(listed).toMatchObject({ ...streamed, clientId: undefined });
    const usdt = (await gateway.balances()).find(({ currency }) => currency === 'USDT')!;
    const { free, locked } = account('one').holding('USDT');
    expect(usdt.free + usdt.used).toBeCloseTo(Number(balanceText(free + locked)), 6);
  }); // prettier-ignore

  it('takes a stop that only reduces, follows it past its trigger, and refuses one that came too late', async () => {
    const gateway = gateways.get('one')!;
    const stop = { side: 'sell', type: 'stop', size: size(0.01), isReduceOnly: true } as const;
    expect(await gateway.send(order('nbstop', { ...stop, stopPrice: '29000' }))).toMatchObject({ kind: 'accepted' });
    expect(await gateway.openOrders([symbol])).toMatchObject([{ clientId: 'nbstop', status: 'open', filled: 0 }]);
    trade(28_990);
    expect(lots('one')).toBe(0.01);
    expect(await gateway.findOrder(symbol, 'nbstop')).toMatchObject({ status: 'filled', filled: 0.01 * unit });
    const { id: stopId } = (await gateway.findOrder(symbol, 'nbstop'))!;
    const fills = await gateway.fills(symbol, now - 60_000);
    expect(fills.filter(({ orderId }) => orderId === stopId).map((fill) => fill.size)).toEqual([0.01 * unit]);
    expect(await gateway.send(order('nblate', { ...stop, stopPrice: '29000' }))).toMatchObject({ kind: 'refused' });
    expect(await gateway.openOrders([symbol])).toEqual([]);
  });

  it('amends a limit order in place, and cuts what only reduces to what is held', async () => {
    const gateway = gateways.get('one')!;
    const limit = order('nblimit', { type: 'limit', price: '25000' });
    expect(await gateway.send(limit)).toMatchObject({ kind: 'accepted' });
    const change = { ...limit, clientId: 'nbchange', replaces: 'nblimit', price: '26000', total: limit.size };
    expect(await gateway.amend(change)).toMatchObject({ kind: 'accepted', order: { clientId: 'nblimit' } });
    expect((await gateway.openOrders([symbol])).map(({ price }) => price)).toEqual([26_000]);
    expect(await gateway.cancel(symbol, 'nblimit')).toEqual({ kind: 'canceled' });
    expect(await gateway.send(order('nbclose', { side: 'sell', isReduceOnly: true }))).toMatchObject({ kind: 'accepted' });
    expect(lots('one')).toBe(0);
    expect(await gateway.send(order('nbnone', { side: 'sell', isReduceOnly: true }))).toMatchObject({ kind: 'refused' });
    expect(await gateway.send(order('nbrich', { size: size(50) }))).toMatchObject({ kind: 'refused', code: 'insufficient-funds' });
  }); // prettier-ignore

  it('keeps a position for each side in hedge mode', async () => {
    const gateway = await open('two');
    await gateway.prepare(settings(5, 'cross'), true);
    expect(await gateway.send(order('nblong', { positionSide: 'long' }))).toMatchObject({ kind: 'accepted' });
    expect(await gateway.send(order('nbshort', { side: 'sell', positionSide: 'short', size: size(0.01) }))).toMatchObject({ kind: 'accepted' });
    expect([lots('two', 'LONG'), lots('two', 'SHORT')]).toEqual([0.02, -0.01]);
    const due = await gateway.nextFunding(symbol);
    expect(due).toBe((Math.floor(now / hour) + 1) * hour);
    now = due!;
    exchange.payFunding();
    // The list does not say whose each payment is, but longs pay a positive rate.
    const paid = (await gateway.payments(symbol, now - 1)).filter(({ kind }) => kind === 'funding');
    expect(new Map(paid.map(({ positionSide, amount }) => [positionSide, Math.sign(amount)]))).toEqual(new Map([['long', -1], ['short', 1]]));
    expect(paid).toHaveLength(2);
    const stop = { side: 'sell', type: 'stop', stopPrice: '28000', positionSide: 'long', isReduceOnly: true } as const;
    expect(await gateway.send(order('nbexit', stop))).toMatchObject({ kind: 'accepted' });
    trade(27_990);
    expect([lots('two', 'LONG'), lots('two', 'SHORT')]).toEqual([0, -0.01]);
    await expect(gateway.prepare(settings(5, 'cross'), false)).rejects.toThrow(/because positions or orders are open/);
    await gateway.prepare(settings(5, 'cross'), true);
    expect(await gateway.send(order('nbend', { positionSide: 'short', size: size(0.01), isReduceOnly: true }))).toMatchObject({ kind: 'accepted' });
    expect(lots('two', 'SHORT')).toBe(0);
  }); // prettier-ignore

  it('lists every payment of a month, as what was received', async () => {
    const gateway = gateways.get('one')!;
    const began = now;
    expect(await gateway.send(order('nbhold', { size: size(0.01) }))).toMatchObject({ kind: 'accepted' });
    for (let k = 0; k < 300; k++) {
      now += hour;
      exchange.payFunding();
    }
    const booked = ledger().of(account('one')).incomes.filter(({ type, time }) => type === 'FUNDING_FEE' && time > began);
    expect(booked).toHaveLength(300);
    const payments = await gateway.payments(symbol, began);
    expect(payments.map(({ kind, time, amount, currency }) => [kind, time, amount, currency])).toEqual(
      booked.map(({ time, amount }) => ['funding', time, Number(balanceText(amount)), 'USDT']),
    );
    expect(payments[0]!.amount).toBeLessThan(0);
  }); // prettier-ignore

  it('lists a liquidation with its size, its price and its fee', async () => {
    const gateway = await open('poor');
    await gateway.prepare(settings(20, 'cross'), false);
    const began = now;
    expect(await gateway.send(order('nbrisky', { size: size(0.05) }))).toMatchObject({ kind: 'accepted' });
    now += 1_000;
    trade(25_900);
    expect(lots('poor')).toBe(0);
    const [fill] = account('poor').fills.slice(-1);
    const payments = (await gateway.payments(symbol, began)).filter(({ kind }) => kind === 'liquidation');
    expect(payments).toMatchObject([{ size: 0.05 * unit, side: 'sell', price: fill!.price / 10, currency: 'USDT' }]);
    expect(payments[0]!.amount).toBeCloseTo(Number(balanceText(fill!.fee)), 6);
    // The order of the exchange's own tells a session to ask.
    await until(() => events.some((event) => event.type === 'order' && event.symbol === symbol && event.clientId === undefined));
    expect((await gateway.payments(symbol, began)).filter(({ kind }) => kind === 'funding')).toEqual([]);
  }); // prettier-ignore
});

it('lists a liquidation on Hyperliquid, from the executions that say so', async () => {
  const perp = 'BTC/USDC:USDC';
  const exchange = new Exchange({
    clock: () => systemRuntime.now(), contracts: {},
    accounts: [{ name: 'poor', apiKey: 'poor', secret: 'secret', balances: { USDC: 100 } }],
    instruments: [{ symbol: perp, base: 'BTC', quote: 'USDC', settle: 'USDC', priceDecimals: 0, sizeDecimals: 4 }],
  });
  exchange.act(perp, () => {
    exchange.market(perp).crowdRests('buy', 29_999, 100_000_000);
    exchange.market(perp).crowdRests('sell', 30_001, 100_000_000);
  });
  const face = new HyperliquidApi(systemRuntime, exchange, exchange);
  const server = new VenueServer().mount(serviceApi('hyperliquid', face, hyperliquidPaths));
  const { walletAddress, privateKey } = hyperliquidWallet('poor', 'secret');
  const gateway = new CcxtGateway({ exchange: 'hyperliquid', url: await server.listen(), apiKey: walletAddress, secret: privateKey, rateLimitMs: 0 });
  await gateway.open(() => undefined);
  const began = systemRuntime.now() - 1_000;
  expect(await gateway.send({ clientId: 'nbrisky', symbol: perp, side: 'buy', type: 'market', size: '0.05' })).toMatchObject({ kind: 'accepted' });
  expect(await gateway.payments(perp, began)).toEqual([]);
  exchange.act(perp, () => {
    exchange.crowdTakes(perp, 'sell', 1e12, 29_999);
    exchange.market(perp).crowdRests('buy', 25_999, 100_000_000);
    exchange.market(perp).crowdRests('sell', 26_001, 100_000_000);
  });
  const account = exchange.account('poor');
  const fill = account.fills.at(-1)!;
  expect(fill.order.contract!.isLiquidation).toBe(true);
  const payments = await gateway.payments(perp, began);
  expect(payments).toMatchObject([{ kind: 'liquidation', size: 0.05, side: 'sell', price: fill.price, currency: 'USDC' }]);
  expect(payments[0]!.amount).toBeCloseTo(Number(balanceText(fill.fee)), 6);
  await gateway.close();
  face.stop();
  await server.close();
}); // prettier-ignore
