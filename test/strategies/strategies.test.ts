/** The strategies that come with the package, against the same rules written as plain loops. */
import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, fixedSize, generateBars, type Bars } from 'nextbar';

import { BollingerReversion } from '../../strategies/bollinger-reversion.ts';
import { DonchianBreakout } from '../../strategies/donchian-breakout.ts';
import { RsiMeanReversion } from '../../strategies/rsi-mean-reversion.ts';
import { SmaCross } from '../../strategies/sma-cross.ts';

/** Prices on a grid of 1/64: sums of them are exact, so that equal averages are equal in any order of adding. */
const raw = generateBars({ seed: 77, timeframe: '1h', count: 6_000, price: 100 });
const onGrid = (column: Float64Array): Float64Array => column.map((price) => Math.round(price * 64) / 64);
const bars: Bars = {
  ...raw,
  open: onGrid(raw.open),
  high: onGrid(raw.high),
  low: onGrid(raw.low),
  close: onGrid(raw.close),
};

const mean = (column: Float64Array, i: number, n: number): number =>
  column.subarray(i - n + 1, i + 1).reduce((sum, x) => sum + x, 0) / n;

/** What was bought and sold, as signed bar numbers: +i bought at the open of bar i, -i sold at it. */
type Deals = number[];

/** Fills of the rule `wanted(i, entry)` = the position wanted after the close of bar i, filled at the next open. */
function replay(
  first: number,
  wanted: (i: number, held: number, entryPrice: number, barsHeld: number) => number,
): Deals {
  const deals: Deals = [];
  let [held, entryPrice, since] = [0, NaN, 0];
  for (let i = first; i < bars.time.length - 1; i++) {
    const next = wanted(i, held, entryPrice, i - since);
    if (next === held) continue;
    deals.push(next > held ? i + 1 : -(i + 1));
    if (held === 0) [entryPrice, since] = [bars.open[i + 1]!, i];
    held = next;
  }
  return deals;
}

async function dealsOf(run: (cerebro: Cerebro) => Cerebro): Promise<Deals> {
  const feed = new BarsDataFeed({ bars, timeframe: '1h', symbol: 'X' });
  const cerebro = new Cerebro({ cash: 1e9 }).addData(feed).addSizer(fixedSize(1));
  const { strategies } = await run(cerebro).run();
  const fills = strategies[0]!.fills;
  const barOf = (time: number): number => (time - bars.time[0]!) / 3_600_000 - 1;
  return fills.map(({ time, size }) => Math.sign(size) * barOf(time));
}

describe('the strategies', () => {
  it('SmaCross buys and closes where the averages cross', async () => {
    let side = 0;
    const expected = replay(29, (i, held) => {
      const difference = mean(bars.close, i, 10) - mean(bars.close, i, 30);
      const before = side;
      if (difference !== 0) side = Math.sign(difference);
      if (before === 0 || before === side) return held;
      return side > 0 ? 1 : 0;
    });
    expect(expected.length).toBeGreaterThan(100);
    expect(await dealsOf((cerebro) => cerebro.addStrategy(SmaCross))).toEqual(expected);
  });

  it('DonchianBreakout follows closes beyond the channel of the bars before', async () => {
    const high = (i: number, n: number): number => Math.max(...bars.high.subarray(i - n, i));
    const low = (i: number, n: number): number => Math.min(...bars.low.subarray(i - n, i));
    const rule =
      (short: boolean) =>
      (i: number, held: number): number => {
        const close = bars.close[i]!;
        if ((held > 0 && close < low(i, 20)) || (held < 0 && close > high(i, 20))) return 0;
        if (held !== 0) return held;
        return close > high(i, 55) ? 1 : short && close < low(i, 55) ? -1 : 0;
      };
    for (const short of [false, true]) {
      const expected = replay(55, rule(short));
      expect(expected.length).toBeGreaterThan(20);
      expect(await dealsOf((cerebro) => cerebro.addStrategy(DonchianBreakout, { short }))).toEqual(expected);
    }
  });

  it('BollingerReversion buys below the lower band and closes at the middle or at the stop', async () => {
    const expected = replay(19, (i, held, entryPrice) => {
      const close = bars.close[i]!;
      const mid = mean(bars.close, i, 20);
      const window = bars.close.subarray(i - 19, i + 1);
      const deviation = Math.sqrt(window.reduce((sum, x) => sum + (x - mid) ** 2, 0) / 20);
      if (held === 0) return close < mid - 2 * deviation ? 1 : 0;
      return close >= mid || close < entryPrice * 0.96 ? 0 : held;
    });
    expect(expected.length).toBeGreaterThan(50);
    expect(await dealsOf((cerebro) => cerebro.addStrategy(BollingerReversion))).toEqual(expected);
  });

  it('RsiMeanReversion buys dips in a rising market and leaves on strength or after a while', async () => {
    const strength = wilderRsi(bars.close, 14);
    const expected = replay(199, (i, held, _entryPrice, barsHeld) => {
      if (held === 0) return strength[i]! < 30 && bars.close[i]! > mean(bars.close, i, 200) ? 1 : 0;
      return strength[i]! > 55 || barsHeld >= 48 ? 0 : held;
    });
    expect(expected.length).toBeGreaterThan(10);
    expect(await dealsOf((cerebro) => cerebro.addStrategy(RsiMeanReversion))).toEqual(expected);
  });
});

/** Wilder's RSI from its definition: averages begin as plain means of the first `period` changes. */
function wilderRsi(close: Float64Array, period: number): Float64Array {
  const out = new Float64Array(close.length).fill(NaN);
  let [up, down] = [0, 0];
  for (let i = 1; i < close.length; i++) {
    const [rise, fall] = [Math.max(close[i]! - close[i - 1]!, 0), Math.max(close[i - 1]! - close[i]!, 0)];
    if (i <= period) [up, down] = [up + rise / period, down + fall / period];
    else [up, down] = [(up * (period - 1) + rise) / period, (down * (period - 1) + fall) / period];
    if (i >= period) out[i] = 100 - 100 / (1 + up / down);
  }
  return out;
}
