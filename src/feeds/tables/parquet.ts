/** Bars from and to Parquet files. */
import { renameSync } from 'node:fs';

import { barColumnNames, extraColumnNames, type Bars } from '../../core/index.ts';
import { barsFromColumns, columnFileNames, wantedColumns, type ColumnFileFeedOptions } from './arrow.ts';
import { checkTimeFormat } from './times.ts';
import { CustomDataFeed } from './custom.ts';
import type { LoadContext } from '../feed.ts';

export type ParquetDataFeedOptions = ColumnFileFeedOptions;

/** A feed over a Parquet file, uncompressed or with snappy. */
export class ParquetDataFeed extends CustomDataFeed {
  readonly #options: ParquetDataFeedOptions;

  constructor(options: ParquetDataFeedOptions) {
    super(options, columnFileNames);
    this.#options = options;
    checkTimeFormat(options.timeFormat ?? 'ms');
  }

  override async load(context: LoadContext): Promise<Bars> {
    const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import('hyparquet');
    const file = await asyncBufferFromFile(this.#options.path);
    const known = parquetSchema(await parquetMetadataAsync(file)).children.map((child) => child.element.name);
    const wanted = wantedColumns(this.#options, known).map(([, inFile]) => inFile);
    const rows = await parquetReadObjects({ file, columns: wanted.filter((name) => known.includes(name)) });
    return this.finish(
      barsFromColumns(this.#options, known, (name) => rows.map((row) => row[name] as unknown)),
      context,
    );
  }
}

/** Writes bars as a Parquet file: double columns, times in milliseconds UTC. */
export async function writeParquet(path: string, bars: Bars): Promise<void> {
  const { parquetWriteFile } = await import('hyparquet-writer');
  const names = [...barColumnNames, ...extraColumnNames.filter((name) => bars[name] !== undefined)];
  parquetWriteFile({
    filename: `${path}.tmp`,
    columnData: names.map((name) => ({ name, data: bars[name]!, type: 'DOUBLE' as const })),
  });
  renameSync(`${path}.tmp`, path);
}
