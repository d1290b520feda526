/** Executors of a sweep: whichever runs the trials, and however many there are, the answer is the same. */
import { describe, expect, it } from 'vitest';

import { Cerebro, fixedSize, GeneratedDataFeed } from 'nextbar';
import { inline, optimize, threads, type OptimizeOptions, type OptimizeResult } from 'nextbar/research';
import { Crossing, smoothness } from './sweep-strategy.ts';

const module = new URL('./sweep-strategy.ts', import.meta.url);
const feed = new GeneratedDataFeed({ name: 'a', timeframe: '1h', start: '2024-01-01', count: 3_000, seed: 5 });
const make = (): Cerebro =>
  new Cerebro({ cash: 10_000, commission: 0.001 }).addData(feed).resampleData('a', '4h').addSizer(fixedSize(3));
const space = { fast: { from: 3, to: 8 }, slow: [5, 10, 20, 40] };
const sweep = (options: OptimizeOptions = {}): Promise<OptimizeResult> =>
  optimize(make().optStrategy(Crossing, space), { keep: 'fast < slow', ...options });

const plain = ({ trials, luck, best, neighbourhood }: OptimizeResult): unknown =>
  JSON.stringify({ trials: [...trials], luck, best, neighbourhood });

describe('executors', () => {
  it('give the same answer to the bit, whatever their number', async () => {
    const expected = plain(await sweep({ executor: inline() }));
    expect(plain(await sweep({ executor: threads(2), module }))).toBe(expected);
    const own = { metric: smoothness, method: 'tpe', trials: 16, seed: 4 } as const;
    const led = plain(await sweep({ ...own, executor: inline() }));
    expect(plain(await sweep({ ...own, executor: threads(1), module }))).toBe(led);
  });
});
