/** What a strategy does up to a bar does not depend on the bars after it. */
import { describe, expect, it } from 'vitest';
import { generateBars, sma, Strategy, type Bars, type GivenParams, type StrategyClass } from 'nextbar';
import { sliceBars } from 'nextbar/feeds';
import { seededRandom } from 'nextbar/feeds';
import { BollingerReversion } from '../../strategies/bollinger-reversion.ts';
import { DonchianBreakout } from '../../strategies/donchian-breakout.ts';
import { RsiMeanReversion } from '../../strategies/rsi-mean-reversion.ts';
import { SmaCross } from '../../strategies/sma-cross.ts';
import { FuzzStrategy } from './fuzz-strategy.ts';
import { watch, type Happening, type WatchedData } from './watch.ts';

const hourMs = 3_600_000;
const hours = busy(generateBars({ timeframe: '1h', count: 700, seed: 11, price: 100, volatility: 0.9 }));
const quarters = generateBars({ timeframe: '15m', count: 2800, seed: 12, price: 50, volatility: 0.9 });

/** The bars that have closed by `time`. */
function until(bars: Bars, time: number, frameMs: number): Bars {
  return sliceBars(bars, 0, bars.time.filter((open) => open + frameMs <= time).length);
}

/** The bars with a quote volume, and a trade count that says something of its own. */
function busy(bars: Bars): Bars {
  const random = seededRandom(3);
  const quoteVolume = bars.volume.map((volume, i) => volume * bars.close[i]!);
  return { ...bars, quoteVolume, tradeCount: bars.volume.map(() => Math.floor(1000 * random())) };
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
    ...(bars.quoteVolume && { quoteVolume: bars.quoteVolume.slice() }),
    ...(bars.tradeCount && { tradeCount: bars.tradeCount.slice() }),
  };
  for (let i = kept; i < bars.time.length; i++) {
    const prices = [1 + 400 * random(), 1 + 400 * random()] as const;
    wild.open[i] = prices[0];
    wild.close[i] = prices[1];
    wild.high[i] = Math.max(...prices) * (1 + random());
    wild.low[i] = Math.min(...prices) * random();
    wild.volume[i] = 1000 * random();
    if (wild.quoteVolume !== undefined) wild.quoteVolume[i] = 1e6 * random();
    if (wild.tradeCount !== undefined) wild.tradeCount[i] = 1e6 * random();
  }
  return wild;
}

/** Buys when many trade, and closes when little value changes hands. */
class TradeCrowd extends Strategy {
  readonly count = this.data.tradeCount!;
  readonly value = this.data.quoteVolume!;
  readonly many = sma(this.count, 20);
  readonly little = sma(this.value, 10).mul(0.7);

  override next(): void {
    if (this.count.now > 1.5 * this.many.now) this.buy({ size: 1 });
    else if (this.value.now < this.little.now) this.close();
  }
}

interface Subject {
  readonly name: string;
  readonly hasTwo?: boolean;
  readonly run: (datas: readonly WatchedData[]) => Promise<readonly Happening[]>;
}

function subject<P extends object>(
  name: string,
  cls: StrategyClass<P>,
  params: GivenParams<P>,
  hasTwo = false,
): Subject {
  return { name, hasTwo, run: async (datas) => (await watch(cls, params, datas)).happenings };
}

const subjects: readonly Subject[] = [
  subject('SmaCross', SmaCross, {}),
  subject('RsiMeanReversion', RsiMeanReversion, { trend: 10, oversold: 48, exit: 52, period: 6 }),
  subject('DonchianBreakout', DonchianBreakout, { entry: 20, exit: 8, short: true }),
  subject('BollingerReversion', BollingerReversion, {}),
  subject('a strategy by quote volume and trade count', TradeCrowd, {}),
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
