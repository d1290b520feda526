/** Sweeps of the built command that are cut in the middle, twice each, and go on: they end as if nothing had happened. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, describe, expect, it } from 'vitest';

import { nextbar, started } from '../nextbar.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-cuts-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const strategy = join(folder, 'mine.ts');
writeFileSync(
  strategy,
  `import { appendFileSync } from 'node:fs';
import { crossover, sma, Strategy, type RunResult } from 'nextbar';
export class Mine extends Strategy<typeof Mine.params> {
  static readonly params = { fast: 5, slow: 20 };
  readonly cross = crossover(sma(this.data.close, this.params.fast), sma(this.data.close, this.params.slow));
  override next(): void {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}
/** The Sharpe ratio; each trial leaves a mark, so that whoever watches knows how many have run, and takes some time on the quickest machine. */
export function marked({ stats }: RunResult): number {
  appendFileSync(process.env['MARKS']!, '.');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 8);
  return stats.sharpe ?? NaN;
}
`,
);

/** What share of the trials a process runs before it is cut: a quarter is done at the first cut, and half at the second. */
const share = 0.25;

/** How the sweeps of each method are bounded, and where their trials run. */
const rows: Readonly<Record<string, readonly (readonly string[])[]>> = {
  grid: [
    ['--holdout', '2024-06-01'],
    ['--threads', '2', '--walk-forward', '3', '--patience', '40'],
  ],
  random: [
    ['--walk-forward', '3', '--holdout', '2024-06-01'],
    ['--threads', '2', '--patience', '60'],
  ],
  latin: [
    ['--patience', '60', '--holdout', '2024-06-01'],
    ['--threads', '2', '--walk-forward', '3'],
  ],
  tpe: [
    ['--walk-forward', '3'],
    ['--threads', '2', '--patience', '60', '--holdout', '2024-06-01'],
  ],
};

describe('a sweep that is cut twice', () => {
  it.each(Object.keys(rows))('ends as one that ran through: %s, in one thread and in two', async (method) => {
    await Promise.all(rows[method]!.map((options, k) => check(method, options, k === 0 ? 'SIGINT' : 'SIGTERM')));
  });
});

/** Runs a sweep through, and again with a cut by `first` and one by the death of the process. */
async function check(method: string, options: readonly string[], first: 'SIGINT' | 'SIGTERM'): Promise<void> {
  const own = mkdtempSync(join(folder, 'row-'));
  const isWalk = options.includes('--walk-forward');
  const search = method === 'grid' ? [] : ['--method', method, '--trials', isWalk ? '90' : '250'];
  const steps = method === 'grid' && isWalk ? ['fast=3:30:3', 'slow=35:120:10'] : ['fast=3:30', 'slow=35:120:10'];
  const args = [
      'optimize', strategy, '--synthetic', '3', '--bars', '4000', '--commission', '0.001', '--metric', 'marked',
      '--param', steps[0]!, '--param', steps[1]!, ...search, ...options,
    ]; // prettier-ignore
  const marks = join(own, 'marks');
  const files = (name: string): string[] => ['--save', join(own, `${name}.sqlite`), '--csv-out', join(own, `${name}.csv`), '--folder', join(own, name)]; // prettier-ignore
  writeFileSync(marks, '');
  const whole = await nextbar([...args, ...files('whole')], own, { MARKS: marks });
  expect([whole.code, whole.stderr]).toEqual([0, '']);
  const total = readFileSync(join(own, 'whole.csv'), 'utf8').trimEnd().split('\n').length - 1;
  if (options.includes('--patience') && !isWalk) expect(whole.stdout).toContain('ended early');

  for (const signal of [first, 'SIGKILL'] as const) {
    writeFileSync(marks, '');
    const { child, ended } = started([...args, ...files('cut')], own, { MARKS: marks });
    while (statSync(marks).size < share * total && child.exitCode === null && child.signalCode === null) await wait(2);
    child.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect([code, stderr]).toEqual([signal === 'SIGKILL' ? null : 130, '']);
    if (signal !== 'SIGKILL') expect(stdout).toMatch(/stopped (with|before)/);
  }
  const { code, stdout, stderr } = await nextbar([...args, ...files('cut')], own, { MARKS: marks });
  expect([code, stderr]).toEqual([0, '']);
  const kept = Number(/ (\d+) of them from an earlier /.exec(stdout)?.[1]);
  expect(kept).toBeGreaterThan(share * total);
  expect(kept).toBeLessThan(total);
  expect(readFileSync(join(own, 'cut.csv'), 'utf8')).toBe(readFileSync(join(own, 'whole.csv'), 'utf8'));
  expect(verdict(stdout)).toBe(verdict(whole.stdout));
}

/** What is printed, without how long it took and what was known before. */
function verdict(text: string): string {
  return text.replace(/^(.* trials)( in .*|, \d+ of them from an earlier walk)$/m, '$1');
}
