/** Failures of the disk, each stated in one sentence. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

import { DataError, messageOf, SessionError, TradingError } from '../../core/index.ts';

/** By code of the system or of SQLite: what happened and what to do about it; `inBarStore` replaces that for the bar store. */
const causes: readonly (readonly [pattern: RegExp, code: string, text: string, inBarStore?: string])[] = [
  [
    /^ENOSPC$|^EDQUOT$|^SQLITE_FULL/,
    'disk-full',
    'the disk is full: make room and try again, what was stored before is whole',
  ],
  [
    /^EROFS$|^SQLITE_READONLY/,
    'read-only',
    'it is read-only: nothing can be written',
    'it is read-only: stored bars can be read, nothing can be written',
  ],
  [
    /^EACCES$|^EPERM$|^SQLITE_PERM|^SQLITE_AUTH/,
    'no-permission',
    'permission is denied: check the owner and mode of the folder',
  ],
  [
    /^ENAMETOOLONG$/,
    'name-too-long',
    'a name is too long for this file system: choose a shorter one',
    'a name is too long for this file system: choose a shorter --folder, or check exchange and symbol',
  ],
  [/^EMFILE$|^ENFILE$/, 'too-many-files', 'too many files are open: close some, or raise the limit (ulimit -n)'],
  [
    /^ENOTDIR$|^EEXIST$/,
    'not-a-folder',
    'it is not a folder, or a file is where a folder is needed: choose another path',
    'it is not a folder, or a file is where a folder is needed: choose another --folder',
  ],
  [
    /^SQLITE_BUSY|^SQLITE_LOCKED/,
    'busy',
    'another process has kept it locked for 20 s: wait for it to end, and try again',
    'another process has kept its catalog locked for 20 s: wait for it to end, and try again',
  ],
  [
    /^SQLITE_CORRUPT|^SQLITE_NOTADB/,
    'damaged-catalog',
    'the file is damaged: restore it from a copy, or move it away to begin with an empty one',
    'the catalog (catalog.sqlite) is damaged: run nextbar data repair, which rebuilds it from the segments',
  ],
  [
    /^SQLITE_CANTOPEN/,
    'unreadable',
    'it cannot be opened: check the owner and mode of the folder',
    'its catalog cannot be opened: check the owner and mode of the folder',
  ],
  [/^SQLITE_IOERR|^EIO$/, 'io-error', 'the disk failed to read or write: check it before anything else'],
];

/** A disk with less room than this, in bytes, counts as full: SQLite writes pages and a log beside them. */
const leastRoom = 64 * 1024;

/** Whether the disk of a path, or of the nearest folder above it that exists, has no room left. */
function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize < leastRoom;
  } catch {
    const above = dirname(path);
    return above !== path && isFull(above);
  }
}

/** The error of a bar store in this package's terms; an error of this package stays as it is. */
export function storeFailure(error: unknown, folder: string): unknown {
  return failureOf(error, 'bar store', folder);
}

/** The error of another file, such as a journal, in this package's terms; an error of this package stays as it is. */
export function fileFailure(
  error: unknown,
  kind: 'journal' | 'intents' | 'lock' | 'runs registry' | 'trials' | 'ledger' | 'database',
  path: string,
): unknown {
  return failureOf(error, kind, path);
}

function failureOf(error: unknown, kind: string, path: string): unknown {
  if (error instanceof TradingError || !(error instanceof Error)) return error;
  const seen = codeOf(error);
  if (seen === undefined) return error;
  // SQLite reports a full disk as a failed write when it cannot extend a mapped file.
  const code = seen.startsWith('SQLITE_IOERR') && isFull(path) ? 'SQLITE_FULL' : seen;
  const [, word, text, inBarStore] = causes.find(([pattern]) => pattern.test(code)) ?? [];
  const what = (kind === 'bar store' ? inBarStore : undefined) ?? text ?? `${messageOf(error)} (${code})`;
  // A session cannot continue without these files.
  const isOfSession = kind === 'journal' || kind === 'intents' || kind === 'lock';
  return new (isOfSession ? SessionError : DataError)(`${kind} ${path}: ${what}`, {
    code: word ?? 'store-failed',
    context: { folder: path, cause: code },
    cause: error,
  });
}

/** Names of the result codes of SQLite that Node's own library reports as numbers. */
const resultCodes: Readonly<Record<number, string>> = {
  1: 'SQLITE_ERROR', 2: 'SQLITE_INTERNAL', 3: 'SQLITE_PERM', 4: 'SQLITE_ABORT', 5: 'SQLITE_BUSY', 6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM', 8: 'SQLITE_READONLY', 9: 'SQLITE_INTERRUPT', 10: 'SQLITE_IOERR', 11: 'SQLITE_CORRUPT',
  12: 'SQLITE_NOTFOUND', 13: 'SQLITE_FULL', 14: 'SQLITE_CANTOPEN', 15: 'SQLITE_PROTOCOL', 17: 'SQLITE_SCHEMA',
  18: 'SQLITE_TOOBIG', 19: 'SQLITE_CONSTRAINT', 20: 'SQLITE_MISMATCH', 21: 'SQLITE_MISUSE', 22: 'SQLITE_NOLFS',
  23: 'SQLITE_AUTH', 25: 'SQLITE_RANGE', 26: 'SQLITE_NOTADB',
}; // prettier-ignore

/** The code of a failure on disk, `SQLITE_...` or the system's, also behind an error of this package; undefined for any other error. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof TradingError) return error.cause === undefined ? undefined : codeOf(error.cause);
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  if (typeof errcode === 'number') return resultCodes[errcode & 0xff] ?? `SQLITE_${errcode}`;
  if (typeof code !== 'string') return undefined;
  return /^SQLITE_|^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
