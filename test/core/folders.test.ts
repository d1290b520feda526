/** Folders are made with those above them, and refused at once where the system makes none. */
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
