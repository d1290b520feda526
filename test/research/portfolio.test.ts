/** Portfolios: shares of capital, rebalancing, one equity, and 200 symbols from one class. */
import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, GeneratedDataFeed, generateBars, sma, Strategy, type RunResult } from 'nextbar';
import { allocate, combine, momentsOf, run } from 'nextbar/research';
import { normals } from './noise.ts';

const series = (count: number, seed: number, scale = 1): Float64Array => {
  const normal = normals(seed);
  return Float64Array.from({ length: count }, () => 0.01 * scale * normal() + 0.001);
};

/** Equal risk contributions where every variance counts more by a share: Newton's steps from Spinu (2013), slow and apart from the library. */
function loosenedParity(rows: readonly ArrayLike<number>[], more: number): number[] {
  const n = rows.length;
  const count = rows[0]!.length;
  const centred = rows.map((row) => {
    const values = Array.from(row);
    const mean = values.reduce((a, b) => a + b, 0) / count;
    const length = Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0));
    return { length, values: values.map((one) => (one - mean) / length) };
  });
  const matrix = centred.map(({ values }, i) =>
    centred.map((other, j) => values.reduce((sum, one, k) => sum + one * other.values[k]!, 0) + (i === j ? more : 0)),
  );
  let weights = new Array<number>(n).fill(1 / Math.sqrt(n));
  for (let round = 0; round < 200; round++) {
    const slope = matrix.map((row, i) => row.reduce((sum, one, j) => sum + one * weights[j]!, 0) - 1 / n / weights[i]!);
    const curve = matrix.map((row, i) => row.map((one, j) => one + (i === j ? 1 / n / weights[i]! ** 2 : 0)));
    const step = solved(curve, slope);
    const decrement = Math.sqrt(Math.max(0, n * step.reduce((sum, one, k) => sum + one * slope[k]!, 0)));
    weights = weights.map((one, k) => one - step[k]! / (decrement > 0.25 ? 1 + decrement : 1));
    if (decrement < 1e-10) break;
  }
  const shares = weights.map((one, k) => one / centred[k]!.length);
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((one) => one / sum);
}

/** The solution of linear equations with a positive matrix, by elimination. */
function solved(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, k) => [...row, right[k]!]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i]![k]! / rows[k]![k]!;
      for (let j = k; j <= n; j++) rows[i]![j]! -= factor * rows[k]![j]!;
    }
  }
  const found = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    let left = rows[k]![n]!;
    for (let j = k + 1; j < n; j++) left -= rows[k]![j]! * found[j]!;
    found[k] = left / rows[k]![k]!;
  }
  return found;
}

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

  it('are the same where nothing is known, within the cap of Kelly', () => {
    const still = new Float64Array(40).fill(0.1);
    for (const rows of [
      [still, still],
      [[0.1], [0.2]],
      [[], []],
    ]) {
      expect(allocate(rows, { allocation: 'riskParity' })).toEqual([0.5, 0.5]);
      expect(allocate(rows, { allocation: 'kelly', kellyCap: 0.5 })).toEqual([0.25, 0.25]);
      expect(allocate(rows, { allocation: 'kelly', kellyCap: 3 })).toEqual([0.5, 0.5]);
    }
    const quiet = series(40, 3, 1e-10).map((one) => one - 0.001);
    expect(allocate([still, quiet], { allocation: 'inverseVolatility' })).toEqual([0, 1]);
  });

  it('of risk parity contribute the same risk over a hundred series', () => {
    const rows = Array.from({ length: 100 }, (_, k) => series(90, k + 1, 1 + (k % 7)));
    const shares = allocate(rows, { allocation: 'riskParity' });
    const total = Float64Array.from({ length: 90 }, (_, i) => rows.reduce((sum, row, k) => sum + shares[k]! * row[i]!, 0)); // prettier-ignore
    const { mean } = momentsOf(total);
    const risks = rows.map((row, k) => {
      const own = momentsOf(row).mean;
      return shares[k]! * row.reduce((sum, one, i) => sum + (one - own) * (total[i]! - mean), 0);
    });
    expect(Math.min(...risks) / Math.max(...risks)).toBeCloseTo(1, 6);
  });

  it('of risk parity are one answer where series can be mixed without any risk', () => {
    const wide = Array.from({ length: 200 }, (_, k) => series(90, 400 + k, 0.005 + 0.001 * (k % 30)));
    const base = series(300, 3, 1);
    const hedged = [base, base.map((one) => -2 * one), series(300, 4, 1)];
    for (const rows of [wide, hedged]) {
      const shares = allocate(rows, { allocation: 'riskParity' });
      const own = loosenedParity(rows, 0.01);
      shares.forEach((share, k) => expect(share / own[k]!).toBeCloseTo(1, 8));
    }
    // The sides of the hedge nearly even each other out.
    const [long, short, other] = allocate(hedged, { allocation: 'riskParity' });
    expect(long! / short!).toBeCloseTo(2, 1);
    expect(other).toBeLessThan(short! / 3);
  });

  it('refuse what is none', () => {
    expect(() => allocate(undefined as never)).toThrow('returns must be a list of series, was undefined');
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

  const daysLong = 120;
  const bars = [...generateRows(daysLong)];
  const over = (rows: typeof bars, timeframe: '1h' | '1d' | '3d' = '1h'): Promise<RunResult> =>
    run(Above, new BarsDataFeed({ bars: rows, timeframe, symbol: 'A/B', validation: { gaps: 'report' } }));
  const dayOf = (time: number): number => Math.floor((time - bars[0]!.time) / 86_400_000);

  it('keeps days together where one result has a gap', async () => {
    const whole = await over(bars);
    const holed = await over(bars.filter(({ time }) => dayOf(time) < 50 || dayOf(time) >= 55));
    for (const results of [
      [whole, holed],
      [holed, whole],
    ]) {
      const { time, value, correlations } = combine(results, { rebalanceDays: 0 });
      expect([time.length, value.length, time[50]! - time[0]!]).toEqual([daysLong, daysLong, 50 * 86_400_000]);
      expect(correlations[0]![1]!).toBeGreaterThan(0.9);
      expect(value.at(-1)! / 10_000).toBeCloseTo((whole.finalValue + holed.finalValue) / 20_000, 9);
    }
    // As many days, but not the same.
    const cut = await over(bars.filter(({ time }) => dayOf(time) < daysLong - 5));
    expect(() => combine([holed, cut])).toThrow('result 1 ends on 2024-04-24 and the first on 2024-04-29: run all over the same days'); // prettier-ignore
  });

  it('of one result is that result, whatever its bars', async () => {
    const feed = (timeframe: '1h' | '1d' | '3d', count: number) => new GeneratedDataFeed({ timeframe, start: '2024-01-01', count, seed: 5 }); // prettier-ignore
    for (const [timeframe, count] of [['1h', 2_400], ['1d', 200], ['3d', 150]] as const) {
      const result = await run(Above, feed(timeframe, count), { period: 5 });
      const { totalReturn, sharpe, value, rebalancings } = combine([result], { allocation: 'riskParity' });
      expect(totalReturn).toBeCloseTo(result.stats.totalReturn!, 12);
      expect(sharpe).toBeCloseTo(result.stats.sharpe!, 9);
      expect(value.at(-1)).toBeCloseTo(result.finalValue, 6);
      expect(rebalancings).toHaveLength(timeframe === '1h' ? 4 : timeframe === '1d' ? 7 : 15);
    } // prettier-ignore
    const slow = await run(Above, feed('3d', 50), { period: 5 });
    expect(() => combine([{ ...slow }])).toThrow('this needs the result itself');
    const fast = await run(Above, feed('1d', 148), { period: 5 });
    expect(() => combine([slow, fast])).toThrow('result 1 has bars of 1d and the first of 3d: those longer than a day must be equal'); // prettier-ignore
    const short = await run(Above, feed('1d', 20), { period: 5 });
    expect([combine([short]).sharpe, short.stats.sharpe]).toEqual([NaN, undefined]);
  });

  it('stays within the cap of Kelly from the first day on, and where it is lost', async () => {
    const results = [await resultOf(1), await resultOf(4)];
    for (const { shares } of combine(results, { allocation: 'kelly', kellyCap: 0.25 }).rebalancings)
      expect(shares[0]! + shares[1]!).toBeLessThanOrEqual(0.25 + 1e-12);
    const crash = bars.map((bar, k) => (dayOf(bar.time) < 100 ? rising(bar.time, k) : falling(bar.time, k)));
    class Hold extends Strategy {
      override nextstart(): void {
        this.buy();
      }
    }
    const lost = await run(Hold, new BarsDataFeed({ bars: crash, timeframe: '1h', symbol: 'A/B' }));
    const { value, returns } = combine([lost], { allocation: 'kelly', kellyCap: 100, lookbackDays: 30 });
    expect(Math.min(...value)).toBeLessThanOrEqual(0);
    expect([value.at(-1), returns.at(-1)]).toEqual([value.at(-10), 0]);
  });

  it('has no shares but equal ones without rebalancing, and writes itself as lists', async () => {
    const results = [await resultOf(1), await resultOf(2)];
    expect(() => combine(results, { allocation: 'riskParity', rebalanceDays: 0 })).toThrow(
      "rebalanceDays 0 keeps the equal shares of the start: allocation 'riskParity' needs days between rebalancings",
    );
    const portfolio = combine(results, { rebalanceDays: 0, allocation: 'equal' });
    const written = JSON.parse(JSON.stringify(portfolio)) as typeof portfolio;
    expect([...written.value]).toEqual([...portfolio.value]);
    expect([...written.time]).toEqual([...portfolio.time]);
  });

  it('is refused over other days, although as many, and without results or money', async () => {
    expect(() => combine([1 as never])).toThrow(
      'this needs the result itself as cerebro.run() returned it, not a copy',
    );
    expect(() => combine([], { cost: '0.1' as never })).toThrow("cost must be a number from 0 to below 1, was '0.1'");
    const data = new GeneratedDataFeed({ timeframe: '6h', start: '2023-01-01', count: 1_200, seed: 1 });
    const earlier = await run(Above, data, {}, { commission: 0.001 });
    const result = await resultOf(1);
    expect(() => combine([result, earlier])).toThrow(
      'result 1 begins on 2023-01-01 and the first on 2024-01-01: run all over the same days',
    );
    expect(() => combine([])).toThrow('there is no result to combine');
    expect(() => combine([result], { cash: 0 })).toThrow('cash must be a number above 0, was 0');
    const wrong: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ cash: '500' }, "cash must be a number above 0, was '500'"],
      [{ cash: -1 }, 'cash must be a number above 0, was -1'],
      [{ rebalanceDays: '7' }, "rebalanceDays must be a whole number of at least 0, was '7'"],
      [{ rebalanceDays: -7 }, 'rebalanceDays must be a whole number of at least 0, was -7'],
      [{ lookbackDays: '30' }, "lookbackDays must be a whole number of at least 2, was '30'"],
      [{ allocation: 'kelly', kellyCap: '2' }, "kellyCap must be a number above 0, was '2'"],
    ];
    for (const [options, text] of wrong) expect(() => combine([result], options)).toThrow(text);
    expect(() => allocate([[0.1, 0.2], undefined as never])).toThrow('series 1 of returns must be a list of numbers, was undefined'); // prettier-ignore
  });
});

function* generateRows(days: number): Generator<{ time: number; open: number; high: number; low: number; close: number; volume: number }> {
  const { time, open, high, low, close } = generateBars({ timeframe: '1h', start: '2024-01-01', count: 24 * days, seed: 3 });
  for (let k = 0; k < time.length; k++)
    yield { time: time[k]!, open: open[k]!, high: high[k]!, low: low[k]!, close: close[k]!, volume: 1 };
} // prettier-ignore

/** A bar of a steady rise, and one of a market that lost half of it at once and stands still. */
function rising(time: number, k: number): { time: number; open: number; high: number; low: number; close: number; volume: number } {
  const price = 100 + k / 10 + (k % 3);
  return { time, open: price, high: price, low: price, close: price, volume: 1 };
} // prettier-ignore
function falling(time: number, k: number): ReturnType<typeof rising> {
  const price = 50 + (k % 2) / 10;
  return { time, open: price, high: price, low: price, close: price, volume: 1 };
}

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

  it('is warned once of what many datas have in common', async () => {
    class Hold extends Strategy {
      override prenext(): void {
        for (const data of this.datas) if (data.length === 5) this.buy({ data, size: 1 });
      }
      override next(): void {
        this.prenext();
      }
    }
    const warningsOf = async (count: number): Promise<readonly string[]> => {
      const cerebro = new Cerebro({ cash: 1e6 }).addStrategy(Hold);
      for (let k = 0; k < count; k++) {
        const rows = [...generateRows(10)].slice(0, k === 0 ? 240 : 200);
        const bars = k === 0 ? rows : rows.filter((_, i) => i < 50 || i >= 51 + k);
        const validation = { gaps: 'report' as const };
        cerebro.addData(new BarsDataFeed({ bars, timeframe: '1h', symbol: `S${k}/USDT`, validation }));
      }
      return (await cerebro.run()).warnings;
    };
    const few = await warningsOf(4);
    expect(few.filter((text) => text.includes('ended at'))).toHaveLength(3);
    expect(few.filter((text) => text.includes('1 gap'))).toHaveLength(3);
    expect(await warningsOf(9)).toEqual([
      "8 datas ended before the run did with a position, 'S1/USDT' among them at 2024-01-09 08:00:00: each is valued at its last close",
      '8 of 9 feeds have gaps, the worst S8/USDT: 1 gap (9 of 200 bars missing), first at 2024-01-03 02:00:00: 9 bars are missing before 2024-01-03 11:00:00',
    ]);
  });
});
