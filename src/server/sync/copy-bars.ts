/** Bars of chosen series: downloaded into the bar store, and copied from there into the database for users of SQL. */
import type { CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import { messageOf, typeOfSymbol, type Runtime } from '../../core/index.ts';
import { CcxtDataFeed } from '../../feeds/index.ts';
import { BarStore, type Series } from '../../store/index.ts';
import { upsert, type Database, type SqlValue } from '../database/database.ts';

/** A series whose bars are kept up to date. */
export interface SyncedSeries {
  readonly exchange: string;
  readonly symbol: string;
  readonly timeframe: string;
  /** Bars from this time on; an ISO date or time. */
  readonly start: string;
}

/** What copying needs. */
export interface CopyParts {
  readonly database: Database;
  readonly runtime: Runtime;
  /** Folder of the bar store. */
  readonly folder: string;
  /** How to reach the exchange. */
  readonly connection: Omit<CcxtStoreOptions, 'exchange'>;
}

/** Bars per transaction: the most that a failure has to repeat. */
const barsAtOnce = 2_000;

/**
 * Downloads a series' missing bars and copies its new ones. Both continue where they stopped: the store knows which bars it has, and the
 * database how far they were copied.
 *
 * @returns How many bars were copied.
 */
export async function syncBars(
  wanted: SyncedSeries,
  { database, runtime, folder, connection }: CopyParts,
): Promise<number> {
  const { exchange, symbol, timeframe, start } = wanted;
  const feed = new CcxtDataFeed({
    exchange, symbol, timeframe, start, folder, connection: { publicOnly: true, ...connection }, shortHistory: 'report', progress: false,
  }); // prettier-ignore
  await feed.load({ runtime });
  const store = await BarStore.open({ folder, runtime });
  try {
    const { origin } = feed;
    const series: Series = {
      exchange,
      symbol: feed.symbol,
      timeframe,
      type: typeOfSymbol(feed.symbol),
      ...(origin !== undefined && { origin }),
    };
    return await copyBars(database, store, series, runtime);
  } catch (error) {
    throw error instanceof Error ? error : new Error(messageOf(error));
  } finally {
    store.close();
  }
}

/** Copies the bars of a series that are not in the database yet. The copy is for users of SQL and is never read back. */
export async function copyBars(database: Database, store: BarStore, series: Series, runtime: Runtime): Promise<number> {
  const { exchange, type, symbol, timeframe, origin = '' } = series;
  const key = { exchange, origin, type, symbol, timeframe };
  const [row] = await database.rows<{ copied_until: number }>(
    'SELECT copied_until FROM bar_copies WHERE exchange = $1 AND origin = $2 AND type = $3 AND symbol = $4 AND timeframe = $5',
    Object.values(key),
  );
  let copied = 0;
  for (const bars of store.stream(series, { start: row?.copied_until ?? -Infinity, end: Infinity })) {
    for (let from = 0; from < bars.time.length; from += barsAtOnce) {
      const until = Math.min(from + barsAtOnce, bars.time.length);
      const rows: Record<string, SqlValue>[] = [];
      for (let i = from; i < until; i++) {
        rows.push({
          ...key,
          time: bars.time[i]!,
          open: bars.open[i]!,
          high: bars.high[i]!,
          low: bars.low[i]!,
          close: bars.close[i]!,
          volume: bars.volume[i]!,
        });
      }
      await database.transaction(async (queries) => {
        await upsert(queries, 'bars', ['exchange', 'origin', 'type', 'symbol', 'timeframe', 'time'], rows);
        const mark = { ...key, copied_until: bars.time[until - 1]! + 1, updated: Math.floor(runtime.now()) };
        await upsert(queries, 'bar_copies', ['exchange', 'origin', 'type', 'symbol', 'timeframe'], [mark]);
      });
      copied += rows.length;
    }
  }
  return copied;
}

/** A series for messages. */
export function nameOf({ exchange, symbol, timeframe }: SyncedSeries): string {
  return `${exchange} ${symbol} ${timeframe}`;
}
