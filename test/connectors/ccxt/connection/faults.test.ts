/** What ccxt makes of an exchange's faults, put right: real ccxt against the local exchange. */
import { describe, expect, it } from 'vitest';

import { CcxtStore, type CcxtStoreOptions } from '../../../../src/connectors/ccxt/index.ts';
import { systemRuntime, type Runtime } from '../../../../src/core/index.ts';
import type { RequestFault } from '../../../../src/venue/index.ts';
import { localExchange, type Local } from '../../../venue/local.ts';

/** The machine's clock with waits cut short, and a record of them. */
function impatient(): { readonly runtime: Runtime; readonly waits: number[] } {
  const waits: number[] = [];
  let ahead = 0;
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
    ahead += ms;
    await Promise.resolve();
  };
  const runtime = { ...systemRuntime, sleep, elapsed: () => performance.now() + ahead, random: () => 0.5 };
  return { runtime, waits };
}

function connect(local: Local, options: Partial<CcxtStoreOptions> = {}, runtime = systemRuntime): CcxtStore {
  return new CcxtStore(
    { exchange: 'binance', url: local.url, rateLimitMs: 0, publicOnly: true, timeoutMs: 300, ...options },
    runtime,
  );
}

describe('a read that is answered badly', () => {
  it.each<[RequestFault, string, boolean]>([
    ['too-many-requests', 'rate-limit', true],
    ['banned', 'rate-limit', true],
    ['region-block', 'region-blocked', false],
    ['server-error', 'unavailable', true],
    ['bad-gateway', 'unavailable', true],
    ['maintenance', 'unavailable', true],
    ['web-page', 'unreadable-answer', true],
    ['empty-body', 'unreadable-answer', true],
    ['broken-json', 'unreadable-answer', true],
    ['hang', 'timeout', true],
    ['hang-in-body', 'timeout', true],
    ['reset', 'network', true],
  ])('by %s is an error %s (worth repeating: %s) on both exchanges', async (kind, code, retryable) => {
    for (const exchange of ['binance', 'kraken']) {
      const local = await localExchange({ faults: { plan: [{ kind, times: 9 }] } });
      const store = connect(local, { exchange, retry: { attempts: 1 } });
      await expect(store.markets(), exchange).rejects.toMatchObject({ code, retryable });
    }
  });

  it('is repeated until it is answered, with growing waits', async () => {
    const kinds: RequestFault[] = ['web-page', 'reset', 'server-error', 'empty-body'];
    const local = await localExchange({ faults: { plan: kinds.map((kind) => ({ kind })) } });
    const { runtime, waits } = impatient();
    expect(Object.keys(await connect(local, {}, runtime).markets())).toHaveLength(3);
    expect(waits).toEqual([375, 750, 1500, 3000]);
  });

  it('names the region block and where to go, and is not repeated', async () => {
    const local = await localExchange({ faults: { plan: [{ kind: 'region-block', times: 9 }] } });
    await expect(connect(local).markets()).rejects.toThrow(/binance does not serve this region: use binanceus/);
    expect(local.server.requests).toBe(1);
  });

  it('waits as long as the exchange asks, and so does everyone else on its limiter', async () => {
    const plan = [{ kind: 'too-many-requests', path: 'klines', retryAfter: 7 } as const];
    const local = await localExchange({ faults: { plan } });
    const { runtime, waits } = impatient();
    const [a, b] = [connect(local, {}, runtime), connect(local, {}, runtime)];
    await Promise.all([a.markets(), b.markets()]);
    expect(a.limiter).toBe(b.limiter);
    await a.fetchBars({ symbol: 'BTC/USDT', timeframe: '1h', limit: 1 });
    expect(Math.max(...waits)).toBeGreaterThan(6_900);
    expect(Math.max(...waits)).toBeLessThanOrEqual(7_000);
  });

  it('gives up at once when asked to wait longer than allowed', async () => {
    const local = await localExchange({ faults: { plan: [{ kind: 'banned', times: 9, retryAfter: 3600 }] } });
    await expect(connect(local).markets()).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
    expect(local.server.requests).toBe(1);
  });

  it('shows no secret in message, cause or context', async () => {
    const secrets = { apiKey: 'KEY-abcdefghijkl', secret: 'SECRET-mnopqrstuvwx' };
    for (const kind of ['server-error', 'reset', 'web-page', 'hang'] as const) {
      const local = await localExchange({ faults: { plan: [{ kind, times: 9 }] } });
      const store = connect(local, { ...secrets, publicOnly: false, retry: { attempts: 1 } });
      const error = await store
        .call('read the balance', (exchange) => exchange.fetchBalance())
        .catch((e: unknown) => e);
      const { message, stack, cause, context } = error as Error & { context: unknown };
      const shown = JSON.stringify([message, stack, context, String((cause as Error | undefined)?.stack)]);
      expect(shown).not.toMatch(/KEY-abc|SECRET-mno|signature=[0-9a-f]/);
    }
  });

  it('shows no secret that was handed to ccxt in its own config', async () => {
    const store = connect(await localExchange(), { config: { privateKey: '0xabcdef123456', uid: 'UID-98765' } });
    const error: unknown = await store
      .callOnce('sign', () => Promise.reject(new Error('cannot sign with 0xabcdef123456 for UID-98765')))
      .catch((e: unknown) => e);
    expect(String(error)).toContain('could not sign: cannot sign with *** for ***');
  });

  it('of an order with an unknown outcome is not repeatable', async () => {
    const local = await localExchange({ faults: { plan: [{ kind: 'web-page', path: 'order', times: 9 }] } });
    const store = connect(local, { apiKey: 'a', secret: 'b', publicOnly: false });
    await store.markets();
    const order = store.callOnce('place an order', (ex) => ex.createOrder('BTC/USDT', 'limit', 'buy', 1, 100));
    await expect(order).rejects.toMatchObject({ code: 'outcome-unknown', retryable: false });
  });
});
