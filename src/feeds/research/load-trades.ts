/** Trades and quotes that sessions and streams kept in the store, as columns. */
import { checkFeedNames, DataError, toTime, unifiedSymbol, typeOfSymbol, type TimeInput } from '../../core/index.ts';
import { noteRead } from '../checks/reads.ts';
import { TickStore, type StoredQuotes, type StoredTrades, type TickSeries } from '../../store/index.ts';

/** The stored trades or quotes to load. */
export interface LoadTicksOptions {
  /** The exchange's id. */
  readonly exchange: string;
  /** The unified symbol. */
  readonly symbol: string;
  /** The first moment wanted. Default: the first that is stored. */
  readonly start?: TimeInput;
  /** The end, excluded. Default: the last that is stored. */
  readonly end?: TimeInput;
  /** Where they came from, if not from the exchange itself: `sandbox`, or a host such as `127.0.0.1:8787`. Default: the exchange itself. */
  readonly origin?: string;
  /** Folder of the bar store. Default `data-cache`. */
  readonly folder?: string;
}

const names = ['exchange', 'symbol', 'start', 'end', 'origin', 'folder'] as const;

/**
 * The stored trades of a symbol, as `TickDataFeed` takes them.
 *
 * @throws {DataError} If none is stored in the range.
 */
export function loadTrades(options: LoadTicksOptions): Promise<StoredTrades> {
  return withTicks(options, 'trades', (store, series, range) => store.trades(series, range));
}

/**
 * The stored best prices of a symbol.
 *
 * @throws {DataError} If none is stored in the range.
 */
export function loadQuotes(options: LoadTicksOptions): Promise<StoredQuotes> {
  return withTicks(options, 'quotes', (store, series, range) => store.quotes(series, range));
}

async function withTicks<T extends { readonly time: Float64Array }>(
  options: LoadTicksOptions,
  what: 'trades' | 'quotes',
  read: (store: TickStore, series: TickSeries, range: { start: number; end: number }) => T,
): Promise<T> {
  checkFeedNames(what === 'trades' ? 'loadTrades' : 'loadQuotes', options, names);
  const { exchange, folder, origin } = options;
  const symbol = unifiedSymbol(options.symbol);
  const start = options.start === undefined ? -Infinity : toTime(options.start, 'start');
  const end = options.end === undefined ? Infinity : toTime(options.end, 'end');
  const store = await TickStore.open({ readOnly: true, ...(folder !== undefined && { folder }) });
  try {
    const found = read(store, { exchange, symbol, ...(origin !== undefined && { origin }) }, { start, end });
    if (found.time.length > 0) return noteRead(found, `${exchange} ${symbol} ${what}`);
    const others = store.list({ exchange, symbol }).map((one) => one.origin ?? 'the exchange itself');
    const hint = others.length > 0 ? `; there are some from ${others.join(', ')}` : '';
    throw new DataError(`no stored ${what} of ${exchange} ${typeOfSymbol(symbol)} ${symbol} in that range${hint}`, {
      code: 'no-rows',
      context: { exchange, symbol },
    });
  } finally {
    store.close();
  }
}
