/** The tables of the catalog, and the version that says which program may read them. */
import { DataError } from '../core/index.ts';
import type { Sqlite } from './sqlite.ts';

/** Raised whenever tables or files change so that an older program would misread them. */
export const schemaVersion = 1;

const tables = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY,
  exchange TEXT NOT NULL, type TEXT NOT NULL, symbol TEXT NOT NULL, timeframe TEXT NOT NULL,
  UNIQUE (exchange, type, symbol, timeframe));
CREATE TABLE IF NOT EXISTS segments (
  series INTEGER NOT NULL REFERENCES series (id), month TEXT NOT NULL,
  file TEXT NOT NULL, rows INTEGER NOT NULL, first REAL NOT NULL, last REAL NOT NULL,
  bytes INTEGER NOT NULL, checksum INTEGER NOT NULL, columns TEXT NOT NULL, written REAL NOT NULL,
  PRIMARY KEY (series, month)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ranges (
  series INTEGER NOT NULL REFERENCES series (id), start REAL NOT NULL, end REAL NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('known', 'unavailable')), source TEXT NOT NULL, fetched REAL NOT NULL,
  PRIMARY KEY (series, start), CHECK (start < end)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL REFERENCES series (id), start REAL NOT NULL, end REAL NOT NULL,
  owner TEXT NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
  exchange TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, fetched REAL NOT NULL,
  PRIMARY KEY (exchange, kind, name)) WITHOUT ROWID;
`;

/**
 * Makes the tables of an empty catalog, or checks the version of a filled one.
 *
 * @throws {DataError} With code `newer-schema` if a newer program wrote it.
 */
export function prepareSchema(sqlite: Sqlite): void {
  const found = storedVersion(sqlite);
  if (found === schemaVersion) return;
  if (found !== undefined && found > schemaVersion) {
    throw new DataError(
      `bar store ${sqlite.path} has schema version ${found} and this program reads up to ${schemaVersion}: upgrade nextbar or choose another folder`,
      { code: 'newer-schema', context: { path: sqlite.path, found, known: schemaVersion } },
    );
  }
  sqlite.transaction(() => {
    sqlite.exec(tables);
    sqlite.statement('INSERT OR REPLACE INTO meta VALUES (?, ?)').run('schema', String(schemaVersion));
  });
}

function storedVersion(sqlite: Sqlite): number | undefined {
  const there = sqlite.statement(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'`).get();
  if (there === undefined) return undefined;
  const row = sqlite.statement(`SELECT value FROM meta WHERE key = 'schema'`).get() as { value: string } | undefined;
  return row === undefined ? undefined : Number(row.value);
}
