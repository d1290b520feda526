/** Walk-forward, cross-validation and portfolios against derivations of their own: the papers' definitions, a market and an account in a few lines. */
import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, sma, Strategy, type Bar } from 'nextbar';
import { allocate, combine, crossValidate, run, walkForward } from 'nextbar/research';
import { normals } from '../noise.ts';

const fee = 0.001;
const units = 20;
const startCash = 10_000;
const hours = 4;
const stepMs = hours * 3_600_000;
const startTime = Date.UTC(2024, 0, 1);

/** A market that trends and turns, so that the choice of a period matters. */
function market(count: number, seed: number): Bar[] {
  const draw = normals(seed);
  let [close, drift] = [100, 0];
  return Array.from({ length: count }, (_, k) => {
    drift = 0.97 * drift + 0.0008 * draw();
    const open = close * (1 + 0.0005 * draw());
    close = Math.min(200, Math.max(40, open * (1 + drift + 0.008 * draw())));
    const [high, low] = [Math.max(open, close) * 1.002, Math.min(open, close) * 0.998];
    return { time: startTime + k * stepMs, open, high, low, close, volume: 10 };
  });
}

/** Long while the close is above its mean. */
class Above extends Strategy<typeof Above.params> {
  static readonly params = { period: 5 };
  readonly line = sma(this.data.close, this.params.period);

  override next(): void {
    if (this.data.close.now > this.line.now && this.position.size === 0) this.buy({ size: units });
    else if (this.data.close.now < this.line.now && this.position.size > 0) this.close();
  }
}

/** The same by hand: value after each bar, from a bar on. Orders are filled at the next open; `closes` sells at the last close. */
function byHand(bars: readonly Bar[], period: number, from: number, cash: number, closes: boolean): number[] {
  let held = 0;
  let wanted: 'buy' | 'sell' | undefined;
  const values: number[] = [];
  bars.forEach(({ open, close }, k) => {
    if (wanted === 'buy') {
      cash -= units * open * (1 + fee);
      held = units;
    } else if (wanted === 'sell') {
      cash += units * open * (1 - fee);
      held = 0;
    }
    wanted = undefined;
    values.push(cash + held * close);
    if (k < period - 1 || k < from) return;
    let mean = 0;
    for (let j = 0; j < period; j++) mean += bars[k - j]!.close / period;
    if (close > mean && held === 0) wanted = 'buy';
    else if (close < mean && held > 0) wanted = 'sell';
  });
  if (closes && held > 0) values[values.length - 1] = cash + held * bars.at(-1)!.close * (1 - fee);
  return values;
}

const mean = (row: readonly number[]): number => row.reduce((sum, one) => sum + one, 0) / row.length;
const covariance = (a: readonly number[], b: readonly number[]): number => {
  const [ma, mb] = [mean(a), mean(b)];
  return a.reduce((sum, one, k) => sum + (one - ma) * (b[k]! - mb), 0) / (a.length - 1);
};
const sharpe = (row: readonly number[]): number => mean(row) / Math.sqrt(covariance(row, row));
const growth = (values: readonly number[], before: number): number[] =>
  values.map((one, k) => one / (k === 0 ? before : values[k - 1]!) - 1);

/** Returns of UTC days, by the day in which a bar opened. */
function daily(bars: readonly Bar[], values: readonly number[], before: number): number[] {
  const ends = values.filter((_, k) => {
    const day = (at: number): number => Math.floor(bars[at]!.time / 86_400_000);
    return k === values.length - 1 || day(k) !== day(k + 1);
  });
  return growth(ends, before);
}

const periods = [3, 8, 21, 55];
const make = (bars: readonly Bar[]): Cerebro =>
  new Cerebro({ cash: startCash, commission: fee })
    .addData(new BarsDataFeed({ name: 'a', timeframe: '4h', bars }))
    .optStrategy(Above, { period: periods });

describe('a walk-forward by its definition', () => {
  it.each([
    { window: 'rolling', edges: 'close', purge: 0, folds: 4, trainRatio: 3, metric: 'sharpe' },
    { window: 'rolling', edges: 'carry', purge: 7, folds: 5, trainRatio: 2.5, metric: 'totalReturn' },
    { window: 'anchored', edges: 'close', purge: 3, folds: 3, trainRatio: 1.5, metric: 'sharpe' },
  ] as const)('$window, $edges, $folds stretches by $metric', async (options) => {
    const { window, edges, purge, folds, trainRatio, metric } = options;
    const bars = market(1_205, 13);
    const tested = Math.floor(bars.length / (folds + trainRatio));
    const first = bars.length - folds * tested;
    let cash = startCash;
    const values: number[] = [];
    const chosen: number[] = [];
    const [inSample, inYears, years] = [[] as number[], [] as number[], (tested * folds * stepMs) / (365 * 86_400_000)];
    for (let k = 0; k < folds; k++) {
      const begin = window === 'anchored' ? 0 : k * tested;
      const end = first + k * tested;
      const searched = bars.slice(begin, end - purge);
      const scores = periods.map((period) => {
        const curve = byHand(searched, period, 0, startCash, false);
        return metric === 'sharpe' ? sharpe(daily(searched, curve, startCash)) : curve.at(-1)! / startCash - 1;
      });
      const best = scores.indexOf(Math.max(...scores));
      chosen.push(periods[best]!);
      inSample.push(Math.log(byHand(searched, periods[best]!, 0, startCash, false).at(-1)! / startCash));
      inYears.push((searched.length * stepMs) / (365 * 86_400_000));
      const known = bars.slice(begin, end + tested);
      const curve = byHand(known, periods[best]!, end - begin, cash, edges === 'close').slice(end - begin);
      values.push(...curve);
      cash = curve.at(-1)!;
    }
    const found = await walkForward(make(bars), options);
    expect(found.folds.map(({ params }) => params?.['period'])).toEqual(chosen);
    // The choice is one: with the same period everywhere the comparison would say little.
    expect(new Set(chosen).size).toBeGreaterThan(1);
    expect(found.value).toHaveLength(values.length);
    found.value.forEach((one, k) => {
      expect(one / values[k]!).toBeCloseTo(1, 10);
    });
    expect(found.totalReturn).toBeCloseTo(cash / startCash - 1, 10);
    expect(found.sharpe).toBeCloseTo(sharpe(growth(values, startCash)), 8);
    const [gained, spent] = [inSample.reduce((a, b) => a + b), inYears.reduce((a, b) => a + b)];
    const efficiency = gained > 0 ? Math.log(cash / startCash) / years / (gained / spent) : NaN;
    expect(found.efficiency).toBeCloseTo(efficiency, 6);
  });
});

/** Whether the spans in which two observations are decided share a moment: purging by the book. */
const overlap = (a: number, b: number, horizon: number): boolean => a <= b + horizon && b <= a + horizon;

describe('a combinatorial purged cross-validation by its definition', () => {
  it.each([
    { folds: 6, testGroups: 2, horizon: 4, embargo: 3 },
    { folds: 5, testGroups: 1, horizon: 2, embargo: 0 },
    { folds: 5, testGroups: 3, horizon: 0, embargo: 2 },
  ])('$folds groups, $testGroups tested', async (options) => {
    const { folds: groups, testGroups, horizon, embargo } = options;
    const bars = market(1_205, 13);
    const rows = periods.map((period) => daily(bars, byHand(bars, period, 0, startCash, false), startCash));
    const days = rows[0]!.length;
    const groupOf = Array.from({ length: days }, (_, day) => {
      let group = 0;
      while (Math.floor(((group + 1) * days) / groups) <= day) group++;
      return group;
    });
    const pick = (row: readonly number[], wanted: (day: number) => boolean): number[] => row.filter((_, day) => wanted(day)); // prettier-ignore
    const splits: { tested: number[]; best: number; train: number; test: number }[] = [];
    for (let set = 0; set < 2 ** groups; set++) {
      const tested = Array.from({ length: groups }, (_, g) => g).filter((g) => (set >> g) % 2 === 1);
      if (tested.length !== testGroups) continue;
      const isTested = (day: number): boolean => tested.includes(groupOf[day]!);
      const all = Array.from({ length: days }, (_, day) => day);
      const isTrained = (day: number): boolean =>
        !isTested(day) &&
        !all.some((t) => isTested(t) && overlap(day, t, horizon)) &&
        // The embargo: the days right after the last outcome of a tested span.
        !all.some((t) => isTested(t) && day > t && day <= t + horizon + embargo && !isTested(t + 1));
      const scores = rows.map((row) => sharpe(pick(row, isTrained)));
      const best = scores.indexOf(Math.max(...scores));
      splits.push({ tested, best, train: scores[best]!, test: sharpe(pick(rows[best]!, isTested)) });
    }
    // Lexical order, as the book numbers the splits.
    splits.sort((a, b) => (a.tested.join() < b.tested.join() ? -1 : 1));
    const found = await crossValidate(make(bars), options);
    expect(found.folds.map(({ groups: tested }) => [...tested])).toEqual(splits.map(({ tested }) => tested));
    expect(found.folds.map(({ params }) => params['period'])).toEqual(splits.map(({ best }) => periods[best]));
    found.folds.forEach(({ trainSharpe, testSharpe }, k) => {
      expect(trainSharpe).toBeCloseTo(splits[k]!.train, 9);
      expect(testSharpe).toBeCloseTo(splits[k]!.test, 9);
    });
    // A path takes of each group the next split that tested it.
    const paths = Math.round((splits.length * testGroups) / groups);
    expect(found.paths).toHaveLength(paths);
    for (let path = 0; path < paths; path++) {
      const history = groupOf.map((group, day) => {
        const tests = splits.filter(({ tested }) => tested.includes(group));
        return rows[tests[path]!.best]![day]!;
      });
      expect(found.paths[path]).toHaveLength(days);
      found.paths[path]!.forEach((one, day) => {
        expect(one).toBeCloseTo(history[day]!, 10);
      });
      expect(found.sharpes[path]).toBeCloseTo(sharpe(history), 9);
    }
  });
});

/** Returns of three series that move together in part. */
function together(count: number): number[][] {
  const draw = normals(5);
  const rows: number[][] = [[], [], []];
  for (let k = 0; k < count; k++) {
    const common = draw();
    rows[0]!.push(0.0006 + 0.01 * (0.6 * common + 0.8 * draw()));
    rows[1]!.push(0.0009 + 0.025 * (0.3 * common + 0.9 * draw()));
    rows[2]!.push(-0.0004 + 0.015 * (draw() - 0.2 * common));
  }
  return rows;
}

/** Shares by the definitions, found in other ways than the engine's. */
function slowShares(rows: readonly number[][], allocation: string, cap: number): number[] {
  const n = rows.length;
  if (allocation === 'equal') return rows.map(() => 1 / n);
  const matrix = rows.map((a) => rows.map((b) => covariance(a, b)));
  if (allocation === 'inverseVolatility') {
    const inverse = rows.map((_, i) => 1 / Math.sqrt(matrix[i]![i]!));
    return inverse.map((one) => one / inverse.reduce((a, b) => a + b));
  }
  if (allocation === 'kelly') {
    // What maximises m f - v f^2 / 2 of each bet by itself; all are scaled down alike where they are more than the cap.
    const bets = rows.map((row, i) => Math.max(0, mean(row) / matrix[i]![i]!));
    const sum = bets.reduce((a, b) => a + b);
    return bets.map((one) => one * Math.min(1, cap / sum));
  }
  // Equal contributions to risk: the least of w'Cw/2 - sum of ln w (Maillard, Roncalli and Teiletche 2010), by Newton's method with halved steps.
  const scale = 1 / matrix[0]![0]!;
  const c = matrix.map((row) => row.map((one) => one * scale));
  const cost = (w: readonly number[]): number =>
    w.some((one) => !(one > 0)) ? Infinity : w.reduce((sum, a, i) => sum + w.reduce((s, b, j) => s + (a * b * c[i]![j]!) / 2, 0) - Math.log(a), 0); // prettier-ignore
  let w = rows.map(() => 1);
  for (let round = 0; round < 200; round++) {
    const slope = w.map((one, i) => w.reduce((sum, b, j) => sum + b * c[i]![j]!, 0) - 1 / one);
    const bend = c.map((row, i) => row.map((one, j) => one + (i === j ? 1 / w[i]! ** 2 : 0)));
    const step = solved(bend, slope);
    let share = 1;
    while (share > 1e-12 && cost(w.map((one, i) => one - share * step[i]!)) > cost(w)) share /= 2;
    w = w.map((one, i) => one - share * step[i]!);
  }
  return w.map((one) => one / w.reduce((a, b) => a + b));
}

/** The solution of a system of linear equations, by elimination. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const n = rows.length;
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < n; r++) {
      if (r === i) continue;
      const factor = rows[r]![i]! / rows[i]![i]!;
      for (let j = i; j <= n; j++) rows[r]![j]! -= factor * rows[i]![j]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

const allocations = ['equal', 'inverseVolatility', 'riskParity', 'kelly'] as const;

describe('shares of a portfolio by their definitions', () => {
  it.each(allocations)('%s', (allocation) => {
    const rows = together(300);
    for (const kellyCap of [1, 2.5, 1e6]) {
      const [found, wanted] = [allocate(rows, { allocation, kellyCap }), slowShares(rows, allocation, kellyCap)];
      found.forEach((one, k) => {
        expect(one).toBeCloseTo(wanted[k]!, 9);
      });
    }
  });

  it.each(allocations)('one equity of three results, by %s', async (allocation) => {
    const results = await Promise.all(
      [21, 22, 23].map((seed) =>
        run(
          Above,
          new BarsDataFeed({ name: 'a', timeframe: '4h', bars: market(1_200, seed) }),
          { period: 8 },
          { commission: fee, cash: startCash },
        ),
      ),
    );
    const rows = [21, 22, 23].map((seed) => {
      const bars = market(1_200, seed);
      return daily(bars, byHand(bars, 8, 0, startCash, false), startCash);
    });
    const [every, back, cost, kellyCap] = [25, 60, 0.002, 0.8];
    const value: number[] = [];
    let money = [0, 0, 0];
    let aside = startCash;
    for (let day = 0; day < rows[0]!.length; day++) {
      if (day % every === 0) {
        // Before anything is known: the same of each, with as much idle as the cap of Kelly's rule says.
        const third = (allocation === 'kelly' ? kellyCap : 1) / 3;
        const shares =
          day < back ? [third, third, third] : slowShares(rows.map((row) => row.slice(day - back, day)), allocation, kellyCap); // prettier-ignore
        const total = aside + money[0]! + money[1]! + money[2]!;
        const moved = day === 0 ? 0 : shares.reduce((sum, share, k) => sum + Math.abs(share * total - money[k]!), 0);
        const left = total - cost * moved;
        money = shares.map((share) => share * left);
        aside = left - money.reduce((a, b) => a + b);
      }
      money = money.map((one, k) => one * (1 + rows[k]![day]!));
      value.push(aside + money[0]! + money[1]! + money[2]!);
    }
    const found = combine(results, { allocation, kellyCap, rebalanceDays: every, lookbackDays: back, cost });
    expect(found.value).toHaveLength(value.length);
    found.value.forEach((one, day) => {
      expect(one / value[day]!).toBeCloseTo(1, 9);
    });
    const returns = growth(value, startCash);
    expect(found.sharpe).toBeCloseTo(sharpe(returns) * Math.sqrt(365), 6);
    const deepest = Math.max(...value.map((one, day) => 1 - one / Math.max(startCash, ...value.slice(0, day + 1))));
    expect(found.maxDrawdown).toBeCloseTo(deepest, 10);
    const wanted = rows.map((a) => rows.map((b) => covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b))));
    found.correlations.forEach((row, i) => {
      row.forEach((one, j) => {
        expect(one).toBeCloseTo(wanted[i]![j]!, 9);
      });
    });
  });
});
