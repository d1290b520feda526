/** A month of bars as a Parquet file: where its columns lie, and what of a file found on disk is believed. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import type { Bars } from '../../../src/core/index.ts';
import { encodeParquetSegment, inspectParquetSegment, loadParquet, timeAt } from '../../../src/store/segments/parquet-segment.ts'; // prettier-ignore
import { readSegment, type EncodedSegment, type SegmentLabel } from '../../../src/store/segments/segment.ts';
import { hour, hourly, series, temporaryFolder } from '../sample.ts';

const library = await loadParquet();
const start = Date.UTC(2024, 0, 1);
const label: SegmentLabel = { series, month: '2024-01', written: 7, ranges: [] };
const plain = ['time', 'open', 'high', 'low', 'close', 'volume'];

const encoded = (bars: Bars): EncodedSegment => encodeParquetSegment(library, bars, label);

function readBack({ bytes, rows, columns }: EncodedSegment): Bars {
  const path = join(temporaryFolder(), 'x.parquet');
  writeFileSync(path, bytes);
  const into = Object.fromEntries(columns.map(({ name }) => [name, new Float64Array(rows)])) as unknown as Bars;
  readSegment(path, rows, columns, into, 0);
  return into;
}

describe('a segment in Parquet', () => {
  it('is read back where its columns lie, times as whole milliseconds', () => {
    const bars = { ...hourly(start, 700), buyVolume: new Float64Array(700).fill(0.1 + 0.2) };
    const segment = encoded(bars);
    expect(readBack(segment)).toEqual(bars);
    expect([segment.rows, segment.ending, segment.checksum]).toEqual([700, 'parquet', crc32(segment.bytes)]);
    expect(segment.columns.map(({ name, encoding }) => [name, encoding])).toEqual([
      ['time', 'int64'],
      ...[...plain.slice(1), 'buyVolume'].map((name) => [name, undefined]),
    ]);
    expect([0, 699].map((row) => timeAt(segment.bytes, segment.columns[0]!, row))).toEqual([start, start + 699 * hour]);
  });

  it('has times as they are where one is no whole millisecond', () => {
    const bars = hourly(start, 3);
    bars.time[1]! += 0.5;
    const segment = encoded(bars);
    expect([readBack(segment).time, segment.columns[0]!.encoding]).toEqual([bars.time, undefined]);
    expect(timeAt(segment.bytes, segment.columns[0]!, 1)).toBe(start + hour + 0.5);
  });

  it('without a bar is a file too', () => {
    expect([encoded(hourly(start, 0)).rows, inspectParquetSegment(library, encoded(hourly(start, 0)).bytes)]).toEqual([0, undefined]); // prettier-ignore
  });

  it('is a table of timestamps for other programs', () => {
    const { bytes } = encoded(hourly(start, 3));
    const { schema, row_groups: groups, created_by: by } = library.reader.parquetMetadata(new Uint8Array(bytes).buffer);
    expect(schema.slice(1).map(({ name, type, converted_type: kind, repetition_type: repeats }) => [name, type, kind, repeats])).toEqual([
      ['time', 'INT64', 'TIMESTAMP_MILLIS', 'REQUIRED'],
      ...plain.slice(1).map((name) => [name, 'DOUBLE', undefined, 'REQUIRED']),
    ]); // prettier-ignore
    expect(schema[1]!.logical_type).toEqual({ type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' });
    expect([groups.length, by]).toEqual([1, 'nextbar']);
  });
});

describe('a Parquet file found on disk', () => {
  /** A table of these columns as another program might write it, with a label where there is one. */
  const other = (columns: Record<string, Float64Array>, more: object = {}): Uint8Array =>
    new Uint8Array(
      library.writer.parquetWriteBuffer({
        columnData: Object.entries(columns).map(([name, data]) => ({ name, data, type: 'DOUBLE' as const })),
        codec: 'UNCOMPRESSED',
        kvMetadata: [{ key: 'nextbar', value: JSON.stringify({ ...label, checksums: {} }) }],
        ...more,
      }),
    );

  it('says what it is, also as a view into other memory', () => {
    const { bytes, rows, columns, checksum } = encoded(hourly(start, 4));
    const found = inspectParquetSegment(library, Buffer.concat([Buffer.alloc(3), bytes]).subarray(3))!;
    expect(found).toMatchObject({ rows, columns, checksum, first: start, last: start + 3 * hour, ending: 'parquet' });
    expect(found.label).toMatchObject(label);
    const odd = hourly(start, 2);
    odd.time[0]! += 0.25;
    expect(inspectParquetSegment(library, encoded(odd).bytes)).toMatchObject({ first: start + 0.25, last: start + hour }); // prettier-ignore
  });

  it('is damaged, or not of this store, where a bit, its label, a column or its form is another', () => {
    const { bytes, columns } = encoded(hourly(start, 4));
    const flipped = Uint8Array.from(bytes);
    flipped[columns[4]!.offset]! ^= 1;
    const bars = hourly(start, 4) as unknown as Record<string, Float64Array>;
    const { close: _, ...fewer } = bars;
    for (const one of [
      new Uint8Array(0),
      bytes.subarray(0, bytes.length - 9),
      flipped,
      other(bars),
      other(bars, { kvMetadata: [] }),
      other(fewer),
      other(bars, { codec: 'SNAPPY' }),
      other(bars, { rowGroupSize: 2 }),
    ])
      expect(inspectParquetSegment(library, one)).toBeUndefined();
  });
});
