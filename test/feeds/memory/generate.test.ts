/** Synthetic bars: the same for a seed everywhere, sound, and alike to real markets in what they claim. */
import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { systemRuntime, type Bars } from '../../../src/core/index.ts';
import { generateBars, GeneratedDataFeed } from '../../../src/feeds/index.ts';

const digest = (bars: Bars): string => {
  const hash = createHash('sha256');
  for (const column of [bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume]) {
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
};

const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
/** Pearson correlation of two columns. */
function correlation(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  const dot = mean(x.map((v, i) => (v - mx) * (y[i]! - my)));
  return dot / Math.sqrt(mean(x.map((v) => (v - mx) ** 2)) * mean(y.map((v) => (v - my) ** 2)));
}
const returnsOf = (bars: Bars): number[] =>
  Array.from(bars.close, (c, i) => (i === 0 ? 0 : Math.log(c / bars.close[i - 1]!)));

describe('synthetic bars', () => {
  it('are the same for the same seed, on every machine, and others for another seed', () => {
    const bars = generateBars({ seed: 42, timeframe: '1h', count: 1000 });
    expect(digest(bars)).toBe(digest(generateBars({ seed: 42, timeframe: '1h', count: 1000 })));
    expect(digest(bars)).not.toBe(digest(generateBars({ seed: 43, timeframe: '1h', count: 1000 })));
    expect(digest(bars)).toBe('d547467e9e9894fd');
  });

  it('open where the one before closed, keep high and low around both, and stay on the tick', () => {
    const bars = generateBars({ seed: 3, timeframe: '5m', count: 5000, price: 100 });
    const isOnTick = (x: number): boolean => x === Math.round(x * 100) / 100;
    for (let i = 0; i < 5000; i++) {
      const [open, high, low, close] = [bars.open[i]!, bars.high[i]!, bars.low[i]!, bars.close[i]!];
      expect(high >= Math.max(open, close) && low <= Math.min(open, close) && low > 0).toBe(true);
      expect([open, high, low, close].every(isOnTick)).toBe(true);
      if (i > 0) expect(open).toBe(bars.close[i - 1]);
      expect(bars.time[i]).toBe(Date.UTC(2024, 0, 1) + i * 300_000);
    }
  });

  it('have the volatility asked for, fat tails, storms in clusters, no trend in returns, and volume in wide bars', () => {
    for (const seed of [1, 2, 3]) {
      const bars = generateBars({ seed, timeframe: '1h', count: 40_000, volatility: 0.6 });
      const r = returnsOf(bars).slice(1);
      const sizes = r.map(Math.abs);
      const variance = mean(r.map((x) => x * x));
      const yearly = Math.sqrt(variance * 8766);
      expect(yearly).toBeGreaterThan(0.5);
      expect(yearly).toBeLessThan(0.7);
      const kurtosis = mean(r.map((x) => x ** 4)) / variance ** 2;
      expect(kurtosis).toBeGreaterThan(4);
      expect(kurtosis).toBeLessThan(15);
      expect(correlation(sizes.slice(1), sizes.slice(0, -1))).toBeGreaterThan(0.1);
      expect(correlation(sizes.slice(20), sizes.slice(0, -20))).toBeGreaterThan(0.05);
      expect(Math.abs(correlation(r.slice(1), r.slice(0, -1)))).toBeLessThan(0.03);
      const widths = Array.from(bars.high, (high, i) => (high - bars.low[i]!) / bars.open[i]!);
      expect(correlation(widths, Array.from(bars.volume))).toBeGreaterThan(0.25);
    }
  });

  it('start on the grid, and follow the calendar in months', () => {
    const bars = generateBars({ timeframe: '1h', start: '2024-01-01T00:30:00', count: 2 });
    expect(bars.time[0]).toBe(Date.UTC(2024, 0, 1, 1));
    const months = generateBars({ timeframe: '1M', start: '2024-01-01', count: 3 });
    expect(Array.from(months.time)).toEqual([Date.UTC(2024, 0, 1), Date.UTC(2024, 1, 1), Date.UTC(2024, 2, 1)]);
  });

  it('are refused with options that make no market', () => {
    const make = (options: object) => () => generateBars({ timeframe: '1h', ...options });
    expect(make({ seed: 1.5 })).toThrow(/seed must be an integer, was 1.5/);
    expect(make({ count: -1 })).toThrow(/count must be a whole number of bars, was -1/);
    expect(make({ price: 0 })).toThrow(/price must be a price above 0, was 0/);
    expect(make({ volatilty: 1 })).toThrow(/did you mean 'volatility'\?/);
  });
});

describe('a feed of synthetic bars', () => {
  const context = { runtime: systemRuntime };

  it('says in its symbol that it is synthetic', () => {
    expect(new GeneratedDataFeed({ timeframe: '1h' }).symbol).toBe('SYNTHETIC/USDT');
  });

  it('gives the bars of generateBars, and fills a range when the count is not given', async () => {
    const bars = await new GeneratedDataFeed({ timeframe: '1h', seed: 5, count: 100 }).load(context);
    expect(digest(bars)).toBe(digest(generateBars({ timeframe: '1h', seed: 5, count: 100 })));
    const day = await new GeneratedDataFeed({ timeframe: '1h', start: '2024-03-01', end: '2024-03-02' }).load(context);
    expect([day.time.length, day.time[0]]).toEqual([24, Date.UTC(2024, 2, 1)]);
  });
});
