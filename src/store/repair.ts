/** Rebuilds a lost or damaged catalog from what the segments say of themselves. */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { barClose, timeframe, type Runtime } from '../core/index.ts';
import { BarStore } from './bar-store.ts';
import { catalogFile } from './catalog.ts';
import { storeFailure } from './disk/failure.ts';
import { sweepFolder } from './disk/folders.ts';
import { segmentFiles } from './inventory.ts';
import { monthOf } from './months.ts';
import { inspectParquetSegment, loadParquet } from './segments/parquet-segment.ts';
import { inspectSegment, loadArrow, type FoundSegment } from './segments/segment.ts';
import { seriesName, seriesOfFolder, type Series } from './series.ts';

/** What a repair found. */
export interface StoreRepair {
  /** Months that the new catalog has, and their bars. */
  readonly segments: number;
  readonly bars: number;
  readonly series: readonly string[];
  /** Files that are no whole segment: moved to `damaged/`. */
  readonly damaged: readonly string[];
  /** Older versions of a month, and segments that do not say what they hold: left where they are. */
  readonly unused: readonly string[];
  /** Where the old catalog was moved; undefined when there was none. */
  readonly oldCatalog: string | undefined;
}

interface Candidate {
  readonly file: string;
  readonly series: Series;
  readonly month: string;
  readonly written: number;
  readonly segment: FoundSegment;
}

/**
 * Moves the catalog of a store aside and makes another from its segments. Stored bars stay; what is lost is only which stretches
 * without bars were confirmed as empty, and rules of instruments: both are fetched again when they are needed.
 */
export async function repairStore(folder: string, runtime: Runtime): Promise<StoreRepair> {
  try {
    const [arrow, parquet] = [await loadArrow(), await loadParquet()];
    const found: Candidate[] = [];
    const damaged: string[] = [];
    const unused: string[] = [];
    for (const file of existsSync(folder) ? segmentFiles(folder) : []) {
      if (file.endsWith('.tmp')) continue;
      const bytes = readFileSync(join(folder, file));
      const segment = file.endsWith('.parquet') ? inspectParquetSegment(parquet, bytes) : inspectSegment(arrow, bytes);
      if (segment === undefined || !matchesName(file, segment)) damaged.push(file);
      else {
        const series = segment.label?.series ?? seriesOfFolder(dirname(file));
        if (series === undefined) unused.push(file);
        else found.push({ file, series, month: monthOf(segment.first), written: segment.label?.written ?? 0, segment });
      }
    }
    const oldCatalog = moveCatalog(folder, runtime.now());
    for (const file of damaged) setAside(folder, file);
    const newest = new Map<string, Candidate>();
    for (const one of found) {
      const key = `${seriesName(one.series)} ${one.month}`;
      const other = newest.get(key);
      const isNewer = other === undefined || one.written > other.written;
      const older = isNewer ? other : one;
      if (older !== undefined) unused.push(older.file);
      if (isNewer) newest.set(key, one);
    }
    const store = await BarStore.open({ folder, runtime });
    try {
      for (const one of newest.values()) record(store, one);
    } finally {
      store.close();
    }
    for (const one of newest.values()) sweepFolder(join(folder, dirname(one.file)), runtime.now());
    const kept = [...newest.values()];
    return {
      segments: kept.length,
      bars: kept.reduce((sum, { segment }) => sum + segment.rows, 0),
      series: [...new Set(kept.map(({ series }) => seriesName(series)))].sort(),
      damaged,
      unused,
      oldCatalog,
    };
  } catch (error) {
    throw storeFailure(error, folder);
  }
}

/** The name of a segment holds the checksum of its bytes. */
function matchesName(file: string, { checksum }: FoundSegment): boolean {
  const [, named] = /\.([0-9a-f]+)-[^/]*$/.exec(file) ?? [];
  return named === undefined || parseInt(named, 16) === checksum;
}

function record(store: BarStore, { file, series, month, written, segment }: Candidate): void {
  const { rows, first, last, checksum, columns, bytes } = segment;
  store.catalog.durably(() => {
    const id = store.catalog.addSeries(series);
    store.catalog.putSegment(id, { month, file, rows, first, last, bytes: bytes.length, checksum, columns, written });
    const known = segment.label?.ranges ?? [
      {
        start: first,
        end: barClose(timeframe(series.timeframe), last),
        kind: 'known' as const,
        source: series.exchange,
        fetched: written,
      },
    ];
    for (const range of known) store.catalog.putRange(id, range);
  });
}

function moveCatalog(folder: string, now: number): string | undefined {
  const path = join(folder, catalogFile);
  if (!existsSync(path)) return undefined;
  const moved = `${catalogFile}.${Math.floor(now).toString(36)}.old`;
  for (const ending of ['', '-wal', '-shm']) {
    if (existsSync(`${path}${ending}`)) renameSync(`${path}${ending}`, join(folder, `${moved}${ending}`));
  }
  return moved;
}

function setAside(folder: string, file: string): void {
  mkdirSync(join(folder, 'damaged'), { recursive: true });
  renameSync(join(folder, file), join(folder, 'damaged', basename(file)));
}
