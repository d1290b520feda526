/** The SQLite files beside the bars of a store: how each is opened. */
import { join } from 'node:path';

import { storeFailure } from '../disk/failure.ts';
import { openReady } from '../sqlite-copy.ts';
import type { Sqlite } from '../sqlite.ts';

/**
 * Opens a file of a folder, and makes it with these tables when it is not there.
 *
 * @param isRead - Whether reading is enough: then a read-only file is opened too.
 * @throws {DataError} If the disk fails.
 */
export async function openMarketFile(folder: string, file: string, tables: string, isRead: boolean): Promise<Sqlite> {
  const { sqlite } = await openReady(join(folder, file), {
    prepare: (made) => {
      made.exec(tables);
    },
    failure: (error) => storeFailure(error, folder),
    mustWrite: !isRead,
  });
  return sqlite;
}
