/** Working orders: a limit order to get in, a stop to get out, and the news about them. */
import { atr, Cerebro, GeneratedDataFeed, lowest, Strategy, type Order, type Trade } from 'nextbar';

class BuyTheDip extends Strategy<typeof BuyTheDip.params> {
  static readonly params = { below: 1.5, stop: 3, size: 0.1 };

  readonly range = atr(this.data, 24);
  readonly floor = lowest(this.data.low, 24);
  private entry: Order | undefined;
  private stopOrder: Order | undefined;

  override next(): void {
    // Each day a new limit order below the market replaces the one that was not reached.
    if (this.data.length % 24 !== 0 || this.position.size > 0) return;
    if (this.entry?.isAlive === true) this.cancel(this.entry);
    const price = this.data.close.now - this.params.below * this.range.now;
    this.entry = this.buy({ type: 'limit', price, size: this.params.size });
  }

  override notifyOrder(order: Order): void {
    if (order.status !== 'completed') return;
    console.log(`${order.side} ${order.size} at ${order.averagePrice.toFixed(2)}: ${order.lastFill?.reason ?? ''}`);
    if (order !== this.entry) return;
    const price = order.averagePrice - this.params.stop * this.range.now;
    this.stopOrder = this.sell({ type: 'stop', price, size: order.size });
  }

  override notifyTrade(trade: Trade): void {
    if (trade.status === 'closed') console.log(`  ${trade.bars} bars, ${trade.pnlNet.toFixed(2)} net`);
  }

  override stop(): void {
    console.log(`stop order left working: ${this.stopOrder?.isAlive === true ? 'yes' : 'no'}`);
  }
}

const cerebro = new Cerebro({ cash: 10_000, commission: 0.001 });
cerebro.addData(new GeneratedDataFeed({ timeframe: '1h', seed: 33, count: 24 * 60 }));
cerebro.addStrategy(BuyTheDip);
const { finalValue } = await cerebro.run();
console.log(`final value ${finalValue.toFixed(2)}`);
