/** The files of a published dataset, local or on a server, and the few of them that a query needs. */
import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

import {
  checkFeedNames,
  ConfigError,
  ConnectorError,
  DataError,
  messageOf,
  formatTime,
  shown,
  systemRuntime,
  type Runtime,
} from '../../core/index.ts';
import { checkedLimits, Duck, quoted, unknownIn, type SqlAnswer, type SqlLimits, type SqlValue } from '../duck.ts';
import type { DatasetSpec, PublishedFile, PublishedTable } from '../publish/spec.ts';
import { RemoteFiles, remotePlace, type Need } from './remote.ts';

/** Options of a connection to a dataset. */
export interface DatasetClientOptions extends SqlLimits {
  /** A folder with a published dataset, or the address of one, such as `https://host/dataset`. Default: `dataset/published`. */
  readonly from?: string;
  /** Folder in which blocks of remote files are kept. Default: `dataset-cache` below the working directory. */
  readonly cacheFolder?: string;
  /** The largest size of the folder of blocks, megabytes; the blocks used least recently are removed first. Default 4,096. */
  readonly cacheMb?: number;
  /** Clock and timers. Default: the system's. */
  readonly runtime?: Runtime;
}

/** The rows of one table to read. */
export interface Selection {
  /** Symbols; default all. */
  readonly symbols?: readonly string[];
  /** Exchanges; default all. */
  readonly exchanges?: readonly string[];
  /** Milliseconds UTC, inclusive. */
  readonly start?: number | undefined;
  /** Milliseconds UTC, exclusive. */
  readonly end?: number | undefined;
}

/** Rows as objects. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** The answer to a query: columns, which convert to rows and Arrow. */
export class SqlTable {
  /** Names of the columns, in order. */
  readonly names: readonly string[];
  /** The columns. Times are milliseconds UTC; missing values are undefined. */
  readonly columns: Readonly<Record<string, readonly unknown[]>>;

  constructor({ names, columns }: SqlAnswer) {
    this.names = names;
    this.columns = columns;
  }

  /** How many rows there are. */
  get length(): number {
    return this.columns[this.names[0] ?? '']?.length ?? 0;
  }

  /** The rows as objects. */
  toRows(): SqlRow[] {
    return Array.from({ length: this.length }, (_, i) =>
      Object.fromEntries(this.names.map((name) => [name, this.columns[name]![i]])),
    );
  }

  /** A column of numbers; NaN where a value is missing. */
  numbers(name: string): Float64Array {
    const column = this.columns[name];
    if (column === undefined) throw unknownIn('column', name, this.names);
    const numbers = new Float64Array(column.length);
    for (let i = 0; i < numbers.length; i++) {
      const value = column[i];
      numbers[i] = typeof value === 'number' ? value : NaN;
    }
    return numbers;
  }

  /** An Arrow table. The library is loaded on first use. */
  async toArrow(): Promise<import('apache-arrow').Table> {
    const arrow = await (await import('../../store/index.ts')).loadArrow();
    const vectors = this.names.map((name) => {
      const column = this.columns[name]!;
      const isNumeric = column.every((value) => value === undefined || typeof value === 'number');
      const values = isNumeric ? Float64Array.from(column, (value) => (typeof value === 'number' ? value : NaN)) : column.map((value) => value ?? null); // prettier-ignore
      return [name, isNumeric ? arrow.makeVector(values as Float64Array) : arrow.vectorFromArray(values as string[])];
    });
    return new arrow.Table(Object.fromEntries(vectors) as ConstructorParameters<typeof arrow.Table>[0]);
  }
}

/** The names of its options. */
export const clientNames = ['from', 'cacheFolder', 'cacheMb', 'runtime', 'memoryMb', 'threads', 'timeoutMs'] as const;

/** The largest number of values in cached answers, 16 bytes each. */
const mostKeptCells = 2_000_000;

/** A published dataset, open for queries. */
export class DatasetClient {
  /** The published tables, files and figures. */
  readonly spec: DatasetSpec;
  readonly #base: string;
  readonly #remote: RemoteFiles | undefined;
  readonly #limits: SqlLimits;
  readonly #runtime: Runtime;
  /** Loading DuckDB costs more than a query: it is opened by the first query that needs it. */
  #duck: Promise<Duck> | undefined;
  /** Answers of `select`, the latest last: a publication does not change under an open client. */
  readonly #answers = new Map<string, SqlTable>();

  private constructor(
    spec: DatasetSpec,
    base: string,
    remote: RemoteFiles | undefined,
    limits: SqlLimits,
    runtime: Runtime,
  ) {
    this.spec = spec;
    this.#base = base;
    this.#remote = remote;
    this.#limits = limits;
    this.#runtime = runtime;
  }

  /** Opens a published dataset. @throws {ConfigError} If there is none. */
  static async open(options: DatasetClientOptions = {}): Promise<DatasetClient> {
    const { from = join('dataset', 'published'), cacheFolder = 'dataset-cache', cacheMb = 4096, runtime = systemRuntime } = options; // prettier-ignore
    checkFeedNames('DatasetClient', options, clientNames);
    if (!(cacheMb > 0)) {
      throw new ConfigError(`cacheMb must be above 0, was ${shown(cacheMb)}`, { context: { field: 'cacheMb' } });
    }
    const { memoryMb, threads, timeoutMs } = options;
    const given = { memoryMb, threads, timeoutMs };
    const limits = checkedLimits(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
    const isRemote = /^https?:\/\//.test(from);
    const place = isRemote ? remotePlace(from) : undefined;
    const base = place?.base ?? resolve(from);
    const remote = place === undefined ? undefined : new RemoteFiles(place, resolve(cacheFolder), cacheMb, runtime);
    const shownPlace = place?.base ?? from;
    let spec: DatasetSpec;
    try {
      const text =
        remote === undefined ? readFileSync(join(base, 'spec.json'), 'utf8') : await remote.text('spec.json');
      spec = JSON.parse(text) as DatasetSpec;
    } catch (cause) {
      // A server that cannot be reached, or refuses, does not show what it has.
      if (cause instanceof ConnectorError && cause.context['status'] !== 404) throw cause;
      const isMissing = cause instanceof ConnectorError || (cause as NodeJS.ErrnoException).code === 'ENOENT';
      const why = isMissing ? '' : ` (${messageOf(cause)})`;
      throw new ConfigError(
        `there is no published dataset at ${shownPlace}${why}: build and publish one, or give its folder or address`,
        { code: 'no-dataset', cause },
      );
    }
    if ((spec.spec as unknown) !== 1 || !Array.isArray(spec.tables)) {
      const seen = typeof spec.spec === 'number' ? `form ${spec.spec}` : 'another form';
      throw new ConfigError(`the dataset at ${shownPlace} has ${seen}, and this version of nextbar reads form 1: update nextbar, or publish it again`, {
        code: 'newer-schema', context: { form: spec.spec },
      }); // prettier-ignore
    }
    const client = new DatasetClient(spec, base, remote, limits, runtime);
    // Where answers are kept, the next query may be answered without DuckDB.
    if (remote?.hasAnswers !== true) await client.#opened();
    return client;
  }

  /** Closes it; it cannot be used afterwards. */
  close(): void {
    const duck = this.#duck;
    this.#duck = Promise.reject(new DataError('the dataset is closed', { code: 'closed' }));
    this.#duck.catch(() => undefined);
    void duck?.then(
      (opened) => {
        opened.close();
      },
      () => undefined,
    );
  }

  #opened(): Promise<Duck> {
    this.#duck ??= (async () => {
      const duck = await Duck.open(this.#runtime, this.#limits);
      await duck.confine([this.#remote?.folder ?? this.#base]);
      return duck;
    })();
    return this.#duck;
  }

  /** A table of the dataset. @throws {ConfigError} If it has none of that name; the message names the nearest. */
  table(name: string): PublishedTable {
    const found = this.spec.tables.find((table) => table.name === name);
    if (found === undefined) throw unknownIn('table', name, this.spec.tables.map((table) => table.name)); // prettier-ignore
    return found;
  }

  /**
   * Runs SQL over the tables of the dataset, each under its own name. Values are bound to question marks, never pasted in.
   *
   * @throws {ConfigError} For a table that the dataset does not have.
   * @throws {DataError} If the query is refused or takes longer than the limit.
   */
  async sql(query: string, values: readonly SqlValue[] = []): Promise<SqlTable> {
    if (typeof (query as unknown) !== 'string' || query.trim() === '') {
      throw new ConfigError(`query must be SQL, was ${shown(query)}`, { context: { field: 'query' } });
    }
    if (!Array.isArray(values)) {
      throw new ConfigError(`values must be a list, one for each question mark, was ${shown(values)}`, {
        context: { field: 'values' },
      });
    }
    const names = this.spec.tables.map((table) => table.name);
    const used = names.filter((name) => new RegExp(`\\b${name}\\b`, 'i').test(query));
    for (const [, word] of query.matchAll(/\b(?:from|join)\s+([a-z_]\w*)\b(?!\s*\()/gi)) {
      const isOwn = new RegExp(`\\b${word!}\\s+AS\\s*(?:NOT\\s+)?(?:MATERIALIZED\\s*)?\\(`, 'i').test(query);
      if (!isOwn && !names.includes(word!.toLowerCase())) throw unknownIn('table', word!, names);
    }
    for (const name of used) await this.#view(name, this.table(name).files, {});
    return new SqlTable(await (await this.#opened()).ask(query, values));
  }

  /** The rows of one table for some symbols and a period, in order of exchange, symbol and time. */
  async select(name: string, columns: readonly string[], selection: Selection): Promise<SqlTable> {
    const asked = JSON.stringify([name, columns, selection]);
    const known = this.#answers.get(asked);
    const answer = known ?? (await this.#selected(name, columns, selection));
    this.#answers.delete(asked);
    this.#answers.set(asked, answer);
    let cells = 0;
    for (const [key, { length, names }] of [...this.#answers].reverse()) {
      cells += length * names.length;
      if (cells > mostKeptCells && key !== asked) this.#answers.delete(key);
    }
    return answer;
  }

  async #selected(name: string, columns: readonly string[], selection: Selection): Promise<SqlTable> {
    const table = this.table(name);
    const { symbols, exchanges, start, end } = selection;
    const known = ['exchange', ...table.columns.map((column) => column.name)];
    for (const column of columns) if (!known.includes(column)) throw unknownIn(`column of ${name}`, column, known);
    const files = table.files.filter(
      (file) =>
        (exchanges === undefined || file.exchange === undefined || exchanges.includes(file.exchange)) &&
        (symbols === undefined ||
          file.symbols === undefined ||
          symbols.some((symbol) => file.symbols!.includes(symbol))) &&
        (start === undefined || file.last === undefined || file.last >= start) &&
        (end === undefined || file.first === undefined || file.first < end),
    );
    if (files.length === 0) return new SqlTable({ names: columns, columns: Object.fromEntries(columns.map((one) => [one, []])) }); // prettier-ignore
    const key = [name, columns, symbols, exchanges, start, end, files.map(({ hash }) => hash)];
    const kept = this.#remote?.answer(key, columns.length);
    if (kept !== undefined) return new SqlTable({ names: columns, columns: Object.fromEntries(columns.map((one, i) => [one, kept[i]!])) }); // prettier-ignore
    const paths = await this.#paths(files, { symbols, start, end, columns, time: table.time });
    const where: string[] = [];
    const values: SqlValue[] = [];
    if (symbols !== undefined) {
      where.push(`symbol IN (${symbols.map(() => '?').join(', ')})`);
      values.push(...symbols);
    }
    for (const [bound, sign] of [[start, '>='], [end, '<']] as const) {
      if (bound === undefined || table.time === undefined) continue;
      where.push(`${table.time} ${sign} ?`);
      values.push(new Date(bound));
    } // prettier-ignore
    const order = ['exchange', 'symbol', table.time].filter((one) => one !== undefined && known.includes(one) && (one !== 'exchange' || table.hasExchange)); // prettier-ignore
    const from = `read_parquet([${paths.map(quoted).join(', ')}], hive_partitioning = true, hive_types_autocast = false)`;
    const picked = columns.map((one) => (one === table.time ? `epoch_ms(${one})::DOUBLE AS ${one}` : one)).join(', ');
    const sql = `SELECT ${picked} FROM ${from}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`} ORDER BY ${order.join(', ')}`;
    const answer = await (await this.#opened()).query(sql, values);
    this.#remote?.keep(
      key,
      answer.names.map((one) => answer.columns[one]!),
    );
    return new SqlTable(answer);
  }

  /** The symbols of a table on an exchange, or on all. */
  symbols(name: string, exchange?: string): string[] {
    const files = this.table(name).files.filter((file) => exchange === undefined || file.exchange === exchange);
    return [...new Set(files.flatMap((file) => file.symbols ?? []))].sort();
  }

  /** The period that a table covers for a symbol, as part of an error. */
  coverage(name: string, symbol: string): string {
    const files = this.table(name).files.filter((file) => file.symbols?.includes(symbol) === true);
    const first = Math.min(...files.map((file) => file.first ?? Infinity));
    return Number.isFinite(first) ? `${symbol} has it from ${formatTime(first).slice(0, 10)}` : `${symbol} has none`;
  }

  async #view(
    name: string,
    files: readonly PublishedFile[],
    need: { readonly columns?: readonly string[] },
  ): Promise<void> {
    const paths = await this.#paths(files, need);
    if (paths.length === 0) throw new DataError(`table ${name} has no files yet`, { code: 'no-rows' });
    await (
      await this.#opened()
    ).run(
      `CREATE OR REPLACE VIEW ${name} AS SELECT * FROM read_parquet([${paths.map(quoted).join(', ')}], hive_partitioning = true, hive_types_autocast = false)`,
    );
  }

  async #paths(files: readonly PublishedFile[], need: Need): Promise<string[]> {
    if (this.#remote !== undefined) return this.#remote.ensure(files, need);
    return files.map(({ path }) => (isAbsolute(path) ? path : join(this.#base, path)));
  }
}
