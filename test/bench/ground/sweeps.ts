/** The sweep that benches time: W1 with many pairs of periods. */
import { Cerebro, fixedSize, type Strategy, type StrategyContext } from 'nextbar';
import { optimize, type Executor } from 'nextbar/research';

import type { feedOf } from './workloads.ts';

/** The module of its strategy, which threads import. */
export const strategyModule = new URL('./cross-of.mjs', import.meta.url);
const { CrossOf } = (await import(strategyModule.href)) as {
  readonly CrossOf: (new (
    context: StrategyContext<{ fast: number; slow: number }>,
  ) => Strategy<{ fast: number; slow: number }>) & {
    readonly params: { fast: number; slow: number };
  };
};

/** Runs every pair of `count` fast and `count` slow periods, and returns the best one. */
export async function bestOfSweep(
  feed: ReturnType<typeof feedOf>,
  [fast, slow]: readonly [number, number],
  count: number,
  executor: Executor,
): Promise<string> {
  const cerebro = new Cerebro({ cash: 1e8, commission: 0.001 });
  cerebro.addData(feed);
  cerebro.addSizer(fixedSize(10));
  const range = (from: number, step: number) => ({ from, to: from + (count - 1) * step, step });
  cerebro.optStrategy(CrossOf, { fast: range(fast, 1), slow: range(slow, count > 10 ? 1 : 5) });
  const { best } = await optimize(cerebro, { executor, module: strategyModule });
  return JSON.stringify(best?.params);
}
