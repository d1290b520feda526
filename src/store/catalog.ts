/** The catalog: an SQLite table of what lies on disk, which ranges are known, and who is fetching what. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { DataError } from '../core/index.ts';
import { storeFailure } from './disk/failure.ts';
import { subtractRange, type KnownRange, type TimeRange } from './ranges.ts';
import { prepareSchema } from './schema.ts';
import { segmentFiles } from './segments/segment-files.ts';
import type { SegmentColumn } from './segments/segment.ts';
import type { Series } from './series.ts';
import { openReady } from './sqlite-copy.ts';
import { openSqlite, type Sqlite, type SqliteStatement } from './sqlite.ts';

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

/** The file of a store's catalog. */
export const catalogFile = 'catalog.sqlite';

/**
 * Opens the catalog of `folder`. Two processes may have it open at once.
 *
 * @param isMade - Whether it is made if there is none. Otherwise an empty one in memory is used until another process has made it.
 * @throws {DataError} With code `lost-catalog` if there are segments and no catalog: an empty one would hide them.
 */
export async function openCatalog(folder: string, isMade = true): Promise<Catalog> {
  const failure = (error: unknown): unknown => storeFailure(error, folder);
  if (!existsSync(join(folder, catalogFile)) && hasSegments(folder)) {
    throw new DataError(
      `bar store ${folder} has bars and no catalog (${catalogFile}): run nextbar data repair, which makes it from them`,
      { code: 'lost-catalog', context: { folder } },
    );
  }
  if (!isMade && !existsSync(join(folder, catalogFile))) {
    const empty = await openSqlite(':memory:', { failure });
    prepareSchema(empty, folder);
    return new Catalog(empty, folder);
  }
  const { sqlite, unwritable } = await openReady(join(folder, catalogFile), {
    prepare: (made) => {
      prepareSchema(made, folder);
    },
    failure,
  });
  return new Catalog(sqlite, folder, unwritable);
}

function hasSegments(folder: string): boolean {
  try {
    return segmentFiles(folder).length > 0;
  } catch {
    // A folder that cannot be read fails when it is used.
    return false;
  }
}

function prepare(sqlite: Sqlite, folder: string): void {
  sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  prepareSchema(sqlite, folder);
}

/** The statements of the catalog. Everything is synchronous, so that a transaction contains exactly its calls. */
export class Catalog {
  #sqlite: Sqlite;
  /** How often another database replaced the first: once, when the catalog was made after it was opened. */
  #changes = 0;
  readonly #folder: string;
  /** Why the catalog cannot be written and a copy of it is read; undefined where it can. */
  readonly #unwritable: unknown;

  constructor(sqlite: Sqlite, folder: string, unwritable?: unknown) {
    this.#sqlite = sqlite;
    this.#folder = folder;
    this.#unwritable = unwritable;
  }

  /** Whether the store can only be read. */
  get isReadOnly(): boolean {
    return this.#unwritable !== undefined;
  }

  /** @throws {DataError} If the store can only be read. */
  checkWritable(): void {
    this.#look();
    if (this.#sqlite.path === ':memory:')
      throw new DataError(`there is no bar store in ${this.#folder}, and this process may not make one`);
    if (this.#unwritable !== undefined) throw storeFailure(this.#unwritable, this.#folder);
  }

  /** A number that changes whenever another process has written. */
  get version(): number {
    const row = this.statement('PRAGMA data_version').get() as { data_version: number };
    return this.#changes * 2 ** 32 + row.data_version;
  }

  /** Switches to the catalog itself where another process has made it since this was opened. */
  #look(): void {
    const path = join(this.#folder, catalogFile);
    if (this.#sqlite.path !== ':memory:' || !existsSync(path)) return;
    const made = this.#sqlite.sibling(path);
    prepare(made, this.#folder);
    this.#sqlite.close();
    this.#sqlite = made;
    this.#changes++;
  }

  /** A prepared statement, made once. */
  statement(sql: string): SqliteStatement {
    this.#look();
    return this.#sqlite.statement(sql);
  }

  /** Runs `act` with the write lock held: all of it happens, or nothing. May be nested. */
  transaction<T>(act: () => T): T {
    this.#look();
    return this.#sqlite.transaction(act);
  }

  /** As `transaction`; the data are on the disk itself when it returns. */
  durably<T>(act: () => T): T {
    this.#look();
    return this.#sqlite.durably(act);
  }

  close(): void {
    this.#sqlite.close();
  }

  seriesId(series: Series): number | undefined {
    const row = this.statement(
      'SELECT id FROM series WHERE exchange = ? AND origin = ? AND type = ? AND symbol = ? AND timeframe = ?',
    ).get(series.exchange, series.origin ?? '', series.type, series.symbol, series.timeframe) as
      { id: number } | undefined;
    return row?.id;
  }

  addSeries(series: Series): number {
    const found = this.seriesId(series);
    if (found !== undefined) return found;
    this.statement(
      'INSERT OR IGNORE INTO series (exchange, origin, type, symbol, timeframe) VALUES (?, ?, ?, ?, ?)',
    ).run(series.exchange, series.origin ?? '', series.type, series.symbol, series.timeframe);
    return this.seriesId(series)!;
  }

  allSeries(): (Series & { readonly id: number })[] {
    const rows = this.statement(
      'SELECT id, exchange, origin, type, symbol, timeframe FROM series ORDER BY exchange, origin, type, symbol, timeframe',
    ).all() as (Series & { readonly id: number; readonly origin: string })[];
    return rows.map(({ origin, ...series }) => ({ ...series, ...(origin !== '' && { origin }) }));
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

  /** Forgets what is known about `range`. */
  forgetRange(id: number, range: TimeRange): void {
    for (const old of this.ranges(id, range)) {
      if (old.end <= range.start || old.start >= range.end) continue;
      this.statement('DELETE FROM ranges WHERE series = ? AND start = ?').run(id, old.start);
      for (const piece of subtractRange(old, range)) this.#insertRange(id, { ...old, ...piece });
    }
  }

  /** Records a range, replacing what was known about it, joined with neighbours of the same kind and source. */
  putRange(id: number, range: KnownRange): void {
    this.forgetRange(id, range);
    let { start, end, fetched } = range;
    for (const old of this.ranges(id, range)) {
      if (old.kind !== range.kind || old.source !== range.source) continue;
      this.statement('DELETE FROM ranges WHERE series = ? AND start = ?').run(id, old.start);
      start = Math.min(start, old.start);
      end = Math.max(end, old.end);
      // An empty stretch is as old as its oldest part; for bars the latest answer counts.
      fetched = range.kind === 'known' ? Math.max(fetched, old.fetched) : Math.min(fetched, old.fetched);
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
