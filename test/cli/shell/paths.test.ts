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
])('%j', async (args, sentence) => {
  const { code, errors } = await call(...args);
  expect([errors.split('\n')[0], code]).toEqual([`error: ${sentence}`, 2]);
}); // prettier-ignore
