/** A return-on-time table: the longer a trade lasts, the less profit is enough; beyond 3 % a trailing stop takes over. */
import { Cerebro, crossover, ema, GeneratedDataFeed, Strategy } from 'nextbar';

class ReturnByTime extends Strategy<typeof ReturnByTime.params> {
  /** From so many bars on, this profit is enough. */
  static readonly params = { table: [[0, 0.06], [24, 0.03], [72, 0.01], [168, 0]] as const, stop: 0.04, activation: 0.03, trail: 0.015 }; // prettier-ignore

  readonly cross = crossover(ema(this.data.close, 12), ema(this.data.close, 48));

  override next(): void {
    const { table, stop, activation, trail } = this.params;
    const close = this.data.close.now;
    const trade = this.getTrade();
    if (trade === undefined) {
      if (this.cross.now > 0 && this.openOrders.length === 0)
        this.buyBracket({ stopLoss: close * (1 - stop), tag: 'cross' });
      return;
    }
    if (trade.memo['isTrailing'] !== true) {
      trade.memo['isTrailing'] = true;
      const { size } = this.position;
      const activationPrice = trade.price * (1 + activation);
      this.sell({ type: 'stopTrail', size, trailPercent: trail, activationPrice, reduceOnly: true });
    }
    const enough = table.findLast(([bars]) => trade.bars >= bars)![1];
    if (close >= trade.price * (1 + enough)) this.close({ exit: 'time', tag: `${trade.bars} bars` });
  }
}

const cerebro = new Cerebro({ cash: 10_000, commission: 0.0005 });
cerebro
  .addData(new GeneratedDataFeed({ timeframe: '1h', seed: 14, count: 4_000, volatility: 0.8 }))
  .addStrategy(ReturnByTime);
const { strategies, finalValue } = await cerebro.run();
const counts = new Map<string, number>();
for (const { exit } of strategies[0]!.trades) counts.set(exit!, (counts.get(exit!) ?? 0) + 1);
for (const [exit, count] of counts) console.log(`${count} trades ended by ${exit}`);
console.log(`final value ${finalValue.toFixed(2)}`);
