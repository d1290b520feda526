/** The trials of one sweep in an SQLite file, so that an interrupted sweep continues where it stopped. */
import { ConfigError, TradingError } from '../../core/index.ts';
import { fileFailure } from '../disk/failure.ts';
import { openSqlite, type Sqlite } from '../sqlite.ts';

const tablesOf = (chunks: string): string => `
CREATE TABLE IF NOT EXISTS sweep (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ${chunks} (
  first INTEGER PRIMARY KEY, params TEXT NOT NULL, scores BLOB NOT NULL, stats BLOB NOT NULL, returns BLOB NOT NULL,
  errors TEXT NOT NULL);
`;

/** Some trials that follow each other, with their parameters. */
export interface StoredChunk {
  /** The number of the first trial. */
  readonly first: number;
  /** The parameters of each. */
  readonly params: readonly Readonly<Record<string, unknown>>[];
  readonly scores: Float64Array;
  readonly stats: Float64Array;
  readonly returns: Float64Array;
  readonly errors: readonly (readonly [place: number, message: string])[];
}

/** The file of one sweep. Every call is one transaction: when `add` returns, its trials are on the disk. */
export class TrialStore {
  readonly path: string;
  readonly #sqlite: Sqlite;
  /** The table of its chunks. */
  readonly #chunks: string;
  /** The name under which its key is kept. */
  readonly #name: string;

  private constructor(sqlite: Sqlite, chunks: string, name: string) {
    this.path = sqlite.path;
    this.#sqlite = sqlite;
    this.#chunks = chunks;
    this.#name = name;
  }

  /**
   * Opens the file of a sweep; it is made where there is none.
   *
   * The file is locked until it is closed, or the process dies: two sweeps would cut its trials into chunks that overlap.
   *
   * @param key - Text that identifies everything the outcome of its trials depends on: as JSON, an object whose members name the parts, so that the
   * error says which differ.
   * @param source - Hash of the strategy's module, compared where the earlier sweep had one too.
   * @param part - Number of a search among those that share the file, as the stretches of a walk-forward do. Default: the only one.
   * @throws {ConfigError} With code `other-sweep` if the file holds trials of another sweep, or `sweep-running` if another process writes
   * to it.
   */
  static async open(path: string, key: string, source?: string, part?: number): Promise<TrialStore> {
    const chunks = part === undefined ? 'chunks' : `chunks_${part}`;
    const name = part === undefined ? 'key' : `key_${part}`;
    const sqlite = await openSqlite(path, { failure: (error) => fileFailure(error, 'trials', path) });
    try {
      sqlite.exec('PRAGMA busy_timeout = 500');
      checkKind(sqlite);
      sqlite.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      sqlite.transaction(() => {
        sqlite.exec(tablesOf(chunks));
        const keys = sqlite.statement('SELECT name, value FROM sweep').all() as { name: string; value: string }[];
        const found = keys.find((one) => one.name === name);
        // One search, or the searches of one walk-forward: never both.
        const isOther = keys.some((one) => one.name !== 'source' && (one.name === 'key') !== (part === undefined));
        const known = keys.find((one) => one.name === 'source')?.value;
        const isChanged = known !== undefined && source !== undefined && known !== source;
        if (isOther || isChanged || (found !== undefined && found.value !== key)) {
          const parts = differences(found?.value, key, isChanged);
          throw new ConfigError(
            `${path} holds the trials of another sweep, which differs in its ${parts}: choose another file`,
            { code: 'other-sweep', context: { path } },
          );
        }
        const put = sqlite.statement('INSERT OR IGNORE INTO sweep VALUES (?, ?)');
        put.run(name, key);
        if (source !== undefined) put.run('source', source);
      });
      return new TrialStore(sqlite, chunks, name);
    } catch (error) {
      sqlite.close();
      if (!(error instanceof TradingError) || error.code !== 'busy') throw error;
      throw new ConfigError(`${path} is in use by another sweep: wait for it to end, or choose another file`, {
        code: 'sweep-running',
        context: { path },
        cause: error,
      });
    }
  }

  /** Keeps further trials. */
  add({ first, params, scores, stats, returns, errors }: StoredChunk): void {
    this.#sqlite
      .statement(`INSERT OR REPLACE INTO ${this.#chunks} VALUES (?, ?, ?, ?, ?, ?)`)
      .run(first, JSON.stringify(params), bytesOf(scores), bytesOf(stats), bytesOf(returns), JSON.stringify(errors));
  }

  /** The chunks that are kept, in order, up to the first gap. */
  *chunks(): Generator<StoredChunk> {
    let next = 0;
    const firsts = this.#sqlite.statement(`SELECT first FROM ${this.#chunks} ORDER BY first`).all() as {
      first: number;
    }[];
    for (const { first } of firsts) {
      if (first !== next) return;
      const row = this.#sqlite.statement(`SELECT * FROM ${this.#chunks} WHERE first = ?`).get(first) as Row;
      const params = JSON.parse(row.params) as Record<string, unknown>[];
      next += params.length;
      yield {
        first,
        params,
        scores: numbersOf(row.scores),
        stats: numbersOf(row.stats),
        returns: numbersOf(row.returns),
        errors: JSON.parse(row.errors) as [number, string][],
      };
    }
  }

  /** The keys of the other searches that share the file, as far as an earlier walk-forward came. */
  otherKeys(): string[] {
    const rows = this.#sqlite
      .statement("SELECT value FROM sweep WHERE name LIKE 'key_%' AND name <> ?")
      .all(this.#name);
    return (rows as { value: string }[]).map(({ value }) => value);
  }

  /** Closes the file. */
  close(): void {
    this.#sqlite.close();
  }
}

/** @throws {ConfigError} If it is a database of something else, in which nothing is to be changed. */
function checkKind(sqlite: Sqlite): void {
  const tables = sqlite.statement("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
  if (tables.length === 0 || tables.some(({ name }) => name === 'sweep')) return;
  throw new ConfigError(`${sqlite.path} is a database, but not of a sweep: choose another file`, {
    code: 'other-sweep',
    context: { path: sqlite.path },
  });
}

/** The parts in which two sweeps differ, in words. */
function differences(known: string | undefined, key: string, isChanged: boolean): string {
  const [before, now] = [partsOf(known), partsOf(key)];
  if (before === undefined || now === undefined) return 'strategy, bars, options, ranges or metric';
  const names = Object.keys({ ...before, ...now }).filter((name) => before[name] !== now[name]);
  if (isChanged && !names.includes('strategy')) names.unshift("strategy's imports");
  const last = names.pop()!;
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}

/** The parts that a key names; undefined of one that names none. */
function partsOf(key: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const found = JSON.parse(key ?? '') as unknown;
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

interface Row {
  readonly params: string;
  readonly scores: Uint8Array;
  readonly stats: Uint8Array;
  readonly returns: Uint8Array;
  readonly errors: string;
}

function bytesOf(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function numbersOf(bytes: Uint8Array): Float64Array {
  // A copy, because the bytes may not be aligned for float64.
  return new Float64Array(new Uint8Array(bytes).buffer);
}
