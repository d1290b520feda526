/** Opens the platform's database and brings its tables up to date. */
import { existsSync } from 'node:fs';

import { ConfigError, DataError } from '../../core/index.ts';
import { AwaitedDatabase } from './awaited.ts';
import type { Database } from './database.ts';
import { migrations, postgresPrelude } from './migrations.ts';
import { openPostgresDatabase } from './postgres.ts';
import { openSqliteDatabase } from './sqlite.ts';

const isServer = (address: string): boolean => /^postgres(?:ql)?:\/\//.test(address);

/** Whether an address names an SQLite file that does not exist. */
function isMissingDatabase(address: string): boolean {
  return !isServer(address) && !/^[a-z][a-z0-9+.-]+:\/\//i.test(address) && !existsSync(address);
}

const newest = migrations.at(-1)!.version;

/**
 * Opens a database: a connection string that begins with `postgres://`, or the path of an SQLite file, which is made where there is none.
 *
 * @param now - Milliseconds UTC, for the record of migrations.
 * @throws {DataError} With code `newer-schema` if a newer program made its tables.
 */
export function openDatabase(address: string, now: number): Promise<Database> {
  return openTo('write', address, now);
}

async function openTo(use: 'read' | 'write', address: string, now: number): Promise<Database> {
  const isPostgres = isServer(address);
  if (!isPostgres && /^[a-z][a-z0-9+.-]+:\/\//i.test(address)) {
    // The address may hold a password: only its scheme is shown.
    throw new ConfigError(
      `database must be the path of an SQLite file or an address such as postgres://user@host/name, was '${address.split(':')[0]!}://...'`,
      { context: { field: 'database' } },
    );
  }
  const prepare = (database: Database): Promise<void> => migrate(database, now);
  if (!isPostgres) return openSqliteDatabase(address, { prepare, isRead: use === 'read' });
  const database = await openPostgresDatabase(address);
  try {
    await prepare(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/**
 * Opens a database for reading only. A missing SQLite file is not made: an empty database in memory answers until another process has made
 * it. A read-only file is read as it was when it was opened.
 */
export async function openDatabaseToRead(address: string, now: number): Promise<Database> {
  if (!isMissingDatabase(address)) return openTo('read', address, now);
  return new AwaitedDatabase(await openDatabase(':memory:', now), async () =>
    isMissingDatabase(address) ? undefined : openTo('read', address, now),
  );
}

async function migrate(database: Database, now: number): Promise<void> {
  if (database.kind === 'postgres') await database.script(postgresPrelude);
  await database.transaction(async (queries) => {
    await queries.rows(
      'CREATE TABLE IF NOT EXISTS schema_versions (version bigint PRIMARY KEY, name sorted_text NOT NULL, applied bigint NOT NULL)',
    );
    const rows = await queries.rows<{ version: number }>('SELECT version FROM schema_versions ORDER BY version');
    const last = rows.at(-1)?.version ?? 0;
    if (last > newest) {
      throw new DataError(
        `the platform's database has schema ${last}, and this version of nextbar knows ${newest}: update nextbar, or choose another database`,
        { code: 'newer-schema', context: { version: last } },
      );
    }
    for (const { version, name, sql } of migrations) {
      if (version <= last) continue;
      for (const statement of sql.split(/;\s*(?:\n|$)/)) if (statement.trim() !== '') await queries.rows(statement);
      await queries.rows('INSERT INTO schema_versions (version, name, applied) VALUES ($1, $2, $3)', [
        version,
        name,
        now,
      ]);
    }
  });
}
