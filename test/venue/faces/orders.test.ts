/** The local exchange as ccxt's own, unmodified classes of OKX and Bybit trade on it, through the gateway of sessions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CcxtGateway } from '../../../src/connectors/ccxt/index.ts';
import { systemRuntime, type AccountEvent, type OrderRequest, type StreamStatus } from '../../../src/core/index.ts';
import { openLocalExchange, SeededMarket } from '../../../src/venue/index.ts';

const symbol = 'BTC/USDT';

interface Bench {
  readonly gateway: CcxtGateway;
  readonly url: string;
  readonly events: (AccountEvent | StreamStatus)[];
  close(): Promise<void>;
}

async function bench(id: string): Promise<Bench> {
  const market = new SeededMarket(systemRuntime, {
    seed: 1, historyMinutes: 60, firstPrice: 3_000_000,
    instruments: [{ symbol, base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 5 }],
    accounts: [{ apiKey: 'key', secret: 'secret', balances: { USDT: 10_000, BTC: 1 } }],
  }); // prettier-ignore
  const exchange = await openLocalExchange({ market });
  const { url } = exchange;
  const gateway = new CcxtGateway({
    exchange: id,
    url,
    apiKey: 'key',
    secret: 'secret',
    password: 'passphrase',
    rateLimitMs: 0,
  });
  const close = async (): Promise<void> => {
    await gateway.close();
    await exchange.close();
  };
  return { gateway, url, events: [], close };
}

const order = (clientId: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
  clientId, symbol, side: 'buy', type: 'limit', size: '0.02', price: '20000', ...more,
}); // prettier-ignore

async function until(isSo: () => boolean): Promise<void> {
  for (let k = 0; k < 400 && !isSo(); k++) await systemRuntime.sleep(25);
  expect(isSo()).toBe(true);
}

describe.each(['okx', 'bybit'])('%s', (id) => {
  let one: Bench;
  beforeAll(async () => {
    one = await bench(id);
    await one.gateway.open((event) => one.events.push(event));
  });
  afterAll(() => one.close());

  it('places, lists, amends and cancels orders, fills them, and shows what happened in the stream of the account', async () => {
  const { gateway, events } = one;
  const free = async (currency: string) => (await gateway.balances()).find((one) => one.currency === currency)!.free;
  expect(await gateway.send(order('nbrest'))).toMatchObject({ kind: 'accepted', order: { clientId: 'nbrest' } });
  expect(await free('USDT')).toBe(9_600);
  expect(await gateway.openOrders([symbol])).toMatchObject([
    { clientId: 'nbrest', status: 'open', size: 0.02, filled: 0, price: 20_000 },
  ]);
  // Smaller in place, then at another price: the order keeps id and client id.
  const { id: venueId } = (await gateway.openOrders([symbol]))[0]!;
  const amend = { ...order('nbother', { size: '0.01' }), replaces: 'nbrest', total: '0.01' };
  expect(await gateway.amend(amend)).toMatchObject({ kind: 'accepted', order: { id: venueId, clientId: 'nbrest' } });
  expect(await gateway.amend({ ...amend, price: '21000' })).toMatchObject({ kind: 'accepted' });
  expect(await gateway.findOrder(symbol, 'nbrest')).toMatchObject({ id: venueId, size: 0.01, price: 21_000, status: 'open' });
  expect(await gateway.cancel(symbol, 'nbrest')).toEqual({ kind: 'canceled' });
  expect(await gateway.cancel(symbol, 'nbrest')).toEqual({ kind: 'gone' });
  expect(await gateway.findOrder(symbol, 'nbnone')).toBeUndefined();

  const bought = { clientId: 'nbbuy', symbol, side: 'buy', type: 'market', size: '0.01' } as const;
  expect(await gateway.send(bought)).toMatchObject({ kind: 'accepted' });
  await until(() => events.some(({ type }) => type === 'fill'));
  const [listed] = await gateway.fills(symbol, Date.now() - 60_000);
  const streamed = events.find((event) => event.type === 'fill');
  // A fee of 0.1 % in the coin bought, paid: the stream and the list agree on its sign.
  expect(listed).toMatchObject({ size: 0.01, fee: 0.00001, feeCurrency: 'BTC', liquidity: 'taker', side: 'buy' });
  expect(streamed).toMatchObject({ id: listed!.id, size: 0.01, fee: 0.00001, feeCurrency: 'BTC', price: listed!.price });
  expect((await gateway.findOrder(symbol, 'nbbuy'))!.averagePrice! / listed!.price).toBeCloseTo(1, 3);
  expect(await free('BTC')).toBeCloseTo(1.00999, 8);
  await until(() => events.some((event) => event.type === 'order' && event.clientId === 'nbbuy' && event.status === 'filled'));
  expect(events.some((event) => event.type === 'order' && event.clientId === 'nbrest' && event.status === 'canceled')).toBe(true);
  expect(events.some((event) => event.type === 'balance' && event.currency === 'BTC' && event.free > 1)).toBe(true);
}); // prettier-ignore

  it('refuses in words that ccxt knows', async () => {
  const { gateway } = one;
  expect(await gateway.send(order('nbrich', { size: '5' }))).toMatchObject({ kind: 'refused', code: 'insufficient-funds' });
  expect(await gateway.send(order('nbtwice'))).toMatchObject({ kind: 'accepted' });
  expect(await gateway.send(order('nbtwice'))).toMatchObject({ kind: 'refused', code: 'invalid-order' });
  expect(await gateway.send(order('nbpost', { price: '90000', size: '0.001', isPostOnly: true }))).toMatchObject({ kind: 'refused' });
  expect(await gateway.openOrders([symbol])).toHaveLength(1);
}); // prettier-ignore

  it('lists every execution, more than a page of them too', async () => {
    const { gateway } = one;
    const began = Date.now() - 1_000;
    // What the tests before have executed within that second.
    const before = new Set((await gateway.fills(symbol, began)).map((fill) => fill.orderId));
    for (let k = 0; k < 130; k++) {
      const bought = {
        clientId: `nbmany${k}`,
        symbol,
        side: k % 2 === 0 ? 'buy' : 'sell',
        type: 'market',
        size: '0.001',
      } as const;
      expect(await gateway.send(bought)).toMatchObject({ kind: 'accepted' });
    }
    const fills = (await gateway.fills(symbol, began)).filter((fill) => !before.has(fill.orderId));
    expect(fills.reduce((sum, { size }) => sum + size, 0)).toBeCloseTo(0.13, 8);
    expect(new Set(fills.map((fill) => fill.orderId)).size).toBe(130);
  }, 60_000);

  it('cancels by our id alone, as after a restart', async () => {
    const { gateway, url } = one;
    await gateway.send(order('nbbefore'));
    const later = new CcxtGateway({
      exchange: id,
      url,
      apiKey: 'key',
      secret: 'secret',
      password: 'passphrase',
      rateLimitMs: 0,
    });
    expect(await later.cancel(symbol, 'nbbefore')).toEqual({ kind: 'canceled' });
    expect(await later.findOrder(symbol, 'nbbefore')).toMatchObject({ status: 'canceled', filled: 0 });
    await later.close();
  });
});

it.each([
  ['okx', 'passphrase', { password: 'wrong' }],
  ['okx', 'key', { apiKey: 'nokey' }],
  ['okx', 'signature', { secret: 'wrong' }],
  ['bybit', 'key', { apiKey: 'nokey' }],
  ['bybit', 'signature', { secret: 'wrong' }],
])('%s does not admit a wrong %s', async (id, _, wrong) => {
  const wrongBench = await bench(id);
  const { url } = wrongBench;
  const keys = { apiKey: 'key', secret: 'secret', password: 'passphrase', ...wrong };
  const gateway = new CcxtGateway({ exchange: id, url, ...keys, rateLimitMs: 0 });
  await expect(gateway.open(() => undefined)).rejects.toThrow(
    /PASSPHRASE|ACCESS-KEY|Invalid Sign|API key is invalid|error sign/,
  );
  await gateway.close();
  await wrongBench.close();
});
