/** Where bars come from. */
export { DataFeed, feedOptionNames, type FeedOptions, type LoadContext, type LoadProgress } from './feed.ts';
export { BarsDataFeed, type BarsDataFeedOptions } from './rows.ts';
export { CsvDataFeed, type CsvDataFeedOptions } from './csv.ts';
export type { CsvColumns } from './csv-columns.ts';
export type { CsvTimeFormat } from './csv-text.ts';
export { generateBars, GeneratedDataFeed, type GeneratedDataFeedOptions, type GenerateOptions } from './generate.ts';
