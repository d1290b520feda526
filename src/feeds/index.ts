/** Where bars come from. */
export { DataFeed, feedOptionNames, type FeedOptions, type LoadContext, type LoadProgress } from './feed.ts';
export { BarsDataFeed, type BarsDataFeedOptions } from './rows.ts';
export { CsvDataFeed, type CsvDataFeedOptions } from './csv.ts';
export type { CsvColumns } from './csv-columns.ts';
export type { CsvTimeFormat } from './csv-text.ts';
export { generateBars, GeneratedDataFeed, type GeneratedDataFeedOptions, type GenerateOptions } from './generate.ts';
export { CcxtDataFeed, type CcxtDataFeedOptions } from './ccxt.ts';
export type { PageCounts } from './ccxt-page.ts';
export { CustomDataFeed, customFeedOptionNames, type CustomDataFeedOptions } from './custom.ts';
export type { SourceTimeFormat } from './custom-times.ts';
export { SqliteDataFeed, type SqliteDataFeedOptions } from './sqlite.ts';
export { HttpDataFeed, type HttpDataFeedOptions } from './http.ts';
export { ArrowDataFeed, writeArrow, type ArrowDataFeedOptions, type ColumnFileFeedOptions } from './arrow.ts';
export { ParquetDataFeed, writeParquet, type ParquetDataFeedOptions } from './parquet.ts';
export {
  checkValidation,
  validateBars,
  validationOptionNames,
  type FaultPolicy,
  type ValidatedBars,
  type ValidationOptions,
} from './validate.ts';
export {
  formatDataReport,
  shortHistoryText,
  type DataReport,
  type Finding,
  type FindingKind,
  type Gap,
  type ShortHistory,
} from './validate-report.ts';
export { resampleBars, type ResampleOptions } from './resample.ts';
export type { ResampledBars } from './resample-bars.ts';
export type { GridOptions } from './resample-grid.ts';
export type { SessionOptions } from './session.ts';
export { Resampler } from './resample-bars.ts';
export { checkFrames } from './resample.ts';
export { BarGrid, gridOptionNames } from './resample-grid.ts';
export { Replay } from './replay.ts';
export { Session } from './session.ts';
export { spanMs, weekdayOf, Zone } from './session-zone.ts';
export { TickDataFeed, type TickDataFeedOptions } from './ticks.ts';
export { barsFromTicks, type BarsFromTicksOptions, type Ticks } from './ticks-bars.ts';
export { BarBuilder, type BarBuilderOptions, type BuiltBar, type Tick } from './ticks-builder.ts';
export { StreamingFeed, type StreamSeed } from './streaming.ts';
export type { StreamingFeedOptions } from './streaming-options.ts';
export { LiveBars, type LiveBar, type LiveBarCounts, type MissingBars } from './streaming-bars.ts';
export { columnsOf, fetchSettled, rowsOf, type ClosedBars } from './streaming-history.ts';
export { StreamIntake, timeOf } from './streaming-intake.ts';
export type { MarketSource, SourceContext, WantedStream } from './market-source.ts';
export type { MarketView } from './market-view.ts';
export { NativeSource, type NativeSourceOptions } from './native-source.ts';
export { receivedAt, RecordingSource, type RecordingSourceOptions } from './recording-source.ts';
export { CcxtProSource, type CcxtProSourceOptions } from './ccxt-pro-source.ts';
