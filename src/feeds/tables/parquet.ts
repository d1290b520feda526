/** Bars from and to Parquet files. */
import { renameSync } from 'node:fs';

import { barColumnNames, extraColumnNames, type Bars } from '../../core/index.ts';
import { ColumnFileFeed, type ColumnFileFeedOptions, type FileColumns } from './column-file.ts';

/** Options of a feed from a Parquet file. */
export type ParquetDataFeedOptions = ColumnFileFeedOptions;

/** A feed over a Parquet file in any usual compression: none, snappy, zstd, gzip, brotli or lz4. */
export class ParquetDataFeed extends ColumnFileFeed {
  /** @internal */
  protected override readonly kind = 'Parquet';

  /** @internal */
  protected override async openColumns(wanted: (names: readonly string[]) => string[]): Promise<FileColumns> {
    const [{ asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }] =
      await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
    const file = await asyncBufferFromFile(this.path);
    const names = parquetSchema(await parquetMetadataAsync(file)).children.map((child) => child.element.name);
    const rows = await parquetReadObjects({ file, columns: wanted(names), compressors });
    return { names, read: (name) => rows.map((row) => row[name] as unknown) };
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
