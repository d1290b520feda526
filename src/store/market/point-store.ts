/** Funding rates and open interest on disk, beside the bars: values at moments, with the ranges that are known. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { DataError } from '../../core/index.ts';
import { missingRanges, type TimeRange } from '../ranges.ts';
import type { Sqlite } from '../sqlite.ts';
import { openMarketFile } from './market-file.ts';

/** What is kept: settled funding rates, or open interest sampled every five minutes or every hour. */
export const pointKinds = ['funding', 'open interest 5m', 'open interest 1h'] as const;
/** What is kept: settled funding rates, or open interest sampled every five minutes or every hour. */
export type PointKind = (typeof pointKinds)[number];

/** The key of stored values: exchange, origin, symbol and kind. */
export interface PointSeries {
  /** The exchange's id. */
  readonly exchange: string;
  /** The unified symbol of the contract. */
  readonly symbol: string;
  /** What the values are. */
  readonly kind: PointKind;
  /** Where they came from, if not from the exchange itself: `sandbox`, or a host such as `127.0.0.1:8787`. */
  readonly origin?: string;
}

/** Values in columns, their times rising. */
export interface Points {
  /** When each value became known, milliseconds UTC. */
  readonly time: Float64Array;
  /** A fraction per interval for funding, base units for open interest. */
  readonly value: Float64Array;
}

/** One stored series at a glance. */
export interface PointsInfo extends PointSeries {
  readonly points: number;
  /** Times of the first and the last value; undefined when there is none. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** The known ranges, with or without values. */
  readonly ranges: readonly TimeRange[];
}

const tables = `
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY, exchange TEXT NOT NULL, origin TEXT NOT NULL, symbol TEXT NOT NULL, kind TEXT NOT NULL,
  UNIQUE (exchange, origin, symbol, kind));
CREATE TABLE IF NOT EXISTS points (
  series INTEGER NOT NULL REFERENCES series (id), time REAL NOT NULL, value REAL NOT NULL, PRIMARY KEY (series, time)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ranges (
  series INTEGER NOT NULL REFERENCES series (id), start REAL NOT NULL, end REAL NOT NULL, PRIMARY KEY (series, start)) WITHOUT ROWID;`;

/** The file of the values, beside the catalog of the bars. */
export const pointsFile = 'points.sqlite';

/** Funding rates and open interest of a store's folder. Two processes may read and write at once. */
export class PointStore {
  readonly #sqlite: Sqlite;

  private constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
  }

  /** Opens the values of a folder, `data-cache` by default, and makes the file when it is not there. A read-only file can be read. */
  static async open(options: { readonly folder?: string } = {}): Promise<PointStore> {
    const { folder = 'data-cache' } = options;
    return new PointStore(await openMarketFile(folder, pointsFile, tables, true));
  }

  /** Whether a folder has such a file; opens nothing. */
  static exists(folder = 'data-cache'): boolean {
    return existsSync(join(folder, pointsFile));
  }

  /** Closes the file; the store cannot be used afterwards. */
  close(): void {
    this.#sqlite.close();
  }

  /** The parts of a range that must be requested, in rising order. */
  missing(series: PointSeries, range: TimeRange): TimeRange[] {
    const id = this.#idOf(series);
    return id === undefined ? [range] : missingRanges(range, this.#ranges(id));
  }

  /**
   * Stores what a source answered for a range: afterwards the range holds exactly these values.
   *
   * @param points - Times lie within the range; no values mean that the range is known to be empty.
   * @throws {DataError} If a time lies outside of it, or the range does not end after its start.
   */
  write(series: PointSeries, range: TimeRange, points: Points): void {
    checkWithin(series, range, points);
    this.#sqlite.durably(() => {
      const id = this.#idOf(series) ?? this.#add(series);
      this.#sqlite
        .statement('DELETE FROM points WHERE series = ? AND time >= ? AND time < ?')
        .run(id, range.start, range.end);
      const put = this.#sqlite.statement('INSERT OR REPLACE INTO points VALUES (?, ?, ?)');
      for (let i = 0; i < points.time.length; i++) put.run(id, points.time[i]!, points.value[i]!);
      this.#putRange(id, range);
    });
  }

  /** The stored values with `start <= time < end`. */
  read(series: PointSeries, range: TimeRange): Points {
    const id = this.#idOf(series);
    const rows =
      id === undefined
        ? []
        : (this.#sqlite
            .statement('SELECT time, value FROM points WHERE series = ? AND time >= ? AND time < ? ORDER BY time')
            .all(id, range.start, range.end) as { time: number; value: number }[]);
    return { time: Float64Array.from(rows, ({ time }) => time), value: Float64Array.from(rows, ({ value }) => value) };
  }

  /** Every stored series, in order of name. */
  list(filter: Partial<PointSeries> = {}): PointsInfo[] {
    const all = this.#sqlite
      .statement('SELECT id, exchange, origin, symbol, kind FROM series ORDER BY exchange, origin, symbol, kind')
      .all() as (PointSeries & { readonly id: number; readonly origin: string })[];
    return all
      .map(({ origin, ...one }) => ({ ...one, ...(origin !== '' && { origin }) }))
      .filter((one) => (Object.keys(filter) as (keyof PointSeries)[]).every((key) => one[key] === filter[key]))
      .map(({ id, ...series }) => {
        const { count, first, last } = this.#sqlite
          .statement('SELECT COUNT(*) AS count, MIN(time) AS first, MAX(time) AS last FROM points WHERE series = ?')
          .get(id) as { count: number; first: number | null; last: number | null };
        const ranges = this.#ranges(id);
        return { ...series, points: count, first: first ?? undefined, last: last ?? undefined, ranges };
      });
  }

  /** Forgets a range, so that it is fetched again; its values stay until then. */
  forget(series: PointSeries, range: TimeRange): void {
    const id = this.#idOf(series);
    if (id === undefined) return;
    this.#sqlite.durably(() => {
      this.#cut(id, range);
    });
  }

  /** Deletes a series. */
  clear(series: PointSeries): void {
    const id = this.#idOf(series);
    if (id === undefined) return;
    this.#sqlite.durably(() => {
      for (const table of ['points', 'ranges']) this.#sqlite.statement(`DELETE FROM ${table} WHERE series = ?`).run(id);
      this.#sqlite.statement('DELETE FROM series WHERE id = ?').run(id);
    });
  }

  #idOf({ exchange, origin = '', symbol, kind }: PointSeries): number | undefined {
    const row = this.#sqlite
      .statement('SELECT id FROM series WHERE exchange = ? AND origin = ? AND symbol = ? AND kind = ?')
      .get(exchange, origin, symbol, kind) as { id: number } | undefined;
    return row?.id;
  }

  #add(series: PointSeries): number {
    const { exchange, origin = '', symbol, kind } = series;
    this.#sqlite
      .statement('INSERT OR IGNORE INTO series (exchange, origin, symbol, kind) VALUES (?, ?, ?, ?)')
      .run(exchange, origin, symbol, kind);
    return this.#idOf(series)!;
  }

  #ranges(id: number): TimeRange[] {
    return this.#sqlite
      .statement('SELECT start, end FROM ranges WHERE series = ? ORDER BY start')
      .all(id) as TimeRange[];
  }

  /** Adds a known range, joined with those that it touches. */
  #putRange(id: number, { start, end }: TimeRange): void {
    for (const old of this.#ranges(id)) {
      if (old.end < start || old.start > end) continue;
      this.#sqlite.statement('DELETE FROM ranges WHERE series = ? AND start = ?').run(id, old.start);
      start = Math.min(start, old.start);
      end = Math.max(end, old.end);
    }
    this.#sqlite.statement('INSERT INTO ranges VALUES (?, ?, ?)').run(id, start, end);
  }

  #cut(id: number, { start, end }: TimeRange): void {
    for (const old of this.#ranges(id)) {
      if (old.end <= start || old.start >= end) continue;
      this.#sqlite.statement('DELETE FROM ranges WHERE series = ? AND start = ?').run(id, old.start);
      const put = this.#sqlite.statement('INSERT INTO ranges VALUES (?, ?, ?)');
      if (old.start < start) put.run(id, old.start, start);
      if (old.end > end) put.run(id, end, old.end);
    }
  }
}

function checkWithin({ exchange, symbol, kind }: PointSeries, { start, end }: TimeRange, { time }: Points): void {
  const name = `${exchange} ${symbol} ${kind}`;
  if (!(start < end)) throw new DataError(`range to store of ${name} must end after its start, was ${start} to ${end}`);
  const row = time.findIndex((one) => !(one >= start && one < end));
  if (row === -1) return;
  throw new DataError(`values to store of ${name} must lie within their range, value ${row} was at ${time[row]!}`, {
    context: { row, time: time[row]! },
  });
}
