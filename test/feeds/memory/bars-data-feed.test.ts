/** Bars in memory as a feed: rows and columns, checked when the feed is made. */
import { describe, expect, it } from 'vitest';

import { createBars, type Bar } from '../../../src/core/index.ts';
import { BarsDataFeed } from '../../../src/feeds/index.ts';

const hour = 3_600_000;
const t0 = Date.UTC(2024, 0, 1);
const row = (i: number, change: Partial<Bar> = {}): Bar => ({
  time: t0 + i * hour,
  open: 10,
  high: 12,
  low: 9,
  close: 11,
  volume: i,
  ...change,
});
const feed = (bars: readonly Bar[]): BarsDataFeed => new BarsDataFeed({ bars, timeframe: '1h', symbol: 'BTC/USDT' });

describe('bars in memory', () => {
  it('are given as they are, rows as columns and columns without a copy', async () => {
    const bars = await feed([row(0), row(1)]).load();
    expect(Array.from(bars.volume)).toEqual([0, 1]);
    expect(await new BarsDataFeed({ bars, timeframe: '1h' }).load()).toBe(bars);
  });

  it('are refused when one is broken, with its index and column', () => {
    expect(() => feed([row(0), row(0)])).toThrow(
      /^BTC\/USDT, bar 1, column 'time': the time 2024-01-01 is there twice$/,
    );
    expect(() => feed([row(1), row(0)])).toThrow(/bar 1, column 'time': .*times must rise/);
    expect(() => feed([row(0), row(0.5)])).toThrow(
      /opens before the bar of 2024-01-01 has closed: is the timeframe 1h\?/,
    );
    expect(() => feed([row(0, { high: 10.5 })])).toThrow(/bar 0, column 'high': the high 10.5 is below the close 11/);
    expect(() => feed([row(0), row(1, { close: NaN })])).toThrow(/bar 1, column 'close': NaN is not a finite number/);
    expect(() => feed([row(0), row(1, { volume: Infinity })])).toThrow(
      /column 'volume': Infinity is not a finite number/,
    );
    expect(() => feed([row(0, { time: 1e18 })])).toThrow(/column 'time': 1000000000000000000 is not a time/);
    expect(() => feed([row(0, { close: '11' as unknown as number })])).toThrow(/bar 0: close must be a number/);
  });

  it('must be columns of one length', () => {
    const bars = createBars(2);
    expect(() => new BarsDataFeed({ bars: { ...bars, close: new Float64Array(3) }, timeframe: '1h' })).toThrow(
      /column 'close' must be as long as 'time', 2 values, was 3/,
    );
    expect(() => new BarsDataFeed({ bars: { ...bars, low: [1, 2] } as never, timeframe: '1h' })).toThrow(
      /column 'low' must be a Float64Array, was an array/,
    );
    expect(() => new BarsDataFeed({ timeframe: '1h' } as never)).toThrow(/bars must be rows or columns of bars/);
  });

  it('may be none, but a range that leaves none of them is an error', async () => {
    expect((await feed([]).load()).time.length).toBe(0);
    expect(() => new BarsDataFeed({ bars: [row(0), row(1)], timeframe: '1h', start: '2025-01-01' })).toThrow(
      /no bar in the range: its bars open from 2024-01-01 to 2024-01-01 01:00:00/,
    );
  });

  it('of calendar months may be 28 days apart', async () => {
    const month = (m: number): Bar => row(0, { time: Date.UTC(2023, m, 1) });
    const months = new BarsDataFeed({ bars: [month(0), month(1), month(2), month(3)], timeframe: '1M' });
    expect((await months.load()).time.length).toBe(4);
    expect(
      () => new BarsDataFeed({ bars: [month(0), row(0, { time: Date.UTC(2023, 0, 29) })], timeframe: '1M' }),
    ).toThrow(/has closed/);
  });

  it('take known options only', () => {
    expect(() => new BarsDataFeed({ bars: [], timeframe: '1h', sybmol: 'x' } as never)).toThrow(
      /did you mean 'symbol'\?/,
    );
  });
});
