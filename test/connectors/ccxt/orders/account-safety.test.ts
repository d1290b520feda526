/** Safety of an account through real ccxt: keys that may withdraw, and the venue's dead-man switch. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CcxtGateway } from '../../../../src/connectors/ccxt/index.ts';
import { mayWithdraw } from '../../../../src/connectors/ccxt/orders/account-safety.ts';
import { loadExchangeClass } from '../../../../src/connectors/ccxt/connection/modules.ts';
import type { CcxtExchange } from '../../../../src/connectors/ccxt/connection/exchange.ts';
import { createBars, systemRuntime } from '../../../../src/core/index.ts';
import { BarMarket, openLocalExchange, type LocalExchange } from '../../../../src/venue/index.ts';

describe('a key that may withdraw', () => {
  /** What each venue answers, as its documentation shows it, by path. */
  const answers: Record<string, unknown> = {};
  const asked: string[] = [];
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url!.split('?')[0]!;
      asked.push(path);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answers[path] ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  /** Real ccxt, whose hosts are the server of this test. */
  async function exchangeOf(exchange: string): Promise<CcxtExchange> {
    const ccxt = new (await loadExchangeClass(exchange))({
      apiKey: 'key',
      secret: 'secret',
      password: 'word',
      enableRateLimit: false,
    });
    const own = ccxt as unknown as { fetch: unknown };
    // What is asked passes as plain HTTP to this test, and never leaves the machine.
    own.fetch = async (address: string, method: string): Promise<unknown> => {
      const { pathname } = new URL(address);
      return (await fetch(`${url}${pathname}`, { method })).json();
    };
    return ccxt;
  }

  it.each([
    ['okx', '/api/v5/account/config', { code: '0', data: [{ uid: '1', perm: 'read_only,withdraw,trade' }], msg: '' }, { code: '0', data: [{ uid: '1', perm: 'read_only,trade' }], msg: '' }],
    ['bybit', '/v5/user/query-api', { retCode: 0, result: { permissions: { Wallet: ['AccountTransfer', 'Withdraw'] } } }, { retCode: 0, result: { permissions: { Wallet: ['AccountTransfer'], Spot: ['SpotTrade'] } } }],
    ['binance', '/sapi/v1/account/apiRestrictions', { ipRestrict: false, enableWithdrawals: true }, { ipRestrict: false, enableWithdrawals: false }],
  ])('is told from one that may not by what %s answers', async (id, path, may, mayNot) => {
    const exchange = await exchangeOf(id);
    answers[path] = may;
    expect([await mayWithdraw(exchange), asked.at(-1)]).toEqual([true, path]);
    answers[path] = mayNot;
    expect(await mayWithdraw(exchange)).toBe(false);
    answers[path] = { code: '50011' };
    expect(await mayWithdraw(exchange)).toBeUndefined();
  }); // prettier-ignore
});

describe('the dead-man switch', () => {
  let exchange: LocalExchange;
  let market: BarMarket;
  const keys = { apiKey: 'key', secret: 'secret' };
  beforeAll(async () => {
    const start = Math.floor(systemRuntime.now() / 60_000) * 60_000 - 60_000;
    const bars = createBars(20);
    for (let i = 0; i < bars.time.length; i++) {
      bars.time[i] = start + i * 60_000;
      bars.open[i] = bars.close[i] = bars.high[i] = bars.low[i] = 100;
      bars.volume[i] = 10;
    }
    const instrument = {
      symbol: 'BTC/USDT:USDT',
      base: 'BTC',
      quote: 'USDT',
      settle: 'USDT',
      priceDecimals: 1,
      sizeDecimals: 3,
    };
    const series = [{ instrument, bars, timeframe: '1m' }];
    market = new BarMarket(systemRuntime, {
      series,
      contracts: {},
      accounts: [{ ...keys, balances: { USDT: '10000' } }],
    });
    exchange = await openLocalExchange({ market });
  });
  afterAll(() => exchange.close());

  it('cancels what is open once the session is not heard any more, and leaves it when it was taken off', async () => {
    const gateway = new CcxtGateway({ exchange: 'binanceusdm', url: exchange.url, ...keys, rateLimitMs: 0 });
    await gateway.open(() => {});
    const account = [...market.exchange.accounts].find(({ apiKey }) => apiKey === keys.apiKey)!;
    const place = (): void => {
      market.exchange.place(account, { symbol: 'BTC/USDT:USDT', side: 'buy', type: 'LIMIT', size: 100, price: 900 });
    };
    place();
    expect(await gateway.cancelAllAfter(['BTC/USDT:USDT'], 60_000)).toBe(true);
    expect(await gateway.cancelAllAfter(['BTC/USDT:USDT'], 0)).toBe(true);
    expect([...account.open]).toHaveLength(1);
    await gateway.cancelAllAfter(['BTC/USDT:USDT'], 5);
    while ([...account.open].length > 0) await systemRuntime.sleep(5);
    await gateway.close();
    expect(account.orders[0]!.status).toBe('CANCELED');
  });

  it('is none on spot of Binance', async () => {
    const gateway = new CcxtGateway({ exchange: 'binance', url: exchange.url, ...keys, rateLimitMs: 0 });
    expect(await gateway.cancelAllAfter(['BTC/USDT'], 5_000)).toBe(false);
  });
});
