/** `nextbar optimize`: ranges from texts, the best with its luck, files that go on. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

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
const optimize = (...args: string[]) =>
  call(
    'optimize',
    strategy,
    '--synthetic',
    '3',
    '--bars',
    '1500',
    '--commission',
    '0.001',
    '--folder',
    folder,
    ...args,
  );

describe('nextbar optimize', () => {
  it('prints the best, the number of trials and the deflated Sharpe ratio', async () => {
    const { code, text } = await optimize('--param', 'fast=4:10:2', '--param', 'slow=8,16', '--keep', 'fast < slow');
    expect(code).toBe(0);
    expect(text).toMatch(/^Mine: 6 trials in /);
    expect(text).toMatch(/deflated Sharpe +[\d.]+ %/);
    expect(text).toMatch(/trials +6 +count for /);
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

  it.each([
    [['--param', 'fats=1:2'], "did you mean 'fast'?"],
    [['--param', 'fast=9:3'], "the range of parameter 'fast' must rise"],
    [['--param', 'fast=a:3'], "from must be a number, was 'a'"],
    [['--param', 'fast=1:2:3:4'], 'must be FROM:TO:STEP'],
    [['--param', 'band=0:1'], "parameter 'band' has no steps"],
    [['--metric', 'shrap'], "did you mean 'sharpe'?"],
    [['--keep', 'fast << 3'], 'cannot be read at place 7'],
    [['--method', 'gird'], 'method must be one of'],
  ])('refuses %j', async (args, message) => {
    const { code, errors } = await optimize(...args);
    expect(code).not.toBe(0);
    expect(errors).toContain(message);
  });
});
