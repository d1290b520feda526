/** Rounds bars to a grid of ticks and lots, so that a market can trade along bars of any source. */
import { balanceDecimals } from '../exchange/index.ts';
import { createBars, type Bars } from '../../core/index.ts';

/** The decimals of a grid. */
export interface Grid {
  /** Decimals of prices. */
  readonly priceDecimals: number;
  /** Decimals of sizes. */
  readonly sizeDecimals: number;
}

/** Bars looked at to find the decimals of their prices. */
const looked = 5_000;

/** The coarsest grid that holds the prices, with as fine sizes as a balance can settle, at most 5 decimals. */
export function gridOf(bars: Bars): Grid {
  let priceDecimals = 0;
  const last = Math.min(looked, bars.time.length);
  for (const column of [bars.open, bars.high, bars.low, bars.close]) {
    for (let i = 0; i < last; i++) priceDecimals = Math.max(priceDecimals, decimalsOf(column[i]!));
  }
  return { priceDecimals, sizeDecimals: Math.min(5, balanceDecimals - priceDecimals) };
}

/** Decimals of a price as it is printed, at most all that a balance has. */
function decimalsOf(price: number): number {
  for (let decimals = 0; decimals < balanceDecimals; decimals++) {
    const units = price * 10 ** decimals;
    if (Math.abs(units - Math.round(units)) < 1e-6) return decimals;
  }
  return balanceDecimals;
}

/**
 * The bars with prices on the tick and volumes on the lot, and how many of them that changed by more than a rounding of
 * floats. A bar that moves has at least four lots: one for each of its turns.
 */
export function onGrid(
  bars: Bars,
  { priceDecimals, sizeDecimals }: Grid,
): {
  /** The bars with every figure on the grid. */
  bars: Bars;
  /** Figures that had to be rounded. */
  changed: number;
} {
  const { length } = bars.time;
  const snapped = createBars(length);
  /** Figures that had to be rounded. */
  let changed = 0;
  for (let i = 0; i < length; i++) {
    const put = (name: 'open' | 'high' | 'low' | 'close' | 'volume', decimals: number, least: number): void => {
      snapped[name][i] = Math.max(least, Math.round(bars[name][i]! * 10 ** decimals)) / 10 ** decimals;
    };
    snapped.time[i] = bars.time[i]!;
    put('open', priceDecimals, 1);
    put('high', priceDecimals, 1);
    put('low', priceDecimals, 1);
    put('close', priceDecimals, 1);
    put('volume', sizeDecimals, snapped.high[i] === snapped.low[i] ? 0 : 4);
    const isOther = (['open', 'high', 'low', 'close', 'volume'] as const).some(
      (name) => Math.abs(snapped[name][i]! - bars[name][i]!) > 1e-9 * Math.max(1, bars[name][i]!),
    );
    if (isOther) changed++;
  }
  return { bars: snapped, changed };
}
