/** Files that a run is to be written to are checked before the run is made, and a registry that is only read is not made. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { call } from '../call.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-outputs-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const at = (name: string): string => join(folder, name);
writeFileSync(at('throws.mjs'), "import { Strategy } from 'nextbar'; export class Throws extends Strategy { next() { throw new Error('it ran'); } }"); // prettier-ignore
writeFileSync(
  at('one.mjs'),
  "import { Strategy } from 'nextbar'; export class One extends Strategy { static params = { a: 1 }; }",
);
mkdirSync(at('folder'));

it.each([
  [['--report', at('none/a.html')], /^error: --report .*a\.html: there is no folder .*none$/m],
  [['--png', at('none/a.png')], /^error: --png .*: there is no folder/m],
  [['--summary', at('none/a.md')], /^error: --summary .*: there is no folder/m],
  [['--trades', at('folder')], /^error: --trades must be a file, and .*folder is a folder/m],
  [['--equity', at('a.xlsx')], /^error: --equity writes CSV, or JSON or Parquet by the ending \.json or \.parquet, was '.*a\.xlsx'/m],
  [['--report', at('a.html'), '--trades', at('folder/../a.html')], /^error: --trades and --report name one file/m],
])('%j', async (args, message) => {
  const { code, errors } = await call('run', at('throws.mjs'), '--synthetic', '1', '--bars', '50', ...args);
  expect([code, errors]).toEqual([2, expect.stringMatching(message) as string]);
  expect(errors).not.toContain('it ran');
}); // prettier-ignore

it.each([
  ['optimize', at('throws.mjs'), '--synthetic', '1', '--report', at('none/a.html')],
  ['optimize', at('throws.mjs'), '--synthetic', '1', '--csv-out', at('none/a.csv')],
  ['optimize', at('throws.mjs'), '--synthetic', '1', '--walk-forward', '2', '--arrow-out', at('none/a.arrow')],
  ['paper', at('throws.mjs'), '--exchange', 'binance', '--symbol', 'BTC/USDT', '--report', at('none/a.html')],
  ['replay', 'some', '--report', at('none/a.html')],
  ['parity', 'some', '--report', at('none/a.html')],
])('%s checks its files before it begins', async (...args) => {
  const { code, errors } = await call(...args);
  expect([code, errors]).toEqual([2, expect.stringMatching(/^error: --.*: there is no folder .*none$/m) as string]);
});

it.each(['run', 'optimize', 'audit'])('%s names --resample where its timeframe is none', async (command) => {
  const param = command === 'optimize' ? ['--param', 'a=1'] : [];
  const { code, errors } = await call(
    command,
    at('one.mjs'),
    '--synthetic',
    '1',
    '--resample',
    '1d=synthetic',
    ...param,
  );
  expect([code, errors]).toEqual([2, expect.stringMatching(/^error: --resample must be a number and a unit .*was 'synthetic'/m) as string]); // prettier-ignore
});

it('a list of runs makes no registry, and says what no run has', async () => {
  const listed = await call('runs', '--folder', at('typo'), '--tag', 'best');
  expect([listed.code, listed.text]).toEqual([0, "no kept run has tag 'best'\n"]);
  expect(existsSync(at('typo'))).toBe(false);
});

it('one run is shown at a time', async () => {
  const shown = await call('runs', 'show', '1', '2', '--folder', at('folder'));
  expect(shown.errors).toContain("one run at a time: '2' is a second one; nextbar compare shows several");
});
