/** Executors of a sweep: whichever runs the trials, and however many there are, the answer is the same. */
import { describe, expect, it } from 'vitest';

import { Cerebro, GeneratedDataFeed } from 'nextbar';
import { inline, optimize, threads, type OptimizeResult } from 'nextbar/research';
import { make, module, plain, sweep } from './sweep-setup.ts';
import { Crossing, Peeking, smoothness } from './sweep-strategy.ts';

describe('executors', () => {
  it('give the same answer to the bit, whatever their number', async () => {
    const expected = plain(await sweep({ executor: inline() }));
    expect(plain(await sweep({ executor: threads(2), module }))).toBe(expected);
    const own = { metric: smoothness, method: 'tpe', trials: 16, seed: 4 } as const;
    const led = plain(await sweep({ ...own, executor: inline() }));
    expect(plain(await sweep({ ...own, executor: threads(1), module }))).toBe(led);
  });

  it('give the same answer where the search ends early, over several feeds and an account', async () => {
    const run = (executor: ReturnType<typeof threads>, method: 'grid' | 'tpe'): Promise<OptimizeResult> => {
      const cerebro = new Cerebro({ account: { cash: { USDT: 10_000 }, leverage: 3, margin: 'isolated' } });
      const start = '2024-01-01';
      cerebro.addData(new GeneratedDataFeed({ name: 'a', symbol: 'BTC/USDT:USDT', timeframe: '1h', start, count: 2_000, seed: 5 }));
      cerebro.addData(new GeneratedDataFeed({ name: 'b', symbol: 'ETH/USDT:USDT', timeframe: '15m', start, count: 4_000, seed: 6 }));
      cerebro.resampleData('a', '1d').replayData('b', '4h');
      cerebro.setInstrument('a', { takerFee: 0.0005, funding: [{ time: Date.UTC(2024, 0, 5, 8), rate: 0.0003 }] });
      cerebro.optStrategy(Crossing, { fast: { from: 3, to: 8 }, slow: { from: 10, to: 40 } });
      return optimize(cerebro, { executor, module, method, patience: 12, ...(method === 'tpe' && { trials: 60, seed: 4 }) });
    }; // prettier-ignore
    for (const method of ['grid', 'tpe'] as const) {
      const expected = await run(inline(), method);
      expect(expected.end).toBe('patience');
      for (const count of [1, 3]) expect(plain(await run(threads(count), method))).toBe(plain(expected));
    }
  });

  it('tell of what a strategy reads in another thread', async () => {
    const cerebro = make().optStrategy(Peeking, { fast: [3, 4, 5, 6] });
    const { warnings } = await optimize(cerebro, { executor: threads(1), module, holdout: '2024-04-01' });
    expect(warnings.join()).toContain("'beside' was loaded up to 2024-07-18");
  });
});
