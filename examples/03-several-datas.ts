/** Several datas in one run: each month, hold the one that rose most over the last 30 days. */
import { Cerebro, GeneratedDataFeed, roc, Strategy } from 'nextbar';

class Rotation extends Strategy<typeof Rotation.params> {
  static readonly params = { period: 30, every: 30 };

  // One indicator for each data; a line belongs to the data it grows from.
  readonly rises = this.datas.map((data) => ({ data, rise: roc(data.close, this.params.period) }));

  override next(): void {
    if (this.data.length % this.params.every !== 0) return;
    const [best] = [...this.rises].sort((a, b) => b.rise.now - a.rise.now);
    for (const { data } of this.rises) {
      const { size } = this.getPosition(data);
      if (data !== best?.data && size > 0) this.close({ data });
      else if (data === best?.data && size === 0 && best.rise.now > 0) this.buy({ data });
    }
  }
}

const cerebro = new Cerebro({ cash: 30_000, commission: 0.001 });
for (const [k, name] of ['btc', 'eth', 'sol'].entries()) {
  cerebro.addData(new GeneratedDataFeed({ name, timeframe: '1d', seed: 10 + k, count: 730, price: 1_000 }));
}
cerebro.addStrategy(Rotation);
const { strategies, finalValue } = await cerebro.run();
for (const trade of strategies[0]?.trades ?? []) {
  console.log(`${trade.data.name.padEnd(4)} ${trade.bars} days, ${trade.pnlNet.toFixed(2)} net`);
}
console.log(`final value ${finalValue.toFixed(2)}`);
