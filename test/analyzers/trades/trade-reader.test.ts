/** Analyzers that read closed trades in columns: the same figures as of trades told one by one, at any moment, and of trades long dropped. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, SQN, Strategy, TradeAnalyzer, crossover, generateBars, sma, type Trade } from 'nextbar';

const bars = generateBars({ seed: 8, timeframe: '1m', count: 6_000, start: Date.UTC(2024, 0, 1) });

class Turning extends Strategy {
  readonly cross = crossover(sma(this.data.close, 3), sma(this.data.close, 8));

  override next(): void {
    const { now } = this.cross;
    if (now === 0) return;
    this.close();
    if (now > 0) this.buy({ size: 1 });
    else this.sell({ size: 1 });
  }
}

/** Told of each trade, as a class with a `notifyTrade` of its own is. */
class Told extends TradeAnalyzer {
  override notifyTrade(trade: Trade): void {
    super.notifyTrade(trade);
  }
}

/** Leaves short trades out. */
class LongOnly extends TradeAnalyzer {
  override notifyTrade(trade: Trade): void {
    if (trade.isLong) super.notifyTrade(trade);
  }
}

function cerebro(): Cerebro {
  const made = new Cerebro({ cash: 1e7, commission: 0.0005, account: 'margin' });
  return made.addData(new BarsDataFeed({ bars, timeframe: '1m', name: 'A' }));
}

describe('closed trades', () => {
  it('come to the same whether an analyzer is told of each or reads them', async () => {
    const result = await cerebro().addStrategy(Turning).addAnalyzer(TradeAnalyzer).addAnalyzer(Told).addAnalyzer(LongOnly).run(); // prettier-ignore
    const [strategy] = result.strategies;
    const read = strategy!.analyzer(TradeAnalyzer);
    const { trades } = strategy!;
    expect(read).toEqual(strategy!.analyzer(Told));
    expect(read.total).toEqual({
      total: trades.length + read.total.open,
      open: read.total.open,
      closed: trades.length,
    });
    expect(read.total.closed).toBeGreaterThan(500);
    expect(read.pnl.net.total).toBeCloseTo(trades.reduce((sum, { pnlNet }) => sum + pnlNet, 0), 6); // prettier-ignore
    expect(read.length.total).toBe(trades.reduce((sum, trade) => sum + trade.bars, 0));
    expect(read.short.total).toBeGreaterThan(0);
    const { long, short, total } = strategy!.analyzer(LongOnly);
    expect([long, short.total, total.closed]).toEqual([read.long, 0, read.long.total]);
  });

  it('are counted in a run of bounded memory that has dropped most of them', async () => {
    const make = (): Cerebro => cerebro().addStrategy(Turning).addAnalyzer(TradeAnalyzer).addAnalyzer(SQN);
    const [whole, bounded] = [await make().run(), await make().run({ keepBars: 40, keepOrders: 20 })];
    expect(bounded.strategies[0]!.dropped.trades).toBeGreaterThan(100);
    expect(bounded.strategies[0]!.analyzer(TradeAnalyzer)).toEqual(whole.strategies[0]!.analyzer(TradeAnalyzer));
    expect(bounded.strategies[0]!.analyzer(SQN)).toEqual(whole.strategies[0]!.analyzer(SQN));
  });

  it('are those up to now where the figures are asked for in the run', async () => {
    const made: TradeAnalyzer[] = [];
    class Kept extends TradeAnalyzer {
      override start(): void {
        made.push(this);
      }
    }
    const seen: number[] = [];
    class Looking extends Turning {
      private readonly told = { open: 0, closed: 0 };

      override notifyTrade({ status }: Trade): void {
        this.told[status]++;
      }

      override next(): void {
        super.next();
        if (this.data.length % 500 !== 0) return;
        const { closed, total } = made[0]!.result().total;
        seen.push(closed);
        expect([closed, total]).toEqual([this.told.closed, this.told.open]);
      }
    }
    const result = await cerebro().addStrategy(Looking).addAnalyzer(Kept).run();
    expect(seen).toHaveLength(12);
    expect(result.strategies[0]!.analyzer(Kept).total.closed).toBe(result.strategies[0]!.trades.length);
  });
});
