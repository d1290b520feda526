/** Readings of trades and fills, from runs whose fills are worked out by hand. */
import { describe, expect, it } from 'vitest';
import {
  BarsDataFeed,
  Cerebro,
  Fees,
  PyFolio,
  PositionsValue,
  SQN,
  Strategy,
  TradeAnalyzer,
  Transactions,
  Turnover,
  barsFromRows,
  type RunResult,
} from 'nextbar';
import { BuySellObserver, TradesObserver, pyFolioCsv } from 'nextbar/analyzers';
import { dayMs, monday } from '../ground.ts';

/** What to do in the bar of a number: bought or sold, filled at the next bar's open. */
type Script = Readonly<Record<number, readonly number[]>>;

class Scripted extends Strategy<{ script: Script }> {
  static readonly params: { script: Script } = { script: {} };

  override next(): void {
    for (const size of this.params.script[this.data.length - 1] ?? []) {
      if (size > 0) this.buy({ size });
      else this.sell({ size: -size });
    }
  }
}

/** Daily bars that open at these prices and close where the next one opens. */
function feed(opens: readonly number[]): BarsDataFeed {
  const bars = barsFromRows(
    opens.map((open, k) => {
      const close = opens[k + 1] ?? open;
      return {
        time: monday + k * dayMs,
        open,
        high: Math.max(open, close),
        low: Math.min(open, close),
        close,
        volume: 1,
      };
    }),
  );
  return new BarsDataFeed({ name: 'A', symbol: 'A/USDT', timeframe: '1d', bars });
}

function run(opens: readonly number[], script: Script, commission = 0): Promise<RunResult> {
  return new Cerebro({ cash: 1000, commission })
    .addData(feed(opens))
    .addStrategy(Scripted, { script })
    .addAnalyzer(TradeAnalyzer)
    .addAnalyzer(SQN)
    .addAnalyzer(Fees)
    .addAnalyzer(Turnover)
    .addAnalyzer(Transactions)
    .addAnalyzer(PositionsValue)
    .addAnalyzer(PyFolio)
    .addAnalyzer(TradesObserver)
    .addAnalyzer(BuySellObserver)
    .run();
}

// Long 100 -> 110 (+10), short 110 -> 115 (-5), long 115 -> 135 (+20), short 135 -> 135 (0), long 135 -> 127 (-8), one left open.
const opens = [99, 100, 110, 115, 135, 135, 127, 130, 131];
const script: Script = { 0: [1], 1: [-2], 2: [2], 3: [-2], 4: [2], 5: [-1], 6: [3] };

describe('trades', () => {
  it('are counted and summed by outcome and side', async () => {
    const analysis = (await run(opens, script)).strategies[0]!.analyzer(TradeAnalyzer);
    expect(analysis.total).toEqual({ total: 6, open: 1, closed: 5 });
    expect(analysis.pnl.net).toEqual({ total: 17, average: 3.4 });
    expect(analysis.won).toEqual({ total: 2, pnl: { total: 30, average: 15, best: 20 } });
    expect(analysis.lost).toEqual({ total: 2, pnl: { total: -13, average: -6.5, best: -8 } });
    expect(analysis.even).toBe(1);
    expect(analysis.streak).toEqual({ won: { current: 0, longest: 1 }, lost: { current: 1, longest: 1 } });
    expect(analysis.long).toMatchObject({ total: 3, won: 2, lost: 1, pnl: { total: 22 } });
    expect(analysis.short).toMatchObject({
      total: 2,
      won: 0,
      lost: 1,
      pnl: { total: -5, won: { average: undefined } },
    });
    expect(analysis.length).toMatchObject({ total: 5, average: 1, max: 1, min: 1 });
    expect(analysis.length.short.won).toEqual({ total: 0, average: undefined, max: undefined, min: undefined });
  });

  it('come to a system quality number', async () => {
    const result = await run(opens, script);
    expect(result.strategies[0]!.analyzer(SQN).sqn).toBeCloseTo(0.659727946850383, 12);
  });

  it('that never happened come to zeros and nothing', async () => {
    const result = await run(opens, {});
    const analysis = result.strategies[0]!.analyzer(TradeAnalyzer);
    expect(analysis.total).toEqual({ total: 0, open: 0, closed: 0 });
    expect(analysis.won).toEqual({ total: 0, pnl: { total: 0, average: undefined, best: undefined } });
    expect(result.strategies[0]!.analyzer(SQN)).toEqual({ sqn: undefined, trades: 0 });
    expect(result.strategies[0]!.analyzer(Turnover)).toMatchObject({ traded: 0, turnover: 0 });
    expect(result.strategies[0]!.analyzer(Fees)).toEqual({ total: 0, byData: {}, fills: 0 });
  });

  it('that all won leave no profit factor', async () => {
    const { stats } = await run([1, 100, 110, 110], { 0: [1], 1: [-1] });
    expect(stats).toMatchObject({
      trades: 1,
      wonTrades: 1,
      winRate: 1,
      profitFactor: undefined,
      averageLoss: undefined,
      sqn: undefined,
    });
  });
});

describe('fills', () => {
  it('cost what their commissions say, those of open trades included', async () => {
    const fees = (await run([1, 100, 110, 120], { 0: [1], 1: [-1], 2: [2] }, 0.01)).strategies[0]!.analyzer(Fees);
    expect(fees.total).toBeCloseTo(1 + 1.1 + 2.4, 12);
    expect(fees.fills).toBe(3);
  });

  it('are turned over by the mean value', async () => {
    const turnover = (await run([1, 100, 100, 100], { 0: [5], 1: [-5] })).strategies[0]!.analyzer(Turnover);
    expect(turnover).toEqual({ traded: 1000, turnover: 1, perYear: 365 / 4 });
  });

  it('are listed one by one with what they brought', async () => {
    const rows = (await run([1, 100, 110, 120], { 0: [1, 2], 1: [-3] })).strategies[0]!.analyzer(Transactions);
    const row = { data: 'A', index: 0, symbol: 'A/USDT', commission: 0 };
    expect(rows).toEqual([
      { ...row, time: monday + 2 * dayMs, opened: monday + dayMs, size: 1, price: 100, value: -100 },
      { ...row, time: monday + 2 * dayMs, opened: monday + dayMs, size: 2, price: 100, value: -200 },
      { ...row, time: monday + 3 * dayMs, opened: monday + 2 * dayMs, size: -3, price: 110, value: 330 },
    ]);
  });

  it("are netted by step in Backtrader's way", async () => {
    const result = await new Cerebro({ cash: 1000 })
      .addData(feed([1, 100, 110, 120]))
      .addStrategy(Scripted, { script: { 0: [1, 2], 1: [1, -1] } })
      .addAnalyzer(Transactions, { compat: 'backtrader' })
      .run();
    expect(result.strategies[0]!.analyzer(Transactions)).toMatchObject([{ size: 3, price: 100 }]);
  });

  it('are shown as lines along the steps', async () => {
    const [strategy] = (await run([1, 100, 110, 90, 90], { 0: [1], 1: [-2], 2: [1] })).strategies;
    const marks = strategy!.analyzer(BuySellObserver);
    expect([...marks.buy]).toEqual([NaN, 100, NaN, 90, NaN]);
    expect([...marks.sell]).toEqual([NaN, NaN, 110, NaN, NaN]);
    const profits = strategy!.analyzer(TradesObserver);
    expect([...profits.profit]).toEqual([NaN, NaN, 10, 20, NaN]);
    expect([...profits.loss]).toEqual([NaN, NaN, NaN, NaN, NaN]);
  });

  it('and positions make the tables of pyfolio', async () => {
    const [strategy] = (await run([100, 100, 110, 120], { 0: [2], 1: [-2] })).strategies;
    expect([...strategy!.analyzer(PositionsValue).positions['A']!]).toEqual([0, 220, 0, 0]);
    const tables = pyFolioCsv(strategy!.analyzer(PyFolio));
    expect(tables.positions).toBe(
      'date,A,cash\n2024-01-01,0,1000\n2024-01-02,220,800\n2024-01-03,0,1020\n2024-01-04,0,1020\n',
    );
    expect(tables.transactions).toBe(
      'date,amount,price,symbol,value\n' +
        '2024-01-03T00:00:00.000Z,2,100,A/USDT,-200\n2024-01-04T00:00:00.000Z,-2,110,A/USDT,220\n',
    );
    expect(tables.returns.split('\n').slice(0, 3)).toEqual([
      'date,return',
      '2024-01-01,0',
      '2024-01-02,0.020000000000000018',
    ]);
    expect(tables.grossLeverage.split('\n')[2]).toBe(`2024-01-02,${220 / 1020}`);
  });
});

describe('the statistics of a run', () => {
  it('are there without being asked for', async () => {
    const { stats } = await run(opens, script);
    expect(stats).toMatchObject({
      trades: 5,
      openTrades: 1,
      wonTrades: 2,
      lostTrades: 2,
      winRate: 0.4,
      expectancy: 3.4,
      averageWin: 15,
      averageLoss: -6.5,
      bestTrade: 20,
      worstTrade: -8,
      averageTradeMs: dayMs,
      longestTradeMs: dayMs,
      longestWinStreak: 1,
      longestLossStreak: 1,
      fees: 0,
    });
    expect(stats.profitFactor).toBeCloseTo(30 / 13, 14);
    // 17 from closed trades, and 3 units open from 130 to 131, on 1000.
    expect(stats.totalReturn).toBeCloseTo(0.02, 12);
    expect(stats.buyAndHoldReturn).toBeCloseTo(131 / 99 - 1, 14);
    expect(stats.exposure).toBeCloseTo(7 / 9, 14);
  });

  it('of a single bar and of no trades are undefined where they mean nothing, and never NaN', async () => {
    const { stats } = await run([100], {});
    expect(stats).toMatchObject({
      totalReturn: 0,
      cagr: undefined,
      volatility: undefined,
      sharpe: undefined,
      sortino: undefined,
      calmar: undefined,
      maxDrawdown: 0,
      winRate: undefined,
      exposure: 0,
      bestDay: 0,
      longestTradeMs: undefined,
    });
    for (const value of Object.values(stats)) expect(value).not.toBeNaN();
    expect(JSON.parse(JSON.stringify(stats))).toMatchObject({ trades: 0, fees: 0 });
  });

  it('take several strategies together', async () => {
    const result = await new Cerebro({ cash: 1000, commission: 0.01 })
      .addData(feed([100, 100, 110, 110]))
      .addStrategy(Scripted, { script: { 0: [1], 1: [-1] } })
      .addStrategy(Scripted, { script: { 0: [2], 1: [-2] } })
      .run();
    expect(result.stats.trades).toBe(2);
    expect(result.stats.fees).toBeCloseTo(3 + 3.3, 12);
    expect(result.stats.totalReturn).toBeCloseTo((30 - 6.3) / 1000, 12);
  });
});
