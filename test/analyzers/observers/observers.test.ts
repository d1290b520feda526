/** Observers, against lines worked out by hand. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, barsFromRows } from 'nextbar';
import {
  BenchmarkObserver,
  BrokerObserver,
  CashObserver,
  FundObserver,
  LogReturnsObserver,
  TimeReturnObserver,
  ValueObserver,
} from '../../../src/analyzers/index.ts';
import { dayMs, monday, read } from '../ground.ts';

const rounded = (line: Float64Array): number[] => Array.from(line, (value) => +value.toFixed(12));

describe('observers', () => {
  const run = {
    values: [110, 121, 60.5, 121],
    gross: [0, 10, 0, 0],
    closes: [120, 180, 90, 90],
    frame: '12h',
    start: 100,
  };

  it('show cash and value of each step', () => {
    const lines = read(new BrokerObserver(), run);
    expect([...lines.value]).toEqual([110, 121, 60.5, 121]);
    expect([...lines.cash]).toEqual([110, 111, 60.5, 121]);
    expect([...read(new CashObserver(), run).cash]).toEqual([...lines.cash]);
    expect([...read(new ValueObserver(), run).value]).toEqual([...lines.value]);
  });

  it('show the return of the running period so far', () => {
    expect(rounded(read(new TimeReturnObserver({ timeframe: '1d' }), run).return)).toEqual([0.1, 0.21, -0.5, 0]);
  });

  it('show a benchmark beside it, from its first close on', () => {
    const lines = read(new BenchmarkObserver({ timeframe: '1d' }), run);
    expect(rounded(lines.return)).toEqual([0.1, 0.21, -0.5, 0]);
    expect(rounded(lines.benchmark)).toEqual([0, 0.5, -0.5, -0.5]);
  });

  it('show logarithmic returns over a window, from the first open on', () => {
    const line = read(new LogReturnsObserver({ window: 2 }), run).logReturn;
    expect(line[0]).toBeNaN();
    expect(line[1]).toBeCloseTo(Math.log(1.8), 14);
    expect(line[2]).toBeCloseTo(Math.log(90 / 120), 14);
    expect(line[3]).toBeCloseTo(Math.log(90 / 180), 14);
  });

  it('show that cash added makes shares, and no gain', async () => {
    class Saver extends Strategy {
      override next(): void {
        if (this.data.length === 2) this.broker.addCash(500);
      }
    }
    const bar = { open: 10, high: 10, low: 10, close: 10, volume: 1 };
    const bars = barsFromRows([0, 1, 2, 3].map((day) => ({ ...bar, time: monday + day * dayMs })));
    const result = await new Cerebro({ cash: 1000, fundMode: true, fundStart: 10 })
      .addData(new BarsDataFeed({ name: 'A', symbol: 'A/USDT', timeframe: '1d', bars }))
      .addStrategy(Saver)
      .addAnalyzer(FundObserver)
      .run();
    const lines = result.strategies[0]!.analyzer(FundObserver);
    expect([...lines.fundValue]).toEqual([10, 10, 10, 10]);
    expect([...lines.fundShares]).toEqual([100, 100, 150, 150]);
    expect(result.stats.totalReturn).toBe(0);
  });
});
