/** A trade that ends where it began is neither won nor lost, whatever binary fractions leave of decimal sizes. */
import { describe, expect, it } from 'vitest';
import { Cerebro, TradeAnalyzer, type CerebroOptions, type RunResult } from 'nextbar';
import { BarsDataFeed, Strategy } from 'nextbar';
import { barsOf, scenario } from './table.ts';

const flat = barsOf(`
  100 100 100 100
  100 100 100 100
  100 100 100 100
  100 100 100 100
`);

class InParts extends Strategy<{ parts: readonly number[]; whole: number }> {
  static readonly params: { parts: readonly number[]; whole: number } = { parts: [0.1, 0.2], whole: 0.3 };

  override next(): void {
    if (this.data.length === 1) for (const size of this.params.parts) this.buy({ size });
    if (this.data.length === 2) this.sell({ size: this.params.whole });
  }
}

function run(options: CerebroOptions, params: { parts?: readonly number[]; whole?: number } = {}): Promise<RunResult> {
  return new Cerebro({ cash: 10_000, ...options })
    .addData(new BarsDataFeed({ name: 'btc', timeframe: '1h', bars: flat }))
    .addStrategy(InParts, params)
    .addAnalyzer(TradeAnalyzer)
    .run();
}

describe.each(['float', 'decimal'] as const)('on the %s ledger', (ledger) => {
  it.each([
    [[0.1, 0.2], 0.3],
    [[0.7, 0.1], 0.8],
    [[1.1, 2.2], 3.3],
    [[0.1, 0.1, 0.1], 0.3],
  ])('%j bought and %d sold at one price are even', async (parts, whole) => {
    const { stats, strategies } = await run({ ledger }, { parts, whole });
    expect(stats).toMatchObject({ trades: 1, wonTrades: 0, lostTrades: 0, winRate: 0 });
    const [trade] = strategies[0]!.trades;
    expect([trade!.pnl, trade!.pnlNet]).toEqual([0, 0]);
    expect(strategies[0]!.analyzer(TradeAnalyzer)).toMatchObject({ even: 1, won: { total: 0 }, lost: { total: 0 } });
  });

  it('a fee makes the same trade a loss', async () => {
    const { stats } = await run({ ledger, commission: 1e-6 });
    expect(stats).toMatchObject({ wonTrades: 0, lostTrades: 1 });
  });
});

it('the smallest real profit is a profit', () =>
  scenario(
    `
    open     high     low      close    | orders     | told
    60000    60000    60000    60000    | a: buy 1   |
    60000    60000    60000    60000    | b: sell 1  | a 1 @ 60000
    60000.01 60000.01 60000.01 60000.01 |            | b -1 @ 60000.01
    `,
    { cash: 100_000 },
  ).then(({ stats }) => {
    expect(stats).toMatchObject({ wonTrades: 1, lostTrades: 0 });
  }));
