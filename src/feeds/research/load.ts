/** Bars for research in one call: from an exchange through the bar store, or from a file. */
import { ConfigError } from '../../core/index.ts';
import { CsvDataFeed, type CsvDataFeedOptions } from '../csv/csv-data-feed.ts';
import { atOnce, type DataFeed } from '../feed.ts';
import { CcxtDataFeed, type CcxtDataFeedOptions } from '../history/ccxt-data-feed.ts';
import { ArrowDataFeed } from '../tables/arrow.ts';
import type { ColumnFileFeedOptions } from '../tables/column-file.ts';
import { ParquetDataFeed } from '../tables/parquet.ts';
import { BarTable } from './bar-table.ts';

/** What to load: the options of a CcxtDataFeed, or those of a feed over the file `path`, or a feed. */
export type LoadOptions = CcxtDataFeedOptions | CsvDataFeedOptions | ColumnFileFeedOptions | DataFeed;

/**
 * Loads bars as columns.
 *
 * ```ts
 * const btc = await load({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1h', start: '2024-01-01', end: '2024-03-01' });
 * btc.close.at(-1);
 * ```
 *
 * @throws {DataError} If there are no bars, or they have a fault whose policy is `throw`.
 */
export async function load(options: LoadOptions): Promise<BarTable> {
  const feed = 'load' in options ? options : feedOf(options);
  const bars = await feed.load(atOnce);
  const { name, symbol, timeframe, report } = feed;
  return new BarTable(bars, { name, symbol, timeframe, report, warnings: feed.warnings() });
}

function feedOf(options: Exclude<LoadOptions, DataFeed>): DataFeed {
  if ('exchange' in options || 'store' in options) return new CcxtDataFeed(options);
  if (!('path' in options)) {
    throw new ConfigError('load needs an exchange with symbol, or the path of a file', {
      context: { field: 'exchange' },
    });
  }
  const { path } = options;
  if (typeof path === 'string' && path.endsWith('.arrow')) return new ArrowDataFeed(options as ColumnFileFeedOptions);
  if (typeof path === 'string' && path.endsWith('.parquet'))
    return new ParquetDataFeed(options as ColumnFileFeedOptions);
  return new CsvDataFeed(options);
}
