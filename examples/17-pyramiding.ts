/** Pyramiding: units are added as a trend runs, and one stop for all of them moves up behind it, by one call. */
import { atr, Cerebro, GeneratedDataFeed, highest, Strategy, type Order } from 'nextbar';

class Pyramid extends Strategy<typeof Pyramid.params> {
  static readonly params = { channel: 55, units: 4, step: 0.5, stop: 2, risk: 0.01 };

  readonly top = highest(this.data.high, this.params.channel).shift(1);
  readonly range = atr(this.data, 20);
  private guard: Order | undefined;

  override next(): void {
    const { units, step, stop, risk } = this.params;
    const [close, range] = [this.data.close.now, this.range.now];
    const trade = this.getTrade();
    const unit = (risk * this.broker.value) / (stop * range);
    if (trade === undefined) {
      if (close > this.top.now && this.openOrders.length === 0) this.buy({ size: unit, tag: 'unit 1' });
      return;
    }
    const count = Number(trade.memo['units'] ?? 1);
    const last = Number(trade.memo['last'] ?? trade.price);
    if (count < units && close > last + step * range) {
      trade.memo['units'] = count + 1;
      trade.memo['last'] = close;
      this.buy({ size: unit, tag: `unit ${count + 1}` });
    }
    this.protect(Math.max(close - stop * range, Number(trade.memo['stop'] ?? 0)));
    trade.memo['stop'] = Math.max(close - stop * range, Number(trade.memo['stop'] ?? 0));
  }

  /** One stop for the whole position: placed once, then moved and resized. */
  private protect(price: number): void {
    const { size } = this.position;
    if (price >= this.data.close.now || size <= 0) return;
    if (this.guard?.isAlive === true) this.amend(this.guard, { price, size });
    else this.guard = this.sell({ type: 'stop', price, size, reduceOnly: true, tag: 'common stop' });
  }
}

const cerebro = new Cerebro({ cash: 100_000, commission: 0.0005 });
cerebro
  .addData(new GeneratedDataFeed({ timeframe: '4h', seed: 16, count: 4_000, volatility: 0.8 }))
  .addStrategy(Pyramid);
const { strategies, stats, finalValue } = await cerebro.run();
console.log(
  `${strategies[0]?.trades.length ?? 0} trades, the best came to ${stats.bestTrade?.toFixed(2) ?? 'nothing'}`,
);
console.log(`final value ${finalValue.toFixed(2)}`);
