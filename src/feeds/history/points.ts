/** Funding rates and open interest beside bars: downloaded once, kept in the store, joined to bars without looking ahead. */
import { CcxtStore, type CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import {
  barClose,
  barOpen,
  checkFeedNames,
  ConfigError,
  formatTime,
  isEven,
  noteEven,
  systemRuntime,
  timeframe,
  toTime,
  unifiedSymbol,
  type Bars,
  type Runtime,
  type Timeframe,
  type TimeInput,
} from '../../core/index.ts';
import { PointStore, type PointKind, type Points, type PointSeries, type TimeRange } from '../../store/index.ts';
import { checkPoints, keptMs, pointsName, pointStretches, spacingOf, type PointRequest } from './point-pages.ts';

/** What a download of funding rates or open interest needs. */
export interface PointsOptions {
  readonly folder?: string;
  readonly refresh?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Values of a range, and warnings about missing ones. */
export interface LoadedPoints extends Points {
  /** A sentence for each stretch without expected values. */
  readonly warnings: readonly string[];
}

/** How far before the first bar values are loaded, in milliseconds, so that it has one too. */
const lookBackMs = 86_400_000;

/** The kind of open interest that bars of a timeframe are joined with. */
export function openInterestKind(frame: Timeframe): PointKind {
  return frame.ms !== undefined && frame.ms < 3_600_000 ? 'open interest 5m' : 'open interest 1h';
}

/** Downloads the parts of a range that the store does not know, and reads the range. */
export async function fillPoints(
  connection: CcxtStore,
  symbol: string,
  kind: PointKind,
  range: TimeRange,
  runtime: Runtime,
  options: PointsOptions = {},
): Promise<LoadedPoints> {
  const { folder, refresh = false, signal } = options;
  const { exchange, origin } = connection;
  const series: PointSeries = { exchange, symbol, kind, ...(origin !== undefined && { origin }) };
  const store = await PointStore.open(folder === undefined ? {} : { folder });
  try {
    if (refresh) store.forget(series, range);
    const kept = runtime.now() - keptMs(exchange, kind);
    const missing = store.missing(series, range).filter(({ end }) => end > kept);
    if (missing.length > 0) {
      const request: PointRequest = { connection, symbol, kind, now: 0, runtime, signal };
      await checkPoints(request);
      const now = runtime.now() + (await connection.clockOffset());
      for (const gap of missing) {
        for await (const { points, ...stretch } of pointStretches(gap, { ...request, now })) {
          store.write(series, stretch, points);
        }
      }
    }
    const points = store.read(series, range);
    return { ...points, warnings: holesOf(points, kind, range, `${exchange} ${symbol}`) };
  } finally {
    store.close();
  }
}

/** Missing values of a range, in sentences: no value at all, a late beginning, holes. */
function holesOf({ time }: Points, kind: PointKind, { start, end }: TimeRange, what: string): string[] {
  const name = pointsName(kind);
  const first = time[0];
  if (first === undefined) {
    return [`${what}: the exchange has no ${name} from ${formatTime(start)} to ${formatTime(end)}`];
  }
  // Venues change the interval of a contract's funding; three times the usual one is a hole.
  const most = 3 * spacingOf(kind);
  const sentences: string[] = [];
  if (first - start > lookBackMs + most) sentences.push(`${what}: ${name} begin ${formatTime(first)}, and were requested from ${formatTime(start + lookBackMs)}`); // prettier-ignore
  let holes = 0;
  let longest = 0;
  for (let i = 1; i < time.length; i++) {
    if (time[i]! - time[i - 1]! <= most) continue;
    holes += 1;
    if (longest === 0 || time[i]! - time[i - 1]! > time[longest]! - time[longest - 1]!) longest = i;
  }
  if (holes > 0) {
    const from = formatTime(time[longest - 1]!);
    sentences.push(`${what}: ${name} have ${holes === 1 ? 'a hole' : `${holes} holes`}, ${holes === 1 ? '' : 'the longest '}from ${from} to ${formatTime(time[longest]!)}`); // prettier-ignore
  }
  return sentences;
}

/**
 * Adds to each bar the last value known by its close; NaN before the first.
 *
 * @param column - Which column the values become.
 */
export function withPoints(bars: Bars, frame: Timeframe, column: 'funding' | 'openInterest', points: Points): Bars {
  const values = new Float64Array(bars.time.length);
  const { ms } = frame;
  let at = -1;
  for (let i = 0; i < values.length; i++) {
    const open = bars.time[i]!;
    const close = ms === undefined ? barClose(frame, open) : open + ms;
    while (at + 1 < points.time.length && points.time[at + 1]! <= close) at += 1;
    values[i] = at < 0 ? NaN : points.value[at]!;
  }
  const joined = { ...bars, [column]: values };
  if (ms !== undefined && isEven(bars, ms)) noteEven(joined, ms);
  return joined;
}

/** The range of values that bars of a range need. */
export function rangeOfPoints({ start, end }: TimeRange, frame: Timeframe): TimeRange {
  return { start: Math.max(0, start - lookBackMs), end: barClose(frame, barOpen(frame, end - 1)) + 1 };
}

/** Options of `loadFunding` and `loadOpenInterest`. */
export interface LoadPointsOptions {
  /** Any of ccxt's exchange ids. */
  readonly exchange: string;
  /** The contract, such as `BTC/USDT:USDT`. */
  readonly symbol: string;
  /** The first moment wanted. */
  readonly start: TimeInput;
  /** The end, excluded. Default: now. */
  readonly end?: TimeInput;
  /** Folder of the bar store. Default `data-cache`. */
  readonly folder?: string;
  /** Options of the connection, such as `url` for the local exchange. Default: the exchange itself. */
  readonly connection?: Omit<CcxtStoreOptions, 'exchange'>;
  /** Whether to fetch the range again although it is stored. Default false. */
  readonly refresh?: boolean;
}

/**
 * The settled funding rates of a perpetual, oldest first: for research, and for `setInstrument(name, { funding })` of an account.
 *
 * @throws {ConfigError} If the symbol has no funding, or the exchange no history of it.
 */
export async function loadFunding(options: LoadPointsOptions): Promise<
  {
    /** When the rate was settled, milliseconds UTC. */
    time: number;
    /** Fraction of the position's value; longs pay a positive rate, shorts receive it. */
    rate: number;
  }[]
> {
  const { time, value } = await loadPoints(options, 'funding');
  return Array.from(time, (at, i) => ({ time: at, rate: value[i]! }));
}

/**
 * The open interest of a contract in base units, oldest first.
 *
 * @throws {ConfigError} If the symbol has no open interest, or the exchange no history of it.
 */
export async function loadOpenInterest(
  options: LoadPointsOptions & {
    /** Distance of the values. Default `1h`. */
    readonly timeframe?: '5m' | '1h';
  },
): Promise<
  {
    /** Milliseconds UTC. */
    time: number;
    /** Open interest, in base units. */
    size: number;
  }[]
> {
  const { timeframe: name = '1h', ...rest } = options;
  const { time, value } = await loadPoints(rest, openInterestKind(timeframe(name)));
  return Array.from(time, (at, i) => ({ time: at, size: value[i]! }));
}

const pointNames = ['exchange', 'symbol', 'start', 'end', 'folder', 'connection', 'refresh'];

async function loadPoints(options: LoadPointsOptions, kind: PointKind): Promise<Points> {
  checkFeedNames(kind === 'funding' ? 'loadFunding' : 'loadOpenInterest', options, pointNames);
  const { exchange, symbol, folder, connection = {}, refresh } = options;
  const runtime = systemRuntime;
  const start = toTime(options.start, 'start');
  const end = options.end === undefined ? runtime.now() : toTime(options.end, 'end');
  if (!(start < end))
    throw new ConfigError(`start must be before end, was ${formatTime(start)} with end ${formatTime(end)}`, {
      context: { start, end },
    });
  const store = CcxtStore.shared({ publicOnly: true, ...connection, exchange }, runtime);
  return fillPoints(store, unifiedSymbol(symbol), kind, { start, end }, runtime, {
    ...(folder !== undefined && { folder }),
    ...(refresh !== undefined && { refresh }),
  });
}
