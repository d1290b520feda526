/** Bars from an SQLite database: a table, or a query of your own. */
import { existsSync } from 'node:fs';

import {
  barColumnNames,
  ConfigError,
  DataError,
  messageOf,
  TradingError,
  type Bar,
  type BarColumnName,
} from '../../core/index.ts';
import { openToRead, type Sqlite, type SqliteValue } from '../../store/index.ts';
import { barOf, checkTimeFormat, type SourceTimeFormat, type UnreadableCells } from './cells.ts';
import type { LoadedBars } from '../loaded-bars.ts';
import { CustomDataFeed, type CustomDataFeedOptions } from './custom.ts';
import type { LoadContext } from '../feed.ts';

/** Options of SqliteDataFeed. */
export interface SqliteDataFeedOptions extends CustomDataFeedOptions {
  /** The database file. It is opened for reading only. */
  readonly path: string;
  /** The table to read. Required unless `query` is given. */
  readonly table?: string;
  /** A query whose result has the columns; `?` stands for the values of `parameters`. Required unless `table` is given. */
  readonly query?: string;
  /** Values for the question marks of `query`. Default: none. */
  readonly parameters?: readonly (string | number)[];
  /** Names of the columns where they differ from time, open, high, low, close, volume. Default: those names. */
  readonly columns?: Partial<Record<BarColumnName, string>>;
  /** Column of the table that holds the symbol: only rows of this feed's symbol are read. Default: none, every row is read. */
  readonly symbolColumn?: string;
  /** How times are written. Default `ms`. */
  readonly timeFormat?: SourceTimeFormat;
}

const ownNames = ['path', 'table', 'query', 'parameters', 'columns', 'symbolColumn', 'timeFormat'];

/**
 * A feed over an SQLite file. Values are bound, never pasted into the query; names of tables and columns are checked.
 *
 * @throws {ConfigError} If the file, the table or a column does not exist.
 */
export class SqliteDataFeed extends CustomDataFeed {
  readonly #options: SqliteDataFeedOptions;

  constructor(options: SqliteDataFeedOptions) {
    super(options, ownNames);
    this.#options = options;
    if ((options.table === undefined) === (options.query === undefined)) {
      throw new ConfigError('a SqliteDataFeed takes either table or query', { context: { field: 'table' } });
    }
    checkTimeFormat(options.timeFormat ?? 'ms');
    for (const name of [options.table, options.symbolColumn, ...Object.values(options.columns ?? {})]) {
      if (name !== undefined) checkName(name);
    }
  }

  override async load(context?: LoadContext): Promise<LoadedBars> {
    const { path } = this.#options;
    if (!existsSync(path)) throw new ConfigError(`path of a SqliteDataFeed must be a file, ${path} does not exist`);
    const sqlite = await openToRead(path).catch((cause: unknown) => {
      if (cause instanceof TradingError) throw cause;
      throw new DataError(`${path} cannot be read: ${messageOf(cause)}`, { cause, context: { path } });
    });
    try {
      const unreadable: UnreadableCells = new Map();
      return this.finish(this.#rows(sqlite, unreadable), context, unreadable);
    } finally {
      sqlite.close();
    }
  }

  #rows(sqlite: Sqlite, unreadable: UnreadableCells): Bar[] {
    const [sql, values] = this.#select();
    let found: IterableIterator<unknown>;
    try {
      found = sqlite.statement(sql).iterate(...values);
      const bars: Bar[] = [];
      for (const row of found) {
        bars.push(this.#bar(row as Readonly<Record<string, unknown>>, bars.length, unreadable));
      }
      return bars;
    } catch (error) {
      if (error instanceof DataError || error instanceof ConfigError) throw error;
      throw new ConfigError(`query on ${this.#options.path} failed: ${messageOf(error)}`, { cause: error });
    }
  }

  #select(): [sql: string, values: SqliteValue[]] {
    const { query, table, parameters, symbolColumn } = this.#options;
    if (query !== undefined) return [query, [...(parameters ?? [])]];
    const columns = barColumnNames.map((name) => `"${this.#column(name)}"`).join(', ');
    const time = `"${this.#column('time')}"`;
    if (symbolColumn === undefined) return [`SELECT ${columns} FROM "${table!}" ORDER BY ${time}`, []];
    return [`SELECT ${columns} FROM "${table!}" WHERE "${symbolColumn}" = ? ORDER BY ${time}`, [this.symbol]];
  }

  #bar(row: Readonly<Record<string, unknown>>, index: number, unreadable: UnreadableCells): Bar {
    const { path, timeFormat = 'ms' } = this.#options;
    const cell = (name: BarColumnName): unknown => {
      const column = this.#column(name);
      if (column in row) return row[column];
      throw new ConfigError(`${path} has no column '${column}' for ${name}, it has ${Object.keys(row).join(', ')}`, {
        context: { field: 'columns', column },
      });
    };
    return barOf(cell, timeFormat, `row ${index} of ${path}`, unreadable);
  }

  #column(name: BarColumnName): string {
    return this.#options.columns?.[name] ?? name;
  }
}

function checkName(name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return;
  throw new ConfigError(`names of tables and columns are letters, digits and _, was '${name}'`, {
    context: { field: 'table', value: name },
  });
}
