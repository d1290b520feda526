/** The database seam, through which the same statements return the same rows from SQLite and PostgreSQL. */

/** What a column can hold. `null` is SQL's own; rows leave this room with `undefined`. */
export type SqlValue = string | number | null;

/** Runs statements. Values stand in the text as `$1`, `$2` ... */
export interface Queries {
  /** The rows of a statement; none for one that returns nothing. */
  rows<T extends object>(sql: string, values?: readonly SqlValue[]): Promise<T[]>;
}

/** An open database. */
export interface Database extends Queries {
  /** Which server is behind it. */
  readonly kind: 'sqlite' | 'postgres';
  /** Runs `act` alone among writers: all of it happens, or, when it throws, nothing. */
  transaction<T>(act: (queries: Queries) => Promise<T>): Promise<T>;
  /** Runs several statements without values, such as a migration. */
  script(sql: string): Promise<void>;
  /** A number that changes when another connection has written; undefined where reading it costs as much as reading the data. */
  version(): number | undefined;
  /** Closes the database; a second call does nothing. */
  close(): Promise<void>;
}

/** Rows of one INSERT: few enough that every server takes their values. */
const rowsAtOnce = 100;

/**
 * Inserts rows, and replaces existing ones with the same `key`; running it twice has the effect of running it once.
 *
 * @param key - The columns of the primary key.
 */
export async function upsert(
  queries: Queries,
  table: string,
  key: readonly string[],
  rows: readonly Readonly<Record<string, SqlValue>>[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.keys(first);
  const changed = columns.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`);
  const action = changed.length === 0 ? 'NOTHING' : `UPDATE SET ${changed.join(', ')}`;
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const part = rows.slice(from, from + rowsAtOnce);
    const places = part.map((_, k) => `(${columns.map((__, c) => `$${k * columns.length + c + 1}`).join(', ')})`);
    const values = part.flatMap((row) => columns.map((name) => row[name] ?? null));
    const text = `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${places.join(', ')} ON CONFLICT (${key.join(', ')}) DO ${action}`;
    await queries.rows(text, values);
  }
}
