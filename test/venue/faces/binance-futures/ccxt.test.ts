/** The local exchange's contracts as ccxt's own, unmodified binanceusdm class trades them. */
import type { Exchange } from 'ccxt';
import { describe, expect, it } from 'vitest';

import { CcxtGateway } from '../../../../src/connectors/ccxt/index.ts';
import type { SendOutcome } from '../../../../src/core/index.ts';
import { contractVenue, minute, start, symbol } from './local.ts';

const flat = [100, 100, 100, 100, 100];
/** From the bar of 00:00 on, each bar closes at the next of these. */
const hour = 60 * minute;

async function usdt(client: Exchange): Promise<number> {
  return (await client.fetchBalance())['USDT']!.total!;
}

async function codeOf(client: Exchange, act: () => Promise<unknown>): Promise<number> {
  await expect(act()).rejects.toThrow();
  return (JSON.parse(client.last_http_response!) as { code: number }).code;
}

describe("ccxt's binanceusdm on the local exchange", () => {
  it('loads the contract with its rules', async () => {
    const client = await (await contractVenue(flat)).client();
    expect(client.market(symbol)).toMatchObject({
      type: 'swap', linear: true, settle: 'USDT', contractSize: 1, precision: { price: 0.1, amount: 0.001 }, limits: { cost: { min: 5 } },
    }); // prettier-ignore
    expect(await client.fetchFundingRate(symbol)).toMatchObject({ markPrice: 100, fundingRate: 0.0001, fundingTimestamp: start + 8 * hour }); // prettier-ignore
  });

  it('opens and closes, and books profit and fees to the wallet alone', async () => {
    const venue = await contractVenue([100, 100, 110, 110, 110]);
    const client = await venue.client();
    await client.setLeverage(10, symbol);
    const buy = await client.createOrder(symbol, 'market', 'buy', 2, undefined, { clientOrderId: 'first' });
    expect(buy).toMatchObject({ status: 'closed', filled: 2, average: 100, clientOrderId: 'first' });
    expect(await usdt(client)).toBeCloseTo(10_000 - 0.1, 8);
    const [position] = await client.fetchPositionsRisk([symbol]);
    expect(position).toMatchObject({
      side: 'long',
      contracts: 2,
      entryPrice: 100,
      marginMode: 'cross',
      leverage: 10,
      initialMargin: 20,
    });
    venue.to(start + 3 * minute + 1_000);
    await client.createOrder(symbol, 'market', 'sell', 2, undefined, { reduceOnly: true });
    expect(await usdt(client)).toBeCloseTo(10_000 - 0.1 + 20 - 0.11, 8);
    const fills = await client.fetchMyTrades(symbol);
    expect(fills.map(({ price, amount, fee }) => [price, amount, fee?.cost])).toEqual([[100, 2, 0.1], [110, 2, 0.11]]); // prettier-ignore
    const income = await client.fetchLedger('USDT');
    expect(income.map(({ type, amount, direction }) => [type, amount, direction])).toEqual([
      ['commission', 0.1, 'out'], ['trade', 20, 'in'], ['commission', 0.11, 'out'],
    ]); // prettier-ignore
    expect(venue.market.exchange.total('USDT')).toBe(20_000n * 100_000_000n);
  });

  it('pays funding at its time, at the mark, to the position held then', async () => {
    const prices = Array.from({ length: 62 }, () => 100);
    const venue = await contractVenue(prices, { fundingEveryMs: hour, fundingRate: 0.0002 });
    const [long, short] = [await venue.client('key'), await venue.client('other')];
    await long.createOrder(symbol, 'market', 'buy', 3);
    await short.createOrder(symbol, 'market', 'sell', 1);
    const before = [await usdt(long), await usdt(short)];
    venue.to(start + hour);
    expect(await usdt(long)).toBeCloseTo(before[0]! - 3 * 100 * 0.0002, 8);
    expect(await usdt(short)).toBeCloseTo(before[1]! + 100 * 0.0002, 8);
    const [paid] = await long.fetchFundingHistory(symbol);
    expect(paid).toMatchObject({ timestamp: start + hour, amount: -0.06, code: 'USDT' });
    const [rate] = await long.fetchFundingRateHistory(symbol, start + 1);
    expect(rate).toMatchObject({ timestamp: start + hour, fundingRate: 0.0002 });
    const interest = await long.fetchOpenInterestHistory(symbol, '1h', start);
    expect(interest[0]!.timestamp).toBe(start);
    expect(interest.every(({ openInterestAmount: amount }) => Number(amount) > 0)).toBe(true);
    expect(venue.market.exchange.total('USDT')).toBe(20_000n * 100_000_000n);
  });

  it('rests, changes and cancels limit orders, and locks margin for what opens', async () => {
    const client = await (await contractVenue(flat)).client();
    await client.setLeverage(10, symbol);
    const order = await client.createOrder(symbol, 'limit', 'buy', 1, 90, { postOnly: true, clientOrderId: 'rests' });
    expect(order).toMatchObject({ status: 'open', timeInForce: 'PO' });
    expect((await client.fetchBalance())['USDT']!.used).toBeCloseTo(9 + 0.045, 8);
    const edited = await client.editOrder(order.id!, symbol, 'limit', 'buy', 2, 91);
    expect(edited).toMatchObject({ id: order.id, price: 91, amount: 2, clientOrderId: 'rests' });
    expect((await client.fetchOpenOrders(symbol)).map(({ id }) => id)).toEqual([order.id]);
    expect((await client.cancelOrder('', symbol, { clientOrderId: 'rests' })).status).toBe('canceled');
    expect((await client.fetchBalance())['USDT']!.used).toBe(0);
    expect(await codeOf(client, () => client.createOrder(symbol, 'limit', 'buy', 1, 101, { postOnly: true }))).toBe(
      -5022,
    );
    expect(
      await codeOf(client, () => client.createOrder(symbol, 'market', 'sell', 1, undefined, { reduceOnly: true })),
    ).toBe(-2022);
    expect(await codeOf(client, () => client.createOrder(symbol, 'market', 'buy', 5_000))).toBe(-2019);
    expect(await codeOf(client, () => client.createOrder(symbol, 'limit', 'buy', 0.01, 100))).toBe(-4164);
  });

  it('keeps conditional orders apart, and fills them under another number once they are triggered', async () => {
    const venue = await contractVenue([100, 100, 80, 80, 80]);
    const client = await venue.client();
    await client.createOrder(symbol, 'market', 'buy', 1);
    const stop = await client.createOrder(symbol, 'market', 'sell', 1, undefined, { triggerPrice: 90, reduceOnly: true, clientOrderId: 'guard' }); // prettier-ignore
    expect(await client.fetchOpenOrders(symbol)).toEqual([]);
    expect((await client.fetchOpenOrders(symbol, undefined, undefined, { trigger: true })).map(({ id }) => id)).toEqual([stop.id]); // prettier-ignore
    venue.to(start + 3 * minute + 1_000);
    const after = await client.fetchOrder(stop.id!, symbol, { trigger: true });
    const actual = (after.info as { actualOrderId: string }).actualOrderId;
    expect(actual).not.toBe(stop.id);
    expect(await client.fetchOrder(actual, symbol)).toMatchObject({ status: 'closed', filled: 1, average: 90 });
    expect(await client.fetchPositionsRisk([symbol])).toEqual([]);
  });

  it('reports the fill of a stop under the number that it was sent with, also to a later session that has been told of it', async () => {
    const venue = await contractVenue([100, 100, 80, 80, 80]);
    const open = (): CcxtGateway =>
      new CcxtGateway(
        { exchange: 'binanceusdm', url: venue.exchange.url, apiKey: 'key', secret: 'secret', rateLimitMs: 0 },
        venue.clock,
      );
    const request = { symbol, side: 'sell', type: 'stop', size: '1', isReduceOnly: true } as const;
    const first = open();
    await first.open(() => undefined);
    await first.send({ ...request, clientId: 'nbin', side: 'buy', type: 'market', isReduceOnly: false });
    const guard = await first.send({ ...request, clientId: 'nbguard', stopPrice: '90' });
    const spare = await first.send({ ...request, clientId: 'nbspare', stopPrice: '85' });
    expect(await first.cancel(symbol, 'nbspare')).toEqual({ kind: 'canceled' });
    await first.close();
    const idOf = (sent: SendOutcome): string => (sent.kind === 'accepted' ? sent.order.id : '');
    venue.to(start + 3 * minute + 1_000);

    const later = open();
    later.recall([
      { symbol, clientId: 'nbguard', venueId: idOf(guard) },
      { symbol, clientId: 'nbspare', venueId: undefined },
    ]);
    const sold = (await later.fills(symbol, start)).filter(({ side }) => side === 'sell');
    expect(sold).toMatchObject([{ orderId: idOf(guard), size: 1, price: 90 }]);
    expect(await later.cancel(symbol, 'nbguard')).toEqual({ kind: 'gone' });
    expect(await later.findOrder(symbol, 'nbspare')).toMatchObject({ id: idOf(spare), status: 'canceled' });
    await later.close();
  });

  it('has a position for each side in hedge mode', async () => {
    const client = await (await contractVenue(flat)).client();
    await client.setPositionMode(true, symbol);
    await client.createOrder(symbol, 'market', 'buy', 2, undefined, { positionSide: 'LONG' });
    await client.createOrder(symbol, 'market', 'sell', 1, undefined, { positionSide: 'SHORT' });
    const rows = await client.fetchPositionsRisk([symbol]);
    expect(rows.map(({ side, contracts, hedged }) => [side, contracts, hedged])).toEqual([['long', 2, true], ['short', 1, true]]); // prettier-ignore
    expect(await codeOf(client, () => client.createOrder(symbol, 'market', 'buy', 1))).toBe(-4061);
    expect(await codeOf(client, () => client.setPositionMode(false, symbol))).toBe(-4068);
  });

  it('liquidates an isolated position at the mark, and the wallet loses its margin at most', async () => {
    const venue = await contractVenue([100, 100, 80, 80, 80]);
    const client = await venue.client();
    await client.setMarginMode('isolated', symbol);
    await client.setLeverage(10, symbol);
    await client.createOrder(symbol, 'market', 'buy', 5);
    const [position] = await client.fetchPositionsRisk([symbol]);
    // 50 + 5 (p - 100) = 5 p x 0.004
    expect(position!.liquidationPrice).toBeCloseTo(450 / (5 * 0.996), 6);
    const orders = client.watchOrders();
    await new Promise((resolve) => setTimeout(resolve, 100));
    venue.to(start + 3 * minute + 1_000);
    expect((await orders).at(-1)!.clientOrderId).toMatch(/^autoclose-/);
    expect(await client.fetchPositionsRisk([symbol])).toEqual([]);
    expect(await usdt(client)).toBeGreaterThanOrEqual(10_000 - 50 - 0.25 - 1e-8);
    expect(await usdt(client)).toBeLessThan(10_000 - 45);
    expect((await client.fetchMyLiquidations(symbol)).length).toBe(1);
    expect(venue.market.exchange.total('USDT')).toBe(20_000n * 100_000_000n);
  });

  it('streams orders, executions, balances, marks and books', async () => {
    const venue = await contractVenue(flat);
    const client = await venue.client();
    const seen = Promise.all([client.watchOrders(), client.watchMyTrades(), client.watchBalance()]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await client.createOrder(symbol, 'market', 'buy', 1, undefined, { clientOrderId: 'streamed' });
    const [orders, fills, balance] = await seen;
    expect(orders.at(-1)).toMatchObject({ clientOrderId: 'streamed', symbol });
    expect(fills[0]).toMatchObject({ symbol, price: 100, amount: 1, fee: { cost: 0.05, currency: 'USDT' } });
    expect(balance['USDT']!.total).toBeCloseTo(9_999.95, 8);
    expect(await client.watchMarkPrice(symbol)).toMatchObject({ symbol, markPrice: 100 });
    expect((await client.watchOrderBook(symbol)).bids.length).toBeGreaterThan(0);
  });
});
