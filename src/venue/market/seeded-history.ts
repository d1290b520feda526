/** One-minute bars from before a market's start: a seeded walk that ends at its first price. */
import { seededRandom } from '../../core/index.ts';
import type { MarketBar } from '../market-data.ts';

const minute = 60_000;

/** `minutes` bars up to the last full minute before `now`, the last one closing at `price` ticks. */
export function walkedBars(seed: number, price: number, now: number, minutes: number): MarketBar[] {
  const random = seededRandom(seed);
  const end = Math.floor(now / minute) * minute;
  const bars: MarketBar[] = [];
  let close = price;
  for (let i = 1; i <= minutes; i++) {
    const step = Math.max(1, Math.round(close * 0.001));
    const open = Math.max(1, close + Math.round((random() - 0.5) * 2 * step));
    const high = Math.max(open, close) + Math.round(random() * step);
    const low = Math.max(1, Math.min(open, close) - Math.round(random() * step));
    const volume = 1000 + Math.floor(random() * 1_000_000);
    const takerVolume = Math.floor(volume * random());
    const middle = BigInt(Math.round((open + high + low + close) / 4));
    bars.push({
      start: end - i * minute, open, high, low, close, volume, trades: 4 + Math.floor(random() * 200),
      value: middle * BigInt(volume), takerVolume, takerValue: middle * BigInt(takerVolume),
    }); // prettier-ignore
    close = open;
  }
  return bars.reverse();
}
