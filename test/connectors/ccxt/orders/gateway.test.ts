/** The order gateway through real ccxt on loopback: every word of the exchange, and every way of hearing none. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { CcxtGateway } from '../../../../src/connectors/ccxt/orders/gateway.ts';
import { systemRuntime, type AccountEvent, type OrderRequest, type StreamStatus } from '../../../../src/core/index.ts';
import { gatewayVenue, keys, symbol, type GatewayVenue } from './gateway-venue.ts';

let venue: GatewayVenue;
let gateway: CcxtGateway;
let events: (AccountEvent | StreamStatus)[];

beforeEach(async () => {
  venue = await gatewayVenue();
  events = [];
  gateway = venue.gateway();
  await gateway.open((event) => events.push(event));
});
afterEach(async () => {
  await venue.close();
});

const limit = (clientId: string, change: Partial<OrderRequest> = {}): OrderRequest => ({
  clientId,
  symbol,
  side: 'buy',
  type: 'limit',
  size: '0.300',
  price: '95.10',
  ...change,
});

const own = (): readonly { readonly clientId: string }[] => venue.exchange.account('own').orders;

describe('orders', () => {
  it('places a limit order under its client id, with its numbers as they are', async () => {
    const outcome = await gateway.send(limit('nbone'));
    expect(outcome).toMatchObject({
      kind: 'accepted',
      order: { clientId: 'nbone', status: 'open', price: 95.1, size: 0.3, filled: 0, side: 'buy' },
    });
    expect(own()).toMatchObject([{ clientId: 'nbone', type: 'LIMIT', price: 9_510, size: 300 }]);
  });

  it('places market, stop and stop-limit orders', async () => {
    const market = await gateway.send({ clientId: 'nbm', symbol, side: 'buy', type: 'market', size: '2' });
    expect(market).toMatchObject({ kind: 'accepted', order: { status: 'filled', filled: 2, averagePrice: 100.1 } });
    const stop = { clientId: 'nbs', symbol, side: 'sell', type: 'stop', size: '1', stopPrice: '90.5' } as const;
    expect((await gateway.send(stop)).kind).toBe('accepted');
    const both = {
      ...stop,
      clientId: 'nbsl',
      side: 'buy',
      type: 'stopLimit',
      stopPrice: '110',
      price: '111.25',
    } as const;
    expect((await gateway.send(both)).kind).toBe('accepted');
    expect(own()).toMatchObject([
      { type: 'MARKET' },
      { type: 'STOP_LOSS', side: 'sell', stopPrice: 9_050 },
      { type: 'STOP_LOSS_LIMIT', side: 'buy', stopPrice: 11_000, price: 11_125 },
    ]);
  });

  it('places a stop and a target as one list, of which the exchange ends both together', async () => {
    await gateway.send({ clientId: 'nbm', symbol, side: 'buy', type: 'market', size: '2' });
    const sell = { symbol, side: 'sell', size: '2.000' } as const;
    const stop = { ...sell, clientId: 'nbs', type: 'stop', stopPrice: '90.50' } as const;
    const target = { ...sell, clientId: 'nbt', type: 'limit', price: '120.00' } as const;
    expect(await gateway.sendPair!({ clientId: 'nblist', orders: [stop, target] })).toMatchObject({
      kind: 'accepted',
      orders: [
        { clientId: 'nbs', status: 'open', size: 2, side: 'sell' },
        { clientId: 'nbt', status: 'open', size: 2, price: 120 },
      ],
    });
    expect(own().slice(1)).toMatchObject([
      { type: 'LIMIT_MAKER', price: 12_000, clientId: 'nbt', list: { clientId: 'nblist', contingency: 'OCO' } },
      { type: 'STOP_LOSS', stopPrice: 9_050, clientId: 'nbs' },
    ]);
    expect(await gateway.cancel(symbol, 'nbs')).toEqual({ kind: 'canceled' });
    expect(await gateway.cancel(symbol, 'nbt')).toEqual({ kind: 'gone' });
    expect(await gateway.findOrder(symbol, 'nbt')).toMatchObject({ status: 'canceled', filled: 0 });
  });

  it('takes a list as a whole or not at all, above and below the price', async () => {
    const buy = { symbol, side: 'buy', size: '0.500' } as const;
    const dip = { ...buy, clientId: 'nbd', type: 'limit', price: '95.00' } as const;
    const breakout = { ...buy, clientId: 'nbb', type: 'stopLimit', stopPrice: '120.00', price: '121.00' } as const;
    expect((await gateway.sendPair!({ clientId: 'nbl1', orders: [breakout, dip] })).kind).toBe('accepted');
    const wrong = { ...dip, clientId: 'nbw', price: '150.00' } as const;
    const other = { ...breakout, clientId: 'nbo' } as const;
    expect(await gateway.sendPair!({ clientId: 'nbl2', orders: [wrong, other] })).toMatchObject({ kind: 'refused' });
    expect(
      own()
        .map(({ clientId }) => clientId)
        .sort(),
    ).toEqual(['nbb', 'nbd']);
  });

  it("says in the exchange's words what it refuses", async () => {
    expect(await gateway.send(limit('nbrich', { size: '900' }))).toMatchObject({
      kind: 'refused',
      code: 'insufficient-funds',
      reason: expect.stringContaining('insufficient balance') as string,
    });
    expect(await gateway.send(limit('nbsmall', { size: '0.001' }))).toMatchObject({ kind: 'refused' });
    expect(own()).toEqual([]);
  });

  it('does not send an order that would be changed on its way', async () => {
    expect(await gateway.send(limit('nbfine', { size: '0.3005' }))).toMatchObject({
      kind: 'refused',
      reason: "size 0.3005 is not on the exchange's steps: it would be sent as 0.3",
    });
    expect(await gateway.send(limit('nbprice', { price: '95.105' }))).toMatchObject({ kind: 'refused' });
    expect(own()).toEqual([]);
  });

  it('finds an order by its client id, open or over, and says when there is none', async () => {
    const other = venue.gateway();
    await other.open(() => undefined);
    await gateway.send(limit('nbone'));
    expect(await other.findOrder(symbol, 'nbone')).toMatchObject({ clientId: 'nbone', status: 'open' });
    expect(await gateway.cancel(symbol, 'nbone')).toEqual({ kind: 'canceled' });
    expect(await other.findOrder(symbol, 'nbone')).toMatchObject({ status: 'canceled', filled: 0 });
    expect(await other.findOrder(symbol, 'nbnone')).toBeUndefined();
  });

  it('cancels by client id alone, and says when nothing of it is open', async () => {
    const other = venue.gateway();
    await other.open(() => undefined);
    await gateway.send(limit('nbone'));
    expect(await other.cancel(symbol, 'nbone')).toEqual({ kind: 'canceled' });
    expect(await gateway.cancel(symbol, 'nbone')).toEqual({ kind: 'gone' });
    expect(await gateway.cancel(symbol, 'nbnone')).toEqual({ kind: 'gone' });
  });

  it('lists open orders, every execution with its fee, and every balance', async () => {
    await gateway.send(limit('nbone'));
    for (let k = 0; k < 5; k++)
      await gateway.send({ clientId: `nbm${k}`, symbol, side: 'buy', type: 'market', size: '0.5' });
    expect(await gateway.openOrders([symbol])).toMatchObject([{ clientId: 'nbone', status: 'open' }]);
    const fills = await gateway.fills(symbol, systemRuntime.now() - 3.5 * 86_400_000);
    expect(fills).toHaveLength(5);
    expect(new Set(fills.map(({ id }) => id)).size).toBe(5);
    expect(fills[0]).toMatchObject({ side: 'buy', price: 100.1, size: 0.5, fee: 0.0005, feeCurrency: 'BTC' });
    const balances = await gateway.balances();
    const money = Object.fromEntries(balances.map(({ currency, free, used }) => [currency, [free, used]]));
    expect(money).toEqual({ USDT: [50_000 - 28.53 - 250.25, 28.53], BTC: [102.4975, 0] });
  });
});

describe('when nothing can be heard', () => {
  it.each([
    ['the answer is lost', 'lost-answer', true],
    ['the answer is a web page', 'spoiled-answer', true],
    ['a web page comes instead', 'web-page', false],
    ['the connection is reset', 'reset', false],
    ['the server hangs', 'hang', false],
    ['the gateway before it is broken', 'bad-gateway', false],
    ['the server fails', 'server-error', false],
    ['the body is empty', 'empty-body', false],
    ['the JSON is broken', 'broken-json', false],
  ] as const)('calls the outcome unknown when %s', async (_, kind, isThere) => {
    venue.strike({ kind, path: '/order', method: 'POST' });
    const outcome = await gateway.send(limit('nbone'));
    expect(outcome.kind).toBe('unknown');
    expect(own()).toHaveLength(isThere ? 1 : 0);
    expect(await gateway.findOrder(symbol, 'nbone')).toEqual(isThere ? (expect.anything() as unknown) : undefined);
    expect(venue.server.served.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it("takes a 429 for the exchange's word that nothing was done", async () => {
    venue.strike({ kind: 'too-many-requests', path: '/order', method: 'POST' });
    expect(await gateway.send(limit('nbone'))).toMatchObject({ kind: 'refused', code: 'rate-limit' });
    expect(own()).toEqual([]);
  });

  it('throws when it cannot say whether there is an order, and calls a cancel without an answer unknown', async () => {
    await gateway.send(limit('nbone'));
    venue.strike(
      { kind: 'bad-gateway', path: '/order', method: 'GET' },
      { kind: 'lost-answer', path: '/order', method: 'DELETE' },
    );
    await expect(gateway.findOrder(symbol, 'nbone')).rejects.toThrow('HTTP 502');
    expect((await gateway.cancel(symbol, 'nbone')).kind).toBe('unknown');
    expect(await gateway.findOrder(symbol, 'nbone')).toMatchObject({ status: 'canceled' });
  });
});

describe('an answer about something else', () => {
  /** Lets an answer of ccxt come changed, as a proxy or a server that mixes clients up would. */
  async function mixUp(
    method: string,
    change: (row: Record<string, unknown>) => Record<string, unknown>,
  ): Promise<void> {
    const { store } = gateway as unknown as { store: { open(): Promise<Record<string, unknown>> } };
    const exchange = await store.open();
    const call = (exchange[method] as (...args: unknown[]) => Promise<unknown>).bind(exchange);
    exchange[method] = async (...args: unknown[]) => {
      const answer = await call(...args);
      return Array.isArray(answer) ? answer.map(change) : change(answer as Record<string, unknown>);
    };
  }

  it.each([
    ['another client id', { clientOrderId: 'nbother' }, 'client id nbother'],
    ['another symbol', { symbol: 'ETH/USDT' }, 'symbol ETH/USDT'],
    ['another id', { id: '4711' }, 'id 4711'],
  ])('is not taken for ours: an order of %s', async (_, other, named) => {
    await gateway.send(limit('nbone'));
    await mixUp('fetchOrder', (row) => ({ ...row, ...other }));
    await expect(gateway.findOrder(symbol, 'nbone')).rejects.toMatchObject({ code: 'foreign-answer' });
    await expect(gateway.findOrder(symbol, 'nbone')).rejects.toThrow(`an order of ${named} when asked for nbone`);
  });

  it('leaves the outcome of an order unknown', async () => {
    await mixUp('createOrder', (row) => ({ ...row, clientOrderId: 'nbother' }));
    expect(await gateway.send(limit('nbone'))).toMatchObject({ kind: 'unknown' });
    expect(await gateway.findOrder(symbol, 'nbone')).toMatchObject({ clientId: 'nbone', status: 'open' });
  });

  it('is left out of lists: open orders and executions of other symbols', async () => {
    await gateway.send(limit('nbone'));
    await gateway.send({ clientId: 'nbm', symbol, side: 'buy', type: 'market', size: '1' });
    await mixUp('fetchOpenOrders', (row) => ({ ...row, symbol: 'ETH/USDT' }));
    await mixUp('fetchMyTrades', (row) => ({ ...row, symbol: 'ETH/USDT' }));
    expect(await gateway.openOrders([symbol])).toEqual([]);
    expect(await gateway.fills(symbol, Date.now() - 60_000)).toEqual([]);
  });
});

describe('the user stream', () => {
  it('is live when it is open, and tells of orders, executions and balances', async () => {
    expect(events.at(0)).toMatchObject({ type: 'status', state: 'live' });
    await gateway.send({ clientId: 'nbm', symbol, side: 'buy', type: 'market', size: '2' });
    await expect.poll(() => events.find(({ type }) => type === 'fill')).toMatchObject({ price: 100.1, size: 2, fee: 0.002, feeCurrency: 'BTC' }); // prettier-ignore
    await expect.poll(() => events.find(({ type }) => type === 'order')).toMatchObject({ clientId: 'nbm' });
    await expect.poll(() => events.filter(({ type }) => type === 'balance').length).toBeGreaterThan(0);
  });

  it('comes back after a drop, and says so in between', async () => {
    for (const { socket } of [...venue.face.clients]) socket.close('dropped');
    const states = (): string[] => events.flatMap((event) => (event.type === 'status' ? [event.state] : []));
    await expect.poll(states).toEqual(['live', 'resyncing', 'live']);
    await gateway.send({ clientId: 'nbafter', symbol, side: 'buy', type: 'market', size: '1' });
    await expect.poll(() => events.some(({ type }) => type === 'fill')).toBe(true);
  });
});

describe('refusals', () => {
  it('refuses real money, other servers, exchanges without a test network, and accounts without a key', async () => {
    expect(() => new CcxtGateway({ exchange: 'binance', ...keys })).toThrow(
      'orders on a real-money account of binance are refused: set sandbox: true, use paper mode, or arm a session in mode live',
    );
    expect(() => new CcxtGateway({ exchange: 'binance', url: 'https://api.binance.com', ...keys })).toThrow(
      "orders go only to a local exchange or a sandbox, url was 'https://api.binance.com'",
    );
    const kraken = new CcxtGateway({ exchange: 'kraken', sandbox: true, ...keys });
    await expect(kraken.open(() => undefined)).rejects.toThrow('kraken has no sandbox: use paper mode');
    const keyless = new CcxtGateway({ exchange: 'binance', url: venue.url, publicOnly: true });
    await expect(keyless.open(() => undefined)).rejects.toThrow('binance has no key: orders need a key');
  });

  it('keeps the key and the secret out of what it says', async () => {
    const wrong = venue.gateway({ secret: 'wrong-secret-value' });
    const error: unknown = await wrong.open(() => undefined).catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain('wrong-secret-value');
    expect(String(error)).not.toContain(keys.apiKey);
    expect(error).toMatchObject({ code: 'auth' });
  });

  it('takes an exchange that has demo trading in place of a test network', async () => {
    const store = new CcxtGateway({ exchange: 'bitget', sandbox: true, ...keys, password: 'phrase-value' });
    const { store: inner } = store as unknown as { store: { open(): Promise<{ options: Record<string, unknown> }> } };
    expect((await inner.open()).options['sandboxMode']).toBe(true);
  });
});

it.each([-20_000, 20_000])(
  'measures the clock again where the exchange’s is %d ms off, and stamps by it',
  async (ms) => {
    venue.skew(ms);
    expect(await gateway.send(limit('nbskew'))).toMatchObject({ kind: 'accepted' });
    expect(own()).toHaveLength(1);
    venue.skew(-ms);
    expect(await gateway.balances()).not.toHaveLength(0);
    expect(await gateway.cancel(symbol, 'nbskew')).toEqual({ kind: 'canceled' });
  },
);

it('stamps requests by the clock it is given', async () => {
  const ahead = new CcxtGateway({ exchange: 'binance', url: venue.url, ...keys, rateLimitMs: 0 }, systemRuntime, () => systemRuntime.now() + 3_600_000); // prettier-ignore
  await expect(ahead.open(() => undefined)).rejects.toMatchObject({ code: 'clock-skew' });
  await ahead.close();
});
