/** What may be said of engines, feeds, analyzers and results, and what must not compile. */
import {
  Analyzer,
  BarsDataFeed,
  bollinger,
  Cerebro,
  CsvDataFeed,
  DrawDown,
  fixedSize,
  macd,
  SharpeRatio,
  sma,
  stochastic,
  TradeAnalyzer,
  type Bar,
  type Data,
  type Line,
  type RunResult,
  type Sizer,
  type Trade,
} from 'nextbar';

const cerebro = new Cerebro({ cash: 1_000, commission: 0.001, slippage: 0.0005, cheatOnOpen: true });

// @ts-expect-error one name per option
export const misspelt = new Cerebro({ cahs: 1_000 });
// @ts-expect-error money is a number
export const text = new Cerebro({ cash: '1000' });
// @ts-expect-error a policy that is none
export const lucky = new Cerebro({ intrabar: 'lucky' });

cerebro.addData(new CsvDataFeed({ path: 'bars.csv', timeframe: '1h', start: '2024-01-01', end: new Date(0) }), 'btc');
// @ts-expect-error a feed needs to know the length of its bars
cerebro.addData(new CsvDataFeed({ path: 'bars.csv' }));
// @ts-expect-error a path is not a feed
cerebro.addData('bars.csv');

const bar: Bar = { time: 0, open: 1, high: 2, low: 0.5, close: 1.5, volume: 10 };
cerebro.addData(new BarsDataFeed({ bars: [bar], timeframe: '1d' }));
// @ts-expect-error a bar is not changed
bar.close = 2;
// @ts-expect-error a bar has a volume
export const short: Bar = { time: 0, open: 1, high: 2, low: 0.5, close: 1.5 };

cerebro
  .addSizer(fixedSize(10))
  .addAnalyzer(TradeAnalyzer)
  .addAnalyzer(DrawDown)
  .addAnalyzer(SharpeRatio, { riskFreeRate: 0.02 });
// @ts-expect-error an analyzer's options are checked
cerebro.addAnalyzer(SharpeRatio, { riskFree: 0.02 });
// @ts-expect-error a class, not an instance
cerebro.addAnalyzer(new DrawDown());

/** A sizer in one line. */
export const all: Sizer = { ...fixedSize(1), summary: 'one unit' };

/** An analyzer of one's own: its result has a type. */
class Winners extends Analyzer<{ winners: number }> {
  private winners = 0;

  override notifyTrade(trade: Trade): void {
    if (trade.status === 'closed' && trade.pnlNet > 0) this.winners++;
  }

  override result(): { winners: number } {
    return { winners: this.winners };
  }
}

export function read(result: RunResult): number {
  const strategy = result.strategies[0];
  // @ts-expect-error there may be no such strategy
  strategy.trades;
  if (strategy === undefined) return 0;
  const { winners } = strategy.analyzer(Winners);
  const depth: number = strategy.analyzer(DrawDown).max.depth;
  // @ts-expect-error a Sharpe ratio of too few returns is undefined
  const sharpe: number = strategy.analyzer(SharpeRatio).sharpe;
  // @ts-expect-error a name that the result does not have
  strategy.analyzer(TradeAnalyzer).totals;
  // @ts-expect-error results are not for writing
  result.finalValue = 0;
  return winners + depth + sharpe;
}

/** Indicators give a line, or a record of lines. */
export function indicators(data: Data): Line[] {
  const { top, mid, bottom } = bollinger(data.close, 20, 2);
  const { signal, histogram } = macd(data.close);
  const { k, d } = stochastic(data);
  // @ts-expect-error an indicator grows from a line, not from a number
  sma(data.close.now, 10);
  // @ts-expect-error a period is a number
  sma(data.close, '10');
  // @ts-expect-error a record of lines is no line
  sma(bollinger(data.close, 20, 2), 10);
  return [top, mid, bottom, signal, histogram, k, d, top.sub(bottom).div(mid), data.close.gt(top)];
}
