/** Research over two exchanges: one symbol on both joined on one clock, how far apart they are, and a strategy run over each. */
import { BarsDataFeed, GeneratedDataFeed, sma, Strategy } from 'nextbar';
import { align, load } from 'nextbar/feeds';
import { combine, run } from 'nextbar/research';

class Trend extends Strategy<typeof Trend.params> {
  static readonly params = { period: 24 };
  readonly line = sma(this.data.close, this.params.period);

  override next(): void {
    const { size } = this.position;
    if (size === 0 && this.data.close.now > this.line.now) this.buy();
    else if (size > 0 && this.data.close.now < this.line.now) this.close();
  }
}

// With the internet: load({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '1h', start: '2024-01-01', end: '2024-03-01' }).
const binance = await load(
  new GeneratedDataFeed({ name: 'binance', timeframe: '1h', start: '2024-01-01', count: 1_440, seed: 31 }),
);
const shift = (prices: Float64Array): Float64Array => prices.map((price, i) => price * (1 + 0.001 * Math.sin(i / 9)));
const { time, volume } = binance;
const [open, high, low, close] = [binance.open, binance.high, binance.low, binance.close].map(shift);
const feed = new BarsDataFeed({
  name: 'kraken',
  timeframe: '1h',
  bars: { time, open: open!, high: high!, low: low!, close: close!, volume },
});
const kraken = await load(feed);

const joined = align([binance, kraken]);
const [a, b] = [joined.columns['binance close']!, joined.columns['kraken close']!];
const gaps = a.map((price, i) => b[i]! / price - 1);
const widest = gaps.reduce((most, gap) => Math.max(most, Math.abs(gap)), 0);
console.log(`${joined.length} hours, at most ${(10_000 * widest).toFixed(1)} basis points apart`);
const marks = '▁▂▃▄▅▆▇█';
const plotted = Array.from({ length: 60 }, (_, k) => gaps[k]! / widest);
console.log(plotted.map((gap) => marks[Math.round(3.5 * (gap + 1))]).join(''));

const results = [await run(Trend, binance, { period: 12 }), await run(Trend, kraken, { period: 12 })];
for (const { datas, stats } of results)
  console.log(`${datas[0]!.name}: ${(100 * (stats.totalReturn ?? 0)).toFixed(2)} %`);
const { correlations } = combine(results);
console.log(`correlation of the results: ${correlations[0]![1]!.toFixed(3)}`);
