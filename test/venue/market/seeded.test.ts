/** The seeded crowd: one market for one seed, at any speed of its clock, and deep enough again after anyone's sweep. */
import { expect, it } from 'vitest';

import { SimulatedRuntime, timeframe, type Runtime } from '../../../src/core/index.ts';
import { FastRuntime } from '../../../src/venue/index.ts';
import { SeededMarket } from '../../../src/venue/index.ts';
import { instrument } from '../faces/binance/local.ts';

const begin = Date.UTC(2024, 0, 1);
const symbol = 'BTC/USDT';

function market(runtime: Runtime): SeededMarket {
  return new SeededMarket(runtime, {
    seed: 3,
    instruments: [instrument],
    accounts: [{ name: 'me', apiKey: 'k', secret: 's', balances: { USDT: 9e9, BTC: 9e6 } }],
    historyMinutes: 30,
  });
}

it('does the same however coarse the timers of a fast clock are', () => {
  const exact = new SimulatedRuntime(1, begin);
  const one = market(exact);
  one.start();
  exact.advance(120_000);
  // Timers of this clock fire every ten milliseconds: at 500 times the speed, five seconds of the market.
  const slow = new SimulatedRuntime(1, begin);
  const coarse: Runtime = {
    now: () => slow.now(), elapsed: () => slow.elapsed(), random: () => slow.random(), every: (ms, act) => slow.every(ms, act),
    sleep: (ms) => slow.sleep(ms), after: (ms, act) => slow.after(Math.ceil(Math.max(ms, 0.01) / 10) * 10, act),
  }; // prettier-ignore
  const other = market(new FastRuntime(coarse, 500, begin));
  other.start();
  slow.advance(250);
  const trades = one.trades(symbol, Infinity);
  expect(trades.length).toBeGreaterThan(300);
  expect(other.trades(symbol, trades.length, trades[0]!.id)).toEqual(trades);
});

it('begins where its history ends, and is deep again after a sweep', () => {
  const runtime = new SimulatedRuntime(1, begin);
  const one = market(runtime);
  const bars = one.bars(symbol, timeframe('1m'), 0, Infinity);
  expect(bars).toHaveLength(30);
  expect(bars.at(-1)).toMatchObject({ start: begin - 60_000, close: 100_000 });
  for (const [i, bar] of bars.entries()) {
    expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close));
    expect(bar.low).toBeLessThanOrEqual(Math.min(bar.open, bar.close));
    if (i > 0) expect(bar.open).toBe(bars[i - 1]!.close);
  }
  one.start();
  runtime.advance(1_000);
  const all = one.book(symbol).asks.reduce((sum, [, size]) => sum + size, 0);
  const { order } = one.exchange.place(one.exchange.account('me'), { symbol, side: 'buy', type: 'MARKET', size: all + 5 }); // prettier-ignore
  expect([order.status, order.filled]).toEqual(['EXPIRED', all]);
  expect(one.top(symbol).ask).toBeUndefined();
  runtime.advance(20_000);
  const { bid, ask } = one.top(symbol);
  expect(bid![0]).toBeLessThan(ask![0]);
  expect(one.book(symbol).asks.length).toBeGreaterThanOrEqual(9);
});
