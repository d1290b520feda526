/** Folders are made with those above them, and refused at once where the system makes none. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { makeFolders } from '../../src/core/index.ts';

it('makes every folder that is missing, and returns the first', () => {
  const folder = mkdtempSync(join(tmpdir(), 'folders-'));
  try {
    expect(makeFolders(join(folder, 'a', 'b', 'c'))).toBe(join(folder, 'a'));
    expect(statSync(join(folder, 'a', 'b', 'c')).isDirectory()).toBe(true);
    expect(makeFolders(join(folder, 'a', 'b'))).toBeUndefined();
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolders(join(folder, 'file', 'x'))).toThrow(/ENOTDIR|EEXIST/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.runIf(existsSync('/proc/self'))('returns where the system knows no such folder and makes none', () => {
  expect(() => makeFolders('/proc/nextbar/a')).toThrow(/ENOENT|EACCES|EPERM/);
});

it('returns where the working folder was removed, and does not make that anew', () => {
  const folder = mkdtempSync(join(tmpdir(), 'folders-'));
  const module = new URL('../../src/core/runtime/folders.ts', import.meta.url).href;
  const program = `import { rmdirSync } from 'node:fs';
import { makeFolders } from ${JSON.stringify(module)};
rmdirSync(${JSON.stringify(folder)});
try { makeFolders('a/b', 0o700); } catch (error) { console.log(error.code); }`;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program];
  expect(spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 60_000 })).toMatchObject({ stdout: 'ENOENT\n', status: 0 }); // prettier-ignore
  expect(existsSync(folder)).toBe(false);
});
