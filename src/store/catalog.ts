/** The catalog: an SQLite table of what lies on disk, which ranges are known, and who is fetching what. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { DataError } from '../core/index.ts';
import { subtractRange, type TimeRange } from './ranges.ts';
import { prepareSchema } from './schema.ts';
import type { SegmentColumn } from './segment.ts';
import type { Series } from './series.ts';
import { openSqlite, type Sqlite, type SqliteStatement } from './sqlite.ts';

/**
 * What is known of a range: `known` says its bars, or their absence, are as the source served them; `unavailable` says
 * the source does not go back so far.
 */
export type RangeKind = 'known' | 'unavailable';

/** A range that was asked for once and need not be asked for again. */
export interface KnownRange extends TimeRange {
  readonly kind: RangeKind;
  /** Where its bars came from, such as `binance`. */
  readonly source: string;
  /** When, milliseconds UTC. */
  readonly fetched: number;
}

/** A segment as the catalog knows it. */
export interface SegmentRow {
  readonly month: string;
  /** Path below the store's folder. */
  readonly file: string;
  readonly rows: number;
  /** Opens of the first and the last bar. */
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly checksum: number;
  readonly columns: readonly SegmentColumn[];
  readonly written: number;
}

/** Opens the catalog of `folder`, making it if there is none. Two processes may have it open at once. */
export async function openCatalog(folder: string): Promise<Catalog> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'catalog.sqlite');
  const sqlite = await openSqlite(path);
  try {
    sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    prepareSchema(sqlite);
    return new Catalog(sqlite);
  } catch (error) {
    sqlite.close();
    if (error instanceof Error && /not a database|malformed/.test(error.message)) {
      throw new DataError(`bar store catalog ${path} is damaged: move it away, and the bars are fetched anew`, {
        code: 'damaged-catalog',
        context: { path },
        cause: error,
      });
    }
    throw error;
  }
}

/** The statements of the catalog. Everything is synchronous, so that a transaction holds what it says. */
export class Catalog {
  readonly #sqlite: Sqlite;

  constructor(sqlite: Sqlite) {
    this.#sqlite = sqlite;
  }

  /** A prepared statement, made once. */
  statement(sql: string): SqliteStatement {
    return this.#sqlite.statement(sql);
  }

  /** Runs `act` with the write lock held: all of it happens, or nothing. May be nested. */
  transaction<T>(act: () => T): T {
    return this.#sqlite.transaction(act);
  }

  close(): void {
    this.#sqlite.close();
  }

  seriesId(series: Series): number | undefined {
    const row = this.statement(
      'SELECT id FROM series WHERE exchange = ? AND type = ? AND symbol = ? AND timeframe = ?',
    ).get(series.exchange, series.type, series.symbol, series.timeframe) as { id: number } | undefined;
    return row?.id;
  }

  addSeries(series: Series): number {
    const found = this.seriesId(series);
    if (found !== undefined) return found;
    this.statement('INSERT OR IGNORE INTO series (exchange, type, symbol, timeframe) VALUES (?, ?, ?, ?)').run(
      series.exchange,
      series.type,
      series.symbol,
      series.timeframe,
    );
    return this.seriesId(series)!;
  }

  allSeries(): (Series & { readonly id: number })[] {
    return this.statement(
      'SELECT id, exchange, type, symbol, timeframe FROM series ORDER BY exchange, type, symbol, timeframe',
    ).all() as (Series & { id: number })[];
  }

  /** The segments with a bar inside the range, in rising order. */
  segments(id: number, range: TimeRange = { start: -Infinity, end: Infinity }): SegmentRow[] {
    const rows = this.statement(
      'SELECT * FROM segments WHERE series = ? AND last >= ? AND first < ? ORDER BY month',
    ).all(id, range.start, range.end) as (Omit<SegmentRow, 'columns'> & { columns: string })[];
    return rows.map((row) => ({ ...row, columns: JSON.parse(row.columns) as SegmentColumn[] }));
  }

  segment(id: number, month: string): SegmentRow | undefined {
    const row = this.statement('SELECT * FROM segments WHERE series = ? AND month = ?').get(id, month) as
      (Omit<SegmentRow, 'columns'> & { columns: string }) | undefined;
    return row === undefined ? undefined : { ...row, columns: JSON.parse(row.columns) as SegmentColumn[] };
  }

  hasBarBefore(id: number, time: number): boolean {
    return this.statement('SELECT 1 FROM segments WHERE series = ? AND first < ? LIMIT 1').get(id, time) !== undefined;
  }

  putSegment(id: number, row: SegmentRow): void {
    this.statement('INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
      id,
      row.month,
      row.file,
      row.rows,
      row.first,
      row.last,
      row.bytes,
      row.checksum,
      JSON.stringify(row.columns),
      row.written,
    );
  }

  dropSegment(id: number, month: string): void {
    this.statement('DELETE FROM segments WHERE series = ? AND month = ?').run(id, month);
  }

  /** The known ranges that touch `range`, in rising order. */
  ranges(id: number, range: TimeRange = { start: -Infinity, end: Infinity }): KnownRange[] {
    return this.statement(
      'SELECT start, end, kind, source, fetched FROM ranges WHERE series = ? AND end >= ? AND start <= ? ORDER BY start',
    ).all(id, range.start, range.end) as KnownRange[];
  }

  /** Forgets what is known of `range`. */
  forgetRange(id: number, range: TimeRange): void {
    for (const old of this.ranges(id, range)) {
      if (old.end <= range.start || old.start >= range.end) continue;
      this.statement('DELETE FROM ranges WHERE series = ? AND start = ?').run(id, old.start);
      for (const piece of subtractRange(old, range)) this.#insertRange(id, { ...old, ...piece });
    }
  }

  /** Records a range in place of what was known of it, joined with neighbours of the same kind and source. */
  putRange(id: number, range: KnownRange): void {
    this.forgetRange(id, range);
    let { start, end, fetched } = range;
    for (const old of this.ranges(id, range)) {
      if (old.kind !== range.kind || old.source !== range.source) continue;
      this.statement('DELETE FROM ranges WHERE series = ? AND start = ?').run(id, old.start);
      start = Math.min(start, old.start);
      end = Math.max(end, old.end);
      fetched = Math.max(fetched, old.fetched);
    }
    this.#insertRange(id, { ...range, start, end, fetched });
  }

  dropSeries(id: number): void {
    for (const table of ['segments', 'ranges', 'claims']) {
      this.statement(`DELETE FROM ${table} WHERE series = ?`).run(id);
    }
    this.statement('DELETE FROM series WHERE id = ?').run(id);
  }

  #insertRange(id: number, range: KnownRange): void {
    this.statement('INSERT OR REPLACE INTO ranges VALUES (?, ?, ?, ?, ?, ?)').run(
      id,
      range.start,
      range.end,
      range.kind,
      range.source,
      range.fetched,
    );
  }
}
