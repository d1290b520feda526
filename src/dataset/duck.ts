/** DuckDB in this process: loaded on first use, with limits, bound values, and errors that name the nearest table or column. */
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance, DuckDBTypeId } from '@duckdb/node-api';

import { ConfigError, DataError, messageOf, nearestName, type Runtime } from '../core/index.ts';

/** Values that a query binds to its question marks. */
export type SqlValue = string | number | boolean | bigint | Date | readonly string[] | undefined;

/** How much a query may use. */
export interface SqlLimits {
  /** Memory in megabytes. Default 1,024. */
  readonly memoryMb?: number;
  /** Threads. Default 2. */
  readonly threads?: number;
  /** How long one query may take, milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
}

/** The rows of an answer, and its columns by name. */
export interface SqlAnswer {
  /** Names of the columns, in order. */
  readonly names: readonly string[];
  /** Column by column. Times are milliseconds UTC, 64-bit whole numbers are numbers, and missing values are undefined. */
  readonly columns: Readonly<Record<string, readonly unknown[]>>;
}

type Library = typeof import('@duckdb/node-api');

/** The limits with their defaults. @throws {ConfigError} If one cannot be right. */
export function checkedLimits({ memoryMb = 1024, threads = 2, timeoutMs = 60_000 }: SqlLimits): Required<SqlLimits> {
  for (const [name, value] of Object.entries({ memoryMb, threads, timeoutMs })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new ConfigError(`${name} must be a whole number of at least 1, was ${value}`, { context: { field: name } });
  }
  return { memoryMb, threads, timeoutMs };
}

async function loadDuck(): Promise<Library> {
  try {
    return await import('@duckdb/node-api');
  } catch (cause) {
    throw new ConfigError('SQL needs DuckDB: npm install @duckdb/node-api', { code: 'missing-package', cause });
  }
}

/** One database in memory. */
export class Duck {
  readonly #library: Library;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #limits: Required<SqlLimits>;
  readonly #runtime: Runtime;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    library: Library,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    limits: Required<SqlLimits>,
    runtime: Runtime,
  ) {
    this.#library = library;
    this.#instance = instance;
    this.#connection = connection;
    this.#limits = limits;
    this.#runtime = runtime;
  }

  /** Opens a database in memory. @param spill - Folder for data that do not fit into memory; without one nothing is written. */
  static async open(runtime: Runtime, limits: SqlLimits = {}, spill?: string): Promise<Duck> {
    const { memoryMb, threads, timeoutMs } = checkedLimits(limits);
    const library = await loadDuck();
    const instance = await library.DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryMb}MB`,
      threads: String(threads),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      ...(spill === undefined ? { temp_directory: '' } : { temp_directory: spill }),
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'").catch(() => undefined);
    return new Duck(library, instance, connection, { memoryMb, threads, timeoutMs }, runtime);
  }

  /** Forbids every further access to files outside of the given folders. */
  async confine(folders: readonly string[]): Promise<void> {
    const list = folders.map((folder) => `'${folder.replaceAll("'", "''")}/'`).join(', ');
    await this.run(`SET allowed_directories = [${list}]`);
    await this.run('SET enable_external_access = false');
    await this.run('SET lock_configuration = true');
  }

  /** Runs a statement that has no answer. */
  async run(sql: string, values: readonly SqlValue[] = []): Promise<void> {
    await this.#inTurn(() => this.#connection.run(sql, this.#bound(values)), sql);
  }

  /** Runs a query. @throws {DataError} With code `sql` if it is refused, `sql-timeout` if it takes too long. */
  async query(sql: string, values: readonly SqlValue[] = []): Promise<SqlAnswer> {
    return this.#inTurn(async () => {
      const result = await this.#connection.run(sql, this.#bound(values));
      const chunks = await result.fetchAllChunks();
      const names = result.deduplicatedColumnNames();
      const columns = names.map((name, i) => [name, this.#column(chunks, i, result.columnTypeId(i))] as const);
      return { names, columns: Object.fromEntries(columns) };
    }, sql);
  }

  /**
   * Runs one query that only reads.
   *
   * @throws {ConfigError} If it is not one `SELECT`.
   * @throws {DataError} As `query`.
   */
  async ask(sql: string, values: readonly SqlValue[] = []): Promise<SqlAnswer> {
    const { StatementType } = this.#library;
    const { count, type } = await this.#inTurn(async () => {
      const statements = await this.#connection.extractStatements(sql);
      if (statements.count !== 1) return { count: statements.count, type: undefined };
      const prepared = await statements.prepare(0);
      const { statementType } = prepared;
      prepared.destroySync();
      return { count: 1, type: statementType };
    }, sql);
    if (count !== 1 || (type !== StatementType.SELECT && type !== StatementType.EXPLAIN)) {
      const seen = count === 1 ? 'another statement' : `${count} statements`;
      throw new ConfigError(`a query must be one SELECT, was ${seen}`, { code: 'sql', context: { field: 'query' } });
    }
    return this.query(sql, values);
  }

  /** The first row of a query as an object. */
  async one(sql: string, values: readonly SqlValue[] = []): Promise<Readonly<Record<string, unknown>>> {
    const { columns } = await this.query(sql, values);
    return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[0]]));
  }

  /** Makes a table of rows: each value is read as the type of its column, and undefined is a missing value. */
  async table(
    name: string,
    columns: readonly { readonly name: string; readonly type: string }[],
    rows: Iterable<readonly (string | number | boolean | undefined)[]>,
  ): Promise<void> {
    const named = columns.map((one) => `"${one.name.replaceAll('"', '""')}" ${one.type}`);
    await this.run(`CREATE OR REPLACE TABLE "${name.replaceAll('"', '""')}" (${named.join(', ')})`);
    const { DuckDBTimestampValue } = this.#library;
    const { place } = await this.one('SELECT current_schema() AS place');
    const appender = await this.#connection.createAppender(name, String(place));
    for (const row of rows) {
      for (const [i, value] of row.entries()) {
        const { type } = columns[i]!;
        if (value === undefined) appender.appendNull();
        else if (type === 'DOUBLE') appender.appendDouble(value as number);
        else if (type === 'BIGINT') appender.appendBigInt(BigInt(value));
        else if (type === 'BOOLEAN') appender.appendBoolean(value as boolean);
        else if (type === 'TIMESTAMP')
          appender.appendTimestamp(new DuckDBTimestampValue(BigInt(Math.round((value as number) * 1000))));
        else appender.appendVarchar(String(value));
      }
      appender.endRow();
    }
    appender.closeSync();
  }

  /** Closes it; it cannot be used afterwards. */
  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  /**
   * The values of one column. Numbers and texts are copied directly; other types go through the library's converter, which is many times
   * slower.
   */
  #column(chunks: readonly DuckDBDataChunk[], at: number, type: DuckDBTypeId): unknown[] {
    const { DuckDBTypeId: ids, JSDuckDBValueConverter: converter } = this.#library;
    const isPlain = [ids.DOUBLE, ids.INTEGER, ids.VARCHAR, ids.BOOLEAN].includes(type);
    const values: unknown[] = [];
    for (const chunk of chunks) {
      if (!isPlain) {
        for (const value of chunk.convertColumnValues(at, converter)) values.push(plain(value));
        continue;
      }
      const vector = chunk.getColumnVector(at);
      const { itemCount } = vector;
      for (let i = 0; i < itemCount; i++) values.push(vector.getItem(i) ?? undefined);
    }
    return values;
  }

  #bound(values: readonly SqlValue[]): Parameters<DuckDBConnection['run']>[1] {
    const { listValue, DuckDBTimestampValue } = this.#library;
    return values.map((value) => {
      if (value === undefined) return null;
      if (value instanceof Date) return new DuckDBTimestampValue(BigInt(value.getTime()) * 1000n);
      return Array.isArray(value) ? listValue(value as string[]) : (value as string);
    });
  }

  /** One statement at a time: a connection has only one. */
  async #inTurn<T>(act: () => Promise<T>, sql: string): Promise<T> {
    const before = this.#turn;
    const own = (async () => {
      await before.catch(() => undefined);
      const late = { is: false };
      const timer = this.#runtime.after(this.#limits.timeoutMs, () => {
        late.is = true;
        this.#connection.interrupt();
      });
      try {
        return await act();
      } catch (error) {
        if (late.is) {
          throw new DataError(`the query took longer than timeoutMs, ${this.#limits.timeoutMs} ms`, {
            code: 'sql-timeout',
          });
        }
        throw sqlError(error, sql);
      } finally {
        timer.cancel();
      }
    })();
    this.#turn = own;
    return own;
  }
}

function plain(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Date ? value.getTime() : value;
}

/** DuckDB's message as one sentence. */
function sqlError(error: unknown, sql: string): DataError {
  const [first = '', ...rest] = messageOf(error).split('\n').filter((line) => line.trim() !== ''); // prettier-ignore
  const candidates = rest.find((line) => /^Candidate bindings|^Did you mean/.test(line));
  const text = first.replace(/^(?:\w+ )+Error: /, '').replace(/!$/, '');
  const near = candidates === undefined ? '' : `; ${candidates.replace(/^Candidate bindings: /, 'known are ')}`;
  return new DataError(`the query is refused: ${text}${near}`, { code: 'sql', context: { sql }, cause: error });
}

/** The error for a name that a dataset does not have, with the nearest one it has. */
export function unknownIn(what: string, name: string, known: readonly string[], more = ''): ConfigError {
  const near = nearestName(name, known);
  const listed = known.slice(0, 12).join(', ') + (known.length > 12 ? ' ...' : '');
  const hint =
    near === undefined ? (known.length === 0 ? 'it has none' : `it has ${listed}`) : `did you mean '${near}'?`;
  return new ConfigError(`the dataset has no ${what} '${name}': ${hint}${more}`, {
    code: 'unknown-name',
    context: { name, near },
  });
}

/** A text in single quotes. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
