/** SQLite as this package uses it: better-sqlite3, or Node's own where that one was built for another Node. */
import { ConfigError } from '../core/index.ts';

/** What a column can hold. */
export type SqliteValue = number | string | bigint | Uint8Array | null;

/** A prepared statement; rows are objects by column name. */
export interface SqliteStatement {
  get(...values: readonly SqliteValue[]): unknown;
  all(...values: readonly SqliteValue[]): unknown[];
  iterate(...values: readonly SqliteValue[]): IterableIterator<unknown>;
  run(...values: readonly SqliteValue[]): unknown;
}

/** An open database. Everything is synchronous. */
interface Connection {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  close(): unknown;
}

/** How a database is opened. */
export interface SqliteOptions {
  readonly readOnly?: boolean;
}

/** One connection with its prepared statements kept, and transactions that may be nested. */
export class Sqlite {
  readonly path: string;
  readonly #connection: Connection;
  readonly #statements = new Map<string, SqliteStatement>();
  #depth = 0;

  constructor(path: string, connection: Connection) {
    this.path = path;
    this.#connection = connection;
  }

  /** A prepared statement, made once per text. */
  statement(sql: string): SqliteStatement {
    let found = this.#statements.get(sql);
    if (found === undefined) this.#statements.set(sql, (found = this.#connection.prepare(sql)));
    return found;
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  /** Runs `act` with the write lock held: all of it happens, or, when it throws, nothing. */
  transaction<T>(act: () => T): T {
    const depth = this.#depth;
    const [begin, commit, rollback] =
      depth === 0
        ? ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK']
        : [`SAVEPOINT s${depth}`, `RELEASE s${depth}`, `ROLLBACK TO s${depth}`];
    this.exec(begin);
    this.#depth = depth + 1;
    try {
      const result = act();
      this.exec(commit);
      return result;
    } catch (error) {
      this.#undo(rollback);
      throw error;
    } finally {
      this.#depth = depth;
    }
  }

  #undo(rollback: string): void {
    try {
      this.exec(rollback);
    } catch {
      // A full disk rolls back by itself, and then there is nothing to undo: what went wrong first is the error to tell.
    }
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }
}

/**
 * Opens a database file.
 *
 * @throws {ConfigError} If better-sqlite3 does not load and this Node has no SQLite of its own.
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<Sqlite> {
  const readOnly = options.readOnly ?? false;
  const sqlite = new Sqlite(path, (await openWithPackage(path, readOnly)) ?? (await openWithNode(path, readOnly)));
  sqlite.exec('PRAGMA busy_timeout = 20000');
  return sqlite;
}

/** Undefined when the native part of the package is missing or was built for another Node. */
async function openWithPackage(path: string, readonly: boolean): Promise<Connection | undefined> {
  try {
    const { default: Database } = await import('better-sqlite3');
    return new Database(path, { readonly }) as Connection;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_DLOPEN_FAILED' || code === 'ERR_MODULE_NOT_FOUND' || message.includes('bindings'))
      return undefined;
    throw error;
  }
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string, options: { readOnly: boolean }) => Connection;
}

async function openWithNode(path: string, readOnly: boolean): Promise<Connection> {
  const name = 'node:sqlite';
  let library: NodeSqlite;
  try {
    library = (await import(name)) as NodeSqlite;
  } catch (error) {
    throw new ConfigError(
      `better-sqlite3 does not load in Node ${process.versions.node}: run npm rebuild better-sqlite3`,
      { code: 'sqlite-missing', cause: error },
    );
  }
  return new library.DatabaseSync(path, { readOnly });
}
