/** Bars with prices moved at random within their own ranges, to see whether a result hangs on single prints. */
import { seededRandom, type Bars } from '../../core/index.ts';
import { checkNumber, checkSeed } from './moments.ts';

/**
 * The same bars with every price moved by a uniform part of its bar's range, and kept in order: high stays at or above open and close, low at or below.
 * Times and volumes are those of the bars. It is the noise test of the trade, which builders of strategies sell under this name, and has no paper of its own:
 * how far prices move, and in what distribution, is each builder's choice.
 *
 * @param share - How far prices move at most, as a fraction of the bar's range.
 * @param seed - The same seed moves them in the same way.
 * @throws {ConfigError} If `share` is not from 0 to 1, or `seed` no whole number.
 */
export function jitterBars(bars: Bars, share: number, seed = 1): Bars {
  checkNumber('share', share, (value) => value >= 0 && value <= 1, 'from 0 to 1');
  checkSeed(seed);
  const random = seededRandom(seed);
  const { length } = bars.time;
  const [open, high, low, close] = [bars.open, bars.high, bars.low, bars.close].map((column) => column.slice()) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < length; i++) {
    const [top, bottom] = [high[i]!, low[i]!];
    const reach = share * (top - bottom);
    const moved = (price: number): number => price + (2 * random() - 1) * reach;
    // Within the bar's own range: a price that never was cannot be traded at.
    const inside = (price: number): number => Math.min(top, Math.max(bottom, moved(price)));
    const [o, c] = [inside(open[i]!), inside(close[i]!)];
    const [h, l] = [inside(top), inside(bottom)];
    open[i] = o;
    close[i] = c;
    high[i] = Math.max(h, o, c);
    low[i] = Math.min(l, o, c);
  }
  return { ...bars, open, high, low, close };
}
