/** Executors of a sweep: whichever runs the trials, and however many there are, the answer is the same. */
import { spawnSync } from 'node:child_process';

import { Worker } from 'node:worker_threads';

import { describe, expect, it, vi } from 'vitest';

import { Cerebro, GeneratedDataFeed } from 'nextbar';
import { inline, optimize, threads, type OptimizeResult } from 'nextbar/research';
import { OverfittingTest, type SplitFacts } from '../../../src/research/statistics/index.ts';
import { make, module, plain, sweep } from './sweep-setup.ts';
import { Crossing, inThread, Peeking, smoothness } from './sweep-strategy.ts';

/** What a thread is asked for its part of the verdict. */
interface SplitRequest {
  readonly splits: SplitFacts;
  readonly first: number;
  readonly end: number;
}

describe('executors', () => {
  it('give the same answer to the bit, whatever their number', async () => {
    const expected = plain(await sweep({ executor: inline() }));
    expect(plain(await sweep({ executor: threads(2), module }))).toBe(expected);
    const own = { metric: smoothness, method: 'tpe', trials: 16, seed: 4 } as const;
    const led = plain(await sweep({ ...own, executor: inline() }));
    expect(plain(await sweep({ ...own, executor: threads(1), module }))).toBe(led);
  });

  it('give the same verdict, each of them with a part of its splits', async () => {
    const run = (executor: ReturnType<typeof threads>): Promise<OptimizeResult> =>
      optimize(make().optStrategy(Crossing, { fast: { from: 2, to: 11 }, slow: { from: 12, to: 39, step: 3 } }), { executor, module }); // prettier-ignore
    const expected = await run(inline());
    expect([expected.trials.length, expected.luck!.overfitting]).toEqual([100, expect.any(Number)]);
    for (const count of [1, 3]) {
      const asked = vi.spyOn(Worker.prototype, 'postMessage');
      const given = vi.spyOn(OverfittingTest.prototype, 'resultOf');
      const alone = vi.spyOn(OverfittingTest.prototype, 'result');
      expect(plain(await run(threads(count)))).toBe(plain(expected));
      const parts = asked.mock.calls.flatMap(([message]) => ('splits' in message ? [message as SplitRequest] : []));
      // Every pair once, a part for each thread; this one only puts together what they answer.
      expect([...new Set(asked.mock.contexts.filter((_, k) => 'splits' in asked.mock.calls[k]![0]))]).toHaveLength(count); // prettier-ignore
      expect(parts.map(({ first, end }) => [first, end])).toEqual(Array.from({ length: count }, (_, k) => [(6_435 / count) * k, (6_435 / count) * (k + 1)])); // prettier-ignore
      expect(given.mock.calls.map(([ranks]) => ranks.map(({ first }) => first))).toEqual([parts.map(({ first }) => first)]); // prettier-ignore
      expect(alone).not.toHaveBeenCalled();
      vi.restoreAllMocks();
    }
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

  it('use their threads for one sweep after the other, with the same answer as new ones', async () => {
    const executor = threads(1);
    const ids = async (one: typeof executor): Promise<number | undefined> =>
      (await sweep({ metric: inThread, executor: one, module })).best?.score;
    const first = await ids(executor);
    expect(first).toBeGreaterThan(0);
    expect(plain(await sweep({ executor, module }))).toBe(plain(await sweep({ executor: inline() })));
    expect(await ids(executor)).toBe(first);
    expect(await ids(threads(1))).not.toBe(first);
    // Two sweeps at once do not share a thread.
    const both = await Promise.all([ids(executor), ids(executor)]);
    expect(new Set(both).size).toBe(2);
  });

  it('keep no process from ending', () => {
    const program = `
      import { make, module } from ${JSON.stringify(new URL('./sweep-setup.ts', import.meta.url).href)};
      import { optimize, threads } from 'nextbar/research';
      import { Crossing } from ${JSON.stringify(module.href)};
      const executor = threads(2);
      const { trials } = await optimize(make().optStrategy(Crossing, { fast: [3, 4], slow: [9, 12] }), { executor, module: new URL(${JSON.stringify(module.href)}) });
      process.stdout.write(String(trials.length));`;
    const args = [
      '--conditions=source',
      '--import',
      import.meta.resolve('tsx'),
      '--input-type=module',
      '--eval',
      program,
    ];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '4', '']);
  });

  it('tell of what a strategy reads in another thread', async () => {
    const cerebro = make().optStrategy(Peeking, { fast: [3, 4, 5, 6] });
    const { warnings } = await optimize(cerebro, { executor: threads(1), module, holdout: '2024-04-01' });
    expect(warnings.join()).toContain("'beside' was loaded up to 2024-07-18");
  });
});
