/** Sweeps: the same answer as single runs, from any executor, resumed or not, with the luck of the search beside it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, GeneratedDataFeed, sma, Strategy, type RunResult } from 'nextbar';
import { load } from 'nextbar/feeds';
import {
  deflatedSharpe,
  effectiveTrials,
  inline,
  meanCorrelation,
  momentsOf,
  optimize,
  overfittingProbability,
  threads,
  walkForward,
  type Executor,
  type OptimizeResult,
} from 'nextbar/research';
import { dayReturnsOf } from '../../../src/engine/index.ts';
import { runChunk } from '../../../src/research/sweep/chunk.ts';
import { rankSplits } from '../../../src/research/statistics/index.ts';
import { takeReads } from '../../../src/feeds/checks/reads.ts';
import { RunStore, TrialStore } from '../../../src/store/index.ts';
import { make, module, plain, space, sweep } from './sweep-setup.ts';
import { Crossing, smoothness } from './sweep-strategy.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-sweep-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
describe('a sweep', () => {
  it('has for each combination what a single run has, to the bit', async () => {
    const { trials, best } = await sweep();
    expect(trials.length).toBe(20);
    for (const { params, stats, score } of trials) {
      const result = await make().addStrategy(Crossing, params).run();
      expect(stats).toEqual(
        Object.fromEntries(
          Object.keys(stats).map((name) => [
            name,
            name === 'finalValue' ? result.finalValue : result.stats[name as 'sharpe'],
          ]),
        ),
      );
      expect(score).toBe(result.stats.sharpe);
    }
    expect(best!.score).toBe(Math.max(...[...trials].map(({ score }) => score!)));
  });

  it('writes every trial to JSON, and typed arrays as lists', async () => {
    const result = await sweep();
    const written = JSON.parse(JSON.stringify(result)) as { trials: { params: object; score: number }[] };
    expect(written.trials.map(({ params, score }) => [params, score])).toEqual([...result.trials].map(({ params, score }) => [params, score])); // prettier-ignore
    expect(inspect(result.trials)).toBe("TrialTable { paramNames: [ 'fast', 'slow' ], length: 20, failures: 0 }");
    const walked = await walkForward(make().optStrategy(Crossing, space), { folds: 2 });
    const lists = JSON.parse(JSON.stringify(walked)) as { value: number[]; folds: { search: { trials: object[] } }[] };
    expect(lists.value).toEqual([...walked.value]);
    expect(lists.folds[0]!.search.trials).toHaveLength(24);
  });

  it('measures the luck of the search as the statistics do over its trials', async () => {
    const { trials, best, luck, neighbourhood } = await sweep();
    const returns: Float64Array[] = [];
    for (const { params } of trials) returns.push(dayReturnsOf(await make().addStrategy(Crossing, params).run()));
    const moments = returns.map(momentsOf);
    const correlation = meanCorrelation(returns);
    expect(luck!.trials).toBe(20);
    expect(luck!.correlation).toBe(correlation);
    const variance = momentsOf(moments.map(({ sharpe }) => sharpe)).deviation ** 2;
    const count = effectiveTrials(20, correlation);
    expect(luck!.deflatedSharpe).toBe(deflatedSharpe(moments[best!.number]!, { trials: count, variance }));
    expect(luck!.overfitting).toBe(overfittingProbability(returns, { blocks: 16 }).probability);
    expect(luck!.sharpe).toBeCloseTo(best!.score!, 9);
    expect(luck!.deflatedSharpe).toBeLessThan(luck!.probabilisticSharpe);
    expect(neighbourhood!.neighbours).toBeGreaterThan(2);
  });

  it('takes a figure of which less is better, and a metric of your own', async () => {
    const { best, trials, direction, neighbourhood } = await sweep({ metric: 'maxDrawdown' });
    expect(direction).toBe('min');
    expect(neighbourhood!.best).toBe(best!.score);
    expect(neighbourhood!.worst).toBeGreaterThanOrEqual(neighbourhood!.mean);
    expect(neighbourhood!.mean).toBeGreaterThan(best!.score!);
    expect(best!.score).toBe(Math.min(...trials.column('maxDrawdown')));
    const own = await sweep({ metric: smoothness });
    expect(own.metric).toBe('smoothness');
    expect(own.bestRun()!.stats.totalReturn).toBe(own.best!.stats.totalReturn);
    const alsoOwn = await sweep({ metric: (result: RunResult) => -result.stats.fees });
    expect(alsoOwn.best!.stats.fees).toBe(Math.min(...alsoOwn.trials.column('fees')));
  });

  it('is written as CSV and Arrow', async () => {
    const { trials } = await sweep();
    const lines = trials.toCsv().trimEnd().split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[0]).toMatch(/^trial,fast,slow,score,finalValue,/);
    const table = await trials.toArrow();
    expect(table.numRows).toBe(20);
    expect(Array.from(table.getChild('sharpe')!.toArray() as Float64Array)).toEqual(
      Array.from(trials.column('sharpe')),
    );
  });

  it('ends when patience is lost, at a trial that no pace of workers decides', async () => {
    const { trials, end, best } = await sweep({ patience: 4 });
    expect([end, trials.length]).toEqual(['patience', best!.number + 5]);
  });

  it('goes on where a trial fails, and says so; where all fail it is an error', async () => {
    class Picky extends Strategy<typeof Picky.params> {
      static readonly params = { period: 3 };
      readonly line = sma(this.data.close, this.params.period);
      override next(): void {
        if (this.data.close.now > this.line.now) this.buy();
      }
    }
    const { trials, warnings } = await optimize(make().optStrategy(Picky, { period: [0, 5, 9] }), {
      metric: 'totalReturn',
    });
    expect([trials.get(0)!.score, trials.get(0)!.error]).toEqual([undefined, expect.stringContaining('period')]);
    expect(trials.get(1)!.score).toBeDefined();
    expect(warnings[0]).toMatch(/^one trial of 3 failed and have no score|^one trial of 3 failed/);
    await expect(optimize(make().optStrategy(Picky, { period: [0, -1] }))).rejects.toThrow(
      'every trial failed, the first with',
    );
    const metric = function ratioOfMine(): number {
      throw new TypeError('x is not a function');
    };
    await expect(sweep({ metric })).rejects.toThrow("the metric 'ratioOfMine' threw: x is not a function");
  });

  it('ranks -Infinity last, and says whose score is missing', async () => {
    const mine = ({ stats }: RunResult): number => (stats.trades > 10 ? stats.trades : -Infinity);
    const { ranking, best } = await sweep({ metric: mine });
    expect(best).toEqual(ranking[0]);
    const least = await sweep({ metric: () => -Infinity });
    expect([least.best!.score, least.ranking.length]).toEqual([-Infinity, least.trials.length]);
    const { warnings } = await sweep({
      metric: function nothing() {
        return NaN;
      },
    });
    expect(warnings).toContain("no trial has a score: the metric 'nothing' returned no number for any of them");
  });

  it('says which trials have no score because they traded nothing', async () => {
    class Shy extends Strategy<typeof Shy.params> {
      static readonly params = { day: 5 };
      override next(): void {
        if (this.data.length === this.params.day) this.buy();
      }
    }
    const told = async (days: number[]): Promise<readonly string[]> =>
      (await optimize(make().optStrategy(Shy, { day: days }))).warnings;
    expect(await told([5, 10])).toEqual([]);
    expect(await told([5, 1e6])).toEqual(['one trial of 2 has no score: it traded nothing']);
    expect(await told([5, 1e6, 2e6])).toEqual(['2 trials of 3 have no score: they traded nothing']);
    expect(await told([1e6, 2e6])).toEqual(['no trial has a sharpe: none of them traded']);
    const brief = new Cerebro().addData(new GeneratedDataFeed({ timeframe: '1h', count: 400, seed: 2 }));
    const { warnings } = await optimize(brief.optStrategy(Shy, { day: [5] }));
    expect(warnings).toEqual([expect.stringContaining('a figure of a year needs 30 days of history')]);
  });

  it('says where the best trial comes out otherwise when it runs again', async () => {
    let runs = 0;
    class Counting extends Strategy<typeof Counting.params> {
      static readonly params = { day: 5 };
      readonly first = ++runs;
      override next(): void {
        if (this.data.length === this.params.day + this.first) this.buy();
      }
    }
    const { warnings, best } = await optimize(make().optStrategy(Counting, { day: [5, 10] }));
    expect(warnings).toEqual([expect.stringMatching(/^the best trial came out otherwise when it ran again: sharpe was .*, then .* Math\.random\(\), a clock/)]); // prettier-ignore
    expect(warnings[0]).toContain(`was ${Number(best!.score!.toPrecision(6))}, then`);
    let asked = 0;
    const metric = (): number => ++asked;
    expect((await sweep({ metric })).warnings).toEqual([expect.stringContaining('metric was 20, then 21')]);
    expect((await sweep()).warnings).toEqual([]);
  });

  it('leaves its test for overfitting to workers that offer to work it out', async () => {
    const asked: (readonly [trials: number, pairs: number])[] = [];
    const offering: Executor = {
      name: 'offering',
      open: async (job, signal) => {
        const workers = await inline().open(job, signal);
        const rank: NonNullable<typeof workers.rank> = (facts, pairs) => {
          const ranks = rankSplits(facts, 0, pairs);
          asked.push([facts.means.length, pairs]);
          // An answer of its own: the best in sample is the best out of sample in every split.
          return Promise.resolve([{ ...ranks, below: ranks.below.fill(99), same: ranks.same.fill(1) }]);
        };
        return { ...workers, rank };
      },
    };
    const wide = { fast: { from: 2, to: 11 }, slow: { from: 12, to: 39, step: 3 } };
    const alone = await optimize(make().optStrategy(Crossing, wide));
    const shared = await optimize(make().optStrategy(Crossing, wide), { executor: offering });
    expect(asked).toEqual([[100, 6_435]]);
    expect([alone.luck!.overfitting > 0, shared.luck!.overfitting]).toEqual([true, 0]);
  });

  it('says nothing of overfitting where a parameter changes nothing', async () => {
    class Idle extends Crossing {
      static override readonly params = { ...Crossing.params, idle: 1 };
    }
    const { luck } = await optimize(make().optStrategy(Idle as never, { idle: [1, 2, 3] }));
    expect([luck!.effectiveTrials, luck!.overfitting]).toEqual([1, NaN]);
  });

  it('refuses what cannot be right, and names what was meant', async () => {
    await expect(sweep({ metric: 'sharp' as never })).rejects.toThrow("unknown metric 'sharp': did you mean 'sharpe'?");
    await expect(sweep({ keep: 'fats < slow' })).rejects.toThrow("did you mean 'fast'?");
    await expect(optimize(make())).rejects.toThrow('nothing is searched');
    await expect(make().optStrategy(Crossing, space).run()).rejects.toThrow(
      'call optimize(cerebro) from nextbar/research',
    );
    expect(() => make().optStrategy(Crossing, { fats: [1] } as never)).toThrow("did you mean 'fast'?");
    for (const [none, seen] of [
      [[1, 2], 'a list'],
      ['fast', "'fast'"],
      [5, '5'],
      [null, 'null'],
    ] as const) {
      const message = `the space of Crossing must be ranges by parameter, such as { period: { from: 5, to: 20 } }, was ${seen}`;
      expect(() => make().optStrategy(Crossing, none as never)).toThrow(message);
    }
    await expect(sweep({ keep: () => 'yes' as never })).rejects.toThrow(
      "keep must return true or false, was 'yes' for",
    );
    const thrower = (): boolean => {
      throw new Error('boom');
    };
    await expect(sweep({ keep: thrower })).rejects.toThrow(/keep threw for \{"fast":\d+.*\}: boom/);
    await expect(sweep({ keep: 5 as never })).rejects.toThrow("keep must be a condition such as 'fast < slow'");
    await expect(sweep({ keep: 'fast > 1000', method: 'tpe', trials: 3 })).rejects.toThrow(
      'keep must be true for some combination, was false for ',
    );
    await expect(sweep({ trials: 3 })).rejects.toThrow(
      'trials must be left out of a grid, which tries every combination, was 3',
    );
    await expect(sweep({ seed: 3 })).rejects.toThrow(
      'seed must be left out of a grid, which tries every combination, was 3',
    );
    await expect(sweep({ method: 'random', trials: 3, seed: NaN })).rejects.toThrow('seed must be a whole number');
    await expect(sweep({ executor: 2 as never })).rejects.toThrow(
      'executor must be one such as inline() or threads(2)',
    );
    await expect(sweep({ onProgress: 5 as never })).rejects.toThrow('onProgress must be a function, was 5');
    await expect(sweep({ signal: 5 as never })).rejects.toThrow('signal must be the signal of an AbortController');
    await expect(sweep({ patiense: 3 } as never)).rejects.toThrow("did you mean 'patience'?");
  });
});

describe('executors', () => {
  it('need a module that exports the strategy, and nothing that cannot be carried', async () => {
    await expect(sweep({ executor: threads(1) })).rejects.toThrow('give its module');
    class Unexported extends Crossing {}
    await expect(
      optimize(make().optStrategy(Unexported, { fast: [3, 4] }), { executor: threads(1), module }),
    ).rejects.toThrow('does not export the strategy Unexported');
    const timed = make().addTimer({ when: '12:00' }).optStrategy(Crossing, space);
    await expect(optimize(timed, { executor: threads(1), module })).rejects.toThrow(
      'a timer of addTimer cannot be carried',
    );
  });
});

describe('a sweep that was stopped', () => {
  it('keeps what is done, and goes on from its file to the same end', async () => {
    const whole = await sweep();
    const file = join(folder, 'one.sqlite');
    const stop = new AbortController();
    const first = await sweep({
      file,
      signal: stop.signal,
      onProgress: ({ done, best }) => {
        expect(best).toBeDefined();
        if (done >= 3) stop.abort();
      },
    });
    expect(first.end).toBe('stopped');
    expect(first.trials.length).toBeGreaterThanOrEqual(3);
    expect(first.trials.length).toBeLessThan(20);
    const second = await sweep({ file });
    expect(second.resumed).toBe(first.trials.length);
    expect(plain(second)).toBe(plain(whole));
    const third = await sweep({ file, executor: threads(1), module });
    expect([third.resumed, plain(third)]).toEqual([20, plain(whole)]);
    const differs = (parts: string): string =>
      `holds the trials of another sweep, which differs in its ${parts}: choose another file`;
    await expect(sweep({ file, metric: 'cagr' })).rejects.toThrow(differs('metric'));
    await expect(sweep({ file, keep: 'slow > fast' })).rejects.toThrow(differs('keep'));
    const wider = make().optStrategy(Crossing, { fast: [1, 2] });
    await expect(optimize(wider, { file, method: 'random', trials: 1 })).rejects.toThrow(differs('ranges, keep and method, trials or seed')); // prettier-ignore
    const early = { file, holdout: '2024-04-01' };
    await expect(sweep(early)).rejects.toThrow(differs('bars'));
    await expect(walkForward(make().optStrategy(Crossing, space), early)).rejects.toThrow('differs in its strategy, bars, options, ranges or metric'); // prettier-ignore
  });

  it('counts no more trials as kept than it has', async () => {
    const file = join(folder, 'patience.sqlite');
    // A chunk that was cut before patience was asked for is longer than what patience leaves of it.
    const workers: Executor = {
      name: 'long chunks',
      open: async (job, signal) => ({ ...(await inline().open(job, signal)), chunk: 20 }),
    };
    await sweep({ file, executor: workers });
    const { resumed, trials, end } = await sweep({ file, patience: 2 });
    expect([end, resumed]).toEqual(['patience', trials.length]);
    expect(trials.length).toBeLessThan(20);
  });

  it('does not wait for chunks that others run', async () => {
    const stop = new AbortController();
    let isClosed = false;
    const far: Executor = {
      name: 'far',
      open: (job) =>
        Promise.resolve({
          width: 3,
          chunk: 4,
          isRemote: true,
          run: (chunk) => {
            if (chunk.first === 8) setImmediate(() => stop.abort());
            return chunk.first === 0 ? Promise.resolve(runChunk(job, chunk)) : new Promise(() => undefined);
          },
          close: () => {
            isClosed = true;
            return Promise.resolve();
          },
        }),
    };
    const { end, trials } = await sweep({ executor: far, signal: stop.signal });
    expect([end, trials.length, isClosed]).toEqual(['stopped', 4, true]);
  });

  it('does not go on where fees, what it extends, functions or imports are others', async () => {
    const own = { space: { fast: [3, 4] }, run: make };
    const at = (name: string): string => join(folder, `${name}.sqlite`);
    const other = 'holds the trials of another sweep';
    await optimize(own.run().optStrategy(Crossing, own.space), { file: at('fees') });
    const dearer = own.run().setCommission('a', { commission: 0.002 });
    await expect(optimize(dearer.optStrategy(Crossing, own.space), { file: at('fees') })).rejects.toThrow(`${other}, which differs in its options:`); // prettier-ignore
    const named = (Base: typeof Crossing) => class Child extends Base {};
    await optimize(own.run().optStrategy(named(Crossing), own.space), { file: at('base') });
    class Later extends Crossing {
      override next(): void {
        if (this.data.length > 200) super.next();
      }
    }
    await expect(optimize(own.run().optStrategy(named(Later), own.space), { file: at('base') })).rejects.toThrow(other);
    const timed = (hour: number) =>
      hour === 1 ? own.run().addTimer({ when: '12:00' }, () => 1) : own.run().addTimer({ when: '12:00' }, () => 2);
    await optimize(timed(1).optStrategy(Crossing, own.space), { file: at('timer') });
    await expect(optimize(timed(2).optStrategy(Crossing, own.space), { file: at('timer') })).rejects.toThrow(other);
    const code = join(folder, 'code.mjs');
    writeFileSync(code, '// from here\nexport const level = 1;\n');
    await sweep({ file: at('module'), module: pathToFileURL(code) });
    writeFileSync(code, '// from there\nexport const level = 1;\n');
    expect((await sweep({ file: at('module'), module: pathToFileURL(code) })).resumed).toBe(20);
    writeFileSync(code, '// from there\nexport const level = 2;\n');
    await expect(sweep({ file: at('module'), module: pathToFileURL(code) })).rejects.toThrow(`${other}, which differs in its strategy's imports:`); // prettier-ignore
  });

  it('keeps its file for itself while it runs', async () => {
    const file = join(folder, 'busy.sqlite');
    let second: unknown;
    await sweep({
      file,
      onProgress: () => {
        second ??= TrialStore.open(file, 'any').catch((error: unknown) => error);
      },
    });
    expect(await second).toMatchObject({ code: 'sweep-running', message: `${file} is in use by another sweep: wait for it to end, or choose another file` }); // prettier-ignore
    expect((await sweep({ file })).resumed).toBe(20);
  });
});

describe('the registry', () => {
  it('keeps the sweep and counts every trial', async () => {
    const runs = join(folder, 'runs');
    const first = await sweep({ runs });
    expect([first.study, first.earlierTrials]).toEqual([1, 0]);
    const second = await sweep({ runs });
    // What is repeated has tried no more.
    expect([second.earlierTrials, second.luck]).toEqual([0, first.luck]);
    const store = await RunStore.open(runs);
    expect(store.list({ kind: 'trial', parent: 1 })).toHaveLength(20);
    expect(store.get(1)!.stats).toMatchObject({ trials: 20, deflatedSharpe: first.luck!.deflatedSharpe });
    store.close();
  });

  it('counts the trials of a sweep that was stopped and went on once, in one entry', async () => {
    const runs = join(folder, 'resumed-runs');
    const options = { runs, file: join(folder, 'counted.sqlite') };
    const stop = new AbortController();
    const first = await sweep({ ...options, signal: stop.signal, onProgress: () => stop.abort() });
    expect(first.end).toBe('stopped');
    const second = await sweep(options);
    const third = await sweep(options);
    expect([second, third].map(({ study, earlierTrials }) => [study, earlierTrials])).toEqual([[1, 0], [1, 0]]); // prettier-ignore
    const store = await RunStore.open(runs);
    expect(store.list().map(({ stats, settings }) => [stats['trials'], settings['end']])).toEqual([[20, 'done']]);
    const trials = store.list({ kind: 'trial', parent: 1 });
    expect(trials.map(({ key }) => Number(key)).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, k) => k));
    store.close();
    expect((await sweep({ runs })).earlierTrials).toBe(0);
  });

  it.each([1, 3])('deflates the best of %i trials by what was tried before, by hand too', async (count) => {
    const runs = join(folder, `tried-${count}`);
    const some = async (seed: number, trials: number, options: object = {}): Promise<OptimizeResult> =>
      await sweep({ runs, method: 'random', seed, trials, ...options });
    const alone = await some(5, count, { runs: undefined });
    const before = await some(6, 12);
    const store = await RunStore.open(runs);
    // By hand: parameters of a trial, which were tried already, others, and those on another market.
    const by = { strategy: 'Crossing', datas: store.list()[0]!.datas };
    store.add({ ...by, params: { ...before.trials.get(0)!.params } });
    store.add({ ...by, params: { fast: 77, slow: 99 } });
    store.add({ ...by, params: { fast: 77, slow: 99 }, datas: [{ ...by.datas[0]!, symbol: 'ETH/USDT' }] });
    store.add({ ...by, params: { fast: 78, slow: 99 }, mode: 'paper', kind: 'session' });
    store.close();
    const { earlierTrials, luck, trials, best } = await some(5, count);
    const own = new Set([...trials].map(({ params }) => JSON.stringify(params)));
    const others = [...before.trials].filter(({ params }) => !own.has(JSON.stringify(params)));
    expect(earlierTrials).toBe(others.length + 2);
    expect(luck!.trials).toBe(count + earlierTrials);
    const root = Math.sqrt(365);
    const sharpes = [...trials, ...others].map(({ stats }) => stats.sharpe! / root);
    const set = {
      trials: effectiveTrials(count + earlierTrials, luck!.correlation),
      variance: momentsOf(sharpes).deviation ** 2,
    };
    const returns = dayReturnsOf(await make().addStrategy(Crossing, best!.params).run());
    expect(luck!.deflatedSharpe).toBeCloseTo(deflatedSharpe(momentsOf(returns), set), 9);
    expect(luck!.deflatedSharpe).toBeLessThan(alone.luck!.deflatedSharpe);
  });

  it('deflates a single Sharpe ratio by how far those of worthless trials lie apart', async () => {
    const runs = join(folder, 'only-tried');
    const store = await RunStore.open(runs);
    for (let k = 0; k < 9; k++) store.add({ strategy: 'Crossing', params: { fast: 70 + k, slow: 99 } });
    store.close();
    const { luck, best } = await sweep({ runs, method: 'random', seed: 5, trials: 1 });
    const moments = momentsOf(dayReturnsOf(await make().addStrategy(Crossing, best!.params).run()));
    expect(luck!.deflatedSharpe).toBe(deflatedSharpe(moments, { trials: 10, variance: 1 / (moments.count - 1) }));
    expect(luck!.deflatedSharpe).toBeLessThan(luck!.probabilisticSharpe);
  });

  it('counts the searches of one walk-forward apart from what was tried before it', async () => {
    const runs = join(folder, 'walked-runs');
    await sweep({ runs, method: 'random', seed: 5, trials: 2 });
    const { folds } = await walkForward(make().optStrategy(Crossing, { fast: { from: 30, to: 60 } }), { runs, folds: 2, method: 'tpe', trials: 24 }); // prettier-ignore
    for (const { search } of folds) expect(search.earlierTrials).toBe(2);
  });

  it('is opened before the first trial', async () => {
    let done = 0;
    const path = join(folder, 'no-folder');
    writeFileSync(path, '');
    await expect(sweep({ runs: path, onProgress: () => done++ })).rejects.toThrow('a file is where a folder is needed'); // prettier-ignore
    expect(done).toBe(0);
  });
});

describe('bars that are held out', () => {
  // What other files of this process have read is none of this sweep's.
  beforeEach(() => {
    takeReads();
  });

  it('are not there for any trial', async () => {
    const seen = new Set<number>();
    class Looks extends Strategy<typeof Looks.params> {
      static readonly params = { period: 2 };
      readonly line = sma(this.data.close, this.params.period);
      override next(): void {
        seen.add(this.data.time);
        if (this.data.length % 7 === 0) this.buy();
        else if (this.data.length % 7 === 3) this.close();
      }
    }
    const { trials } = await optimize(make().optStrategy(Looks, { period: [2, 3] }), { holdout: '2024-03-01' });
    expect(Math.max(...seen)).toBeLessThan(Date.UTC(2024, 2, 1));
    expect(trials.get(0)!.score).toBeDefined();
    const beside = new GeneratedDataFeed({
      name: 'beside',
      timeframe: '1h',
      start: '2024-01-01',
      count: 3_000,
      seed: 4,
    });
    const early = new GeneratedDataFeed({ name: 'early', timeframe: '1h', start: '2024-01-01', count: 100, seed: 4 });
    const told = async (): Promise<readonly string[]> => (await sweep({ holdout: '2024-03-01' })).warnings;
    expect(await told()).toEqual([]);
    // What a run takes, it may hold out, whether it was loaded before or is loaded by the run.
    const table = await load(beside);
    await new Cerebro()
      .addData(new BarsDataFeed({ bars: table, timeframe: '1h' }))
      .addStrategy(Looks, {})
      .run();
    await early.load();
    expect(await told()).toEqual([]);
    const { close } = await load(beside);
    expect(await told()).toEqual([
      "bars from 2024-03-01 on were read outside of the sweep: 'beside' was loaded up to 2024-05-04 23:00:00, " +
        'and bars that a strategy loads itself cannot be held out',
    ]);
    expect(close).toHaveLength(3_000);
    await expect(sweep({ holdout: '2020-01-01' })).rejects.toThrow("holdout must leave at least one bar of 'a'");
    await expect(sweep({ holdout: '2099-01-01' })).rejects.toThrow(
      'holdout must hold out at least one bar: the last one opens at',
    );
  });
});
