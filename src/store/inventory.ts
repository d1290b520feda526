/** What the bar store holds: a summary of each series, and a check that every byte is as it was written. */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

import { timeframe, type Timeframe } from '../core/index.ts';
import type { BarStore } from './bar-store.ts';
import type { SegmentRow } from './catalog.ts';
import { monthOf } from './months.ts';
import { sweepFolder } from './disk/folders.ts';
import { timeAt } from './segments/parquet-segment.ts';
import { monthOfFile, segmentFiles } from './segments/segment-files.ts';
import type { KnownRange, TimeRange } from './ranges.ts';
import { seriesName, type Series } from './series.ts';

/** One series at a glance. */
export interface SeriesInfo extends Series {
  readonly bars: number;
  readonly segments: number;
  readonly bytes: number;
  /** Opens of the first and last stored bar; undefined when the series is known to be empty. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** When anything was last fetched, milliseconds UTC. */
  readonly fetched: number | undefined;
  /** The ranges that need not be asked for again, and those that the source does not have. */
  readonly ranges: readonly KnownRange[];
}

/** What a check of the whole store found. */
export interface StoreCheck {
  readonly segments: number;
  readonly bytes: number;
  /** One sentence per damaged segment; it was set aside and is fetched again when next needed. */
  readonly damaged: readonly string[];
  /** Removed files: other versions of months in the catalog, left by writers that died. */
  readonly strays: readonly string[];
  /** Files of months that are not in the catalog: left where they are; `nextbar data repair` adds them. */
  readonly unknown: readonly string[];
}

/** Every series in the store, in order of name. */
export function listSeries(store: BarStore, filter: Partial<Series> = {}): SeriesInfo[] {
  return store.catalog
    .allSeries()
    .filter((series) => (Object.keys(filter) as (keyof Series)[]).every((key) => series[key] === filter[key]))
    .map(({ id, ...series }) => {
      const rows = store.catalog.segments(id);
      const ranges = store.catalog.ranges(id);
      return {
        ...series,
        bars: rows.reduce((sum, row) => sum + row.rows, 0),
        segments: rows.length,
        bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
        first: rows[0]?.first,
        last: rows.at(-1)?.last,
        fetched: ranges.length === 0 ? undefined : Math.max(...ranges.map((range) => range.fetched)),
        ranges,
      };
    });
}

/**
 * The longest timeframe below `wanted` that divides it and whose bars are stored for the whole range; undefined where there is none.
 *
 * @param series - The series that is not stored; its own timeframe is not looked at.
 */
export function storedShorter(
  store: BarStore,
  series: Series,
  range: TimeRange,
  wanted: Timeframe,
): string | undefined {
  const frames = store.catalog
    .allSeries()
    .filter((one) => seriesName({ ...one, timeframe: series.timeframe }) === seriesName(series))
    .map((one) => timeframe(one.timeframe))
    .filter((frame) => dividesInto(frame, wanted))
    .sort((a, b) => (b.ms ?? 0) - (a.ms ?? 0));
  return frames.find((frame) => store.missing({ ...series, timeframe: frame.name }, range).length === 0)?.name;
}

function dividesInto({ ms }: Timeframe, wanted: Timeframe): boolean {
  if (ms === undefined) return false;
  return wanted.ms === undefined ? 86_400_000 % ms === 0 : wanted.ms > ms && wanted.ms % ms === 0;
}

/**
 * Reads every segment and compares checksums, row counts and times with the catalog; sets aside what does not match and removes other
 * versions of the months that it has.
 *
 * @param graceMs - Stray files younger than this, in milliseconds, stay: another process may be about to record them. Default one hour.
 */
export function checkStore(store: BarStore, now: number, graceMs = 3_600_000): StoreCheck {
  const damaged: string[] = [];
  const referenced = new Set<string>();
  let segments = 0;
  let bytes = 0;
  for (const { id, ...series } of store.catalog.allSeries()) {
    for (const row of store.catalog.segments(id)) {
      segments += 1;
      bytes += row.bytes;
      const fault = faultOf(store, row);
      if (fault === undefined) referenced.add(row.file);
      else if (store.setAside(id, row)) damaged.push(`${seriesName(series)} ${row.month}: ${fault}`);
    }
  }
  if (store.isReadOnly) return { segments, bytes, damaged, strays: [], unknown: [] };
  const left = foldersOf(store.folder).flatMap((folder) =>
    sweepFolder(join(store.folder, folder), now).map((name) => `${folder}/${name}`),
  );
  const unused = segmentFiles(store.folder).filter(
    (file) => !referenced.has(file) && ageOf(join(store.folder, file), now) >= graceMs,
  );
  const months = new Set([...referenced].map(monthOfFile));
  const replaced = unused.filter((file) => months.has(monthOfFile(file)));
  for (const file of replaced) rmSync(join(store.folder, file), { force: true });
  const unknown = unused.filter((file) => !months.has(monthOfFile(file)));
  return { segments, bytes, damaged, strays: [...left, ...replaced], unknown };
}

function faultOf(store: BarStore, row: SegmentRow): string | undefined {
  const path = join(store.folder, row.file);
  if (!existsSync(path)) return 'the file is gone';
  const content = readFileSync(path);
  if (content.length !== row.bytes) return `the file has ${content.length} bytes instead of ${row.bytes}`;
  if (crc32(content) !== row.checksum) return 'the checksum does not match';
  const column = row.columns.find(({ name }) => name === 'time');
  if (column === undefined) return 'the time column is not recorded';
  let last = -Infinity;
  for (let i = 0; i < row.rows; i++) {
    const time = timeAt(content, column, i);
    if (!(time > last)) return `times do not rise at row ${i}`;
    if (monthOf(time) !== row.month) return `row ${i} belongs to another month than ${row.month}`;
    last = time;
  }
  return last === row.last ? undefined : 'the last bar is not the recorded one';
}

function foldersOf(folder: string): string[] {
  return [...new Set(segmentFiles(folder).map((file) => dirname(file)))];
}

function ageOf(path: string, now: number): number {
  return existsSync(path) ? now - statSync(path).mtimeMs : -Infinity;
}
