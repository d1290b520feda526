/** Statistics of overfitting: the figures that papers print, slow independent implementations, and rates over noise. */
import { describe, expect, it } from 'vitest';

import { seededRandom, timeframe } from '../../../src/core/index.ts';
import { generateBars, validateBars } from '../../../src/feeds/index.ts';
import {
  blockLengthOf,
  combinatorialFolds,
  deflatedSharpe,
  effectiveTrials,
  expectedMaximum,
  jitterBars,
  meanCorrelation,
  minBacktestYears,
  minTrackRecord,
  momentsOf,
  neighbourhood,
  normalCdf,
  normalQuantile,
  overfittingProbability,
  probabilisticSharpe,
  purgedFolds,
  snoopingTest,
  stationaryPicks,
  tradeLuck,
  valueAtRisk,
} from '../../../src/research/index.ts';
import { noiseRates, normals } from '../noise.ts';

/** Trials of noise with different means and a common part. */
function someTrials(count: number, length: number, seed: number): Float64Array[] {
  const normal = normals(seed);
  const market = Array.from({ length }, () => normal());
  return Array.from({ length: count }, (_, k) =>
    Float64Array.from({ length }, (_, i) => 0.01 * (normal() + 0.5 * market[i]! + 0.03 * (k - count / 2))),
  );
}

describe('the normal distribution', () => {
  it('has the known quantiles, and the distribution undoes them', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
    expect(normalQuantile(0.95)).toBeCloseTo(1.6448536269514722, 14);
    expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 12);
    for (const p of [1e-12, 1e-6, 0.01, 0.3, 0.5, 0.8, 0.999]) {
      expect(normalCdf(normalQuantile(p)) / p).toBeCloseTo(1, 12);
    }
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(1.1)]).toEqual([-Infinity, Infinity, NaN]);
    expect([normalCdf(-40), normalCdf(40), normalCdf(NaN)]).toEqual([0, 1, NaN]);
  });

  it('equals an integral of the density', () => {
    const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    for (const x of [-3, -1, 0.4, 2]) {
      const steps = 20_000;
      const width = (x + 12) / steps;
      let sum = density(-12) + density(x);
      for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density(-12 + i * width);
      expect(normalCdf(x)).toBeCloseTo((sum * width) / 3, 13);
    }
  });
});

describe('the figures that papers print', () => {
  it('probabilistic Sharpe ratio', () => {
    const record = { sharpe: 1.585 / Math.sqrt(12), count: 24, skewness: -2.448, kurtosis: 10.164 };
    expect(probabilisticSharpe(record)).toBeCloseTo(0.91323430688486, 14);
  });

  it('deflated Sharpe ratio', () => {
    const record = { sharpe: 2.5 / Math.sqrt(250), count: 1250, skewness: -3, kurtosis: 10 };
    expect(deflatedSharpe(record, { trials: 100, variance: 0.5 / 250 })).toBeCloseTo(0.90039683444939, 14);
  });

  it('expected maximum, minimum track record and backtest length', () => {
    expect(expectedMaximum(100)).toBeCloseTo(2.53060289320168, 13);
    expect(expectedMaximum(1)).toBe(0);
    // By another implementation of the quantile: 1 - 1/N has lost the digits of large counts.
    expect(expectedMaximum(1e9)).toBeCloseTo(6.090388996413457, 13);
    expect(expectedMaximum(1e17)).toBeCloseTo(8.560404500020821, 13);
    const yearly = (sharpe: number, target: number, periods: number, more = {}): number =>
      minTrackRecord({ sharpe: sharpe / Math.sqrt(periods), ...more }, target / Math.sqrt(periods)) / periods;
    expect(yearly(2, 1, 250)).toBeCloseTo(2.7311878, 7);
    expect(yearly(2, 1, 52)).toBeCloseTo(2.82883359, 7);
    expect(yearly(3, 2.5, 12, { skewness: -0.72, kurtosis: 5.78 })).toBeCloseTo(27.3529202, 6);
    expect(yearly(1, 1, 12)).toBe(Infinity);
    expect(minBacktestYears(45)).toBeCloseTo(4.998087, 7);
  });
});

describe('a Sharpe ratio', () => {
  it('is never better for having been searched: the expected maximum rises from 0 at one trial', () => {
    const counts = [1, 1 + 1e-12, 1.0001, 1.1, 1.3, 1.7, 1.999999, 2, 2.5, 3, 10];
    const maxima = counts.map((n) => expectedMaximum(n));
    expect(maxima).toEqual([...maxima].sort((a, b) => a - b));
    expect(maxima[0]).toBe(0);
    expect(expectedMaximum(1.25)).toBeCloseTo(expectedMaximum(2) / 4, 14);
    const record = { sharpe: 0.1, count: 250 };
    const alone = probabilisticSharpe(record);
    for (const trials of counts) expect(deflatedSharpe(record, { trials, variance: 0.01 })).toBeLessThanOrEqual(alone);
  });

  it('is refused with a kurtosis that no returns of its skewness have, such as excess kurtosis', () => {
    const record = { sharpe: 0.4, count: 24, skewness: -2.448, kurtosis: 10.164 - 3 };
    expect(probabilisticSharpe(record)).toBeGreaterThan(0.9);
    expect(() => probabilisticSharpe({ ...record, kurtosis: 6.9 })).toThrow(
      'kurtosis must be at least 1 + skewness², 6.993: the full kurtosis, 3 if normal, was 6.9',
    );
    expect(() => minTrackRecord({ sharpe: 0.4, kurtosis: -0.5 })).toThrow(
      'kurtosis must be at least 1 + skewness², 1:',
    );
    expect(() => minTrackRecord({ sharpe: 0.4 }, 0, 0.1)).toThrow('confidence must be from 0.5 to below 1, was 0.1');
    for (const two of [
      [1, 2, 1, 1, 2],
      [0, 0, 0, 0.3],
      [-5, 7],
    ]) {
      expect(probabilisticSharpe(momentsOf(two), 0.01)).toBeGreaterThan(0);
    }
  });
});

describe('what no statistic can judge', () => {
  const record = { sharpe: 0.1, count: 100 };
  const other = (value: unknown): never => value as never;

  it.each<readonly [string, () => unknown]>([
    ["sharpe must be a finite number, or NaN where nothing moved, was '1'", () => probabilisticSharpe({ sharpe: other('1'), count: 9 })],
    ['sharpe must be a finite number, or NaN where nothing moved, was undefined', () => probabilisticSharpe(other({ count: 9 }))],
    ['sharpe must be a finite number, or NaN where nothing moved, was Infinity', () => minTrackRecord({ sharpe: Infinity })],
    ["skewness must be a finite number, or NaN where nothing moved, was '0'", () => probabilisticSharpe({ ...record, skewness: other('0') })],
    ['target must be finite, was NaN', () => probabilisticSharpe(record, NaN)],
    ["target must be finite, was '1'", () => minTrackRecord(record, other('1'))],
    ['variance must be at least 0, was Infinity', () => deflatedSharpe(record, { trials: 3, variance: Infinity })],
    ['returns must be a list of numbers, was undefined', () => momentsOf(other(undefined))],
    ['returns must be a list of numbers, was 1', () => overfittingProbability(other([1, 2]))],
    ['returns must be a list of series, was undefined', () => overfittingProbability(other(undefined))],
    ['excess must be a list of series, was undefined', () => snoopingTest(other(undefined))],
    ['profits must be a list of numbers, was undefined', () => tradeLuck(other(undefined))],
    ['trials must be a list of trials, was undefined', () => neighbourhood(other(undefined))],
    ['seed must be a whole number, was NaN', () => snoopingTest(someTrials(2, 20, 1), { seed: NaN })],
    ["seed must be a whole number, was 'a'", () => tradeLuck([1], { seed: other('a') })],
    ['seed must be a whole number, was 0.5', () => jitterBars(generateBars({ timeframe: '1h', count: 2, seed: 1 }), 0.1, 0.5)],
    ['best must be the place of a trial that has a score, was 7', () => neighbourhood([{ params: { a: 1 }, score: 1 }], { best: 7 })],
    ['best must be the place of a trial that has a score, was 0', () => neighbourhood([{ params: { a: 1 }, score: NaN }], { best: 0 })],
    ['15 of 30 groups can be chosen in 155117520 ways: more than 20000 are not kept', () => combinatorialFolds({ count: 60, folds: 30, testGroups: 15 })],
  ])('is refused: %s', (message, act) => {
    expect(act).toThrow(message);
  }); // prettier-ignore
});

describe('moments', () => {
  it('have the full kurtosis', () => {
    const normal = normals(3);
    const { kurtosis, skewness } = momentsOf(Float64Array.from({ length: 200_000 }, normal));
    expect(kurtosis).toBeCloseTo(3, 1);
    expect(skewness).toBeCloseTo(0, 1);
  });

  it('of returns that never move have no Sharpe ratio', () => {
    expect(momentsOf(new Float64Array(10).fill(0.1)).sharpe).toBeNaN();
    expect(momentsOf(new Float64Array(10)).sharpe).toBeNaN();
  });

  it('refuse returns that are not finite, and name the first', () => {
    expect(() => momentsOf([0, NaN])).toThrow('returns must be finite, was NaN at index 1');
  });
});

describe('correlated trials', () => {
  it('have the mean correlation of all pairs', () => {
    const trials = someTrials(7, 120, 5);
    let [sum, pairs] = [0, 0];
    for (let a = 0; a < trials.length; a++) {
      for (let b = a + 1; b < trials.length; b++) {
        sum += correlation(trials[a]!, trials[b]!);
        pairs++;
      }
    }
    expect(meanCorrelation(trials)).toBeCloseTo(sum / pairs, 12);
    expect(meanCorrelation([trials[0]!, trials[0]!, trials[0]!])).toBeCloseTo(1, 12);
  });

  it('count for fewer: one if they are the same, all if they are independent', () => {
    expect(effectiveTrials(100, 1)).toBe(1);
    expect(effectiveTrials(100, 0)).toBe(100);
    expect(effectiveTrials(100, 0.5)).toBe(50.5);
  });
});

function correlation(a: Float64Array, b: Float64Array): number {
  const [x, y] = [momentsOf(a), momentsOf(b)];
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - x.mean) * (b[i]! - y.mean);
  return sum / (a.length - 1) / x.deviation / y.deviation;
}

describe('the probability of overfitting', () => {
  it('equals a slow implementation that cuts the returns apart and puts them together', () => {
    for (const [count, length, blocks] of [
      [6, 96, 6],
      [9, 101, 8],
      [2, 40, 4],
      // More than are worked out together.
      [4_200, 12, 4],
    ] as const) {
      const trials = someTrials(count, length, count);
      const { probability, logits, lossProbability } = overfittingProbability(trials, { blocks });
      const slow = slowOverfitting(trials, blocks);
      expect([...logits].sort()).toEqual([...slow.logits].sort());
      expect(probability).toBeCloseTo(slow.logits.filter((value) => value <= 0).length / slow.logits.length, 12);
      expect(lossProbability).toBeCloseTo(slow.losses / slow.logits.length, 12);
    }
  });

  it('is over noise what ranks alone give: a half, and more with the median of an odd number', () => {
    for (const [count, expected] of [
      [2, 1 / 2],
      [3, 2 / 3],
      [4, 1 / 2],
      [5, 3 / 5],
    ] as const) {
      let sum = 0;
      for (let seed = 0; seed < 400; seed++) {
        const normal = normals(1_000 * count + seed);
        const trials = Array.from({ length: count }, () => Float64Array.from({ length: 32 }, normal));
        sum += overfittingProbability(trials, { blocks: 4 }).probability;
      }
      expect(Math.abs(sum / 400 - expected)).toBeLessThan(0.05);
    }
  });

  it('is 0 where one trial is the best at every time', () => {
    const trials = [...someTrials(9, 160, 4), Float64Array.from({ length: 160 }, (_, i) => 0.05 + 0.001 * (i % 2))];
    expect(overfittingProbability(trials).probability).toBe(0);
  });

  it('takes a trial that never moves for one with a Sharpe ratio of 0, whatever it returns', () => {
    for (const constant of [0.1, -0.07, 1e-5]) {
      const trials = [...someTrials(5, 96, 3), Float64Array.from({ length: 96 }, () => constant)];
      const { logits, lossProbability } = overfittingProbability(trials, { blocks: 6 });
      const slow = slowOverfitting(trials, 6);
      expect([...logits].sort()).toEqual([...slow.logits].sort());
      expect(lossProbability).toBeCloseTo(slow.losses / slow.logits.length, 12);
    }
  });

  it('refuses returns that are not finite', () => {
    const trials = someTrials(3, 96, 3);
    trials[1]![7] = NaN;
    expect(() => overfittingProbability(trials)).toThrow('returns must be finite, was NaN at index 7');
    expect(() => meanCorrelation(trials)).toThrow('series must be finite, was NaN at index 7');
    expect(() => snoopingTest(trials)).toThrow('excess returns of trial 1 must be finite, was NaN at index 7');
    expect(() => blockLengthOf(trials[1]!)).toThrow('returns must be finite, was NaN at index 7');
    expect(() => tradeLuck([5, Infinity])).toThrow('profits must be finite, was Infinity at index 1');
  });

  it('refuses odd blocks and too few returns', () => {
    expect(() => overfittingProbability(someTrials(3, 100, 1), { blocks: 5 })).toThrow('blocks must be even');
    expect(() => overfittingProbability(someTrials(3, 31, 1))).toThrow('at least 32 returns of each trial, was 31');
  });
});

function slowOverfitting(trials: readonly Float64Array[], blocks: number): { logits: number[]; losses: number } {
  const size = Math.floor(trials[0]!.length / blocks);
  const first = trials[0]!.length - size * blocks;
  const pieces = trials.map((one) =>
    Array.from({ length: blocks }, (_, k) => [...one.slice(first + k * size, first + (k + 1) * size)]),
  );
  const sharpe = (values: readonly number[]): number => {
    if (values.every((value) => value === values[0])) return 0;
    const mean = values.reduce((a, b) => a + b) / values.length;
    return mean / Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  };
  const logits: number[] = [];
  let losses = 0;
  const split = (next: number, chosen: readonly number[]): void => {
    if (chosen.length === blocks / 2) {
      const others = Array.from({ length: blocks }, (_, k) => k).filter((k) => !chosen.includes(k));
      const inside = pieces.map((one) => sharpe(chosen.flatMap((k) => one[k]!)));
      const outside = pieces.map((one) => sharpe(others.flatMap((k) => one[k]!)));
      const best = inside.indexOf(Math.max(...inside));
      const rank = [...outside].sort((a, b) => a - b).indexOf(outside[best]!) + 1;
      const omega = rank / (trials.length + 1);
      logits.push(Math.log(omega / (1 - omega)));
      if (outside[best]! < 0) losses++;
      return;
    }
    for (let k = next; k < blocks; k++) split(k + 1, [...chosen, k]);
  };
  split(0, []);
  return { logits, losses };
}

describe('the reality check and the test of superior ability', () => {
  it('equal a slow implementation over the same draws', () => {
    for (const seed of [1, 2, 3]) {
      const trials = someTrials(8, 60, seed);
      const options = { samples: 200, blockLength: 4, seed };
      const { best, p, lower, upper, realityCheck } = snoopingTest(trials, options);
      expect({ best, p, lower, upper, realityCheck }).toEqual(slowSnooping(trials, options));
    }
  });

  it('find skill that is there', () => {
    const trials = someTrials(20, 300, 9);
    for (let i = 0; i < 300; i++) trials[3]![i]! += 0.008;
    const { best, p, realityCheck } = snoopingTest(trials);
    expect(best).toBe(3);
    expect(Math.max(p, realityCheck)).toBeLessThan(0.01);
  });

  it('leave out a trial that never moves', () => {
    const trials = someTrials(4, 96, 3);
    const still = [...trials, Float64Array.from({ length: 96 }, () => 0.1)];
    const options = { samples: 300, blockLength: 4 };
    expect(snoopingTest(still, options)).toEqual(snoopingTest(trials, options));
    expect(snoopingTest([still[4]!], options)).toEqual({ best: 0, realityCheck: 1, p: 1, lower: 1, upper: 1 });
    expect(blockLengthOf(still[4]!)).toBe(1);
  });

  it('take short blocks for independent returns and long ones for dependent ones', () => {
    const normal = normals(12);
    const noise = Float64Array.from({ length: 2_000 }, normal);
    const slow = noise.slice();
    for (let i = 1; i < slow.length; i++) slow[i] = 0.7 * slow[i - 1]! + noise[i]!;
    expect(blockLengthOf(noise)).toBeLessThan(5);
    // The theory has (2 g² / d)^(1/3) n^(1/3) = 25 for a first-order correlation of 0.7.
    expect(blockLengthOf(slow)).toBeGreaterThan(15);
    expect(blockLengthOf(slow)).toBeLessThan(45);
  });

  it('draw blocks of the wanted mean length, each place equally often', () => {
    const picks = new Int32Array(50);
    const counts = new Float64Array(50);
    const random = seededRandom(4);
    let breaks = 0;
    for (let k = 0; k < 4_000; k++) {
      stationaryPicks(picks, 5, random);
      picks.forEach((at, i) => {
        counts[at]!++;
        if (i > 0 && at !== (picks[i - 1]! + 1) % 50) breaks++;
      });
    }
    expect(breaks / (4_000 * 49)).toBeCloseTo(0.2 * (49 / 50), 2);
    expect(Math.min(...counts)).toBeGreaterThan(3_700);
    expect(Math.max(...counts)).toBeLessThan(4_300);
  });
});

function slowSnooping(
  trials: readonly Float64Array[],
  { samples, blockLength, seed }: { samples: number; blockLength: number; seed: number },
): Record<string, number> {
  const n = trials[0]!.length;
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const q = 1 / blockLength;
  const models = trials.map((one) => {
    const values = [...one];
    const m = mean(values);
    const gamma = (lag: number): number =>
      values.slice(0, n - lag).reduce((sum, value, i) => sum + (value - m) * (values[i + lag]! - m), 0) / n;
    let variance = gamma(0);
    for (let lag = 1; lag < n; lag++) {
      variance += 2 * (((n - lag) / n) * (1 - q) ** lag + (lag / n) * (1 - q) ** (n - lag)) * gamma(lag);
    }
    return { values, m, sd: Math.sqrt(variance) };
  });
  const t = models.map(({ m, sd }) => (Math.sqrt(n) * m) / sd);
  const observed = Math.max(0, ...t);
  const white = Math.max(...models.map(({ m }) => Math.sqrt(n) * m));
  const bar = -Math.sqrt(2 * Math.log(Math.log(n)));
  const centre = {
    lower: (m: number): number => Math.max(m, 0),
    p: (m: number, k: number): number => (t[k]! >= bar ? m : 0),
    upper: (m: number): number => m,
  };
  const hits = { realityCheck: 0, lower: 0, p: 0, upper: 0 };
  const random = seededRandom(seed);
  for (let b = 0; b < samples; b++) {
    const picks: number[] = [];
    for (let i = 0; i < n; i++) {
      const last = picks.at(-1);
      picks.push(last === undefined || random() < q ? Math.floor(random() * n) : (last + 1) % n);
    }
    const drawn = models.map(({ values }) => mean(picks.map((at) => values[at]!)));
    if (Math.max(...drawn.map((m, k) => Math.sqrt(n) * (m - models[k]!.m))) >= white) hits.realityCheck++;
    for (const kind of ['lower', 'p', 'upper'] as const) {
      const z = drawn.map((m, k) => (Math.sqrt(n) * (m - centre[kind](models[k]!.m, k))) / models[k]!.sd);
      if (Math.max(0, ...z) >= observed) hits[kind]++;
    }
  }
  return {
    best: observed > 0 ? t.indexOf(observed) : 0,
    ...Object.fromEntries(Object.entries(hits).map(([name, count]) => [name, (count + 1) / (samples + 1)])),
  };
}

describe('purged cross-validation', () => {
  it('trains on nothing that overlaps with what is tested, and on everything else', () => {
    for (const options of [
      { count: 50, folds: 5, horizon: 3, embargo: 2 },
      { count: 47, folds: 6, horizon: 0, embargo: 4 },
      { count: 20, folds: 4 },
    ]) {
      for (const { train, test } of [
        ...purgedFolds(options),
        ...combinatorialFolds({ ...options, testGroups: 2 }).folds,
      ]) {
        expect([...train]).toEqual(slowTraining(options, [...test]));
      }
    }
  });

  it('tests every observation once', () => {
    const tested = purgedFolds({ count: 23, folds: 5 }).flatMap(({ test }) => [...test]);
    expect(tested).toEqual(Array.from({ length: 23 }, (_, i) => i));
  });

  it('makes the paths of the book: 6 groups, 2 tested, 15 splits, 5 paths', () => {
    const { folds, paths } = combinatorialFolds({ count: 60, folds: 6, testGroups: 2 });
    expect([folds.length, paths.length]).toEqual([15, 5]);
    const used = new Set<string>();
    for (const path of paths) {
      path.forEach((fold, group) => {
        expect(folds[fold]!.groups).toContain(group);
        used.add(`${fold} ${group}`);
      });
    }
    expect(used.size).toBe(30);
  });
});

function slowTraining(
  { count, horizon = 0, embargo = 0 }: { count: number; horizon?: number; embargo?: number },
  test: number[],
): number[] {
  const overlaps = (j: number): boolean =>
    test.some((t) => j <= t + horizon && t <= j + horizon) ||
    test.some((t) => !test.includes(t + 1) && j > t && j <= t + horizon + embargo);
  return Array.from({ length: count }, (_, j) => j).filter((j) => !test.includes(j) && !overlaps(j));
}

describe('luck of trades', () => {
  const profits = Array.from({ length: 40 }, (_, k) => (k % 3 === 0 ? -30 : 20));
  const total = profits.reduce((a, b) => a + b, 0);

  it('reshuffled, ends where the run ended, with other drawdowns', () => {
    const { finalValue, maxDrawdown } = tradeLuck(profits, { startValue: 1_000, samples: 300 });
    expect([finalValue.p5, finalValue.p95]).toEqual([1_000 + total, 1_000 + total]);
    expect(maxDrawdown.p95).toBeGreaterThan(maxDrawdown.p5);
  });

  it('with every trade skipped does nothing, and with slippage loses half of it a trade', () => {
    expect(tradeLuck(profits, { startValue: 500, skip: 1 }).finalValue.p50).toBe(500);
    const { finalValue } = tradeLuck(profits, { startValue: 1_000, slip: 2 });
    expect(finalValue.p50).toBeGreaterThan(1_000 + total - 44);
    expect(finalValue.p50).toBeLessThan(1_000 + total - 36);
  });

  it('resampled, has the mean and spread of the trades', () => {
    const { finals } = tradeLuck(profits, { startValue: 1_000, draw: 'resample', samples: 20_000 });
    const { mean, deviation } = momentsOf(finals);
    const one = momentsOf(profits);
    expect(mean).toBeCloseTo(1_000 + total, -1);
    expect(deviation / (one.deviation * Math.sqrt(39))).toBeCloseTo(1, 1);
  });

  it('value at risk is that of the normal distribution where returns are normal', () => {
    const normal = normals(8);
    const risk = valueAtRisk(Float64Array.from({ length: 100_000 }, () => 0.01 * normal()));
    expect(risk.historical / 0.0164485).toBeCloseTo(1, 1);
    expect(risk.modified / 0.0164485).toBeCloseTo(1, 1);
    expect(risk.shortfall / 0.0206271).toBeCloseTo(1, 1);
  });

  it('value at risk over a horizon is that of the compounded returns of its spans', () => {
    const normal = normals(9);
    const returns = Float64Array.from({ length: 500 }, () => 0.01 * normal());
    const spans = Array.from({ length: 496 }, (_, k) => returns.slice(k, k + 5).reduce((all, one) => all * (1 + one), 1) - 1); // prettier-ignore
    const [found, wanted] = [valueAtRisk(returns, 0.9, 5), valueAtRisk(spans, 0.9)];
    for (const name of ['historical', 'shortfall', 'modified'] as const) expect(found[name]).toBeCloseTo(wanted[name], 12); // prettier-ignore
    expect(() => valueAtRisk(returns, 0.9, 0)).toThrow('horizon must be a whole number from 1 to 499, was 0');
  });
});

describe('the neighbourhood of the best', () => {
  const grid = (score: (a: number, b: number) => number) =>
    [1, 2, 3, 4, 5].flatMap((a) => [10, 20, 40].map((b) => ({ params: { a, b }, score: score(a, b) })));

  it('is near 1 on a plateau and near 0 on a needle', () => {
    expect(neighbourhood(grid((a) => 1 - 0.01 * (a - 3) ** 2)).stability).toBeGreaterThan(0.98);
    const needle = neighbourhood(grid((a, b) => (a === 3 && b === 20 ? 2 : 0.1)));
    expect(needle).toMatchObject({ best: 2, neighbours: 8, worst: 0.1 });
    expect(needle.stability).toBeCloseTo(0.05, 12);
  });

  it('is that of the lowest score where less is better', () => {
    const falls = grid((a, b) => (a === 3 && b === 20 ? 0.1 : a === 2 ? 0.3 : 0.2));
    const found = neighbourhood(falls, { direction: 'min' });
    expect(found).toMatchObject({ best: 0.1, neighbours: 8, worst: 0.3 });
    expect(found.mean).toBeCloseTo((3 * 0.3 + 5 * 0.2) / 8, 12);
    expect(found.stability).toBeCloseTo(0.1 / found.mean, 12);
    expect(neighbourhood(falls, { best: 0 })).toMatchObject({ best: 0.2, neighbours: 3 });
    expect(() => neighbourhood(falls, { direction: 'low' as 'min' })).toThrow("unknown direction 'low'");
  });
});

describe('jittered bars', () => {
  it('stay valid, within their ranges, and move', () => {
    const bars = generateBars({ timeframe: '1h', start: 0, count: 500, seed: 2 });
    const moved = jitterBars(bars, 0.3, 7);
    expect(validateBars(moved, timeframe('1h'), 'moved').report.findings).toEqual([]);
    let changed = 0;
    for (let i = 0; i < 500; i++) {
      expect(moved.high[i]).toBeLessThanOrEqual(bars.high[i]!);
      expect(moved.low[i]).toBeGreaterThanOrEqual(bars.low[i]!);
      if (moved.close[i] !== bars.close[i]) changed++;
    }
    expect(changed).toBeGreaterThan(350);
    expect(jitterBars(bars, 0).close).toEqual(bars.close);
  });
});

describe('over noise', () => {
  it('the tests find skill about as seldom as they promise', () => {
    const { pbo, spa, dsr, naive } = noiseRates(50);
    expect(pbo).toBeGreaterThan(0.4);
    expect(pbo).toBeLessThan(0.6);
    expect(spa).toBeLessThanOrEqual(0.14);
    expect(dsr).toBeLessThanOrEqual(0.06);
    expect(naive).toBeGreaterThan(0.4);
  });
});
