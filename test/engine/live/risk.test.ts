/** Rules of risk refuse and limit the same orders on paper and in a sandbox as in a backtest. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { RiskPlan } from '../../../src/broker/index.ts';
import { createBars, sliceBars, type Bars } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type LiveRunOptions, type RunResult } from '../../../src/engine/index.ts';
import { BarsDataFeed, StreamingFeed, type DataFeed } from '../../../src/feeds/index.ts';
import { DirectGateway, instrument, localVenue, symbol } from './local.ts';
import { drive, minute, start } from './tape.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'risk-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

type Act = (strategy: Scripted) => unknown;

/** Does what its script says after each bar. */
class Scripted extends Strategy<typeof Scripted.params> {
  static readonly params = { script: {} as Readonly<Record<number, Act>> };

  override next(): void {
    this.params.script[this.data.length]?.(this);
  }
}

/** Bars that go from close to close, with nothing beyond. */
function barsOf(closes: readonly number[]): Bars {
  const bars = createBars(closes.length);
  closes.forEach((close, i) => {
    const open = closes[i - 1] ?? close;
    bars.time[i] = start + i * minute;
    bars.open[i] = open;
    bars.close[i] = close;
    bars.high[i] = Math.max(open, close);
    bars.low[i] = Math.min(open, close);
    bars.volume[i] = 1_000;
  });
  return bars;
}

function cerebroOf(feed: DataFeed, risk: RiskPlan, script: Readonly<Record<number, Act>>, more: object = {}): Cerebro {
  return new Cerebro({ cash: 10_000, commission: 0.001, ledger: 'decimal', risk, ...more })
    .addData(feed)
    .addStrategy(Scripted, { script });
}

/** How each order ended. Fills of a backtest are stamped with the close of their bar, so that a wait after one ends later. */
const facts = ({ strategies }: RunResult): readonly unknown[] =>
  strategies[0]!.orders.map(({ side, size, status, rule, reason, filled }) => [side, size, status, rule, reason?.replace(/\d+ ms/, 'a while'), filled]); // prettier-ignore

async function live(closes: Bars, mode: 'paper' | 'sandbox', name: string, risk: RiskPlan, script: Readonly<Record<number, Act>>) {
  const { runtime, network, market, history } = localVenue(closes, start - 5_000, {
    accounts: [{ name: 'own', apiKey: 'key', secret: 'secret', balances: { USDT: 10_000 } }],
  });
  const feed = new StreamingFeed({
    exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history, staleMs: { trade: 600_000, quote: 600_000 },
  });
  const options: LiveRunOptions = {
    mode, clockMs: 1_000, network, until: start + (closes.time.length - 1) * minute + 30_000,
    ...(mode === 'sandbox' && { session: name, gateway: new DirectGateway(market), intents: join(folder, `${name}.db`) }),
  };
  const running = cerebroOf(feed, risk, script, { runtime }).run(options);
  market.start();
  return drive(runtime, running, 250, () => network.isUsed);
} // prettier-ignore

const buy =
  (size: number): Act =>
  (one) =>
    one.buy({ size });
const sell =
  (size: number): Act =>
  (one) =>
    one.sell({ size });
const rest =
  (price: number): Act =>
  (one) =>
    one.buy({ size: 1, type: 'limit', price });

const flat = Array.from({ length: 10 }, () => 100);

it.each<[string, RiskPlan, Readonly<Record<number, Act>>, string[], number[]?]>([
  ['maxOrderSize', { maxOrderSize: 5 }, { 1: buy(6), 2: buy(5) }, ['maxOrderSize', 'completed']],
  ['maxOrderValue', { maxOrderValue: 500 }, { 1: buy(6), 2: buy(5) }, ['maxOrderValue', 'completed']],
  ['maxPositionSize', { maxPositionSize: 5 }, { 1: buy(5), 3: buy(1), 4: sell(5) }, ['completed', 'maxPositionSize', 'completed']],
  ['maxPositionValue', { maxPositionValue: 500 }, { 1: buy(5), 3: buy(1), 4: sell(5) }, ['completed', 'maxPositionValue', 'completed']],
  ['maxExposure', { maxExposure: 0.06 }, { 1: buy(5), 3: buy(2), 4: sell(5) }, ['completed', 'maxExposure', 'completed']],
  ['maxTotalExposure', { maxTotalExposure: 0.06 }, { 1: buy(5), 3: buy(2), 4: sell(5) }, ['completed', 'maxTotalExposure', 'completed']],
  ['maxOpenOrders', { maxOpenOrders: 1 }, { 1: rest(50), 2: rest(60) }, ['accepted', 'maxOpenOrders']],
  ['maxOrderRate', { maxOrderRate: { orders: 1, perMs: 2 * minute } }, { 1: buy(1), 2: buy(1), 4: buy(1) }, ['completed', 'maxOrderRate', 'completed']],
  ['cooldown', { cooldown: { losses: 1, waitMs: 2.5 * minute } }, { 1: buy(1), 3: sell(1), 5: buy(1), 7: buy(1) }, ['completed', 'completed', 'cooldown', 'completed'], [100, 100, 100, 90, 90, 90, 90, 90, 90, 90]],
  ['maxDailyLoss', { maxDailyLoss: 0.05 }, { 1: buy(50), 4: buy(1), 5: sell(50) }, ['completed', 'maxDailyLoss', 'completed'], [100, 100, 100, 89, 89, 89, 89, 89, 89, 89]],
  ['maxDrawdown', { maxDrawdown: 0.05 }, { 1: buy(50), 4: buy(1), 7: buy(1) }, ['completed', 'maxDrawdown', 'maxDrawdown'], [100, 100, 100, 89, 89, 120, 120, 120, 120, 120]],
])('%s', async (name, risk, script, expected, closes = flat) => {
  const bars = barsOf(closes);
  const feed = new BarsDataFeed({ symbol, timeframe: '1m', bars: sliceBars(bars, 1, bars.time.length), instrument });
  const back = await cerebroOf(feed, risk, script).run();
  expect(back.strategies[0]!.orders.map(({ status, rule }) => rule ?? status)).toEqual(expected);
  expect(facts(await live(bars, 'paper', name, risk, script))).toEqual(facts(back));
  expect(facts(await live(bars, 'sandbox', name, risk, script))).toEqual(facts(back));
}); // prettier-ignore
