/** One month of bars as an Arrow IPC file, whose columns can be read straight into the arrays they end in. */
import { closeSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

import type { Vector } from 'apache-arrow';

import { barColumnNames, DataError, extraColumnNames, type Bars } from '../core/index.ts';

/** Where a column lies in its file, and the CRC-32 of its bytes. */
export interface SegmentColumn {
  readonly name: keyof Bars;
  readonly offset: number;
  readonly checksum: number;
}

/** A segment in memory, ready to be written. */
export interface EncodedSegment {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly columns: readonly SegmentColumn[];
  /** CRC-32 of the whole file. */
  readonly checksum: number;
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
export function encodeArrow(library: Arrow, bars: Bars): Uint8Array {
  const names = columnNames(bars);
  const shared = new Set(names.map((name) => bars[name]!.buffer)).size < names.length;
  const vectors = names.map((name) => {
    const column = bars[name]!;
    return [name, library.makeVector(shared ? Float64Array.from(column) : column)];
  });
  return library.tableToIPC(new library.Table(Object.fromEntries(vectors) as Record<string, Vector>), 'file');
}

function columnNames(bars: Bars): (keyof Bars)[] {
  return [...barColumnNames, ...extraColumnNames.filter((name) => bars[name] !== undefined)];
}

/** A segment of bars, ready to be written, and where its columns lie. */
export function encodeSegment(library: Arrow, bars: Bars): EncodedSegment {
  const names = columnNames(bars);
  const bytes = encodeArrow(library, bars);
  const table = library.tableFromIPC(bytes);
  const columns = names.map((name) => {
    const values = table.getChild(name)!.data[0]!.values as Float64Array;
    const offset = values.byteOffset - bytes.byteOffset;
    return { name, offset, checksum: crc32(bytes.subarray(offset, offset + values.byteLength)) };
  });
  return { bytes, rows: bars.time.length, columns, checksum: crc32(bytes) };
}

/** Writes to a temporary file, forces it to disk and renames it, so that no reader ever sees part of a segment. */
export function writeSegment(path: string, segment: EncodedSegment): void {
  mkdirSync(dirname(path), { recursive: true });
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
    }
  } finally {
    closeSync(file);
  }
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
