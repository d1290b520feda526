/** CSV files, written under a temporary name and renamed: a reader sees the old file or the new one. */
import { open, rename, rm } from 'node:fs/promises';

import { DataError } from '../../core/index.ts';

/** Rows that are joined before they are written. */
const blockRows = 4096;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the name is too long',
};

/** Writes rows, each a finished line without its line feed. @throws {DataError} If the file cannot be written. */
export async function writeRows(path: string, rows: Iterable<string>): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(unfinished, 'w');
    try {
      let block: string[] = [];
      for (const row of rows) {
        block.push(row);
        if (block.length < blockRows) continue;
        await file.write(`${block.join('\n')}\n`);
        block = [];
      }
      if (block.length > 0) await file.write(`${block.join('\n')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw unwritable(path, cause);
  }
}

/** The error for a file that cannot be written. */
export function unwritable(path: string, cause: unknown): DataError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return new DataError(`cannot write ${path}: ${reasons[code] ?? message}`, { code: 'unwritable-file', cause });
}

/** A text as one cell. */
export function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
