/** `nextbar optimize`: ranges from texts, the best with its luck, files that go on. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';

import { Cerebro, crossover, GeneratedDataFeed, sma, Strategy } from 'nextbar';
import { walkForward } from 'nextbar/research';

import { call } from '../call.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-optimize-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const strategy = join(folder, 'mine.ts');
writeFileSync(
  strategy,
  `import { crossover, sma, Strategy, type RunResult } from 'nextbar';
export class Mine extends Strategy<typeof Mine.params> {
  static readonly params = { fast: 5, slow: 20, band: 0.1, mode: 'a' };
  static readonly space = { fast: { from: 4, to: 6 } };
  readonly cross = crossover(sma(this.data.close, this.params.fast), sma(this.data.close, this.params.slow));
  override next(): void {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}
export function thrift({ stats }: RunResult): number { return -stats.fees; }
`,
);
const optimize = (...args: string[]) => optimizeIn(folder, ...args);
const optimizeIn = (runs: string, ...args: string[]) =>
  call('optimize', strategy, '--synthetic', '3', '--bars', '1500', '--commission', '0.001', '--folder', runs, ...args);

describe('nextbar optimize', () => {
  it('prints the best, the number of trials and the deflated Sharpe ratio', async () => {
    const { code, text } = await optimize('--param', 'fast=4:10:2', '--param', 'slow=8,16', '--keep', 'fast < slow');
    expect(code).toBe(0);
    expect(text).toMatch(/^Mine: 6 trials in /);
    expect(text).toMatch(/deflated Sharpe +[\d.]+ %/);
    expect(text).toMatch(/trials +6 +count for /);
  });

  it('says of a single trial that nothing was chosen, and still its deflated Sharpe ratio', async () => {
    const { text } = await optimizeIn(join(folder, 'one'), '--param', 'fast=4', '--no-keep');
    expect(text).toMatch(/deflated Sharpe +[\d.]+ %/);
    expect(text).toMatch(/Sharpe of the best .* a worthless trial would show 0$/m);
    expect(text).toMatch(/trials +1 +nothing was chosen: there is no luck of a search to take out$/m);
    const two = await optimizeIn(join(folder, 'one'), '--param', 'fast=4,5', '--no-keep');
    expect(two.text).toMatch(/neighbours .* the only trial next to the best$/m);
  });

  it('takes the space of the strategy, a metric that the file exports, and writes every trial', async () => {
    const csv = join(folder, 'trials.csv');
    const { code, text } = await optimize('--metric', 'thrift', '--csv-out', csv, '--json', '--no-keep');
    expect(code).toBe(0);
    const shape = JSON.parse(text) as { metric: string; trials: { params: object }[] };
    expect([shape.metric, shape.trials.map(({ params }) => params)]).toEqual([
      'thrift',
      [{ fast: 4 }, { fast: 5 }, { fast: 6 }],
    ]);
    expect(readFileSync(csv, 'utf8').split('\n')[0]).toMatch(/^trial,fast,score,/);
  });

  it('searches, walks and audits the account that a plan names', async () => {
    const plan = join(folder, 'account.yaml');
    writeFileSync(
      plan,
      "account: { cash: { BTC: 2 } }\ninstruments: { 'BTC/USD:BTC': { contractSize: 100, takerFee: 0.0005 } }\n",
    );
    const args = ['--symbol', 'BTC/USD:BTC', '--param', 'fast=4,8', '--json', '--no-keep'];
    const plain = await optimize(...args);
    expect(plain.errors).toContain('is an inverse contract, which settles in BTC and needs an account with options');
    const { text } = await optimize(...args, '--plan', plan);
    const { trials } = JSON.parse(text) as { trials: { stats: { totalReturn: number; finalValue: number } }[] };
    for (const { stats } of trials) expect(stats.finalValue).toBeCloseTo(2 * (1 + stats.totalReturn), 12);
    const walked = await optimize(...args, '--plan', plan, '--walk-forward', '2');
    expect([walked.code, walked.errors]).toEqual([0, expect.not.stringContaining('error')]);
    expect((await optimize('--plan', plan)).errors).toContain("for an unknown data 'BTC/USD:BTC'");
    const audit = ['audit', strategy, '--synthetic', '3', '--bars', '300', '--symbol', 'BTC/USD:BTC'];
    expect((await call(...audit, '--plan', plan)).text).toContain('fees doubled');
  });

  it('goes on from its file', async () => {
    const save = join(folder, 'sweep.sqlite');
    await optimize('--save', save);
    expect((await optimize('--save', save)).text).toContain('3 of them from an earlier sweep');
    const other = await optimize('--save', save, '--param', 'slow=9,10');
    expect([other.code, other.errors]).toEqual([
      expect.any(Number),
      expect.stringContaining('holds the trials of another sweep'),
    ]);
  });

  it('writes a report whose figures are those of the sweep, and whose pictures show every trial', async () => {
    const report = join(folder, 'sweep.html');
    const runs = join(folder, 'runs of the report');
    const { text } = await optimizeIn(runs, '--param', 'fast=4:10:2', '--param', 'slow=12:24:4', '--json', '--report', report); // prettier-ignore
    const shape = JSON.parse(text) as { luck: { deflatedSharpe: number; trials: number }; best: { score: number }; trials: { score?: number }[] }; // prettier-ignore
    const page = readFileSync(report, 'utf8');
    const value = (mark: string): number => Number(new RegExp(`${mark}[^>]* data-value="([^"]*)"`).exec(page)![1]);
    expect(value('data-luck="deflatedSharpe"')).toBe(shape.luck.deflatedSharpe);
    expect(value('data-luck="trials"')).toBe(16);
    expect(value('data-metric="Best sharpe"')).toBe(shape.best.score);
    expect(page.match(/class="heatcell"/g)).toHaveLength(16);
    expect(page.match(/class="way/g)).toHaveLength(16);
    expect(page).toContain('class="band wide"');
    expect([...page.matchAll(/data-score="([^"]*)">/g)].map(([, score]) => Number(score)).sort()).toEqual(shape.trials.map(({ score }) => score!).sort()); // prettier-ignore
  });

  it('walks forward as walkForward does, counts its trials, and never reads what is held out', async () => {
    const report = join(folder, 'walk.html');
    const space = ['--param', 'fast=4,8', '--param', 'slow=16'];
    const args = [...space, '--holdout', '2024-02-15', '--walk-forward', '3', '--purge', '5', '--window', 'anchored'];
    const { code, text } = await optimize(...args, '--report', report, '--json');
    expect(code).toBe(0);
    const shape = JSON.parse(text) as { totalReturn: number; trials: number; folds: { testEnd: number; trainStart: number; luck: object; study: number }[] }; // prettier-ignore
    const cerebro = new Cerebro({ commission: 0.001 }).addData(
      new GeneratedDataFeed({ timeframe: '1h', seed: 3, count: 1500 }),
    );
    class Same extends Strategy<typeof Same.params> {
      static readonly params = { fast: 5, slow: 20 };
      readonly cross = crossover(sma(this.data.close, this.params.fast), sma(this.data.close, this.params.slow));
      override next(): void {
        if (this.cross.now > 0) this.buy();
        else if (this.cross.now < 0) this.close();
      }
    }
    cerebro.optStrategy(Same, { fast: [4, 8], slow: [16] });
    const whole = await walkForward(cerebro, { folds: 3, purge: 5, window: 'anchored', holdout: '2024-02-15' });
    expect([shape.totalReturn, shape.trials, shape.folds.length]).toEqual([whole.totalReturn, 6, 3]);
    expect(shape.folds.at(-1)!.testEnd).toBeLessThanOrEqual(Date.UTC(2024, 1, 15));
    expect(new Set(shape.folds.map(({ study }) => study)).size).toBe(3);
    expect(readFileSync(report, 'utf8')).toContain(`data-value="${whole.totalReturn}"`);
  });

  it('keeps the trials of every stretch of a walk-forward, goes on from them, and writes them in one table', async () => {
    const [save, csv, arrow] = ['walk.sqlite', 'walk.csv', 'walk.arrow'].map((name) => join(folder, name)) as [string, string, string]; // prettier-ignore
    const args = ['--param', 'fast=4,8', '--walk-forward', '3', '--save', save, '--csv-out', csv, '--arrow-out', arrow];
    const first = await optimize(...args, '--json');
    const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
    expect(lines[0]).toMatch(/^stretch,trial,fast,score,/);
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 3).join())).toEqual(['1,0,4', '1,1,8', '2,0,4', '2,1,8', '3,0,4', '3,1,8']); // prettier-ignore
    const table = tableFromIPC(readFileSync(arrow));
    expect([table.numRows, table.schema.names.slice(0, 4)]).toEqual([6, ['stretch', 'trial', 'fast', 'score']]);
    expect((await optimize(...args)).text).toContain('6 trials, 6 of them from an earlier walk');
    const again = await optimize(...args, '--json');
    const figures = (text: string): unknown => (JSON.parse(text) as { totalReturn: number }).totalReturn;
    expect(figures(again.text)).toBe(figures(first.text));
    const single = await optimize('--param', 'fast=4,8', '--save', save);
    expect(single.errors).toContain('holds the trials of another sweep');
  });

  it('keeps its report in the registry of runs, where open finds it', async () => {
    const own = join(folder, 'kept');
    const { text } = await optimizeIn(own, '--param', 'fast=4,8', '--json');
    const { study } = JSON.parse(text) as { study: number };
    const opened = await call('open', String(study), '--print', '--folder', own);
    const path = fileURLToPath(opened.text.trim());
    expect(readFileSync(path, 'utf8')).toContain('data-luck="deflatedSharpe"');
    const shown = await call('runs', 'show', String(study), '--folder', own);
    expect(shown.text).toContain('nextbar optimize');
    expect(shown.text).toContain(`report: ${path}`);
    const report = join(folder, 'asked.html');
    await optimizeIn(own, '--param', 'fast=4,8', '--walk-forward', '2', '--report', report);
    expect((await call('open', 'last', '--print', '--folder', own)).text.trim()).toBe(pathToFileURL(report).href);
    rmSync(report);
    expect((await call('open', 'last', '--print', '--folder', own)).errors).toContain(`is not at ${report} any more`);
  });

  it('opens what was held out when it is asked to, and counts how often', async () => {
    const own = join(folder, 'opened');
    const report = join(folder, 'opened.html');
    const args = ['--param', 'fast=4,8', '--holdout', '2024-02-15', '--open-holdout'];
    expect((await optimizeIn(own, ...args)).text).toContain(
      'Held-out bars from 2024-02-15, opened for the first time:',
    );
    const { text } = await optimizeIn(own, ...args, '--report', report);
    expect(text).toContain('opened 2 times: after the first time they are in sample');
    expect(readFileSync(report, 'utf8')).toContain('data-holdout="2"');
    expect((await optimizeIn(own, '--param', 'fast=4,8')).text).toMatch(/held-out bars +opened 2 times/);
  });

  it('prints parameters that can be copied, scores without bounds, and values of JSON', async () => {
    const odd = join(folder, 'odd.ts');
    writeFileSync(
      odd,
      `import { Strategy } from 'nextbar';
export class Odd extends Strategy<typeof Odd.params> {
  static readonly params = { since: 1_700_000_000_123, share: 0.5, weights: [1, 2] };
  override next(): void {
    if (this.data.length === 30) this.buy();
  }
}
export const gain = (): number => Infinity;
export const hurried = async (): Promise<number> => 5;
`,
    );
    const run = (...args: string[]) => call('optimize', odd, '--synthetic', '3', '--bars', '1500', '--no-keep', ...args); // prettier-ignore
    const { text } = await run('--param', 'since=1700000000123:1700000000124', '--param', 'share=0.12345678:0.12345678', '--metric', 'gain'); // prettier-ignore
    expect(text).toMatch(/ 1700000000124 +0\.12345678 +infinite /);
    const listed = await run('--param', 'weights=[1,2],[3,4]', '--json');
    expect((JSON.parse(listed.text) as { trials: { params: object }[] }).trials.map(({ params }) => params)).toEqual([{ weights: [1, 2] }, { weights: [3, 4] }]); // prettier-ignore
    expect((await run('--param', 'weights=[1,2],[3')).errors).toContain('must be JSON values with commas');
    expect((await run('--param', 'share=0.5', '--metric', 'hurried')).errors).toContain('must return a number, was a Promise'); // prettier-ignore
    expect((await run('--param', 'share=0.5', '--metric', 'gian')).errors).toContain("did you mean 'gain'?");
    expect((await run('--param', 'share=0.5', '--seed', '4')).errors).toContain(
      '--seed must be left out of a grid, which tries every combination, was 4',
    );
  });

  it.each(['random', 'latin', 'tpe'])('%s says how many trials it made where there are no more, and why', async (method) => {
    const search = (...args: string[]) =>
      optimize('--no-keep', '--param', 'fast=1:100', '--param', 'slow=1:100', '--method', method, '--trials', '40', ...args); // prettier-ignore
    const told = '9 trials were made, not 40: keep is true for no more of the 10000 combinations';
    const narrow = ['--keep', 'fast == 3 and slow > 10 and slow < 20'];
    expect((await search(...narrow)).text).toContain(`\nwarning: ${told}\n`);
    const shape = JSON.parse((await search(...narrow, '--json')).text) as { planned: number; warnings: string[] };
    expect(shape).toMatchObject({ planned: 9, end: 'done', warnings: [told] });
    expect((await search(...narrow, '--patience', '3')).text).not.toContain('trials were made');
  }); // prettier-ignore

  it('refuses a static space that is no object of ranges', async () => {
    for (const [space, seen] of [['[1, 2]', 'a list'], ["'fast'", "'fast'"], ['5', '5'], ['() => ({ fast: [3, 4] })', 'space'], ['null', 'null']] as const) {
      const odd = join(folder, 'odd-space.ts');
      writeFileSync(odd, `import { Strategy } from 'nextbar';\nexport class Odd extends Strategy { static readonly params = { fast: 5 }; static readonly space = ${space}; override next(): void {} }\n`);
      const { code, errors } = await call('optimize', odd, '--synthetic', '3', '--bars', '100', '--no-keep');
      expect([code, errors]).toEqual([2, expect.stringContaining('the space of Odd must be ranges by parameter, such as { period: { from: 5, to: 20 } }, was ')]);
      expect(errors).toContain(`was ${seen}\n`);
    }
  }); // prettier-ignore

  it('says that held-out bars stayed closed, and prints what it found where the report cannot be written', async () => {
    const own = join(folder, 'closed');
    const closed = await optimizeIn(own, '--param', 'slow=5000', '--holdout', '2024-02-15', '--open-holdout');
    expect(closed.errors).toContain('the held-out bars were not opened');
    const walked = await optimizeIn(own, '--param', 'slow=5000', '--walk-forward', '2', '--json');
    expect((JSON.parse(walked.text) as { warnings: string[] }).warnings).toEqual(['no trial has a sharpe: none of them traded']); // prettier-ignore
    const report = await optimize(
      '--param',
      'fast=4,8',
      '--no-keep',
      '--report',
      join(folder, `${'x'.repeat(248)}.html`),
    );
    expect([report.code, report.text]).toEqual([2, expect.stringContaining('deflated Sharpe')]);
  });

  it.each([
    [['--open-holdout'], '--open-holdout needs --holdout TIME'],
    [['--holdout', '2024-02-15', '--open-holdout', '--no-keep'], 'leave --no-keep out'],
    [['--purge', '3'], '--purge is for --walk-forward N'],
    [['--walk-forward', '3', '--top', '2'], '--top is for one search'],
    [['--walk-forward', '3', '--edges', 'cary'], "did you mean 'carry'?"],
    [['--walk-forward', '0'], 'error: --walk-forward must be a whole number of at least 1, was 0'],
    [['--walk-forward', '900'], 'error: --walk-forward must leave two bars or more to every stretch, was 900'],
    [['--walk-forward', '3', '--train-ratio', '0'], 'error: --train-ratio must be above 0, was 0'],
    [['--walk-forward', '3', '--purge', '1400'], 'error: --purge must leave bars to search'],
    [['--param', 'fats=1:2'], "did you mean 'fast'?"],
    [['--param', 'fast=9:3'], 'error: --param fast must rise, was 9 to 3'],
    [['--param', 'fast=3:9:0'], 'error: --param fast needs a finite step above 0, was 0'],
    [['--param', 'fast=3,3'], 'error: --param fast holds 3 twice'],
    [['--param', 'fast=3:9:lag'], "step must be a number or 'log', was 'lag'"],
    [['--param', 'fast=a:3'], "from must be a number, was 'a'"],
    [['--param', 'fast=1:2:3:4'], 'must be FROM:TO:STEP'],
    [['--param', 'band=0:1'], 'error: --param band has no steps'],
    [['--slippage', '-1'], 'error: --slippage must be a number not below 0, was -1'],
    [['--method', 'latin', '--trials', '1e99'], 'error: --trials must be a whole number from 1 to 10000000, was 1e+99'],
    [
      ['--method', 'random', '--seed', '1e99'],
      'error: --seed must be a whole number from 0 to 9007199254740991, was 1e+99',
    ],
    [['--metric', 'shrap'], "did you mean 'sharpe'?"],
    [['--keep', 'fast << 3'], "--keep must be a condition such as 'fast < slow', was 'fast << 3': at place 7 "],
    [['--method', 'gird'], 'method must be one of'],
  ])('refuses %j', async (args, message) => {
    const { code, errors } = await optimize(...args);
    expect(code).not.toBe(0);
    expect(errors).toContain(message);
  });

  it('says of a range that the file holds where it stands, and how to replace it', async () => {
    const file = join(folder, 'falls.mjs');
    writeFileSync(file, "import { Strategy } from 'nextbar';\nexport class Falls extends Strategy { static params = { fast: 5 }; static space = { fast: { from: 9, to: 3 } }; }\n"); // prettier-ignore
    const { code, errors } = await call('optimize', file, '--synthetic', '3', '--no-keep');
    expect([code, errors]).toEqual([2, expect.stringContaining("error: the range of parameter 'fast' must rise, was 9 to 3: it is of the static space of Falls, and --param fast=FROM:TO:STEP replaces it\n") as string]); // prettier-ignore
    expect((await call('optimize', file, '--synthetic', '3', '--no-keep', '--param', 'fast=3:4')).code).toBe(0);
  });
});
