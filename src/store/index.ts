/** Bars and metadata on disk: Arrow segments, an SQLite catalog. The only room that writes to `data-cache/`. */
export { BarStore, storages, type BarStoreOptions, type StorageForm, type WrittenRange } from './bar-store.ts';
export type { SegmentRow } from './catalog.ts';
export { Claim } from './claims.ts';
export { FileLock, heldLocks, lockHolder, type LockHolder } from './file-lock.ts';
export { concatBars } from './concat.ts';
export { readDocument, writeDocuments, type StoredDocument } from './documents.ts';
export { checkStore, listSeries, storedShorter, type SeriesInfo, type StoreCheck } from './inventory.ts';
export { repairStore, type StoreRepair } from './repair.ts';
export {
  pointKinds,
  PointStore,
  pointsFile,
  type PointKind,
  type Points,
  type PointSeries,
  type PointsInfo,
} from './market/point-store.ts';
export { builtMark, holesBetween, isBuilt } from './holes.ts';
export { IntentStore } from './intents.ts';
export { compactJournal, Journal, JournalReader, type JournalEntry, type JournalKind } from './journal.ts';
export { monthOf, monthRange, splitByMonth, type MonthOfBars } from './months.ts';
export {
  missingRanges,
  rangesOverlap,
  subtractRange,
  type KnownRange,
  type RangeKind,
  type TimeRange,
} from './ranges.ts';
export { seriesFolder, seriesName, venueName, type Series } from './series.ts';
export { openReady, openToRead, type ReadyFile, type ReadyOptions } from './sqlite-copy.ts';
export { redirectSqlite } from './disk/sqlite-places.ts';
export { fileFailure } from './disk/failure.ts';
export { hasSqlite, openSqlite, Sqlite, type SqliteOptions, type SqliteStatement, type SqliteValue } from './sqlite.ts';

export { RunStore, runsFile } from './runs/run-store.ts';
export type {
  KeptRun,
  KeptRunData,
  KeptRunKind,
  KeptRunStatus,
  NewRun,
  RunChanges,
  RunFilter,
  TriedRun,
} from './runs/kept-run.ts';
export { encodeArrow, loadArrow } from './segments/segment.ts';
export {
  TickStore,
  ticksFile,
  type StoredQuotes,
  type StoredTradeRow,
  type StoredTrades,
  type TicksInfo,
  type TickSeries,
} from './market/tick-store.ts';
export { TrialStore, type StoredChunk } from './runs/trial-store.ts';
