/** The checks of a strict run in a sandbox session: fees in each currency, remainders, and positions of an earlier life are no faults. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { Cerebro, Strategy, type RunResult } from '../../../src/engine/index.ts';
import { StreamingFeed } from '../../../src/feeds/index.ts';
import { DirectGateway, instrument, localVenue, symbol } from './local.ts';
import { drive, start, tapeBars } from './tape.ts';

const count = 120;
const bars = tapeBars(7, count, { tick: 1, price: 400 });

/** Buys and sells by turns, which leaves a remainder where the fee is taken in the coin bought. */
class Turning extends Strategy {
  override next(): void {
    if (this.data.length % 3 === 0) this.buy({ size: 0.5 });
    else if (this.data.length % 3 === 2) this.close();
  }
}

it.each(['received', 'quote'] as const)('finds nothing wrong with fees of the kind %s', async (feeIn) => {
  const folder = mkdtempSync(join(tmpdir(), 'strict-'));
  try {
    const { runtime, network, market, history } = localVenue(bars, start - 5_000, { feeIn, spread: 2 });
    const feed = new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history }); // prettier-ignore
    const cerebro = new Cerebro({ cash: 100_000, runtime, strict: true }).addData(feed).addStrategy(Turning);
    const running: Promise<RunResult> = cerebro.run({
      mode: 'sandbox', maxSteps: count, clockMs: 5_000, network, session: 'strict', gateway: new DirectGateway(market), intents: join(folder, 'intents.db'),
    }); // prettier-ignore
    market.start();
    const result = await drive(runtime, running, 5_000, () => network.isUsed);
    expect(result.strategies[0]!.fills.length).toBeGreaterThan(60);
    expect(result.steps).toBe(count);
    // A sale that leaves a remainder closes more than it sells.
    const { fills } = result.strategies[0]!;
    expect(fills.some(({ closed, size }) => Math.abs(closed) > Math.abs(size))).toBe(feeIn === 'received');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Keeps what it holds for some steps, sells all of it, and begins again. */
class Holding extends Strategy {
  override next(): void {
    const turn = this.data.length % 9;
    if (turn === 1) this.buy({ size: 0.5 });
    else if (turn === 2) this.buy({ size: 0.25, type: 'limit', price: Math.floor(this.data.close.now * 0.9) });
    else if (turn === 5) this.sell({ size: Math.min(0.25, this.position.size) });
    else if (turn === 8) this.close();
  }
}

it.each(['received', 'quote'] as const)('finds nothing wrong with sales of what an earlier life bought, with fees of the kind %s', async (feeIn) => {
  const folder = mkdtempSync(join(tmpdir(), 'strict-'));
  try {
    const { runtime, network, market, history } = localVenue(bars, start - 5_000, { feeIn, spread: 2 });
    const gateway = new DirectGateway(market);
    const intents = join(folder, 'intents.db');
    const live = async (maxSteps: number, earlierOrders: 'keep' | 'cancel'): Promise<RunResult> => {
      const feed = new StreamingFeed({ exchange: 'binance', symbol, timeframe: '1m', history: 0, instrument, closedBars: history });
      const cerebro = new Cerebro({ cash: 100_000, runtime, strict: true }).addData(feed).addStrategy(Holding);
      let isOpen = network.isUsed;
      const running: Promise<RunResult> = cerebro.run({
        mode: 'sandbox', maxSteps, clockMs: 5_000, network, session: 'strict', gateway, intents, earlierOrders,
        onUpdate: () => { isOpen = true; },
      });
      return drive(runtime, running, 5_000, () => isOpen || network.isUsed);
    };
    market.start();
    let sales = 0;
    for (const [life, steps] of [3, 5, 4, 12, 7, 20].entries()) {
      const { strategies } = await live(steps, life % 2 === 0 ? 'keep' : 'cancel');
      sales += strategies[0]!.fills.filter(({ size, closed }) => size < 0 && closed > size).length;
    }
    // Of what an earlier life bought, a sale closes no trade.
    expect(sales).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}); // prettier-ignore
