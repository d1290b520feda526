/** The ledger: which partitions were built, from which others and by which code. An SQLite file beside the data. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { DataError } from '../../core/index.ts';
import { fileFailure, openReady, openSqlite, type Sqlite } from '../../store/index.ts';

/** The file of a dataset's ledger. */
export const ledgerFile = 'ledger.sqlite';

/** A partition in the ledger. */
export interface LedgerRow {
  readonly asset: string;
  readonly partition: string;
  readonly status: 'done' | 'failed';
  readonly codeHash: string;
  /** SHA-256 of the file; empty for a failed partition. */
  readonly hash: string;
  readonly rows: number;
  readonly bytes: number;
  /** When it was built, milliseconds UTC. */
  readonly made: number;
  readonly attempts: number;
  /** Why it failed; empty when it was built. */
  readonly error: string;
  /** Outcomes of symbols that were not done, as JSON. */
  readonly symbols: string;
}

/** A partition that another was built from. */
export interface LineageRow {
  readonly asset: string;
  readonly partition: string;
  readonly hash: string;
}

const tables = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS partitions (
  asset TEXT NOT NULL, partition TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('done', 'failed')),
  codeHash TEXT NOT NULL, hash TEXT NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, made REAL NOT NULL,
  attempts INTEGER NOT NULL, error TEXT NOT NULL, symbols TEXT NOT NULL, PRIMARY KEY (asset, partition)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lineage (
  asset TEXT NOT NULL, partition TEXT NOT NULL, fromAsset TEXT NOT NULL, fromPartition TEXT NOT NULL, fromHash TEXT NOT NULL,
  PRIMARY KEY (asset, partition, fromAsset, fromPartition)) WITHOUT ROWID;
INSERT OR IGNORE INTO meta VALUES ('schema', '1');
`;

function prepare(sqlite: Sqlite, folder: string): void {
  sqlite.transaction(() => {
    sqlite.exec(tables);
  });
  const { value } = sqlite.statement("SELECT value FROM meta WHERE key = 'schema'").get() as { value: string };
  if (value === '1') return;
  throw new DataError(
    `the ledger in ${folder} has schema ${value}, and this version of nextbar knows 1: update nextbar, or choose another folder`,
    { code: 'newer-schema', context: { version: value } },
  );
}

/** The ledger of one dataset. */
export class Ledger {
  readonly #sqlite: Sqlite;

  private constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
  }

  /** @param isMade - Whether to write it, and to make it where there is none; otherwise it is only read, and an empty one in memory is used where there is none. */
  static async open(folder: string, isMade = true): Promise<Ledger> {
    const path = join(folder, ledgerFile);
    if (!isMade && !existsSync(path)) {
      const empty = await openSqlite(':memory:');
      prepare(empty, folder);
      return new Ledger(empty);
    }
    const { sqlite } = await openReady(path, {
      prepare: (made) => {
        prepare(made, folder);
      },
      failure: (error) => fileFailure(error, 'ledger', path),
      mustWrite: isMade,
    });
    return new Ledger(sqlite);
  }

  close(): void {
    this.#sqlite.close();
  }

  get(asset: string, partition: string): LedgerRow | undefined {
    return this.#sqlite
      .statement('SELECT * FROM partitions WHERE asset = ? AND partition = ?')
      .get(asset, partition) as LedgerRow | undefined;
  }

  /** Partitions in order of asset and period. */
  all(asset?: string): LedgerRow[] {
    const [where, values] = asset === undefined ? ['', []] : ['WHERE asset = ?', [asset]];
    return this.#sqlite
      .statement(`SELECT * FROM partitions ${where} ORDER BY asset, partition`)
      .all(...values) as LedgerRow[];
  }

  lineage(asset: string, partition: string): LineageRow[] {
    return this.#sqlite
      .statement(
        'SELECT fromAsset AS asset, fromPartition AS partition, fromHash AS hash FROM lineage WHERE asset = ? AND partition = ? ORDER BY 1, 2',
      )
      .all(asset, partition) as LineageRow[];
  }

  /** Records a partition and those it was built from in one durable transaction. */
  put(row: LedgerRow, from: readonly LineageRow[]): void {
    this.#sqlite.durably(() => {
      this.#sqlite
        .statement('INSERT OR REPLACE INTO partitions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run(row.asset, row.partition, row.status, row.codeHash, row.hash, row.rows, row.bytes, row.made, row.attempts, row.error, row.symbols); // prettier-ignore
      this.#sqlite.statement('DELETE FROM lineage WHERE asset = ? AND partition = ?').run(row.asset, row.partition);
      for (const one of from) {
        this.#sqlite
          .statement('INSERT INTO lineage VALUES (?, ?, ?, ?, ?)')
          .run(row.asset, row.partition, one.asset, one.partition, one.hash);
      }
    });
  }

  drop(asset: string, partition: string): void {
    this.#sqlite.durably(() => {
      this.#sqlite.statement('DELETE FROM partitions WHERE asset = ? AND partition = ?').run(asset, partition);
      this.#sqlite.statement('DELETE FROM lineage WHERE asset = ? AND partition = ?').run(asset, partition);
    });
  }
}
