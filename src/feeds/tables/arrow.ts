/** Bars from and to Arrow IPC files, as pandas, polars and DuckDB read and write them. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

import type { Bars } from '../../core/index.ts';
import { encodeArrow, loadArrow } from '../../store/index.ts';
import { ColumnFileFeed, type ColumnFileFeedOptions, type FileColumns } from './column-file.ts';

/** Options of a feed from an Arrow file. */
export type ArrowDataFeedOptions = ColumnFileFeedOptions;

/** A feed over an Arrow IPC file, in the file or the stream format. */
export class ArrowDataFeed extends ColumnFileFeed {
  /** @internal */
  protected override readonly kind = 'Arrow';

  /** @internal */
  protected override async openColumns(): Promise<FileColumns> {
    const { tableFromIPC } = await loadArrow();
    // A copy of its own: small files are read into shared memory at odd offsets, which columns cannot be laid over.
    const table = tableFromIPC(new Uint8Array(readFileSync(this.path)));
    return { names: table.schema.fields.map((field) => field.name), read: (name) => table.getChild(name) ?? [] };
  }
}

/** Writes bars as an Arrow IPC file: float64 columns, times in milliseconds UTC. */
export async function writeArrow(path: string, bars: Bars): Promise<void> {
  writeFileSync(`${path}.tmp`, encodeArrow(await loadArrow(), bars));
  renameSync(`${path}.tmp`, path);
}
