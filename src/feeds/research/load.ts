/** Bars for research in one call: from an exchange through the bar store, or from a file. */
import { checkFeedNames, ConfigError, shown } from '../../core/index.ts';
import { CsvDataFeed, type CsvDataFeedOptions } from '../csv/csv-data-feed.ts';
import { atOnce, feedOptionNames, type DataFeed } from '../feed.ts';
import { CcxtDataFeed, type CcxtDataFeedOptions } from '../history/ccxt-data-feed.ts';
import { factsOf } from '../memory/held-feed.ts';
import { BarsDataFeed, type BarsDataFeedOptions } from '../memory/bars-data-feed.ts';
import { ArrowDataFeed } from '../tables/arrow.ts';
import type { ColumnFileFeedOptions } from '../tables/column-file.ts';
import { ParquetDataFeed } from '../tables/parquet.ts';
import { BarTable } from './bar-table.ts';

/** What to load: the options of a CcxtDataFeed, those of a feed over the file `path` or over `bars`, or a feed. */
export type LoadOptions =
  CcxtDataFeedOptions | CsvDataFeedOptions | ColumnFileFeedOptions | BarsDataFeedOptions | DataFeed;

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
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ConfigError(`load takes options or a feed, was ${shown(given)}`, { context: { field: 'options' } });
  }
  const feed = 'load' in options ? options : feedOf(options);
  const bars = await feed.load(atOnce);
  const { name, symbol, timeframe, report, instrument } = feed;
  const about = { name, symbol, timeframe, report, warnings: feed.warnings(), ...(instrument && { instrument }) };
  return Object.assign(new BarTable(bars, about), { facts: factsOf(feed) });
}

function feedOf(options: Exclude<LoadOptions, DataFeed>): DataFeed {
  if ('exchange' in options || 'store' in options) {
    if ('path' in options) {
      throw new ConfigError('load takes an exchange or the path of a file, and both were given', {
        context: { field: 'path' },
      });
    }
    return new CcxtDataFeed(options);
  }
  if ('bars' in options) return new BarsDataFeed(options);
  if (!('path' in options)) {
    checkFeedNames('load', options, [...feedOptionNames, 'path', 'exchange', 'store', 'bars']);
    throw new ConfigError('load needs an exchange with symbol, the path of a file, or bars', {
      context: { field: 'exchange' },
    });
  }
  const { path } = options;
  if (typeof path === 'string' && /\.(?:arrow|feather|ipc)$/i.test(path))
    return new ArrowDataFeed(options as ColumnFileFeedOptions);
  if (typeof path === 'string' && /\.(?:parquet|pq)$/i.test(path))
    return new ParquetDataFeed(options as ColumnFileFeedOptions);
  return new CsvDataFeed(options);
}
