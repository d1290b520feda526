/** What an answer means before ccxt reads it: faults of servers inside a success, missing endpoints, and whether to ask again. */
import { describe, expect, it } from 'vitest';

import { faultOfAnswer, missingEndpoint, type HttpAnswer } from '../../../../src/connectors/ccxt/connection/answers.ts';
import { intentOf, withIntent } from '../../../../src/connectors/ccxt/connection/intent.ts';
import { redactSecrets } from '../../../../src/connectors/ccxt/connection/redact.ts';
import { findsOrdersByClientId, pagingOf } from '../../../../src/connectors/ccxt/connection/venues.ts';
import { exchangeIds, CcxtStore } from '../../../../src/connectors/ccxt/index.ts';

function fault(exchange: string, answer: Partial<HttpAnswer>): ReturnType<typeof faultOfAnswer> {
  const body = answer.parsed === undefined ? (answer.body ?? '') : JSON.stringify(answer.parsed);
  const full = {
    status: 200,
    method: 'POST',
    url: 'https://x.test/a/b?k=1',
    headers: {},
    parsed: undefined,
    intent: 'read' as const,
    ...answer,
    body,
  };
  return faultOfAnswer(full, { exchange, action: 'answer', secrets: [] }, 0);
}

describe('a fault of the server inside HTTP 200', () => {
  it.each<[string, object]>([
    ['bybit', { retCode: 10000, retMsg: 'Server Timeout' }],
    ['bybit', { retCode: 10016, retMsg: 'System error' }],
    ['okx', { code: '50001', msg: 'Service temporarily unavailable' }],
    ['okx', { code: '50026', msg: 'System error' }],
    ['bitget', { code: '40725', msg: 'service return an error' }],
    ['kucoin', { code: '500000', msg: 'Internal Server Error' }],
    ['binance', { code: -1007, msg: 'Timeout waiting for response' }],
    ['kraken', { error: ['EService:Unavailable'] }],
    ['kraken', { error: ['EGeneral:Internal error'] }],
    ['gate', { label: 'SERVER_ERROR' }],
    ['htx', { 'err-code': 'gateway-internal-error' }],
  ])('of %s %j may be asked again as a read, and leaves an order open', (exchange, parsed) => {
    expect(fault(exchange, { parsed })).toMatchObject({ code: 'unavailable', retryable: true });
    expect(fault(exchange, { parsed, intent: 'act' })).toMatchObject({ code: 'outcome-unknown', retryable: false });
  });

  it('is no fault where the code is one of another kind, or of another venue', () => {
    expect(fault('bybit', { parsed: { retCode: 0 } })).toBeUndefined();
    expect(fault('bybit', { parsed: { retCode: 10001 } })).toBeUndefined();
    expect(fault('kraken', { parsed: { error: ['EOrder:Insufficient funds'] } })).toBeUndefined();
    expect(fault('okx', { parsed: { retCode: 10016 } })).toBeUndefined();
  });
});

describe('whether a request may be repeated', () => {
  it('is decided by its intent and not by its verb', async () => {
    expect(fault('hyperliquid', { status: 502, intent: 'read' })).toMatchObject({
      code: 'unavailable',
      retryable: true,
    });
    expect(fault('deribit', { status: 502, method: 'GET', intent: 'act' })).toMatchObject({
      code: 'outcome-unknown',
      retryable: false,
    });
    await withIntent('read', async () => {
      await Promise.resolve();
      expect(intentOf('POST')).toBe('read');
    });
    await withIntent('act', async () => {
      await Promise.resolve();
      expect(intentOf('GET')).toBe('act');
    });
    expect([intentOf('GET'), intentOf('POST')]).toEqual(['read', 'act']);
  });

  it('is no for an endpoint that is missing', () => {
    const error = missingEndpoint('binance', 'GET', 'https://api.binance.com/api/v9/klines?symbol=X');
    expect(error).toMatchObject({ code: 'missing-endpoint', retryable: false });
    expect(error.message).toBe('binance has no GET /api/v9/klines (HTTP 404): its API may have changed');
  });
});

describe('the table of venues', () => {
  it("holds what ccxt's integrations do, so that an update of ccxt shows here", async () => {
    for (const exchange of exchangeIds()) {
      const inner = await new CcxtStore({ exchange, publicOnly: true }).open();
      if (inner.has['fetchOHLCV'] !== undefined && inner.has['fetchOHLCV'] !== false) {
        expect([exchange, pagingOf(exchange).knowsUntil]).toEqual([
          exchange,
          /until/i.test(inner.fetchOHLCV.toString()),
        ]);
      }
      const takesClientId =
        inner.has['fetchOrder'] === true && /client_?o(?:rder)?_?id|clOrdId/i.test(inner.fetchOrder.toString());
      expect([exchange, findsOrdersByClientId(exchange)]).toEqual([exchange, takesClientId]);
    }
  });

  it("takes the venue's own page before the one that ccxt states, and that before a guess", () => {
    expect(pagingOf('kraken', 200)).toEqual({ limit: 720, knowsUntil: false, keeps: 'newest' });
    expect(pagingOf('bitstamp', 1_000)).toMatchObject({ limit: 1_000, knowsUntil: true, keeps: 'oldest' });
    expect(pagingOf('bitstamp')).toMatchObject({ limit: 500 });
    expect(pagingOf('okx', 100)).toMatchObject({ limit: 300 });
  });
});

describe('what ccxt prints when it is verbose', () => {
  it('shows no key, signature or token', () => {
    const secrets = ['KEY-abcdef123456', 'SECRET-abcdef'];
    const lines = [
      { 'X-MBX-APIKEY': 'KEY-abcdef123456', 'Content-Type': 'application/json' },
      'https://x/api?symbol=BTCUSDT&timestamp=1&signature=0123456789abcdef',
      { 'ACCESS-SIGN': 'zzzzzzzzzz', 'OK-ACCESS-PASSPHRASE': 'hidden-phrase' },
      '{"listenKey":"pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"}',
      'RequestBody: apiKey=KEY-abcdef123456&sign=deadbeef99',
      `Basic ${Buffer.from('SECRET-abcdef').toString('base64')}`,
    ];
    const shown = lines.map((line) => String(redactSecrets(line, secrets))).join('\n');
    expect(shown).not.toMatch(
      /KEY-abc|SECRET-abc|0123456789abcdef|zzzzzzzzzz|hidden-phrase|pqia91|deadbeef99|U0VDUkVU/,
    );
    expect(shown).toMatch(/application\/json/);
    expect(shown).toMatch(/symbol=BTCUSDT/);
  });
});
