/** Options of a streaming feed, and their checks. */
import type { CcxtStore, CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import type { Recording } from '../../connectors/index.ts';
import { checkFeedNames, ConfigError, unknownName, type Channel } from '../../core/index.ts';
import { feedOptionNames, type FeedOptions } from '../feed.ts';

import { keptKinds, type KeptKind } from './market-keeper.ts';
import type { MarketSource } from './market-source.ts';
import type { NativeSourceOptions } from './native-source.ts';
import type { ClosedBars } from './closed-bars.ts';

/** Options of StreamingFeed. */
export interface StreamingFeedOptions extends FeedOptions {
  readonly symbol: string;
  /** The venue's id, such as `binance`. */
  readonly exchange: string;
  /** Bars of history before the stream, so that indicators are warm at the first live bar. Default 500; 0 with a recording. */
  readonly history?: number;
  /** Whether bars are built from trades (the default), or taken from the venue's own stream of bars. */
  readonly bars?: 'trades' | 'venue';
  /** Whether to follow the best bid and ask, at which market orders on paper fill. Default true. */
  readonly quotes?: boolean;
  /** How long after a bar's end the clock closes it, in milliseconds, when no trade has. Default 2,000. */
  readonly graceMs?: number;
  /**
   * Trades that come at most this late, in milliseconds, are sorted before bars are built; every trade then waits that long. Later ones are
   * counted and belong to no bar. Default 0: trades count as received.
   */
  readonly reorderMs?: number;
  /** Silence in milliseconds after which a channel is stale, where the connector's default does not fit. */
  readonly staleMs?: Readonly<Partial<Record<Channel, number>>>;
  /** How many trades of each symbol are kept for `recentTrades`. Default 1,000. */
  readonly keepTrades?: number;
  /** The source of the stream. Default: this package's connector of the exchange, or ccxt's streams where there is none. */
  readonly source?: MarketSource;
  /** A recording, or the path of its file, to play instead of a live stream. Default: none, the stream is live. */
  readonly recording?: Recording | string;
  /** The source of history and missed bars; false for none. Default: the exchange through ccxt. */
  readonly closedBars?: ClosedBars | false;
  /** A connection to share. Default: one is made. */
  readonly store?: CcxtStore;
  /** Options of the connection that is made when no `store` is given, such as `url` for the local exchange. Default: the exchange itself. */
  readonly connection?: Omit<CcxtStoreOptions, 'exchange'>;
  /**
   * The market data that a live session keeps in the bar store: its `bars`, marked as built from the stream until the exchange's own
   * replace them, its `trades`, its `quotes`. Default `['bars']` where history comes from the exchange through the store, else nothing.
   */
  readonly keep?: readonly KeptKind[];
  /** Folder of the bar store. Default `data-cache`. */
  readonly folder?: string;
  /** Further venues with a connector, or built-in ones at other addresses. Default: the built-in ones. */
  readonly protocols?: NonNullable<NativeSourceOptions['protocols']>;
}

/** Options of history that add lines, and the methods that a stream has instead. */
const lineOptions = [
  ['funding', 'subscribeFunding'],
  ['openInterest', 'subscribeOpenInterest'],
] as const;

const optionNames = [
  ...feedOptionNames, 'exchange', 'history', 'bars', 'quotes', 'graceMs', 'reorderMs', 'staleMs', 'keepTrades', 'source', 'recording', 'closedBars',
  'store', 'connection', 'folder', 'protocols', 'keep',
]; // prettier-ignore

/** @throws {ConfigError} If an option is unknown, cannot be right, or contradicts another. */
export function checkStreamFeedOptions(options: StreamingFeedOptions): void {
  for (const [field, method] of lineOptions) {
    if ((options as object as Readonly<Record<string, unknown>>)[field] === undefined) continue;
    throw new ConfigError(
      `${field} is an option of history, and a session has no line data.${field}: call ${method}() of the StreamingFeed and read data.stream?.${field}`,
      { code: 'no-line', context: { field } },
    );
  }
  checkFeedNames('StreamingFeed', options, optionNames);
  for (const field of ['symbol', 'exchange'] as const) {
    const value: unknown = options[field];
    if (typeof value === 'string' && value !== '') continue;
    const example = field === 'symbol' ? 'a name such as BTC/USDT' : 'an id such as binance';
    throw wrong(field, example, value);
  }
  for (const field of ['history', 'graceMs', 'reorderMs', 'keepTrades'] as const) {
    const value = options[field];
    if (value === undefined || (Number.isInteger(value) && value >= 0)) continue;
    throw wrong(field, 'a whole number not below 0', value);
  }
  for (const field of ['compression', 'sessionStart'] as const) {
    if (options[field] === undefined) continue;
    throw new ConfigError(`${field} is not for a StreamingFeed: resample it with cerebro.resampleData`, {
      context: { field },
    });
  }
  for (const kind of options.keep ?? []) {
    if (!(keptKinds as readonly string[]).includes(kind)) throw unknownName('kind of keep', kind, keptKinds);
  }
  const { bars } = options;
  if (bars !== undefined && !['trades', 'venue'].includes(bars)) throw wrong('bars', `'trades' or 'venue'`, bars);
  const pairs = [
    ['history', 'start'],
    ['source', 'recording'],
    ['store', 'connection'],
  ] as const;
  for (const [one, other] of pairs) {
    if (options[one] === undefined || options[other] === undefined) continue;
    throw new ConfigError(`${one} and ${other} of a StreamingFeed cannot both be given`, { context: { field: one } });
  }
  if (options.closedBars === false && ((options.history ?? 0) > 0 || options.start !== undefined)) {
    throw new ConfigError('closedBars is false, so a StreamingFeed can have no history', {
      context: { field: 'closedBars' },
    });
  }
}

function wrong(field: string, wanted: string, seen: unknown): ConfigError {
  return new ConfigError(`${field} of a StreamingFeed must be ${wanted}, was ${JSON.stringify(seen)}`, {
    context: { field },
  });
}
