/** Instruments whose trading is halted while a session runs: what is refused, what is said, and when it goes on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { fixedSize, type Order } from '../../../src/broker/index.ts';
import { CcxtStore } from '../../../src/connectors/ccxt/index.ts';
import { systemRuntime, timeframe } from '../../../src/core/index.ts';
import { Cerebro, Strategy } from '../../../src/engine/index.ts';
import { CcxtClosedBars, StreamingFeed } from '../../../src/feeds/index.ts';
import { openLocalExchange, SeededMarket } from '../../../src/venue/index.ts';
import { instrument, localVenue, symbol } from './local.ts';
import { drive, minute, start, tapeBars } from './tape.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halts-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** In and out at every bar. */
class Always extends Strategy {
  readonly refused: string[] = [];

  override next(): void {
    if (this.position.size === 0) this.buy();
    else this.close();
  }

  override notifyOrder(order: Order): void {
    if (order.status === 'rejected') this.refused.push(order.reason ?? '');
  }
}

it('refuses orders while trading is halted, goes on afterwards, and warns; the journal replays to the same', async () => {
  const venue = localVenue(tapeBars(3, 400, { tick: 1, price: 400 }), start - 5_000);
  venue.market.start();
  const { runtime, network, history } = venue;
  const [from, to] = [start + 8 * minute, start + 15 * minute];
  const isHalted = (): boolean => runtime.now() >= from && runtime.now() < to;
  const closedBars = {
    fetch: history.fetch.bind(history),
    halted: () => Promise.resolve(isHalted() ? 'its status is HALT' : undefined),
  };
  const of = (): Cerebro =>
    new Cerebro({ cash: 100_000, runtime })
      .addSizer(fixedSize(1))
      .addData(new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars }))
      .addStrategy(Always);
  const journal = join(folder, 'halts.db');
  const running = of().run({ mode: 'paper', maxSteps: 30, clockMs: 5_000, network, journal });
  const result = await drive(runtime, running, 5_000, () => network.isUsed);
  const { refused } = result.strategies[0]!.strategy as unknown as Always;
  expect(refused.length).toBeGreaterThan(3);
  expect(refused.length).toBeLessThan(13);
  expect(new Set(refused)).toEqual(new Set([`trading in '${symbol}' is halted: its status is HALT`]));
  expect(result.strategies[0]!.orders.at(-1)!.status).toBe('completed');
  expect(result.warnings).toContainEqual(expect.stringMatching(/was halted once, the last time at .*: orders were refused$/)); // prettier-ignore
  const { difference } = await of().replayJournal(journal);
  expect(difference).toBeUndefined();
});

it('is asked of the exchange through ccxt', async () => {
  const coin = { symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', priceDecimals: 2, sizeDecimals: 5 };
  const market = new SeededMarket(systemRuntime, { seed: 1, instruments: [coin], stepsPerSecond: 1 });
  const exchange = await openLocalExchange({ market });
  try {
    const store = new CcxtStore({ exchange: 'binance', url: exchange.url, publicOnly: true });
    const bars = new CcxtClosedBars(store, 'BTC/USDT', timeframe('1m'), systemRuntime);
    expect(await bars.halted()).toBeUndefined();
    const halt = { method: 'PUT', body: '{"symbol":"BTC/USDT","halted":true}' };
    await fetch(`${exchange.url}/nextbar/halts`, halt);
    expect(await bars.halted()).toBe('its status is HALT');
  } finally {
    await exchange.close();
  }
});
