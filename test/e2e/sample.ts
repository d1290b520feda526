/** A run with everything a report can show: two datas, two timeframes, brackets, panes, plots, marks, tags, an observer. */
import { Cerebro, GeneratedDataFeed, rsi, sma, bollinger, atr, macd, Strategy, crossover, type Order, type RunResult } from 'nextbar'; // prettier-ignore
import { DrawDownObserver } from 'nextbar/analyzers';

/** Trades crossings with a bracket, and draws its stop. */
export class Bracketed extends Strategy<typeof Bracketed.params> {
  static readonly params = { fast: 8, slow: 30 };
  readonly fast = sma(this.data.close, this.params.fast).plot({ colour: '#e08a1e' });
  readonly slow = sma(this.data.close, this.params.slow);
  readonly bands = bollinger(this.data.close, 20);
  readonly strength = rsi(this.data.close, 14);
  readonly trend = macd(this.data.close);
  readonly range = atr(this.data, 14).plot({ pane: 'ATR', style: 'area' });
  readonly cross = crossover(this.fast, this.slow);
  private stopPrice = NaN;
  private waiting: Order | undefined;

  override next(): void {
    const price = this.data.close.now;
    // Orders that are no trades: one that works to the end, some that are canceled or expire, some that the cash does not cover.
    const bar = this.data.length;
    if (bar === 60) this.buy({ type: 'limit', price: price * 0.1, size: 0.1, tag: 'far' });
    if (bar % 400 === 100) this.waiting = this.buy({ type: 'limit', price: price * 0.9, size: 0.1, tag: 'wait' });
    if (bar % 400 === 140 && this.waiting?.isAlive === true) this.cancel(this.waiting);
    if (bar % 400 === 200)
      this.buy({ type: 'limit', price: price * 0.9, size: 0.1, valid: { afterMs: 12 * 3_600_000 } });
    if (bar % 400 === 300) this.buy({ size: 1e6 });
    if (this.position.size === 0 && this.cross.now !== 0) {
      const distance = 2.5 * this.range.now;
      const isUp = this.cross.now > 0;
      this.stopPrice = isUp ? price - distance : price + distance;
      const options = { size: 0.1, tag: isUp ? 'up' : 'down', type: 'market' as const };
      if (isUp) this.buyBracket({ ...options, stopLoss: this.stopPrice, takeProfit: price + 2 * distance });
      else this.sellBracket({ ...options, stopLoss: this.stopPrice, takeProfit: price - 2 * distance });
      this.mark(isUp ? 'up' : 'down', { position: isUp ? 'below' : 'above', shape: isUp ? 'arrowUp' : 'arrowDown' });
    }
    this.plot('stop', this.position.size === 0 ? NaN : this.stopPrice, {
      pane: 'price',
      style: 'step',
      colour: 'crimson',
    });
  }

  override notifyOrder(_order: Order): void {}
}

/** The run. */
export async function sampleRun(bars = 3_000): Promise<RunResult> {
  const cerebro = new Cerebro({ cash: 10_000, commission: 0.0005 });
  const feed = new GeneratedDataFeed({
    timeframe: '1h',
    seed: 11,
    count: bars,
    symbol: 'BTC/USDT',
    start: '2023-01-01',
  });
  cerebro.addData(feed);
  cerebro.resampleData('BTC/USDT', '1d');
  cerebro.addStrategy(Bracketed);
  cerebro.addObserver(DrawDownObserver);
  return cerebro.run();
}
