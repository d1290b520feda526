/** SQLite files where nothing can be written: a copy elsewhere is read in their place, since SQLite writes even in order to read. */
import { closeSync, copyFileSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { codeOf } from './disk/failure.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';

/** How a file is opened, whether it can be written or not. */
export interface ReadyOptions {
  /** Makes its tables. */
  readonly prepare: (sqlite: Sqlite) => void;
  /** Returns the error to throw in place of one of SQLite or of the disk. */
  readonly failure: (error: unknown) => unknown;
}

/** An open file, and why it cannot be written; then it is a copy that is read, and gone when it is closed. */
export interface ReadyFile {
  readonly sqlite: Sqlite;
  readonly unwritable: unknown;
}

/**
 * Opens a file that is read and written, and makes it when it is not there. One that is there and cannot be written is read, and
 * each attempt to write is refused as one to the file itself would be.
 *
 * @throws What `failure` makes of an error, if it can neither be written nor read.
 */
export async function openReady(path: string, { prepare, failure }: ReadyOptions): Promise<ReadyFile> {
  let sqlite: Sqlite | undefined;
  try {
    // SQLite opens a file that cannot be written without a word, and fails at the first write.
    if (existsSync(path)) closeSync(openSync(path, 'r+'));
    sqlite = await openSqlite(path, { failure });
    sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    prepare(sqlite);
    return { sqlite, unwritable: undefined };
  } catch (error) {
    sqlite?.close();
    if (!existsSync(path) || !isRefusal(error)) throw failure(error);
    return await openCopy(path, error, { prepare, failure });
  }
}

/** Whether an error says that a file or its folder cannot be written. */
function isRefusal(error: unknown): boolean {
  return /^EROFS$|^EACCES$|^SQLITE_(?:READONLY|CANTOPEN|IOERR)/.test(codeOf(error) ?? '');
}

async function openCopy(path: string, cause: unknown, { prepare, failure }: ReadyOptions): Promise<ReadyFile> {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-copy-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  let sqlite: Sqlite | undefined;
  try {
    const copy = join(folder, basename(path));
    for (const ending of ['', '-wal']) if (existsSync(path + ending)) copyFileSync(path + ending, copy + ending);
    sqlite = await openSqlite(copy, { failure, onClosed: remove });
    prepare(sqlite);
    sqlite.exec('PRAGMA query_only = ON');
    return { sqlite, unwritable: cause };
  } catch (error) {
    sqlite?.close();
    remove();
    throw failure(codeOf(error) === undefined ? error : cause);
  }
}
