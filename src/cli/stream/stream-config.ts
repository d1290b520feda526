/** The file of `nextbar stream`: feeds in this package's own terms, or exchanges in the form of other feed handlers. */
import { z } from 'zod';

import { accountChannels, recordedChannels, type SubscriptionOptions } from '../../connectors/index.ts';
import { channels, timeframe, type Channel } from '../../core/index.ts';
import { logLevels } from './log.ts';
import { queuePolicies, type SinkSpec } from '../../sinks/index.ts';

const channel = z.enum(channels);
const text = z.string().min(1);
const length = text.refine(isTimeframe, { error: 'must be a timeframe such as 1m, 4h or 1d' });
const address = text.refine((one) => URL.canParse(one) && /^(https?|wss?):/.test(one), { error: 'must be an address such as http://127.0.0.1:8787' }); // prettier-ignore
const span = text.refine((one) => /^\d+(\.\d+)?(ms|[smhd])$/.test(one), { error: 'must be a span such as 30s, 10m or 8h' }); // prettier-ignore

function isTimeframe(name: string): boolean {
  try {
    timeframe(name);
    return true;
  } catch {
    return false;
  }
}

const feed = z.strictObject({
  exchange: text,
  symbols: z.array(text).min(1),
  channels: z.array(channel).min(1).default(['trade']),
  via: z.enum(['native', 'ccxt']).optional(),
  timeframe: length.optional(),
  depth: z.int().min(1).optional(),
  snapshotInterval: z.number().min(0.1).max(3600).optional(),
  websocket: z.boolean().optional(),
  restOnly: z.boolean().optional(),
  rateLimit: z.number().min(0).optional(),
  retries: z.int().min(0).optional(),
  onFailure: z.enum(['alone', 'stop']).optional(),
  url: address.optional(),
});

const account = z.strictObject({
  exchange: text,
  channels: z.array(z.enum(accountChannels)).min(1).optional(),
  keys: z.strictObject({ apiKey: text, secret: text.optional(), password: text.optional() }),
  url: address.optional(),
  restUrl: address.optional(),
});

/** Names of channels in recordings and other feed handlers, beside our own. */
const foreignChannels = [...new Set([...Object.keys(recordedChannels), 'l1_book', ...channels])] as [
  string,
  ...string[],
];

const exchange = z.strictObject({
  class: z.enum(['CcxtFeed', 'NativeFeed']).default('CcxtFeed'),
  exchange: text,
  symbols: z.array(text).min(1),
  channels: z.array(z.enum(foreignChannels)).min(1).default(['trades']),
  snapshot_interval: z.number().min(0.1).max(3600).optional(),
  websocket: z.boolean().optional(),
  rest_only: z.boolean().optional(),
  rate_limit: z.number().min(0).optional(),
  max_depth: z.int().min(1).optional(),
  candle_interval: length.optional(),
  url: address.optional(),
});

const sink = z.union([
  text,
  z.strictObject({
    to: text,
    name: text.optional(),
    maxLength: z.int().min(1).optional(),
    pattern: z.enum(['publish', 'push']).optional(),
    batchSize: z.int().min(1).optional(),
    flushMs: z.number().min(1).optional(),
    queueLimit: z.int().min(1).optional(),
    policy: z.enum(queuePolicies).optional(),
    attempts: z.int().min(1).optional(),
    retryMs: z.number().min(1).optional(),
    aggregate: z.strictObject({ throttle: z.number().positive().optional(), topOfBook: z.boolean().optional(), bars: length.optional(), renko: z.number().positive().optional() }).optional(),
  }),
]); // prettier-ignore

const logLevel = z.enum(logLevels).optional();

const proxy = z.union([
  text,
  z.strictObject({
    urls: z.array(text).min(1),
    strategy: z.enum(['round-robin', 'random', 'least-used']).optional(),
    checkMs: z.number().min(100).optional(),
    coolDownMs: z.number().min(100).optional(),
  }),
]);
const route = z.strictObject({ http: proxy.optional(), websocket: proxy.optional() });

/** The file of `nextbar stream --config`. */
export const streamSchema = z.strictObject({
  feeds: z.array(feed).default([]),
  exchanges: z.record(text, exchange).default({}),
  accounts: z.array(account).default([]),
  sinks: z.array(sink).default([]),
  proxies: z.strictObject({ default: route.optional(), exchanges: z.record(text, route).optional() }).optional(),
  record: text.optional(),
  for: span.optional(),
  metrics: z.strictObject({ port: z.int().min(0).max(65_535), host: text.default('127.0.0.1') }).optional(),
  log: z.strictObject({
    level: z.enum(logLevels).default('info'),
    rooms: z.strictObject({ connectors: logLevel, accounts: logLevel, sinks: logLevel, proxies: logLevel }).optional(),
    file: text.optional(),
  }).optional(),
}); // prettier-ignore

/** The file, read. */
export type StreamConfig = z.infer<typeof streamSchema>;

/** An account of the file. */
export type WantedAccount = StreamConfig['accounts'][number];

/** Options of `addFeed`, and the server where it is another one. */
export interface WantedFeed {
  readonly options: SubscriptionOptions<number>;
  readonly url: string | undefined;
  /** Its path in the file, and the value there. */
  readonly field: string;
  readonly value: unknown;
}

/** The feeds of both shapes, in the order of the file. */
export function feedsOf(config: StreamConfig): WantedFeed[] {
  const own = config.feeds.map(({ url, ...options }, i) => ({ options: given(options), url, field: `feeds[${i}]`, value: options })); // prettier-ignore
  const foreign = Object.entries(config.exchanges).map(([name, one]) => {
    const via = one.class === 'CcxtFeed' ? ('ccxt' as const) : ('native' as const);
    const options = {
      exchange: one.exchange, symbols: one.symbols, channels: [...new Set(one.channels.map(ownChannel))], via, depth: one.max_depth,
      timeframe: one.candle_interval, snapshotInterval: one.snapshot_interval, websocket: one.websocket, restOnly: one.rest_only, rateLimit: one.rate_limit,
    }; // prettier-ignore
    return { options: given(options), url: one.url, field: `exchanges.${name}`, value: one };
  });
  return [...own, ...foreign];
}

function ownChannel(name: string): Channel {
  return name === 'l1_book' ? 'quote' : (recordedChannels[name] ?? (name as Channel));
}

/** The fields that were given, without absent ones. */
function given(options: {
  readonly [K in keyof SubscriptionOptions<number>]?: SubscriptionOptions<number>[K] | undefined;
}): SubscriptionOptions<number> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as SubscriptionOptions<number>;
}

/** The sinks of a file as `openSink` takes them. */
export function sinksOf(config: StreamConfig): (string | SinkSpec)[] {
  const url = config.feeds.find((feed) => feed.url !== undefined)?.url;
  const sinks = config.sinks as (string | SinkSpec)[];
  if (url === undefined) return sinks;
  // Data of another server are not the exchange's own: the store keeps the two apart.
  const origin = new URL(url).host;
  return sinks.map((sink) => {
    const spec = typeof sink === 'string' ? { to: sink } : sink;
    return spec.to.startsWith('store:') && spec.name === undefined ? { ...spec, name: origin } : sink;
  });
}
