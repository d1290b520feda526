/** Three timeframes of one data: enter on the hour when the 4 h and the daily trend agree. */
import { Cerebro, GeneratedDataFeed, crossover, ema, Strategy } from 'nextbar';

class TrendFilter extends Strategy<typeof TrendFilter.params> {
  static readonly params = { fast: 8, slow: 21, trend: 10 };

  readonly cross = crossover(ema(this.data.close, this.params.fast), ema(this.data.close, this.params.slow));
  // A slow line shown on the hourly bars: each hour sees the last 4 h bar and the last day that have closed.
  readonly filters = ['btc 4h', 'btc 1d'].map((name) => {
    const { close } = this.getData(name);
    return close.gt(ema(close, this.params.trend)).onto(this.data);
  });

  override next(): void {
    if (this.cross.now > 0 && this.filters.every((isUp) => isUp.now === 1)) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

const cerebro = new Cerebro({ cash: 10_000, commission: 0.001 });
cerebro.addData(new GeneratedDataFeed({ name: 'btc', timeframe: '1h', seed: 3, count: 24 * 365 }));
cerebro.resampleData('btc', '4h').resampleData('btc', '1d');
cerebro.addStrategy(TrendFilter);
const { datas, strategies, finalValue } = await cerebro.run();
for (const { name, timeframe, bars } of datas) console.log(`${name.padEnd(7)} ${bars} bars of ${timeframe}`);
console.log(`${strategies[0]?.trades.length ?? 0} trades, final value ${finalValue.toFixed(2)}`);
