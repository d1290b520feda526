/** The files of a CSV feed: one, several, those of a folder, or those that a pattern names. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { DataError, messageOf } from '../../core/index.ts';

/** The endings of files that a folder is searched for. */
const endings = /\.(?:csv|csv\.gz|txt|tsv|zip)$/i;

/**
 * The files, a folder's in order of name.
 *
 * @throws {DataError} If a folder or a pattern names no file.
 */
export function filesOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (isFolder(path)) return named(path, endings, `the folder ${path} has no .csv, .csv.gz or .zip file`);
    if (!/[*?]/.test(basename(path)) || isThere(path)) return [path];
    const pattern = basename(path)
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return named(dirname(path), new RegExp(`^${pattern}$`), `no file is named ${path}`);
  });
}

function named(folder: string, wanted: RegExp, none: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => wanted.test(name) && !isFolder(join(folder, name)));
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DataError(`cannot read ${folder}: ${isAbsent ? 'there is no such folder' : messageOf(error)}`, {
      code: 'unreadable-file',
      cause: error,
    });
  }
  if (names.length === 0) throw new DataError(none, { code: 'unreadable-file', context: { folder } });
  return names.sort().map((name) => join(folder, name));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
