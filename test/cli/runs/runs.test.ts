/** Runs are kept, shown, made again, compared and opened from the command line. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { call } from '../call.ts';
import { nextbar, type Outcome } from '../nextbar.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-runs-'));
const strategy = join(folder, 'cross.ts');
const run = (...args: readonly string[]): Promise<Outcome> => nextbar(args, folder, { NEXTBAR_RUNS: 'on' });
const bars = ['--synthetic', '7', '--bars', '800'];

beforeAll(async () => {
  const source = fileURLToPath(new URL('../../../strategies/sma-cross.ts', import.meta.url));
  writeFileSync(strategy, readFileSync(source, 'utf8'));
  const first = await run('run', 'cross.ts', ...bars, '--tag', 'base', '--note', 'the first');
  expect([first.code, first.stderr]).toEqual([0, '']);
  expect(first.stdout).toContain('kept as run 1');
  expect((await run('run', 'cross.ts', ...bars, '--param', 'fast=5', '--quiet')).code).toBe(0);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('leaves no registry and no platform where there are none: only a run and a token make them', async () => {
  const none = join(folder, 'none');
  const asked = [['runs', 'show', '1'], ['runs', 'tag', '1', 'best'], ['runs', 'delete', '1'], ['runs', 'repeat', '1'], ['compare', '1', '2'], ['open', '1']]; // prettier-ignore
  for (const args of asked) {
    const { code, errors } = await call(...args, '--folder', none);
    expect([code, errors]).toEqual([2, expect.stringContaining(`there is no run '1' in ${none}/runs.sqlite: none has been kept here`)]); // prettier-ignore
  }
  const listed = await call('token', 'list', '--platform', none);
  expect([listed.code, listed.text]).toEqual([0, 'no token was issued here: nextbar token issue makes one\n']);
  expect((await call('token', 'revoke', 'abc', '--platform', none)).errors).toMatch(/there is no token 'abc'/);
  expect((await call('doctor', '--folder', none)).text).toMatch(/can be written, 0 series/);
  expect(existsSync(none)).toBe(false);
});

describe('nextbar runs', () => {
  it('lists the latest first, by tag and as JSON', async () => {
    const { stdout } = await run('runs');
    expect(stdout.split('\n').slice(1, 3).map((line) => line.split(' ')[0])).toEqual(['2', '1']); // prettier-ignore
    expect((await run('runs', '--tag', 'base')).stdout).not.toMatch(/^2 /m);
    const [second, first] = JSON.parse((await run('runs', 'list', '--json')).stdout) as Record<string, unknown>[];
    expect(first).toMatchObject({ id: 1, strategy: 'SmaCross', note: 'the first', tags: ['base'] });
    expect(second).toMatchObject({ params: { fast: 5, slow: 30 } });
    expect(second!['hash']).not.toBe(first!['hash']);
    expect(second!['dataHash']).toBe(first!['dataHash']);
  });

  it('shows figures, hashes and the source as it was', async () => {
    const shown = await run('runs', 'show', '1');
    expect(shown.stdout).toMatch(/Note +the first/);
    expect(shown.stdout).toMatch(/Hash +[0-9a-f]{64}/);
    expect((await run('runs', 'show', '1', '--source')).stdout).toBe(readFileSync(strategy, 'utf8'));
    expect(await run('runs', 'show', '99')).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no run '99'") as string }); // prettier-ignore
  });

  it('makes a run again: the same, and what changed where its strategy did', async () => {
    expect(await run('runs', 'repeat', '1')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^run 1 traded the same/) as string }); // prettier-ignore
    const before = readFileSync(strategy, 'utf8');
    writeFileSync(strategy, before.replace('slow: 30', 'slow: 35'));
    try {
      const { code, stdout } = await run('runs', 'repeat', '1');
      expect(code).toBe(1);
      expect(stdout).toContain('param slow: 30 → 35');
      expect(stdout).toMatch(/strategy source: \w+ → \w+/);
      expect(stdout).toMatch(/the first trade that differs opened at \d{4}-/);
    } finally {
      writeFileSync(strategy, before);
    }
  });

  it('compares runs as a table and as a page', async () => {
    const { stdout } = await run('compare', '1', '2', '--report', 'compared.html');
    expect(stdout).toMatch(/param fast +10 +5/);
    expect(stdout).toMatch(/Trades of its own +\d+ +\d+/);
    const page = readFileSync(join(folder, 'compared.html'), 'utf8');
    expect(page).toContain('2 runs compared');
    expect(page).toContain('param fast');
    expect((await run('compare', '1')).stderr).toContain('which runs?');
  });

  it('opens the report of a run that has none by making it', async () => {
    const { stdout } = await run('open', '2', '--print');
    const path = fileURLToPath(stdout.trim());
    expect(readFileSync(path, 'utf8')).toContain('<title>SmaCross');
    expect((await run('open', path, '--print')).stdout).toBe(stdout);
  });

  it('tags, notes and deletes', async () => {
    await run('runs', 'tag', '2', 'a', 'b');
    expect((await run('runs', 'tag', '2', 'a', '--remove')).stdout).toBe('run 2: b\n');
    await run('runs', 'note', '2', 'second thoughts');
    expect((await run('runs', 'show', '2')).stdout).toMatch(/Note +second thoughts/);
    expect((await run('runs', 'delete', '2')).stdout).toBe('deleted 1 run: 2\n');
    expect((await run('runs')).stdout).not.toMatch(/^2 /m);
  });

  it('does not keep a run that is not to be kept', async () => {
    await run('run', 'cross.ts', ...bars, '--no-keep', '--quiet');
    expect((await run('runs', 'list', '--json')).stdout.match(/"id"/g)).toHaveLength(1);
  });
});
