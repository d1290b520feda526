/** Locks that die with their process: what one process must own, such as a session, it holds through a lock of the operating system. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolders } from '../core/index.ts';

import { openSqlite, type Sqlite } from './sqlite.ts';

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When it was taken, milliseconds UTC. */
  readonly since: number;
  /** Facts that the holder left for others, plain data without secrets. */
  readonly note: unknown;
}

/**
 * A lock on a file, held until it is released or the process dies.
 *
 * It is an open write transaction of SQLite: the operating system ends it with the process, so that a lock is never stale and a process id
 * that is used again cannot be mistaken. The holder's facts are committed before, and can be read meanwhile.
 */
export class FileLock {
  readonly path: string;
  readonly #sqlite: Sqlite;

  private constructor(path: string, sqlite: Sqlite) {
    this.path = path;
    this.#sqlite = sqlite;
  }

  /**
   * Takes the lock, or returns who holds it.
   *
   * @param now - Milliseconds UTC.
   * @param waitMs - How long another process may have it: {@link lockHolder} does for a moment.
   */
  static async take(path: string, now: number, note?: unknown, waitMs = 0): Promise<FileLock | LockHolder> {
    makeFolders(dirname(path));
    const sqlite = await openSqlite(path);
    try {
      sqlite.exec(`PRAGMA busy_timeout = ${waitMs}`);
      for (;;) {
        if (!begin(sqlite)) return holderIn(sqlite);
        sqlite.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, since REAL, note TEXT)');
        sqlite.exec('DELETE FROM holder');
        const put = sqlite.statement('INSERT INTO holder VALUES (?, ?, ?, ?)');
        put.run(process.pid, hostname(), now, JSON.stringify(note ?? {}));
        sqlite.exec('COMMIT');
        // Another process may have been quicker between the two transactions.
        if (!begin(sqlite)) return holderIn(sqlite);
        const { pid, host } = rowIn(sqlite);
        if (pid === process.pid && host === hostname()) return new FileLock(path, sqlite);
        // It was quicker with its facts and slower with the lock.
        sqlite.exec('ROLLBACK');
      }
    } catch (error) {
      sqlite.close();
      throw error;
    }
  }

  release(): void {
    try {
      this.#sqlite.exec('ROLLBACK');
    } finally {
      this.#sqlite.close();
    }
  }
}

/** Returns the holder of a lock, or undefined. Writes nothing; a process that takes the lock at this moment waits. */
export async function lockHolder(path: string): Promise<LockHolder | undefined> {
  if (!existsSync(path)) return undefined;
  const sqlite = await openSqlite(path);
  try {
    sqlite.exec('PRAGMA busy_timeout = 0');
    if (!begin(sqlite)) return rowIn(sqlite);
    sqlite.exec('ROLLBACK');
    return undefined;
  } finally {
    sqlite.close();
  }
}

/** The held locks in a folder, by file name; those of dead processes are removed. */
export async function heldLocks(folder: string, now: number): Promise<ReadonlyMap<string, LockHolder>> {
  const held = new Map<string, LockHolder>();
  if (!existsSync(folder)) return held;
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.lock'))) {
    const path = join(folder, name);
    const taken = await FileLock.take(path, now);
    if (taken instanceof FileLock) {
      taken.release();
      rmSync(path, { force: true });
    } else held.set(name, taken);
  }
  return held;
}

/** False when another process holds the lock. */
function begin(sqlite: Sqlite): boolean {
  try {
    sqlite.exec('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    const { code, errcode, message } = error as { code?: string; errcode?: number; message: string };
    if (code === 'SQLITE_BUSY' || errcode === 5 || message.includes('database is locked')) return false;
    throw error;
  }
}

function holderIn(sqlite: Sqlite): LockHolder {
  try {
    return rowIn(sqlite);
  } finally {
    sqlite.close();
  }
}

function rowIn(sqlite: Sqlite): LockHolder {
  const none = { pid: NaN, host: '', since: NaN, note: {} };
  try {
    const row = sqlite.statement('SELECT pid, host, since, note FROM holder').get() as
      { pid: number; host: string; since: number; note: string } | undefined;
    if (row === undefined) return none;
    return { pid: row.pid, host: row.host, since: row.since, note: JSON.parse(row.note) as unknown };
  } catch {
    // It is being taken at this moment.
    return none;
  }
}
