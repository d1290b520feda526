/** What a strategy does up to a bar does not depend on the bars after it. */
import { describe, expect, it } from 'vitest';
import { generateBars, seededRandom, type Bars, type StrategyClass } from 'nextbar';
import { BollingerReversion } from '../../strategies/bollinger-reversion.ts';
import { DonchianBreakout } from '../../strategies/donchian-breakout.ts';
import { RsiMeanReversion } from '../../strategies/rsi-mean-reversion.ts';
import { SmaCross } from '../../strategies/sma-cross.ts';
import { FuzzStrategy } from './fuzz-strategy.ts';
import { watch, type Happening, type WatchedData } from './watch.ts';

const hourMs = 3_600_000;
const hours = generateBars({ timeframe: '1h', count: 700, seed: 11, price: 100, volatility: 0.9 });
const quarters = generateBars({ timeframe: '15m', count: 2800, seed: 12, price: 50, volatility: 0.9 });

/** The bars that have closed by `time`. */
function until(bars: Bars, time: number, frameMs: number): Bars {
  const count = bars.time.filter((open) => open + frameMs <= time).length;
  const cut = (column: Float64Array): Float64Array => column.slice(0, count);
  const { open, high, low, close, volume } = bars;
  return {
    time: cut(bars.time),
    open: cut(open),
    high: cut(high),
    low: cut(low),
    close: cut(close),
    volume: cut(volume),
  };
}

/** The same bars with wild ones in place of those that close after `time`. */
function noisy(bars: Bars, time: number, frameMs: number, seed: number): Bars {
  const random = seededRandom(seed);
  const kept = until(bars, time, frameMs).time.length;
  const { open, high, low, close, volume } = bars;
  const wild = {
    time: bars.time,
    open: open.slice(),
    high: high.slice(),
    low: low.slice(),
    close: close.slice(),
    volume: volume.slice(),
  };
  for (let i = kept; i < bars.time.length; i++) {
    const prices = [1 + 400 * random(), 1 + 400 * random()] as const;
    wild.open[i] = prices[0];
    wild.close[i] = prices[1];
    wild.high[i] = Math.max(...prices) * (1 + random());
    wild.low[i] = Math.min(...prices) * random();
    wild.volume[i] = 1000 * random();
  }
  return wild;
}

interface Subject {
  readonly name: string;
  readonly hasTwo?: boolean;
  readonly run: (datas: readonly WatchedData[]) => Promise<readonly Happening[]>;
}

function subject<P extends object>(name: string, cls: StrategyClass<P>, params: Partial<P>, hasTwo = false): Subject {
  return { name, hasTwo, run: async (datas) => (await watch(cls, params, datas)).happenings };
}

const subjects: readonly Subject[] = [
  subject('SmaCross', SmaCross, {}),
  subject('RsiMeanReversion', RsiMeanReversion, { trend: 10, oversold: 48, exit: 52, period: 6 }),
  subject('DonchianBreakout', DonchianBreakout, { entry: 20, exit: 8, short: true }),
  subject('BollingerReversion', BollingerReversion, {}),
  subject('a strategy of all orders', FuzzStrategy, { seed: 5 }),
  subject('a strategy of all orders on two datas', FuzzStrategy, { seed: 6 }, true),
];

const start = hours.time[0]!;
const cuts = [1, 2, 37, 63, 120, 205, 333, 418, 500, 611, 699].map((bar) => start + bar * hourMs);

describe.each(subjects)('$name', ({ hasTwo = false, run }) => {
  const datasOf = (change: (bars: Bars, frameMs: number) => Bars): WatchedData[] => {
    const one = { timeframe: '1h', bars: change(hours, hourMs) };
    return hasTwo ? [one, { timeframe: '15m', bars: change(quarters, hourMs / 4) }] : [one];
  };

  it('does the same without the bars after a cut, and with noise in their place', async () => {
    const all = await run(datasOf((bars) => bars));
    expect(all.filter(({ what }) => what.startsWith('made')).length).toBeGreaterThan(5);
    expect(all.filter(({ what }) => what.startsWith('trade')).length).toBeGreaterThan(5);
    for (const [k, cut] of cuts.entries()) {
      const before = all.filter(({ time }) => time <= cut);
      const truncated = await run(datasOf((bars, frameMs) => until(bars, cut, frameMs)));
      expect(truncated).toEqual(before);
      const disturbed = await run(datasOf((bars, frameMs) => noisy(bars, cut, frameMs, k + 1)));
      expect(disturbed.filter(({ time }) => time <= cut)).toEqual(before);
    }
  });
});

it('is noticed: a strategy that reads ahead in the bars themselves is caught', async () => {
  const peeks = async (bars: Bars): Promise<readonly Happening[]> => {
    class Peeker extends FuzzStrategy {
      override next(): void {
        if ((bars.close[this.data.length] ?? 0) > this.data.close.now) this.buy({ size: 1 });
      }
    }
    return (await watch(Peeker, {}, [{ timeframe: '1h', bars }])).happenings;
  };
  const cut = start + 300 * hourMs;
  const all = (await peeks(hours)).filter(({ time }) => time <= cut);
  const disturbed = (await peeks(noisy(hours, cut, hourMs, 9))).filter(({ time }) => time <= cut);
  const truncated = await peeks(until(hours, cut, hourMs));
  expect([JSON.stringify(disturbed), JSON.stringify(truncated)]).not.toEqual([
    JSON.stringify(all),
    JSON.stringify(all),
  ]);
});
