/** The sweep that tests of sweeps repeat: two averages over bars of an hour and four hours. */
import { Cerebro, fixedSize, GeneratedDataFeed } from 'nextbar';
import { optimize, type OptimizeOptions, type OptimizeResult } from 'nextbar/research';
import { Crossing } from './sweep-strategy.ts';

export const module = new URL('./sweep-strategy.ts', import.meta.url);
const feed = new GeneratedDataFeed({ name: 'a', timeframe: '1h', start: '2024-01-01', count: 3_000, seed: 5 });
export const make = (): Cerebro =>
  new Cerebro({ cash: 10_000, commission: 0.001 }).addData(feed).resampleData('a', '4h').addSizer(fixedSize(3));
export const space = { fast: { from: 3, to: 8 }, slow: [5, 10, 20, 40] };
export const sweep = (options: OptimizeOptions = {}): Promise<OptimizeResult> =>
  optimize(make().optStrategy(Crossing, space), { keep: 'fast < slow', ...options });

export const plain = ({ trials, luck, best, neighbourhood }: OptimizeResult): unknown =>
  JSON.stringify({ trials: [...trials], luck, best, neighbourhood });
