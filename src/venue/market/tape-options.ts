/** What a tape market is made of, checked: bars in whole ticks and lots. */
import { checkNames, ConfigError, DataError, formatTime, unknownName, type Bars } from '../../core/index.ts';
import type { ExchangeOptions } from '../exchange/index.ts';
import { turnsOf, type TickBar, type WalkOrder } from './bar-walk.ts';
import type { MarketInstrument } from './market.ts';

/** One symbol's bars, those to come included. */
export interface TapeBars {
  readonly instrument: MarketInstrument;
  readonly bars: Bars;
  /** Their length, such as `1m`. */
  readonly timeframe: string;
}

export interface TapeMarketOptions extends Omit<
  ExchangeOptions,
  'clock' | 'first' | 'beforeOrder' | 'instruments' | 'barMs'
> {
  readonly tapes: readonly TapeBars[];
  /** Ticks between bid and ask. 0 lets both touch sides stand at the price itself. Default 0. */
  readonly spread?: number;
  /** Which extreme of a bar comes first. Default `openHighLowClose`. */
  readonly walk?: WalkOrder;
  /** What rests at the touch, in whole units of the base: what a market order can have at one price. Default 1,000,000. */
  readonly touchSize?: number;
  /** Prints of one bar at most. Default 400. */
  readonly printsPerBar?: number;
  /** How much of the bar passes before the print of its open, from 0. Default 0.01. */
  readonly openPrint?: number;
  /** How much of the bar passes before the price begins to walk, above `openPrint` and below 1. Default a third. */
  readonly walkBegins?: number;
}

const own = [
  'tapes', 'spread', 'walk', 'touchSize', 'printsPerBar', 'openPrint', 'walkBegins', 'accounts', 'minNotional', 'tradeLimit', 'makerFee', 'takerFee',
  'feeIn',
]; // prettier-ignore

/** Checks names and values. */
export function checkTape(options: TapeMarketOptions): void {
  checkNames('option of TapeMarket', options, own);
  const walks: readonly WalkOrder[] = ['openHighLowClose', 'openLowHighClose'];
  const { walk, spread = 0, openPrint = 0.01, walkBegins = 1 / 3, printsPerBar = 400, touchSize = 1 } = options;
  if (walk !== undefined && !walks.includes(walk)) throw unknownName('walk', walk, walks);
  if (!Number.isInteger(spread) || spread < 0) {
    throw new ConfigError(`spread must be a whole number of ticks from 0, was ${spread}`);
  }
  if (!(openPrint >= 0 && openPrint < walkBegins && walkBegins < 1)) {
    throw new ConfigError(`openPrint must be from 0, below walkBegins, and that below 1; were ${openPrint} and ${walkBegins}`); // prettier-ignore
  }
  if (!(printsPerBar >= 4)) throw new ConfigError(`printsPerBar must be at least 4, was ${printsPerBar}`);
  if (!(touchSize > 0)) throw new ConfigError(`touchSize must be above 0, was ${touchSize}`);
}

/** The bars in ticks and lots. */
export function tickBars({ instrument, bars }: TapeBars, walk: WalkOrder): TickBar[] {
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
      `volume of the bar at ${formatTime(time)} of ${instrument.symbol} must be enough for its ${prints} turns, was ${bars.volume[i]!}`,
    );
  });
}
