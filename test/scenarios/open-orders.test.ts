/** What is open already counts: targets, `close` and sizers asked again do not order again. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, investFraction, percentOfCash, riskPerTrade, Strategy, type Order } from 'nextbar';
import { barsOf, hourMs, monday, scenario } from './table.ts';

const flat = `
  100 101 99 100
  100 101 99 100
  100 101 99 100
  100 101 99 100
  100 101 99 100
  100 101 99 100
`;

/** Runs one act in each `next` over flat bars, and returns the strategy with what it holds in the end. */
async function each(
  act: (strategy: Strategy, bar: number) => unknown,
  options: { latencyBars?: number; rules?: 'exchange' | 'backtrader'; sizer?: ReturnType<typeof investFraction> } = {},
): Promise<{ orders: readonly Order[]; size: number; cash: number }> {
  class Acting extends Strategy {
    override next(): void {
      act(this, this.data.length);
    }
  }
  const { sizer, ...rest } = options;
  const cerebro = new Cerebro({ cash: 10_000, ...rest });
  cerebro.addData(new BarsDataFeed({ name: 'btc', timeframe: '1h', bars: barsOf(flat) })).addStrategy(Acting);
  if (sizer !== undefined) cerebro.addSizer(sizer);
  const { strategies, finalCash } = await cerebro.run();
  const { strategy, orders } = strategies[0]!;
  return { orders, size: strategy.position.size, cash: finalCash };
}

describe('a target', () => {
  it('asked for each hour while a daily bar is waited for places one order', async () => {
    class Hourly extends Strategy {
      readonly daily = this.getData('daily');
      override next(): void {
        if (this.daily.length > 0) this.orderTargetPercent(0.5, { data: this.daily });
      }
    }
    const hours = Array.from({ length: 72 }, (_, k) => {
      return { time: monday + k * hourMs, open: 50, high: 51, low: 49, close: 50, volume: 1000 };
    });
    const days = Array.from({ length: 3 }, (_, k) => {
      return { time: monday + k * 24 * hourMs, open: 50, high: 51, low: 49, close: 50, volume: 1000 };
    });
    const cerebro = new Cerebro({ cash: 10_000 })
      .addData(new BarsDataFeed({ name: 'hourly', timeframe: '1h', bars: hours }))
      .addData(new BarsDataFeed({ name: 'daily', timeframe: '1d', bars: days }))
      .addStrategy(Hourly);
    const [result] = (await cerebro.run()).strategies;
    expect(result!.orders).toHaveLength(1);
    expect(result!.strategy.getPosition('daily').size).toBeCloseTo(100, 9);
  });

  it.each([0, 1, 2, 3])('does not oscillate with %d bars of latency', async (latencyBars) => {
    const { orders, size } = await each((s) => s.orderTargetSize(5), { latencyBars });
    expect([orders.length, size]).toEqual([1, 5]);
  });

  it('turned around while its order is open is brought to the new target', async () => {
    const { size } = await each((s, bar) => s.orderTargetSize(bar < 2 ? 5 : 0), { latencyBars: 1 });
    expect(size).toBe(0);
  });

  it('resting at a limit counts for the same target, and not for the opposite one', async () => {
    const { orders } = await each((s) => s.orderTargetSize(5, { type: 'limit', price: 90 }));
    expect(orders).toHaveLength(1);
    const turned = await each((s, bar) =>
      bar === 1 ? s.orderTargetSize(5, { type: 'limit', price: 90 }) : s.orderTargetSize(-1),
    );
    expect(turned.size).toBe(-1);
  });

  it('is reached although protective exits are open', async () => {
    const { size } = await each((s, bar) => {
      if (bar === 1) s.buyBracket({ size: 4, stopLoss: 90, takeProfit: 120 });
      if (bar === 3) s.orderTargetSize(6);
    });
    expect(size).toBe(6);
  });

  it('is idempotent, whatever it is and however often it is asked for', async () => {
    for (const target of [-3, -0.25, 0, 0.1, 2.5, 7]) {
      const { orders, size } = await each((s) => {
        for (let n = 0; n < 3; n++) s.orderTargetSize(target);
      });
      expect([orders.length, size]).toEqual([target === 0 ? 0 : 1, target]);
    }
  });

  it("under Backtrader's rules counts the position alone", async () => {
    const { orders } = await each((s) => s.orderTargetSize(5), { latencyBars: 2, rules: 'backtrader' });
    expect(orders.length).toBeGreaterThan(1);
  });
});

describe('close', () => {
  it('called three times in one bar closes once', async () => {
    const { orders, size } = await each((s, bar) => {
      if (bar === 1) s.buy({ size: 2 });
      if (bar === 3) for (let n = 0; n < 3; n++) s.close();
    });
    expect([orders.length, size]).toEqual([2, 0]);
  });

  it('called in each bar while its limit waits places one order', async () => {
    const { orders } = await each((s, bar) =>
      bar === 1 ? s.buy({ size: 2 }) : s.close({ type: 'limit', price: 150 }),
    );
    expect(orders).toHaveLength(2);
  });

  it('in parts never closes more than is held', async () => {
    const { orders, size } = await each((s, bar) => {
      if (bar === 1) s.buy({ size: 5 });
      if (bar === 3) for (let n = 0; n < 3; n++) s.close({ size: 2 });
    });
    expect([size, orders.slice(1).map((order) => order.size)]).toEqual([0, [2, 2, 1]]);
  });

  it('closes at the market although a stop and a target wait', async () => {
    const { size } = await each((s, bar) => {
      if (bar === 1) s.buyBracket({ size: 4, stopLoss: 90, takeProfit: 120 });
      if (bar === 3) s.close();
    });
    expect(size).toBe(0);
  });
});

describe('a sizer', () => {
  it('invests once when asked twice in one bar', async () => {
    const { orders, size } = await each((s, bar) => {
      if (bar === 1) for (let n = 0; n < 3; n++) s.buy();
    });
    expect(orders).toHaveLength(1);
    expect(size).toBeCloseTo(95, 6);
  });

  it('takes its share of the cash that is left by what is open', async () => {
    const { orders } = await each((s, bar) => bar === 1 && [s.buy(), s.buy()], { sizer: percentOfCash(0.5) });
    expect(orders.map(({ size }) => size)).toEqual([50, 25]);
  });

  it('does not add to a limit order that still waits', async () => {
    const { orders } = await each((s) => s.buy({ type: 'limit', price: 90 }), { sizer: investFraction(0.9) });
    expect(orders).toHaveLength(1);
  });
});

describe('the lists of orders', () => {
  it('are what is open, of all datas or of one, and everything so far', async () => {
    const seen: string[] = [];
    await each((s, bar) => {
      if (bar === 1) s.buy({ size: 1 });
      if (bar === 2) s.sell({ size: 1, type: 'limit', price: 150 });
      if (bar === 4) s.cancel(s.openOrders[0]!);
      seen.push([s.openOrders, s.getOpenOrders('btc'), s.orderHistory].map(({ length }) => length).join(' '));
    });
    expect(seen).toEqual(['1 1 1', '1 1 2', '1 1 2', '1 1 2', '0 0 2', '0 0 2']);
  });
});

describe('riskPerTrade', () => {
  it('without a distance to the stop refuses that order with the reason, and the run goes on', () =>
    scenario(
      `
      open high low close | orders                  | told
      100  101  99  100   | a: buy                  |
      100  101  99  100   | b: buy stopPrice=100    | a rejected (riskPerTrade needs a stopPrice away from the price 100, was NaN)
      100  101  99  100   | c: buy stopPrice=98     | b rejected (riskPerTrade needs a stopPrice away from the price 100, was 100)
      100  101  99  100   |                         | c 50 @ 100
      `,
      { sizer: riskPerTrade(0.01) },
    ));
});
