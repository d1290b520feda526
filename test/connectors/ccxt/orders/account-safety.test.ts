/** Safety of an account through real ccxt: keys that may withdraw. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { mayWithdraw } from '../../../../src/connectors/ccxt/orders/account-safety.ts';
import { loadExchangeClass } from '../../../../src/connectors/ccxt/connection/modules.ts';
import type { CcxtExchange } from '../../../../src/connectors/ccxt/connection/exchange.ts';

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
