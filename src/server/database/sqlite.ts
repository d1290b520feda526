/** The platform's database in one SQLite file: the default, with nothing to install. */
import { realpathSync } from 'node:fs';

import { fileFailure, openReady, openSqlite, type Sqlite } from '../../store/index.ts';
import type { Database, Queries, SqlValue } from './database.ts';

/** How the file is opened. */
interface OpenOptions {
  /** Brings its tables up to date. */
  readonly prepare: (database: Database) => Promise<void>;
  /** Whether reading is enough: then a read-only file is opened too. */
  readonly isRead: boolean;
}

/** Opens the file, and makes it where there is none. */
export async function openSqliteDatabase(path: string, { prepare, isRead }: OpenOptions): Promise<Database> {
  // Each database in memory is separate.
  if (path === ':memory:') {
    const database = new SqliteDatabase(
      await openSqlite(path),
      newTurns(() => {}),
    );
    await prepare(database);
    return database;
  }
  let database: SqliteDatabase | undefined;
  await openReady(path, {
    prepare: async (sqlite) => {
      sqlite.exec('PRAGMA synchronous = FULL');
      database = new SqliteDatabase(sqlite, turnsOf(realpathSync(path)));
      try {
        await prepare(database);
      } catch (error) {
        await database.close();
        throw error;
      }
    },
    failure: (error) => fileFailure(error, 'database', path),
    mustWrite: !isRead,
  });
  return database!;
}

/** The queue of writers of a file. `open` counts the connections of this process. */
interface Turns {
  tail: Promise<unknown>;
  open: number;
  leave(): void;
}

/**
 * Writers of one file take turns within a process: a connection that waits for a lock blocks the thread on which the lock's transaction
 * must continue.
 */
const turns = new Map<string, Turns>();

function turnsOf(path: string): Turns {
  let found = turns.get(path);
  if (found === undefined) {
    found = newTurns(() => turns.delete(path));
    turns.set(path, found);
  }
  found.open++;
  return found;
}

/** @param onEmpty - Called when the last connection has closed. */
function newTurns(onEmpty: () => void): Turns {
  return {
    tail: Promise.resolve(),
    open: 0,
    leave() {
      if (--this.open === 0) onEmpty();
    },
  };
}

class SqliteDatabase implements Database {
  readonly kind = 'sqlite';
  readonly #sqlite: Sqlite;
  readonly #turns: Turns;
  #isClosed = false;

  constructor(sqlite: Sqlite, turns: Turns) {
    this.#sqlite = sqlite;
    this.#turns = turns;
  }

  async rows<T extends object>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    await this.#turns.tail;
    return this.#run<T>(sql, values);
  }

  async script(sql: string): Promise<void> {
    await this.#turns.tail;
    this.#sqlite.exec(sql);
  }

  transaction<T>(act: (queries: Queries) => Promise<T>): Promise<T> {
    const done = this.#turns.tail.then(() => this.#alone(act));
    this.#turns.tail = done.catch(() => undefined);
    return done;
  }

  version(): number {
    const row = this.#sqlite.statement('PRAGMA data_version').get() as { data_version: number };
    return row.data_version;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#turns.tail;
    this.#sqlite.close();
    this.#turns.leave();
  }

  async #alone<T>(act: (queries: Queries) => Promise<T>): Promise<T> {
    this.#sqlite.exec('BEGIN IMMEDIATE');
    try {
      const result = await act({
        rows: <R extends object>(sql: string, values: readonly SqlValue[] = []) =>
          Promise.resolve(this.#run<R>(sql, values)),
      });
      this.#sqlite.exec('COMMIT');
      return result;
    } catch (error) {
      this.#sqlite.exec('ROLLBACK');
      throw error;
    }
  }

  #run<T extends object>(sql: string, values: readonly SqlValue[]): T[] {
    const given: SqlValue[] = [];
    const text = sql.replace(/\$(\d+)/g, (_, number: string) => {
      given.push(values[Number(number) - 1] ?? null);
      return '?';
    });
    const statement = this.#sqlite.statement(text);
    // Statements that return rows must be read, others must be run.
    if (/^\s*(?:SELECT|WITH|PRAGMA)\b|\bRETURNING\b/i.test(text)) return statement.all(...given) as T[];
    statement.run(...given);
    return [];
  }
}
