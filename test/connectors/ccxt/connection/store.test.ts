/** A connection before any request: every exchange, options, keys, limits. */
import { inspect } from 'node:util';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { buildableFrom, CcxtStore, exchangeIds, RateLimiter } from '../../../../src/connectors/ccxt/index.ts';
import { findCredentials } from '../../../../src/connectors/ccxt/connection/credentials.ts';
import { systemRuntime, type Runtime } from '../../../../src/core/index.ts';
import { temporaryFolder } from '../../../venue/local.ts';

describe('CcxtStore', () => {
  it('is made for every exchange that ccxt lists, and states what each can do, without a request', async () => {
    const { default: ccxt } = await import('ccxt');
    expect(exchangeIds()).toEqual([...ccxt.exchanges].sort());
    for (const exchange of exchangeIds()) {
      const capabilities = await new CcxtStore({ exchange, publicOnly: true }).capabilities();
      expect(capabilities.exchange).toBe(exchange);
      expect(capabilities.rateLimitMs).toBeGreaterThan(0);
      if (capabilities.bars) expect(capabilities.timeframes.length, exchange).toBeGreaterThan(0);
    }
  });

  it('answers a wrong exchange or option with the nearest right one', () => {
    expect(() => new CcxtStore({ exchange: 'binanc' })).toThrow("unknown exchange 'binanc': did you mean 'binance'?");
    const misspelt = { exchange: 'binance', sandbx: true } as never;
    expect(() => new CcxtStore(misspelt)).toThrow("unknown option of CcxtStore 'sandbx': did you mean 'sandbox'?");
    expect(() => new CcxtStore({ exchange: 'binance', timeoutMs: 0 })).toThrow(/timeoutMs .* was 0/);
    expect(() => new CcxtStore({ exchange: 'binance', url: 'ftp://x' })).toThrow(
      /url must be an http or https address/,
    );
  });

  it('refuses a sandbox where there is none, instead of going live', async () => {
    const store = new CcxtStore({ exchange: 'kraken', sandbox: true, publicOnly: true });
    await expect(store.open()).rejects.toThrow(/kraken has no sandbox: use paper mode/);
    const binance = await new CcxtStore({ exchange: 'binance', sandbox: true, publicOnly: true }).open();
    expect(JSON.stringify(binance.urls['api' as never])).toContain('testnet.binance.vision');
  });

  it('shows no key when it is printed', async () => {
    const store = new CcxtStore({ exchange: 'binance', apiKey: 'KEY-12345678', secret: 'SECRET-12345678' });
    await store.open();
    expect(inspect(store, { depth: 9 }) + JSON.stringify(store)).not.toMatch(/KEY-1|SECRET-1/);
    expect(store.hasKey).toBe(true);
  });

  it('offers to build a timeframe that an exchange does not serve', async () => {
    const kraken = new CcxtStore({ exchange: 'kraken', publicOnly: true });
    await expect(kraken.checkTimeframe('2h')).rejects.toThrow(
      /kraken serves no 2h bars, only 1m, .*; resample: true builds it from 1h/,
    );
    await expect(kraken.checkTimeframe('1h')).resolves.toBeUndefined();
    expect(buildableFrom('1w', ['1h', '4h', '5h', '1d', '3d'])).toBe('1d');
    expect(buildableFrom('7m', ['2m', '5m'])).toBeUndefined();
  });
});

describe('keys', () => {
  const none = {};
  it('come from options before the environment before the file', () => {
    const file = join(temporaryFolder(), 'keys.json');
    const live = { apiKey: 'file-key', secret: 'file-secret', password: 'file-password' };
    writeFileSync(file, JSON.stringify({ binance: { live } }));
    const environment = { BINANCE_API_KEY: 'env-key', BINANCE_SECRET: 'env-secret' };
    expect(findCredentials('binance', false, { apiKey: 'own-key' }, file, environment)).toEqual({
      apiKey: 'own-key',
      secret: 'env-secret',
      password: 'file-password',
    });
  });

  it('of the live account never reach a sandbox, nor the other way round', () => {
    const environment = { BINANCE_API_KEY: 'live', BINANCE_SANDBOX_API_KEY: 'test' };
    expect(findCredentials('binance', true, none, undefined, environment)).toEqual({ apiKey: 'test' });
    expect(findCredentials('binance', false, none, undefined, environment)).toEqual({ apiKey: 'live' });
  });

  it('in a file with a misspelt field are an error that does not show them', () => {
    const file = join(temporaryFolder(), 'keys.json');
    writeFileSync(file, JSON.stringify({ binance: { live: { apikey: 'very-secret' } } }));
    expect(() => findCredentials('binance', false, none, file, {})).toThrow(/'apikey': did you mean 'apiKey'/);
  });
});

describe('RateLimiter', () => {
  function simulated(): { runtime: Runtime; now: () => number } {
    let now = 0;
    const sleep = async (ms: number): Promise<void> => {
      await Promise.resolve();
      now += ms;
    };
    return { runtime: { ...systemRuntime, elapsed: () => now, now: () => now, sleep }, now: () => now };
  }

  it('lets requests go by their cost, first come first served', async () => {
    const { runtime, now } = simulated();
    const limiter = new RateLimiter(runtime, 100);
    const left: [string, number][] = [];
    await Promise.all(
      (['a', 'b', 'c'] as const).map(async (name, i) => {
        await limiter.acquire(i === 1 ? 5 : 1);
        left.push([name, now()]);
      }),
    );
    expect(left).toEqual([
      ['a', 0],
      ['b', 75],
      ['c', 575],
    ]);
  });

  it('holds everyone back while it is stopped, and then does not let them go at once', async () => {
    const { runtime, now } = simulated();
    const limiter = new RateLimiter(runtime, 100);
    limiter.stop(5_000);
    const left: number[] = [];
    await Promise.all(
      [1, 2, 3].map(async () => {
        await limiter.acquire();
        left.push(now());
      }),
    );
    expect(left).toEqual([5_000, 5_075, 5_175]);
  });
});
