/** The strategies that the engine is timed with, each on one class of work. */
import {
  atr,
  BarsDataFeed,
  bollinger,
  Cerebro,
  crossover,
  DrawDown,
  fixedSize,
  rsi,
  SharpeRatio,
  sma,
  Strategy,
  TradeAnalyzer,
  type Bars,
  type Line,
  type Order,
  type RunResult,
} from 'nextbar';

/** W1: two averages cross, one data. */
export class Cross extends Strategy {
  readonly cross = crossover(sma(this.data.close, 10), sma(this.data.close, 30));

  override next(): void {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}

/** W2: the same on every data of the run. */
export class CrossOnAll extends Strategy {
  readonly crosses: readonly Line[] = this.datas.map((data) => crossover(sma(data.close, 10), sma(data.close, 30)));

  override next(): void {
    for (let k = 0; k < this.datas.length; k++) {
      const sign = this.crosses[k]!.now;
      if (sign === 0) continue;
      const data = this.datas[k]!;
      if (sign > 0) this.buy({ data });
      else this.close({ data });
    }
  }
}

/** W3: buys weakness, and leaves by a stop or a limit, whichever comes first. */
export class BuyWeakness extends Strategy {
  readonly strength = rsi(this.data.close, 14);
  readonly bands = bollinger(this.data.close, 20, 2);
  readonly range = atr(this.data, 14);
  private stopAt = 0;
  private limitAt = 0;
  private entry: Order | undefined;

  override next(): void {
    if (this.entry !== undefined || this.position.size !== 0) return;
    const close = this.data.close.now;
    if (this.strength.now >= 35 || close >= this.bands.bottom.now) return;
    const range = this.range.now;
    this.stopAt = close - 2 * range;
    this.limitAt = close + 3 * range;
    this.entry = this.buy();
  }

  override notifyOrder(order: Order): void {
    if (order !== this.entry || order.isAlive) return;
    this.entry = undefined;
    if (order.status !== 'completed') return;
    const stop = this.sell({ type: 'stop', price: this.stopAt, size: order.size });
    this.sell({ type: 'limit', price: this.limitAt, size: order.size, oco: stop });
  }
}

/** W6: a bracket on each tenth bar, several open at a time. */
export class Brackets extends Strategy {
  override next(): void {
    if (this.data.length % 10 !== 0) return;
    const close = this.data.close.now;
    this.buyBracket({ stopLoss: close * 0.995, takeProfit: close * 1.005 });
  }
}

/** What is checked and shown of a run. */
export interface Outcome {
  readonly final: number;
  readonly trades: number;
  readonly drawDown: number;
  readonly sharpe: number | undefined;
  readonly orders: number;
}

/** A data over bars that were made before: checked when it is made, not when it runs. */
export function feedOf(bars: Bars, name = 'bench'): BarsDataFeed {
  return new BarsDataFeed({ bars, timeframe: '1m', symbol: 'BTC/USDT', name });
}

/** Runs a strategy as every workload does: cash 1e8, 10 units an order, 0.1 % a side, with three analyzers read at the end. */
export async function runWorkload(
  strategy: new (...context: ConstructorParameters<typeof Strategy>) => Strategy,
  feeds: readonly BarsDataFeed[],
): Promise<Outcome> {
  const cerebro = new Cerebro({ cash: 1e8, commission: 0.001 });
  for (const feed of feeds) cerebro.addData(feed);
  cerebro.addStrategy(strategy).addSizer(fixedSize(10));
  cerebro.addAnalyzer(TradeAnalyzer).addAnalyzer(DrawDown).addAnalyzer(SharpeRatio);
  return outcomeOf(await cerebro.run());
}

/** The same as a contract, for `runPerpetual`. */
export function contractFeedOf(bars: Bars): BarsDataFeed {
  return new BarsDataFeed({ bars, timeframe: '1m', symbol: 'BTC/USDT:USDT', name: 'perpetual' });
}

/** As `runWorkload`, on a linear perpetual at leverage 5, with maintenance margin and funding every eight hours. */
export async function runPerpetual(
  strategy: new (...context: ConstructorParameters<typeof Strategy>) => Strategy,
  feed: BarsDataFeed,
  bars: Bars,
): Promise<Outcome> {
  const eightHours = 28_800_000;
  const first = Math.ceil(bars.time[0]! / eightHours) * eightHours;
  const payments = Math.floor((bars.time.at(-1)! - first) / eightHours) + 1;
  const funding = Array.from({ length: payments }, (_, k) => ({ time: first + k * eightHours, rate: 0.0001 }));
  const cerebro = new Cerebro({ cash: 1e8, commission: 0.001, account: { leverage: 5 } });
  cerebro.addData(feed);
  cerebro.setInstrument('perpetual', { funding, marginTiers: [{ upTo: 1e9, maintenanceRate: 0.004 }] });
  cerebro.addStrategy(strategy).addSizer(fixedSize(10));
  cerebro.addAnalyzer(TradeAnalyzer).addAnalyzer(DrawDown).addAnalyzer(SharpeRatio);
  return outcomeOf(await cerebro.run());
}

function outcomeOf(result: RunResult): Outcome {
  const [strategy] = result.strategies;
  if (strategy === undefined) throw new Error('the run had no strategy');
  return {
    final: result.finalValue,
    trades: strategy.analyzer(TradeAnalyzer).total.closed,
    drawDown: strategy.analyzer(DrawDown).max.depth,
    sharpe: strategy.analyzer(SharpeRatio).sharpe,
    orders: strategy.orders.length,
  };
}
