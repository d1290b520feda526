/** Out of sample: walk-forward, cross-validation, and bars that were held out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, GeneratedDataFeed, generateBars, sma, Strategy, type CerebroOptions } from 'nextbar';
import { RunStore } from '../../../src/store/index.ts';
import { crossValidate, openHoldout, optimize, walkForward, type OptimizeResult } from 'nextbar/research';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-walk-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Long above its average; notes when it is called and orders. */
class Above extends Strategy<typeof Above.params> {
  static readonly params = { period: 10 };
  static readonly calls: { readonly time: number; readonly period: number }[] = [];
  readonly line = sma(this.data.close, this.params.period);

  override next(): void {
    Above.calls.push({ time: this.data.time, period: this.params.period });
    if (this.data.close.now > this.line.now && this.position.size === 0) this.buy();
    else if (this.data.close.now < this.line.now) this.close();
  }
}

const make = (): Cerebro =>
  new Cerebro({ cash: 10_000, commission: 0.001 })
    .addData(new GeneratedDataFeed({ name: 'a', timeframe: '1h', start: '2024-01-01', count: 2_400, seed: 8 }))
    .optStrategy(Above, { period: [5, 20, 60] });

describe('a walk-forward', () => {
  it.each(['rolling', 'anchored'] as const)(
    '%s: searches before it trades, and nothing of what it trades',
    async (window) => {
      const { folds, time, value, totalReturn, trials } = await walkForward(make(), { folds: 4, window, purge: 5 });
      expect([folds.length, trials]).toEqual([4, 12]);
      folds.forEach(({ trainStart, trainEnd, testStart, testEnd }, k) => {
        expect(testStart - trainEnd).toBe(5 * 3_600_000);
        if (k > 0) expect(testStart).toBe(folds[k - 1]!.testEnd);
        expect(testEnd).toBeGreaterThan(testStart);
        if (window === 'anchored') expect(trainStart).toBe(Date.UTC(2024, 0, 1));
        else expect(trainEnd - trainStart).toBe(folds[0]!.trainEnd - folds[0]!.trainStart);
      });
      for (let i = 1; i < time.length; i++) expect(time[i]).toBeGreaterThan(time[i - 1]!);
      expect(time).toHaveLength((folds[3]!.testEnd - folds[0]!.testStart) / 3_600_000);
      const product = folds.reduce((all, { testReturn }) => all * (1 + testReturn), 1);
      expect(totalReturn).toBeCloseTo(product - 1, 12);
      expect(value.at(-1)).toBeCloseTo(10_000 * product, 8);
    },
  );

  it('trades each stretch as a run would that begins there with warm indicators', async () => {
    const { folds } = await walkForward(make(), { folds: 3 });
    const { testStart, testEnd, params, testReturn } = folds[0]!;
    class Later extends Above {
      override next(): void {
        if (this.data.time >= testStart) super.next();
      }
    }
    const cerebro = new Cerebro({ cash: 10_000, commission: 0.001, closeAtEnd: true }).addData(
      new GeneratedDataFeed({
        name: 'a',
        timeframe: '1h',
        start: '2024-01-01',
        count: (testEnd - Date.UTC(2024, 0, 1)) / 3_600_000,
        seed: 8,
      }),
    );
    const result = await cerebro.addStrategy(Later, params).run();
    expect(testReturn).toBe(result.finalValue / 10_000 - 1);
  });

  it.each(['close', 'carry'] as const)(
    'goes on with what an account with options holds, as with one cash (%s)',
    async (edges) => {
      const over = async (symbol: string, options: object): ReturnType<typeof walkForward> =>
        walkForward(
          new Cerebro({ commission: 0.001, ...options })
            .addData(new GeneratedDataFeed({ symbol, timeframe: '1h', start: '2024-01-01', count: 2_400, seed: 8 }))
            .optStrategy(Above, { period: [5, 20, 60] }),
          { folds: 4, edges },
        );
      const one = await over('BTC/USDT', { cash: 5_000 });
      const options = { account: { cash: { USDT: 5_000 } } };
      for (const held of [options, { accounts: { spot: options.account } }, { cash: 5_000, account: {} }]) {
        const other = await over('BTC/USDT', held);
        expect(other.totalReturn).toBeCloseTo(one.totalReturn, 7);
        other.folds.forEach(({ testReturn, params }, k) => {
          expect(params).toEqual(one.folds[k]!.params);
          expect(testReturn).toBeCloseTo(one.folds[k]!.testReturn, 7);
        });
        other.value.forEach((value, i) => {
          expect(value).toBeCloseTo(one.value[i]!, 3);
        });
      }
      // In coins of the base: 2 BTC are where it begins, and what each stretch makes of them is multiplied.
      const inverse = await over('BTC/USD:BTC', { account: { cash: { BTC: 2 } } });
      const product = inverse.folds.reduce((all, { testReturn }) => all * (1 + testReturn), 1);
      expect(inverse.value.at(-1)).toBeCloseTo(2 * product, 9);
      expect(inverse.totalReturn).toBeCloseTo(product - 1, 9);
    },
  );

  it('values a carried position without the cost of closing it', async () => {
    const [closed, carried] = [
      await walkForward(make(), { edges: 'close' }),
      await walkForward(make(), { edges: 'carry' }),
    ];
    expect(carried.totalReturn).not.toBe(closed.totalReturn);
    expect(carried.folds.map(({ params }) => params)).toEqual(closed.folds.map(({ params }) => params));
  });

  it('refuses what cannot be right', async () => {
    await expect(walkForward(make(), { folds: 2_000 })).rejects.toThrow(
      'folds must leave two bars or more to every stretch, was 2000: there are 2400 bars',
    );
    await expect(walkForward(make(), { window: 'roling' as never })).rejects.toThrow("did you mean 'rolling'?");
    await expect(walkForward(make(), { fold: 3 } as never)).rejects.toThrow("did you mean 'folds'?");
  });
});

describe('a strategy with timers', () => {
  /** Trades at noon, by its hook and by a callback. */
  class Noon extends Strategy<typeof Noon.params> {
    static readonly params = { every: 2 };
    private count = 0;

    override start(): void {
      this.addTimer({ when: '12:00' });
      this.addTimer({ when: '18:00' }, () => this.close());
    }

    override notifyTimer(): void {
      if (++this.count % this.params.every === 0) this.buy();
    }
  }

  it('trades nothing before its stretch, or before held-out bars', async () => {
    const noon = (): Cerebro =>
      new Cerebro()
        .addData(new GeneratedDataFeed({ timeframe: '1h', start: '2024-01-01', count: 2_400, seed: 8 }))
        .optStrategy(Noon, { every: [1, 2] });
    const { folds } = await walkForward(noon(), { folds: 2 });
    for (const { testStart, testEnd, testTrades } of folds)
      expect(testTrades).toBeLessThanOrEqual((testEnd - testStart) / 86_400_000 + 1);
    const { result } = await openHoldout(noon(), { holdout: '2024-04-01', params: { every: 1 }, runs: join(folder, 'noon') }); // prettier-ignore
    expect(result.strategies[0]!.orders[0]!.createdTime).toBeGreaterThanOrEqual(Date.UTC(2024, 3, 1, 12));
    expect(result.strategies[0]!.trades.length).toBeGreaterThan(5);
  });
});

describe('a hook of a strategy', () => {
  /** The strategy of the run that is going on, for a timer that belongs to no strategy. */
  const running: { strategy?: Strategy } = {};

  /** Buys, a little at a time, whenever it is called. */
  class Keen extends Strategy<typeof Keen.params> {
    static readonly params = { size: 0.001 };
    // Longer than a search of bars before the holdout would be: prenext is called in what is traded.
    readonly line = sma(this.data.close, 2_000);
    override start(): void {
      running.strategy = this;
    }
    order(): void {
      if (this.data.length > 0) this.buy({ size: this.params.size });
    }
  }
  type Hook = new (...context: never[]) => Keen;
  const hooks: Readonly<Record<string, Hook>> = {
    'prenext': class extends Keen { override prenext(): void { this.order(); } },
    'nextstart': class extends Keen { override nextstart(): void { this.order(); } },
    'next': class extends Keen { override next(): void { this.order(); } },
    'next, as a field': class extends Keen { override next = (): void => this.order(); },
    'nextOpen': class extends Keen { override nextOpen(): void { this.order(); } },
    'notifyCashValue': class extends Keen { override notifyCashValue(): void { this.order(); } },
    'notifyFund': class extends Keen { override notifyFund(): void { this.order(); } },
    'notifyTimer': class extends Keen {
      override start(): void { this.addTimer({ when: '12:00' }); }
      override notifyTimer(): void { this.order(); }
    },
    'the callback of a timer': class extends Keen { override start(): void { this.addTimer({ when: '12:00' }, () => this.order()); } },
    'a timer before the broker': class extends Keen { override start(): void { this.addTimer({ when: '12:00', cheat: true }, () => this.order()); } },
    'a timer of the run': class extends Keen {},
  }; // prettier-ignore

  it.each(Object.keys(hooks))('places no order before held-out bars and stretches: %s', async (name) => {
    const cls = hooks[name] as unknown as typeof Keen;
    const keen = (options: CerebroOptions = {}): Cerebro => {
      const cerebro = new Cerebro({ cheatOnOpen: name.includes('pen'), ...options }).addData(
        new GeneratedDataFeed({ timeframe: '1h', start: '2024-01-01', count: 2_400, seed: 8 }),
      );
      if (name === 'a timer of the run') cerebro.addTimer({ when: '12:00' }, () => (running.strategy as Keen).order());
      return cerebro;
    };
    const holdout = Date.UTC(2024, 2, name === 'nextstart' || name.startsWith('next') ? 30 : 1);
    for (const fundMode of [false, true]) {
      const runs = join(folder, `hook-${name}-${fundMode}`);
      const searched = keen({ fundMode }).optStrategy(cls, { size: [0.001, 0.002] });
      const { result } = await openHoldout(searched, { holdout, params: { size: 0.001 }, runs });
      const { orders } = result.strategies[0]!;
      expect(orders.length).toBeGreaterThan(0);
      expect(orders[0]!.createdTime).toBeGreaterThan(holdout);
    }
    // Nor does one that trades beside what is searched.
    const beside = keen()
      .addStrategy(cls)
      .optStrategy(Above, { period: [5, 20] });
    const { result } = await openHoldout(beside, {
      holdout,
      params: { period: 5 },
      runs: join(folder, `beside-${name}`),
    });
    for (const { orders } of result.strategies) expect(orders[0]!.createdTime).toBeGreaterThan(holdout);
  });
});

describe('a cross-validation', () => {
  it('chooses by days of training and puts whole histories together', async () => {
    const { folds, paths, sharpes } = await crossValidate(make(), { folds: 6, testGroups: 2, horizon: 2, embargo: 1 });
    expect([folds.length, paths.length, sharpes.length]).toEqual([15, 5, 5]);
    expect(paths[0]).toHaveLength(100);
    for (const { train, test, trainSharpe, testSharpe } of folds) {
      expect(train.some((at) => test.includes(at))).toBe(false);
      expect(Number.isFinite(trainSharpe) && Number.isFinite(testSharpe)).toBe(true);
    }
    const { folds: single, paths: one } = await crossValidate(make(), { folds: 5, testGroups: 1 });
    expect([single.length, one.length]).toEqual([5, 1]);
  });

  it('runs no trial where groups cannot be chosen so', async () => {
    Above.calls.length = 0;
    await expect(crossValidate(make(), { folds: 4, testGroups: 4 })).rejects.toThrow('testGroups must be a whole number from 1 to 3, was 4'); // prettier-ignore
    await expect(crossValidate(make(), { embargo: -1 })).rejects.toThrow('embargo must be a whole number of at least 0, was -1'); // prettier-ignore
    expect(Above.calls).toEqual([]);
  });

  it('says what leaves no day to choose by', async () => {
    const sentence =
      'no trial has a Sharpe ratio on the days of training: give fewer folds, or a shorter horizon or embargo';
    await expect(crossValidate(make(), { folds: 5, embargo: 1_000 })).rejects.toThrow(sentence);
    await expect(crossValidate(make(), { folds: 2, testGroups: 1, horizon: 1_000 })).rejects.toThrow(sentence);
  });
});

/** What a sweep says of held-out bars that the registry knows of. */
const seen = ({ warnings }: OptimizeResult): string[] => warnings.filter((text) => text.includes('were read before'));

describe('bars that were held out', () => {
  it('are traded from where they begin, and every opening is counted', async () => {
    const holdout = '2024-03-01';
    const runs = join(folder, 'runs');
    const { best } = await optimize(make(), { holdout, runs });
    Above.calls.length = 0;
    const first = await openHoldout(make(), { holdout, params: best!.params, runs });
    expect(first.opened).toBe(1);
    expect(Math.min(...Above.calls.map(({ time }) => time))).toBe(Date.UTC(2024, 2, 1));
    expect(first.result.strategies[0]!.orders.every(({ createdTime }) => createdTime > Date.UTC(2024, 2, 1))).toBe(
      true,
    );
    // The figures are those of a run over these bars alone, with warm indicators: no flat time before them is counted.
    const value = first.result.equity.value.slice(first.result.equity.time.findIndex((time) => time > Date.UTC(2024, 2, 1)) - 1); // prettier-ignore
    const days = Array.from({ length: 40 }, (_, k) => value[24 * (k + 1)]! / value[24 * k]! - 1);
    const mean = days.reduce((sum, one) => sum + one, 0) / 40;
    const spread = Math.sqrt(days.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 39);
    expect(first.stats.sharpe).toBeCloseTo((mean / spread) * Math.sqrt(365), 9);
    expect(first.stats.volatility).toBeCloseTo(spread * Math.sqrt(365), 9);
    expect(first.stats.cagr).toBeCloseTo((first.result.finalValue / 10_000) ** (365 / 40) - 1, 9);
    expect([first.stats.totalReturn, first.stats.exposure]).toEqual([first.result.stats.totalReturn, undefined]);
    // A gap of five days in them brings no day before them in.
    const { time: open, ...columns } = generateBars({ timeframe: '1h', start: '2024-01-01', count: 2_400, seed: 8 });
    const isGap = (time: number): boolean => time >= Date.UTC(2024, 2, 11) && time < Date.UTC(2024, 2, 16);
    const rows = [...open].flatMap((time, k) => (isGap(time) ? [] : [{ time, open: columns.open[k]!, high: columns.high[k]!, low: columns.low[k]!, close: columns.close[k]!, volume: 1 }])); // prettier-ignore
    const holed = new Cerebro({ cash: 10_000, commission: 0.001 })
      .addData(new BarsDataFeed({ name: 'a', timeframe: '1h', bars: rows, validation: { gaps: 'report' } }))
      .optStrategy(Above, { period: [5, 20, 60] });
    const gap = await openHoldout(holed, { holdout, params: best!.params, runs: join(folder, 'gap') });
    const at = gap.result.equity.time.findIndex((time) => time > Date.UTC(2024, 2, 1)) - 1;
    const ends = Array.from({ length: 36 }, (_, k) => gap.result.equity.value[at + 24 * k]!);
    const moves = ends.slice(1).map((one, k) => one / ends[k]! - 1);
    const middle = moves.reduce((sum, one) => sum + one, 0) / 35;
    expect(gap.stats.volatility! / Math.sqrt(365)).toBeCloseTo(Math.sqrt(moves.reduce((sum, one) => sum + (one - middle) ** 2, 0) / 34), 9); // prettier-ignore
    const second = await openHoldout(make(), { holdout, params: best!.params, runs });
    expect(second.opened).toBe(2);
    // An opening repeats a trial of the search on the same market: it is none of its own.
    const again = await optimize(make(), { holdout, runs });
    expect([again.holdoutOpened, again.earlierTrials, seen(again)]).toEqual([2, 0, []]);
    const store = await RunStore.open(runs);
    const kept = (kind: 'run' | 'study') => store.list({ kind }).map(({ datas }) => datas.map(({ symbol, end }) => [symbol, end])); // prettier-ignore
    expect(kept('run')).toEqual(Array.from({ length: 2 }, () => [['SYNTHETIC/USDT', Date.UTC(2024, 3, 10)]]));
    expect(kept('study')).toEqual(Array.from({ length: 2 }, () => [['SYNTHETIC/USDT', Date.UTC(2024, 2, 1)]]));
    store.close();
  });

  it('are not unseen where a run or a sweep of the registry read them', async () => {
    const runs = join(folder, 'seen');
    const holdout = '2024-03-01';
    const told = async (): Promise<readonly string[]> => seen(await optimize(make(), { holdout, runs }));
    expect(await told()).toEqual([]);
    await optimize(make(), { runs });
    expect(await told()).toEqual(['bars from 2024-03-01 on were read before, by one sweep of the registry: they are not unseen']); // prettier-ignore
    const store = await RunStore.open(runs);
    const [study] = store.list({ kind: 'study' }).slice(1);
    for (const symbol of ['SYNTHETIC/USDT', 'SYNTHETIC/USDT', 'OTHER/USDT'])
      store.add({ strategy: study!.strategy, datas: [{ ...study!.datas[0]!, symbol }] });
    store.add({ strategy: study!.strategy, datas: [{ ...study!.datas[0]!, end: Date.UTC(2024, 2, 1) }] });
    store.close();
    expect((await told())[0]).toContain('by 2 runs and one sweep of the registry');
  });
});
