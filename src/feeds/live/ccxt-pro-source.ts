/** The market source over ccxt's streams: for exchanges without a connector in this package. */
import {
  CcxtStore,
  closeStreams,
  ProWatch,
  throwIfAborted,
  unwatchable,
  watchMethod,
  type CcxtStoreOptions,
  type WatchPolicy,
} from '../../connectors/ccxt/index.ts';
import { defaultPolicy, systemNetwork } from '../../connectors/index.ts';
import { checkNames, ConfigError, type Channel, type StreamEvent } from '../../core/index.ts';
import type { MarketSource, SourceContext, WantedStream } from './market-source.ts';

/** Options of CcxtProSource. */
export interface CcxtProSourceOptions {
  /** Any of ccxt's exchange ids. */
  readonly exchange: string;
  /** Options of the connection, such as `url` for the local exchange. Default: the exchange itself. */
  readonly connection?: Omit<CcxtStoreOptions, 'exchange' | 'streams'>;
  /** Silence in milliseconds after which a channel is stale, where the default does not fit. */
  readonly staleMs?: Readonly<Partial<Record<Channel, number>>>;
  /** The first wait after a failure, in milliseconds; it doubles up to a minute. Default 1,000. */
  readonly firstBackoffMs?: number;
}

const optionNames = ['exchange', 'connection', 'staleMs', 'firstBackoffMs'] as const;

/**
 * Live streams of any exchange that ccxt can watch.
 *
 * Trades, best prices, books, bars and 24 h statistics; best prices come from the ticker, or from the book, where the exchange streams
 * nothing better. ccxt opens the sockets itself, so a source runs only on the system's clock and network. Prices are floats.
 */
export class CcxtProSource implements MarketSource {
  readonly exchange: string;
  readonly #options: CcxtProSourceOptions;
  #store: CcxtStore | undefined;
  #watches: ProWatch[] = [];
  #running: Promise<void>[] = [];
  #closing: Promise<void> | undefined;
  #context: SourceContext | undefined;

  /** @throws {ConfigError} If ccxt knows no such exchange, or an option is wrong. */
  constructor(options: CcxtProSourceOptions) {
    checkNames('option of CcxtProSource', options, optionNames);
    this.exchange = options.exchange;
    this.#options = options;
    new CcxtStore(this.#storeOptions());
  }

  /** @throws {DataError} If the exchange does not list a symbol; the message names the nearest ones. */
  async open(
    wanted: readonly WantedStream[],
    emit: (event: StreamEvent) => void,
    context: SourceContext,
  ): Promise<void> {
    if (this.#store !== undefined) throw new ConfigError(`the source of ${this.exchange} is open already`);
    const { runtime, network, signal } = context;
    if (network !== undefined && network !== systemNetwork) {
      throw new ConfigError(`ccxt opens its own sockets: ${this.exchange} cannot be reached over another network`);
    }
    const store = new CcxtStore(this.#storeOptions(), runtime);
    this.#store = store;
    this.#context = context;
    const exchange = await store.open();
    for (const { symbol } of wanted) await store.instrument(symbol);
    throwIfAborted(signal);
    const served: [WantedStream, NonNullable<ReturnType<typeof watchMethod>>][] = [];
    for (const stream of wanted) {
      const { channel, symbol, isOptional } = stream;
      const method = watchMethod(exchange, channel);
      if (method !== undefined) served.push([stream, method]);
      else if (isOptional !== true) throw unwatchable(this.exchange, channel);
      else {
        const { message: reason } = unwatchable(this.exchange, channel);
        emit({ type: 'status', exchange: this.exchange, symbol, channel, state: 'down', reason, time: runtime.now() });
      }
    }
    if (this.#closing !== undefined) return;
    this.#watches = served.map(
      ([stream, method]) => new ProWatch(store, stream, method, emit, runtime, this.#policyOf(stream.channel)),
    );
    this.#running = this.#watches.map((watch) => watch.run());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const watch of this.#watches) watch.stop();
    await Promise.all(this.#running);
    if (this.#store !== undefined) await closeStreams(await this.#store.open(), this.#context!.runtime);
  }

  #policyOf(channel: Channel): WatchPolicy {
    const { capBackoffMs, stableMs } = defaultPolicy;
    const firstBackoffMs = this.#options.firstBackoffMs ?? defaultPolicy.firstBackoffMs;
    const staleMs = this.#options.staleMs?.[channel] ?? defaultPolicy.staleMs[channel];
    return { staleMs, firstBackoffMs, capBackoffMs, stableMs };
  }

  #storeOptions(): CcxtStoreOptions {
    return { publicOnly: true, ...this.#options.connection, exchange: this.exchange, streams: true };
  }
}
