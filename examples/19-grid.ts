/** A grid: buys at steps below the price and sells each lot a step higher, always as a maker. */
import { Cerebro, GeneratedDataFeed, Strategy, type Order } from 'nextbar';
import { AccountCosts } from 'nextbar/analyzers';

class Grid extends Strategy<typeof Grid.params> {
  static readonly params = { levels: 6, step: 0.01, lot: 0.05 }; // lines below the start, their distance, coins on each

  override nextstart(): void {
    const start = this.data.close.now;
    for (let k = 1; k <= this.params.levels; k++) this.bid(start * (1 - k * this.params.step));
  }

  override notifyOrder(order: Order): void {
    if (order.status !== 'completed') return;
    const { step, lot } = this.params;
    // A lot that was bought is offered a step higher; one that was sold is bid for again where it was bought.
    if (order.isBuy) {
      const price = order.price * (1 + step);
      this.sell({ type: 'limit', price, size: lot, postOnly: 'reprice', tag: 'grid' });
    } else this.bid(order.price / (1 + step));
  }

  private bid(price: number): void {
    this.buy({ type: 'limit', price, size: this.params.lot, postOnly: 'reprice', tag: 'grid' });
  }
}

const cerebro = new Cerebro({
  account: { cash: { USDT: 20_000 } },
  ledger: 'decimal',
  instrumentRules: false,
  risk: { maxOpenOrders: 20, maxDailyLoss: 0.2 },
});
cerebro.addData(
  new GeneratedDataFeed({
    name: 'btc',
    symbol: 'BTC/USDT',
    timeframe: '1h',
    start: '2024-01-01',
    count: 4_000,
    seed: 9,
  }),
);
cerebro.setInstrument('btc', { makerFee: -0.0001, takerFee: 0.001 });
cerebro.addStrategy(Grid);
cerebro.addAnalyzer(AccountCosts);

const result = await cerebro.run();
const costs = result.strategies[0]!.analyzer(AccountCosts);
console.log(
  `fills:       ${result.strategies[0]!.fills.length}, ${((costs.makerShare ?? 0) * 100).toFixed(1)} % of the value as a maker`,
);
console.log(`fees:        ${(costs.fees['USDT'] ?? 0).toFixed(2)} USDT (negative: a rebate)`);
console.log(`final value ${result.finalValue.toFixed(2)} USDT`);
