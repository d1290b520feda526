/** One month of bars as an Arrow IPC file, whose columns can be read straight into their final arrays. */
import { closeSync, fsyncSync, openSync, readSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

import type { Vector } from 'apache-arrow';

import { barColumnNames, DataError, extraColumnNames, type Bars } from '../../core/index.ts';
import { makeFolder, syncFolder } from '../disk/folders.ts';
import type { KnownRange } from '../ranges.ts';
import type { Series } from '../series.ts';

/** A column's position in its file, and the CRC-32 of its bytes. */
export interface SegmentColumn {
  readonly name: keyof Bars;
  readonly offset: number;
  readonly checksum: number;
  /** How its values are written, if not as float64: as 64-bit whole numbers. */
  readonly encoding?: 'int64';
}

/** A segment in memory, ready to be written. */
export interface EncodedSegment {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly columns: readonly SegmentColumn[];
  /** CRC-32 of the whole file. */
  readonly checksum: number;
  /** The ending of its file. */
  readonly ending: 'arrow' | 'parquet';
}

type Arrow = typeof import('apache-arrow');
let arrow: Promise<Arrow> | undefined;

/** Loads the Arrow library on first use: reading a segment does without it. */
export function loadArrow(): Promise<Arrow> {
  return (arrow ??= import('apache-arrow'));
}

/**
 * Bars as the bytes of an Arrow IPC file: float64 columns, times in milliseconds UTC.
 *
 * Each column is written from memory of its own: the library joins neighbouring views of one buffer and loses repeated ones.
 */
export function encodeArrow(library: Arrow, bars: Bars, metadata?: ReadonlyMap<string, string>): Uint8Array {
  const names = columnNames(bars);
  const shared = new Set(names.map((name) => bars[name]!.buffer)).size < names.length;
  const vectors = names.map((name) => {
    const column = bars[name]!;
    return [name, library.makeVector(shared ? Float64Array.from(column) : column)];
  });
  const table = new library.Table(Object.fromEntries(vectors) as Record<string, Vector>);
  if (metadata === undefined) return library.tableToIPC(table, 'file');
  const schema = new library.Schema(table.schema.fields, new Map(metadata));
  return library.tableToIPC(new library.Table(schema, table.batches), 'file');
}

function columnNames(bars: Bars): (keyof Bars)[] {
  return [...barColumnNames, ...extraColumnNames.filter((name) => bars[name] !== undefined)];
}

/** The label inside a segment, so that a catalog can be rebuilt from segments alone. */
export interface SegmentLabel {
  readonly series: Series;
  readonly month: string;
  readonly written: number;
  /** The known ranges of the month when it was written. */
  readonly ranges: readonly KnownRange[];
}

/** The key of the label in the schema's metadata. */
export const labelKey = 'nextbar';

/** A segment of bars, ready to be written, with the positions of its columns. Its label and the checksums of its columns are inside. */
export function encodeSegment(library: Arrow, bars: Bars, label: SegmentLabel): EncodedSegment {
  const names = columnNames(bars);
  const checksums = Object.fromEntries(names.map((name) => [name, crc32(bytesOf(bars[name]!))]));
  const bytes = encodeArrow(library, bars, new Map([[labelKey, JSON.stringify({ ...label, checksums })]]));
  return { bytes, rows: bars.time.length, columns: columnsIn(library, bytes), checksum: crc32(bytes), ending: 'arrow' };
}

function columnsIn(library: Arrow, bytes: Uint8Array): SegmentColumn[] {
  const table = library.tableFromIPC(bytes);
  return columnOrder.flatMap((name) => {
    const values = table.getChild(name)?.data[0]?.values as unknown;
    if (!(values instanceof Float64Array)) return [];
    const offset = values.byteOffset - bytes.byteOffset;
    return [{ name, offset, checksum: crc32(bytes.subarray(offset, offset + values.byteLength)) }];
  });
}

const columnOrder: readonly (keyof Bars)[] = [...barColumnNames, ...extraColumnNames];

/** A segment found on disk: its label, where it has one, and the positions of its columns. */
export interface FoundSegment extends EncodedSegment {
  readonly label: SegmentLabel | undefined;
  readonly first: number;
  readonly last: number;
}

/** Reads a segment that the catalog does not know. Undefined if it is damaged: not an Arrow file, or not the bytes that were written. */
export function inspectSegment(library: Arrow, bytes: Uint8Array): FoundSegment | undefined {
  try {
    const table = library.tableFromIPC(bytes);
    const columns = columnsIn(library, bytes);
    const time = table.getChild('time')?.toArray() as unknown;
    if (!(time instanceof Float64Array) || time.length === 0 || columns.length < barColumnNames.length)
      return undefined;
    const text = table.schema.metadata.get(labelKey);
    const label = text === undefined ? undefined : (JSON.parse(text) as SegmentLabel & { checksums: object });
    if (label !== undefined) {
      const sums = label.checksums as Readonly<Record<string, number>>;
      if (!columns.every(({ name, checksum }) => sums[name] === checksum)) return undefined;
    }
    return {
      bytes,
      rows: time.length,
      columns,
      checksum: crc32(bytes),
      label,
      first: time[0]!,
      last: time[time.length - 1]!,
      ending: 'arrow',
    };
  } catch {
    return undefined;
  }
}

function bytesOf(column: Float64Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

/** Writes to a temporary file, forces it to disk, renames it and forces the name to disk: no reader sees part of a segment. */
export function writeSegment(path: string, segment: EncodedSegment): void {
  makeFolder(dirname(path));
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w');
  try {
    for (let done = 0; done < segment.bytes.length;) done += writeSync(file, segment.bytes, done);
    fsyncSync(file);
  } catch (error) {
    closeSync(file);
    unlinkSync(temporary);
    throw error;
  }
  closeSync(file);
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/**
 * Reads a segment's columns into `into` from row `at`, and checks every column's checksum.
 *
 * @throws {DataError} With code `damaged-segment` if the file is short or its bytes are not those that were written.
 */
export function readSegment(
  path: string,
  rows: number,
  columns: readonly SegmentColumn[],
  into: Bars,
  at: number,
): void {
  const file = openSync(path, 'r');
  try {
    for (const column of columns) {
      const target = into[column.name];
      if (target === undefined) continue;
      const bytes = new Uint8Array(target.buffer, target.byteOffset + at * 8, rows * 8);
      readFully(file, bytes, column.offset, path);
      if (crc32(bytes) !== column.checksum) {
        throw new DataError(`segment ${path} is damaged: checksum of ${column.name} does not match`, {
          code: 'damaged-segment',
          context: { path, column: column.name },
        });
      }
      if (column.encoding === 'int64') wholeToFloats(target, at, rows);
    }
  } finally {
    closeSync(file);
  }
}

/** Turns 64-bit whole numbers into float64 in place. Exact up to 2^53, which no time exceeds. */
function wholeToFloats(column: Float64Array, from: number, count: number): void {
  const halves = new Int32Array(column.buffer, column.byteOffset + from * 8, count * 2);
  for (let i = 0; i < count; i++) column[from + i] = halves[2 * i + 1]! * 4_294_967_296 + (halves[2 * i]! >>> 0);
}

function readFully(file: number, bytes: Uint8Array, offset: number, path: string): void {
  for (let done = 0; done < bytes.length;) {
    const count = readSync(file, bytes, done, bytes.length - done, offset + done);
    if (count === 0) {
      throw new DataError(`segment ${path} is damaged: it ends at byte ${offset + done}`, {
        code: 'damaged-segment',
        context: { path },
      });
    }
    done += count;
  }
}
