/** A basket of symbols with different listing dates: every Monday, hold those above their average in equal parts. */
import { Cerebro, GeneratedDataFeed, Strategy, type Data } from 'nextbar';

class Basket extends Strategy<typeof Basket.params> {
  static readonly params = { period: 20, invested: 0.9 };

  override start(): void {
    this.addTimer({ when: '00:00', weekdays: [1], weekCarry: true });
  }

  // `next` waits for the last listing; a timer does not, so that the basket grows as symbols are listed.
  override notifyTimer(): void {
    const chosen = this.datas.filter((data) => this.isRising(data));
    for (const data of this.datas) {
      if (data.length === 0) continue;
      const part = chosen.includes(data) ? this.params.invested / chosen.length : 0;
      this.orderTargetPercent(part, { data });
    }
  }

  private isRising({ length, close }: Data): boolean {
    const { period } = this.params;
    if (length < period) return false;
    const mean = close.window(period).reduce((sum, value) => sum + value, 0) / period;
    return close.now > mean;
  }
}

const cerebro = new Cerebro({ cash: 100_000, commission: 0.001 });
for (let k = 0; k < 12; k++) {
  const start = Date.UTC(2023, k % 6, 1);
  cerebro.addData(
    new GeneratedDataFeed({ name: `coin${k + 1}`, timeframe: '1d', seed: 40 + k, start, end: '2024-06-01', price: 20 }),
  );
}
cerebro.addStrategy(Basket);
const { datas, strategies, finalValue } = await cerebro.run();
for (const { name, start, bars } of datas)
  console.log(`${name.padEnd(6)} since ${new Date(start).toISOString().slice(0, 10)}, ${bars} days`);
console.log(`${strategies[0]?.trades.length ?? 0} trades, final value ${finalValue.toFixed(2)}`);
