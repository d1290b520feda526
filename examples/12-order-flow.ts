/** The order flow of a recorded market: trades and book between the bars, in a backtest with the code that reads live streams. */
import { fileURLToPath } from 'node:url';

import { Cerebro, StreamingFeed, Strategy } from 'nextbar';

/** Buys when the last half minute was bought and the book is heavier below; closes when it was sold, or after a minute. */
class Flow extends Strategy {
  private entryBar = 0;

  override next(): void {
    const { stream } = this.data;
    if (stream?.state !== 'live') return;
    const now = stream.recentTrades().at(-1)?.time ?? NaN;
    const recent = stream.recentTrades().filter(({ time }) => (time ?? 0) > now - 30_000);
    const taken = (side: 'buy' | 'sell'): number =>
      recent.filter((trade) => trade.side === side).reduce((sum, { size }) => sum + size, 0);
    const rests = (side: 'bids' | 'asks'): number =>
      (stream.book()?.[side] ?? []).slice(0, 5).reduce((sum, [, size]) => sum + size, 0);
    // Shares from 0 to 1; NaN, which no comparison is true of, where nothing was traded or nothing rests.
    const pressure = taken('buy') / (taken('buy') + taken('sell'));
    const weight = rests('bids') / (rests('bids') + rests('asks'));
    if (this.position.size === 0) {
      if (pressure > 0.65 && weight > 0.6 && this.buy() !== undefined) this.entryBar = this.data.length;
    } else if (pressure < 0.35 || this.data.length - this.entryBar >= 12) this.close();
  }
}

const recording = fileURLToPath(new URL('recordings/order-flow.jsonl.gz', import.meta.url));
const cerebro = new Cerebro({ cash: 10_000 });
cerebro.addData(
  new StreamingFeed({ exchange: 'binance', symbol: 'BTC/USDT', timeframe: '5s', recording }).subscribeBook(),
);
cerebro.addStrategy(Flow);
const { steps, strategies, finalValue } = await cerebro.run();
console.log(`${steps} bars, ${strategies[0]?.trades.length ?? 0} trades, final value ${finalValue.toFixed(2)}`);
