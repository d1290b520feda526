/** The SQLite files beside the bars of a store: how each is opened. */
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';

import { storeFailure } from '../disk/failure.ts';
import { openSqlite, type Sqlite } from '../sqlite.ts';

/**
 * Opens a file of a folder, and makes it with these tables when it is not there.
 *
 * @throws {DataError} If the disk does not take it.
 */
export async function openMarketFile(folder: string, file: string, tables: string): Promise<Sqlite> {
  const path = join(folder, file);
  let sqlite: Sqlite | undefined;
  try {
    // SQLite would open a file that it may not write, and fail at the first row.
    if (existsSync(path)) closeSync(openSync(path, 'r+'));
    sqlite = await openSqlite(path, { failure: (error) => storeFailure(error, folder) });
    sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    sqlite.exec(tables);
    return sqlite;
  } catch (error) {
    sqlite?.close();
    throw storeFailure(error, folder);
  }
}
