/** One-minute bars on a dyadic price grid, so that sums of prices are exact and ties of averages are ties in every engine. */
import { closeSync, openSync, writeSync } from 'node:fs';

import type { Bars } from 'nextbar';
import { createBars } from 'nextbar/feeds';

const start = 1_577_836_800_000;
const minute = 60_000;

/**
 * `count` bars from a seed. The arithmetic is fixed for good: outside figures (final values agreed on by other engines) are
 * known for (100,000, 11) and (1,000,000, 12).
 */
export function dyadicBars(count: number, seed: number): Bars {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  // Twelve uniforms less six: near normal, without a transcendental function that could differ between machines.
  const normal = (): number => {
    let sum = -6;
    for (let k = 0; k < 12; k++) sum += uniform();
    return sum;
  };
  const onGrid = (price: number): number => Math.round(price * 64) / 64;
  const bars = createBars(count);
  let price = 10_000;
  for (let i = 0; i < count; i++) {
    const open = onGrid(price + normal() * price * 0.0001);
    const close = onGrid(open * (1 + normal() * 0.0006));
    const high = onGrid(Math.max(open, close) * (1 + Math.abs(normal()) * 0.0003));
    const low = onGrid(Math.min(open, close) * (1 - Math.abs(normal()) * 0.0003));
    const volume = Math.round((uniform() * 10 + 0.125) * 8) / 8;
    price = close < 2_000 || close > 50_000 ? 10_000 : close;
    bars.time[i] = start + i * minute;
    bars.open[i] = open;
    bars.high[i] = high;
    bars.low[i] = low;
    bars.close[i] = close;
    bars.volume[i] = volume;
  }
  return bars;
}

/** Writes bars as CSV with a millisecond `timestamp` column. */
export function writeCsv(path: string, { time, open, high, low, close, volume }: Bars): void {
  const file = openSync(path, 'w');
  let text = 'timestamp,open,high,low,close,volume\n';
  for (let i = 0; i < time.length; i++) {
    text += `${time[i]!},${open[i]!},${high[i]!},${low[i]!},${close[i]!},${volume[i]!}\n`;
    if (text.length > 1 << 20) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, text);
  closeSync(file);
}
