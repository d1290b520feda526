/** `nextbar service install`: what could not run is refused before a unit is written. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { call } from '../call.ts';

let folder = '';
const file = (name: string): string => join(folder, name);
const line = (strategy: string, ...more: string[]): string[] => ['paper', strategy, '--exchange', 'binance', '--symbol', 'BTC/USDT', '--timeframe', '1m', ...more]; // prettier-ignore
const install = (name: string, flags: string[], ...command: string[]) => call('service', 'install', name, '--dir', folder, ...flags, '--', ...command); // prettier-ignore

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'service-'));
  writeFileSync(file('mine.ts'), '');
  writeFileSync(file('keys.env'), 'BINANCE_SANDBOX_API_KEY=key\n');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it.each([
  ['a strategy that is not there', [], line('none.ts'), /there is no file none\.ts/],
  ['a flag that is none', [], line('mine.ts', '--sesion', 'x'), /--session/],
  ['no strategy', [], ['paper', '--exchange', 'binance'], /which strategy\?/],
  ['keys that are not there', ['--env-file', 'none.env'], line('mine.ts'), /there is no none\.env/],
])('refuses %s, and writes nothing', async (_, flags, command, words) => {
  const named = command.map((word) => (word === 'mine.ts' ? file(word) : word));
  const { code, errors } = await install('one', flags, ...named);
  expect(code).not.toBe(0);
  expect(errors).toMatch(words);
  expect(existsSync(file('nextbar-one.service'))).toBe(false);
});

it('refuses keys that others can read, and takes them once they cannot', async () => {
  chmodSync(file('keys.env'), 0o644);
  const open = await install('two', ['--env-file', file('keys.env')], ...line(file('mine.ts')));
  expect([open.code, open.errors]).toEqual([2, expect.stringContaining(`run chmod 600 ${file('keys.env')}`)]);
  chmodSync(file('keys.env'), 0o600);
  const closed = await install('two', ['--env-file', file('keys.env')], ...line(file('mine.ts'), '--session', 'other'));
  expect([closed.code, closed.errors]).toEqual([0, '']);
  // The session may have a name of its own, by which its status is asked for.
  expect(closed.text).toContain('nextbar status other');
  expect(readFileSync(file('nextbar-two.service'), 'utf8')).toContain(`EnvironmentFile=${file('keys.env')}`);
});
