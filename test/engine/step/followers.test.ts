/** Runs in which one data leads: the quick loop and the general one must agree step by step. */
import { describe, expect, it } from 'vitest';

import {
  Analyzer,
  BarsDataFeed,
  Cerebro,
  Strategy,
  crossover,
  fixedSize,
  generateBars,
  sma,
  type RunResult,
} from 'nextbar';

const bars = generateBars({ seed: 5, timeframe: '1m', start: '2024-01-01', count: 5000 });

/** What the strategy saw in each step of the latest run. */
let seen: string[] = [];

/** Trades the minutes and, in the middle of the run, the hours too. */
class BothDatas extends Strategy<typeof BothDatas.params> {
  static readonly params = { slowFrom: 60 };
  readonly cross = crossover(sma(this.data.close, 5), sma(this.data.close, 20));
  readonly slow = sma(this.datas[1]!.close, 3);

  override next(): void {
    const slow = this.datas[1]!;
    seen.push(`${this.data.length} ${slow.length} ${slow.isNew} ${this.slow.now}`);
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
    if (slow.isNew && slow.length === this.params.slowFrom) this.buy({ data: slow, size: 2 });
    if (slow.isNew && slow.length === this.params.slowFrom + 5) this.close({ data: slow });
  }
}

/** Looks at every step, which the quick loop leaves to the general one. */
class EachStep extends Analyzer<number> {
  override readonly everyStep = true;
  private steps = 0;
  override observe(): void {
    this.steps++;
  }
  override result(): number {
    return this.steps;
  }
}

async function run(slowFrom: number, isWatched: boolean): Promise<{ result: RunResult; saw: readonly string[] }> {
  seen = [];
  const cerebro = new Cerebro({ cash: 1e6, commission: 0.001 });
  cerebro.addData(new BarsDataFeed({ bars, timeframe: '1m', name: 'base' })).resampleData('base', '1h');
  cerebro.addStrategy(BothDatas, { slowFrom }).addSizer(fixedSize(3));
  if (isWatched) cerebro.addAnalyzer(EachStep);
  return { result: await cerebro.run(), saw: seen };
}

describe('a data that leads those made of it', () => {
  it.each([
    ['only the minutes are traded', 1e6],
    ['the hours are traded from the middle on', 40],
    ['the hours are traded from the start', 3],
  ])('gives the same steps, orders and equity as a run watched step by step when %s', async (_case, slowFrom) => {
    const { result: quick, saw } = await run(slowFrom, false);
    const { result: watched, saw: sawEach } = await run(slowFrom, true);
    expect(saw).toEqual(sawEach);
    expect(JSON.stringify(quick.strategies[0]!.orders)).toBe(JSON.stringify(watched.strategies[0]!.orders));
    for (const column of ['time', 'cash', 'value'] as const) {
      expect(Array.from(quick.equity[column])).toEqual(Array.from(watched.equity[column]));
    }
    expect(quick.stats).toEqual(watched.stats);
    expect(quick.steps).toBe(5000);
  });
});
