/** The history of an exchange through ccxt: bars through the bar store, funding rates, open interest and trades page by page. */
import { CcxtStore, fetchOpenInterest, type CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import { createBars, DataError, systemRuntime, unifiedSymbol, typeOfSymbol, type Runtime } from '../../core/index.ts';
import { CcxtDataFeed, fillPoints } from '../../feeds/index.ts';
import { TickStore, type TickSeries } from '../../store/index.ts';
import type { DatasetSource, FundingRow, OpenInterestRow, Period, TradeRow } from './source.ts';

/** Options of a source over ccxt. */
export interface CcxtSourceOptions {
  /** Any of ccxt's exchange ids. */
  readonly exchange: string;
  /** Unified symbols, such as `BTC/USDT` and `BTC/USDT:USDT`. */
  readonly symbols: readonly string[];
  /** Folder of the bar store. Default `data-cache`. */
  readonly folder?: string;
  /** Options of the connection, such as `url`. Default: the exchange itself. */
  readonly connection?: Omit<CcxtStoreOptions, 'exchange'>;
  /** Whether trades are fetched: many requests for a liquid market. Default false. */
  readonly hasTrades?: boolean;
  /** Clock and timers. Default: the system's. */
  readonly runtime?: Runtime;
}

const hourMs = 3_600_000;
const pageRows = 1000;
/** More pages than this for one day mean that the exchange repeats itself. */
const mostPages = 5000;

/** The history of an exchange that ccxt knows. */
export async function ccxtSource(options: CcxtSourceOptions): Promise<DatasetSource> {
  const { exchange, folder, connection = {}, hasTrades = false, runtime = systemRuntime } = options;
  const given = { publicOnly: true, ...connection };
  const store = CcxtStore.shared({ ...given, exchange }, runtime);
  const { has } = await store.open();
  const can = (method: string): boolean => has[method] === true || has[method] === 'emulated';
  const fundingRates = async (symbol: string, period: Period): Promise<readonly FundingRow[]> => {
    const points = await fillPoints(store, symbol, 'funding', period, runtime, {
      ...(folder !== undefined && { folder }),
    });
    return Array.from(points.time, (time, i) => ({ time, rate: points.value[i]! }));
  };
  const openInterest = async (symbol: string, period: Period): Promise<readonly OpenInterestRow[]> =>
    (
      await paged(period, hourMs, async (since) => {
        // Bounded: venues that keep the newest of a window would leave out its beginning.
        const request = { symbol, timeframe: '1h', since, until: period.end - 1, limit: 100 } as const;
        return (await fetchOpenInterest(store, request)).map((row) => ({ ...row, timestamp: row.time }));
      })
    ).map(({ time, amount, value }) => ({ time, amount, value }));
  const trades = async (symbol: string, period: Period): Promise<readonly TradeRow[]> =>
    (await paged(period, 0, (since) => store.fetchTrades(symbol, since, pageRows))).flatMap((trade) => {
      const { id, timestamp, price, amount, side } = trade;
      if (id === undefined || timestamp === undefined || price === undefined || amount === undefined) return [];
      return [{ id, time: timestamp, price, size: amount, side: side === 'buy' || side === 'sell' ? side : undefined }];
    });
  const recorded = async <R>(symbol: string, read: (ticks: TickStore, series: TickSeries) => R[]): Promise<R[]> => {
    if (!TickStore.exists(folder)) return [];
    const ticks = await TickStore.open({ readOnly: true, ...(folder !== undefined && { folder }) });
    try {
      const { origin } = store;
      return read(ticks, { exchange, symbol, ...(origin !== undefined && { origin }) });
    } finally {
      ticks.close();
    }
  };
  const hasHistory = hasTrades && can('fetchTrades');
  const allTrades = async (symbol: string, period: Period): Promise<TradeRow[]> => [
    ...(hasHistory ? await trades(symbol, period) : []),
    ...(await recorded(symbol, (ticks, series) => ticks.tradeRows(series, period))),
  ];
  return {
    exchange,
    symbols: options.symbols.map(unifiedSymbol),
    instrument: (symbol) => store.instrument(symbol),
    bars: async (symbol, { start, end }) => {
      const feed = new CcxtDataFeed({
        exchange, symbol, timeframe: '1m', start, end, shortHistory: 'report', progress: false, connection: given,
        ...(folder !== undefined && { folder }),
      }); // prettier-ignore
      try {
        return await feed.load({ runtime });
      } catch (error) {
        // A day without a trade is valid and not a failure of the symbol.
        if (error instanceof DataError && error.code === 'no-bars') return createBars(0);
        throw error;
      }
    },
    fundingRates: can('fetchFundingRateHistory') ? onlySwaps(fundingRates) : undefined,
    openInterest: can('fetchOpenInterestHistory') ? onlySwaps(openInterest) : undefined,
    // Trades recorded from streams are added to the exchange's history: the same trade has the same id, and is kept once.
    trades: hasHistory || TickStore.exists(folder) ? allTrades : undefined,
    liquidations: (symbol, period) => recorded(symbol, (ticks, series) => ticks.liquidations(series, period)),
  };
}

function onlySwaps<R>(act: (symbol: string, period: Period) => Promise<readonly R[]>): typeof act {
  return (symbol, period) => (typeOfSymbol(symbol) === 'swap' ? act(symbol, period) : Promise.resolve([]));
}

/**
 * Page after page from the start of a period until its end, or until nothing newer comes; rows outside of it are left out.
 *
 * @param spacing - Distance of the rows, milliseconds; 0 where they have no fixed distance.
 */
async function paged<R extends { readonly timestamp?: number | undefined }>(
  { start, end }: Period,
  spacing: number,
  fetch: (since: number) => Promise<readonly R[]>,
): Promise<R[]> {
  const rows: R[] = [];
  // A page begins at the moment at which the one before ended, since rows may share it; rows received already are left out.
  let ended = new Set<string>();
  for (let since = start, page = 0; page < mostPages; page++) {
    const found = (await fetch(since)).filter(({ timestamp }) => timestamp !== undefined);
    const newest = found.reduce((latest, { timestamp }) => Math.max(latest, timestamp!), -Infinity);
    const seen = ended;
    rows.push(...found.filter((row) => row.timestamp! >= start && row.timestamp! < end && !(row.timestamp === since && seen.has(JSON.stringify(row))))); // prettier-ignore
    if (newest >= end || newest + spacing >= end) return rows;
    // A page that ends where it begins holds nothing new.
    if (!(newest > since)) return rows;
    const last = found.filter(({ timestamp }) => timestamp === newest).map((row) => JSON.stringify(row));
    ended = new Set(newest === since ? [...seen, ...last] : last);
    since = newest;
  }
  throw new DataError(`more than ${mostPages} pages for one day: the exchange repeats itself`, {
    code: 'endless-pages',
  });
}
