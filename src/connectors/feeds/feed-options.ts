/** Options of a feed, checked against the venue before a socket opens. */
import {
  channels, checkMethods, checkNames, checkSwitches, ConfigError, shown, timeframe, unknownName, type BookUpdate, type Channel, type L3Update, type EventSink, type MarketEvent, type StreamGap, type StreamRefusal, type StreamStatus,
} from '../../core/index.ts'; // prettier-ignore
import type { CcxtStoreOptions } from '../ccxt/index.ts';
import type { BookView } from '../decoding/book-view.ts';
import type { L3View } from '../decoding/l3/l3-book.ts';
import type { Protocol } from '../decoding/protocol.ts';
import type { CcxtHooks } from './ccxt/hooks.ts';

/** One function for each kind of event. A callback that throws is reported as an error of its own and disturbs nothing else. */
export type FeedCallbacks<N> = {
  readonly [C in Exclude<Channel, 'book' | 'l3'>]?: (event: Extract<MarketEvent<N>, { type: C }>) => void;
} & {
  /** `book` is the book right after the update, undefined only for a feed with `depth` whose book was replaced meanwhile. */
  readonly book?: (update: BookUpdate<N>, book: BookView) => void;
  /** `book` holds every single order right after the update. */
  readonly l3?: (update: L3Update<N>, book: L3View) => void;
  /** Called when a stream goes live, stalls or closes. */
  readonly status?: (status: StreamStatus) => void;
  /** Called when events were missed, or may have been. */
  readonly gap?: (gap: StreamGap) => void;
  /** An event held a value that no market can have. */
  readonly refused?: (refusal: StreamRefusal) => void;
};

/** What to follow on one venue. */
export interface SubscriptionOptions<N> {
  /** The venue's id, such as `binance`. */
  readonly exchange: string;
  /** The way to it: this package's own connector (default), or ccxt, which knows over a hundred exchanges. The fields down to `hooks` are ccxt's. */
  readonly via?: 'native' | 'ccxt';
  /** Through ccxt: seconds between requests where books, prices and statistics are polled over HTTP, from 0.1 to 3,600. Default 30. */
  readonly snapshotInterval?: number;
  /**
   * Through ccxt: whether to use streams; false polls everything over HTTP. Default true; HTTP takes over after a stream failed three times
   * in a row.
   */
  readonly websocket?: boolean;
  /** Through ccxt: the opposite of `websocket`; only one of the two may be given. Default false. */
  readonly restOnly?: boolean;
  /** Through ccxt: milliseconds between requests of cost 1. Default: what ccxt states for the exchange. */
  readonly rateLimit?: number;
  /** Through ccxt: how long its list of instruments may be used, in milliseconds. Default 15 minutes. */
  readonly metadataMs?: number;
  /** Through ccxt: options of the connection, such as `url` for a local exchange. Default: the exchange itself. */
  readonly connection?: Omit<CcxtStoreOptions, 'exchange' | 'streams'>;
  /** Through ccxt: functions of your own on requests, answers, symbols and trades. Default: none. */
  readonly hooks?: CcxtHooks;
  /** With `channels`: every channel of every symbol. Unified names, or spellings such as `BTC-USDT`. Required unless `subscription` is given. */
  readonly symbols?: readonly string[];
  /** What is streamed. Default: trades. */
  readonly channels?: readonly Channel[];
  /** Instead of `symbols` and `channels`: symbols by channel. Default: `symbols` and `channels`. */
  readonly subscription?: Readonly<Partial<Record<Channel, readonly string[]>>>;
  /** Functions called for each event, by channel. Default: none. */
  readonly callbacks?: FeedCallbacks<N>;
  /** Sinks that receive every event too. Default: none. */
  readonly sinks?: readonly EventSink<N>[];
  /** Length of the `bar` channel's bars. Default `1m`, else the venue's shortest. */
  readonly timeframe?: string;
  /** The most book levels a side that consumers receive; each update then is a whole book of that depth. Default: all levels, as changes. */
  readonly depth?: number;
  /** Silence in milliseconds after which a channel is stale, where the default does not fit. */
  readonly staleMs?: Readonly<Partial<Record<Channel, number>>>;
  /** Attempts to connect in a row before the feed gives up. Default: never. */
  readonly retries?: number;
  /** What happens when the feed gives up: it alone is down, or the whole handler stops. Default `alone`. */
  readonly onFailure?: 'alone' | 'stop';
  /** Events that may wait for a slow sink before the oldest are dropped. Default 10,000. */
  readonly queueLimit?: number;
}

const ccxtOptionNames = [
  'snapshotInterval',
  'websocket',
  'restOnly',
  'rateLimit',
  'metadataMs',
  'connection',
  'hooks',
] as const;
const feedOptionNames = [
  ...ccxtOptionNames, 'via', 'exchange', 'symbols', 'channels', 'subscription', 'callbacks', 'sinks', 'timeframe', 'depth', 'staleMs', 'retries', 'onFailure', 'queueLimit',
] as const; // prettier-ignore

/**
 * Checks the type of every option before anything is opened or requested.
 *
 * @throws {ConfigError} If one is unknown or of another type.
 */
export function checkFeedOptions(options: object): void {
  checkNames('option of addFeed', options, feedOptionNames);
  const given = options as Readonly<Record<(typeof feedOptionNames)[number], unknown>>;
  const wrong = (field: string, wanted: string, value: unknown): ConfigError =>
    new ConfigError(`${field} of addFeed must be ${wanted}, was ${shown(value)}`, { context: { field } });
  const texts = (field: string, value: unknown): void => {
    if (!Array.isArray(value)) throw wrong(field, 'a list of texts', value);
    for (const [i, one] of value.entries()) if (typeof one !== 'string') throw wrong(`${field}[${i}]`, 'a text', one);
  };
  const functions = (field: string, value: object): void => {
    for (const [name, one] of Object.entries(value))
      if (one !== undefined && typeof one !== 'function') throw wrong(`${field}.${name}`, 'a function', one);
  };
  const { exchange, symbols, channels: wanted, subscription, callbacks, sinks, hooks, staleMs, onFailure, timeframe: frame } = given; // prettier-ignore
  if (typeof exchange !== 'string' || exchange === '') throw wrong('exchange', "an exchange's id such as 'binance'", exchange); // prettier-ignore
  if (symbols !== undefined) texts('symbols', symbols);
  if (wanted !== undefined) texts('channels', wanted);
  if (subscription !== undefined) {
    checkNames('channel of subscription', subscription as object, channels);
    for (const [name, list] of Object.entries(subscription as object)) texts(`subscription.${name}`, list);
  }
  if (callbacks !== undefined) {
    checkNames('callback of addFeed', callbacks as object, [...channels, 'status', 'gap', 'refused']);
    functions('callbacks', callbacks as object);
  }
  if (hooks !== undefined) {
    checkNames('hook of addFeed', hooks as object, ['request', 'answer', 'symbol', 'trade']);
    functions('hooks', hooks as object);
  }
  if (sinks !== undefined && !Array.isArray(sinks)) throw wrong('sinks', 'a list of sinks', sinks);
  for (const [i, sink] of (sinks ?? []).entries())
    checkMethods(`sinks[${i}] of addFeed`, sink, ['write'], 'a sink with write(), as openSink returns it');
  if (frame !== undefined && typeof frame !== 'string') throw wrong('timeframe', "a timeframe such as '1m'", frame);
  if (onFailure !== undefined && onFailure !== 'alone' && onFailure !== 'stop')
    throw unknownName('onFailure', typeof onFailure === 'string' ? onFailure : shown(onFailure), ['alone', 'stop']);
  checkSwitches(options, ['websocket', 'restOnly']);
  const numbers = { snapshotInterval: given.snapshotInterval, rateLimit: given.rateLimit, metadataMs: given.metadataMs, retries: given.retries }; // prettier-ignore
  for (const [field, value] of Object.entries(numbers))
    if (value !== undefined && !(typeof value === 'number' && value >= 0))
      throw wrong(field, 'a number not below 0', value);
  if (staleMs !== undefined) {
    checkNames('channel of staleMs', staleMs as object, channels);
    for (const [name, value] of Object.entries(staleMs as object))
      if (!(typeof value === 'number' && value > 0)) throw wrong(`staleMs.${name}`, 'a number above 0', value);
  }
}

/** Channels with their symbols as the user wrote them, and the timeframe of bars. */
export interface Wanted {
  readonly wanted: readonly (readonly [Channel, string])[];
  readonly frame: string;
}

/**
 * The subscriptions and the timeframe that the options ask for.
 *
 * @throws {ConfigError} If an option, a channel, the timeframe or a number is wrong, or no subscription is named.
 */
export function wantedOf<N>(
  protocol: Pick<Protocol, 'id' | 'channels' | 'timeframes'>,
  options: SubscriptionOptions<N>,
): Wanted {
  checkRoute(options);
  const pairs = options.symbols !== undefined || options.channels !== undefined;
  if (pairs === (options.subscription !== undefined)) {
    throw new ConfigError('addFeed takes either symbols and channels, or subscription, but not both or neither');
  }
  const bySymbols = (options.channels ?? []).flatMap((channel) =>
    (options.symbols ?? []).map((symbol) => [channel, symbol] as const),
  );
  const byChannel = Object.entries(options.subscription ?? {}).flatMap(([channel, symbols]) =>
    symbols.map((symbol) => [channel as Channel, symbol] as const),
  );
  for (const channel of options.channels ?? (Object.keys(options.subscription ?? {}) as Channel[])) {
    if (!channels.includes(channel)) throw unknownName('channel', channel, channels);
    if (!protocol.channels.includes(channel)) {
      throw new ConfigError(`${protocol.id} has no channel '${channel}'; it has ${protocol.channels.join(', ')}`, {
        code: 'unknown-channel',
        context: { exchange: protocol.id, channel },
      });
    }
  }
  const wanted = [...bySymbols, ...byChannel];
  if (wanted.length === 0) throw new ConfigError('addFeed must name at least one symbol and one channel');
  const frames = Object.keys(protocol.timeframes);
  const frame = options.timeframe ?? ('1m' in protocol.timeframes ? '1m' : (frames[0] ?? '1m'));
  timeframe(frame);
  if (wanted.some(([channel]) => channel === 'bar') && !(frame in protocol.timeframes))
    throw unknownName('timeframe', frame, frames);
  for (const field of ['depth', 'queueLimit'] as const) {
    const value = options[field];
    if (value !== undefined && !(Number.isInteger(value) && value > 0))
      throw new ConfigError(`${field} must be a positive whole number, was ${value}`);
  }
  return { wanted, frame };
}

/** Checks the options that say how an exchange is reached. */
function checkRoute<N>(options: SubscriptionOptions<N>): void {
  const { snapshotInterval, websocket, restOnly } = options;
  const via: string = options.via ?? 'native';
  if (via !== 'native' && via !== 'ccxt') throw unknownName('via', via, ['native', 'ccxt']);
  const given = ccxtOptionNames.find((name) => options[name] !== undefined);
  if (via === 'native' && given !== undefined) {
    throw new ConfigError(`${given} is an option of feeds through ccxt: add via: 'ccxt'`, {
      context: { field: given },
    });
  }
  if (websocket === true && restOnly === true) {
    throw new ConfigError('websocket and restOnly exclude each other: both were true', {
      context: { field: 'restOnly' },
    });
  }
  if (snapshotInterval !== undefined && !(snapshotInterval >= 0.1 && snapshotInterval <= 3600)) {
    throw new ConfigError(`snapshotInterval is in seconds, from 0.1 to 3600, was ${snapshotInterval}`, { context: { field: 'snapshotInterval' } }); // prettier-ignore
  }
}
