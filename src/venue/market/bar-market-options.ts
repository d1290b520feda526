/** Options of a market that trades along bars, checked, and the bars in whole ticks and lots. */
import { checkNames, ConfigError, DataError, formatTime, timeframe, unknownName, type Bars } from '../../core/index.ts';
import type { ExchangeOptions } from '../exchange/index.ts';
import { turnsOf, type TickBar, type WalkOrder } from './bar-walk.ts';
import type { MarketInstrument } from '../market-data.ts';

/** One symbol's bars, future ones included: they appear as the clock reaches them. */
export interface BarSeries {
  /** The instrument that the bars belong to. */
  readonly instrument: MarketInstrument;
  /** The bars that prices follow. */
  readonly bars: Bars;
  /** Their length, such as `1m`. */
  readonly timeframe: string;
}

/** How a market over given bars is set up. */
export interface BarMarketOptions extends Omit<
  ExchangeOptions,
  'clock' | 'first' | 'beforeOrder' | 'instruments' | 'barMs'
> {
  /** The bars of each instrument. */
  readonly series: readonly BarSeries[];
  /** Ticks between bid and ask. At 0 both stand at the price itself. Default 0. */
  readonly spread?: number;
  /** Which extreme of a bar comes first. Default `openHighLowClose`. */
  readonly walk?: WalkOrder;
  /** Levels of the book on each side. Default 5. */
  readonly levels?: number;
  /** Size of each level, in whole units of the base: a larger market order trades through several levels. Default 1,000,000. */
  readonly levelSize?: number;
  /**
   * How much a resting order trades when the price reaches its limit: all of it (`price`), or at most what the bar trades there
   * (`volume`), which fills large orders in parts. `volume` needs a spread of at least 1. Default `price`.
   */
  readonly fillsBy?: 'price' | 'volume';
  /** Most trades of one bar. Default 400. */
  readonly tradesPerBar?: number;
  /** Fraction of the bar that passes before the trade at its open, from 0. Default 0.01. */
  readonly openTrade?: number;
  /** Fraction of the bar that passes before the price starts to move, above `openTrade` and below 1. Default a third. */
  readonly walkBegins?: number;
}

const own = [
  'series', 'spread', 'walk', 'levels', 'levelSize', 'fillsBy', 'tradesPerBar', 'openTrade', 'walkBegins', 'accounts', 'minNotional', 'contracts', 'tradeLimit', 'makerFee', 'takerFee',
  'feeIn',
]; // prettier-ignore

/** Checks names and values. */
export function checkBarMarket(options: BarMarketOptions): void {
  checkNames('option of BarMarket', options, own);
  const walks: readonly WalkOrder[] = ['openHighLowClose', 'openLowHighClose'];
  const { walk, spread = 0, openTrade = 0.01, walkBegins = 1 / 3, tradesPerBar = 400, levelSize = 1 } = options;
  const { levels = 5, fillsBy = 'price' } = options;
  if (walk !== undefined && !walks.includes(walk)) throw unknownName('walk', walk, walks);
  if (!Number.isInteger(spread) || spread < 0) {
    throw new ConfigError(`spread must be a whole number of ticks from 0, was ${spread}`);
  }
  if (!(openTrade >= 0 && openTrade < walkBegins && walkBegins < 1)) {
    throw new ConfigError(`openTrade must be from 0, below walkBegins, and that below 1; were ${openTrade} and ${walkBegins}`); // prettier-ignore
  }
  if (!(tradesPerBar >= 4)) throw new ConfigError(`tradesPerBar must be at least 4, was ${tradesPerBar}`);
  if (!(levelSize > 0)) throw new ConfigError(`levelSize must be above 0, was ${levelSize}`);
  if (!Number.isInteger(levels) || levels < 1)
    throw new ConfigError(`levels must be a whole number from 1, was ${levels}`);
  if (!['price', 'volume'].includes(fillsBy)) throw unknownName('fillsBy', fillsBy, ['price', 'volume']);
  if (fillsBy === 'volume' && spread < 1)
    throw new ConfigError(`spread must be at least 1 with fillsBy 'volume', was ${spread}`);
}

/** The bars in ticks and lots. */
export function tickBars({ instrument, bars }: BarSeries, walk: WalkOrder): TickBar[] {
  const whole = (field: string, at: number, value: number, decimals: number): number => {
    const units = value * 10 ** decimals;
    const rounded = Math.round(units);
    if (Math.abs(units - rounded) < 1e-4 + Math.abs(units) * 1e-12) return rounded;
    throw new DataError(
      `${field} of the bar at ${formatTime(bars.time[at]!)} of ${instrument.symbol} must have at most ${decimals} decimals, was ${value}`,
    );
  };
  return Array.from(bars.time, (time, i) => {
    const price = (field: 'open' | 'high' | 'low' | 'close'): number =>
      whole(field, i, bars[field][i]!, instrument.priceDecimals);
    const bar: TickBar = {
      time, open: price('open'), high: price('high'), low: price('low'), close: price('close'),
      volume: whole('volume', i, bars.volume[i]!, instrument.sizeDecimals),
    }; // prettier-ignore
    const prints = turnsOf(bar, walk).length;
    if (bar.volume >= prints || (bar.volume === 0 && bar.high === bar.low)) return bar;
    throw new DataError(
      `volume of the bar at ${formatTime(time)} of ${instrument.symbol} must be at least one lot for each of its ${prints} turns, was ${bars.volume[i]!}`,
    );
  });
}

/** The length of the bars of a series in milliseconds. @throws {ConfigError} For months and longer, which have no fixed length. */
export function frameMs(name: string): number {
  const { ms } = timeframe(name);
  if (ms === undefined) throw new ConfigError(`timeframe of a series must be at most a week, was '${name}'`);
  return ms;
}
