/** Research over two timeframes: does a filter by the daily trend pay for an hourly strategy, and how much of the best period is luck? */
import { Cerebro, crossover, GeneratedDataFeed, sma, Strategy } from 'nextbar';
import { writeReport } from 'nextbar/report';
import { optimize } from 'nextbar/research';

class Filtered extends Strategy<typeof Filtered.params> {
  static readonly params = { fast: 10, slow: 40, trend: 20, isFiltered: true };

  readonly cross = crossover(sma(this.data.close, this.params.fast), sma(this.data.close, this.params.slow));
  readonly daily = this.getData('daily').close;
  readonly trend = sma(this.daily, this.params.trend);

  override next(): void {
    const isRising = !this.params.isFiltered || this.daily.now > this.trend.now;
    if (this.cross.now > 0 && isRising) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

const cerebro = new Cerebro({ cash: 10_000, commission: 0.001 })
  .addData(new GeneratedDataFeed({ name: 'hourly', timeframe: '1h', start: '2024-01-01', count: 6_000, seed: 21 }))
  .resampleData('hourly', '1d', { name: 'daily' })
  .optStrategy(Filtered, { trend: { from: 5, to: 30, step: 5 }, isFiltered: [true, false] });
const found = await optimize(cerebro);

for (const isFiltered of [true, false]) {
  const trials = [...found.trials].filter(({ params }) => params['isFiltered'] === isFiltered);
  const mean = trials.reduce((sum, { stats }) => sum + (stats.totalReturn ?? 0), 0) / trials.length;
  console.log(`${isFiltered ? 'with the daily trend' : 'without it'}: mean return ${(100 * mean).toFixed(1)} %`);
}
const { trials = 0, effectiveTrials = 0, deflatedSharpe = NaN } = found.luck ?? {};
console.log(
  `${trials} trials count for ${effectiveTrials.toFixed(1)}; deflated Sharpe ratio ${deflatedSharpe.toFixed(2)}`,
);

// The best run with its pictures: node examples/21-research-timeframes.ts report.html
const [, , path] = process.argv;
const best = found.bestRun();
if (path !== undefined && best !== undefined) await writeReport(path, best);
