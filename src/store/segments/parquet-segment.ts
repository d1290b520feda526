/** One month of bars as a Parquet file that DuckDB and pandas read in place, with each column in one contiguous piece. */
import { crc32 } from 'node:zlib';

import type { FileMetaData, SchemaElement } from 'hyparquet';

import { barColumnNames, extraColumnNames, type Bars } from '../../core/index.ts';
import { labelKey, type EncodedSegment, type FoundSegment, type SegmentColumn, type SegmentLabel } from './segment.ts';

type Writer = typeof import('hyparquet-writer');
type Reader = typeof import('hyparquet');

/** The library that writes Parquet, and the one that reads it. */
export interface ParquetLibrary {
  readonly writer: Writer;
  readonly reader: Reader;
}

let library: Promise<ParquetLibrary> | undefined;

/** Loads the Parquet libraries on first use: reading a segment does without them. */
export function loadParquet(): Promise<ParquetLibrary> {
  return (library ??= Promise.all([import('hyparquet-writer'), import('hyparquet')]).then(([writer, reader]) => ({
    writer,
    reader,
  })));
}

/**
 * A segment of bars as a Parquet file: one row group, one page per column, values in their form in memory. Times are timestamps of whole
 * milliseconds UTC, or doubles where one of them is not a whole millisecond.
 */
export function encodeParquetSegment(
  { writer, reader }: ParquetLibrary,
  bars: Bars,
  label: SegmentLabel,
): EncodedSegment {
  const names = [...barColumnNames, ...extraColumnNames].filter((name) => bars[name] !== undefined);
  const hasWholeTimes = bars.time.every(Number.isSafeInteger);
  const fields = names.map((name): SchemaElement => {
    const isTime = name === 'time' && hasWholeTimes;
    return isTime
      ? {
          name,
          type: 'INT64',
          repetition_type: 'REQUIRED',
          converted_type: 'TIMESTAMP_MILLIS',
          logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
        }
      : { name, type: 'DOUBLE', repetition_type: 'REQUIRED' };
  });
  const raw = names.map((name) => {
    const values = bars[name]!;
    return name === 'time' && hasWholeTimes ? BigInt64Array.from(values, BigInt) : values;
  });
  const checksums = Object.fromEntries(
    names.map((name, i) => [name, crc32(new Uint8Array(raw[i]!.buffer, raw[i]!.byteOffset, raw[i]!.byteLength))]),
  );
  const buffer = writer.parquetWriteBuffer({
    schema: [{ name: 'bars', num_children: fields.length }, ...fields],
    columnData: names.map((name, i) => ({ name, data: raw[i]!, encoding: 'PLAIN' as const })),
    codec: 'UNCOMPRESSED',
    rowGroupSize: Math.max(1, bars.time.length),
    pageSize: Number.MAX_SAFE_INTEGER,
    kvMetadata: [{ key: labelKey, value: JSON.stringify({ ...label, checksums }) }],
    createdBy: 'nextbar',
  });
  const bytes = new Uint8Array(buffer);
  const columns = columnsOf(reader.parquetMetadata(buffer), bytes);
  return { bytes, rows: bars.time.length, columns, checksum: crc32(bytes), ending: 'parquet' };
}

/** The position of each column's values, which end its only page. */
function columnsOf({ row_groups: [group, ...more] }: FileMetaData, bytes: Uint8Array): SegmentColumn[] {
  if (group === undefined || more.length > 0) return [];
  const known: readonly string[] = [...barColumnNames, ...extraColumnNames];
  return group.columns.flatMap(({ meta_data: meta }): SegmentColumn[] => {
    const name = meta?.path_in_schema.join('.') ?? '';
    if (meta === undefined || !known.includes(name) || meta.codec !== 'UNCOMPRESSED') return [];
    const length = Number(meta.num_values) * 8;
    const offset = Number(meta.data_page_offset) + Number(meta.total_compressed_size) - length;
    const checksum = crc32(bytes.subarray(offset, offset + length));
    const isWhole = meta.type === 'INT64';
    return [{ name: name as keyof Bars, offset, checksum, ...(isWhole && { encoding: 'int64' as const }) }];
  });
}

/** Reads a segment that is not in the catalog. Undefined if it is damaged, or not written by this store. */
export function inspectParquetSegment({ reader }: ParquetLibrary, bytes: Uint8Array): FoundSegment | undefined {
  try {
    // A copy: `slice` of a Buffer is a view into memory that Node shares between small files.
    const { buffer } = new Uint8Array(bytes);
    const metadata = reader.parquetMetadata(buffer);
    const columns = columnsOf(metadata, bytes);
    const text = metadata.key_value_metadata?.find(({ key }) => key === labelKey)?.value;
    const rows = Number(metadata.num_rows);
    if (text === undefined || rows === 0 || columns.length < barColumnNames.length) return undefined;
    const label = JSON.parse(text) as SegmentLabel & { checksums: Readonly<Record<string, number>> };
    if (!columns.every(({ name, checksum }) => label.checksums[name] === checksum)) return undefined;
    const time = columns.find(({ name }) => name === 'time')!;
    const [first, last] = [0, rows - 1].map((row) => timeAt(bytes, time, row));
    return { bytes, rows, columns, checksum: crc32(bytes), label, first: first!, last: last!, ending: 'parquet' };
  } catch {
    return undefined;
  }
}

/** The time of a row in the bytes of a segment. */
export function timeAt(bytes: Uint8Array, column: SegmentColumn, row: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + column.offset + row * 8, 8);
  return column.encoding === 'int64' ? Number(view.getBigInt64(0, true)) : view.getFloat64(0, true);
}
