/** A first backtest: a strategy, bars, a run, and what came of it. */
import { Cerebro, crossover, GeneratedDataFeed, sma, Strategy } from 'nextbar';

class SmaCross extends Strategy<typeof SmaCross.params> {
  static readonly params = { fast: 10, slow: 30 };

  readonly fast = sma(this.data.close, this.params.fast);
  readonly slow = sma(this.data.close, this.params.slow);
  readonly cross = crossover(this.fast, this.slow);

  override next(): void {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

const cerebro = new Cerebro({ cash: 10_000, commission: 0.001 });
// Synthetic bars, so that this runs with nothing at hand; for a file: new CsvDataFeed({ path, timeframe: '1h' }).
cerebro.addData(new GeneratedDataFeed({ timeframe: '1h', seed: 3, count: 5_000 }));
cerebro.addStrategy(SmaCross, { fast: 20, slow: 100 });
const result = await cerebro.run();

console.log(`${result.steps} bars, ${result.strategies[0]?.trades.length ?? 0} trades`);
console.log(`${result.startValue} became ${result.finalValue.toFixed(2)}`);
