/** The dataset: history beyond bars as tables in Parquet, built, checked, published, and read with SQL. */
export {
  defineAsset,
  type Asset,
  type AssetCheck,
  type AssetContext,
  type AssetOptions,
  type KeptRows,
} from './build/asset.ts';
export { Dataset, type BuildOptions, type BuildStep, type BuildSummary, type DatasetOptions } from './build/dataset.ts';
export type { Partition, Partitioning } from './build/partitions.ts';
export type { AssetStatus, SymbolStatus } from './build/status.ts';
export { SymbolRuns, type SymbolOutcome, type SymbolRetry } from './build/symbols.ts';
export { Duck, type SqlAnswer, type SqlLimits, type SqlValue } from './duck.ts';
export { marketAssets } from './market/assets.ts';
export { ccxtSource, type CcxtSourceOptions } from './market/ccxt-source.ts';
export type { DatasetSource, FundingRow, LiquidationRow, OpenInterestRow, Period, TradeRow } from './market/source.ts';
export { datasetTables, tablesMarkdown } from './tables/all.ts';
export { defineTable, tableMarkdown, type ColumnType, type TableColumn, type TableSchema } from './tables/table.ts';
export { sql, type ArrowSource, type SqlSource } from './sql.ts';
export { DatasetClient, SqlTable, type DatasetClientOptions, type Selection, type SqlRow } from './client/tables.ts';
export {
  Token,
  Tokens,
  type Tearsheet,
  type TearsheetQuery,
  type TokenInfo,
  type TokenOptions,
  type TokenQuery,
  type TokenSeries,
} from './client/token.ts';
export { cardOf } from './publish/card.ts';
export { HuggingFacePublisher, type HuggingFaceOptions } from './publish/hugging-face.ts';
export { FolderPublisher, publish, type Publisher, type PublishItem, type PublishResult } from './publish/publish.ts';
export { S3Publisher, type S3Options } from './publish/s3.ts';
export { specOf, type DatasetSpec, type PublishedFile, type PublishedTable } from './publish/spec.ts';
