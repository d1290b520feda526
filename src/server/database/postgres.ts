/** The platform's database on a PostgreSQL server. */
import { ConfigError, ConnectorError, messageOf } from '../../core/index.ts';
import type { Pool, PoolClient } from 'pg';
import type { Database, Queries, SqlValue } from './database.ts';

/** Serialises writers, as SQLite's one writer does. Any number that no other program uses. */
const writerLock = 0x6e_78_62;
/** Numbers of PostgreSQL's types that its client returns as text. */
const [int8, numeric] = [20, 1700];
const connectMs = 10_000;

/**
 * Opens a database by its connection string, such as `postgres://nextbar@localhost/nextbar`.
 *
 * @throws {ConfigError} If the package `pg` is not installed.
 */
export async function openPostgresDatabase(url: string): Promise<Database> {
  const { default: pg } = await import('pg').catch((cause: unknown) => {
    throw new ConfigError('a PostgreSQL database needs the package pg: run npm install pg', {
      code: 'missing-package',
      context: { package: 'pg' },
      cause,
    });
  });
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: connectMs,
    types: { getTypeParser: parserOf(pg.types.getTypeParser) as typeof pg.types.getTypeParser },
  });
  // A connection that is lost while idle is replaced by the next request, which reports what is wrong.
  pool.on('error', () => {});
  // A connection that is lost in use fails its statement; without a listener the process would end.
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  return new PostgresDatabase(pool);
}

/** Reads whole numbers as numbers: every one here is below 2^53. */
function parserOf(usual: (id: number, format?: 'text' | 'binary') => unknown): typeof usual {
  return (id, format) => (id === int8 || id === numeric ? Number : usual(id, format));
}

class PostgresDatabase implements Database {
  readonly kind = 'postgres';
  readonly #pool: Pool;
  #isClosed = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  rows<T extends object>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    return translated(async () => (await this.#pool.query<T>(sql, [...values])).rows);
  }

  async script(sql: string): Promise<void> {
    await translated(() => this.#pool.query(sql));
  }

  transaction<T>(act: (queries: Queries) => Promise<T>): Promise<T> {
    return translated(async () => {
      const client = await this.#pool.connect();
      let failure: Error | undefined;
      try {
        await client.query('BEGIN');
        await client.query('SELECT pg_advisory_xact_lock($1)', [writerLock]);
        const result = await act(queriesOf(client));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        failure = error instanceof Error ? error : new Error(messageOf(error));
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      } finally {
        // A connection on which something failed may be half closed: it is not used again.
        client.release(failure);
      }
    });
  }

  version(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#pool.end();
  }
}

function queriesOf(client: PoolClient): Queries {
  return {
    rows: async <T extends object>(sql: string, values: readonly SqlValue[] = []) =>
      (await client.query<T>(sql, [...values])).rows,
  };
}

/** Marks errors of a server that cannot be reached, starts or stops as retryable: the same transaction may succeed later. */
async function translated<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const { code = '' } = error as { readonly code?: string };
    const message = messageOf(error);
    const isAway = /^(?:ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EAI_|08|57P0[1-5]|53300|40001|40P01)/.test(code);
    const isLost = /terminated|timeout|not queryable|ended by|Connection/i.test(message);
    if (error instanceof Error && error.name.startsWith('Connector')) throw error;
    if (!isAway && !isLost) throw error;
    throw new ConnectorError(`the PostgreSQL database does not answer: ${message || code}`, {
      code: 'database',
      retryable: true,
      cause: error,
    });
  }
}
