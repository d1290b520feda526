/** Bars that end when something has happened, by hand. */
import { describe, expect, it } from 'vitest';

import { barsFromRows, seededRandom, type Bars } from '../../../src/core/index.ts';
import { BarsDataFeed, EventBarDataFeed, eventBars, type EventBarKind, type Ticks } from '../../../src/feeds/index.ts';

/** Trades as [seconds, price, size]. */
function ticks(...rows: readonly (readonly [number, number, number])[]): Ticks {
  return {
    time: Float64Array.from(rows, ([time]) => time * 1_000),
    price: Float64Array.from(rows, ([, price]) => price),
    size: Float64Array.from(rows, ([, , size]) => size),
  };
}

const table = ({ time, open, high, low, close, volume }: Bars): number[][] =>
  Array.from(time, (at, i) => [at / 1_000, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!]);

describe('event bars', () => {
  it('a Renko brick takes one size to go on and two to turn round, and several may come of one trade', () => {
    const made = eventBars(
      ticks([0, 100, 1], [1, 101.9, 1], [2, 102, 2], [3, 101, 1], [4, 99.9, 1], [5, 98, 2], [6, 106.5, 6]),
      'renko',
      2,
    );
    expect(table(made)).toEqual([
      [1, 100, 102, 100, 102, 4],
      [4, 100, 100, 98, 98, 4],
      [5, 100, 102, 100, 102, 2],
      [6, 102, 104, 102, 104, 2],
      [7, 104, 106, 104, 106, 2],
    ]);
  });

  it('a range bar ends when high and low are so far apart', () => {
    const made = eventBars(ticks([0, 10, 1], [1, 10.5, 1], [2, 9.4, 1], [3, 9.5, 1], [4, 10.6, 2]), 'range', 1);
    expect(table(made)).toEqual([
      [1, 10, 10.5, 9.4, 9.4, 3],
      [3, 9.5, 10.6, 9.5, 10.6, 3],
    ]);
  });

  it('a volume bar ends when so much has been traded, with the trade that did it', () => {
    const made = eventBars(ticks([0, 10, 2], [0.5, 11, 3], [0.6, 9, 6], [9, 9, 4]), 'volume', 5);
    expect(table(made)).toEqual([
      [0, 10, 11, 10, 11, 5],
      [1, 9, 9, 9, 9, 6],
    ]);
  });

  it.each(['renko', 'range', 'volume'] as EventBarKind[])(
    '%s bars are known only once they are complete, and later trades change none',
    (kind) => {
      const random = seededRandom(4);
      const all = ticks(
        ...Array.from(
          { length: 2_000 },
          (_, i) => [i * 0.37, 100 + Math.sin(i / 40) * 3 + random(), random()] as const,
        ),
      );
      const whole = table(eventBars(all, kind, 0.7));
      expect(whole.length).toBeGreaterThan(50);
      for (const cut of [10, 333, 1_500]) {
        const part = { time: all.time.slice(0, cut), price: all.price.slice(0, cut), size: all.size.slice(0, cut) };
        const made = table(eventBars(part, kind, 0.7));
        expect(made).toEqual(whole.slice(0, made.length));
        // A bar closes a second after its time, and never before the trade that completed it was there.
        for (const [time] of whole.slice(made.length))
          expect((time! + 1) * 1_000).toBeGreaterThanOrEqual(all.time[cut - 1]! - 1_000);
      }
      whole.forEach(([time], i) => {
        if (i > 0) expect(time!).toBeGreaterThan(whole[i - 1]![0]!);
      });
    },
  );

  it('takes the closes of another feed, and refuses what makes no sense', async () => {
    const rows = [100, 101, 103, 102, 99].map((close, i) => ({
      time: i * 3_600_000,
      open: close,
      high: close,
      low: close,
      close,
      volume: 1,
    }));
    const from = new BarsDataFeed({ bars: barsFromRows(rows), timeframe: '1h', symbol: 'BTC/USDT' });
    const feed = new EventBarDataFeed({ bars: 'renko', size: 1, from });
    expect(feed.symbol).toBe('BTC/USDT');
    expect((await feed.load()).close).toEqual(Float64Array.of(101, 102, 103, 101, 100, 99));
    expect(() => new EventBarDataFeed({ bars: 'renco' as 'renko', size: 1, from })).toThrow("did you mean 'renko'?");
    expect(() => new EventBarDataFeed({ bars: 'renko', size: 0, from })).toThrow(
      'size must be a number above 0, was 0',
    );
    expect(() => eventBars(ticks([0, 1, 1], [1, -1, 1]), 'range', 1)).toThrow('trade 1 is broken');
    expect(() => eventBars(ticks([0, 100, 1], [1, 103, 1]), 'renko', 1e-7)).toThrow(
      'trade 1 at 103 is 30000000 bricks of 1e-7 away from 100: it is a bad print, or size is too small',
    );
  });
});
