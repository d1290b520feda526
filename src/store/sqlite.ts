/** SQLite: better-sqlite3 where it is installed and loads, otherwise the SQLite of Node itself (22.13 and newer). */
import { dirname } from 'node:path';

import { ConfigError } from '../core/index.ts';
import { makeFolder } from './disk/folders.ts';

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
  /** Whether it is only read; it must then exist. Default false. */
  readonly readOnly?: boolean;
  /** Returns the error to throw instead of one of SQLite or of the disk. Default: that error itself. */
  readonly failure?: Failure;
  /** Called once the connection has been closed. Default: nothing. */
  readonly onClosed?: () => void;
}

type Failure = (error: unknown) => unknown;

const asItIs: Failure = (error) => error;
const nothing = (): void => {};

/** One connection with its prepared statements kept, and transactions that may be nested. */
export class Sqlite {
  readonly path: string;
  readonly #connection: Connection;
  readonly #open: (path: string) => Connection;
  readonly #failure: Failure;
  readonly #onClosed: () => void;
  readonly #statements = new Map<string, SqliteStatement>();
  #depth = 0;
  #isClosed = false;

  /** @param open - Opens another file with the same SQLite library. */
  constructor(path: string, connection: Connection, open: (path: string) => Connection, options: SqliteOptions = {}) {
    const { failure = asItIs, onClosed = nothing } = options;
    this.path = path;
    this.#connection = connection;
    this.#open = open;
    this.#failure = failure;
    this.#onClosed = onClosed;
  }

  /** Opens another file synchronously: the library is loaded already. */
  sibling(path: string): Sqlite {
    return this.#told(() => {
      const sqlite = new Sqlite(path, this.#open(path), this.#open, { failure: this.#failure });
      sqlite.exec(patience);
      return sqlite;
    });
  }

  /** A prepared statement, made once per text. */
  statement(sql: string): SqliteStatement {
    let found = this.#statements.get(sql);
    if (found === undefined) this.#statements.set(sql, (found = this.#prepared(sql)));
    return found;
  }

  #prepared(sql: string): SqliteStatement {
    const made = this.#told(() => this.#connection.prepare(sql));
    const failure = this.#failure;
    return {
      get: (...values) => this.#told(() => made.get(...values)),
      all: (...values) => this.#told(() => made.all(...values)),
      run: (...values) => this.#told(() => made.run(...values)),
      *iterate(...values) {
        try {
          yield* made.iterate(...values);
        } catch (error) {
          throw failure(error);
        }
      },
    };
  }

  exec(sql: string): void {
    this.#told(() => this.#connection.exec(sql));
  }

  /** Every error of SQLite, and every error thrown in a transaction, passes here. */
  #told<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Runs `act` with the write lock held: all of it happens, or, when it throws, nothing. */
  transaction<T>(act: () => T): T {
    return this.#told(() => this.#transaction(act));
  }

  #transaction<T>(act: () => T): T {
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

  /** Runs a transaction that is on the disk itself when it returns, so that files it replaced may be deleted. */
  durably<T>(act: () => T): T {
    if (this.#depth > 0) return this.transaction(act);
    this.exec('PRAGMA synchronous = FULL');
    try {
      return this.transaction(act);
    } finally {
      this.exec('PRAGMA synchronous = NORMAL');
    }
  }

  #undo(rollback: string): void {
    try {
      this.exec(rollback);
    } catch {
      // A full disk rolls back by itself, and then there is nothing to undo: the first failure is the error to report.
    }
  }

  /** Closes the connection. A second call does nothing. */
  close(): void {
    this.#statements.clear();
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
    this.#onClosed();
  }
}

/**
 * Opens a database file, and makes it, with the folders above it, where there is none.
 *
 * @throws {ConfigError} If better-sqlite3 does not load and this Node has no SQLite of its own; no folder has been made then.
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<Sqlite> {
  const { readOnly = false, failure = asItIs } = options;
  const open = (await packageOpener()) ?? nodeOpener();
  if (open === undefined) {
    throw new ConfigError(
      `this needs SQLite, and better-sqlite3 does not load in Node ${process.versions.node}: ` +
        'run npm rebuild better-sqlite3 (it needs Python and a C++ compiler), or use Node 22.13 or newer, which has SQLite built in',
      { code: 'sqlite-missing', context: { node: process.versions.node } },
    );
  }
  try {
    if (!readOnly) makeFolder(dirname(path));
    const sqlite = new Sqlite(path, open(path, readOnly), open, options);
    sqlite.exec(patience);
    return sqlite;
  } catch (error) {
    throw failure(error);
  }
}

/** A statement waits up to 20 s for another process. */
const patience = 'PRAGMA busy_timeout = 20000';

/** Whether this process has SQLite, from the optional package or from Node. */
export async function hasSqlite(): Promise<boolean> {
  return ((await packageOpener()) ?? nodeOpener()) !== undefined;
}

type Opener = (path: string, readOnly?: boolean) => Connection;

/** Undefined when the optional package is absent, its native part was not built, or was built for another Node. */
async function packageOpener(): Promise<Opener | undefined> {
  try {
    const { default: Database } = await import('better-sqlite3');
    // The first database loads the native part.
    new Database(':memory:').close();
    return (path, readonly = false) => new Database(path, { readonly }) as Connection;
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

function nodeOpener(): Opener | undefined {
  const library = nodeSqlite();
  return library && ((path, readOnly = false) => new library.DatabaseSync(path, { readOnly }));
}

/** The module of Node, without the warning that it is experimental: a warning would break into the live screen. */
function nodeSqlite(): NodeSqlite | undefined {
  const emitWarning: unknown = Reflect.get(process, 'emitWarning');
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined;
  } finally {
    Reflect.set(process, 'emitWarning', emitWarning);
  }
}
