/** What a trade shows of its best and worst is what it was open at, alike in a backtest, on paper and in a sandbox. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createBars, sliceBars, type Bars } from '../../../src/core/index.ts';
import { Cerebro, Strategy, type LiveRunOptions, type RunResult } from '../../../src/engine/index.ts';
import { BarsDataFeed, StreamingFeed, type DataFeed } from '../../../src/feeds/index.ts';
import { DirectGateway, instrument, localVenue, symbol } from './local.ts';
import { drive, minute, start } from './tape.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'excursions-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

type Prices = readonly (readonly [open: number, high: number, low: number, close: number])[];

const inside: Prices = [
  [100, 100, 100, 100],
  [100, 100, 100, 100],
  // Falls to 94 and rises to 106 after a purchase at 95 somewhere inside: of all this only the close is certain to come later.
  [100, 106, 94, 101],
  [101, 104, 99, 103],
  // The sale at 110 is inside this one, which falls to 97 before or after it.
  [103, 112, 97, 98],
  [98, 98, 98, 98],
  [98, 98, 98, 98],
];
/** As above, but the bar of the exit opens above all before it, and falls to the stop. */
const gapped: Prices = [...inside.slice(0, 4), [108, 108, 75, 78], [78, 78, 78, 78], [78, 78, 78, 78]];

function barsOf(prices: Prices): Bars {
  const bars = createBars(prices.length);
  prices.forEach(([open, high, low, close], i) => {
    Object.entries({ time: start + i * minute, open, high, low, close, volume: 1_000 }).forEach(([name, value]) => {
      bars[name as 'open'][i] = value;
    });
  });
  return bars;
}

class Once extends Strategy {
  isPlaced = false;

  override next(): void {
    if (this.data.close.now === 100 && !this.isPlaced) {
      this.isPlaced = true;
      this.buyBracket({ size: 2, price: 95, stopLoss: 80, takeProfit: 110 });
    }
  }
}

const cerebroOf = (feed: DataFeed, more: object = {}): Cerebro =>
  new Cerebro({ cash: 10_000, ledger: 'decimal', ...more }).addData(feed).addStrategy(Once);

async function live(mode: 'paper' | 'sandbox', prices: Prices): Promise<RunResult> {
  const { runtime, network, market, history } = localVenue(barsOf(prices), start - 5_000);
  const feed = new StreamingFeed({
    exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history, staleMs: { trade: 600_000, quote: 600_000 },
  });
  const options: LiveRunOptions = {
    mode, clockMs: 1_000, network, until: start + (prices.length - 1) * minute + 30_000,
    ...(mode === 'sandbox' && { session: 'once', gateway: new DirectGateway(market), intents: join(folder, 'once.db') }),
  };
  const running = cerebroOf(feed, { runtime }).run(options);
  market.start();
  return drive(runtime, running, 250, () => network.isUsed);
} // prettier-ignore

const facts = ({ strategies: [one] }: RunResult): unknown => {
  const { trades } = one!;
  return trades.map(({ price, pnl, best, worst }) => ({ price, pnl, best, worst }));
};

const backtest = (prices: Prices): Promise<RunResult> =>
  cerebroOf(new BarsDataFeed({ symbol, timeframe: '1m', bars: sliceBars(barsOf(prices), 1, prices.length), instrument })).run(); // prettier-ignore

it.each([
  ['a backtest', () => backtest(inside)],
  ['paper', () => live('paper', inside)],
  ['a sandbox', () => live('sandbox', inside)],
] as const)('in %s', async (_, run) => {
  // 97 inside the bar of the sale may have come after it: the least that was certain is 99, the most the sale itself.
  expect(facts(await run())).toEqual([{ price: 95, pnl: 30, best: 30, worst: 0 }]);
});

it('counts the open of the bar of an exit in a backtest, and in a session the closes before it', async () => {
  const [known, paper] = [await backtest(gapped), await live('paper', gapped)];
  expect(facts(known)).toEqual([{ price: 95, pnl: -30, best: 26, worst: -30 }]);
  expect(facts(paper)).toEqual([{ price: 95, pnl: -30, best: 18, worst: -30 }]);
});
