/** Averaging down: rungs of limit orders below the first entry, sold in parts on the way back up. */
import { Cerebro, GeneratedDataFeed, rsi, Strategy, type Order } from 'nextbar';

class AveragingDown extends Strategy<typeof AveragingDown.params> {
  static readonly params = { rungs: 3, distance: 0.02, share: 0.2, profit: 0.01, stop: 0.12 };

  readonly strength = rsi(this.data.close, 14);

  override next(): void {
    const { share, stop } = this.params;
    const close = this.data.close.now;
    const trade = this.getTrade();
    if (trade === undefined) {
      for (const order of this.openOrders) if (!order.isBuy || order.type === 'limit') this.cancel(order);
      if (this.strength.now < 30) this.buy({ size: (share * this.broker.value) / close, tag: 'first' });
      return;
    }
    if (trade.memo['first'] === undefined) this.layRungs(this.position.size, (trade.memo['first'] = trade.price));
    if (close < Number(trade.memo['first']) * (1 - stop)) this.close({ tag: 'given up' });
  }

  /** Further entries below, and after each fill, half of the position offered above its new average. */
  private layRungs(size: number, first: number): void {
    for (let rung = 1; rung <= this.params.rungs; rung++) {
      this.buy({ type: 'limit', size, price: first * (1 - rung * this.params.distance), tag: `rung ${rung}` });
    }
  }

  override notifyOrder(order: Order): void {
    const { size, price } = this.position;
    if (order.status !== 'completed' || size <= 0) return;
    const exit = this.openOrders.find((one) => one.isSell && one.type === 'limit');
    const part = { price: price * (1 + this.params.profit), size: Math.max(size / 2, this.broker.value / price / 50) };
    if (exit !== undefined) this.amend(exit, { price: part.price, size: exit.filled + part.size });
    else this.sell({ type: 'limit', reduceOnly: true, tag: 'part', ...part });
  }
}

const cerebro = new Cerebro({ cash: 10_000, commission: 0.0005 });
cerebro
  .addData(new GeneratedDataFeed({ timeframe: '1h', seed: 15, count: 4_000, volatility: 0.8 }))
  .addStrategy(AveragingDown);
const { strategies, finalValue } = await cerebro.run();
const [{ trades, fills }] = strategies as unknown as [(typeof strategies)[number]];
console.log(
  `${trades.length} trades in ${fills.length} fills, the worst was ${Math.min(0, ...trades.map(({ worst }) => worst)).toFixed(2)} down`,
);
console.log(`final value ${finalValue.toFixed(2)}`);
