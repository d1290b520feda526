/** What goes wrong on loopback, seen by ccxt: orders that were taken and not answered, limits, dropped streams, clients that die. */
import ccxt from 'ccxt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

import { barsFromRows, systemRuntime } from '../../../src/core/index.ts';
import { Faults, openLocalExchange, BarMarket } from '../../../src/venue/index.ts';
import { instrument, localVenue, quietBars, type LocalVenue } from '../faces/binance/local.ts';

const symbol = 'BTC/USDT';

async function struck(kind: string, retryAfter?: number): Promise<{ venue: LocalVenue; error: unknown }> {
  const venue = await localVenue();
  const client = await venue.client();
  client.timeout = 400;
  venue.server.faults = new Faults({
    plan: [{ kind: kind as 'hang', path: '/api/v3/order', method: 'POST', ...(retryAfter !== undefined && { retryAfter }) }],
  });
  const error: unknown = await client
    .createOrder(symbol, 'limit', 'buy', 1, 90, { clientOrderId: 'struck' })
    .catch((thrown: unknown) => thrown);
  return { venue, error };
} // prettier-ignore

describe('an order through ccxt', () => {
  it.each([
    ['hang', ccxt.RequestTimeout, false],
    ['reset', ccxt.NetworkError, false],
    ['too-many-requests', ccxt.DDoSProtection, false],
    ['banned', ccxt.DDoSProtection, false],
    // ccxt looks into the page as if it were an order: what it throws then is none of its own errors.
    ['web-page', TypeError, false],
    ['maintenance', ccxt.ExchangeError, false],
    ['lost-answer', ccxt.RequestTimeout, true],
    ['spoiled-answer', TypeError, true],
  ])('struck by %s', async (kind, Expected, isTaken) => {
    const { venue, error } = await struck(kind, 2);
    expect(error).toBeInstanceOf(Expected);
    const client = await venue.client();
    const open = await client.fetchOpenOrders(symbol);
    expect(open.map(({ clientOrderId }) => clientOrderId)).toEqual(isTaken ? ['struck'] : []);
    const look = client.fetchOrder('', symbol, { clientOrderId: 'struck' });
    if (isTaken) expect((await look).status).toBe('open');
    else await expect(look).rejects.toBeInstanceOf(ccxt.OrderNotFound);
  });
});

it('keeps orders and balances when its client is gone, and shows them to the next one', async () => {
  const venue = await localVenue();
  const first = await venue.client({ pro: true });
  await first.createOrder(symbol, 'limit', 'sell', 1, 150, { clientOrderId: 'stays' });
  await first.createOrder(symbol, 'market', 'buy', 0.5);
  await first.close();
  const second = await venue.client({ pro: true });
  expect((await second.fetchOpenOrders(symbol)).map(({ clientOrderId }) => clientOrderId)).toEqual(['stays']);
  expect((await second.fetchBalance())['BTC']).toMatchObject({ free: 1.4995, used: 1 });
  expect(await second.fetchMyTrades(symbol)).toHaveLength(1);
});

it('hangs up on user-data streams alone when told to; what happened meanwhile is there to be asked for', async () => {
  const venue = await localVenue();
  const client = await venue.client({ pro: true });
  const watching = client.watchOrders(symbol);
  watching.catch(() => {});
  await expect.poll(() => [...venue.binance.clients].length).toBe(1);
  // ccxt leaves a rejection to nobody when it is cut off while it subscribes.
  await systemRuntime.sleep(200);
  venue.binance.hangUp('user');
  await expect(watching).rejects.toBeInstanceOf(ccxt.NetworkError);
  const order = await client.createOrder(symbol, 'market', 'buy', 1);
  expect(await client.fetchMyTrades(symbol)).toMatchObject([{ order: order.id, amount: 1 }]);
});

it('refuses more requests than it allows, and says how long to wait', async () => {
  const venue = await localVenue({ binance: { limits: true } });
  const client = await venue.client();
  const ask = async (): Promise<void> => {
    for (let i = 0; i < 400; i++) await client.fetchBalance();
  };
  await expect(ask()).rejects.toBeInstanceOf(ccxt.DDoSProtection);
  expect(Number((client.last_response_headers as Record<string, string>)['Retry-After'])).toBeGreaterThan(0);
});

it('takes a hundred orders in ten seconds, and refuses more', async () => {
  const venue = await localVenue({ binance: { limits: true } });
  const client = await venue.client();
  const place = (): Promise<unknown> => client.createOrder(symbol, 'limit', 'buy', 0.1, 90);
  let placed = 0;
  await expect(
    (async () => {
      for (; placed < 250; placed++) await place();
    })(),
  ).rejects.toBeInstanceOf(ccxt.DDoSProtection);
  expect(placed).toBeGreaterThanOrEqual(100);
  expect(client.last_http_response).toContain('-1015');
  expect(await client.fetchOpenOrders(symbol)).toHaveLength(placed);
});

it('cuts streams off by the clock and on demand of another process, and says what it does not understand', async () => {
  const market = new BarMarket(systemRuntime, {
    series: [
      {
        instrument,
        bars: barsFromRows(quietBars(Math.floor(systemRuntime.now() / 60_000) * 60_000, 5)),
        timeframe: '1m',
      },
    ],
  });
  const windows = [{ kind: 'refuse', from: 0, to: 300, where: '/ws-api' }] as const;
  const local = await openLocalExchange({ market, windows });
  const { url, binance } = local;
  onTestFinished(() => local.close());
  const connect = (path: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`);
      socket.onopen = () => {
        resolve('open');
      };
      socket.onclose = () => {
        resolve('closed');
      };
    });
  // The upgrade is taken before the fault cuts it off: a client sees a socket that opens and closes.
  await connect('/ws-api/v3');
  expect([...binance.clients]).toHaveLength(0);
  expect(await connect('/stream')).toBe('open');
  await systemRuntime.sleep(350);
  expect(await connect('/ws-api/v3')).toBe('open');
  expect([...binance.clients]).toHaveLength(2);
  const tell = async (body: string): Promise<number> =>
    (await fetch(`${url}/nextbar/streams`, { method: 'PUT', body })).status;
  expect(await tell('{"hangUp":"user"}')).toBe(200);
  expect([...binance.clients]).toHaveLength(1);
  expect(await tell('{"hangUp":"us"}')).toBe(400);
  expect((await fetch(`${url}/nextbar/other`)).status).toBe(404);
});
