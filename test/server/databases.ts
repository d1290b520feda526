/** Databases for tests: SQLite, and beside it PostgreSQL where a server is named, where every statement runs on both and must return the same bytes. */
import { createHash } from 'node:crypto';

import { openDatabase, type Database, type Queries, type SqlValue } from '../../src/server/index.ts';

/** The address of a PostgreSQL server whose databases tests may make, such as `postgres://nextbar@127.0.0.1:5432/postgres`; `npm run postgres` sets it. */
export const postgresServer = process.env['NEXTBAR_TEST_POSTGRES'];

/** Opens the database of a test. The same path opens the same database again. */
export async function openTestDatabase(path: string, now: number): Promise<Database> {
  const sqlite = await openDatabase(path, now);
  if (postgresServer === undefined) return sqlite;
  return new TwinDatabase(sqlite, await openDatabase(await postgresAddress(path), now));
}

/** The address of the PostgreSQL database that stands for a path; it is made when it is not there. */
export async function postgresAddress(path: string): Promise<string> {
  const name = `test_${createHash('sha256').update(path).digest('hex').slice(0, 16)}`;
  const { default: pg } = await import('pg');
  const admin = new pg.Client(postgresServer);
  await admin.connect();
  try {
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await admin.query(`CREATE DATABASE ${name}`);
  } finally {
    await admin.end();
  }
  const address = new URL(postgresServer!);
  address.pathname = `/${name}`;
  return address.href;
}

/** Two databases that must not differ in one byte of an answer. */
class TwinDatabase implements Database {
  readonly kind = 'postgres';
  readonly #sqlite: Database;
  readonly #postgres: Database;
  /** While one statement or transaction is on its way on both, others wait: in between the two would differ. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(sqlite: Database, postgres: Database) {
    this.#sqlite = sqlite;
    this.#postgres = postgres;
  }

  rows<T extends object>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    return this.#alone(() => both<T>(this.#sqlite, this.#postgres, sql, values));
  }

  script(sql: string): Promise<void> {
    return this.#alone(async () => {
      await this.#sqlite.script(sql);
      await this.#postgres.script(sql);
    });
  }

  transaction<T>(act: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#alone(() =>
      this.#postgres.transaction((postgres) =>
        this.#sqlite.transaction((sqlite) => {
          const queries: Queries = { rows: (sql, values = []) => both(sqlite, postgres, sql, values) };
          return act(queries);
        }),
      ),
    );
  }

  version(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    await this.#tail;
    await this.#sqlite.close();
    await this.#postgres.close();
  }

  #alone<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#tail.then(act);
    this.#tail = done.catch(() => undefined);
    return done;
  }
}

async function both<T extends object>(
  sqlite: Queries,
  postgres: Queries,
  sql: string,
  values: readonly SqlValue[],
): Promise<T[]> {
  const [one, other] = await Promise.allSettled([sqlite.rows<T>(sql, values), postgres.rows<T>(sql, values)]);
  if (one.status === 'rejected' && other.status === 'rejected') throw one.reason;
  if (one.status === 'rejected') throw new Error(`only SQLite refused: ${sql}`, { cause: one.reason });
  if (other.status === 'rejected') throw new Error(`only PostgreSQL refused: ${sql}`, { cause: other.reason });
  const [a, b] = [JSON.stringify(one.value), JSON.stringify(other.value)];
  if (a !== b) throw new Error(`SQLite and PostgreSQL differ over ${sql}\n  ${a}\n  ${b}`);
  return one.value;
}
