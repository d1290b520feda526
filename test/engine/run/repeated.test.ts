/** Many backtests over bars that are loaded once share memory, and no answer. */
import { expect, it } from 'vitest';

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
