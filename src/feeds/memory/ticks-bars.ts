/** Builds bars from given trades, in rows or columns. */
import { checkNames, ConfigError, toTime, type TimeInput, type Timeframe } from '../../core/index.ts';
import type { ResampledBars } from '../timeframes/resampler.ts';
import { gridOptionNames, type GridOptions } from '../timeframes/bar-grid.ts';
import { BarBuilder, type BuiltBar, type Tick } from './bar-builder.ts';

/** Many trades, column by column; all columns have the same length, and `time` never falls. */
export interface Ticks {
  /** Milliseconds UTC by the exchange's clock. */
  readonly time: Float64Array;
  /** Prices, in quote units. */
  readonly price: Float64Array;
  /** Base units; contracts where the venue trades in contracts. */
  readonly size: Float64Array;
  /** 1 where the taker bought, -1 where the taker sold; leave it out where the trades do not say. */
  readonly side?: Float64Array;
}

/** Options of barsFromTicks. */
export interface BarsFromTicksOptions extends GridOptions {
  /** When the trades begin: a bar that opened earlier lacks some of its trades and is left out. Default: none is. */
  readonly start?: TimeInput;
  /** Every trade up to this time is included: a bar that closes by then is complete. Default: the time of the last trade. */
  readonly knownUntil?: TimeInput;
  /** Name of the trades' source in errors. Default: none, errors only say `tick`. */
  readonly name?: string;
}

const optionNames = ['start', 'knownUntil', 'name', ...gridOptionNames] as const;
const columnNames = ['time', 'price', 'size'] as const;
const barNames = [
  'time', 'closeTime', 'open', 'high', 'low', 'close', 'volume', 'quoteVolume', 'tradeCount', 'buyVolume',
] as const satisfies readonly (keyof BuiltBar)[]; // prettier-ignore

/**
 * Builds bars of any timeframe from trades, with volume, quote volume and trade count.
 *
 * The last bar is left out while it may still grow, until a trade follows it or `knownUntil` covers it. The first is included although the
 * trades may begin in its middle, unless `start` says when they begin. A bar without trades is missing: gaps stay gaps.
 *
 * @param ticks - Rows such as `TradeTick`, or columns, in the order of their times.
 * @throws {DataError} If a trade is older than the one before it, or broken; the message names its index.
 */
export function barsFromTicks(
  ticks: Ticks | readonly Tick[],
  to: string | Timeframe,
  options: BarsFromTicksOptions = {},
): ResampledBars {
  checkNames('option of barsFromTicks', options, optionNames);
  const { knownUntil, ...rest } = options;
  const builder = new BarBuilder({ timeframe: to, ...rest });
  const bars: BuiltBar[] = [];
  const keep = (bar: BuiltBar | undefined): void => {
    if (bar !== undefined) bars.push(bar);
  };
  if (isRows(ticks)) {
    for (const tick of ticks) keep(builder.push(tick));
  } else {
    const { time, price, size, side } = checkColumns(ticks);
    for (let i = 0; i < time.length; i++) {
      const closed = builder.take(time[i], price[i]!, size[i]!, side?.[i]);
      if (closed !== undefined) bars.push(closed);
    }
  }
  if (knownUntil !== undefined) keep(builder.reach(toTime(knownUntil, 'knownUntil')));
  return columnsOf(bars);
}

function columnsOf(bars: readonly BuiltBar[]): ResampledBars {
  // Trades without sides give no buy volume.
  const names = bars.some(({ buyVolume }) => buyVolume >= 0)
    ? barNames
    : barNames.filter((name) => name !== 'buyVolume');
  const columns = names.map((name) => [name, Float64Array.from(bars, (bar) => bar[name])] as const);
  return Object.fromEntries(columns) as unknown as ResampledBars;
}

function isRows(ticks: Ticks | readonly Tick[]): ticks is readonly Tick[] {
  return Array.isArray(ticks);
}

/** The columns, if all are there and equally long. */
function checkColumns(ticks: Ticks): Ticks {
  const given: unknown = ticks;
  if (typeof given !== 'object' || given === null) {
    throw new ConfigError(`ticks must be rows or columns of trades, was ${String(given)}`);
  }
  for (const name of ticks.side === undefined ? columnNames : [...columnNames, 'side' as const]) {
    const column: unknown = ticks[name];
    if (!(column instanceof Float64Array)) {
      const seen = column === undefined ? 'missing' : Array.isArray(column) ? 'an array' : typeof column;
      throw new ConfigError(`column '${name}' of ticks must be a Float64Array, was ${seen}`, {
        context: { column: name },
      });
    }
    if (column.length !== ticks.time.length) {
      throw new ConfigError(
        `column '${name}' of ticks must be as long as 'time', ${ticks.time.length} values, was ${column.length}`,
        { context: { column: name } },
      );
    }
  }
  return ticks;
}
