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

  override next(): void {
    const price = this.data.close.now;
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
