/** Opens SQLite files that may be read-only: a copy elsewhere is then read instead, since SQLite writes even to read. */
import { chmodSync, closeSync, copyFileSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { codeOf } from './disk/failure.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';

/** Options of opening a file that may be read-only. */
export interface ReadyOptions {
  /** Makes its tables. */
  readonly prepare: (sqlite: Sqlite) => void | Promise<void>;
  /** Returns the error to throw instead of one of SQLite or of the disk. */
  readonly failure: (error: unknown) => unknown;
  /** Whether a read-only file is an error. Default false: it is read. */
  readonly mustWrite?: boolean;
}

/** An open file. `unwritable` says why it cannot be written: it is then a copy, removed when it is closed. */
export interface ReadyFile {
  readonly sqlite: Sqlite;
  readonly unwritable: unknown;
}

/**
 * Opens a file for reading and writing, and makes it where there is none. A read-only file is only read, and each write is refused with the
 * error of the file itself.
 *
 * @throws The error that `failure` returns, if the file can neither be written nor read.
 */
export async function openReady(path: string, options: ReadyOptions): Promise<ReadyFile> {
  const { prepare, failure, mustWrite = false } = options;
  let sqlite: Sqlite | undefined;
  try {
    // SQLite opens a read-only file without an error, and fails at the first write.
    if (existsSync(path)) closeSync(openSync(path, 'r+'));
    sqlite = await openSqlite(path, { failure });
    sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    await prepare(sqlite);
    return { sqlite, unwritable: undefined };
  } catch (error) {
    sqlite?.close();
    if (mustWrite || !existsSync(path) || !isRefusal(error)) throw failure(error);
    return await openCopy(path, error, options);
  }
}

/**
 * Opens a file for reading alone, whether it can be written or not. Nothing in it can be changed; a connection that could write removes the files
 * that SQLite keeps beside it once it is closed.
 *
 * @param failure - Returns the error to throw instead of one of SQLite or of the disk. Default: that error itself.
 * @throws What `failure` makes of an error, if the file is not there or cannot be read.
 */
export async function openToRead(path: string, failure: (error: unknown) => unknown = asItIs): Promise<Sqlite> {
  let sqlite: Sqlite | undefined;
  try {
    // A file that cannot be written is read in place where SQLite needs nothing beside it: a copy may be large.
    sqlite = await openSqlite(path, { readOnly: !canWrite(path), failure });
    checkReadable(sqlite);
    sqlite.exec('PRAGMA query_only = ON');
    return sqlite;
  } catch (error) {
    sqlite?.close();
    if (!existsSync(path) || !isRefusal(error)) throw failure(error);
    return (await openCopy(path, error, { prepare: checkReadable, failure })).sqlite;
  }
}

const asItIs = (error: unknown): unknown => error;

/** Opening a file reads nothing of it: what is wrong with it is told by the first query. */
function checkReadable(sqlite: Sqlite): void {
  sqlite.statement('SELECT 1 FROM sqlite_master').get();
}

/**
 * Whether a file can be written.
 *
 * @throws The error of the system, if it cannot be opened for another reason, such as that it is not there.
 */
export function canWrite(path: string): boolean {
  try {
    closeSync(openSync(path, 'r+'));
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

/** Whether an error says that a file or its folder cannot be written. */
function isRefusal(error: unknown): boolean {
  return /^EROFS$|^EACCES$|^EPERM$|^SQLITE_(?:READONLY|CANTOPEN|IOERR)/.test(codeOf(error) ?? '');
}

async function openCopy(path: string, cause: unknown, { prepare, failure }: ReadyOptions): Promise<ReadyFile> {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-copy-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  let sqlite: Sqlite | undefined;
  try {
    const copy = join(folder, basename(path));
    for (const ending of ['', '-wal', '-journal']) {
      if (!existsSync(path + ending)) continue;
      copyFileSync(path + ending, copy + ending);
      // The mode is copied too, and older tables are brought up to date in the copy.
      chmodSync(copy + ending, 0o600);
    }
    sqlite = await openSqlite(copy, { failure, onClosed: remove });
    await prepare(sqlite);
    sqlite.exec('PRAGMA query_only = ON');
    return { sqlite, unwritable: cause };
  } catch (error) {
    sqlite?.close();
    remove();
    throw failure(codeOf(error) === undefined ? error : cause);
  }
}
