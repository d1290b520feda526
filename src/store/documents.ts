/** Metadata of exchanges on disk: instruments, timeframes, capabilities, each with the time it was fetched. */
import type { BarStore } from './bar-store.ts';

/** A stored document and its age. */
export interface StoredDocument<T> {
  readonly body: T;
  /** When it was fetched, milliseconds UTC. */
  readonly fetched: number;
}

/** The document of a name, or undefined. Documents are JSON, so undefined fields are lost. */
export function readDocument<T>(
  store: BarStore,
  exchange: string,
  kind: string,
  name: string,
): StoredDocument<T> | undefined {
  const row = store.catalog
    .statement('SELECT body, fetched FROM documents WHERE exchange = ? AND kind = ? AND name = ?')
    .get(exchange, kind, name) as { body: string; fetched: number } | undefined;
  return row === undefined ? undefined : { body: JSON.parse(row.body) as T, fetched: row.fetched };
}

/** Stores many documents of one kind at once, replacing those of the same names. */
export function writeDocuments(
  store: BarStore,
  exchange: string,
  kind: string,
  documents: Iterable<readonly [name: string, body: unknown]>,
  fetched: number,
): void {
  store.catalog.transaction(() => {
    const put = store.catalog.statement('INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)');
    for (const [name, body] of documents) put.run(exchange, kind, name, JSON.stringify(body), fetched);
  });
}
