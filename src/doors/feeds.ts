/** `nextbar/feeds`: for programs that build, check, resample, store or write bars themselves, or name the options of a feed. */

// The words of the trade, times, errors.
export {
  barAt,
  barClose,
  barColumnNames,
  barOpen,
  barsBetween,
  barsPerYear,
  createBars,
  extraColumnNames,
  parseIsoTime,
  seededRandom,
  sliceBars,
  standardTimeframes,
} from '../core/index.ts';
export type { BarColumnName, TimeframeUnit } from '../core/index.ts';

// Feeds: where bars come from.
export {
  BarBuilder,
  barsFromTicks,
  customFeedOptionNames,
  EventBarDataFeed,
  eventBars,
  feedOptionNames,
  formatDataReport,
  resampleBars,
  validateBars,
  writeArrow,
  writeParquet,
} from '../feeds/index.ts';
export type {
  ArrowDataFeedOptions,
  BarBuilderOptions,
  BarsDataFeedOptions,
  BarsFromTicksOptions,
  BuiltBar,
  CcxtDataFeedOptions,
  ColumnFileFeedOptions,
  ColumnName,
  CsvColumnName,
  CsvColumns,
  CsvDataFeedOptions,
  CsvTimeFormat,
  CustomDataFeedOptions,
  DataReport,
  ExtraColumnName,
  FaultPolicy,
  Finding,
  FindingKind,
  Gap,
  GenerateOptions,
  GeneratedDataFeedOptions,
  GridOptions,
  HttpDataFeedOptions,
  LoadContext,
  LoadProgress,
  PageCounts,
  ParquetDataFeedOptions,
  ResampleOptions,
  ResampledBars,
  SessionOptions,
  ShortHistory,
  SourceTimeFormat,
  SqliteDataFeedOptions,
  StreamingFeedOptions,
  Tick,
  TickDataFeedOptions,
  EventBarDataFeedOptions,
  EventBarKind,
  Ticks,
  UnreadableCells,
  ValidatedBars,
  ValidationOptions,
  ValidatorSource,
} from '../feeds/index.ts';

// The bar store: bars on disk.
export { BarStore } from '../store/index.ts';
export type { BarStoreOptions, KnownRange, RangeKind, Series, TimeRange, WrittenRange } from '../store/index.ts';
