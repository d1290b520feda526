/** The base of feeds over columnar files: chooses the columns to read, and builds the bars. */
import {
  barColumnNames,
  ConfigError,
  extraColumnNames,
  TradingError,
  type BarColumnName,
  type Bars,
} from '../../core/index.ts';
import { unopened, unreadable } from '../checks/unreadable.ts';
import type { LoadContext } from '../feed.ts';
import { checkTimeFormat, sourceNumber, sourceTime, type SourceTimeFormat } from './cells.ts';
import type { LoadedBars } from '../loaded-bars.ts';
import { CustomDataFeed, type CustomDataFeedOptions } from './custom.ts';

/** Options of feeds over files of columns. */
export interface ColumnFileFeedOptions extends CustomDataFeedOptions {
  /** The file. */
  readonly path: string;
  /** Names of the columns where they differ from time, open, high, low, close, volume, quoteVolume, tradeCount. Default: those names. */
  readonly columns?: Partial<Record<ColumnName, string>>;
  /** How times are written, where the file does not state it. Default `ms`. */
  readonly timeFormat?: SourceTimeFormat;
}
/** The columns that an Arrow or Parquet file may have. */
export type ColumnName = BarColumnName | (typeof extraColumnNames)[number];

/** The columns of a file: their names, and the values of those that are wanted. */
export interface FileColumns {
  readonly names: readonly string[];
  readonly read: (name: string) => Iterable<unknown>;
}

/** A feed over a columnar file. A subclass opens the file. */
export abstract class ColumnFileFeed extends CustomDataFeed {
  /** The file. */
  readonly path: string;
  /**
   * What its form is called.
   *
   * @internal
   */
  protected abstract readonly kind: string;
  readonly #columns: Partial<Record<ColumnName, string>>;
  readonly #timeFormat: SourceTimeFormat;

  constructor(options: ColumnFileFeedOptions) {
    super(options, ['path', 'columns', 'timeFormat']);
    const { path, columns = {}, timeFormat = 'ms' } = options;
    checkTimeFormat(timeFormat);
    this.path = path;
    this.#columns = columns;
    this.#timeFormat = timeFormat;
  }

  /**
   * Opens the file. `wanted` returns, of the names that the file has, those that will be read.
   *
   * @internal
   */
  protected abstract openColumns(wanted: (names: readonly string[]) => string[]): Promise<FileColumns>;

  override async load(context?: LoadContext): Promise<LoadedBars> {
    const wanted = (known: readonly string[]): string[] => {
      const inFile = this.#wanted(known).map(([, name]) => name);
      return inFile.filter((name) => known.includes(name));
    };
    const { names, read } = await this.openColumns(wanted).catch((error: unknown) => {
      throw error instanceof TradingError ? error : unopened(this.path, error, `it is no ${this.kind} file`);
    });
    if (names.length === 0) throw unreadable(this.path, `it is no ${this.kind} file`);
    const columns = this.#wanted(names).map(([name, inFile]) => [name, this.#column(name, inFile, names, read)]);
    return this.finish(Object.fromEntries(columns) as Bars, context);
  }

  /** The columns to read: the six of a bar, and others that exist or were named. */
  #wanted(known: readonly string[]): readonly (readonly [name: ColumnName, inFile: string])[] {
    const extras = extraColumnNames.filter((name) => this.#columns[name] !== undefined || known.includes(name));
    return [...barColumnNames, ...extras].map((name) => [name, this.#columns[name] ?? name]);
  }

  /** @throws {ConfigError} If the column is missing; the message names those that exist. */
  #column(name: ColumnName, inFile: string, names: readonly string[], read: FileColumns['read']): Float64Array {
    if (!names.includes(inFile)) {
      throw new ConfigError(`${this.path} has no column '${inFile}' for ${name}, it has ${names.join(', ')}`, {
        context: { field: 'columns', column: inFile },
      });
    }
    if (name !== 'time') return Float64Array.from(read(inFile), sourceNumber);
    return Float64Array.from(read(inFile), (value, i) =>
      sourceTime(value, this.#timeFormat, `row ${i} of ${this.path}`),
    );
  }
}
