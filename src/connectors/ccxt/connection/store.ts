/** One exchange through ccxt: loaded when first needed, rate-limited, guarded, with errors in this package's terms. */
import { createHash } from 'node:crypto';

import {
  ConfigError,
  ConnectorError,
  ProtocolError,
  systemRuntime,
  unifiedSymbol,
  type Instrument,
  type Runtime,
} from '../../../core/index.ts';
import { capabilitiesOf, timeframesOf, type Capabilities } from './capabilities.ts';
import { findCredentials, type Credentials } from './credentials.ts';
import type { CcxtExchange, CcxtMarket, CcxtOrderBook, CcxtTicker, CcxtTrade } from './exchange.ts';
import { gateExchange, guardExchange } from './guard.ts';
import { withIntent } from './intent.ts';
import { instrumentOf } from './instruments.ts';
import { sharedLimiter, type RateLimiter } from './limiter.ts';
import { redirectConfig, serverUrl } from './local.ts';
import { loadExchangeClass, type ExchangeConfig } from './modules.ts';
import { OutgoingGate } from './outgoing.ts';
import { checkStoreOptions, type CcxtStoreOptions } from './options.ts';
import { defaultRetry, withRetry } from './retry.ts';
import { isLoopback, liveHosts, testHosts, type TestHost } from './test-network.ts';
import { pagingOf, streamOptionsOf, accountOptionsOf, type Paging } from './venues.ts';
import { translateError } from './translate.ts';
import { keepBarExtras } from '../bar-extras.ts';
import { countBase } from '../streamed-volume.ts';
import { writeWireNumbers } from '../wire-numbers.ts';
import { checkRow, type BarRequest, type OhlcvRow } from '../rows.ts';
import { unknownSymbol, unknownTimeframe } from '../unknown.ts';

/** ccxt's own names of what an account is opened with. */
const secretFields = ['apiKey', 'secret', 'uid', 'login', 'password', 'twofa', 'privateKey', 'walletAddress', 'token'];

/** Stores of one process by runtime: one exchange and account is one store, with one set of markets. */
const shared = new WeakMap<Runtime, Map<string, CcxtStore>>();

/** How long requests rest after a refusal that names no time: HTTP 429. */
const restMs = 60_000;

/**
 * A connection to one exchange and account.
 *
 * Making one costs nothing and touches no network; the exchange's module is loaded by the first call that needs it. Reads are
 * repeated as the retry policy says; orders never are.
 */
export class CcxtStore {
  /** ccxt's id of the exchange, such as `binance`. */
  readonly exchange: string;
  /** Whether requests go to the exchange's test network. */
  readonly sandbox: boolean;
  readonly #options: CcxtStoreOptions;
  readonly #runtime: Runtime;
  readonly #credentials: Credentials;
  #opened: Promise<CcxtExchange> | undefined;
  #limiter: RateLimiter | undefined;
  #clockOffset: number | undefined;
  #clockMeasured = -Infinity;

  constructor(options: CcxtStoreOptions, runtime: Runtime = systemRuntime) {
    checkStoreOptions(options);
    this.exchange = options.exchange;
    this.sandbox = options.sandbox ?? false;
    this.#options = options;
    this.#runtime = runtime;
    this.#credentials =
      options.publicOnly === true
        ? {}
        : findCredentials(
            this.exchange,
            // A local server receives only keys of a test account.
            this.sandbox || options.url !== undefined,
            { ...keysIn(options.config), ...keysIn(options) },
            options.configFile,
            process.env,
          );
    const { realOrders } = options;
    if (realOrders !== undefined && (realOrders.exchange !== this.exchange || realOrders.account !== this.accountId)) {
      throw new ConfigError(`real orders were armed for another account than this one of ${this.exchange}`, {
        code: 'real-money',
        context: { field: 'realOrders', exchange: this.exchange },
      });
    }
  }

  /** The store that everything of one exchange and account shares; the first caller's options count. */
  static shared(options: CcxtStoreOptions, runtime: Runtime = systemRuntime): CcxtStore {
    let stores = shared.get(runtime);
    if (stores === undefined) shared.set(runtime, (stores = new Map<string, CcxtStore>()));
    const key = createHash('sha256').update(JSON.stringify(options)).digest('hex');
    let store = stores.get(key);
    if (store === undefined) stores.set(key, (store = new CcxtStore(options, runtime)));
    return store;
  }

  /** ccxt's exchange, loaded and guarded; no request is made. For what this class does not offer. */
  open(): Promise<CcxtExchange> {
    this.#opened ??= this.#load();
    return this.#opened;
  }

  /** Identifies server and account without showing the key; undefined without a key. */
  get accountId(): string | undefined {
    return this.#accountOf(this.#credentials.apiKey);
  }

  #accountOf(apiKey: string | undefined): string | undefined {
    if (apiKey === undefined || apiKey === '') return undefined;
    const server = this.#options.url ?? (this.sandbox ? 'sandbox' : 'live');
    return createHash('sha256').update(`${this.exchange} ${server} ${apiKey}`).digest('hex').slice(0, 16);
  }

  /** Stops every request to this exchange and account, as the exchange asked; for a minute when it named no time. */
  rest(ms = restMs): void {
    this.#limiter?.stop(ms);
  }

  /** The limiter of this exchange and account; undefined before `open`. */
  get limiter(): RateLimiter | undefined {
    return this.#limiter;
  }

  /** Where its data comes from, if not from the exchange itself: `sandbox`, or a host such as `127.0.0.1:8787`. */
  get origin(): string | undefined {
    const { url, config = {} } = this.#options;
    if (url !== undefined) return new URL(url).host;
    if (this.sandbox || config['sandbox'] === true) return 'sandbox';
    return config['urls'] === undefined && config['hostname'] === undefined ? undefined : 'config';
  }

  /** Whether a key is set. The key itself is not shown anywhere. */
  get hasKey(): boolean {
    return this.#credentials.apiKey !== undefined;
  }

  /**
   * Runs a read on the exchange, repeated while that helps.
   *
   * @param action - For messages: `binance could not <action>: ...`.
   */
  async call<T>(action: string, act: (exchange: CcxtExchange) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const exchange = await this.open();
    const policy = { ...defaultRetry, ...this.#options.retry };
    const once = (): Promise<T> => withIntent('read', () => this.#once(exchange, action, act));
    return withRetry(once, this.#runtime, this.#limiter!, policy, signal);
  }

  /** Runs a read once, for a caller that repeats it itself. */
  async readOnce<T>(action: string, act: (exchange: CcxtExchange) => Promise<T>): Promise<T> {
    const exchange = await this.open();
    return withIntent('read', () => this.#once(exchange, action, act));
  }

  /** Runs something once, never again on its own: orders, cancels, transfers. */
  async callOnce<T>(action: string, act: (exchange: CcxtExchange) => Promise<T>): Promise<T> {
    const exchange = await this.open();
    return withIntent('act', () => this.#once(exchange, action, act));
  }

  /** What the exchange offers, as ccxt knows it; sends no request. */
  async capabilities(): Promise<Capabilities> {
    return capabilitiesOf(await this.open());
  }

  /** The exchange's markets by unified symbol, loaded once. */
  async markets(reload = false): Promise<Readonly<Record<string, CcxtMarket | undefined>>> {
    return this.call('load markets', async (exchange) => {
      const markets = await exchange.loadMarkets(reload);
      if (Object.keys(markets).length > 0) return markets;
      throw new ProtocolError(`${this.exchange} listed no markets`, { retryable: true });
    });
  }

  /** Unified symbols in order of name, of one quote currency or kind if asked. */
  async symbols(
    filter: {
      /** Those priced in this currency alone. Default: all. */
      readonly quote?: string;
      /** Those of this type alone, such as `spot` or `swap`. Default: all. */
      readonly type?: Instrument['type'];
    } = {},
  ): Promise<string[]> {
    const markets = Object.values(await this.markets());
    return markets
      .flatMap((market) => (market === undefined ? [] : [market]))
      .filter((market) => filter.quote === undefined || market.quote === filter.quote)
      .filter((market) => filter.type === undefined || market.type === filter.type)
      .map((market) => market.symbol)
      .sort();
  }

  /**
   * The venue's rules for a symbol; `BTC-USDT` is understood too.
   *
   * @throws {DataError} If the exchange does not list it; the message names the nearest ones.
   */
  async instrument(symbol: string): Promise<Instrument> {
    const wanted = unifiedSymbol(symbol);
    const markets = await this.markets();
    const market = markets[wanted];
    if (market === undefined) throw unknownSymbol(this.exchange, symbol, Object.keys(markets));
    return instrumentOf(await this.open(), market);
  }

  /** The exchange's timeframes; empty when it serves no bars. */
  async timeframes(): Promise<readonly string[]> {
    return timeframesOf(await this.open());
  }

  /**
   * Checks that the exchange serves bars of this length.
   *
   * @throws {ConfigError} If it does not; the message says which it serves.
   */
  async checkTimeframe(name: string): Promise<void> {
    const known = await this.timeframes();
    if (!known.includes(name)) throw unknownTimeframe(this.exchange, name, known);
  }

  /** How the exchange pages the bars of a symbol. */
  async paging(symbol: string): Promise<Paging> {
    const exchange = await this.open();
    await this.markets();
    return pagingOf(this.exchange, exchange.featureValue(symbol, 'fetchOHLCV', 'limit'));
  }

  /** One page of bars as the exchange serves it, in rising time; the forming bar may be among them. */
  async fetchBars(request: BarRequest, signal?: AbortSignal): Promise<OhlcvRow[]> {
    const { symbol, timeframe, since, limit, until } = request;
    const params = until === undefined ? {} : { until };
    const rows = await this.call(
      `fetch bars of ${symbol} ${timeframe}`,
      (exchange) => exchange.fetchOHLCV(symbol, timeframe, since, limit, params),
      signal,
    );
    return rows.map((row, i) => checkRow(row, i, this.exchange, symbol));
  }

  /**
   * How far the exchange's clock is ahead of ours, in milliseconds; measured once, and again when the measurement is older than `maxAgeMs`.
   * Where the exchange serves no time it comes from the `Date` header of an answer, exact to half a second; 0 without one. Signed requests
   * are stamped by the latest measurement.
   */
  async clockOffset(maxAgeMs = Infinity): Promise<number> {
    if (this.#clockOffset !== undefined && this.#runtime.elapsed() - this.#clockMeasured < maxAgeMs) {
      return this.#clockOffset;
    }
    const exchange = await this.open();
    const hasTime = exchange.has['fetchTime'] === true;
    const asked = this.#runtime.now();
    const theirs = hasTime
      ? await this.call('ask the time', () => exchange.fetchTime())
      : await this.#headerTime(exchange);
    if (hasTime && typeof theirs !== 'number') {
      throw new ProtocolError(`${this.exchange} did not answer with its time`, { retryable: true });
    }
    this.#clockMeasured = this.#runtime.elapsed();
    this.#clockOffset = theirs === undefined ? 0 : theirs - (asked + this.#runtime.now()) / 2;
    stampBy(exchange, this.#clockOffset);
    return this.#clockOffset;
  }

  /** The time in the `Date` header of an answer, which has whole seconds: half a second is added. */
  async #headerTime(exchange: CcxtExchange): Promise<number | undefined> {
    const symbol = Object.keys(await this.markets())[0];
    if (symbol === undefined) return undefined;
    await this.call('ask the time', () => exchange.fetchOrderBook(symbol, 5));
    const headers = (exchange as { last_response_headers?: Readonly<Record<string, string>> }).last_response_headers;
    const date = headers?.['Date'] ?? headers?.['date'];
    const time = date === undefined ? NaN : Date.parse(date);
    return Number.isNaN(time) ? undefined : time + 500;
  }

  /** Requests 24 h statistics of a symbol. */
  fetchTicker(symbol: string): Promise<CcxtTicker> {
    return this.call(`fetch the ticker of ${symbol}`, (exchange) => exchange.fetchTicker(unifiedSymbol(symbol)));
  }

  /** Requests the order book of a symbol. */
  fetchOrderBook(symbol: string, depth?: number): Promise<CcxtOrderBook> {
    return this.call(`fetch the book of ${symbol}`, (ex) => ex.fetchOrderBook(unifiedSymbol(symbol), depth));
  }

  /** Requests public trades of a symbol. */
  fetchTrades(symbol: string, since?: number, limit?: number): Promise<CcxtTrade[]> {
    return this.call(`fetch trades of ${symbol}`, (ex) => ex.fetchTrades(unifiedSymbol(symbol), since, limit));
  }

  /** Runs something; once more if the exchange refused it for the time it was stamped with, which it does before anything else. */
  async #once<T>(exchange: CcxtExchange, action: string, act: (exchange: CcxtExchange) => Promise<T>): Promise<T> {
    try {
      return await this.#attempt(exchange, action, act);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'clock-skew' || !stampsByMeasure(exchange)) throw error;
      await this.clockOffset(0);
      return await this.#attempt(exchange, action, act);
    }
  }

  async #attempt<T>(exchange: CcxtExchange, action: string, act: (exchange: CcxtExchange) => Promise<T>): Promise<T> {
    try {
      return await act(exchange);
    } catch (error) {
      // ccxt keeps a failed load of markets for ever, and would answer every later call with it.
      const keeper = exchange as { markets?: unknown; marketsLoading?: unknown };
      if (keeper.markets === undefined) keeper.marketsLoading = undefined;
      throw translateError(error, { exchange: this.exchange, action, secrets: this.#secrets() });
    }
  }

  async #load(): Promise<CcxtExchange> {
    const made = await loadExchangeClass(this.exchange, this.#options.streams);
    const plain = new made({});
    const base: ExchangeConfig = {
      ...this.#credentials,
      ...walletOf(plain, this.#credentials),
      timeout: this.#options.timeoutMs ?? 10_000,
      sandbox: this.sandbox,
    };
    const test = testHosts(plain);
    if (this.sandbox && test.length === 0) {
      throw new ConfigError(`${this.exchange} has no sandbox: use paper mode, or an exchange that has one`, {
        context: { field: 'sandbox', exchange: this.exchange },
      });
    }
    const redirected = this.#options.url === undefined ? {} : redirectConfig(plain, this.#options.url);
    const { apiKey: _key, secret: _secret, password: _password, ...own } = this.#options.config ?? {};
    const streams =
      this.#options.streams === true
        ? { options: { ...streamOptionsOf(this.exchange), ...accountOptionsOf(this.exchange) } }
        : {};
    const config = mergeConfig(mergeConfig(mergeConfig(base, redirected), streams), own);
    let exchange: CcxtExchange;
    try {
      exchange = new made(config);
    } catch (error) {
      throw translateError(error, { exchange: this.exchange, action: 'be set up', secrets: this.#secrets() });
    }
    const account = createHash('sha256').update(this.#credentials.apiKey ?? '').digest('hex').slice(0, 16); // prettier-ignore
    const key = [this.exchange, this.sandbox, this.#options.url ?? '', account].join(' ');
    this.#limiter = sharedLimiter(this.#runtime, key, this.#options.rateLimitMs ?? Number(exchange.rateLimit));
    writeWireNumbers(exchange);
    keepBarExtras(exchange, this.exchange);
    countBase(exchange, this.exchange);
    guardExchange(exchange, this.#runtime, this.#limiter, this.#secrets());
    const secrets = (): string[] => [...this.#secrets(), ...secretsOf(exchange)];
    const { realOrders, url } = this.#options;
    const hosts = realOrders !== undefined && url === undefined ? liveHosts(plain) : this.#testHosts(test);
    const inForce = (): string | undefined => this.#accountOf((exchange as { readonly apiKey?: string }).apiKey);
    const armed = realOrders && { account: realOrders.account, inForce };
    gateExchange(exchange, new OutgoingGate(this.exchange, hosts, secrets, armed), secrets);
    return exchange;
  }

  /** Where signed requests may go: the test network of a sandbox, this machine for a local exchange, and nowhere else. */
  #testHosts(test: readonly TestHost[]): readonly TestHost[] {
    const { url } = this.#options;
    if (url === undefined) return this.sandbox ? test : [];
    const server = serverUrl(url);
    return isLoopback(server) ? [{ host: server.host }] : [];
  }

  /** What must not appear in any message: keys of the account, those handed to ccxt in `config` too. */
  #secrets(): string[] {
    return [...secretsOf(this.#options.config ?? {}), ...secretsOf(this.#credentials)];
  }
}

/** Whether ccxt stamps the requests of an exchange by the difference of the clocks. */
function stampsByMeasure(exchange: CcxtExchange): boolean {
  return typeof exchange.options['timeDifference'] === 'number';
}

/** Lets ccxt stamp signed requests by the exchange's clock. */
function stampBy(exchange: CcxtExchange, clockOffset: number): void {
  if (stampsByMeasure(exchange)) exchange.options['timeDifference'] = -Math.round(clockOffset);
}

function secretsOf(holder: object): string[] {
  const values = secretFields.map((name) => (holder as Readonly<Record<string, unknown>>)[name]);
  return values.filter((value) => typeof value === 'string' && value !== '') as string[];
}

/** The keys among options; a key that is absent does not hide one from elsewhere. */
function keysIn(holder: object = {}): Credentials {
  const { apiKey, secret, password } = holder as Credentials;
  return {
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(secret === undefined ? {} : { secret }),
    ...(password === undefined ? {} : { password }),
  };
}

function mergeConfig(a: ExchangeConfig, b: ExchangeConfig): ExchangeConfig {
  const merged: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const old = merged[key];
    merged[key] = isPlain(old) && isPlain(value) ? mergeConfig(old, value) : value;
  }
  return merged;
}

function isPlain(value: unknown): value is ExchangeConfig {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Key and secret as a wallet, for venues that know nothing else: its address and its private key. */
function walletOf(plain: CcxtExchange, { apiKey, secret }: Credentials): ExchangeConfig {
  const { requiredCredentials = {} } = plain as { readonly requiredCredentials?: Readonly<Record<string, boolean>> };
  const { walletAddress, privateKey, apiKey: wantsKey } = requiredCredentials;
  if (walletAddress !== true || privateKey !== true || wantsKey === true) return {};
  return {
    ...(apiKey !== undefined && { walletAddress: apiKey }),
    ...(secret !== undefined && { privateKey: secret }),
  };
}
