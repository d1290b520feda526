/** Ways around arming: whatever is left out, forged, edited or changed later, no order for real money leaves. */
import { Socket } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  armingRecord,
  CcxtGateway,
  CcxtStore,
  readArmingRequest,
  RealOrders,
  type CcxtStoreOptions,
} from '../../../src/connectors/ccxt/index.ts';
import { temporaryFolder } from '../../venue/local.ts';

const keys = { apiKey: 'LIVE-KEY-1234567890', secret: 'LIVE-SECRET-1234567890' };
const account = new CcxtStore({ exchange: 'binance', ...keys }).accountId!;
const facts = { exchange: 'binance', account, strategy: 'a1b2', limits: { maxDrawdown: 0.1, maxExposure: 1 } };
const confirmed = { time: 1_700_000_000_000, by: 'a person' };
const allowed = { allowRealOrders: true, environment: { NEXTBAR_ALLOW_REAL_ORDERS: '1' } };
const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '1' };

/** A file with a record, or with something that is none. */
function fileOf(record: unknown): string {
  const path = join(temporaryFolder(), 'arming.json');
  writeFileSync(path, typeof record === 'string' ? record : JSON.stringify(record));
  return path;
}

const record = armingRecord(facts, confirmed);
const permit = (): RealOrders => RealOrders.of({ ...allowed, path: fileOf(record), facts });
const permitFor = (exchange: string, own: Partial<CcxtStoreOptions>): RealOrders => {
  const id = new CcxtStore({ exchange, ...own }).accountId!;
  const mine = { ...facts, exchange, account: id };
  return RealOrders.of({ ...allowed, path: fileOf(armingRecord(mine, confirmed)), facts: mine });
};

type Endpoints = Record<string, (params: object) => Promise<unknown>> & {
  apiKey: string;
  urls: Record<string, unknown>;
  client(url: string): { connect(): Promise<unknown>; send(message: unknown): Promise<unknown> };
};

async function armedExchange(exchange = 'binance', own: Partial<CcxtStoreOptions> = keys): Promise<Endpoints> {
  const realOrders = exchange === 'binance' ? permit() : permitFor(exchange, own);
  const store = new CcxtStore({ exchange, rateLimitMs: 0, streams: true, ...own, realOrders });
  return (await store.open()) as unknown as Endpoints;
}

const asked = (change: object): Promise<unknown> =>
  Promise.resolve().then(() => RealOrders.of({ ...allowed, path: fileOf(record), facts, ...change }));
const forged = (realOrders: unknown): Promise<unknown> =>
  Promise.resolve().then(() => new CcxtGateway({ exchange: 'binance', ...keys, realOrders } as CcxtStoreOptions));

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  // The words.
  'no word in code': () => asked({ allowRealOrders: undefined }),
  'a word that is not true': () => asked({ allowRealOrders: 'true' }),
  'no word in the environment': () => asked({ environment: {} }),
  'an empty word in the environment': () => asked({ environment: { NEXTBAR_ALLOW_REAL_ORDERS: '' } }),
  'another word in the environment': () => asked({ environment: { NEXTBAR_ALLOW_REAL_ORDERS: 'yes' } }),
  // The record.
  'no record': () => asked({ path: join(temporaryFolder(), 'none.json') }),
  'a record that is not JSON': () => asked({ path: fileOf('yes') }),
  'a record that is a list': () => asked({ path: fileOf([]) }),
  'a request in place of the record': () => asked({ path: fileOf({ format: 1, ...facts }) }),
  'a record with another account put in': () => asked({ path: fileOf({ ...record, account: 'another' }), facts: { ...facts, account: 'another' } }), // prettier-ignore
  'a record with looser limits put in': () => asked({ path: fileOf({ ...record, limits: {} }), facts: { ...facts, limits: {} } }), // prettier-ignore
  'a record without its seal': () => asked({ path: fileOf({ ...record, seal: undefined }) }),
  'another account': () => asked({ facts: { ...facts, account: 'another' } }),
  'another exchange': () => asked({ facts: { ...facts, exchange: 'kraken' } }),
  'another strategy': () => asked({ facts: { ...facts, strategy: 'c3d4' } }),
  'looser limits': () => asked({ facts: { ...facts, limits: { ...facts.limits, maxDrawdown: 0.5 } } }),
  'one limit less': () => asked({ facts: { ...facts, limits: { maxDrawdown: 0.1 } } }),
  'one limit more': () => asked({ facts: { ...facts, limits: { ...facts.limits, maxOrdersPerMinute: 5 } } }),
  // The permission.
  'an object with the fields of a permission': () => forged({ exchange: 'binance', account }),
  'an object with the prototype of a permission': () =>
    forged(Object.assign(Object.create(RealOrders.prototype) as object, { exchange: 'binance', account })),
  'a permission made by hand': () =>
    forged(new (RealOrders as unknown as new (key: symbol, facts: object) => unknown)(Symbol('granted'), facts)),
  'a copy of a permission': () => forged(Object.assign({}, permit())),
  'a permission with its account changed': () =>
    Promise.resolve().then(() => {
      const given = permitFor('binance', { apiKey: 'OTHER-KEY-123456789', secret: keys.secret });
      Object.assign(given, { account });
      return forged(given);
    }),
  'true in place of a permission': () => forged(true),
  'the permission of another account': () =>
    forged(permitFor('binance', { apiKey: 'OTHER-KEY-123456789', secret: 's' })),
  'the permission of another exchange': () => forged(permitFor('kraken', keys)),
  'a permission beside sandbox': () =>
    Promise.resolve().then(() => new CcxtStore({ exchange: 'binance', ...keys, sandbox: true, realOrders: permit() })),
  'a permission with a url of another machine': () =>
    Promise.resolve().then(() => new CcxtGateway({ exchange: 'binance', ...keys, url: 'https://api.binance.com', realOrders: permit() })), // prettier-ignore
  // An armed exchange, changed later.
  'another key set later': async () => {
    const exchange = await armedExchange();
    exchange.apiKey = 'OTHER-KEY-123456789';
    return exchange['privatePostOrder']!(order);
  },
  'another host set later': async () => {
    const exchange = await armedExchange();
    exchange.urls['api'] = { private: 'https://api.binance.example/api/v3' };
    return exchange['privatePostOrder']!(order);
  },
  'a withdrawal': async () => (await armedExchange())['sapiPostCapitalWithdrawApply']!({ coin: 'BTC', address: 'x', amount: '1' }), // prettier-ignore
  'a transfer between wallets': async () => (await armedExchange())['sapiPostAssetTransfer']!({ type: 'MAIN_UMFUTURE', asset: 'USDT', amount: '1' }), // prettier-ignore
  'a transfer to a sub-account': async () => (await armedExchange())['sapiPostSubAccountUniversalTransfer']!({ asset: 'USDT', amount: '1' }), // prettier-ignore
  'a withdrawal from okx': async () => (await armedExchange('okx', { ...keys, password: 'LIVE-PHRASE-123' }))['privatePostAssetWithdrawal']!({ ccy: 'BTC' }), // prettier-ignore
  'a new key of a sub-account of bybit': async () =>
    (await armedExchange('bybit'))['privatePostV5UserCreateSubApi']!({}),
  'a withdrawal from kraken': async () =>
    (await armedExchange('kraken', { apiKey: keys.apiKey, secret: 'TElWRS1TRUNSRVQtMTIzNDU2Nzg5MA==' }))[
      'privatePostWithdraw'
    ]!({ asset: 'XBT', nonce: '1' }),
  'a withdrawal by a socket': async () =>
    (await armedExchange()).client('wss://ws-api.binance.com/ws-api/v3').send({ method: 'capital.withdraw', params: { apiKey: keys.apiKey } }), // prettier-ignore
};

let sockets: string[] = [];

beforeEach(() => {
  sockets = [];
  vi.spyOn(Socket.prototype, 'connect').mockImplementation(function connect(this: Socket, ...args: unknown[]) {
    sockets.push(JSON.stringify(args));
    process.nextTick(() => this.destroy(new Error('a socket was opened')));
    return this;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a way around arming', () => {
  it.each(Object.entries(ways))('is refused before a socket opens: %s', async (_name, way) => {
    const error = await way().then(
      (answer) => new Error(`was let through: ${JSON.stringify(answer)}`),
      (refused: unknown) => refused as Error,
    );
    expect(error.message).not.toMatch(/let through|LIVE-(?:KEY|SECRET|PHRASE)/);
    expect(['ConfigError', 'TypeError'], error.stack).toContain(error.name);
    expect(sockets).toEqual([]);
  });
});

describe('an armed session', () => {
  it('reaches the own hosts of its exchange with the key that was armed', async () => {
    const exchange = await armedExchange();
    exchange['privatePostOrder']!(order).catch(() => undefined);
    await expect.poll(() => sockets.join()).toContain('api.binance.com');
  });

  it('is asked for by a request beside the record, which a person confirms', () => {
    const path = join(temporaryFolder(), 'arming.json');
    const first = (): RealOrders => RealOrders.of({ ...allowed, path, facts });
    expect(first).toThrow(/not armed: there is no record .*confirm it with nextbar live arm .*arming-request\.json/);
    const request = path.replace('arming.json', 'arming-request.json');
    expect(readFileSync(request, 'utf8')).not.toContain('LIVE-');
    writeFileSync(path, JSON.stringify(armingRecord(readArmingRequest(request), confirmed)));
    expect(RealOrders.isGenuine(first())).toBe(true);
  });
});
