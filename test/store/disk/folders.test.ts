/** Folders and files on disk: what is made, what is swept away of dead processes, and what is set aside. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { crc32 } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import {
  isRunning,
  makeFolder,
  processMark,
  setAside,
  sweepFolder,
  syncFolder,
} from '../../../src/store/disk/folders.ts';
import { temporaryFolder } from '../sample.ts';

describe('a folder', () => {
  it('is made with those above it, by a relative path too, and left as it is when it is there', () => {
    const folder = temporaryFolder();
    makeFolder(join(folder, 'a', 'b', 'c'));
    writeFileSync(join(folder, 'a', 'b', 'c', 'file'), 'x');
    makeFolder(join(folder, 'a', 'b', 'c'));
    makeFolder(relative(process.cwd(), join(folder, 'd', 'e')));
    makeFolder('.');
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['a', 'a/b', 'a/b/c', 'a/b/c/file', 'd', 'd/e']);
  });

  it('is refused where a file stands', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    expect(() => {
      makeFolder(join(folder, 'file'));
    }).toThrow(/EEXIST/);
    expect(() => {
      makeFolder(join(folder, 'file', 'x'));
    }).toThrow(/ENOTDIR|EEXIST/);
  });

  it('that is not there, or that the system does not sync, ends nothing', () => {
    syncFolder(join(temporaryFolder(), 'none'));
    syncFolder('/proc');
  });
});

describe('a sweep', () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid.toString(36);
  const here = crc32(hostname()).toString(36);
  const now = Date.UTC(2024, 0, 1);

  it.each([
    ['2024-01.ab-HERE.DEAD-0.arrow.tmp', 0, true],
    ['2024-01.ab-HERE.DEAD-0.parquet.tmp', 0, true],
    ['2024-01.ab-HERE.OWN-0.arrow.tmp', 1e9, false],
    ['2024-01.ab-HERE.DEAD-0.arrow', 1e9, false],
    ['2024-01.ab-HERE.DEAD-0.arrow.tmp.txt', 1e9, false],
    // Of other hosts, and of names that say nothing of a process, the age decides.
    ['2024-01.ab-elsewhere.DEAD-0.arrow.tmp', 3_599_999, false],
    ['2024-01.ab-elsewhere.DEAD-0.arrow.tmp', 3_600_000, true],
    ['2024-01.ab-elsewhere.OWN-0.arrow.tmp', 3_600_000, true],
    ['notes.tmp', 3_599_999, false],
    ['notes.tmp', 3_600_000, true],
    // Of a clock that was set back.
    ['notes.tmp', -3_600_000, false],
  ])('of %s at an age of %d ms removes it: %s', (named, age, isSwept) => {
    const folder = temporaryFolder();
    const name = named.replace('HERE', here).replace('DEAD', dead).replace('OWN', process.pid.toString(36));
    writeFileSync(join(folder, name), 'x');
    const written = new Date(now - age);
    utimesSync(join(folder, name), written, written);
    expect(sweepFolder(folder, now)).toEqual(isSwept ? [name] : []);
    expect(existsSync(join(folder, name))).toBe(!isSwept);
  });

  it('of a folder that is not there finds nothing', () => {
    expect(sweepFolder(join(temporaryFolder(), 'none'), now)).toEqual([]);
  });

  it('knows its own files by their mark', () => {
    expect(processMark).toBe(`${here}.${process.pid.toString(36)}`);
  });
});

describe('a process', () => {
  it('runs, also when it belongs to somebody else, or has ended', () => {
    expect([isRunning(process.pid), isRunning(1), isRunning(2 ** 30)]).toEqual([true, true, false]);
  });
});

describe('a file that is set aside', () => {
  it('lies in the same place below damaged/', () => {
    const folder = temporaryFolder();
    for (const place of ['a', 'b']) {
      mkdirSync(join(folder, place));
      writeFileSync(join(folder, place, 'x'), place);
      setAside(folder, `${place}/x`);
      expect(readFileSync(join(folder, 'damaged', place, 'x'), 'utf8')).toBe(place);
      expect(readdirSync(join(folder, place))).toEqual([]);
    }
  });
});
