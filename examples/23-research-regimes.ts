/** Research by regime: the same strategy in calm and in wild markets, by the volatility that was known the day before. */
import { Cerebro, GeneratedDataFeed, sma, Strategy } from 'nextbar';
import { load } from 'nextbar/feeds';
import { run, walkForward } from 'nextbar/research';

class Above extends Strategy<typeof Above.params> {
  static readonly params = { period: 20 };
  readonly line = sma(this.data.close, this.params.period);

  override next(): void {
    const { size } = this.position;
    if (size === 0 && this.data.close.now > this.line.now) this.buy();
    else if (size > 0 && this.data.close.now < this.line.now) this.close();
  }
}

const feed = new GeneratedDataFeed({ timeframe: '1d', start: '2021-01-01', count: 1_000, seed: 41 });
const bars = await load(feed);
const { equity, startValue } = await run(Above, bars, {}, { commission: 0.001 });

// The regime of a day: whether the 30 days before it moved more than half of all such spans had until then.
const moves = bars.close.map((close, i) => (i === 0 ? 0 : Math.abs(Math.log(close / bars.close[i - 1]!))));
const spans: number[] = [];
const regimes = { calm: [] as number[], wild: [] as number[] };
for (let day = 31; day < bars.length; day++) {
  const span = moves.subarray(day - 30, day).reduce((sum, move) => sum + move, 0);
  const isWild = spans.filter((other) => other < span).length * 2 > spans.length;
  const gain = equity.value[day]! / (equity.value[day - 1] ?? startValue) - 1;
  regimes[isWild ? 'wild' : 'calm'].push(gain);
  spans.push(span);
}
for (const [name, gains] of Object.entries(regimes)) {
  const total = gains.reduce((all, gain) => all * (1 + gain), 1) - 1;
  console.log(
    `${name}: ${gains.length} days, ${(100 * total).toFixed(1)} % ${(total < 0 ? '▒' : '█').repeat(Math.round(Math.abs(20 * total)))}`,
  );
}

const cerebro = new Cerebro({ commission: 0.001 })
  .addData(feed)
  .optStrategy(Above, { period: { from: 10, to: 40, step: 10 } });
const { folds, totalReturn } = await walkForward(cerebro, { folds: 4 });
for (const { params, testReturn } of folds)
  console.log(`${JSON.stringify(params)}: ${(100 * testReturn).toFixed(1)} % out of sample`);
console.log(`together ${(100 * totalReturn).toFixed(1)} % out of sample`);
