/** Bars from any exchange that ccxt knows: fetched once, checked, kept in the bar store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildableFrom, CcxtStore, type CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import {
  checkFeedNames,
  barClose,
  barOpen,
  ConfigError,
  ConnectorError,
  DataError,
  messageOf,
  formatTime,
  sliceBars,
  timeframe,
  unifiedSymbol,
  typeOfSymbol,
  type Bars,
  type Instrument,
  type Runtime,
} from '../../core/index.ts';
import {
  BarStore,
  missingRanges,
  type Points,
  storedShorter,
  readDocument,
  venueName,
  writeDocuments,
  type Series,
  type StorageForm,
  type TimeRange,
} from '../../store/index.ts';
import { download } from './download.ts';
import { noCounts, type PageCounts } from './page.ts';
import { fillPoints, openInterestKind, rangeOfPoints, withPoints } from './points.ts';
import { ProgressLine } from './progress.ts';
import { sourceOf } from './page-source.ts';

import { noteRead } from '../checks/reads.ts';
import { atOnce, DataFeed, feedOptionNames, type FeedOptions, type LoadContext } from '../feed.ts';
import type { LoadedBars } from '../loaded-bars.ts';
import { resampleBars } from '../timeframes/resample.ts';
import { compressedFrame } from '../timeframes/shape.ts';
import { shortHistoryText, type DataReport } from '../checks/report.ts';
import { validateBars, Validator } from '../checks/validate.ts';

/** Options of CcxtDataFeed. */
export interface CcxtDataFeedOptions extends FeedOptions {
  readonly symbol: string;
  /** Any of ccxt's exchange ids. Required unless `store` is given. */
  readonly exchange?: string;
  /** A connection to share; without it, feeds of one exchange share one for public data. */
  readonly store?: CcxtStore;
  /**
   * Options of the connection that is made when no `store` is given, such as `url` for the local exchange. Default: public data of the
   * exchange itself.
   */
  readonly connection?: Omit<CcxtStoreOptions, 'exchange'>;
  /**
   * The number of newest bars before `end`, instead of `start`; it counts bars, not slots of time. A market with fewer returns all of them,
   * and the report and the warnings of the run say so. Default: none, `start` decides.
   */
  readonly count?: number;
  /** Folder of the bar store. Default `data-cache`. */
  readonly folder?: string;
  /**
   * The form in which the bar store keeps months of bars: `arrow`, or `parquet`, which DuckDB and pandas read in place. Both are always
   * read. Default `arrow`.
   */
  readonly storage?: StorageForm;
  /** Whether bars are read from the bar store and kept in it; with `false`, all are fetched and none stored. Default true. */
  readonly cache?: boolean;
  /** Whether to fetch the range again although it is stored. Default false. */
  readonly refresh?: boolean;
  /** Whether to request ranges again that the store knows as empty. Default false: it trusts them for 1 to 90 days. */
  readonly refreshHoles?: boolean;
  /**
   * Without an `end`: how old the newest stored bar may be, in milliseconds, before later bars are requested. A range with an `end` is
   * never shortened. Default 0.
   */
  readonly maxAgeMs?: number;
  /** What to do when the exchange does not go back as far as `start`. Default `warn`: a sentence on stderr. */
  readonly shortHistory?: 'warn' | 'report' | 'throw';
  /**
   * The history of funding rates beside the bars, as the line `data.funding`: the rate last settled by a bar's close. For perpetuals of
   * exchanges whose funding history ccxt offers. Kept in the bar store. Default false.
   */
  readonly funding?: boolean;
  /**
   * The history of open interest beside the bars, as the line `data.openInterest`, in base units: sampled every five minutes for bars
   * shorter than an hour, else every hour. Default false.
   */
  readonly openInterest?: boolean;
  /** Whether to build the bars from shorter ones if the exchange does not serve this timeframe. Default false: that is an error. */
  readonly resample?: boolean;
  /** Whether to draw progress on a terminal. Default true. */
  readonly progress?: boolean;
}

const optionNames = [
  ...feedOptionNames, 'exchange', 'store', 'connection', 'count', 'folder', 'storage', 'cache', 'refresh', 'refreshHoles', 'maxAgeMs', 'shortHistory', 'progress', 'resample',
  'funding', 'openInterest',
]; // prettier-ignore

/**
 * History of one symbol from one exchange.
 *
 * It reads stored bars from the bar store. If the whole range is stored, it loads no exchange and opens no socket. Without `end` the range
 * ends with the last closed bar, by the exchange's own clock.
 */
export class CcxtDataFeed extends DataFeed {
  /** ccxt's id of the exchange. */
  readonly exchange: string;
  /** Where the bars come from, if not from the exchange itself: `sandbox`, or a host such as `127.0.0.1:8787`. */
  readonly origin: string | undefined;
  /** The faults that the download corrected; undefined before `load`, zeros when all bars came from the store. */
  counts: PageCounts | undefined;
  readonly #options: CcxtDataFeedOptions;
  #unconfirmed: readonly TimeRange[] = [];
  /** Slots of time in which a count of bars is searched; more of them where trades are rare. */
  #slots: number;
  #shortage: string | undefined;
  /** Why bars that were built from a stream could not be replaced by closed ones; undefined where there are none. */
  #unreplaced: string | undefined;
  /** Warnings about missing funding rates and open interest. */
  #pointWarnings: readonly string[] = [];

  constructor(given: CcxtDataFeedOptions) {
    checkFeedNames('CcxtDataFeed', given, optionNames);
    const options = uncompressed(given);
    if (typeof options.symbol !== 'string' || options.symbol === '') {
      throw new ConfigError(`symbol must be a name such as BTC/USDT, was ${JSON.stringify(options.symbol)}`, {
        context: { field: 'symbol' },
      });
    }
    super({ ...options, symbol: unifiedSymbol(options.symbol) });
    const exchange = options.store?.exchange ?? options.exchange;
    if (exchange === undefined || (options.exchange !== undefined && options.exchange !== exchange)) {
      throw new ConfigError(`exchange must be an id such as binance, was ${String(options.exchange)}`, {
        context: { field: 'exchange' },
      });
    }
    this.exchange = exchange;
    this.#options = options;
    this.#slots = options.count ?? 0;
    this.origin = (options.store ?? new CcxtStore(connectionOf(options, exchange))).origin;
    this.#checkRange();
  }

  override async load(context: LoadContext = atOnce): Promise<LoadedBars> {
    const shorter = this.#options.resample === true ? await this.#buildFrom(context.runtime) : undefined;
    if (shorter !== undefined) return this.#loadShorter(shorter, context);
    const { store, close } = await this.#openStore(context.runtime);
    try {
      const { count } = this.#options;
      let { range, bars } = await this.#fetch(store, context);
      while (count !== undefined && bars.time.length < count && this.#goesFurther(store, range, bars.time.length)) {
        ({ range, bars } = await this.#fetch(store, context));
      }
      const rows = bars.time.length;
      if (count !== undefined && rows > count) {
        bars = sliceBars(bars, rows - count, rows);
        range = { start: bars.time[0]!, end: range.end };
      }
      this.#noteShortage(rows);
      return await this.#checked(store, range, bars, context);
    } finally {
      close();
    }
  }

  override async *stream(context: LoadContext = atOnce): AsyncGenerator<Bars> {
    const isBuilt = this.#options.resample === true && (await this.#buildFrom(context.runtime)) !== undefined;
    if (isBuilt || this.#options.count !== undefined) {
      yield await this.load(context);
      return;
    }
    const { store, close } = await this.#openStore(context.runtime);
    try {
      const range = await this.#fill(store, context);
      const source = { name: this.#what, frame: this.timeframe };
      const validator = new Validator(source, this.#options.validation);
      const shape = this.newShape();
      const join = await this.#pointsOf(store, range, context);
      let rows = 0;
      for (const bars of store.stream(this.series, range)) {
        const checked = join(validator.push(validator.order(bars)).bars);
        const shaped = shape === undefined ? checked : shape.push(checked).bars;
        rows += shaped.time.length;
        this.report = validator.report();
        if (shaped.time.length > 0) yield noteRead(shaped, this.name);
      }
      if (rows === 0) throw this.#noBars(range);
      this.report = this.#withHistory(validator.report(), store, range);
      const short = shortHistoryText(this.report);
      if (short !== undefined) this.#shortHistory(`${this.#what}: ${short}`);
    } finally {
      close();
    }
  }

  get #what(): string {
    return `${this.exchange} ${this.symbol} ${this.timeframe.name}`;
  }

  /** Fetches the missing parts of the range, and reads it. */
  async #fetch(store: BarStore, context: LoadContext): Promise<{ range: TimeRange; bars: Bars }> {
    const range = await this.#fill(store, context);
    const bars = this.#read(store, range) ?? this.#read(store, await this.#fill(store, context))!;
    return { range, bars };
  }

  /** Widens the range in which a count of bars is searched; false where the exchange has nothing earlier. */
  #goesFurther(store: BarStore, { start }: TimeRange, found: number): boolean {
    const isFirst = store
      .known(this.series, { start, end: start + 1 })
      .some((known) => known.kind === 'unavailable' && known.start <= start && known.end > start);
    if (isFirst || start <= 0 || this.#slots > mostSlots) return false;
    const enough = found === 0 ? Infinity : Math.ceil((this.#slots * this.#options.count! * 1.2) / found);
    this.#slots = Math.min(this.#slots * 4, enough);
    return true;
  }

  #noteShortage(found: number): void {
    const { count } = this.#options;
    this.#shortage = undefined;
    if (count === undefined || found >= count) return;
    this.#shortage = `asked for ${count} bars, and the exchange has ${found} in all`;
    this.#shortHistory(`${this.#what}: ${this.#shortage}`);
  }

  /** The timeframe to build from; undefined when the exchange serves the wanted one itself. */
  async #buildFrom(runtime: Runtime): Promise<string | undefined> {
    const stored = await this.#storedShorter(runtime);
    if (stored !== undefined) return stored;
    const served = await this.#connection(runtime).timeframes();
    return served.includes(this.timeframe.name) ? undefined : buildableFrom(this.timeframe.name, served);
  }

  /** The longest shorter timeframe that is stored for the whole range, where the wanted one is not; undefined where there is none. */
  async #storedShorter(runtime: Runtime): Promise<string | undefined> {
    if (this.#options.cache === false) return undefined;
    const { store, close } = await this.#openStore(runtime);
    try {
      const range = this.#rangeBy(runtime.now());
      if (this.#isKnown(store, range, runtime)) return undefined;
      return storedShorter(store, this.series, range, this.timeframe);
    } finally {
      close();
    }
  }

  /** Loads shorter bars of the same range and adds them up; report and counts are those of the shorter bars. */
  async #loadShorter(shorter: string, context: LoadContext): Promise<LoadedBars> {
    const { count, sessionStart: _, ...options } = this.#options;
    const range = this.#rangeBy(context.runtime.now());
    const open = barOpen(this.timeframe, range.start);
    const start = open < range.start ? barClose(this.timeframe, open) : open;
    const feed = new CcxtDataFeed({ ...options, ...range, start, timeframe: shorter, resample: false });
    const bars = await feed.load(context);
    const { closeTime: __, ...longer } = resampleBars(bars, shorter, this.timeframe, { knownUntil: range.end });
    this.report = feed.report;
    this.counts = feed.counts;
    this.#pointWarnings = feed.#pointWarnings;
    if (this.instrument === undefined) {
      (this as { instrument: Instrument | undefined }).instrument = feed.instrument;
    }
    const rows = longer.time.length;
    this.#noteShortage(rows);
    return this.shaped(count === undefined || rows <= count ? longer : sliceBars(longer, rows - count, rows));
  }

  /** The key of the bars in the store. */
  get series(): Series {
    return {
      exchange: this.exchange,
      type: typeOfSymbol(this.symbol),
      symbol: this.symbol,
      timeframe: this.timeframe.name,
      ...(this.origin !== undefined && { origin: this.origin }),
    };
  }

  override warnings(): readonly string[] {
    const shortage = this.#shortage === undefined ? [] : [`${this.#what}: ${this.#shortage}`];
    shortage.push(...this.#pointWarnings);
    if (this.#unreplaced !== undefined) {
      shortage.push(
        `${this.#what}: some bars were built from a stream, and the exchange's own could not be fetched (${this.#unreplaced})`,
      );
    }
    if (this.origin === undefined) return [...shortage, ...super.warnings()];
    const from = this.origin === 'sandbox' ? 'its test network' : this.origin;
    return [
      `${this.#what}: these bars are from ${from}, not from ${this.exchange} itself`,
      ...shortage,
      ...super.warnings(),
    ];
  }

  async #openStore(runtime: Runtime): Promise<{ readonly store: BarStore; readonly close: () => void }> {
    const { cache = true } = this.#options;
    // Without a cache, the same code works in a temporary folder, which is removed after the load.
    const folder = cache ? this.#options.folder : mkdtempSync(join(tmpdir(), 'nextbar-bars-'));
    const { storage } = this.#options;
    const store = await BarStore.open({
      runtime,
      ...(folder !== undefined && { folder }),
      ...(storage !== undefined && { storage }),
    });
    const close = (): void => {
      store.close();
      if (!cache) rmSync(folder!, { recursive: true, force: true });
    };
    return { store, close };
  }

  /** Fetches the parts of the range that the store does not know; returns the range with its open ends resolved. */
  async #fill(store: BarStore, context: LoadContext): Promise<TimeRange> {
    this.counts = noCounts();
    let range = this.#rangeBy(context.runtime.now());
    if (this.#options.refresh === true) store.forget(this.series, range);
    else if (this.#options.refreshHoles === true) store.forgetHoles(this.series, range);
    if (!this.#isKnown(store, range, context.runtime)) {
      try {
        const connection = this.#connection(context.runtime);
        const closedBy = context.runtime.now() + (await connection.clockOffset());
        range = this.#rangeBy(closedBy);
        await this.#keepInstrument(store, connection, context.runtime);
        await this.#download(store, connection, range, closedBy, context);
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error;
        if (store.covers(this.series, range)) this.#unreplaced = messageOf(error);
        else throw this.#offering(error, store, range);
      }
    }
    this.#useInstrument(store);
    return range;
  }

  /** The error of a download, naming shorter bars that are stored for the range. */
  #offering(error: ConnectorError, store: BarStore, range: TimeRange): Error {
    const shorter = storedShorter(store, this.series, range, this.timeframe);
    if (shorter === undefined) return error;
    const { exchange, symbol, timeframe: frame } = this;
    return new DataError(
      `${error.message}; ${shorter} bars of the range are stored: build ${frame.name} bars from them with resample: true, or with ` +
        `nextbar data resample --exchange ${exchange} --symbol ${symbol} --timeframe ${shorter} --to ${frame.name}`,
      { code: error.code, context: { ...error.context, shorter }, cause: error },
    );
  }

  async #download(
    store: BarStore,
    connection: CcxtStore,
    range: TimeRange,
    closedBy: number,
    context: LoadContext,
  ): Promise<void> {
    const line = new ProgressLine(`${this.exchange} ${this.symbol} ${this.timeframe.name}`, context.runtime);
    const total = Math.round((range.end - range.start) / (this.timeframe.ms ?? 30 * 86_400_000));
    try {
      const { counts, unconfirmed } = await download(range, {
        store,
        series: this.series,
        frame: this.timeframe,
        source: await sourceOf(connection, this.symbol, this.timeframe, context.signal),
        closedBy,
        runtime: context.runtime,
        ...(context.signal === undefined ? {} : { signal: context.signal }),
        onPage: (share, bars) => {
          context.onProgress?.({ done: Math.round(share * total), total, unit: 'bars' });
          if (context.onProgress === undefined && this.#options.progress !== false) line.update(share, bars);
        },
      });
      this.counts = counts;
      this.#unconfirmed = unconfirmed;
    } finally {
      line.end();
    }
  }

  /** The stored bars; undefined when a segment proved damaged and has to be fetched again. */
  #read(store: BarStore, range: TimeRange): Bars | undefined {
    for (;;) {
      const damaged = store.damaged.length;
      try {
        const bars = store.read(this.series, range);
        return store.damaged.length === 0 || this.counts!.requests > 0 ? bars : undefined;
      } catch (error) {
        if (!(error instanceof DataError) || store.damaged.length === damaged) throw error;
      }
    }
  }

  async #checked(store: BarStore, range: TimeRange, bars: Bars, context: LoadContext): Promise<LoadedBars> {
    const what = this.#what;
    const checked = validateBars(bars, this.timeframe, what, this.#options.validation);
    this.report = this.#withHistory(checked.report, store, range);
    this.marks = checked.marks;
    if (checked.bars.time.length === 0) throw this.#noBars(range);
    const short = shortHistoryText(this.report);
    if (short !== undefined) this.#shortHistory(`${what}: ${short}`);
    const join = await this.#pointsOf(store, range, context);
    return this.shaped(join(checked.bars));
  }

  /** Adds funding rates and open interest to the bars of a range. */
  async #pointsOf(store: BarStore, range: TimeRange, context: LoadContext): Promise<(bars: Bars) => Bars> {
    const { funding = false, openInterest = false, refresh } = this.#options;
    const kinds = [
      ...(funding ? [['funding', 'funding'] as const] : []),
      ...(openInterest ? [['openInterest', openInterestKind(this.timeframe)] as const] : []),
    ];
    const warnings: string[] = [];
    const loaded: (readonly ['funding' | 'openInterest', Points])[] = [];
    for (const [column, kind] of kinds) {
      const wanted = rangeOfPoints(range, this.timeframe);
      const points = await fillPoints(this.#connection(context.runtime), this.symbol, kind, wanted, context.runtime, {
        folder: store.folder,
        signal: context.signal,
        ...(refresh !== undefined && { refresh }),
      });
      warnings.push(...points.warnings);
      loaded.push([column, points]);
    }
    this.#pointWarnings = warnings;
    return (bars) => loaded.reduce((all, [column, points]) => withPoints(all, this.timeframe, column, points), bars);
  }

  #noBars(range: TimeRange): DataError {
    return new DataError(
      `${this.#what} has no bars from ${formatTime(range.start)} to ${formatTime(range.end)}: check symbol and dates`,
      { code: 'no-bars', context: { exchange: this.exchange, symbol: this.symbol } },
    );
  }

  /** Adds facts that only a download knows: that the exchange does not go back as far as requested, or gave no reliable answer. */
  #withHistory(report: DataReport, store: BarStore, range: TimeRange): DataReport {
    const unconfirmed = this.#unconfirmed.length === 0 ? {} : { unconfirmed: this.#unconfirmed, clean: false };
    const first = report.first ?? range.end;
    const known = store.known(this.series, { start: range.start, end: first });
    const covering = known.filter(({ kind, end }) => kind === 'unavailable' && end > range.start);
    const isShort = first > range.start && missingRanges({ start: range.start, end: first }, covering).length === 0;
    if (!isShort) return { ...report, ...unconfirmed };
    return { ...report, ...unconfirmed, shortHistory: { asked: range.start, got: report.first }, clean: false };
  }

  #shortHistory(sentence: string): void {
    const policy = this.#options.shortHistory ?? 'warn';
    if (policy === 'throw') throw new DataError(sentence, { code: 'short-history' });
    if (policy === 'warn') process.emitWarning(sentence, 'DataWarning');
  }

  #connection(runtime: Runtime): CcxtStore {
    return this.#options.store ?? CcxtStore.shared(connectionOf(this.#options, this.exchange), runtime);
  }

  /** The range at a moment: an open end is the last closed bar, a count of bars goes back from there. */
  #rangeBy(now: number): TimeRange {
    const closed = barOpen(this.timeframe, now);
    const end = Math.min(this.end ?? closed, closed);
    const { count } = this.#options;
    const slots = Math.max(count ?? 0, this.#slots);
    const start =
      this.start ?? Math.max(0, barOpen(this.timeframe, end - slots * (this.timeframe.ms ?? 31 * 86_400_000)));
    if (start < end) return { start, end };
    throw new ConfigError(`start must be before the last closed bar, was ${formatTime(start)}`, {
      context: { field: 'start' },
    });
  }

  #isKnown(store: BarStore, range: TimeRange, runtime: Runtime): boolean {
    const missing = store.missing(this.series, range);
    if (missing.length === 0) return true;
    const age = this.#options.maxAgeMs ?? 0;
    const [only] = missing;
    if (age === 0 || this.end !== undefined || missing.length > 1 || only!.end < range.end) return false;
    return only!.start > range.start && runtime.now() - only!.start <= age;
  }

  async #keepInstrument(store: BarStore, connection: CcxtStore, runtime: Runtime): Promise<void> {
    await connection.checkTimeframe(this.timeframe.name);
    const instrument = await connection.instrument(this.symbol);
    writeDocuments(store, venueName(this.series), 'instrument', [[this.symbol, instrument]], runtime.now());
  }

  /** The rules given by the user, else those that the exchange listed when the bars were fetched. */
  #useInstrument(store: BarStore): void {
    if (this.instrument !== undefined) return;
    const stored = readDocument<Instrument>(store, venueName(this.series), 'instrument', this.symbol);
    if (stored !== undefined) (this as { instrument: Instrument | undefined }).instrument = stored.body;
  }

  #checkRange(): void {
    const { count, cache } = this.#options;
    if (cache === false) {
      const other = (['folder', 'refresh', 'refreshHoles', 'maxAgeMs'] as const).find((name) => this.#options[name] !== undefined); // prettier-ignore
      if (other !== undefined) {
        throw new ConfigError(`cache: false and ${other} of a CcxtDataFeed cannot both be given`, {
          context: { field: other },
        });
      }
    }
    if ((this.start === undefined) === (count === undefined)) {
      throw new ConfigError('a CcxtDataFeed takes either start or count', { context: { field: 'start' } });
    }
    if (count !== undefined && !(Number.isInteger(count) && count > 0)) {
      throw new ConfigError(`count must be a positive whole number of bars, was ${count}`, {
        context: { field: 'count' },
      });
    }
  }
}

/** The search ends in a market so quiet that more slots than this hold fewer bars than requested. */
const mostSlots = 20_000_000;

/** The options of a feed whose timeframe is the compressed one, built from shorter bars where the exchange does not serve it. */
function uncompressed({ compression, ...options }: CcxtDataFeedOptions): CcxtDataFeedOptions {
  if (compression === undefined) return options;
  const { name } = compressedFrame(timeframe(options.timeframe), compression);
  return { ...options, timeframe: name, resample: options.resample ?? true };
}

/** Public data needs no keys: none are read unless the options say so. */
function connectionOf(options: CcxtDataFeedOptions, exchange: string): CcxtStoreOptions {
  return { publicOnly: true, ...options.connection, exchange };
}
