/** Stop orders at the faces of OKX and Bybit, as ccxt's own, unmodified classes send them, through the gateway of sessions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CcxtGateway } from '../../../src/connectors/ccxt/index.ts';
import { systemRuntime, type AccountEvent, type OrderRequest, type StreamStatus } from '../../../src/core/index.ts';
import { BybitApi, bybitPaths, Exchange, OkxApi, okxPaths, serviceApi, VenueServer } from '../../../src/venue/index.ts'; // prettier-ignore

const symbol = 'BTC/USDT';
const keys = { apiKey: 'key', secret: 'secret', password: 'passphrase', rateLimitMs: 0 };

/** What is called of ccxt's class beside the gateway. */
interface Ccxt {
  createOrder(...parts: readonly unknown[]): Promise<{ id: string }>;
  editOrder(...parts: readonly unknown[]): Promise<unknown>;
  cancelOrder(...parts: readonly unknown[]): Promise<unknown>;
  fetchOrder(...parts: readonly unknown[]): Promise<unknown>;
  fetchOpenOrders(...parts: readonly unknown[]): Promise<unknown>;
  fetchCanceledOrders(...parts: readonly unknown[]): Promise<unknown>;
}

async function until(isSo: () => boolean): Promise<void> {
  for (let k = 0; k < 120 && !isSo(); k++) await systemRuntime.sleep(25);
  expect(isSo()).toBe(true);
}

describe.each(['okx', 'bybit'])('%s', (id) => {
  let market: Exchange;
  let okx: OkxApi;
  let bybit: BybitApi;
  let server: VenueServer;
  let url = '';
  let gateway: CcxtGateway;
  const events: (AccountEvent | StreamStatus)[] = [];
  const open = (): CcxtGateway => new CcxtGateway({ exchange: id, url, ...keys });
  const account = () => market.account('own');
  /** Lets the crowd trade at a price: every order on the way is taken, and others wait behind it. */
  const trade = (price: number): void => {
    market.act(symbol, () => {
      const isUp = price * 100 >= market.lastPrice(symbol, 'buy')!;
      const [side, other] = isUp ? (['buy', 'sell'] as const) : (['sell', 'buy'] as const);
      const book = market.market(symbol);
      book.crowdRests(other, price * 100, 1);
      book.crowdRests(other, price * 100 + (isUp ? 1_000 : -1_000), 10_000_000);
      market.crowdTakes(symbol, side, 1e12, price * 100);
    });
  };
  const stop = (clientId: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
    clientId, symbol, side: 'sell', type: 'stop', size: '0.02', stopPrice: '29000', ...more,
  }); // prettier-ignore

  beforeAll(async () => {
    market = new Exchange({
      clock: () => systemRuntime.now(),
      instruments: [{ symbol, base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 5 }],
      accounts: [{ name: 'own', apiKey: 'key', secret: 'secret', balances: { USDT: 10_000, BTC: 1 } }],
    });
    market.act(symbol, () => {
      market.market(symbol).crowdRests('buy', 2_999_000, 10_000_000);
      market.market(symbol).crowdRests('sell', 3_001_000, 10_000_000);
    });
    trade(30_000);
    okx = new OkxApi(systemRuntime, market, { exchange: market });
    bybit = new BybitApi(systemRuntime, market, { exchange: market });
    server = new VenueServer().mount(serviceApi('bybit', bybit, bybitPaths)).mount(serviceApi('okx', okx, okxPaths));
    url = await server.listen();
    gateway = open();
    await gateway.open((event) => events.push(event));
  });
  afterAll(async () => {
    await gateway.close();
    okx.stop();
    bybit.stop();
    await server.close();
  });

  it('takes a stop, lists it, finds it, binds nothing for it, and cancels it', async () => {
    expect(await gateway.send(stop('nbwait'))).toMatchObject({ kind: 'accepted', order: { clientId: 'nbwait' } });
    expect(await gateway.openOrders([symbol])).toMatchObject([{ clientId: 'nbwait', status: 'open', size: 0.02, filled: 0 }]);
    expect(await gateway.findOrder(symbol, 'nbwait')).toMatchObject({ clientId: 'nbwait', status: 'open', filled: 0 });
    expect((await gateway.balances()).find(({ currency }) => currency === 'BTC')).toMatchObject({ free: 1, used: 0 });
    await until(() => events.some((event) => event.type === 'order' && event.clientId === 'nbwait' && event.status === 'open'));
    expect(await gateway.cancel(symbol, 'nbwait')).toEqual({ kind: 'canceled' });
    expect(await gateway.cancel(symbol, 'nbwait')).toEqual({ kind: 'gone' });
    expect(await gateway.findOrder(symbol, 'nbwait')).toMatchObject({ status: 'canceled', filled: 0 });
    expect(await gateway.openOrders([symbol])).toEqual([]);
    await until(() => events.some((event) => event.type === 'order' && event.clientId === 'nbwait' && event.status === 'canceled'));
  }); // prettier-ignore

  it('executes a stop at its trigger, under the id that it was sent with', async () => {
    const sent = await gateway.send(stop('nbsell'));
    expect(sent.kind).toBe('accepted');
    const venueId = sent.kind === 'accepted' ? sent.order.id : '';
    trade(28_990);
    await until(() => events.some((event) => event.type === 'order' && event.clientId === 'nbsell' && event.status === 'filled'));
    const streamed = events.filter((event) => event.type === 'fill');
    expect(streamed).toMatchObject([{ orderId: venueId, size: 0.02, side: 'sell' }]);
    expect(await gateway.findOrder(symbol, 'nbsell')).toMatchObject({ id: venueId, status: 'filled', filled: 0.02, clientId: 'nbsell' });
    expect((await gateway.fills(symbol, Date.now() - 60_000)).map(({ orderId }) => orderId)).toEqual([venueId]);
    expect(await gateway.cancel(symbol, 'nbsell')).toEqual({ kind: 'gone' });
    // Somebody who knows its client id alone, as after a restart.
    const later = open();
    expect(await later.findOrder(symbol, 'nbsell')).toMatchObject({ id: venueId, status: 'filled', filled: 0.02 });
    expect((await later.fills(symbol, Date.now() - 60_000)).map(({ orderId }) => orderId)).toEqual([venueId]);
    await later.close();
    trade(30_000);
  }); // prettier-ignore

  it('rests the limit order that a stop limit becomes, and cancels that', async () => {
    expect(await gateway.send(stop('nblimit', { type: 'stopLimit', price: '29500' }))).toMatchObject({ kind: 'accepted' });
    trade(28_990);
    await until(() => account().orders.some(({ clientId, resting }) => clientId === 'nblimit' && resting !== undefined));
    expect(await gateway.openOrders([symbol])).toMatchObject([{ clientId: 'nblimit', status: 'open', price: 29_500 }]);
    expect(await gateway.cancel(symbol, 'nblimit')).toEqual({ kind: 'canceled' });
    expect(await gateway.findOrder(symbol, 'nblimit')).toMatchObject({ status: 'canceled', filled: 0 });
    trade(30_000);
  }); // prettier-ignore

  it('cancels a stop by our id alone, as after a restart', async () => {
    await gateway.send(stop('nbbefore'));
    const later = open();
    expect(await later.cancel(symbol, 'nbbefore')).toEqual({ kind: 'canceled' });
    expect(await later.cancel(symbol, 'nbnone')).toEqual({ kind: 'gone' });
    await later.close();
  });

  it('takes a stop back that came too late', async () => {
    expect(await gateway.send(stop('nblate', { stopPrice: '31000' }))).toMatchObject({ kind: 'refused', code: 'order-immediately-fillable' });
    expect(await gateway.send(stop('nbbuylate', { side: 'buy', stopPrice: '29000' }))).toMatchObject({ kind: 'refused' });
    expect(await gateway.openOrders([symbol])).toEqual([]);
    expect(await gateway.send(stop('nbbuy', { side: 'buy', stopPrice: '31000' }))).toMatchObject({ kind: 'accepted' });
    expect(await gateway.cancel(symbol, 'nbbuy')).toEqual({ kind: 'canceled' });
  }); // prettier-ignore

  it('ends a stop that the account cannot pay at its trigger, and says so', async () => {
    expect(await gateway.send(stop('nbmuch', { size: '3' }))).toMatchObject({ kind: 'accepted' });
    trade(28_990);
    await until(() => events.some((event) => event.type === 'order' && event.clientId === 'nbmuch' && ['canceled', 'rejected'].includes(event.status)));
    expect(await gateway.findOrder(symbol, 'nbmuch')).toMatchObject({ filled: 0 });
    trade(30_000);
  }); // prettier-ignore

  it('changes a stop, or says that it cannot', async () => {
    await gateway.send(stop('nbmove'));
    const change = { ...stop('nbnew', { stopPrice: '28000' }), replaces: 'nbmove', total: '0.02' };
    const outcome = await gateway.amend(change);
    if (id === 'okx') expect(outcome).toMatchObject({ kind: 'refused', code: 'not-this-type' });
    else {
      expect(outcome).toMatchObject({ kind: 'accepted', order: { clientId: 'nbmove' } });
      expect([...account().open]).toMatchObject([{ stopPrice: 2_800_000 }]);
    }
    expect(await gateway.cancel(symbol, 'nbmove')).toEqual({ kind: 'canceled' });
  });

  it('takes stop losses and take profits of its own kind, and refuses them in its own codes', async () => {
    const { store } = gateway as unknown as { store: { open(): Promise<Ccxt> } };
    const ccxt = await store.open();
    const place = (side: string, params: object, size = 0.02) => ccxt.createOrder(symbol, 'market', side, size, undefined, params);
    const refusal = async (act: Promise<unknown>): Promise<string> => String(await act.then(() => 'taken', (error: unknown) => error));
    const { id: number } = await place('sell', { stopLossPrice: 29_000 });
    const bound = id === 'bybit' ? 0.02 : 0;
    expect((await gateway.balances()).find(({ currency }) => currency === 'BTC')!.used).toBe(bound);
    if (id === 'okx') {
      expect(await refusal(place('sell', { stopLossPrice: 31_000 }))).toContain('"sCode":"51280"');
      expect(await refusal(place('sell', { takeProfitPrice: 29_000 }))).toContain('"sCode":"51279"');
      expect(await refusal(place('buy', { stopLossPrice: 29_000 }))).toContain('"sCode":"51278"');
      expect(await refusal(place('buy', { takeProfitPrice: 31_000 }))).toContain('"sCode":"51277"');
      expect(await refusal(place('sell', { trailingPercent: 1 }))).toContain('"sCode":"51000"');
      // OKX has a least size, and no least value.
      await ccxt.cancelOrder((await place('sell', { triggerPrice: 29_000 }, 0.000_01)).id, symbol, { trigger: true });
      expect(await ccxt.fetchOpenOrders(symbol, undefined, undefined, { ordType: 'conditional' })).toMatchObject([{ id: number, stopLossPrice: 29_000 }]);
      const edit = { stopLossPrice: 28_000, newSlTriggerPx: 28_000, newSlOrdPx: '-1' };
      expect(await refusal(ccxt.editOrder(number, symbol, 'conditional', 'sell', 0.01, undefined, edit))).toContain('51000');
      expect(await refusal(ccxt.cancelOrder('5', symbol, { trigger: true }))).toContain('"sCode":"51400"');
      await ccxt.cancelOrder(number, symbol, { trigger: true });
      expect(await ccxt.fetchOrder(number, symbol, { trigger: true })).toMatchObject({ status: 'canceled' });
      expect(await ccxt.fetchCanceledOrders(symbol, undefined, undefined, { ordType: 'conditional' })).toMatchObject([{ id: number }]);
    } else {
      expect(await refusal(place('sell', { stopLossPrice: 29_000 }, 5))).toContain('"retCode":170131');
      expect(await refusal(place('sell', { triggerPrice: 29_000, orderFilter: 'OcoOrder' }))).toContain('"retCode":170202');
      expect(await refusal(place('sell', { orderFilter: 'tpslOrder' }))).toContain('"retCode":170203');
      expect(await refusal(ccxt.cancelOrder(number, symbol))).toContain('"retCode":170213');
      expect(await ccxt.fetchOpenOrders(symbol, undefined, undefined, { orderFilter: 'tpslOrder' })).toMatchObject([{ id: number, triggerPrice: 29_000 }]);
      await ccxt.cancelOrder(number, symbol, { orderFilter: 'tpslOrder' });
    }
    expect([...account().open]).toEqual([]);
    expect((await gateway.balances()).find(({ currency }) => currency === 'BTC')!.used).toBe(0);
  }); // prettier-ignore
});
