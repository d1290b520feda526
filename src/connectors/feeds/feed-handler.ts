/** The hub of live market data: many venues at once, one shape of events, and every change of state reported. */
import {
  checkMethods, checkNames, ConfigError, shown, showPlainly, systemRuntime, type Channel, unknownName, ConnectorError, type HttpResponse, type Network, type Runtime,
} from '../../core/index.ts'; // prettier-ignore
import { accountProtocolOf, AccountFeed, type AccountFeedOptions } from '../accounts/account-feed.ts';
import { checkFeedOptions, wantedOf, type SubscriptionOptions } from './feed-options.ts';
import { FeedOutput, type ErrorCallback } from './feed-output.ts';
import type { CcxtVenue } from './ccxt/ccxt-venue.ts';
import { NativeFeed, type StreamFeed } from './stream-feed.ts';
import {
  decimalReader,
  floatReader,
  numberKinds,
  textReader,
  type NumberKind,
  type NumberReader,
} from '../decoding/numbers.ts';
import type { Protocol, Subscription } from '../decoding/protocol.ts';
import { findProtocol, protocolOf, protocols } from '../protocols/index.ts';
import type { Recorder } from '../recordings/recorder.ts';
import { requestError } from '../sockets/request-error.ts';
import { defaultPolicy, type ShardPolicy } from '../sockets/shard-policy.ts';
import { proxiedNetwork } from '../proxies/proxied-network.ts';
import { checkProxyExchanges, type ProxyOptions } from '../proxies/options.ts';
import { ProxyResolver } from '../proxies/proxy-resolver.ts';
import { SymbolMap, type ListedInstrument } from '../decoding/symbols.ts';
import { systemNetwork } from '../sockets/system-network.ts';

/** What all feeds of a handler share. */
export interface FeedHandlerOptions<K extends NumberKind = 'number'> {
  /** Prices and sizes as floats (default), the venue's own text, or exact decimals. */
  readonly numbers?: K;
  /** Clock, timers and randomness. Default: the system's. */
  readonly runtime?: Runtime;
  /** Sockets and requests. Default: the internet. */
  readonly network?: Network;
  /** Receives every error: unreadable frames, refusals, callbacks that threw. Default: errors are dropped. */
  readonly onError?: ErrorCallback;
  /** Further venues, or replacements of built-in ones. Default: the built-in ones. */
  readonly protocols?: readonly Protocol[];
  /** Timeouts of its connections. Default: what fits liquid symbols, by field of `ShardPolicy`. */
  readonly policy?: Partial<ShardPolicy>;
  /** Proxies by exchange and transport. Default: every connection is direct. */
  readonly proxies?: ProxyOptions;
  /** Records raw traffic; for feeds through ccxt, which opens its own sockets, it records events. Default: nothing is recorded. */
  readonly recorder?: Recorder;
}

const handlerOptionNames = [
  'numbers',
  'runtime',
  'network',
  'onError',
  'protocols',
  'policy',
  'proxies',
  'recorder',
] as const;

/** The type of prices and sizes for a kind of number. */
export type NumberOf<K extends NumberKind> = K extends 'number'
  ? number
  : K extends 'text'
    ? string
    : typeof decimalReader extends NumberReader<infer D>
      ? D
      : never;

/**
 * Follows markets of many venues at once.
 *
 * Names are checked before a socket opens: a wrong exchange, channel or timeframe throws in `addFeed`, and so does a wrong symbol, once the
 * venue's list of instruments has been fetched.
 *
 * @example
 * const handler = new FeedHandler();
 * await handler.addFeed({ exchange: 'binance', symbols: ['BTC/USDT'], channels: ['trade'], callbacks: { trade: (t) => show(t.price) } });
 * handler.start();
 */
export class FeedHandler<K extends NumberKind = 'number'> {
  static {
    showPlainly(FeedHandler, (one: FeedHandler) => ({
      feeds: one.feeds.map(({ exchange, subscriptions, counts }) => ({
        exchange,
        subscriptions: subscriptions.map(({ channel, symbol }) => `${channel} ${symbol}`).join(', '),
        ...counts,
      })),
    }));
  }

  readonly #runtime: Runtime;
  readonly #network: Network;
  readonly #proxies: ProxyResolver | undefined;
  readonly #proxyOptions: ProxyOptions;
  readonly #numbers: NumberReader<NumberOf<K>>;
  readonly #report: ErrorCallback;
  readonly #protocols: Protocol[];
  readonly #policy: ShardPolicy;
  readonly #recorder: Recorder | undefined;
  readonly #feeds = new Set<StreamFeed<NumberOf<K>>>();
  readonly #accounts = new Set<AccountFeed>();
  readonly #symbols = new Map<string, SymbolMap>();
  /** Exchanges reached through ccxt, by the options of the connection. */
  readonly #venues = new Map<string, CcxtVenue>();
  #running = false;
  #stopping: Promise<void> | undefined;
  #failure: ConnectorError | undefined;
  #ended: { resolve: () => void; reject: (error: ConnectorError) => void }[] = [];

  constructor(options: FeedHandlerOptions<K> = {}) {
    checkNames('option of FeedHandler', options, handlerOptionNames);
    checkNames('option of policy', options.policy ?? {}, Object.keys(defaultPolicy));
    const { onError, protocols: own = [] } = options as Readonly<Record<string, unknown>>;
    if (onError !== undefined && typeof onError !== 'function') throw new ConfigError(`onError of FeedHandler must be a function, was ${shown(onError)}`, { context: { field: 'onError' } }); // prettier-ignore
    if (!Array.isArray(own)) throw new ConfigError(`protocols of FeedHandler must be a list, was ${shown(own)}`, { context: { field: 'protocols' } }); // prettier-ignore
    for (const protocol of own) checkProtocol(protocol);
    const kind: NumberKind = options.numbers ?? 'number';
    if (!numberKinds.includes(kind)) throw unknownName('numbers', kind, numberKinds);
    this.#numbers = { number: floatReader, text: textReader, decimal: decimalReader }[
      kind
    ] as NumberReader<unknown> as NumberReader<NumberOf<K>>;
    this.#runtime = options.runtime ?? systemRuntime;
    this.#network = options.network ?? systemNetwork;
    this.#report = guarded(options.onError);
    if (options.proxies !== undefined && options.network !== undefined) {
      throw new ConfigError('network and proxies exclude each other: proxies need the network of the system', { context: { field: 'proxies' } }); // prettier-ignore
    }
    this.#proxies =
      options.proxies === undefined
        ? undefined
        : new ProxyResolver(options.proxies, this.#runtime, (message) => {
            this.#report(new ConnectorError(message, { code: 'proxy' }));
          });
    this.#proxyOptions = options.proxies ?? {};
    this.#policy = { ...defaultPolicy, ...options.policy };
    this.#recorder = options.recorder;
    this.#protocols = [...(options.protocols ?? [])];
  }

  /** The venues that can be followed. */
  get exchanges(): string[] {
    return [...new Set([...protocols, ...this.#protocols].map(({ id }) => id))];
  }

  /** Its feeds, one for each call of `addFeed`. */
  get feeds(): readonly StreamFeed<NumberOf<K>>[] {
    return [...this.#feeds];
  }

  /** Adds a venue of your own, or replaces a built-in one; feeds that exist go on as they are. */
  registerProtocol(protocol: Protocol): void {
    checkProtocol(protocol);
    this.#protocols.push(protocol);
  }

  /**
   * Checks what needs no request: options, exchange, channels and timeframe of a feed. `addFeed` checks the same, and then the symbols
   * against the exchange's list; with this, all feeds can be checked before the first is added.
   *
   * @throws {ConfigError} If one of them is wrong; nothing has been requested or opened then.
   */
  async checkFeed(options: SubscriptionOptions<NumberOf<K>>): Promise<void> {
    checkFeedOptions(options);
    await checkProxyExchanges(this.#proxyOptions, this.exchanges);
    if (options.via === 'ccxt') wantedOf(await (await this.#venueOf(options)).abilities(), options);
    else wantedOf(await this.#protocolOf(options.exchange), options);
  }

  /**
   * Checks the options of an account, as `addAccount` does before it asks the exchange.
   *
   * @throws {ConfigError} If an option, exchange, channel or key is wrong.
   */
  checkAccount(options: AccountFeedOptions): void {
    accountProtocolOf(options);
  }

  /**
   * Adds a feed; while the handler runs it connects at once.
   *
   * @throws {ConfigError} If an option, exchange, channel, timeframe or symbol is wrong; nothing has been opened then.
   */
  async addFeed(options: SubscriptionOptions<NumberOf<K>>): Promise<StreamFeed<NumberOf<K>>> {
    checkFeedOptions(options);
    await checkProxyExchanges(this.#proxyOptions, this.exchanges);
    if (options.via === 'ccxt') return this.#addCcxtFeed(options);
    const protocol = await this.#protocolOf(options.exchange);
    const { wanted, frame } = wantedOf(protocol, options);
    const subscriptions = subscriptionsOf(wanted, frame, await this.instruments(protocol.id));
    const output = new FeedOutput<NumberOf<K>>({
      exchange: protocol.id,
      runtime: this.#runtime,
      consumers: options,
      recorder: this.#recorder,
      onError: this.#report,
    });
    const feed: StreamFeed<NumberOf<K>> = new NativeFeed<NumberOf<K>>({
      options,
      subscriptions,
      output,
      socket: {
        protocol,
        runtime: this.#runtime,
        network: this.#networkOf(protocol.id),
        numbers: this.#numbers,
        depth: options.depth,
      },
      policy: this.#policyOf(options),
      onFailure: (error) => {
        this.#failed(feed, error);
      },
    });
    this.#feeds.add(feed);
    if (this.#running) feed.start();
    return feed;
  }

  /**
   * Follows an account: its orders, fills, balances, positions and transactions, as far as the exchange sends them. While the handler runs
   * it connects at once. Events from while it was not connected are not sent again.
   *
   * @throws {ConfigError} If an option, exchange, channel or key is wrong; nothing has been opened then.
   */
  async addAccount(options: AccountFeedOptions): Promise<AccountFeed> {
    const protocol = accountProtocolOf(options);
    await checkProxyExchanges(this.#proxyOptions, this.exchanges);
    // Kraken's second protocol uses this package's names already.
    const symbols = protocol.id === 'kraken' ? undefined : await this.instruments(protocol.id);
    const parts = { runtime: this.#runtime, network: this.#networkOf(protocol.id), symbols, onError: this.#report };
    const account = new AccountFeed(protocol, options, parts);
    this.#accounts.add(account);
    if (this.#running) account.start();
    return account;
  }

  async #protocolOf(exchange: string): Promise<Protocol> {
    if (findProtocol(exchange, this.#protocols) === undefined) await noNativeStreams(exchange);
    return protocolOf(exchange, this.#protocols);
  }

  #networkOf(exchange: string): Network {
    return this.#proxies === undefined ? this.#network : proxiedNetwork(this.#proxies, exchange);
  }

  #policyOf(options: SubscriptionOptions<NumberOf<K>>): ShardPolicy {
    const { staleMs, retries } = this.#policy;
    return { ...this.#policy, staleMs: { ...staleMs, ...options.staleMs }, retries: options.retries ?? retries };
  }

  /** The exchange of a feed through ccxt, whose numbers are floats; feeds with the same connection options share one. */
  async #venueOf(options: SubscriptionOptions<NumberOf<K>>): Promise<CcxtVenue> {
    if (this.#numbers.kind !== 'number') {
      throw new ConfigError(`feeds through ccxt have floats: numbers must be 'number', was '${this.#numbers.kind}'`, { context: { field: 'numbers' } }); // prettier-ignore
    }
    const { CcxtVenue: Venue } = await import('./ccxt/ccxt-venue.ts');
    const { exchange, connection, rateLimit, hooks, metadataMs } = options;
    const key = JSON.stringify([exchange, connection, rateLimit, metadataMs]);
    const venue =
      (hooks === undefined ? this.#venues.get(key) : undefined) ??
      new Venue({ exchange, connection, rateLimit, hooks, metadataMs }, this.#runtime, this.#proxies !== undefined);
    if (hooks === undefined) this.#venues.set(key, venue);
    return venue;
  }

  /** Adds a feed through ccxt. */
  async #addCcxtFeed(options: SubscriptionOptions<NumberOf<K>>): Promise<StreamFeed<NumberOf<K>>> {
    const venue = await this.#venueOf(options);
    const { exchange } = options;
    await venue.proxy(this.#proxies);
    const { wanted, frame } = wantedOf(await venue.abilities(), options);
    const subscriptions = subscriptionsOf(wanted, frame, await venue.symbols());
    const output = new FeedOutput<NumberOf<K>>({
      exchange,
      runtime: this.#runtime,
      consumers: options,
      recorder: this.#recorder,
      records: 'events',
      onError: this.#report,
    }) as unknown as FeedOutput<number>;
    const { CcxtFeed } = await import('./ccxt/ccxt-feed.ts');
    const feed = new CcxtFeed({
      options: options as unknown as SubscriptionOptions<number>, subscriptions, store: venue.store, runtime: this.#runtime, policy: this.#policyOf(options), output,
    }) as unknown as StreamFeed<NumberOf<K>>; // prettier-ignore
    this.#feeds.add(feed);
    if (this.#running) feed.start();
    return feed;
  }

  /**
   * The instruments of a venue, fetched once.
   *
   * @throws {ConnectorError} If the venue does not answer, or not with a list.
   */
  async instruments(exchange: string): Promise<SymbolMap> {
    const known = this.#symbols.get(exchange);
    if (known !== undefined) return known;
    const protocol = protocolOf(exchange, this.#protocols);
    const listed: ListedInstrument[] = [];
    for (const request of protocol.instruments.requests) {
      const response = await new Promise<HttpResponse>((resolve) => {
        this.#networkOf(exchange).request(request, resolve);
      });
      if (response.status !== 200) throw requestError(exchange, 'its instruments', response);
      listed.push(...protocol.instruments.parse(response.text, request.url));
      this.#recorder?.line(this.#runtime.now(), {
        dir: 'http',
        conn: `${exchange}.http`,
        url: request.url,
        data: response.text,
      });
    }
    const symbols = new SymbolMap(exchange, listed);
    this.#symbols.set(exchange, symbols);
    return symbols;
  }

  /** Sets the instruments of a venue instead of fetching them. */
  setInstruments(exchange: string, instruments: readonly ListedInstrument[]): void {
    this.#symbols.set(exchange, new SymbolMap(exchange, instruments));
  }

  /** An instrument of a venue whose list has been fetched or set; undefined before, and where the list does not have it. */
  readonly instrumentOf = (exchange: string, symbol: string): ListedInstrument | undefined =>
    this.#symbols.get(exchange)?.get(symbol);

  /** Connects every feed. */
  start(): void {
    if (this.#stopping !== undefined) throw new ConfigError('this FeedHandler was stopped; make a new one');
    if (this.#running) return;
    this.#running = true;
    for (const feed of this.#feeds) feed.start();
    for (const account of this.#accounts) account.start();
  }

  /** Starts, and resolves when the handler is stopped; rejects when a feed that must not fail gave up. */
  run(): Promise<void> {
    this.start();
    return new Promise((resolve, reject) => {
      this.#ended.push({ resolve, reject });
    });
  }

  /** Removes a feed: its sockets close and its sinks are flushed. */
  async removeFeed(feed: StreamFeed<NumberOf<K>>, deadlineMs = 10_000): Promise<void> {
    if (!this.#feeds.delete(feed)) return;
    await feed.stop('removed', deadlineMs);
  }

  /** Closes the sockets, then flushes the sinks; what is not flushed within the deadline counts as dropped. */
  stop(deadlineMs = 10_000): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs);
    return this.#stopping;
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#running = false;
    this.#proxies?.stop();
    await Promise.all([
      ...[...this.#feeds].map((feed) => feed.stop('stopped', deadlineMs)),
      ...[...this.#accounts].map((account) => account.stop()),
    ]);
    const ended = this.#ended;
    this.#ended = [];
    for (const { resolve, reject } of ended) {
      if (this.#failure === undefined) resolve();
      else reject(this.#failure);
    }
  }

  #failed(feed: StreamFeed<NumberOf<K>>, error: ConnectorError): void {
    this.#report(error);
    if (feed.options.onFailure !== 'stop') {
      void this.removeFeed(feed);
      return;
    }
    this.#failure = error;
    void this.stop();
  }
}

/** Refuses a value that is not a protocol. */
function checkProtocol(protocol: unknown): void {
  checkMethods('a protocol', protocol, ['endpoint', 'subscribe', 'unsubscribe'], 'a Protocol of nextbar/extend');
  const { id } = protocol as { readonly id?: unknown };
  if (typeof id !== 'string' || id === '') throw new ConfigError(`id of a protocol must be a text, was ${shown(id)}`, { context: { field: 'id' } }); // prettier-ignore
}

/** The user's error handler, which may throw: nothing is left to report that to. */
function guarded(onError: ErrorCallback | undefined): ErrorCallback {
  return (error, frame) => {
    try {
      onError?.(error, frame);
    } catch {
      // Deliberately ignored.
    }
  };
}

/** The subscriptions wanted, under the names that the venue lists; each channel of a symbol once. */
function subscriptionsOf(
  wanted: readonly (readonly [Channel, string])[],
  frame: string,
  symbols: SymbolMap,
): Subscription[] {
  const subscriptions: Subscription[] = [];
  for (const [channel, name] of wanted) {
    const { symbol, venueSymbol, signedPrices = false } = symbols.find(name);
    if (subscriptions.some((one) => one.channel === channel && one.symbol === symbol)) continue;
    subscriptions.push({ channel, symbol, venueSymbol, ...(channel === 'bar' && { timeframe: frame }), signedPrices });
  }
  return subscriptions;
}

/** Throws for an exchange that only ccxt knows. */
async function noNativeStreams(exchange: string): Promise<void> {
  const { exchangeIds } = await import('../ccxt/index.ts');
  if (!exchangeIds().includes(exchange)) return;
  throw new ConfigError(`nextbar has no connector of its own for ${exchange}: add via: 'ccxt' (--via ccxt)`, { code: 'unknown-name', context: { name: exchange } }); // prettier-ignore
}
