/** Where bars come from. */
export { checkFeed, feedRules, type FeedCheckOptions, type FeedRule, type MakeFeed } from './contract.ts';
export { DataFeed, feedOptionNames, type FeedOptions, type LoadContext, type LoadProgress } from './feed.ts';
export { BarsDataFeed, type BarsDataFeedOptions } from './memory/bars-data-feed.ts';
export { CsvDataFeed, type CsvDataFeedOptions } from './csv/csv-data-feed.ts';
export type { CsvColumns } from './csv/columns.ts';
export type { CsvTimeFormat, TimeUnit } from './csv/cells.ts';
export {
  generateBars,
  GeneratedDataFeed,
  type GeneratedDataFeedOptions,
  type GenerateOptions,
} from './memory/generate.ts';
export { CcxtDataFeed, type CcxtDataFeedOptions } from './history/ccxt-data-feed.ts';
export { fillPoints } from './history/points.ts';
export { loadFunding, loadOpenInterest, type LoadPointsOptions } from './history/points.ts';
export type { PageCounts } from './history/page.ts';
export { CustomDataFeed, customFeedOptionNames, type CustomDataFeedOptions } from './tables/custom.ts';
export type { SourceTimeFormat } from './tables/cells.ts';
export { SqliteDataFeed, type SqliteDataFeedOptions } from './tables/sqlite.ts';
export { HttpDataFeed, type HttpDataFeedOptions } from './tables/http.ts';
export { ArrowDataFeed, writeArrow, type ArrowDataFeedOptions } from './tables/arrow.ts';
export type { ColumnFileFeedOptions } from './tables/column-file.ts';
export { ParquetDataFeed, writeParquet, type ParquetDataFeedOptions } from './tables/parquet.ts';
export { align, AlignedTable, type AlignOptions } from './research/align.ts';
export { BarTable } from './research/bar-table.ts';
export { ColumnTable } from './research/column-table.ts';
export { factsOf, HeldFeed, type FeedFacts } from './memory/held-feed.ts';
export type { LoadedBars } from './loaded-bars.ts';
export { loadQuotes, loadTrades, type LoadTicksOptions } from './research/load-trades.ts';
export { load, type LoadOptions } from './research/load.ts';
export { loadBars, streamBars } from './checks/gate.ts';
export { noteReads, readsFrom, takeReads } from './checks/reads.ts';
export { validateBars, type ValidatedBars } from './checks/validate.ts';
export { checkValidation, validationOptionNames, type FaultPolicy, type ValidationOptions } from './checks/policies.ts';
export {
  findingText,
  gatheredWarnings,
  formatDataReport,
  shortHistoryText,
  type DataReport,
  type Finding,
  type FindingKind,
  type Gap,
  type ShortHistory,
} from './checks/report.ts';
export { resampleBars, type ResampleOptions } from './timeframes/resample.ts';
export type { ResampledBars } from './timeframes/resampler.ts';
export type { GridOptions } from './timeframes/bar-grid.ts';
export type { SessionOptions } from './timeframes/session.ts';
export { Resampler } from './timeframes/resampler.ts';
export { checkFrames } from './timeframes/resample.ts';
export { BarGrid, gridOptionNames } from './timeframes/bar-grid.ts';
export { Replay } from './timeframes/growing-bar.ts';
export { Session } from './timeframes/session.ts';
export { spanMs, weekdayOf, Zone } from './timeframes/wall-clock.ts';
export { EventBarDataFeed, type EventBarDataFeedOptions } from './memory/event-bar-data-feed.ts';
export { eventBars, type EventBarKind } from './memory/event-bars.ts';
export { TickDataFeed, type TickDataFeedOptions } from './memory/tick-data-feed.ts';
export { barsFromTicks, type BarsFromTicksOptions, type Ticks } from './memory/ticks-bars.ts';
export { BarBuilder, type BarBuilderOptions, type BuiltBar, type Tick } from './memory/bar-builder.ts';
export { StreamingFeed, type StreamSeed } from './live/streaming-feed.ts';
export type { StreamingFeedOptions } from './live/options.ts';
export { LiveBars, type LiveBar, type LiveBarCounts, type MissingBars } from './live/live-bars.ts';
export {
  CcxtClosedBars,
  columnsOf,
  fetchSettled,
  holeText,
  rowsOf,
  type BarHole,
  type ClosedBars,
  type FetchedBars,
} from './live/closed-bars.ts';
export { StreamIntake, timeOf } from './live/intake.ts';
export { keptKinds, MarketKeeper, type KeptKind, type MarketKeeperOptions } from './live/market-keeper.ts';
export type { MarketSource, SourceContext, WantedStream } from './live/market-source.ts';
export type { MarketView } from './live/market-view.ts';
export { NativeSource, type NativeSourceOptions } from './live/native-source.ts';
export { receivedAt, RecordingSource, type RecordingSourceOptions } from './live/recording-source.ts';
export { CcxtProSource, type CcxtProSourceOptions } from './live/ccxt-pro-source.ts';
export type { CsvColumnName, ExtraColumnName } from './csv/columns.ts';
export type { ColumnName } from './tables/column-file.ts';
export type { ValidatorSource } from './checks/validate.ts';
export type { UnreadableCells } from './tables/cells.ts';
export { BookDataFeed, type BookDataFeedOptions } from './ticks/book-data-feed.ts';
export { MarketTicks, tickKind } from './ticks/market-ticks.ts';
export type { TickMarket } from './ticks/tick-market.ts';
