/** `nextbar stream`: live markets on the terminal, as JSON, in files, databases and message brokers. */
import {
  checkProxyExchanges,
  FeedHandler,
  findProtocol,
  Recorder,
  withHosts,
  type AccountFeedOptions,
  type Protocol,
  type ProxyOptions,
} from '../../connectors/index.ts';
import { ConfigError, type Channel } from '../../core/index.ts';
import { placing, type Origin } from '../config/place.ts';
import { checkedConfig, readConfig } from '../config/read-config.ts';
import { endOf, ProcessEnd } from '../live/process-end.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag } from '../shell/flags.ts';
import { numberOption, spanOption, wholeNumber } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { openLog } from './log.ts';
import { Outlets } from './outlets.ts';
import {
  feedsOf,
  sinksOf,
  streamSchema,
  type StreamConfig,
  type WantedAccount,
  type WantedFeed,
} from './stream-config.ts';

const prefix = 'NEXTBAR_STREAM_';

/** The configuration, and where each of its values was read. */
interface Wanted {
  readonly config: StreamConfig;
  readonly origin: Origin;
}

/** The configuration: flags over environment over file over defaults. */
async function configOf(given: GivenOptions, context: CommandContext): Promise<Wanted> {
  const path = given.get('config');
  const [exchange, ...symbols] = given.operands;
  const flags = flagsOf(given, exchange, symbols);
  checkFlags(flags);
  const sources = { env: context.env, prefix, flags };
  if (exchange === undefined) checkFeedFlags(given);
  const config =
    path === undefined
      ? checkedConfig({}, 'nextbar stream', streamSchema, sources)
      : await readConfig(path, streamSchema, sources);
  if (config.feeds.length + Object.keys(config.exchanges).length + config.accounts.length > 0)
    return { config, origin: { path, ...sources } };
  throw usage('stream takes an exchange and at least one symbol, or --config FILE with feeds');
}

/** Fields of a feed and the flags that set them. */
const flagOf: Readonly<Record<string, string>> = {
  exchange: 'EXCHANGE', symbols: 'SYMBOL', channels: '--channels', via: '--via', url: '--url', depth: '--depth', timeframe: '--timeframe',
  snapshotInterval: '--snapshot-interval', restOnly: '--rest-only',
}; // prettier-ignore

/** Flags that say what is followed: they belong to the exchange on the command line. */
const feedFlags = ['channels', 'via', 'url', 'depth', 'timeframe', 'snapshot-interval', 'rest-only'] as const;

/** Refuses flags of a feed where the command line names none: those of a file say it themselves. */
function checkFeedFlags(given: GivenOptions): void {
  const idle = feedFlags.find((name) => given.has(name));
  if (idle === undefined) return;
  const elsewhere = given.has('config') ? ', or write it into the file for the feed that it is for' : '';
  throw usage(`--${idle} needs EXCHANGE and SYMBOL on the command line${elsewhere}`);
}

/** The flag that set a field; undefined for what errors of a feed name themselves. */
function flagOfField(field: string): string | undefined {
  if (field.startsWith('sinks')) return '--sink';
  return field.startsWith('feeds') ? undefined : `--${field.split('.')[0]!}`;
}

/** Errors about values of flags name the flag. */
function checkFlags({ feeds, sinks, record, for: span }: Readonly<Record<string, unknown>>): void {
  const flags = { feeds: feeds ?? [], ...(sinks !== undefined && { sinks }), ...(record !== undefined && { record }), ...(span !== undefined && { for: span }) }; // prettier-ignore
  try {
    checkedConfig(flags, 'flags', streamSchema);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [field, name] = /^feeds\[0\]\.(\w+)(?:\[\d+\])?/.exec(String(error.context['field'])) ?? [];
    const path = field ?? /^(sinks|record|for)(?:\[\d+\])?/.exec(String(error.context['field']))?.[0];
    const flag = name === undefined ? `--${path?.replace(/^sinks.*/, 'sink') ?? ''}` : (flagOf[name] ?? name);
    throw usage(error.message.replace(/^flags: /, '').replace(path ?? '\0', flag));
  }
}

function flagsOf(
  given: GivenOptions,
  exchange: string | undefined,
  symbols: readonly string[],
): Readonly<Record<string, unknown>> {
  if (exchange !== undefined && symbols.length === 0)
    throw usage(`stream needs a symbol of ${exchange}, such as BTC/USDT`);
  const port = wholeNumber(given, 'metrics', 0, 65_535);
  const feed = exchange === undefined ? undefined : {
    exchange, symbols, channels: (given.get('channels') ?? 'trade,book,quote').split(','), via: given.get('via'), url: given.get('url'),
    depth: wholeNumber(given, 'depth', 1), timeframe: given.get('timeframe'), snapshotInterval: numberOption(given, 'snapshot-interval'),
    ...(given.has('rest-only') && { restOnly: true }),
  }; // prettier-ignore
  return {
    ...(feed !== undefined && {
      feeds: [Object.fromEntries(Object.entries(feed).filter(([, value]) => value !== undefined))],
    }),
    ...(given.has('sink') && { sinks: given.all('sink') }),
    record: given.get('record'),
    for: given.get('for'),
    ...(port !== undefined && { metrics: { port } }),
  };
}

/** Refuses a native feed that names another server than an earlier one of its exchange: an exchange has one. */
function checkServer({ options, url }: WantedFeed, earlier: readonly WantedFeed[]): void {
  const { exchange, via } = options;
  const first = earlier.find((one) => one.options.exchange === exchange && one.options.via !== 'ccxt');
  if (via === 'ccxt' || first === undefined || first.url === url) return;
  const named = (one: string | undefined): string => one ?? 'none';
  throw new ConfigError(
    `feeds of one exchange share a server: url was ${named(url)}, and ${named(first.url)} in ${first.field}`,
    { context: { field: 'url' } },
  );
}

/** Protocols of the venues at other servers, as the feeds name them. */
function protocolsOf(feeds: readonly WantedFeed[], accounts: readonly WantedAccount[]): Protocol[] {
  const ofFeeds = feeds.flatMap(({ options, url }) => {
    const protocol = url === undefined || options.via === 'ccxt' ? undefined : findProtocol(options.exchange);
    return protocol === undefined ? [] : [withHosts(protocol, { rest: url!, socket: url!.replace(/^http/, 'ws') })];
  });
  const ofAccounts = accounts.flatMap(({ exchange, restUrl }) => {
    const protocol = restUrl === undefined ? undefined : findProtocol(exchange);
    return protocol === undefined ? [] : [withHosts(protocol, { rest: restUrl! })];
  });
  return [...ofFeeds, ...ofAccounts];
}

/** The given options of an account. */
function accountOptions(account: WantedAccount): AccountFeedOptions {
  const given = (value: object): object =>
    Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
  return { ...given(account), keys: given(account.keys) } as AccountFeedOptions;
}

/** The options of a feed as the handler takes them. */
function feedOptions({ options, url }: WantedFeed): WantedFeed['options'] {
  return options.via === 'ccxt' && url !== undefined ? { ...options, connection: { url } } : options;
}

/** Checks the names in all feeds and accounts before the first request to an exchange, and before a sink is opened. */
async function checkNamesOf(
  feeds: readonly WantedFeed[],
  { accounts, proxies }: StreamConfig,
  at: ReturnType<typeof placing>,
  context: CommandContext,
): Promise<void> {
  const handler = new FeedHandler({ runtime: context.runtime, protocols: protocolsOf(feeds, accounts) });
  for (const feed of feeds) await at(feed.field, feed.value, () => handler.checkFeed(feedOptions(feed)));
  for (const [i, account] of accounts.entries())
    await at(`accounts[${i}]`, account, () => {
      handler.checkAccount(accountOptions(account));
    });
  if (proxies !== undefined)
    await at('proxies', proxies as ProxyOptions, (options) => checkProxyExchanges(options, handler.exchanges));
}

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const { config, origin } = await configOf(given, context);
  const at = placing(origin, flagOfField);
  const feeds = feedsOf(config);
  for (const [i, feed] of feeds.entries())
    await at(feed.field, { url: feed.url }, () => { checkServer(feed, feeds.slice(0, i)); }); // prettier-ignore
  await checkNamesOf(feeds, config, at, context);
  const forMs =
    config.for === undefined
      ? undefined
      : spanOption({ ...given, get: () => config.for, has: () => true, all: () => [] }, 'for');
  const titles = [
    ...feeds.map(({ options }) => `${options.exchange} ${(options.symbols ?? []).join(' ')}`),
    ...config.accounts.map(({ exchange }) => `account of ${exchange}`),
  ];
  const log = config.log === undefined ? undefined : await at('log', config.log, openLog);
  const made: { handler?: Pick<FeedHandler, 'instrumentOf'> } = {};
  const outlets = await Outlets.open(context, {
    title: `nextbar stream  ${titles.join('  ·  ')}`,
    sinks: sinksOf(config),
    json: given.has('json'),
    metrics: config.metrics,
    at,
    instrumentOf: (exchange, symbol) => made.handler?.instrumentOf(exchange, symbol),
    onSinkError: (error) => log?.warn('sinks', {}, error.message),
  });
  if (config.record !== undefined && feeds.length === 0)
    throw new ConfigError('a recording holds public traffic: name feeds beside the accounts, or write to a sink', { context: { field: 'record' } }); // prettier-ignore
  const recorder = config.record === undefined ? undefined : await at('record', config.record, (path) => recorderOf(path, feeds)); // prettier-ignore
  const handler = await at(
    'proxies',
    config.proxies,
    () =>
      new FeedHandler({
        runtime: context.runtime,
        protocols: protocolsOf(feeds, config.accounts),
        ...(recorder !== undefined && { recorder }),
        ...(config.proxies !== undefined && { proxies: config.proxies as ProxyOptions }),
        onError: (error) => {
          log?.warn(
            error.code === 'proxy' ? 'proxies' : 'connectors',
            { code: error.code, ...error.context },
            error.message,
          );
          outlets.say(error.message);
        },
      }),
  );
  made.handler = handler;
  const end = await ProcessEnd.take(context);
  let [hasBegun, isEnding, isWhole] = [false, false, true];
  try {
    for (const feed of feeds) {
      const { field, value } = feed;
      // All feeds share a sink, so no feed may close it.
      const sinks = outlets.all.map((sink) => ({ write: sink.write.bind(sink) }));
      await at(field, value, () => handler.addFeed({ ...feedOptions(feed), sinks, callbacks: { gap: (gap) => log?.gap(gap), refused: (refusal) => log?.refused(refusal), status: (status) => {
            log?.status(status); if (!hasBegun || isEnding) return; if (status.state !== 'live' || !given.has('json')) outlets.say(`${status.channel} ${status.symbol}: ${status.state} (${status.reason})`); } } })); // prettier-ignore
    }
    for (const [i, account] of config.accounts.entries()) {
      const { exchange } = account;
      const sinks = outlets.all.map((sink) => ({ write: sink.write.bind(sink) }));
      await at(`accounts[${i}]`, account, () => handler.addAccount({ ...accountOptions(account), sinks, callbacks: { state: (state, reason) => {
            outlets.gauge.account(exchange, state);
            if (state === 'live' || state === 'connecting') log?.info('accounts', { exchange, state }, reason); else log?.warn('accounts', { exchange, state }, reason);
            if (!isEnding) outlets.say(`account of ${exchange}: ${state} (${reason})`); } } })); // prettier-ignore
    }
    handler.start();
    hasBegun = true;
    await endOf(context.runtime, forMs, end.signal);
  } finally {
    isEnding = true;
    outlets.hold();
    await handler.stop();
    await (hasBegun ? recorder?.close() : recorder?.discard());
    isWhole = await outlets.close(hasBegun);
    log?.close();
    end.release();
  }
  if (recorder !== undefined) context.stderr.write(`${recorder.lines} lines in ${recorder.path}\n`);
  const isEmpty = feeds.length > 0 && !end.signal.aborted && outlets.gauge.readings().every((one) => one.events === 0);
  if (isEmpty) context.stderr.write(`nothing came from ${feeds[0]!.options.exchange}: see the messages above\n`);
  return isEmpty || !isWhole ? 1 : end.exitCode;
}

function recorderOf(path: string, feeds: readonly WantedFeed[]): Recorder {
  const exchanges = new Set(feeds.map(({ options }) => options.exchange));
  if (exchanges.size > 1)
    throw new ConfigError('a recording holds one exchange: run one nextbar stream --record for each', {
      context: { field: 'record' },
    });
  const subscription: Partial<Record<Channel, string[]>> = {};
  for (const { options } of feeds)
    for (const channel of options.channels ?? []) (subscription[channel] ??= []).push(...(options.symbols ?? []));
  return new Recorder(path, {
    exchange: feeds[0]!.options.exchange,
    subscription,
  });
}

export const streamCommand: Command = {
  name: 'stream',
  about: 'Follow live markets: on the terminal, as JSON, in files, databases and message brokers.',
  operands: 'EXCHANGE SYMBOL...',
  options: [
    { name: 'channels', value: 'LIST', api: ['channel'], about: 'Channels, separated by commas: trade, book, quote, bar, funding ... (default trade,book,quote)' },
    { name: 'config', value: 'FILE', about: 'Feeds, sinks, proxies and metrics from a YAML or JSON file (see docs/streams.md)' },
    { name: 'via', value: 'WAY', about: "native (default), or ccxt for any exchange of 'nextbar exchanges'" },
    { name: 'sink', value: 'TARGET', isRepeated: true, about: 'Write events to jsonl:FILE, sqlite:FILE, parquet:DIR, arrow:DIR, tcp://, udp://, unix:, ws://, redis://, zmq:, postgres:// or store:DIR' },
    { name: 'record', value: 'FILE', about: 'Record the raw traffic, or through ccxt the events, for nextbar play' },
    flag('json', { about: 'Print every event as a line of JSON on stdout, and nothing else there' }),
    flag('for', { about: 'How long to stream, such as 30s, 10m or 8h (default: until Ctrl-C)' }),
    { name: 'depth', value: 'N', about: 'Levels of each side of a book (default: all that the exchange sends)' },
    { name: 'timeframe', value: 'TF', about: 'Length of the bars of channel bar (default 1m)' },
    { name: 'rest-only', about: 'Through ccxt: ask over HTTP instead of streams' },
    { name: 'snapshot-interval', value: 'SECONDS', about: 'Through ccxt: seconds between requests over HTTP (default 30)' },
    { name: 'metrics', value: 'PORT', about: 'Serve metrics for Prometheus at http://127.0.0.1:PORT/metrics' },
    flag('url'),
  ],
  examples: [
    'nextbar stream binance BTC/USDT ETH/USDT',
    'nextbar stream kraken BTC/USD --channels trade --json --for 1m',
    'nextbar stream kucoin BTC/USDT --via ccxt --sink sqlite:market.db',
    'nextbar stream --config feeds.yaml --metrics 9464',
  ],
  run,
}; // prettier-ignore
