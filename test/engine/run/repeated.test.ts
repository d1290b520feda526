/** Many backtests over bars that are loaded once share memory, and no answer. */
import { expect, it } from 'vitest';

import { Analyzer } from '../../../src/analyzers/index.ts';
import { crossover, DrawDown, GeneratedDataFeed, sma, Strategy, Cerebro, type RunResult } from '../../../src/index.ts';
import { mergeParams, planOf, RepeatedBacktest, type PlannedStrategy, type StrategyClass } from '../../../src/engine/index.ts'; // prettier-ignore

class Cross extends Strategy<typeof Cross.params> {
  static readonly params = { fast: 3, slow: 9 };
  readonly cross = crossover(sma(this.data.close, this.params.fast), sma(this.data.close, this.params.slow));

  override next(): void {
    if (this.cross.now > 0) this.buy({ size: 1 });
    else if (this.cross.now < 0) this.close();
  }
}

const make = (): Cerebro =>
  new Cerebro({ cash: 100_000, commission: 0.001 })
    .addData(new GeneratedDataFeed({ timeframe: '1h', count: 9_000, seed: 11 }))
    .addAnalyzer(DrawDown);

function planned(fast: number): PlannedStrategy {
  const cls = Cross as unknown as StrategyClass<Record<string, unknown>>;
  const params = mergeParams(cls, { fast });
  return { name: 'Cross', params, make: (parts) => new cls({ ...parts, params }) };
}

const figures = ({ stats, equity, strategies: [one] }: RunResult): unknown => [
  stats,
  equity.value.at(-1),
  [...equity.time.subarray(5_000, 5_003)],
  one!.analyzer(DrawDown),
];

it('gives each run its own figures, read whenever and in whatever order', async () => {
  const repeated = await RepeatedBacktest.load(planOf(make()));
  const results = [3, 4, 5].map((fast) => repeated.run([planned(fast)]));
  const alone = await Promise.all([3, 4, 5].map((fast) => make().addStrategy(Cross, { fast }).run()));
  for (const k of [1, 2, 0, 1]) expect(figures(results[k]!)).toEqual(figures(alone[k]!));
});

it('computes what two prepared runs share, and no step of them', async () => {
  const repeated = await RepeatedBacktest.load(planOf(make()));
  let steps = 0;
  class Counted extends Cross {
    override next(): void {
      steps++;
      super.next();
    }
  }
  const cls = Counted as unknown as StrategyClass<Record<string, unknown>>;
  for (const fast of [3, 4]) {
    const params = mergeParams(cls, { fast });
    repeated.prepare([{ name: 'Counted', params, make: (parts) => new cls({ ...parts, params }) }]);
  }
  // The slow average is the one indicator that the fast period does not touch.
  expect([steps, repeated.computed.size]).toEqual([0, 1]);
  const alone = await make().addStrategy(Cross, { fast: 5 }).run();
  expect(figures(repeated.run([planned(5)]))).toEqual(figures(alone));
});

it('leaves the last step readable to an analyzer, and the memory to the next run', async () => {
  class Late extends Analyzer<readonly [steps: number, value: number, before: number]> {
    result(): readonly [number, number, number] {
      const { length, value } = this.run.record;
      return [length, value.at(length - 1), value.at(length - 2)];
    }
  }
  const run = (): Promise<RunResult> => make().addAnalyzer(Late).addStrategy(Cross).run();
  const [first, second] = [await run(), await run()];
  for (const result of [first, second])
    expect(result.strategies[0]!.analyzer(Late)).toEqual([9_000, result.finalValue, NaN]);
  expect(figures(first)).toEqual(figures(second));
});
