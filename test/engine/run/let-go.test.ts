/** Finished runs: what they held is free at V8's next quick collection, so that a program may run thousands of them in a row. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

import {
  BarsDataFeed,
  Cerebro,
  crossover,
  DrawDown,
  generateBars,
  SharpeRatio,
  sma,
  Strategy,
  TradeAnalyzer,
  type CerebroOptions,
} from 'nextbar';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;

const megabyte = 2 ** 20;

/** A strategy that trades, and holds a megabyte. */
class Heavy extends Strategy {
  readonly cross = crossover(sma(this.data.close, 5), sma(this.data.close, 20));
  readonly held = new Float64Array(megabyte / 8);

  override next(): void {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

function feedOf(symbol: string): BarsDataFeed {
  const bars = generateBars({ seed: 3, timeframe: '1h', count: 400, start: Date.UTC(2024, 0, 1) });
  return new BarsDataFeed({ bars, timeframe: '1h', symbol });
}

/** Makes twelve runs and a quick collection, and returns a reader of the megabytes that are still held. */
async function runMany(
  feed: BarsDataFeed,
  options: CerebroOptions,
  more?: (cerebro: Cerebro) => void,
): Promise<() => number> {
  const run = async (): Promise<void> => {
    const cerebro = new Cerebro({ cash: 1e7, ...options }).addData(feed).addStrategy(Heavy);
    more?.(cerebro);
    cerebro.addAnalyzer(TradeAnalyzer).addAnalyzer(DrawDown).addAnalyzer(SharpeRatio);
    const result = await cerebro.run();
    expect(result.strategies[0]!.trades.length).toBeGreaterThan(3);
    expect(result.stats.trades).toBeGreaterThan(3);
  };
  for (let k = 0; k < 3; k++) await run();
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let k = 0; k < 12; k++) await run();
  collect({ type: 'minor' });
  return () => (process.memoryUsage().arrayBuffers - before) / megabyte;
}

describe('a finished run', () => {
  it.each<[string, string, CerebroOptions, ((cerebro: Cerebro) => void)?]>([
    ['on spot', 'BTC/USDT', {}],
    ['on a perpetual', 'BTC/USDT:USDT', { account: { leverage: 2 } }],
    ['in exact decimals', 'BTC/USDT', { ledger: 'decimal' }],
    ['in a strict run', 'BTC/USDT', { strict: true }],
    ['of a fund', 'BTC/USDT', { fundMode: true }],
    ['with a second data', 'BTC/USDT', {}, (cerebro) => cerebro.addData(feedOf('ETH/USDT'))],
    ['with risk limits', 'BTC/USDT', { risk: { maxOrderSize: 1e6 } }],
  ])('%s is let go at the next quick collection', async (_name, symbol, options, more) => {
    const held = await runMany(feedOf(symbol), options, more);
    // V8 frees on another thread what the collection has found. All twelve would be 14 MB; a run that a collection met under way may stay.
    await expect.poll(held, { timeout: 20_000 }).toBeLessThan(7);
  });
});
