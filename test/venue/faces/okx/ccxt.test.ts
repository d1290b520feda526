/** The local exchange as ccxt's own, unmodified okx class trades on it, through the gateway of sessions. */
import { expect, it, onTestFinished } from 'vitest';

import { CcxtGateway } from '../../../../src/connectors/ccxt/index.ts';
import { systemRuntime, type AccountEvent, type OrderRequest, type StreamStatus } from '../../../../src/core/index.ts';
import { openLocalExchange, SeededMarket } from '../../../../src/venue/index.ts';

const symbol = 'BTC/USDT';

interface Bench {
  readonly gateway: CcxtGateway;
  readonly url: string;
  readonly events: (AccountEvent | StreamStatus)[];
}

async function bench(password = 'passphrase'): Promise<Bench> {
  const market = new SeededMarket(systemRuntime, {
    seed: 1, historyMinutes: 60, firstPrice: 3_000_000,
    instruments: [{ symbol, base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 5 }],
    accounts: [{ apiKey: 'key', secret: 'secret', balances: { USDT: 10_000, BTC: 1 } }],
  }); // prettier-ignore
  const exchange = await openLocalExchange({ market });
  const { url } = exchange;
  const gateway = new CcxtGateway({ exchange: 'okx', url, apiKey: 'key', secret: 'secret', password, rateLimitMs: 0 });
  onTestFinished(async () => {
    await gateway.close();
    await exchange.close();
  });
  return { gateway, url, events: [] };
}

const order = (clientId: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
  clientId, symbol, side: 'buy', type: 'limit', size: '0.02', price: '20000', ...more,
}); // prettier-ignore

async function until(isSo: () => boolean): Promise<void> {
  for (let k = 0; k < 400 && !isSo(); k++) await systemRuntime.sleep(25);
  expect(isSo()).toBe(true);
}

it('places, lists, amends and cancels orders, fills them, and shows what happened in the stream of the account', async () => {
  const { gateway, events } = await bench();
  await gateway.open((event) => events.push(event));
  const free = async (currency: string) => (await gateway.balances()).find((one) => one.currency === currency)!.free;
  expect(await gateway.send(order('nbrest'))).toMatchObject({ kind: 'accepted', order: { clientId: 'nbrest' } });
  expect(await free('USDT')).toBe(9_600);
  expect(await gateway.openOrders([symbol])).toMatchObject([
    { clientId: 'nbrest', status: 'open', size: 0.02, filled: 0, price: 20_000 },
  ]);
  // Smaller in place, then at another price: the order keeps id and client id.
  const { id } = (await gateway.openOrders([symbol]))[0]!;
  const amend = { ...order('nbother', { size: '0.01' }), replaces: 'nbrest', total: '0.01' };
  expect(await gateway.amend(amend)).toMatchObject({ kind: 'accepted', order: { id, clientId: 'nbrest' } });
  expect(await gateway.amend({ ...amend, price: '21000' })).toMatchObject({ kind: 'accepted' });
  expect(await gateway.findOrder(symbol, 'nbrest')).toMatchObject({ id, size: 0.01, price: 21_000, status: 'open' });
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
  expect(await free('BTC')).toBeCloseTo(1.00999, 8);
  await until(() => events.some((event) => event.type === 'order' && event.clientId === 'nbbuy' && event.status === 'filled'));
  expect(events.some((event) => event.type === 'order' && event.clientId === 'nbrest' && event.status === 'canceled')).toBe(true);
  expect(events.some((event) => event.type === 'balance' && event.currency === 'BTC' && event.free > 1)).toBe(true);
}); // prettier-ignore

it('refuses in words that ccxt knows', async () => {
  const { gateway } = await bench();
  await gateway.open(() => undefined);
  expect(await gateway.send(order('nbrich', { size: '5' }))).toMatchObject({ kind: 'refused', code: 'insufficient-funds' });
  expect(await gateway.send(order('nbtwice'))).toMatchObject({ kind: 'accepted' });
  expect(await gateway.send(order('nbtwice'))).toMatchObject({ kind: 'refused', code: 'invalid-order' });
  expect(await gateway.send(order('nbpost', { price: '90000', size: '0.001', isPostOnly: true }))).toMatchObject({ kind: 'refused' });
  expect(await gateway.openOrders([symbol])).toHaveLength(1);
}); // prettier-ignore

it.each([
  ['passphrase', { password: 'wrong' }],
  ['key', { apiKey: 'nokey' }],
  ['signature', { secret: 'wrong' }],
])('does not admit a wrong %s', async (_, wrong) => {
  const { url } = await bench();
  const keys = { apiKey: 'key', secret: 'secret', password: 'passphrase', ...wrong };
  const gateway = new CcxtGateway({ exchange: 'okx', url, ...keys, rateLimitMs: 0 });
  await expect(gateway.open(() => undefined)).rejects.toThrow(/okx .*(?:PASSPHRASE|KEY|Sign)/);
  await gateway.close();
});
