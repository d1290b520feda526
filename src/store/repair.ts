/** Rebuilds a lost or damaged catalog from the labels in the segments. */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { barClose, DataError, timeframe, type Runtime } from '../core/index.ts';
import { catalogFile, openCatalog, type Catalog } from './catalog.ts';
import { storeFailure } from './disk/failure.ts';
import { setAside, sweepFolder, syncFolder } from './disk/folders.ts';
import { monthOf } from './months.ts';
import { inspectParquetSegment, loadParquet } from './segments/parquet-segment.ts';
import { segmentFiles } from './segments/segment-files.ts';
import { inspectSegment, loadArrow, type FoundSegment } from './segments/segment.ts';
import { seriesName, seriesOfFolder, type Series } from './series.ts';

/** What a repair found. */
export interface StoreRepair {
  /** Months that the new catalog has, and their bars. */
  readonly segments: number;
  readonly bars: number;
  readonly series: readonly string[];
  /** Files that are not whole segments: moved to `damaged/`. */
  readonly damaged: readonly string[];
  /** Older versions of a month: left where they are. */
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
 * Moves the catalog of a store aside and makes another from its segments. Stored bars stay. Lost are only the list of stretches confirmed
 * as empty and the rules of instruments; both are fetched again when needed.
 */
export async function repairStore(folder: string, runtime: Runtime): Promise<StoreRepair> {
  if (!existsSync(folder)) throw new DataError(`there is no bar store in ${folder}`, { context: { folder } });
  try {
    const [arrow, parquet] = [await loadArrow(), await loadParquet()];
    const found: Candidate[] = [];
    const damaged: string[] = [];
    for (const file of segmentFiles(folder)) {
      if (file.endsWith('.tmp')) continue;
      const bytes = readFileSync(join(folder, file));
      const segment = file.endsWith('.parquet') ? inspectParquetSegment(parquet, bytes) : inspectSegment(arrow, bytes);
      if (segment === undefined || !matchesName(file, segment)) damaged.push(file);
      else {
        const series = segment.label?.series ?? seriesOfFolder(dirname(file))!;
        found.push({ file, series, month: monthOf(segment.first), written: segment.label?.written ?? 0, segment });
      }
    }
    const unused: string[] = [];
    const newest = new Map<string, Candidate>();
    for (const one of found) {
      const key = `${seriesName(one.series)} ${one.month}`;
      const other = newest.get(key);
      const isNewer = other === undefined || one.written > other.written;
      const older = isNewer ? other : one;
      if (older !== undefined) unused.push(older.file);
      if (isNewer) newest.set(key, one);
    }
    const kept = [...newest.values()];
    const oldCatalog = await replaceCatalog(folder, kept, runtime.now());
    for (const file of damaged) setAside(folder, file);
    for (const place of new Set(kept.map(({ file }) => dirname(file)))) sweepFolder(join(folder, place), runtime.now());
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

/**
 * Makes a catalog of these segments beside the old one and puts it in its place, so that a process that dies meanwhile leaves the old one,
 * none, or the new one, but never a partial one. Returns where the old one is now.
 */
async function replaceCatalog(
  folder: string,
  segments: readonly Candidate[],
  now: number,
): Promise<string | undefined> {
  const place = mkdtempSync(join(folder, 'repair-'));
  try {
    const catalog = await openCatalog(place);
    try {
      catalog.durably(() => {
        for (const one of segments) record(catalog, one);
      });
    } finally {
      catalog.close();
    }
    const oldCatalog = moveCatalog(folder, now);
    renameSync(join(place, catalogFile), join(folder, catalogFile));
    syncFolder(folder);
    return oldCatalog;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The name of a segment holds the checksum of its bytes. */
function matchesName(file: string, { checksum }: FoundSegment): boolean {
  const [, named] = /\.([0-9a-f]+)-[^/]*$/.exec(file) ?? [];
  return named === undefined || parseInt(named, 16) === checksum;
}

function record(catalog: Catalog, { file, series, month, written, segment }: Candidate): void {
  const { rows, first, last, checksum, columns, bytes } = segment;
  const id = catalog.addSeries(series);
  catalog.putSegment(id, { month, file, rows, first, last, bytes: bytes.length, checksum, columns, written });
  const known = segment.label?.ranges ?? [
    {
      start: first,
      end: barClose(timeframe(series.timeframe), last),
      kind: 'known' as const,
      source: series.exchange,
      fetched: written,
    },
  ];
  for (const range of known) catalog.putRange(id, range);
}

/** Moves the log even where the catalog is absent: a new catalog would take it for its own. */
function moveCatalog(folder: string, now: number): string | undefined {
  const moved = `${catalogFile}.${Math.floor(now).toString(36)}.old`;
  const endings = ['', '-wal', '-shm'].filter((ending) => existsSync(join(folder, `${catalogFile}${ending}`)));
  for (const ending of endings) renameSync(join(folder, `${catalogFile}${ending}`), join(folder, `${moved}${ending}`));
  return endings.includes('') ? moved : undefined;
}
