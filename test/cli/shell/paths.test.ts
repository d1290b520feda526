/** Paths and values that cannot be right: each error says in one sentence what was found there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { call } from '../call.ts';

const folder = mkdtempSync(join(tmpdir(), 'nextbar-paths-'));
const here = (name: string): string => join(folder, name);

beforeAll(() => {
  mkdirSync(here('folder'));
  writeFileSync(here('file'), '');
  writeFileSync(here('bad.json'), 'not json {\nmore\n');
  writeFileSync(
    here('idle.ts'),
    `import { Strategy } from 'nextbar';\nexport class Idle extends Strategy {\n  override next(): void {}\n}\n`,
  );
  writeFileSync(
    here('periods.ts'),
    `import { Strategy } from 'nextbar';\nexport class Periods extends Strategy<typeof Periods.params> {\n  static readonly params = { fast: 5 };\n  override next(): void {}\n}\n`,
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.each([
  [['run', here('folder'), '--synthetic'], `a strategy is a file, and ${here('folder')} is a folder`],
  [['run', '--config', here('none.yaml')], `there is no configuration file ${here('none.yaml')}`],
  [['run', '--config', here('folder')], `a configuration is a file, and ${here('folder')} is a folder`],
  [['run', '--config', here('bad.json')], `${here('bad.json')} is not JSON: Unexpected token 'o'`],
  [['data', 'list', '--folder', here('file')], `--folder must be a folder, and ${here('file')} is a file`],
  [['data', 'list', '--timeframe', '1x', '--folder', here('folder')], "--timeframe must be a number and a unit such as 1m, 4h, 1d, 1w or 1M, was '1x'"],
  [['open', here('none.html')], `there is no file ${here('none.html')}`],
  [['run', here('idle.ts'), '--synthetic', '--policy', 'gapz=drop'], "unknown --policy 'gapz': did you mean 'gaps'?"],
  [['run', here('idle.ts'), '--synthetic', '--storage', 'zip'], "unknown --storage 'zip'; known are arrow, parquet"],
  [['run', here('idle.ts'), '--synthetic', '--zone', 'UTC'], '--zone is for --csv, and cannot be given with --synthetic'],
  [['record', 'binance', 'BTC/USDT', '--out', here('folder')], `--out must be a file, and ${here('folder')} is a folder`],
  [['restore', here('none')], `there is no folder ${here('none')}`],
  [['restore', here('file')], `a backup is a folder, and ${here('file')} is a file`],
  [['restore', here('folder')], `${here('folder')} is not a backup: it has no manifest.json`],
  [['data', 'list', '--exchange', 'binanc', '--folder', here('folder')], "unknown --exchange 'binanc': did you mean 'binance'?"],
  [['data', 'info', '--exchange', 'binanc', '--folder', here('folder')], "unknown --exchange 'binanc': did you mean 'binance'?"],
  [['data', 'clear', '--exchange', 'binanc', '--folder', here('folder')], "unknown --exchange 'binanc': did you mean 'binance'?"],
  [['run', here('idle.ts'), '--synthetic', '--start', '2024-13-01'], '--start must be a time such as 2024-01-31, 2024-01-31T12:00:00Z or milliseconds UTC, was "2024-13-01"'],
  [['run', here('periods.ts'), '--synthetic', '--param', 'fast=abc'], "--param fast must be a number, was 'abc'"],
  [['optimize', here('periods.ts'), '--synthetic', '--param', 'fast=1:3:1', '--no-keep', '--keep', 'fast <'], "--keep must be a condition such as 'fast < slow', was 'fast <': at place 7 it ends too early"],
  [['optimize', here('periods.ts'), '--synthetic', '--param', 'fast=1:3:1', '--no-keep', '--keep', 'fats < 3'], "unknown parameter in --keep 'fats': did you mean 'fast'?"],
  [['serve', '--host', '0.0.0.0', '--platform', here('platform')], '--host 0.0.0.0 reaches beyond this machine and tokens would travel unencrypted: give --tls-cert and --tls-key, or --insecure-public behind a proxy that has TLS'],
  [['parity', 'nope', '--sessions', here('folder')], `there is no session 'nope' in ${here('folder')}`],
  ...(
    [
      ['--report', '', ['run', here('idle.ts'), '--synthetic']],
      ['--trades', '', ['run', here('idle.ts'), '--synthetic']],
      ['--report', '', ['optimize', here('periods.ts'), '--synthetic', '--param', 'fast=1:3:1']],
      ['--csv-out', '', ['optimize', here('periods.ts'), '--synthetic', '--param', 'fast=1:3:1']],
      ['--report', '', ['compare', '1', '2']],
      ['--report', '', ['replay', 'nope']],
      ['--report', '', ['parity', 'nope']],
      ['--report', '', ['paper', here('idle.ts'), '--exchange', 'binance', '--symbol', 'BTC/USDT']],
      ['--out', '', ['calibrate', 'nope']],
      ['--out', '.csv', ['data', 'resample', '--csv', 'a.csv', '--timeframe', '1h', '--to', '4h']],
      ['data export', '.csv', ['data', 'export', '--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1h']],
    ] as const
  ).flatMap(([what, ending, args]) => {
    const isFlag = what.startsWith('--');
    const refusal = (path: string, why: string): [string[], string] => [isFlag ? [...args, what, path] : [...args, path], `${what} ${why}`]; // prettier-ignore
    const [none, gone] = [`${here('none')}/../x${ending}`, `${here('none')}/x${ending}`];
    return [
      refusal(none, `${none}: there is no folder ${here('none')}/..`),
      refusal(gone, `${gone}: there is no folder ${here('none')}`),
      ...(ending === '' ? [refusal(here('folder'), `must be a file, and ${here('folder')} is a folder`)] : []),
    ];
  }),
  [['venue', '--port', '99999'], '--port must be a whole number from 0 to 65535, was 99999'],
])('%j', async (args, sentence) => {
  const { code, errors } = await call(...args);
  expect([errors.split('\n')[0], code]).toEqual([`error: ${sentence}`, 2]);
}); // prettier-ignore
