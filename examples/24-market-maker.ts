/** A market maker in a tick backtest: quotes in the recorded book, with a place in its queues and time to get there. */
import { fileURLToPath } from 'node:url';

import { Cerebro, Strategy, type Data, type Order } from 'nextbar';
import { BookDataFeed } from 'nextbar/feeds';

/** Keeps an order at the best bid and one at the best ask, and leans against what it holds. */
class MarketMaker extends Strategy<typeof MarketMaker.params> {
  static readonly params = { size: 0.01, most: 0.05 };
  private bid: Order | undefined;
  private ask: Order | undefined;

  override nextBook(data: Data): void {
    const { bid, ask } = data.stream?.quote ?? {};
    if (bid === undefined || ask === undefined) return;
    const { size, most } = this.params;
    const held = this.position.size;
    this.bid = this.follow('buy', this.bid, bid, held + size <= most);
    this.ask = this.follow('sell', this.ask, ask, held >= size);
  }

  /** Moves an order to a price: it loses its place in the queue there and joins the end of another. */
  private follow(side: 'buy' | 'sell', order: Order | undefined, price: number, isWanted: boolean): Order | undefined {
    if (order?.isAlive === true) {
      if (order.price !== price || !isWanted) this.cancel(order);
      return order;
    }
    if (!isWanted) return undefined;
    const options = { type: 'limit', price, size: this.params.size, postOnly: true } as const;
    return side === 'buy' ? this.buy(options) : this.sell(options);
  }
}

const recording = fileURLToPath(new URL('recordings/order-flow.jsonl.gz', import.meta.url));
for (const queue of ['conservative', 'proportional'] as const) {
  const cerebro = new Cerebro({ cash: 10_000 });
  cerebro.addData(new BookDataFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '5s', recording }));
  cerebro.addStrategy(MarketMaker);
  const { strategies, finalValue } = await cerebro.run({ ticks: { queue, orderLatencyMs: 10 } });
  const orders = strategies[0]?.orders ?? [];
  const filled = orders.filter(({ status }) => status === 'completed').length;
  console.log(`${queue}: ${filled} of ${orders.length} quotes filled, final value ${finalValue.toFixed(2)}`);
}
