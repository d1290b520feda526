/** What every source of bars is: a name, a symbol, a timeframe, and a way to load. */
import {
  checkInstrument,
  shown,
  showPlainly,
  ConfigError,
  DataError,
  formatTime,
  parseTimeOfDay,
  systemRuntime,
  timeframe,
  toTime,
  type Bars,
  type Instrument,
  type MarketReader,
  type Runtime,
  type Timeframe,
  type TimeInput,
} from '../core/index.ts';
import { checkValidation, type ValidationOptions } from './checks/policies.ts';
import { reportWarnings, type DataReport } from './checks/report.ts';
import { loadedBars, type LoadedBars } from './loaded-bars.ts';
import { BarShape, compressedFrame, isShaping, sessionOf, type ShapeOptions } from './timeframes/shape.ts';
import { Zone } from './timeframes/wall-clock.ts';

/** The progress of a load; `total` is undefined when it is unknown. */
export interface LoadProgress {
  /** Units loaded so far. */
  readonly done: number;
  /** Units in all; undefined when unknown. */
  readonly total: number | undefined;
  /** What is counted. */
  readonly unit: 'bars' | 'bytes';
}

/** What the engine provides to a feed while it loads. */
export interface LoadContext {
  /** Clock and timers. */
  readonly runtime: Runtime;
  /** Ends the load early when it is aborted. */
  readonly signal?: AbortSignal;
  /** Called while it loads. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** Options that every feed takes. */
export interface FeedOptions {
  /** The name of the data, for `this.getData('btc')`. Default: the symbol. */
  readonly name?: string;
  /** What is traded, by its unified name such as `BTC/USDT`. Default: that of `instrument`, else `name`, else `data`. */
  readonly symbol?: string;
  /** The length of a bar, such as `1h`. */
  readonly timeframe: string;
  /**
   * Combines this many bars of `timeframe` into one, aligned to the epoch: 4 on `1h` is a feed of four-hour bars. A last bar that may still
   * grow is left out, and with `start` a first one that began before it. Default 1.
   */
  readonly compression?: number;
  /** The first moment wanted: bars with `start <= time`. A plain date is its midnight UTC. Default: the first bar of the source; a `CcxtDataFeed` needs it, or `count`. */
  readonly start?: TimeInput;
  /** The end, excluded: bars with `time < end`. Default: after the last closed bar of the source. */
  readonly end?: TimeInput;
  /** The venue's rules for the symbol: tick, lot, limits, fees. Default: those that the source knows, else none. */
  readonly instrument?: Instrument;
  /**
   * Start of the trading day, `HH:MM` by the clock of `tz`: bars that open outside of `sessionStart` to `sessionEnd` are left out. An end
   * at or before the start is on the next day. Default: every bar stays.
   */
  readonly sessionStart?: string;
  /** End of the trading day, `HH:MM` or `HH:MM:SS.mmm` by the clock of `tz`, for `close` orders and `valid: 'day'`. Default: 24:00. */
  readonly sessionEnd?: string;
  /**
   * Time zone of `sessionStart` and `sessionEnd`, such as `America/New_York`, its summer time included. Default UTC. Bars and every
   * other time stay UTC; `zone` is the zone in which a CSV file is written.
   */
  readonly tz?: string;
  /**
   * What to do about faults in the bars: gaps, duplicates, disorder, impossible values, extreme moves, stale repeats. Default: `report` for
   * most, by field of `ValidationOptions`.
   */
  readonly validation?: ValidationOptions;
}

/** The names of FeedOptions, for checking a feed's own options. */
export const feedOptionNames = [
  'name', 'symbol', 'timeframe', 'compression', 'start', 'end', 'instrument', 'sessionStart', 'sessionEnd', 'tz', 'validation',
] as const; // prettier-ignore

/** What a feed loads with by default: the system's clock, without progress. */
export const atOnce: LoadContext = { runtime: systemRuntime };

/** A source of bars. A subclass implements `load`, which returns closed bars in rising time within the range. */
export abstract class DataFeed {
  /** Its name in the run. Default: the symbol. */
  readonly name: string;
  /** The symbol, such as `BTC/USDT`. */
  readonly symbol: string;
  /** Length of its bars: that of the option `timeframe`, times `compression`. */
  readonly timeframe: Timeframe;
  /** Length of the bars in its source: `timeframe`, unless they are compressed. */
  readonly sourceFrame: Timeframe;
  /** The first moment wanted, milliseconds UTC; undefined for the first bar of the source. */
  readonly start: number | undefined;
  /** The end, excluded, milliseconds UTC; undefined for after the last closed bar. */
  readonly end: number | undefined;
  /** The exchange's rules for the symbol; undefined where unknown. */
  readonly instrument: Instrument | undefined;
  /** When the trading day ends, milliseconds after midnight by the clock of `sessionZone`; undefined for 24:00. */
  readonly sessionEndMs: number | undefined;
  /**
   * Zone of the trading day; undefined for UTC.
   *
   * @internal
   */
  readonly sessionZone: Zone | undefined;
  /** The validation report of the bars; undefined before `load`, and for a feed that does not check its bars. */
  report: DataReport | undefined;
  /** For each bar, 1 if it was filled in; undefined when none was. */
  marks: Uint8Array | undefined;

  static {
    showPlainly(DataFeed);
  }

  readonly #shape: ShapeOptions;

  constructor(options: FeedOptions) {
    this.sourceFrame = timeframe(options.timeframe);
    this.timeframe = compressedFrame(this.sourceFrame, options.compression);
    this.#shape = options;
    if (options.instrument !== undefined) checkInstrument(options.instrument);
    for (const field of ['name', 'symbol'] as const) checkText(field, options[field]);
    this.symbol = options.symbol ?? options.instrument?.symbol ?? options.name ?? 'data';
    this.name = options.name ?? this.symbol;
    this.start = options.start === undefined ? undefined : toTime(options.start, 'start');
    this.end = options.end === undefined ? undefined : toTime(options.end, 'end');
    this.instrument = options.instrument;
    this.sessionEndMs = options.sessionEnd === undefined ? undefined : parseTimeOfDay(options.sessionEnd, 'sessionEnd');
    this.sessionZone = options.tz === undefined || options.tz === 'UTC' ? undefined : new Zone(options.tz, 'tz');
    if (options.tz !== undefined && options.sessionStart === undefined && options.sessionEnd === undefined) {
      throw new ConfigError(
        "tz is the zone of sessionStart and sessionEnd, and neither was given; the zone of a CSV file's times is 'zone'",
        { context: { field: 'tz' } },
      );
    }
    sessionOf(options);
    checkValidation(options.validation ?? {});
    if (this.start !== undefined && this.end !== undefined && this.start >= this.end) {
      throw new ConfigError(
        `start must be before end, was ${formatTime(this.start)} with end ${formatTime(this.end)}`,
        { context: { start: this.start, end: this.end } },
      );
    }
  }

  /**
   * Leaves out bars outside of the session and compresses the rest; undefined where neither was requested.
   *
   * @internal
   */
  protected newShape(): BarShape | undefined {
    return isShaping(this.#shape) ? new BarShape(this.sourceFrame, this.#shape, this.start) : undefined;
  }

  /**
   * The bars of the source as those of the feed, with `marks`.
   *
   * @internal
   */
  protected shaped(bars: Bars): LoadedBars {
    const shape = this.newShape();
    if (shape === undefined) return loadedBars(bars, this.name);
    const result = shape.push(bars, this.marks);
    this.marks = result.marks;
    if (result.bars.time.length > 0 || bars.time.length === 0) return loadedBars(result.bars, this.name);
    const { compression, sessionStart, sessionEnd = '24:00' } = this.#shape;
    const which = sessionStart === undefined ? '' : ` from ${sessionStart} to ${sessionEnd}`;
    const what = compression === undefined ? `open in the session${which}` : `make a whole ${this.timeframe.name} bar${which}`; // prettier-ignore
    throw new DataError(`${this.name}: none of its ${bars.time.length} ${this.sourceFrame.name} bars ${what}`, {
      code: 'no-bars',
      context: { feed: this.name },
    });
  }

  /** The warnings for a run over these bars, one sentence for each kind of fault. Empty before `load`. */
  warnings(): readonly string[] {
    return this.report === undefined ? [] : reportWarnings(this.report);
  }

  /** The feed as plain data: its symbol and timeframe, and the findings in its bars. It leaves out options and bars. */
  toJSON(): Record<string, unknown> {
    const own = Object.entries(this).filter(([, value]) => typeof value === 'string' || typeof value === 'number');
    return { ...Object.fromEntries(own), timeframe: this.timeframe.name, report: this.report };
  }

  /** Trades, book and quotes beside the bars; undefined for a feed that has only bars. */
  get reader(): MarketReader | undefined {
    return undefined;
  }

  /** Returns every bar of the range. Outside of a run it needs no context. */
  abstract load(context?: LoadContext): Promise<Bars>;

  /** Returns the same bars in order, in pieces, for runs larger than memory. By default there is one piece. */
  async *stream(context?: LoadContext): AsyncGenerator<Bars> {
    yield await this.load(context);
  }
}

function checkText(field: string, seen: unknown): void {
  if (seen === undefined || (typeof seen === 'string' && seen !== '')) return;
  throw new ConfigError(`${field} of a feed must be a text such as 'BTC/USDT', was ${shown(seen)}`, {
    context: { field },
  });
}
