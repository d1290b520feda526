/** One ccxt exchange for the feeds of a handler: its store, what it can stream, and its instruments, refreshed when they are old. */
import { channels, ConfigError, type Channel, type Runtime } from '../../../core/index.ts';
import { CcxtStore, watchMethod, type CcxtStoreOptions } from '../../ccxt/index.ts';
import { SymbolMap, type ListedInstrument } from '../../decoding/symbols.ts';
import { proxyExchange } from '../../proxies/ccxt-proxies.ts';
import type { ProxyResolver } from '../../proxies/proxy-resolver.ts';
import { hookInto, type CcxtHooks } from './hooks.ts';
import { pollMethod } from './rest-poll.ts';

/** Instruments are listed again after this time, unless the feed says otherwise. */
export const usualMetadataMs = 900_000;

/** How an exchange is reached through ccxt. */
export interface CcxtVenueOptions {
  readonly exchange: string;
  readonly connection?: Omit<CcxtStoreOptions, 'exchange' | 'streams'> | undefined;
  readonly rateLimit?: number | undefined;
  readonly hooks?: CcxtHooks | undefined;
  readonly metadataMs?: number | undefined;
}

export class CcxtVenue {
  readonly store: CcxtStore;
  readonly #options: CcxtVenueOptions;
  readonly #runtime: Runtime;
  #symbols: Promise<SymbolMap> | undefined;
  #listedAt = -Infinity;
  #isHooked = false;
  #isProxied = false;

  constructor(options: CcxtVenueOptions, runtime: Runtime, isProxied: boolean) {
    const { exchange, connection, rateLimit, hooks } = options;
    const own: CcxtStoreOptions = {
      publicOnly: true, ...connection, ...(rateLimit !== undefined && { rateLimitMs: rateLimit }), exchange, streams: true,
    }; // prettier-ignore
    // Hooks and proxies change the exchange's object, so a feed with them has an object of its own.
    this.store = hooks === undefined && !isProxied ? CcxtStore.shared(own, runtime) : new CcxtStore(own, runtime);
    this.#options = options;
    this.#runtime = runtime;
  }

  /** Sends its requests and sockets through proxies from now on. */
  async proxy(resolver: ProxyResolver | undefined): Promise<void> {
    if (resolver === undefined || this.#isProxied) return;
    this.#isProxied = true;
    await proxyExchange(await this.store.open(), resolver);
  }

  /** What can be subscribed to, by stream or by request, and the lengths of its bars. */
  async abilities(): Promise<{
    readonly id: string;
    readonly channels: readonly Channel[];
    readonly timeframes: Readonly<Record<string, string>>;
  }> {
    const exchange = await this.store.open();
    if (!this.#isHooked && this.#options.hooks !== undefined) hookInto(exchange, this.#options.hooks);
    this.#isHooked = true;
    const served = channels.filter(
      (channel) => watchMethod(exchange, channel) !== undefined || pollMethod(exchange, channel) !== undefined,
    );
    const frames = Object.keys(exchange.timeframes).map((name) => [name, name] as const);
    return { id: this.store.exchange, channels: served, timeframes: Object.fromEntries(frames) };
  }

  /** Its instruments with steps and limits, by both names. Listed again once they are older than the time to live. */
  symbols(): Promise<SymbolMap> {
    const now = this.#runtime.elapsed();
    if (this.#symbols !== undefined && now - this.#listedAt < (this.#options.metadataMs ?? usualMetadataMs))
      return this.#symbols;
    const isAgain = this.#symbols !== undefined;
    this.#listedAt = now;
    const listed = this.#list(isAgain);
    this.#symbols = listed;
    listed.catch(() => {
      // The next caller asks again.
      if (this.#symbols === listed) this.#symbols = undefined;
    });
    return listed;
  }

  async #list(isAgain: boolean): Promise<SymbolMap> {
    const { store } = this;
    const markets = await store.markets(isAgain);
    const listed: ListedInstrument[] = [];
    for (const market of Object.values(markets)) {
      if (market === undefined) continue;
      const instrument = await store.instrument(market.symbol);
      const symbol = this.#options.hooks?.symbol?.(market) ?? market.symbol;
      listed.push({ ...instrument, symbol, venueSymbol: market.symbol, active: market.active !== false });
    }
    if (listed.length === 0) throw new ConfigError(`${store.exchange} lists no instruments`);
    return new SymbolMap(store.exchange, listed);
  }
}
