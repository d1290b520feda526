/** Exit codes of commands whose output nobody reads any more, or whose strategy ends the process: 0 only for what is done. */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { nextbar, started } from '../nextbar.ts';

const strategy = (next: string): string => `import { sma, Strategy } from 'nextbar';
export class Mine extends Strategy {
  static params = { period: 5 };
  line = sma(this.data.close, this.params.period);
  next() { ${next} }
}
`;

function folderWith(next: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-exit-'));
  writeFileSync(join(folder, 'mine.mjs'), strategy(next));
  return folder;
}

const search = ['optimize', 'mine.mjs', '--synthetic', '3', '--timeframe', '1d', '--param'];

it('keeps the report of a sweep whose reader has gone, and ends with its code', async () => {
  const folder = folderWith('if (this.data.close.now > this.line.now) this.buy(); else this.close();');
  const gone = 'exec > >(exec true); sleep 0.3; exec "$@"';
  const { ended } = started([...search, 'period=3:9', '--no-keep', '--report', 'mine.html'], folder, {}, gone);
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(join(folder, 'mine.html'))).toBe(true);
}, 60_000);

it('ends with 130 where Ctrl-C ends the reader of a sweep too', async () => {
  const folder = folderWith('for (let k = 0; k < 200; k++) if (Math.sin(k) > 2) this.buy();');
  const gone = 'exec > >(exec true); sleep 0.3; exec "$@"';
  const { child, ended } = started([...search, 'period=3:999', '--no-keep', '--save', 'mine.sqlite'], folder, {}, gone);
  await expect.poll(() => existsSync(join(folder, 'mine.sqlite')), { timeout: 30_000 }).toBe(true);
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
}, 60_000);

it.each([
  ['run', ['run', 'mine.mjs', '--synthetic', '3', '--timeframe', '1d']],
  ['optimize', [...search, 'period=3:9', '--no-keep']],
])('does not take a strategy that calls process.exit() for a finished %s', async (_, args) => {
  const { code, stderr } = await nextbar(args, folderWith('process.exit(0);'));
  expect([code, stderr]).toEqual([1, 'error: process.exit() was called before the command was done\n']);
}, 60_000); // prettier-ignore
