/** Events in a table of PostgreSQL, each once by its key. */
import type { Pool } from 'pg';

import { ConfigError } from '../../core/index.ts';
import type { BatchWriter } from '../batching-sink.ts';
import type { KeyedEvent } from '../key.ts';
import { peer, withoutSecrets } from './peers.ts';

/** Writes a batch in one statement; existing rows stay as they are. */
export class PostgresWriter implements BatchWriter {
  readonly name: string;
  readonly #pool: Pool;
  readonly #table: string;
  #isReady = false;

  private constructor(name: string, pool: Pool, table: string) {
    this.name = name;
    this.#pool = pool;
    this.#table = table;
  }

  static async open(address: string, table: string): Promise<PostgresWriter> {
    if (!/^[a-z_][a-z0-9_]*$/.test(table))
      throw new ConfigError(`table must be a lower-case name, was '${table}'`, { context: { field: 'table' } });
    const pg = await peer('pg', () => import('pg'));
    const pool = new pg.default.Pool({ connectionString: address, max: 2, connectionTimeoutMillis: 5_000 });
    pool.on('error', () => undefined);
    return new PostgresWriter(`${withoutSecrets(address)} table ${table}`, pool, table);
  }

  async write(batch: readonly KeyedEvent[]): Promise<void> {
    if (!this.#isReady) {
      await this.#pool.query(
        `CREATE TABLE IF NOT EXISTS ${this.#table} (key text PRIMARY KEY, type text NOT NULL, exchange text NOT NULL, symbol text, time timestamptz, receive_time timestamptz, data jsonb NOT NULL)`,
      );
      await this.#pool.query(
        `CREATE INDEX IF NOT EXISTS ${this.#table}_by_time ON ${this.#table} (exchange, symbol, type, time)`,
      );
      this.#isReady = true;
    }
    const column = (of: (one: KeyedEvent) => unknown): unknown[] => batch.map(of);
    const stamp = (time: number | undefined): string | null =>
      time === undefined ? null : new Date(time).toISOString();
    await this.#pool.query(
      `INSERT INTO ${this.#table} SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::jsonb[]) ON CONFLICT (key) DO NOTHING`,
      [
        column(({ key }) => key),
        column(({ event }) => event.type),
        column(({ event }) => event.exchange),
        column(({ event }) => ('symbol' in event ? event.symbol : null)),
        column(({ event }) => stamp(event.time)),
        column(({ event }) => stamp('receiveTime' in event ? event.receiveTime : event.time)),
        column(({ json }) => json),
      ],
    );
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
