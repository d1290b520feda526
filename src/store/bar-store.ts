/** The bar store: every bar ever fetched, on disk, with the ranges that are known to be empty. Sole owner of `data-cache/`. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import {
  barColumnNames,
  barsBetween,
  createBars,
  DataError,
  extraColumnNames,
  formatTime,
  systemRuntime,
  unknownName,
  type Bars,
  type Runtime,
} from '../core/index.ts';
import { openCatalog, type Catalog, type SegmentRow } from './catalog.ts';
import { claimFirst, type Claim } from './claims.ts';
import { concatBars } from './concat.ts';
import { monthRange, splitByMonth } from './months.ts';
import { storeFailure } from './disk/failure.ts';
import { processMark, setAside, sweepFolder } from './disk/folders.ts';
import { holesBetween, isBuilt, isTrusted } from './holes.ts';
import { missingRanges, type KnownRange, type RangeKind, type TimeRange } from './ranges.ts';
import {
  encodeSegment,
  loadArrow,
  readSegment,
  writeSegment,
  type EncodedSegment,
  type SegmentLabel,
} from './segments/segment.ts';
import { encodeParquetSegment, loadParquet } from './segments/parquet-segment.ts';
import { checkSeries, seriesFolder, seriesName, type Series } from './series.ts';

/** The range of a write, and what the source answered for it. */
export interface WrittenRange extends TimeRange {
  /** Whether bars were written, or the exchange had none. */
  readonly kind?: RangeKind;
  /**
   * Where the bars came from, such as `binance`; bars of a source that begins with `built ` are replaced by the exchange's when they are
   * requested.
   */
  readonly source: string;
}

/** The forms in which months of bars are kept. */
export const storages: readonly StorageForm[] = ['arrow', 'parquet'];
/** The form in which months of bars are kept. */
export type StorageForm = 'arrow' | 'parquet';

/** Options of a bar store. */
export interface BarStoreOptions {
  /** Its folder. Default: `data-cache` below the working directory. */
  readonly folder?: string;
  /**
   * How months are written: `arrow`, or `parquet`, which DuckDB and pandas read in place. Both forms are always read, and a month changes
   * its form when it is next written. Default `arrow`.
   */
  readonly storage?: StorageForm;
  /**
   * Whether to make the folder where there is none. False leaves nothing behind when only reading: the store is empty until another process
   * makes it. Default true.
   */
  readonly isMade?: boolean;
  /** Clock and timers. Default: the system's. */
  readonly runtime?: Runtime;
}

/**
 * Bars on disk per exchange, type, symbol, timeframe and month.
 *
 * Every write puts whole segments beside the old ones and switches to them in one catalog transaction, so that a crash or a loss of power
 * at any moment leaves either the old month or the new one. Two processes may read and write at once.
 */
export class BarStore {
  /** The folder it keeps bars in. */
  readonly folder: string;
  /** @internal */
  readonly catalog: Catalog;
  readonly #runtime: Runtime;
  /** Segments found damaged since the store was opened: set aside under `damaged/`, their ranges forgotten. */
  readonly damaged: string[] = [];
  readonly #storage: StorageForm;
  #written = 0;

  private constructor(folder: string, catalog: Catalog, runtime: Runtime, storage: StorageForm) {
    this.folder = folder;
    this.catalog = catalog;
    this.#runtime = runtime;
    this.#storage = storage;
  }

  /** Opens the store of a folder, and makes the folder when it is not there, unless `isMade` is false. */
  static async open(options: BarStoreOptions = {}): Promise<BarStore> {
    const { folder = 'data-cache', storage = 'arrow', runtime = systemRuntime, isMade = true } = options;
    if (!storages.includes(storage)) throw unknownName('storage', storage, storages);
    return new BarStore(folder, await openCatalog(folder, isMade), runtime, storage);
  }

  /** Closes the catalog; the store cannot be used afterwards. */
  close(): void {
    this.catalog.close();
  }

  /** Whether its folder is read-only: stored bars can be read, and nothing can be written. */
  get isReadOnly(): boolean {
    return this.catalog.isReadOnly;
  }

  /** The parts of `range` that must be requested, in rising order: never requested, or found empty too long ago. */
  missing(series: Series, range: TimeRange): TimeRange[] {
    const id = this.catalog.seriesId(series);
    if (id === undefined) return [range];
    const now = this.#runtime.now();
    const trusted = this.catalog.ranges(id, range).filter((known) => isTrusted(known, now));
    return missingRanges(range, trusted);
  }

  /** Whether every part of `range` has bars or is known to have none, bars that were built from a stream included. */
  covers(series: Series, range: TimeRange): boolean {
    return missingRanges(range, this.known(series, range)).length === 0;
  }

  /** What is known about the range: where bars came from, and where the source has none. */
  known(series: Series, range: TimeRange): KnownRange[] {
    const id = this.catalog.seriesId(series);
    return id === undefined ? [] : this.catalog.ranges(id, range);
  }

  /** Whether any bar opens before `time`. */
  hasBarBefore(series: Series, time: number): boolean {
    const id = this.catalog.seriesId(series);
    return id !== undefined && this.catalog.hasBarBefore(id, time);
  }

  /** A number that changes whenever another process has written: for caches of what was read. */
  get version(): number {
    return this.catalog.version;
  }

  /** Text that changes whenever the stored bars of a series do. */
  fingerprint(series: Series): string {
    const id = this.catalog.seriesId(series);
    if (id === undefined) return '';
    return this.catalog
      .segments(id)
      .map(({ month, rows, checksum }) => `${month}:${rows}:${checksum}`)
      .join(' ');
  }

  /** The open of the last stored bar; undefined without one. */
  lastBar(series: Series): number | undefined {
    const id = this.catalog.seriesId(series);
    return id === undefined ? undefined : this.catalog.segments(id).at(-1)?.last;
  }

  /**
   * Takes the first missing piece that no other download holds; `done` when nothing is missing at all.
   *
   * @internal
   */
  claim(series: Series, range: TimeRange, pieceMs: number): Claim | 'done' | 'held by others' {
    checkSeries(series);
    this.catalog.checkWritable();
    return this.catalog.transaction(() => {
      const missing = this.missing(series, range);
      if (missing.length === 0) return 'done';
      const id = this.catalog.addSeries(series);
      return claimFirst(this.catalog, this.#runtime, id, missing, pieceMs) ?? 'held by others';
    });
  }

  /**
   * Stores what a source answered for a range: afterwards the range holds exactly these bars.
   *
   * @param bars - Times rise strictly and lie within the range; no bars mean that the range is known to be empty.
   */
  async write(series: Series, range: WrittenRange, bars: Bars): Promise<void> {
    checkSeries(series);
    checkRising(series, range, bars);
    this.catalog.checkWritable();
    if (isBuilt({ kind: range.kind ?? 'known', source: range.source })) {
      const closed = this.known(series, range).filter((known) => !isBuilt(known));
      const free = missingRanges(range, closed);
      if (free.length !== 1 || free[0]!.start !== range.start || free[0]!.end !== range.end) {
        for (const part of free)
          await this.write(series, { ...range, ...part }, barsBetween(bars, part.start, part.end));
        return;
      }
    }
    const encode = await encoderFor(this.#storage);
    const outdated: string[] = [];
    sweepFolder(join(this.folder, seriesFolder(series)), this.#runtime.now());
    this.catalog.durably(() => {
      const id = this.catalog.addSeries(series);
      const months = this.#mergedMonths(id, series, range, bars, outdated);
      this.catalog.putRange(id, { kind: 'known', ...range, fetched: this.#runtime.now() });
      for (const [month, merged] of months) {
        if (merged.time.length === 0) this.catalog.dropSegment(id, month);
        else {
          const label = { series, month, written: this.#runtime.now(), ranges: this.#knownOf(id, month) };
          this.catalog.putSegment(id, this.#writeMonth(label, encode(merged, label), merged));
        }
      }
    });
    for (const file of outdated) rmSync(join(this.folder, file), { force: true });
  }

  /**
   * The stored bars of a range, read straight from the segments into the final columns.
   *
   * A damaged segment is set aside and its month forgotten, so that `missing` names it again.
   *
   * @throws {DataError} With code `damaged-segment`, after setting it aside.
   */
  read(series: Series, range: TimeRange): Bars {
    for (let attempt = 0; ; attempt++) {
      const id = this.catalog.seriesId(series);
      if (id === undefined) return createBars(0);
      const rows = this.catalog.segments(id, range);
      const into = columnsFor(rows);
      try {
        let at = 0;
        for (const row of rows) {
          this.#readInto(id, series, row, into, at);
          at += row.rows;
        }
        return barsBetween(into, range.start, range.end);
      } catch (error) {
        if (!(error instanceof SegmentReplaced) || attempt === 5) throw error;
      }
    }
  }

  /**
   * The stored bars of a range, complete: for callers that pass them on as the history of that range.
   *
   * @param range - An infinite bound stands for the first or the last moment that is known.
   * @throws {DataError} With code `incomplete` if a part of the range was never fetched, or was lost.
   */
  readAll(series: Series, range: TimeRange): Bars {
    const known = this.known(series, range);
    const start = Math.max(range.start, known[0]?.start ?? range.start);
    const wanted = {
      start: Number.isFinite(range.start) ? range.start : start,
      end: Number.isFinite(range.end) ? range.end : (known.at(-1)?.end ?? range.end),
    };
    const bars = this.read(series, wanted);
    const missing = missingRanges(wanted, this.known(series, wanted));
    if (missing.length === 0 || known.length === 0) return bars;
    const [first] = missing;
    const more = missing.length === 1 ? '' : ` and ${missing.length - 1} more`;
    throw new DataError(
      `stored bars of ${seriesName(series)} are not complete: ${formatTime(first!.start)} to ${formatTime(first!.end)}${more} ` +
        'was never fetched or was lost: download it first, or choose another range',
      { code: 'incomplete', context: { start: first!.start, end: first!.end } },
    );
  }

  /** The same bars month by month, for ranges larger than memory; every month has the columns that all of them have. */
  *stream(series: Series, range: TimeRange): Generator<Bars> {
    const id = this.catalog.seriesId(series);
    const rows = id === undefined ? [] : this.catalog.segments(id, range);
    const names = [...barColumnNames, ...extrasOf(rows)];
    for (const row of rows) {
      const month = monthRange(row.month);
      const bars = this.read(series, {
        start: Math.max(month.start, range.start),
        end: Math.min(month.end, range.end),
      });
      if (bars.time.length > 0) yield Object.fromEntries(names.map((name) => [name, bars[name]])) as unknown as Bars;
    }
  }

  /** Forgets a range, so that it is fetched again; its bars stay until then. */
  forget(series: Series, range: TimeRange): void {
    this.catalog.transaction(() => {
      const id = this.catalog.seriesId(series);
      this.catalog.checkWritable();
      if (id !== undefined) this.catalog.forgetRange(id, range);
    });
  }

  /** Forgets which stretches are empty, so that they are requested again. Returns these stretches. */
  forgetHoles(series: Series, range: TimeRange): TimeRange[] {
    return this.catalog.transaction(() => {
      const id = this.catalog.seriesId(series);
      if (id === undefined) return [];
      this.catalog.checkWritable();
      const holes: TimeRange[] = [];
      for (const known of this.catalog.ranges(id, range)) {
        const start = Math.max(known.start, range.start);
        const end = Math.min(known.end, range.end);
        if (start >= end) continue;
        if (known.kind !== 'known') holes.push({ start, end });
        else holes.push(...holesBetween({ start, end }, this.read(series, { start, end }).time, series.timeframe));
      }
      for (const hole of holes) this.catalog.forgetRange(id, hole);
      return holes;
    });
  }

  /** Deletes a series: its bars and its known ranges. */
  clear(series: Series): void {
    this.catalog.checkWritable();
    const files = this.catalog.durably(() => {
      const id = this.catalog.seriesId(series);
      if (id === undefined) return [];
      const rows = this.catalog.segments(id);
      this.catalog.dropSeries(id);
      return rows.map((row) => row.file);
    });
    for (const file of files) rmSync(join(this.folder, file), { force: true });
  }

  /** By month, the bars after a write; the files that they replace are added to `outdated`. */
  #mergedMonths(id: number, series: Series, range: TimeRange, bars: Bars, outdated: string[]): Map<string, Bars> {
    const months = new Map(splitByMonth(bars).map((part) => [part.month, part.bars]));
    for (const row of this.catalog.segments(id, range)) {
      if (!months.has(row.month)) months.set(row.month, createBars(0));
    }
    for (const [month, added] of months) {
      const old = this.catalog.segment(id, month);
      const kept = old && this.#readWhole(id, series, old);
      if (old !== undefined) outdated.push(old.file);
      if (kept === undefined) continue;
      const [before, after] = [barsBetween(kept, undefined, range.start), barsBetween(kept, range.end, undefined)];
      months.set(month, concatBars([before, added, after]));
    }
    return months;
  }

  /** The known ranges of a month, cut to it. */
  #knownOf(id: number, month: string): KnownRange[] {
    const { start, end } = monthRange(month);
    return this.catalog
      .ranges(id, { start, end })
      .map((range) => ({ ...range, start: Math.max(range.start, start), end: Math.min(range.end, end) }))
      .filter((range) => range.start < range.end);
  }

  #writeMonth({ series, month }: SegmentLabel, segment: EncodedSegment, bars: Bars): SegmentRow {
    const stem = `${seriesFolder(series)}/${month}.${segment.checksum.toString(16)}`;
    const file = this.#freeName(stem, segment.ending);
    writeSegment(join(this.folder, file), segment);
    return {
      month,
      file,
      rows: segment.rows,
      first: bars.time[0]!,
      last: bars.time[bars.time.length - 1]!,
      bytes: segment.bytes.length,
      checksum: segment.checksum,
      columns: segment.columns,
      written: this.#runtime.now(),
    };
  }

  /** A name that no segment has, not even an earlier one with the same bars, which is deleted once the new one counts. */
  #freeName(stem: string, ending: string): string {
    for (;;) {
      const file = `${stem}-${processMark}-${(this.#written++).toString(36)}.${ending}`;
      if (!existsSync(join(this.folder, file))) return file;
    }
  }

  /** A month before it is rewritten; undefined if it turned out damaged, in which case its ranges are forgotten. */
  #readWhole(id: number, series: Series, row: SegmentRow): Bars | undefined {
    const bars = columnsFor([row]);
    try {
      this.#readInto(id, series, row, bars, 0);
      return bars;
    } catch (error) {
      if (error instanceof DataError) return undefined;
      throw error;
    }
  }

  #readInto(id: number, series: Series, row: SegmentRow, into: Bars, at: number): void {
    const path = join(this.folder, row.file);
    try {
      readSegment(path, row.rows, row.columns, into, at);
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (!gone && !(error instanceof DataError)) throw storeFailure(error, this.folder);
      if (!this.setAside(id, row)) throw new SegmentReplaced();
      const what = gone ? 'is gone' : this.isReadOnly ? 'is damaged' : 'was damaged and set aside';
      throw new DataError(`stored bars of ${seriesName(series)} for ${row.month}: the segment ${what}`, {
        code: 'damaged-segment',
        context: { month: row.month, file: row.file },
        cause: error,
      });
    }
  }

  /**
   * Moves a damaged segment under `damaged/` and forgets its month; false if another writer has replaced it meanwhile.
   *
   * @internal
   */
  setAside(id: number, row: SegmentRow): boolean {
    if (this.isReadOnly) return true;
    const isCurrent = this.catalog.transaction(() => {
      if (this.catalog.segment(id, row.month)?.file !== row.file) return false;
      this.catalog.dropSegment(id, row.month);
      this.catalog.forgetRange(id, monthRange(row.month));
      return true;
    });
    if (!isCurrent) return false;
    this.damaged.push(row.file);
    if (existsSync(join(this.folder, row.file))) setAside(this.folder, row.file);
    return true;
  }
}

/** Another writer switched to a newer segment between our look into the catalog and our read. */
class SegmentReplaced extends Error {}

async function encoderFor(storage: StorageForm): Promise<(bars: Bars, label: SegmentLabel) => EncodedSegment> {
  if (storage === 'parquet') {
    const library = await loadParquet();
    return (bars, label) => encodeParquetSegment(library, bars, label);
  }
  const arrow = await loadArrow();
  return (bars, label) => encodeSegment(arrow, bars, label);
}

function columnsFor(rows: readonly SegmentRow[]): Bars {
  const length = rows.reduce((sum, row) => sum + row.rows, 0);
  const extras = extrasOf(rows).map((name) => [name, new Float64Array(length)] as const);
  return { ...createBars(length), ...Object.fromEntries(extras) };
}

/** The columns beyond the six that every one of some months has. */
function extrasOf(rows: readonly SegmentRow[]): (typeof extraColumnNames)[number][] {
  return extraColumnNames.filter(
    (name) => rows.length > 0 && rows.every((row) => row.columns.some((column) => column.name === name)),
  );
}

function checkRising(series: Series, range: WrittenRange, bars: Bars): void {
  const { time } = bars;
  if (!(range.start < range.end)) {
    throw new DataError(
      `range to store of ${seriesName(series)} must end after its start, was ${range.start} to ${range.end}`,
    );
  }
  for (let i = 0; i < time.length; i++) {
    const inside = time[i]! >= range.start && time[i]! < range.end;
    if (inside && (i === 0 || time[i]! > time[i - 1]!)) continue;
    throw new DataError(
      `bars to store of ${seriesName(series)} must rise within their range, bar ${i} was at ${time[i]!}`,
      { context: { row: i, time: time[i]! } },
    );
  }
}
