/** The same coin on two exchanges: buy where it is cheap when the spread is unusually wide, and leave when it is gone. */
import { BarsDataFeed, Cerebro, generateBars, sma, stddev, Strategy, type Bars } from 'nextbar';
import { seededRandom } from 'nextbar/feeds';

class Spread extends Strategy<typeof Spread.params> {
  static readonly params = { period: 48, width: 2 };

  readonly other = this.getData('kraken');
  // Closes of two exchanges do not mix by themselves: one is projected onto the bars of the other.
  readonly spread = this.data.close.sub(this.other.close.onto(this.data));
  readonly middle = sma(this.spread, this.params.period);
  readonly score = this.spread.sub(this.middle).div(stddev(this.spread, this.params.period));

  override next(): void {
    if (!this.data.isNew) return;
    const score = this.score.now;
    const { size } = this.position;
    if (size === 0 && score < -this.params.width) {
      this.buy({ size: 1 });
      this.sell({ data: this.other, size: 1 });
    } else if (size > 0 && score > 0) {
      this.close();
      this.close({ data: this.other });
    }
  }
}

/** The same walk with a little noise of its own, and an hour missing now and then. */
function quotedElsewhere(bars: Bars, seed: number): Bars {
  const random = seededRandom(seed);
  const kept = Array.from(bars.time.keys()).filter(() => random() > 0.01);
  const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i] ?? NaN);
  const noise = kept.map(() => 1 + (random() - 0.5) * 0.004);
  const price = (column: Float64Array): Float64Array => pick(column).map((value, i) => value * (noise[i] ?? 1));
  const { time, open, high, low, close, volume } = bars;
  return {
    time: pick(time),
    open: price(open),
    high: price(high),
    low: price(low),
    close: price(close),
    volume: pick(volume),
  };
}

const bars = generateBars({ timeframe: '1h', seed: 8, count: 5_000, price: 500, volatility: 0.3 });
const cerebro = new Cerebro({ cash: 10_000, commission: 0.0002 });
cerebro.addData(new BarsDataFeed({ name: 'binance', symbol: 'ETH/USDT', timeframe: '1h', bars }));
cerebro.addData(
  new BarsDataFeed({ name: 'kraken', symbol: 'ETH/USDT', timeframe: '1h', bars: quotedElsewhere(bars, 1) }),
);
cerebro.addStrategy(Spread);
const { strategies, steps, finalValue } = await cerebro.run();
console.log(`${steps} steps, ${strategies[0]?.trades.length ?? 0} trades, final value ${finalValue.toFixed(2)}`);
