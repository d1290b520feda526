/** The tables of the catalog, and their version, which decides which programs can read them. */
import { DataError } from '../core/index.ts';
import { splitKnownRanges } from './holes.ts';
import type { Sqlite } from './sqlite.ts';

/** Raised whenever tables or files change so that an older program would misread them. */
export const schemaVersion = 2;

const seriesTable = `
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY,
  exchange TEXT NOT NULL, origin TEXT NOT NULL, type TEXT NOT NULL, symbol TEXT NOT NULL, timeframe TEXT NOT NULL,
  UNIQUE (exchange, origin, type, symbol, timeframe));`;

const rangesTable = `
CREATE TABLE IF NOT EXISTS ranges (
  series INTEGER NOT NULL REFERENCES series (id), start REAL NOT NULL, end REAL NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('known', 'empty', 'unavailable')), source TEXT NOT NULL, fetched REAL NOT NULL,
  PRIMARY KEY (series, start), CHECK (start < end)) WITHOUT ROWID;`;

const tables = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
${seriesTable}
CREATE TABLE IF NOT EXISTS segments (
  series INTEGER NOT NULL REFERENCES series (id), month TEXT NOT NULL,
  file TEXT NOT NULL, rows INTEGER NOT NULL, first REAL NOT NULL, last REAL NOT NULL,
  bytes INTEGER NOT NULL, checksum INTEGER NOT NULL, columns TEXT NOT NULL, written REAL NOT NULL,
  PRIMARY KEY (series, month)) WITHOUT ROWID;
${rangesTable}
CREATE TABLE IF NOT EXISTS claims (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL REFERENCES series (id), start REAL NOT NULL, end REAL NOT NULL,
  owner TEXT NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
  exchange TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, fetched REAL NOT NULL,
  PRIMARY KEY (exchange, kind, name)) WITHOUT ROWID;
`;

/** Version 1 knew no origins: its bars count as the exchange's own. Tables are rebuilt where a constraint changed. */
const fromVersion1 = `
${seriesTable.replace('EXISTS series', 'EXISTS series_2')}
INSERT INTO series_2 SELECT id, exchange, '', type, symbol, timeframe FROM series;
DROP TABLE series;
ALTER TABLE series_2 RENAME TO series;
${rangesTable.replace('EXISTS ranges', 'EXISTS ranges_2')}
INSERT INTO ranges_2 SELECT * FROM ranges;
DROP TABLE ranges;
ALTER TABLE ranges_2 RENAME TO ranges;
`;

/**
 * Makes the tables of an empty catalog, migrates those of an older program, or checks the version of a current one.
 *
 * @param folder - Folder of the store: a migration reads its segments to find stretches without bars.
 * @throws {DataError} With code `newer-schema` if a newer program wrote it, `unknown-schema` if its version is not a number.
 */
export function prepareSchema(sqlite: Sqlite, folder: string): void {
  if (storedVersion(sqlite) === schemaVersion) return;
  // A table cannot be rebuilt while foreign keys refer to it.
  sqlite.exec('PRAGMA foreign_keys = OFF');
  sqlite.durably(() => {
    // Another process may have migrated it while this one waited for the lock.
    const found = storedVersion(sqlite);
    if (found === schemaVersion) return;
    if (found === 1) {
      sqlite.exec(fromVersion1);
      splitKnownRanges(sqlite, folder);
    } else sqlite.exec(tables);
    sqlite.statement('INSERT OR REPLACE INTO meta VALUES (?, ?)').run('schema', String(schemaVersion));
  });
}

/** @throws {DataError} If the version cannot be read by this program. */
function storedVersion(sqlite: Sqlite): number | undefined {
  const there = sqlite.statement(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'`).get();
  if (there === undefined) return undefined;
  const row = sqlite.statement(`SELECT value FROM meta WHERE key = 'schema'`).get() as { value: unknown } | undefined;
  const found = typeof row?.value === 'string' && /^\d{1,9}$/.test(row.value) ? Number(row.value) : NaN;
  if (found >= 1 && found <= schemaVersion) return found;
  const isNewer = found > schemaVersion;
  throw new DataError(
    isNewer
      ? `bar store ${sqlite.path} has schema version ${found} and this program reads up to ${schemaVersion}: upgrade nextbar or choose another folder`
      : `bar store ${sqlite.path} has an invalid schema version, ${JSON.stringify(row?.value)}: run nextbar data repair, or choose another folder`,
    {
      code: isNewer ? 'newer-schema' : 'unknown-schema',
      context: { path: sqlite.path, found: String(row?.value), known: schemaVersion },
    },
  );
}
