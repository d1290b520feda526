/** Replay: a longer bar grows tick by tick, and orders meet the ticks. */
import { describe, expect, it } from 'vitest';

import { resampleBars, BarsDataFeed, generateBars, type SessionOptions } from '../../../src/feeds/index.ts';
import { Cerebro, Strategy } from '../../../src/engine/index.ts';
import { ema, sma } from '../../../src/indicators/index.ts';

const minute = 60_000;
const start = Date.UTC(2024, 0, 1);
const bars = generateBars({ seed: 6, timeframe: '15m', count: 400, start });

class Watch extends Strategy {
  readonly average = sma(this.data.close, 2);
  readonly memory = ema(this.data.close, 3);
  readonly log: number[][] = [];
  readonly finished: number[][] = [];
  override prenext(): void {
    this.next();
  }
  override next(): void {
    const { data, average, memory } = this;
    const { open, high, low, close, volume } = data;
    const bar = [data.time, open.now, high.now, low.now, close.now, volume.now];
    this.log.push([data.length, Number(data.partial), data.closeTime, ...bar]);
    if (!data.partial) this.finished.push([...bar, average.now, memory.now]);
  }
}

async function watch(
  kind: 'replayData' | 'resampleData',
  session?: SessionOptions,
  to = '1h',
  given = bars,
): Promise<Watch> {
  const feed = new BarsDataFeed({ name: 'm', timeframe: '15m', bars: given });
  const result = await new Cerebro()
    [kind](feed, to, session === undefined ? {} : { session })
    .addStrategy(Watch)
    .run();
  const { strategy } = result.strategies[0]!;
  if (!(strategy instanceof Watch)) throw new Error('the strategy must be a Watch');
  return strategy;
}

describe('replayData', () => {
  it('shows the bar as it grows: its length counts bars, its close time is that of the tick', async () => {
    const { log } = await watch('replayData');
    expect(log).toHaveLength(400);
    const [first, second, , fourth, fifth] = log;
    const high = Math.max(bars.high[0]!, bars.high[1]!);
    const low = Math.min(bars.low[0]!, bars.low[1]!);
    expect(first?.slice(0, 5)).toEqual([1, 1, start + 15 * minute, start, bars.open[0]]);
    expect(second).toEqual([1, 1, start + 30 * minute, start, bars.open[0], high, low, bars.close[1], bars.volume[0]! + bars.volume[1]!]); // prettier-ignore
    expect(fourth?.slice(0, 3)).toEqual([1, 0, start + 60 * minute]);
    expect(fifth?.slice(0, 5)).toEqual([2, 1, start + 75 * minute, start + 60 * minute, bars.open[4]]);
  });

  it('ends in the bars, and the indicators, of the resampled data', async () => {
    const [grown, made] = [await watch('replayData'), await watch('resampleData')];
    expect(grown.finished).toHaveLength(100);
    expect(grown.finished).toEqual(made.finished);
  });

  it('adds up what else the ticks have, and takes over rates and open interest of the last one', async () => {
    const column = (of: (i: number) => number): Float64Array => Float64Array.from({ length: 8 }, (_, i) => of(i));
    const given = {
      ...generateBars({ seed: 6, timeframe: '15m', count: 8, start }),
      quoteVolume: column((i) => 10 + i),
      tradeCount: column((i) => 1 + i),
      buyVolume: column((i) => 2 ** i),
      funding: column((i) => i / 8),
      openInterest: column((i) => 100 - i),
    };
    const seen: unknown[] = [];
    class Extras extends Strategy {
      override next(): void {
        const { quoteVolume, tradeCount, buyVolume, funding, openInterest } = this.data;
        seen.push([quoteVolume, tradeCount, buyVolume, funding, openInterest].map((line) => line?.now));
      }
    }
    const feed = new BarsDataFeed({ name: 'm', timeframe: '15m', bars: given });
    await new Cerebro().replayData(feed, '1h').addStrategy(Extras).run();
    expect(seen).toEqual([
      [10, 1, 1, 0, 100], [21, 3, 3, 0.125, 99], [33, 6, 7, 0.25, 98], [46, 10, 15, 0.375, 97],
      [14, 5, 16, 0.5, 96], [29, 11, 48, 0.625, 95], [45, 18, 112, 0.75, 94], [62, 26, 240, 0.875, 93],
    ]); // prettier-ignore
  });

  it('keeps to sessions', async () => {
    const session = { start: '09:00', end: '17:30', zone: 'Europe/Berlin' };
    const { finished } = await watch('replayData', session);
    const days = resampleBars(bars, '15m', '1h', { session });
    expect(finished.map(([time, open]) => [time, open])).toEqual(
      Array.from(days.time, (time, i) => [time, days.open[i]]),
    );
  });

  it('leaves nights and weekends out of bars of several trading days', async () => {
    const session = { start: '09:00', end: '17:30', days: [1, 2, 3, 4, 5] };
    const longer = generateBars({ seed: 6, timeframe: '15m', count: 4_000, start });
    for (const to of ['2d', '1w', '1M']) {
      const made = resampleBars(longer, '15m', to, { session });
      const { finished } = await watch('replayData', session, to, longer);
      const rows = Array.from(made.time, (time, i) => [time, made.open[i], made.high[i], made.low[i], made.close[i]]);
      expect(rows.length).toBeGreaterThan(0);
      expect(finished.map((bar) => bar.slice(0, 5))).toEqual(rows);
    }
  });

  it('refuses a tick over the end of a session within its bar', async () => {
    const session = { start: '09:00', end: '17:25' };
    await expect(watch('replayData', session, '1w')).rejects.toThrow(/a session that ends at 2024-01-01 17:25/);
    expect(() => resampleBars(bars, '15m', '1w', { session })).toThrow(
      /after the end of its session at 2024-01-01 17:25/,
    );
  });

  it('fills orders at the prices of the tick, within the same bar', async () => {
    class Buyer extends Strategy {
      override next(): void {
        if (this.orderHistory.length === 0) this.buy({ size: 1 });
        if (this.orderHistory.length === 1)
          this.buy({ type: 'limit', price: bars.low[2]! - 0.01, size: 1, valid: start + 45 * minute });
      }
    }
    const feed = new BarsDataFeed({ name: 'm', timeframe: '15m', bars });
    const result = await new Cerebro({ cash: 1e6 }).replayData(feed, '1d').addStrategy(Buyer).run();
    const [market, limit] = result.strategies[0]!.orders;
    expect(market?.fills.map(({ price, time }) => [price, time])).toEqual([[bars.open[1], start + 30 * minute]]);
    // The day's low goes below the limit only after the order is no longer valid, or before it was made.
    expect(limit?.status).toBe(bars.low[1]! < bars.low[2]! ? 'completed' : 'expired');
  });
});
