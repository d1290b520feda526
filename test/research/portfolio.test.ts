/** Portfolios: shares of capital, rebalancing, one equity, and 200 symbols from one class. */
import { describe, expect, it } from 'vitest';

import { Cerebro, GeneratedDataFeed, sma, Strategy, type RunResult } from 'nextbar';
import { allocate, combine, momentsOf, run } from 'nextbar/research';
import { normals } from './noise.ts';

const series = (count: number, seed: number, scale = 1): Float64Array => {
  const normal = normals(seed);
  return Float64Array.from({ length: count }, () => 0.01 * scale * normal() + 0.001);
};

describe('shares of capital', () => {
  const [calm, wild] = [series(400, 1), series(400, 2, 3)];

  it('are equal, or in inverse proportion to deviation', () => {
    expect(allocate([calm, wild])).toEqual([0.5, 0.5]);
    const [a, b] = allocate([calm, wild], { allocation: 'inverseVolatility' });
    expect(a! / b!).toBeCloseTo(momentsOf(wild).deviation / momentsOf(calm).deviation, 10);
    expect(a! + b!).toBeCloseTo(1, 12);
  });

  it('of risk parity contribute the same risk', () => {
    const third = wild.map((one, i) => one + 0.5 * calm[i]!);
    const rows = [calm, wild, third];
    const shares = allocate(rows, { allocation: 'riskParity' });
    const total = Float64Array.from(calm, (_, i) => rows.reduce((sum, row, k) => sum + shares[k]! * row[i]!, 0));
    const mean = momentsOf(total).mean;
    const risks = rows.map((row, k) => {
      const own = momentsOf(row).mean;
      return shares[k]! * row.reduce((sum, one, i) => sum + (one - own) * (total[i]! - mean), 0);
    });
    expect(risks[0]! / risks[1]!).toBeCloseTo(1, 6);
    expect(risks[0]! / risks[2]!).toBeCloseTo(1, 6);
  });

  it("of Kelly's rule are mean by variance, none below 0, and capped", () => {
    const losing = calm.map((one) => -one);
    const free = allocate([calm, losing], { allocation: 'kelly', kellyCap: 1e9 });
    const { mean, deviation } = momentsOf(calm);
    expect(free[0]).toBeCloseTo(mean / deviation ** 2, 8);
    expect(free[1]).toBe(0);
    expect(allocate([calm, wild], { allocation: 'kelly' }).reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(1 + 1e-12);
  });

  it('refuse what is none', () => {
    expect(() => allocate([calm], { allocation: 'riskPartiy' as never })).toThrow("did you mean 'riskParity'?");
    for (const allocation of ['inverseVolatility', 'riskParity', 'kelly'] as const)
      expect(() => allocate([calm, wild.subarray(1)], { allocation })).toThrow(
        'series 1 has 399 returns and the first has 400: give those of the same periods',
      );
  });
});

class Above extends Strategy<typeof Above.params> {
  static readonly params = { period: 20 };
  readonly line = sma(this.data.close, this.params.period);
  override next(): void {
    if (this.data.close.now > this.line.now && this.position.size === 0) this.buy();
    else if (this.data.close.now < this.line.now) this.close();
  }
}
const resultOf = (seed: number): Promise<RunResult> =>
  run(
    Above,
    new GeneratedDataFeed({ timeframe: '6h', start: '2024-01-01', count: 1_200, seed }),
    {},
    { commission: 0.001 },
  );

describe('a combined portfolio', () => {
  it('that drifts is worth the mean of its parts', async () => {
    const results = [await resultOf(1), await resultOf(2), await resultOf(3)];
    const { value, totalReturn, rebalancings, correlations } = combine(results, { rebalanceDays: 0 });
    expect(rebalancings).toHaveLength(1);
    expect(value).toHaveLength(300);
    expect(totalReturn).toBeCloseTo(results.reduce((sum, one) => sum + one.finalValue / one.startValue - 1, 0) / 3, 9);
    expect(correlations[1]![1]).toBeCloseTo(1, 9);
  });

  it('knows no later day: its shares are the same when the rest of history is another', async () => {
    const results = [await resultOf(1), await resultOf(4)];
    const shares = combine(results, { allocation: 'riskParity' }).rebalancings;
    expect(shares.map(({ day }) => day)).toEqual([0, 30, 60, 90, 120, 150, 180, 210, 240, 270]);
    expect(shares[2]!.shares).toEqual([0.5, 0.5]);
    expect(shares[4]!.shares).not.toEqual([0.5, 0.5]);
    const costly = combine(results, { allocation: 'riskParity', cost: 0.01 });
    expect(costly.totalReturn).toBeLessThan(combine(results, { allocation: 'riskParity' }).totalReturn);
  });

  it('is refused over other days, although as many, and without results or money', async () => {
    const data = new GeneratedDataFeed({ timeframe: '6h', start: '2023-01-01', count: 1_200, seed: 1 });
    const earlier = await run(Above, data, {}, { commission: 0.001 });
    const result = await resultOf(1);
    expect(() => combine([result, earlier])).toThrow(
      'result 1 begins on 2023-01-01 and the first on 2024-01-01: run all over the same days',
    );
    expect(() => combine([])).toThrow('there is no result to combine');
    expect(() => combine([result], { cash: 0 })).toThrow('cash must be above 0, was 0');
  });
});

describe('one class', () => {
  it('trades 200 symbols with one cash', async () => {
    class Everything extends Strategy {
      readonly lines = this.datas.map((data) => sma(data.close, 10));
      override next(): void {
        this.datas.forEach((data, k) => {
          if (!data.isNew) return;
          const { size } = this.getPosition(data);
          if (size === 0 && data.close.now > this.lines[k]!.now) this.buy({ data });
          else if (size > 0 && data.close.now < this.lines[k]!.now) this.close({ data });
        });
      }
    }
    const cerebro = new Cerebro({ cash: 1e6, commission: 0.001 });
    for (let k = 0; k < 200; k++) {
      cerebro.addData(
        new GeneratedDataFeed({
          name: `s${k}`,
          symbol: `S${k}/USDT`,
          timeframe: '1d',
          start: '2024-01-01',
          count: 60,
          seed: k + 1,
        }),
      );
    }
    const { strategies, finalValue, datas } = await cerebro.addStrategy(Everything).run();
    expect(datas).toHaveLength(200);
    expect(new Set(strategies[0]!.orders.map(({ data }) => data.name)).size).toBeGreaterThan(150);
    expect(finalValue).toBeGreaterThan(0);
  });
});
