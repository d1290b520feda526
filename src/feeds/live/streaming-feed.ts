/** The live feed: bars as they close, and the market between them, over any source of streams. */
import { barVolumeOf, CcxtStore, type CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import { findProtocol, withHosts, type Protocol } from '../../connectors/index.ts';
import {
  barClose,
  barOpen,
  ConfigError,
  createBars,
  unknownName,
  unifiedSymbol,
  typeOfSymbol,
  type Bars,
  type Instrument,
  type MarketBook,
  type MarketReader,
  type Runtime,
  type StreamEvent,
  type StreamState,
  type Ticker24h,
  type TradeTick,
} from '../../core/index.ts';
import { CcxtDataFeed } from '../history/ccxt-data-feed.ts';
import { CcxtProSource } from './ccxt-pro-source.ts';
import { CheckedSource } from './checked-source.ts';
import { atOnce, DataFeed, type LoadContext } from '../feed.ts';
import { loadedBars, type LoadedBars } from '../loaded-bars.ts';
import { MarketKeeper } from './market-keeper.ts';
import type { MarketSource, WantedStream } from './market-source.ts';
import { MarketView } from './market-view.ts';
import { hasNativeSource, NativeSource } from './native-source.ts';
import { RecordingSource } from './recording-source.ts';
import { LiveBars } from './live-bars.ts';
import { RecordedRun } from './recorded-run.ts';
import { CcxtClosedBars, columnsOf, type ClosedBars } from './closed-bars.ts';
import { checkStreamFeedOptions, type StreamingFeedOptions } from './options.ts';

/** The start of a live run. */
export interface StreamSeed {
  /** The exchange's rules for the symbol; undefined where unknown. */
  readonly instrument: Instrument | undefined;
  /** Closed bars before the stream. */
  readonly bars: Bars;
  /** Every bar that closes by this moment is among them, milliseconds UTC; undefined where nothing can be fetched. */
  readonly known: number | undefined;
  /** How far the venue's clock is ahead of ours, milliseconds. */
  readonly clockOffset: number;
}

/**
 * One symbol's live market: bars of any timeframe built from its trades and joined to history, and trades, book and prices between them.
 *
 * In a live session (`cerebro.run({ mode: 'paper' })`) the bars continue where history ends; bars that the stream received only in part are
 * fetched. With a `recording` the same feed runs in a backtest and in `mode: 'recording'`. Without one a backtest sees only the history. A
 * feed is in one live session at a time.
 *
 * @example const feed = new StreamingFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1m' }).subscribeBook(); // In next():
 * this.data.stream?.book()?.bids[0]
 */
export class StreamingFeed extends DataFeed {
  /** The exchange's id. */
  readonly exchange: string;
  /** The options it was made with. */
  readonly options: StreamingFeedOptions;
  readonly #wanted = new Map<string, WantedStream>();
  readonly #views = new Map<string, MarketView>();
  #recorded: RecordedRun | undefined;
  #isOpen = false;
  /** Whether the streams of a live run have been requested, after which no others can be added. */
  #isAsked = false;

  constructor(options: StreamingFeedOptions) {
    checkStreamFeedOptions(options);
    super({ ...options, symbol: unifiedSymbol(options.symbol) });
    this.exchange = options.exchange;
    this.options = options;
    if (options.source === undefined && options.recording === undefined && options.store === undefined) {
      // Wrong options of the connection are refused now, not when the session begins.
      if (options.closedBars === undefined) new CcxtStore(this.#connectionOptions());
    }
    this.#want({ channel: this.barChannel, symbol: this.symbol, timeframe: this.timeframe.name });
    if (this.barChannel === 'bar') this.#want({ channel: 'trade', symbol: this.symbol, isOptional: true });
    if (options.quotes !== false) this.#want({ channel: 'quote', symbol: this.symbol, isOptional: true });
  }

  /** The channel that bars are made of. */
  get barChannel(): 'trade' | 'bar' {
    return this.options.bars === 'venue' ? 'bar' : 'trade';
  }

  /** Follows the trades of a symbol; those of the feed's own symbol are followed anyway if bars are built from them. */
  subscribeTrades(symbol = this.symbol): this {
    return this.#want({ channel: 'trade', symbol });
  }

  /** Follows the best bid and ask of a symbol. */
  subscribeQuotes(symbol = this.symbol): this {
    return this.#want({ channel: 'quote', symbol });
  }

  /** Follows the book of a symbol. @throws {ConfigError} If `depth` is not a positive whole number. */
  subscribeBook(
    symbol = this.symbol,
    options: {
      /** Levels a side. Default 20. */
      readonly depth?: number;
    } = {},
  ): this {
    const { depth = 20 } = options;
    if (!(Number.isInteger(depth) && depth > 0)) {
      throw new ConfigError(`depth of a book must be a positive whole number, was ${depth}`);
    }
    return this.#want({ channel: 'book', symbol, depth });
  }

  /** Follows the statistics of the last 24 hours of a symbol. */
  subscribeTicker(symbol = this.symbol): this {
    return this.#want({ channel: 'ticker24h', symbol });
  }

  /**
   * Follows the funding of a perpetual, and its mark and index price where the exchange streams them. A paper session with accounts pays it.
   */
  subscribeFunding(
    symbol = this.symbol,
    options: {
      /** Whether to accept an exchange that streams no funding. Default false: it is refused. */
      readonly isOptional?: boolean;
    } = {},
  ): this {
    this.#want({ channel: 'mark', symbol, isOptional: true });
    this.#want({ channel: 'index', symbol, isOptional: true });
    return this.#want({ channel: 'funding', symbol, ...(options.isOptional === true && { isOptional: true }) });
  }

  /** Follows the open interest of a derivative. */
  subscribeOpenInterest(symbol = this.symbol): this {
    return this.#want({ channel: 'openInterest', symbol });
  }

  /** Follows the forced closes of a derivative. */
  subscribeLiquidations(symbol = this.symbol): this {
    return this.#want({ channel: 'liquidation', symbol });
  }

  /** The latest trades of a symbol, oldest first; empty before the first. */
  recentTrades(symbol = this.symbol, count?: number): readonly TradeTick[] {
    return this.viewOf(symbol).recentTrades(count);
  }

  /** The book of a symbol; undefined while it is incomplete. */
  book(symbol = this.symbol): MarketBook | undefined {
    return this.viewOf(symbol).book();
  }

  /** Statistics of the last 24 hours of a symbol; undefined before the first. */
  ticker(symbol = this.symbol): Ticker24h | undefined {
    return this.viewOf(symbol).ticker();
  }

  /** The state of the stream that the bars are built from. */
  get state(): StreamState {
    return this.viewOf(this.symbol).state;
  }

  override get reader(): MarketReader | undefined {
    return this.#isOpen || this.options.recording !== undefined ? this.viewOf(this.symbol) : undefined;
  }

  /** Every stream that the feed follows. */
  get wanted(): readonly WantedStream[] {
    return [...this.#wanted.values()];
  }

  /** The market of a symbol. @throws {ConfigError} If the feed is not subscribed to it. */
  viewOf(symbol: string): MarketView {
    const view = this.#views.get(symbol) ?? this.#views.get(unifiedSymbol(symbol));
    if (view === undefined) throw unknownName(`symbol of the stream '${this.name}'`, symbol, [...this.#views.keys()]);
    return view;
  }

  /** The bars of a live run, empty. */
  liveBars(canFetch: boolean): LiveBars {
    const { bars = 'trades', graceMs = 2_000 } = this.options;
    return new LiveBars({ timeframe: this.timeframe, from: bars, graceMs, canFetch });
  }

  /** Begins a live run: from now on the market can be read. @throws {ConfigError} If another run has not ended. */
  beginSession(): void {
    if (this.#isOpen) throw new ConfigError(`feed '${this.name}' is in a live session already`);
    this.#isOpen = true;
    for (const view of this.#views.values()) view.reset();
  }

  /** The streams of a live run; from now on no others can be added. */
  openStreams(): readonly WantedStream[] {
    this.#isAsked = true;
    return this.wanted;
  }

  /** Ends a live run. */
  endSession(): void {
    this.#isOpen = false;
    this.#isAsked = false;
  }

  /** Takes an event of a live run. */
  apply(event: StreamEvent): void {
    // Bars do not belong to the market between them.
    if (event.type !== 'bar' && 'symbol' in event) this.#views.get(event.symbol)?.apply(event);
  }

  /** Uses the venue's rules, unless the user gave some. */
  useInstrument(instrument: Instrument | undefined): void {
    if (this.instrument === undefined) (this as { instrument: Instrument | undefined }).instrument = instrument;
  }

  /** What a trade adds to the volume of a bar. @hidden */
  volumeOf(trade: Pick<TradeTick, 'price' | 'size'>): number {
    return barVolumeOf(this.exchange, this.instrument ?? {}, trade);
  }

  /** The source of a live run. */
  source(): MarketSource {
    const { options, exchange } = this;
    const { staleMs, connection, reorderMs = 0 } = options;
    if (options.source !== undefined) return this.#checked(options.source, true);
    if (options.recording !== undefined) return this.recorded();
    const protocols = options.protocols ?? redirected(exchange, connection?.url);
    if (!hasNativeSource(exchange, protocols)) {
      const source = new CcxtProSource({ exchange, ...(staleMs && { staleMs }), ...(connection && { connection }) });
      return this.#checked(source, true);
    }
    const source = new NativeSource({ exchange, protocols, ...(staleMs && { staleMs }) });
    return reorderMs === 0 ? source : this.#checked(source, false);
  }

  #checked(source: MarketSource, isChecked: boolean): MarketSource {
    const signedPrices = new Set(this.instrument?.signedPrices === true ? [this.symbol] : []);
    return new CheckedSource(source, { isChecked, reorderMs: this.options.reorderMs ?? 0, signedPrices });
  }

  /** The recording as a source. @throws {ConfigError} If there is none. */
  recorded(): RecordingSource {
    const { recording, protocols, reorderMs } = this.options;
    if (recording === undefined) {
      throw new ConfigError(`feed '${this.name}' has no recording to play: give it the option recording`);
    }
    return new RecordingSource({
      exchange: this.exchange,
      recording,
      ...(protocols && { protocols }),
      ...(reorderMs && { reorderMs }),
    });
  }

  /** The source of missing bars; undefined where there is none. */
  closedBars(runtime: Runtime): ClosedBars | undefined {
    const { closedBars, recording } = this.options;
    if (closedBars !== undefined) return closedBars === false ? undefined : closedBars;
    if (recording !== undefined) return undefined;
    return new CcxtClosedBars(this.#store(runtime), this.symbol, this.timeframe, runtime);
  }

  /**
   * Keeps the market of a live run in the store; undefined where nothing is kept.
   *
   * @param by - Who builds the bars, such as `session paper-1`.
   * @hidden
   */
  keeper(by: string, runtime: Runtime): MarketKeeper | undefined {
    const { recording, closedBars, folder, keep } = this.options;
    const isStored = recording === undefined && closedBars === undefined;
    const kinds = keep ?? (isStored ? ['bars'] : []);
    if (kinds.length === 0 || recording !== undefined) return undefined;
    const { exchange, symbol } = this;
    const store = this.options.store ?? (isStored ? new CcxtStore(this.#connectionOptions()) : undefined);
    const origin = store?.origin;
    const type = typeOfSymbol(symbol);
    const series = { exchange, type, symbol, timeframe: this.timeframe.name, ...(origin !== undefined && { origin }) };
    return new MarketKeeper({ series, kinds, by, runtime, folder });
  }

  /** Fetches the start of a live run: the rules of the symbol, and the closed bars before the stream. */
  async seed(context: LoadContext): Promise<StreamSeed> {
    const { runtime } = context;
    const closed = this.closedBars(runtime);
    const instrument = this.instrument ?? (await closed?.instrument?.());
    const clockOffset = (await closed?.clockOffset?.()) ?? 0;
    if (closed === undefined) return { instrument, bars: createBars(0), known: undefined, clockOffset };
    const known = barOpen(this.timeframe, runtime.now() + clockOffset);
    const bars = await this.#history(closed, known, context);
    const last = bars.time[bars.time.length - 1];
    // Known only as far as bars came: bars that the venue had not written yet are requested again.
    return { instrument, bars, known: last === undefined ? known : barClose(this.timeframe, last), clockOffset };
  }

  /** In a backtest: the bars of the recording, or the history. */
  override async load(context: LoadContext = atOnce): Promise<LoadedBars> {
    if (this.options.recording === undefined) {
      const { instrument, bars } = await this.seed(context);
      this.useInstrument(instrument);
      return loadedBars(bars);
    }
    for (const view of this.#views.values()) view.reset();
    this.#recorded = new RecordedRun(this);
    return loadedBars(columnsOf(this.#recorded.rows));
  }

  /** In a backtest: shows the recorded market up to a moment, the one at which a bar closes. */
  showUntil(time: number): void {
    this.#recorded?.showUntil(time);
  }

  async #history(closed: ClosedBars, known: number, context: LoadContext): Promise<Bars> {
    const { history, folder, closedBars } = this.options;
    const count = history ?? (this.start === undefined ? 500 : undefined);
    if (count === 0) return createBars(0);
    if (closedBars !== undefined) {
      const start = this.start ?? barOpen(this.timeframe, known - count! * (this.timeframe.ms ?? 31 * 86_400_000));
      return closed.fetch({ start, end: Math.min(known, this.end ?? known) }, context.signal);
    }
    const { exchange, symbol, end } = this;
    const store = this.#store(context.runtime);
    const range = { ...(count === undefined ? { start: this.start! } : { count }), ...(end !== undefined && { end }) };
    const where = { exchange, symbol, timeframe: this.timeframe.name, ...(folder !== undefined && { folder }) };
    return new CcxtDataFeed({ ...where, ...range, store, resample: true }).load(context);
  }

  #store(runtime: Runtime): CcxtStore {
    return this.options.store ?? CcxtStore.shared(this.#connectionOptions(), runtime);
  }

  #connectionOptions(): CcxtStoreOptions {
    return { publicOnly: true, ...this.options.connection, exchange: this.exchange };
  }

  #want(stream: WantedStream): this {
    if (this.#isAsked) {
      throw new ConfigError(`subscribe to ${stream.channel} of ${stream.symbol} before the session opens its streams`);
    }
    const symbol = unifiedSymbol(stream.symbol);
    const key = `${stream.channel} ${symbol}`;
    this.#wanted.set(key, { ...this.#wanted.get(key), ...stream, symbol });
    this.#viewFor(symbol).expect(stream.channel);
    return this;
  }

  #viewFor(symbol: string): MarketView {
    let view = this.#views.get(symbol);
    if (view === undefined) {
      const { exchange, barChannel } = this;
      const find = (other: string): MarketReader => this.viewOf(other);
      const keepTrades = this.options.keepTrades ?? 1_000;
      const channel = symbol === this.symbol ? barChannel : 'trade';
      view = new MarketView({ exchange, symbol, barChannel: channel, keepTrades, find });
      this.#views.set(symbol, view);
    }
    return view;
  }
}

/** The connector of an exchange, pointed at the server of its history. */
function redirected(exchange: string, url: string | undefined): Protocol[] {
  const protocol = findProtocol(exchange);
  if (url === undefined || protocol === undefined) return [];
  // The local exchange serves Hyperliquid's socket below a path of its own: `/ws` is Binance's.
  const below = protocol.id === 'hyperliquid' ? '/hyperliquid' : '';
  return [withHosts(protocol, { rest: url, socket: url.replace(/^http/, 'ws').replace(/\/$/, '') + below })];
}
