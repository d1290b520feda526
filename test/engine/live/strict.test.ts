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
