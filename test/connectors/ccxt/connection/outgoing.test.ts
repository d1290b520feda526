/** The gate for what goes out: every way to a real-money endpoint that we know of is refused before a socket opens. */
import { Socket } from 'node:net';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CcxtGateway, CcxtStore, type CcxtStoreOptions } from '../../../../src/connectors/ccxt/index.ts';
import { movesMoney } from '../../../../src/connectors/ccxt/connection/outgoing.ts';
import { temporaryFolder } from '../../../venue/local.ts';

const keys = { apiKey: 'LIVE-KEY-1234567890', secret: 'LIVE-SECRET-1234567890' };
const phrase = { ...keys, password: 'LIVE-PHRASE-123' };

/** A ccxt exchange with the methods that it makes from its list of endpoints. */
type Endpoints = Record<string, (params: object) => Promise<unknown>> & {
  urls: Record<string, unknown>;
  headers: Record<string, string>;
  options: Record<string, unknown>;
  setSandboxMode(on: boolean): void;
  enableDemoTrading(on: boolean): void;
  fetch(url: string, method?: string, headers?: object, body?: string): Promise<unknown>;
  watch(url: string, hash: string, message?: unknown, subscribe?: string): Promise<unknown>;
  client(url: string): {
    url: string;
    connect(): Promise<unknown>;
    send(message: unknown): Promise<unknown>;
    future(hash: string): Promise<unknown>;
    reset(error: Error): void;
  };
};

async function opened(options: Partial<CcxtStoreOptions>): Promise<Endpoints> {
  const store = new CcxtStore({ exchange: 'binance', rateLimitMs: 0, ...options });
  return (await store.open()) as unknown as Endpoints;
}

const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '1' };
const okxOrder = { instId: 'BTC-USDT', tdMode: 'cash', side: 'buy', ordType: 'market', sz: '1' };
const live = 'https://api.binance.com';
const placed = `${live}/api/v3/order`;
const liveSocket = 'wss://ws-api.binance.com/ws-api/v3';
const local = { url: 'http://127.0.0.1:9' };

/** A sandbox store after something was changed on ccxt's object. */
async function changed(
  change: (exchange: Endpoints) => void,
  options: Partial<CcxtStoreOptions> = {},
): Promise<Endpoints> {
  const exchange = await opened({ sandbox: true, ...keys, ...options });
  change(exchange);
  return exchange;
}

function keyFile(content: object): string {
  const file = join(temporaryFolder(), 'keys.json');
  writeFileSync(file, JSON.stringify(content));
  chmodSync(file, 0o600);
  return file;
}

async function withEnvironment<T>(values: Record<string, string>, act: () => Promise<T>): Promise<T> {
  for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value);
  try {
    return await act();
  } finally {
    vi.unstubAllEnvs();
  }
}

/** Each tries to reach an order endpoint, or an account, of a live exchange. */
const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  // Options.
  'no sandbox': async () => (await opened(keys))['privatePostOrder']!(order),
  'sandbox: false': async () => (await opened({ sandbox: false, ...keys }))['privatePostOrder']!(order),
  'sandbox: false with a private read': async () =>
    (await opened({ sandbox: false, ...keys }))['privateGetAccount']!({}),
  'config.sandbox false beside sandbox': () => opened({ sandbox: true, config: { sandbox: false, ...keys } }),
  'config.sandbox false alone': () => opened({ config: { sandbox: false, ...keys } }),
  'keys in config': async () => (await opened({ config: keys }))['privatePostOrder']!(order),
  'config.urls.test': () =>
    opened({ sandbox: true, ...keys, config: { urls: { test: { private: `${live}/api/v3` } } } }),
  'config.urls.api beside a local url': () =>
    opened({ ...local, ...keys, config: { urls: { api: { private: `${live}/api/v3` } } } }),
  'config.urls.api beside sandbox': () =>
    opened({ sandbox: true, ...keys, config: { urls: { api: { private: live } } } }),
  'config.hostname': () => opened({ exchange: 'bybit', sandbox: true, ...keys, config: { hostname: 'bybit.com' } }),
  'config.headers that undo the demo mark': () =>
    opened({ exchange: 'okx', sandbox: true, ...phrase, config: { headers: { 'x-simulated-trading': '0' } } }),
  'okx with sandbox false in config': () =>
    opened({ exchange: 'okx', sandbox: true, ...phrase, config: { sandbox: false } }),
  'a fetch of its own in config': () =>
    opened({ sandbox: true, ...keys, config: { fetch: () => Promise.resolve({}) } }),
  'a sign of its own in config': () => opened({ sandbox: true, ...keys, config: { sign: () => ({ url: placed }) } }),
  'a fetchImplementation in config': () => opened({ ...keys, config: { fetchImplementation: globalThis.fetch } }),
  'config.proxyUrl': async () =>
    (await opened({ sandbox: true, ...keys, config: { proxyUrl: 'https://proxy.example/?to=' } }))['privatePostOrder']!(
      order,
    ),
  'a url of another machine': async () => (await opened({ url: live, ...keys }))['privatePostOrder']!(order),
  'a gateway with a url of another machine': () =>
    Promise.resolve().then(() => new CcxtGateway({ exchange: 'binance', url: live, ...keys })),
  'a gateway without a sandbox': () => Promise.resolve().then(() => new CcxtGateway({ exchange: 'binance', ...keys })),
  'a url that only begins like this machine': async () =>
    (await opened({ url: 'http://127.0.0.1.example.com', ...keys }))['privatePostOrder']!(order),
  // The environment and files.
  'live keys of the environment': () =>
    withEnvironment({ BINANCE_API_KEY: keys.apiKey, BINANCE_SECRET: keys.secret }, async () =>
      (await opened({}))['privatePostOrder']!(order),
    ),
  'live keys of a file': async () => {
    const configFile = keyFile({ binance: { live: keys } });
    return (await opened({ configFile }))['privatePostOrder']!(order);
  },
  'test keys of the environment on a live host': () =>
    withEnvironment({ BINANCE_SANDBOX_API_KEY: keys.apiKey, BINANCE_SANDBOX_SECRET: keys.secret }, async () =>
      (await changed((exchange) => exchange.setSandboxMode(false), { apiKey: keys.apiKey }))['privatePostOrder']!(
        order,
      ),
    ),
  // Changes to the object that open() hands out.
  'setSandboxMode(false)': async () =>
    (await changed((exchange) => exchange.setSandboxMode(false)))['privatePostOrder']!(order),
  'setSandboxMode(false) on okx': async () =>
    (await changed((exchange) => exchange.setSandboxMode(false), { exchange: 'okx', ...phrase }))[
      'privatePostTradeOrder'
    ]!(okxOrder),
  'okx without the demo header': async () =>
    (await changed((exchange) => (exchange.headers = {}), { exchange: 'okx', ...phrase }))['privatePostTradeOrder']!(
      okxOrder,
    ),
  'okx with the demo header undone by another spelling': async () =>
    (await changed((exchange) => (exchange.headers['X-Simulated-Trading'] = '0'), { exchange: 'okx', ...phrase }))[
      'privatePostTradeOrder'
    ]!(okxOrder),
  'bitget without the demo option': async () =>
    (await changed((exchange) => (exchange.options['sandboxMode'] = false), { exchange: 'bitget', ...phrase }))[
      'privateSpotPostV2SpotTradePlaceOrder'
    ]!({}),
  'other urls': async () =>
    (await changed((exchange) => (exchange.urls['api'] = { private: `${live}/api/v3` })))['privatePostOrder']!(order),
  'the live urls put back': async () =>
    (await changed((exchange) => (exchange.urls['api'] = exchange.urls['apiBackup'])))['privatePostOrder']!(order),
  'another hostname': async () =>
    (
      await changed(
        (exchange) => {
          exchange.urls['api'] = { private: 'https://api.{hostname}' };
          exchange['hostname'] = 'bybit.com' as never;
        },
        { exchange: 'bybit' },
      )
    )['privatePostV5OrderCreate']!({}),
  'a proxyUrl': async () =>
    (await changed((exchange) => (exchange['proxyUrl'] = `${live}/?` as never)))['privatePostOrder']!(order),
  'a fetch that was put back': async () =>
    (
      await changed((exchange) => {
        Reflect.deleteProperty(exchange, 'fetch');
        exchange.setSandboxMode(false);
      })
    )['privatePostOrder']!(order),
  'a fetch of its own on the object': async () =>
    (
      await changed((exchange) => {
        exchange.fetch = (url, method, headers, body) =>
          globalThis.fetch(url, { method: method!, headers: headers as Record<string, string>, body: body! });
        exchange.setSandboxMode(false);
      })
    )['privatePostOrder']!(order),
  'a fetch of its own on okx, which the demo mark does not reach': async () =>
    (
      await changed(
        (exchange) => {
          exchange.fetch = (url, method, headers, body) =>
            globalThis.fetch(url, { method: method!, headers: headers as Record<string, string>, body: body! });
        },
        { exchange: 'okx', ...phrase },
      )
    )['privatePostTradeOrder']!(okxOrder),
  'an undiciRequest that was deleted': async () =>
    (
      await changed((exchange) => {
        Reflect.deleteProperty(exchange, 'undiciRequest');
        exchange.setSandboxMode(false);
      })
    )['privatePostOrder']!(order),
  'a fetchImplementation of another kind': async () =>
    (
      await changed((exchange) => {
        exchange['fetchImplementation'] = globalThis.fetch as never;
        exchange.setSandboxMode(false);
      })
    )['privatePostOrder']!(order),
  'a sign that was replaced': async () =>
    (
      await changed((exchange) => {
        exchange['sign'] = (() => ({ url: placed, method: 'POST', headers: {}, body: 'symbol=BTCUSDT' })) as never;
      })
    )['privatePostOrder']!(order),
  'a private endpoint called public': async () =>
    (await changed((exchange) => exchange.setSandboxMode(false)))['sapiGetAccountStatus']!({}),
  'the demo of a live store': async () => {
    const exchange = await opened(keys);
    exchange.enableDemoTrading(true);
    return exchange['privatePostOrder']!(order);
  },
  'a live store that becomes a sandbox': async () => {
    const exchange = await opened(keys);
    exchange.urls['api'] = exchange.urls['test'];
    return exchange['privatePostOrder']!(order);
  },
  // Requests by hand.
  'an order by fetch': async () => (await opened({})).fetch(placed, 'POST', {}, 'symbol=BTCUSDT&side=BUY'),
  'an order by fetch with the key in a header': async () =>
    (await opened({ sandbox: true, ...keys })).fetch(placed, 'POST', { 'X-MBX-APIKEY': keys.apiKey }, 'symbol=BTCUSDT'),
  'an order by GET': async () => (await opened({})).fetch('https://www.deribit.com/api/v2/private/buy?amount=1', 'GET'),
  'the key in a list of headers': async () =>
    (await opened({ sandbox: true, ...keys })).fetch(`${live}/api/v3/time`, 'GET', [['a', keys.apiKey]]),
  'the key in the bytes of a body': async () =>
    (await opened({ sandbox: true, ...keys })).fetch(
      'https://api.hyperliquid.xyz/info',
      'POST',
      {},
      Buffer.from(`{"type":"meta","note":"${keys.apiKey}"}`) as unknown as string,
    ),
  'a body that can be read only once': async () =>
    (await opened({ sandbox: true, ...keys })).fetch(
      'https://api.hyperliquid.xyz/info',
      'POST',
      {},
      new ReadableStream() as unknown as string,
    ),
  'an order by an address with a user in it': async () =>
    (await opened({ sandbox: true, ...keys })).fetch(
      'https://testnet.binance.vision@api.binance.com/api/v3/order',
      'POST',
      {},
      'symbol=BTCUSDT',
    ),
  'the key in an address': async () =>
    (await opened({ sandbox: true, ...keys })).fetch(`${live}/api/v3/time?x=${keys.apiKey}`),
  'a user and password in an address': async () =>
    (await opened({})).fetch('https://user:word@api.binance.com/api/v3/time'),
  'a listen key': async () => (await opened(keys))['publicPostUserDataStream']!({}),
  // WebSockets.
  'an order by socket': async () =>
    (await changed(() => undefined, { streams: true })).watch(
      liveSocket,
      'x',
      { method: 'order.place', params: {} },
      'x',
    ),
  'a login by socket': async () =>
    (await opened({ exchange: 'okx', ...phrase, streams: true })).watch(
      'wss://ws.okx.com:8443/ws/v5/private',
      'x',
      { op: 'login', args: [] },
      'x',
    ),
  'an auth by socket': async () =>
    (await opened({ exchange: 'bybit', ...keys, streams: true })).watch(
      'wss://stream.bybit.com/v5/trade',
      'x',
      { op: 'auth', args: [1, 2] },
      'x',
    ),
  'a private stream': async () =>
    (await opened({ exchange: 'bybit', streams: true })).client('wss://stream.bybit.com/v5/private').connect(),
  'a stream by listen key': async () =>
    (await opened({ streams: true })).client(`wss://stream.binance.com:9443/ws/${'a1B2'.repeat(16)}`).connect(),
  'a message on an open socket': async () =>
    (await opened({ streams: true, ...keys }))
      .client(liveSocket)
      .send(`{"method":"session.logon","params":{"apiKey":"${keys.apiKey}"}}`),
  'watchOrders of a live store': async () => (await opened({ streams: true, ...keys }))['watchBalance']!({}),
  'createOrderWs of a sandbox gone live': async () =>
    (await changed((exchange) => exchange.setSandboxMode(false), { exchange: 'bybit', streams: true }))[
      'watchMyTrades'
    ]!(undefined as never),
};

let sockets: string[] = [];

beforeEach(() => {
  sockets = [];
  vi.spyOn(Socket.prototype, 'connect').mockImplementation(function connect(this: Socket, ...args: unknown[]) {
    sockets.push(JSON.stringify(args).slice(0, 100));
    process.nextTick(() => this.destroy(new Error('a socket was opened')));
    return this;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a way to real money', () => {
  it('is one of at least forty', () => {
    expect(Object.keys(ways).length).toBeGreaterThanOrEqual(40);
  });

  it.each(Object.entries(ways))('is refused before a socket opens: %s', async (_name, way) => {
    const error = await way().then(
      (answer) => new Error(`was let through: ${JSON.stringify(answer)}`),
      (refused: unknown) => refused as Error & { code?: string },
    );
    expect(error).toMatchObject({ name: 'ConfigError' });
    expect(error.message).not.toMatch(/LIVE-(?:KEY|SECRET|PHRASE)/);
    expect(sockets).toEqual([]);
  });
});

describe('a client of ccxt that has a name in place of an address', () => {
  it('keeps what is under way, opens no socket and sends nothing', async () => {
    const client = (await opened({ streams: true, ...keys })).client('authenticationFlights');
    await expect(client.send({ method: 'order.place' })).rejects.toThrow('real orders are not armed');
    await expect((async () => client.connect())()).rejects.toThrow(/URL/);
    expect(sockets).toEqual([]);
    // ccxt's timer of the connection would find no socket, and end the process.
    expect((client as { connectionTimer?: unknown }).connectionTimer).toBeUndefined();
  });
});

describe('a connection of ccxt that is lost', () => {
  it('ends no process by a promise that nobody waits for', async () => {
    const client = (await opened({ exchange: 'binanceusdm', streams: true })).client(
      'wss://fstream.binance.com/ws/one',
    );
    const unhandled: unknown[] = [];
    const note = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const awaited = client.future('future:position');
    void client.future('future:fetchPositionsSnapshot');
    client.reset(new Error('connection closed by remote server, closing code 1006'));
    await expect(awaited).rejects.toThrow('closing code 1006');
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});

describe('what is not real money', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['public data of a live host', async () => (await opened({}))['publicGetTime']!({})],
    [
      'public data of a live host where live keys are at hand',
      async () => (await opened(keys))['publicGetKlines']!({ symbol: 'BTCUSDT' }),
    ],
    [
      'public data that is asked for by POST',
      async () => (await opened({ exchange: 'hyperliquid' }))['publicPostInfo']!({ type: 'meta' }),
    ],
    [
      'an order on the test network',
      async () => (await opened({ sandbox: true, ...keys }))['privatePostOrder']!(order),
    ],
    [
      'a demo order on okx',
      async () => (await opened({ exchange: 'okx', sandbox: true, ...phrase }))['privatePostTradeOrder']!(okxOrder),
    ],
    [
      'a demo order on bitget',
      async () =>
        (await opened({ exchange: 'bitget', sandbox: true, ...phrase }))['privateSpotPostV2SpotTradePlaceOrder']!({}),
    ],
    ['an order on a local exchange', async () => (await opened({ ...local, ...keys }))['privatePostOrder']!(order)],
    [
      'a public stream',
      async () => (await opened({ streams: true })).client('wss://stream.binance.com:9443/ws').connect(),
    ],
  ])('leaves: %s', async (_name, act) => {
    act().catch(() => undefined);
    await expect.poll(() => sockets.length).toBeGreaterThan(0);
  });
});

describe('what moves money off an account, or makes keys', () => {
  // Write endpoints as ccxt names them, which no session has a use for.
  const never = [
    'sapi/v1/capital/withdraw/apply', 'sapi/v1/asset/transfer', 'sapi/v1/giftcard/createCode', 'sapi/v1/giftcard/buyCode',
    'sapi/v1/sub-account/virtualSubAccount', 'api/v5/asset/withdrawal', 'api/v5/users/subaccount/create', 'v5/user/create-sub-api',
    'v5/user/create-demo-member', 'v5/broker/award/distribute-award', '0/private/Withdraw', '0/private/WalletTransfer',
    'bank/create', 'api/v4/wallet/sub_account_transfers', 'user/v1/sub/virtual-api-create', 'v3/user/create-sub',
    'v3/p2p/ad-create', 'c2c/offer', 'auth/w/deposit/invoice', 'v2/accounts/1/transactions/payouts',
  ]; // prettier-ignore
  const acts = [
    'usdSend',
    'spotSend',
    'withdraw3',
    'approveAgent',
    'approveBuilderFee',
    'sendAsset',
    'usdClassTransfer',
  ];
  const trades = [
    'api/v3/order', 'api/v3/order/cancelReplace', 'fapi/v1/leverage', 'fapi/v1/algoOrder', 'api/v5/trade/order', 'api/v5/trade/cancel-all-after',
    'v5/order/create', 'v5/position/set-leverage', '0/private/AddOrder', '0/private/GetWebSocketsToken', 'api/v4/spot/orders', 'api/v1/hf/orders',
    'api/v3/brokerage/orders/batch_cancel', 'api/v3/userDataStream', 'api/v1/bullet-private',
  ]; // prettier-ignore

  it.each(never)('never leaves: %s', (path) => {
    expect(movesMoney({ url: `https://exchange.example/${path}`, body: '' })).toBe(true);
  });

  it.each(acts)('never leaves as an action in a body: %s', (type) => {
    const body = JSON.stringify({ action: { type, amount: '1' }, nonce: 1 });
    expect(movesMoney({ url: 'https://exchange.example/exchange', body })).toBe(true);
  });

  it.each(trades)('is not %s', (path) => {
    expect(movesMoney({ url: `https://exchange.example/${path}`, body: 'symbol=BTCUSDT&side=BUY&type=LIMIT' })).toBe(
      false,
    );
  });
});
