/** Bars from and to Arrow IPC files, as pandas, polars and DuckDB read and write them. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

import { barColumnNames, ConfigError, extraColumnNames, type BarColumnName, type Bars } from '../../core/index.ts';
import { encodeArrow, loadArrow } from '../../store/index.ts';
import { checkTimeFormat, sourceNumber, sourceTime, type SourceTimeFormat } from './times.ts';
import { CustomDataFeed, type CustomDataFeedOptions } from './custom.ts';
import type { LoadContext } from '../feed.ts';

/** Options of feeds over files of columns. */
export interface ColumnFileFeedOptions extends CustomDataFeedOptions {
  readonly path: string;
  /** Names of the columns where they differ from time, open, high, low, close, volume, quoteVolume, tradeCount. */
  readonly columns?: Partial<Record<ColumnName, string>>;
  /** How times are written, where the file does not say so itself. Default `ms`. */
  readonly timeFormat?: SourceTimeFormat;
}
type ColumnName = BarColumnName | (typeof extraColumnNames)[number];
export type ArrowDataFeedOptions = ColumnFileFeedOptions;

/** The options of such feeds beside those that every feed has. */
export const columnFileNames = ['path', 'columns', 'timeFormat'];

/** A feed over an Arrow IPC file, in the file or the stream format. */
export class ArrowDataFeed extends CustomDataFeed {
  readonly #options: ArrowDataFeedOptions;

  constructor(options: ArrowDataFeedOptions) {
    super(options, columnFileNames);
    this.#options = options;
    checkTimeFormat(options.timeFormat ?? 'ms');
  }

  override async load(context: LoadContext): Promise<Bars> {
    const { tableFromIPC } = await loadArrow();
    // A copy of its own: small files are read into shared memory at odd offsets, which columns cannot be laid over.
    const table = tableFromIPC(new Uint8Array(readFileSync(this.#options.path)));
    const known = table.schema.fields.map((field) => field.name);
    return this.finish(
      barsFromColumns(this.#options, known, (name) => table.getChild(name) ?? []),
      context,
    );
  }
}

/** Writes bars as an Arrow IPC file: float64 columns, times in milliseconds UTC. */
export async function writeArrow(path: string, bars: Bars): Promise<void> {
  writeFileSync(`${path}.tmp`, encodeArrow(await loadArrow(), bars));
  renameSync(`${path}.tmp`, path);
}

/** The columns to read: the six, and quote volume and trade count where they are there or named. */
export function wantedColumns(
  { columns = {} }: ColumnFileFeedOptions,
  known: readonly string[],
): readonly (readonly [name: ColumnName, inFile: string])[] {
  const extras = extraColumnNames.filter((name) => columns[name] !== undefined || known.includes(name));
  return [...barColumnNames, ...extras].map((name) => [name, columns[name] ?? name]);
}

/**
 * Bars from named columns of any numeric type.
 *
 * @throws {ConfigError} If a column is missing; the message names those that are there.
 */
export function barsFromColumns(
  options: ColumnFileFeedOptions,
  known: readonly string[],
  read: (name: string) => Iterable<unknown>,
): Bars {
  const column = (name: ColumnName, wanted: string): Float64Array => {
    if (!known.includes(wanted)) {
      throw new ConfigError(`${options.path} has no column '${wanted}' for ${name}, it has ${known.join(', ')}`, {
        context: { field: 'columns', column: wanted },
      });
    }
    if (name !== 'time') return Float64Array.from(read(wanted), sourceNumber);
    const format = options.timeFormat ?? 'ms';
    return Float64Array.from(read(wanted), (value, i) => sourceTime(value, format, `row ${i} of ${options.path}`));
  };
  const columns = wantedColumns(options, known).map(([name, inFile]) => [name, column(name, inFile)]);
  return Object.fromEntries(columns) as Bars;
}
