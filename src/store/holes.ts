/** Stretches without bars: how long they are trusted, and where they are among stored bars. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

import { barClose, timeframe } from '../core/index.ts';
import type { KnownRange, TimeRange } from './ranges.ts';
import type { SegmentColumn } from './segments/segment.ts';
import type { Sqlite } from './sqlite.ts';

const day = 86_400_000;
const [shortestTrust, longestTrust] = [day, 90 * day];

/** The beginning of the source of bars that were built from a stream; the exchange's closed bars replace them. */
export const builtMark = 'built ';

/** Whether the bars of a range were built from a stream. */
export function isBuilt({ kind, source }: Pick<KnownRange, 'kind' | 'source'>): boolean {
  return kind === 'known' && source.startsWith(builtMark);
}

/**
 * Whether a range need not be requested again. Bars never expire, unless they were built from a stream. An empty stretch is trusted for as
 * long as it was in the past when it was found empty, at least one day and at most 90.
 */
export function isTrusted(range: KnownRange, now: number): boolean {
  if (range.kind === 'known') return !isBuilt(range);
  const trust = Math.min(longestTrust, Math.max(shortestTrust, range.fetched - range.end));
  return now < range.fetched + trust;
}

/** The stretches within `range` in which no bar of the rising times `times` opens and a whole bar would fit. */
export function holesBetween(range: TimeRange, times: Float64Array, frameName: string): TimeRange[] {
  const frame = timeframe(frameName);
  const holes: TimeRange[] = [];
  let cursor = range.start;
  for (const time of times) {
    if (time < range.start) {
      cursor = Math.max(cursor, barClose(frame, time));
      continue;
    }
    if (time >= range.end) break;
    if (barClose(frame, cursor) <= time) holes.push({ start: cursor, end: time });
    cursor = barClose(frame, time);
  }
  if (barClose(frame, cursor) <= range.end) holes.push({ start: cursor, end: range.end });
  return holes;
}

/** Gives the empty stretches of known ranges a kind of their own, so that they expire: version 1 trusted them for ever. */
export function splitKnownRanges(sqlite: Sqlite, folder: string): void {
  const all = sqlite.statement('SELECT id, timeframe FROM series').all() as { id: number; timeframe: string }[];
  for (const { id, timeframe: frameName } of all) {
    const times = timesOf(sqlite, id, folder);
    if (times === undefined) continue;
    const ranges = sqlite.statement(`SELECT * FROM ranges WHERE series = ? AND kind = 'known'`).all(id) as KnownRange[];
    for (const range of ranges) {
      const holes = holesBetween(range, times, frameName);
      if (holes.length === 0) continue;
      sqlite.statement('DELETE FROM ranges WHERE series = ? AND start = ?').run(id, range.start);
      const put = sqlite.statement('INSERT INTO ranges VALUES (?, ?, ?, ?, ?, ?)');
      let cursor = range.start;
      for (const hole of [...holes, { start: range.end, end: range.end }]) {
        if (hole.start > cursor) put.run(id, cursor, hole.start, 'known', range.source, range.fetched);
        if (hole.end > hole.start) put.run(id, hole.start, hole.end, 'empty', range.source, range.fetched);
        cursor = hole.end;
      }
    }
  }
}

/** The opens of all stored bars of a series; undefined when a segment cannot be read, which a later read reports. */
function timesOf(sqlite: Sqlite, id: number, folder: string): Float64Array | undefined {
  const rows = sqlite.statement('SELECT file, rows, columns FROM segments WHERE series = ? ORDER BY month').all(id) as {
    file: string;
    rows: number;
    columns: string;
  }[];
  const times = new Float64Array(rows.reduce((sum, row) => sum + row.rows, 0));
  let at = 0;
  for (const { file, rows: count, columns } of rows) {
    const column = (JSON.parse(columns) as SegmentColumn[]).find(({ name }) => name === 'time');
    const bytes = new Uint8Array(times.buffer, at * 8, count * 8);
    if (column === undefined || column.encoding !== undefined || !readAll(join(folder, file), bytes, column.offset))
      return undefined;
    at += count;
  }
  return times;
}

function readAll(path: string, bytes: Uint8Array, offset: number): boolean {
  try {
    const file = openSync(path, 'r');
    try {
      return readSync(file, bytes, 0, bytes.length, offset) === bytes.length;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
