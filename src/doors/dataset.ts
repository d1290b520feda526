/** `nextbar/dataset`: for programs that build, publish or query tables of market history: assets, publishers, SQL and tokens. */

// Building: assets, the dataset in a folder, where its rows come from.
export { ccxtSource, Dataset, datasetTables, defineAsset, defineTable, marketAssets, tablesMarkdown } from '../dataset/index.ts'; // prettier-ignore
export type {
  Asset,
  AssetCheck,
  AssetContext,
  AssetOptions,
  AssetStatus,
  BuildOptions,
  BuildStep,
  BuildSummary,
  CcxtSourceOptions,
  ColumnType,
  DatasetOptions,
  DatasetSource,
  Duck,
  FundingRow,
  KeptRows,
  LiquidationRow,
  OpenInterestRow,
  Partition,
  Partitioning,
  Period,
  SymbolOutcome,
  SymbolRetry,
  SymbolRuns,
  SymbolStatus,
  TableColumn,
  TableSchema,
  TradeRow,
} from '../dataset/index.ts';

// Publishing.
export { FolderPublisher, HuggingFacePublisher, publish, S3Publisher } from '../dataset/index.ts';
export type {
  DatasetSpec,
  HuggingFaceOptions,
  PublishedFile,
  PublishedTable,
  Publisher,
  PublishItem,
  PublishResult,
  S3Options,
} from '../dataset/index.ts';

// Reading: SQL, tokens, feeds.
export { DatasetClient, sql, SqlTable, Token, Tokens } from '../dataset/index.ts';
export type {
  ArrowSource,
  DatasetClientOptions,
  Selection,
  SqlAnswer,
  SqlLimits,
  SqlRow,
  SqlSource,
  SqlValue,
  Tearsheet,
  TearsheetQuery,
  TokenInfo,
  TokenOptions,
  TokenQuery,
  TokenSeries,
} from '../dataset/index.ts';
