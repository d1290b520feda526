/** A month of bars as an Arrow file: what was written is read back bit for bit, and what was damaged is not. */
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import type { Bars } from '../../../src/core/index.ts';
import {
  encodeArrow,
  encodeSegment,
  inspectSegment,
  loadArrow,
  readSegment,
  writeSegment,
  type EncodedSegment,
  type SegmentColumn,
  type SegmentLabel,
} from '../../../src/store/segments/segment.ts';
import { hour, hourly, series, temporaryFolder } from '../sample.ts';

const library = await loadArrow();
const start = Date.UTC(2024, 0, 1);
const label: SegmentLabel = { series, month: '2024-01', written: 7, ranges: [] };
const plain = ['time', 'open', 'high', 'low', 'close', 'volume'];

/** Bars with values that only a copy bit for bit keeps. */
function odd(count = 5): Bars {
  const bars = hourly(start, count);
  [bars.close[0], bars.low[1], bars.volume[2]] = [0.1 + 0.2, Number.MIN_VALUE, -0];
  return { ...bars, tradeCount: Float64Array.from({ length: count }, (_, k) => k) };
}

/** As many empty rows of the columns of these bars. */
const room = (bars: Bars, rows: number): Bars =>
  Object.fromEntries(Object.keys(bars).map((name) => [name, new Float64Array(rows)])) as unknown as Bars;

function written(segment: EncodedSegment): string {
  const path = join(temporaryFolder(), 'a', 'b', '2024-01.x.arrow');
  writeSegment(path, segment);
  return path;
}

describe('a segment', () => {
  it('is read back bit for bit, to where it is wanted', () => {
    const bars = odd();
    const segment = encodeSegment(library, bars, label);
    expect([segment.rows, segment.ending, segment.checksum]).toEqual([5, 'arrow', crc32(segment.bytes)]);
    expect(segment.columns.map(({ name }) => name)).toEqual([...plain, 'tradeCount']);
    const path = written(segment);
    const into = room(bars, 9);
    readSegment(path, 5, segment.columns, into, 3);
    for (const [name, column] of Object.entries(bars) as [keyof Bars, Float64Array][]) {
      expect([...into[name]!.subarray(3, 8)].map((one, k) => Object.is(one, column[k]))).toEqual(Array(5).fill(true));
      expect([...into[name]!.subarray(0, 3), into[name]![8]]).toEqual([0, 0, 0, 0]);
    }
  });

  it('has no column that the bars have not, and fills none that is not wanted', () => {
    const { columns } = encodeSegment(library, hourly(start, 3), label);
    expect(columns.map(({ name }) => name)).toEqual(plain);
    const segment = encodeSegment(library, odd(), label);
    const into = room(hourly(start, 1), 5);
    readSegment(written(segment), 5, segment.columns, into, 0);
    expect(Object.keys(into)).toEqual(plain);
  });

  it('of columns that share memory holds each of them', () => {
    const bars = hourly(start, 4);
    const same = { ...bars, high: bars.open, low: bars.open };
    const segment = encodeSegment(library, same, label);
    const into = room(same, 4);
    readSegment(written(segment), 4, segment.columns, into, 0);
    expect([into.high, into.low, into.close]).toEqual([bars.open, bars.open, bars.close]);
  });

  it('is written whole, and leaves no temporary file', () => {
    const segment = encodeSegment(library, odd(), label);
    const path = written(segment);
    expect(readFileSync(path)).toEqual(Buffer.from(segment.bytes));
    expect(readdirSync(join(path, '..'))).toEqual(['2024-01.x.arrow']);
  });

  it('that cannot be written leaves nothing behind', () => {
    const path = join(temporaryFolder(), 'x.arrow');
    const bytes = { length: 3 } as Uint8Array;
    expect(() => {
      writeSegment(path, { ...encodeSegment(library, odd(), label), bytes });
    }).toThrow();
    expect(readdirSync(join(path, '..'))).toEqual([]);
    mkdirSync(path);
    expect(() => {
      writeSegment(path, encodeSegment(library, odd(), label));
    }).toThrow();
  });

  it.each<[string, (path: string, at: number) => void, RegExp]>([
    ['one bit of a column', (path, at) => {
      const bytes = readFileSync(path);
      bytes[at]! ^= 1;
      writeFileSync(path, bytes);
    }, /^segment .*x\.arrow is damaged: checksum of close does not match$/],
    ['its end', (path, at) => {
      truncateSync(path, at + 8);
    }, /^segment .*x\.arrow is damaged: it ends at byte \d+$/],
  ])('is refused without %s', (_, damage, message) => {
    const segment = encodeSegment(library, odd(), label);
    const path = written(segment);
    const close = segment.columns.find(({ name }) => name === 'close')!;
    damage(path, close.offset);
    const read = (): void => {
      readSegment(path, 5, [close], room(odd(), 5), 0);
    };
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: 'damaged-segment', context: expect.objectContaining({ path }) as unknown }));
  }); // prettier-ignore

  it('of whole numbers is read as times, exact up to 2^53, before 1970 too', () => {
    const path = join(temporaryFolder(), 'x.parquet');
    const times = [0, 1, -1, start, 2 ** 32, 2 ** 32 - 1, -(2 ** 40) - 3, 2 ** 53 - 1];
    const bytes = new Uint8Array(BigInt64Array.from(times, BigInt).buffer);
    writeFileSync(path, Buffer.concat([Buffer.alloc(4), bytes]));
    const column: SegmentColumn = { name: 'time', offset: 4, checksum: crc32(bytes), encoding: 'int64' };
    const into = room(hourly(start, 1), times.length + 2);
    readSegment(path, times.length, [column], into, 1);
    expect([...into.time]).toEqual([0, ...times, 0]);
  });
});

describe('a segment that the catalog does not know', () => {
  it('says what it is', () => {
    const { bytes, rows, columns, checksum } = encodeSegment(library, odd(), label);
    const found = inspectSegment(library, bytes)!;
    const { label: its, ...rest } = found;
    expect(rest).toEqual({ bytes, rows, columns, checksum, first: start, last: start + 4 * hour, ending: 'arrow' });
    expect(its).toMatchObject(label);
    expect(inspectSegment(library, encodeArrow(library, odd()))).toMatchObject({ label: undefined, rows: 5 });
    // Also without a column beyond the six, and as a view into other memory.
    const six = encodeSegment(library, hourly(start, 3), label);
    const view = Buffer.concat([Buffer.alloc(8), six.bytes]).subarray(8);
    for (const one of [six.bytes, view])
      expect(inspectSegment(library, one)).toMatchObject({ rows: 3, columns: six.columns });
  });

  it('is damaged where it is no Arrow file, lacks bars or columns, or is not what was written', () => {
    const { bytes, columns } = encodeSegment(library, odd(), label);
    const { close: _, ...rest } = odd();
    const flipped = Uint8Array.from(bytes);
    flipped[columns[3]!.offset]! ^= 1;
    const empty = encodeSegment(library, hourly(start, 0), label).bytes;
    const fewer = encodeArrow(library, { ...rest, close: rest.open }, new Map([['nextbar', JSON.stringify({ ...label, checksums: {} })]])); // prettier-ignore
    for (const one of [
      new Uint8Array(0),
      Buffer.from('no arrow file at all'),
      bytes.subarray(0, 900),
      flipped,
      empty,
      fewer,
    ])
      // prettier-ignore
      expect(inspectSegment(library, one)).toBeUndefined();
    const table = new library.Table({ time: library.makeVector(Float64Array.of(1)) });
    expect(inspectSegment(library, library.tableToIPC(table, 'file'))).toBeUndefined();
  });
});
