/** Bars: one row for people, columns for everything else. */
import { ConfigError } from './errors.ts';

/** One OHLCV row. `time` is the bar's OPEN in milliseconds UTC, as exchanges stamp it; volume is in base units. */
export interface Bar {
  /** Open of the bar, milliseconds UTC; it is known from its close on. */
  readonly time: number;
  /** First price, in quote units. */
  readonly open: number;
  /** Highest price, in quote units. */
  readonly high: number;
  /** Lowest price, in quote units. */
  readonly low: number;
  /** Last price, in quote units. */
  readonly close: number;
  /** Units traded. */
  readonly volume: number;
}

/** Further columns that some sources carry and resampling sums: quote volume, number of trades, volume bought by takers. */
export const summedColumnNames = ['quoteVolume', 'tradeCount', 'buyVolume'] as const;
/** Further columns whose last value a longer bar takes: funding and open interest, as known when the bar closed. */
export const latestColumnNames = ['funding', 'openInterest'] as const;
/** Columns beyond the six that every bar has. */
export const extraColumnNames = [...summedColumnNames, ...latestColumnNames] as const;

/** Many bars, column by column; all columns have the same length, and `time` rises strictly. */
export interface Bars {
  /** Open of each bar, milliseconds UTC, rising. */
  readonly time: Float64Array;
  /** First prices, in quote units. */
  readonly open: Float64Array;
  /** Highest prices, in quote units. */
  readonly high: Float64Array;
  /** Lowest prices, in quote units. */
  readonly low: Float64Array;
  /** Last prices, in quote units. */
  readonly close: Float64Array;
  /** Units traded. */
  readonly volume: Float64Array;
  /** Traded value in quote units, where the source has it. */
  readonly quoteVolume?: Float64Array;
  /** Number of trades in the bar, where the source has it. */
  readonly tradeCount?: Float64Array;
  /** The part of the volume that takers bought, in base units, where the source has it. */
  readonly buyVolume?: Float64Array;
  /** The funding rate last settled by the close of each bar, a fraction per interval; NaN before the first. */
  readonly funding?: Float64Array;
  /** The open interest last published by the close of each bar, in base units; NaN before the first. */
  readonly openInterest?: Float64Array;
}

/** The six columns every bar has, in the order of exchanges' raw rows. */
export const barColumnNames = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;
/** The six columns that all bars have. */
export type BarColumnName = (typeof barColumnNames)[number];

/** Bars at a time: a column of more than 8 GB is refused. */
const mostBars = 2 ** 30;

/**
 * Empty columns for `length` bars.
 *
 * @throws {ConfigError} If they are more than fit into memory.
 */
export function createBars(length: number): Bars {
  if (length > mostBars)
    throw new ConfigError(`bars must be at most ${mostBars} at a time, was ${length}`, { context: { field: 'bars' } });
  return {
    time: new Float64Array(length),
    open: new Float64Array(length),
    high: new Float64Array(length),
    low: new Float64Array(length),
    close: new Float64Array(length),
    volume: new Float64Array(length),
  };
}

/** The bars `from <= index < to`, as views of the same memory. */
export function sliceBars(bars: Bars, from: number, to: number): Bars {
  return {
    time: bars.time.subarray(from, to),
    open: bars.open.subarray(from, to),
    high: bars.high.subarray(from, to),
    low: bars.low.subarray(from, to),
    close: bars.close.subarray(from, to),
    volume: bars.volume.subarray(from, to),
    ...(bars.quoteVolume && { quoteVolume: bars.quoteVolume.subarray(from, to) }),
    ...(bars.tradeCount && { tradeCount: bars.tradeCount.subarray(from, to) }),
    ...(bars.buyVolume && { buyVolume: bars.buyVolume.subarray(from, to) }),
    ...(bars.funding && { funding: bars.funding.subarray(from, to) }),
    ...(bars.openInterest && { openInterest: bars.openInterest.subarray(from, to) }),
  };
}

/** The bars with `start <= time < end`; an absent bound is open. Times must rise. */
export function barsBetween(bars: Bars, start: number | undefined, end: number | undefined): Bars {
  const from = start === undefined ? 0 : lowerBound(bars.time, start);
  const to = end === undefined ? bars.time.length : lowerBound(bars.time, end);
  return from === 0 && to === bars.time.length ? bars : sliceBars(bars, from, Math.max(from, to));
}

/** Turns rows of bars into columns. */
export function barsFromRows(rows: readonly Bar[]): Bars {
  const bars = createBars(rows.length);
  for (const name of barColumnNames) {
    const column = bars[name];
    rows.forEach((row, i) => {
      const value: unknown = row[name];
      if (typeof value !== 'number') {
        throw new ConfigError(`bar ${i}: ${name} must be a number, was ${String(value)}`);
      }
      column[i] = value;
    });
  }
  return bars;
}

/** The row at `index`. */
export function barAt(bars: Bars, index: number): Bar {
  return {
    time: bars.time[index]!,
    open: bars.open[index]!,
    high: bars.high[index]!,
    low: bars.low[index]!,
    close: bars.close[index]!,
    volume: bars.volume[index]!,
  };
}

/** The first index whose value is not below `wanted`, in rising values; their length when there is none. */
export function lowerBound(values: Float64Array, wanted: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Bars that follow each other without a hole, with the distance of their opens. */
const even = new WeakMap<Bars, number>();

/** Notes of bars whose opens are known to be at least `ms` apart whether they are exactly so; these times follow from a bar's number. */
export function noteEven(bars: Bars, ms: number | undefined): void {
  const { time } = bars;
  const last = time.length - 1;
  if (ms === undefined || last < 0) return;
  const span = time[last]! - time[0]!;
  if (span === last * ms) even.set(bars, ms);
}

/** Whether `noteEven` found these bars to follow each other every `ms`. */
export function isEven(bars: Bars, ms: number): boolean {
  return even.get(bars) === ms;
}

const traded = new WeakSet<Bars>();

/** Notes whether every one of these bars has a volume, so that a run over them need not look. */
export function noteTraded(bars: Bars): void {
  const { volume } = bars;
  let k = 0;
  while (k < volume.length && volume[k] !== 0) k++;
  if (k === volume.length) traded.add(bars);
}

/** Whether `noteTraded` found a volume in every bar. */
export function isTraded(bars: Bars): boolean {
  return traded.has(bars);
}
