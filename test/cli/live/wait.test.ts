/** `--wait`: what it waits for, what it says meanwhile, and what it does not wait for. */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { exchangeIsBack } from '../../../src/cli/live/wait.ts';
import { systemRuntime, type Runtime } from '../../../src/core/index.ts';
import { Faults, openLocalExchange, SeededMarket, type LocalExchange } from '../../../src/venue/index.ts';

let exchange: LocalExchange;
beforeAll(async () => {
  const instruments = [{ symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 5 }];
  exchange = await openLocalExchange({
    market: new SeededMarket(systemRuntime, { seed: 1, instruments, stepsPerSecond: 1 }),
  });
});
afterAll(() => exchange.close());

/** A clock on which a wait takes no time. */
function impatient(slept: number[]): Runtime {
  return {
    ...systemRuntime,
    now: () => systemRuntime.now(),
    sleep: (ms: number) => {
      slept.push(ms);
      return Promise.resolve();
    },
  };
}

it('returns once the exchange answers, and says each reason once', async () => {
  const [slept, told]: [number[], string[]] = [[], []];
  exchange.server.faults = new Faults({ plan: [{ kind: 'bad-gateway', path: '/api/v3/exchangeInfo', times: 3 }] });
  await exchangeIsBack('binance', { url: exchange.url, rateLimitMs: 0 }, {
    runtime: impatient(slept), signal: new AbortController().signal, tell: (text) => told.push(text),
  }); // prettier-ignore
  expect(slept).toEqual([15_000, 15_000, 15_000]);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^waiting for binance: /);
});

it('does not wait for what waiting does not cure', async () => {
  const waiting = exchangeIsBack('bianance', {}, {
    runtime: impatient([]), signal: new AbortController().signal, tell: () => {},
  }); // prettier-ignore
  await expect(waiting).rejects.toThrow("did you mean 'binance'");
});
