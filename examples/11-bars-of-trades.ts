/** Trades made into bars of five seconds, and minutes of those: buy when the last seconds leave the minute's average behind. */
import { Cerebro, sma, Strategy, TickDataFeed } from 'nextbar';
import { seededRandom, type Tick } from 'nextbar/feeds';

class Scalp extends Strategy<typeof Scalp.params> {
  static readonly params = { period: 10, edge: 0.0005 };

  readonly average = sma(this.getData('btc 1m').close, this.params.period).onto(this.data);

  override next(): void {
    const ratio = this.data.close.now / this.average.now - 1;
    if (this.position.size === 0 && ratio > this.params.edge) this.buy();
    else if (this.position.size > 0 && ratio < 0) this.close();
  }
}

/** Trades at random moments, a second apart on average; where none falls into a bar, the bar is missing. */
function randomTicks(count: number, seed: number): Tick[] {
  const random = seededRandom(seed);
  let [time, price] = [Date.UTC(2024, 0, 1), 42_000];
  return Array.from({ length: count }, () => {
    time += Math.round(-Math.log(1 - random()) * 1_000);
    price *= 1 + (random() - 0.5) * 0.0004;
    return { time, price: Math.round(price * 100) / 100, size: Math.ceil(random() * 1_000) / 10_000 };
  });
}

const cerebro = new Cerebro({ cash: 10_000 });
cerebro.addData(new TickDataFeed({ name: 'btc', timeframe: '5s', ticks: randomTicks(20_000, 5) }));
cerebro.resampleData('btc', '1m');
cerebro.addStrategy(Scalp);
const { datas, strategies, finalValue } = await cerebro.run();
for (const { name, timeframe, bars } of datas) console.log(`${name.padEnd(7)} ${bars} bars of ${timeframe}`);
console.log(`${strategies[0]?.trades.length ?? 0} trades, final value ${finalValue.toFixed(2)}`);
