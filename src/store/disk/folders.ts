/** Makes folders and files survive a loss of power, and removes what dead processes left in them. */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { makeFolders } from '../../core/index.ts';

/** Temporary files of other hosts are removed when they are older than this, in milliseconds. */
const oldMs = 3_600_000;

/** Makes a folder and those above it, and forces their names to disk. */
export function makeFolder(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  const first = makeFolders(path);
  if (first === undefined) return;
  for (let at = path; ; at = dirname(at)) {
    syncFolder(dirname(at));
    if (at === first || at === dirname(at)) return;
  }
}

/** Forces the names in a folder to disk: otherwise a loss of power can lose a renamed file whose bytes are safe. */
export function syncFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(folder);
  } catch {
    // Some systems cannot sync a folder, and need not.
  } finally {
    closeSync(folder);
  }
}

/** Host and pid of this process, as part of its files' names. */
export const processMark = `${crc32(hostname()).toString(36)}.${process.pid.toString(36)}`;

/** Removes the temporary files that dead processes left in a folder; returns their names. */
export function sweepFolder(folder: string, now: number): string[] {
  const swept: string[] = [];
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!name.endsWith('.tmp') || !isLeft(join(folder, name), name, now)) continue;
    rmSync(join(folder, name), { force: true });
    swept.push(name);
  }
  return swept;
}

function isLeft(path: string, name: string, now: number): boolean {
  const [, host, pid] = /-([0-9a-z]+)\.([0-9a-z]+)-[0-9a-z]+\.[a-z]+\.tmp$/.exec(name) ?? [];
  if (host === crc32(hostname()).toString(36)) return !isRunning(parseInt(pid!, 36));
  return existsSync(path) && now - statSync(path).mtimeMs >= oldMs;
}

/** Moves a file below a folder to the same place below that folder's `damaged/`. */
export function setAside(folder: string, file: string): void {
  const to = join(folder, 'damaged', file);
  makeFolder(dirname(to));
  renameSync(join(folder, file), to);
}

/** Whether a process of this host is alive. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
