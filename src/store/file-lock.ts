/** Locks of the operating system, which end with their process: a process holds one for what only one may own, such as a session. */
import { existsSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { codeOf, fileFailure } from './disk/failure.ts';
import { isRunning } from './disk/folders.ts';
import { canWrite, openToRead } from './sqlite-copy.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When it was taken, milliseconds UTC. */
  readonly since: number;
  /** Facts that the holder states to others: plain data without secrets. */
  readonly note: unknown;
}

/**
 * A lock on a file, held until it is released or the process dies.
 *
 * It is an open write transaction of SQLite: the operating system ends it with the process, so a lock is never stale, and a reused process
 * id cannot be mistaken for its holder. The holder's facts are committed before, and can be read meanwhile.
 */
export class FileLock {
  readonly path: string;
  readonly #sqlite: Sqlite;

  private constructor(path: string, sqlite: Sqlite) {
    this.path = path;
    this.#sqlite = sqlite;
  }

  /**
   * Takes the lock, or returns who holds it. The file stays when the lock is released: a process waiting on a removed file would hold a
   * lock that no other process sees.
   *
   * @param now - Milliseconds UTC.
   * @param waitMs - How long to wait for another process to release it, in milliseconds: {@link lockHolder} holds it for a moment.
   */
  static async take(path: string, now: number, note: unknown = {}, waitMs = 0): Promise<FileLock | LockHolder> {
    const sqlite = await openLock(path);
    let isKept = false;
    try {
      if (!begin(sqlite, waitMs)) return holderIn(sqlite);
      for (;;) {
        sqlite.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since REAL, note TEXT)');
        sqlite.exec('DELETE FROM holder');
        const put = sqlite.statement('INSERT INTO holder VALUES (?, ?, ?, ?)');
        put.run(process.pid, hostname(), now, JSON.stringify(note));
        sqlite.exec('COMMIT');
        if (!begin(sqlite, Math.max(waitMs, readersMs))) return holderIn(sqlite);
        const { pid, host } = holderIn(sqlite);
        if (pid === process.pid && host === hostname()) {
          isKept = true;
          return new FileLock(path, sqlite);
        }
        // Another process was quicker with its facts and slower with the lock.
      }
    } finally {
      if (!isKept) sqlite.close();
    }
  }

  release(): void {
    try {
      // Its facts go with it: who cannot write the file tells by them alone whether it is held.
      this.#sqlite.exec('DELETE FROM holder; COMMIT');
    } catch {
      this.#sqlite.exec('ROLLBACK');
    } finally {
      this.#sqlite.close();
    }
  }
}

/**
 * Returns the holder of a lock, or undefined. Writes nothing; a process that takes the lock at this moment waits.
 *
 * Who may read the file and not write it, as another user does, cannot try the lock: SQLite grants it without taking it. Then the holder is the process that its
 * facts name, unless that is of this host and dead.
 */
export async function lockHolder(path: string): Promise<LockHolder | undefined> {
  if (!existsSync(path)) return undefined;
  if (!canWrite(path)) return namedHolder(path);
  const sqlite = await openLock(path);
  try {
    return begin(sqlite, 0) ? undefined : holderIn(sqlite);
  } finally {
    sqlite.close();
  }
}

async function namedHolder(path: string): Promise<LockHolder | undefined> {
  const sqlite = await openToRead(path, (error) => fileFailure(error, 'lock', path));
  try {
    const holder = holderIn(sqlite);
    if (Number.isNaN(holder.pid)) return undefined;
    return holder.host === hostname() && !isRunning(holder.pid) ? undefined : holder;
  } finally {
    sqlite.close();
  }
}

/** The held locks in a folder, by file name. */
export async function heldLocks(folder: string): Promise<ReadonlyMap<string, LockHolder>> {
  const held = new Map<string, LockHolder>();
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const holder = name.endsWith('.lock') ? await lockHolder(join(folder, name)) : undefined;
    if (holder !== undefined) held.set(name, holder);
  }
  return held;
}

/** How long a process that takes the lock waits for readers of it, in milliseconds. */
const readersMs = 2_000;

function openLock(path: string): Promise<Sqlite> {
  return openSqlite(path, { failure: (error) => fileFailure(error, 'lock', path) });
}

/** Begins the write transaction; false when another process holds the lock for longer than `waitMs`. Later writes wait for readers. */
function begin(sqlite: Sqlite, waitMs: number): boolean {
  sqlite.exec(`PRAGMA busy_timeout = ${waitMs}`);
  try {
    sqlite.exec('BEGIN IMMEDIATE');
  } catch (error) {
    if (codeOf(error) === 'SQLITE_BUSY') return false;
    throw error;
  }
  sqlite.exec(`PRAGMA busy_timeout = ${readersMs}`);
  return true;
}

function holderIn(sqlite: Sqlite): LockHolder {
  const none = { pid: NaN, host: '', since: NaN, note: {} };
  try {
    const row = sqlite.statement('SELECT pid, host, since, note FROM holder').get() as {
      pid: number;
      host: string;
      since: number;
      note: string;
    };
    return { pid: row.pid, host: row.host, since: row.since, note: JSON.parse(row.note) as unknown };
  } catch {
    // Another process is taking it at this moment: there is no table or no row yet.
    return none;
  }
}
