/** A strategy alone on one data: the quick loop must give what the general one gives, whoever listens and however far lines are read back. */
import { describe, expect, it } from 'vitest';

import {
  Analyzer,
  BarsDataFeed,
  Cerebro,
  Strategy,
  crossover,
  ema,
  fixedSize,
  generateBars,
  sma,
  type Order,
} from 'nextbar';

const bars = generateBars({ seed: 11, timeframe: '1m', start: '2024-01-01', count: 14_000 });

/** Cash and gross value at each step, read in blocks. */
class Money extends Analyzer<readonly string[]> {
  private readonly rows: string[] = [];
  override observe(from: number, to: number): void {
    const { cash, value, gross, time } = this.run.record;
    for (let step = from; step < to; step++)
      this.rows.push(`${time.at(step)} ${cash.at(step)} ${value.at(step)} ${gross.at(step)}`);
  }
  override result(): readonly string[] {
    return this.rows;
  }
}

/** Reads nothing of the money, so that nothing of it need be worked out while the run goes on. */
class Steps extends Analyzer<number> {
  private count = 0;
  override observe(from: number, to: number): void {
    this.count += to - from;
  }
  override result(): number {
    return this.count;
  }
}

/** Looks at every step, which the quick loop leaves to the general one. */
class EachStep extends Steps {
  override readonly everyStep = true;
}

interface Reads {
  /** Bars at which the lines are read from further back than is kept. */
  readonly far: readonly number[];
}

function strategyOf({ far }: Reads, log: string[]) {
  return class Cross extends Strategy {
    readonly slow = sma(this.data.close, 30);
    readonly cross = crossover(sma(this.data.close, 8), this.slow);
    readonly #hidden = ema(this.slow, 5);

    override next(): void {
      const { length } = this.data;
      if (length % 97 === 0) log.push(`${this.slow.ago(20, -1)} ${this.slow.window(25).join()}`);
      if (far.includes(length)) log.push(`${this.cross.ago(length - 40)} ${this.#hidden.ago(9_000, -1)}`);
      if (this.cross.now > 0) this.buy();
      else if (this.cross.now < 0)
        this.sell(length % 2 === 0 ? {} : { type: 'limit', price: this.data.close.now * 1.001 });
      if (length % 501 === 0) this.cancel(this.buy({ type: 'limit', price: this.data.close.now * 0.9 })!);
      if (length % 1_003 === 0) this.buy({ size: 1e9 });
    }
  };
}

async function run(reads: Reads, extra: 'nothing' | 'money' | 'steps' | 'orders') {
  const log: string[] = [];
  const Plain = strategyOf(reads, log);
  const heard: string[] = [];
  class Hearing extends Plain {
    override notifyOrder(order: Order): void {
      heard.push(`${order.ref} ${order.status}`);
    }
  }
  const cerebro = new Cerebro({ cash: 1e6, commission: 0.001 });
  cerebro.addData(new BarsDataFeed({ bars, timeframe: '1m', name: 'base' })).addSizer(fixedSize(3));
  cerebro.addStrategy(extra === 'orders' ? Hearing : Plain).addAnalyzer(Steps);
  if (extra === 'money' || extra === 'steps') cerebro.addAnalyzer(Money);
  if (extra === 'steps') cerebro.addAnalyzer(EachStep);
  const result = await cerebro.run();
  const orders = JSON.stringify(result.strategies[0]!.orders);
  const equity = (['time', 'cash', 'value'] as const).map((column) => Array.from(result.equity[column]));
  return { orders, equity, stats: result.stats, log, heard, result };
}

describe.each([
  ['reads its lines a little back', { far: [] }],
  ['reads a line from its beginning on the way', { far: [9_500, 13_000] }],
])('a strategy that %s', (_case, reads) => {
  it('gets the same from the quick loop as step by step, and with somebody listening to orders', async () => {
    const steps = await run(reads, 'steps');
    expect(steps.log.length).toBeGreaterThan(100);
    const statuses = new Set(steps.result.strategies[0]!.orders.map(({ status }) => status));
    expect([...statuses].sort()).toEqual(['accepted', 'canceled', 'completed', 'margin']);
    for (const extra of ['nothing', 'money', 'orders'] as const) {
      const quick = await run(reads, extra);
      expect(quick.log).toEqual(steps.log);
      expect(quick.orders).toBe(steps.orders);
      expect(quick.equity).toEqual(steps.equity);
      expect(quick.stats).toEqual(steps.stats);
    }
  });

  it('shows analyzers the same cash and gross value in blocks as step by step', async () => {
    const [quick, steps] = [await run(reads, 'money'), await run(reads, 'steps')];
    expect(quick.result.strategies[0]!.analyzer(Money)).toEqual(steps.result.strategies[0]!.analyzer(Money));
  });

  it('gives its curve as plain data', async () => {
    const { result, equity } = await run(reads, 'nothing');
    const [time, cash, value] = equity;
    expect(JSON.parse(JSON.stringify(result.equity))).toEqual({ time, cash, value });
  });

  it('is told of each status of an order where it listens', async () => {
    const { heard, result } = await run(reads, 'orders');
    const filled = result.strategies[0]!.orders.filter(({ status }) => status === 'completed');
    for (const status of ['submitted', 'accepted', 'completed'])
      for (const { ref } of filled) expect(heard).toContain(`${ref} ${status}`);
  });
});
