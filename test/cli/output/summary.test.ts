/** The summary and its figures, on runs small enough to be worked out by hand. */
import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, fixedSize, Strategy, type Bar, type RunResult } from 'nextbar';
import { systemRuntime } from 'nextbar/extend';
import { markdownSummary } from 'nextbar/report';

import { renderSummary } from '../../../src/cli/output/summary.ts';

const day = 86_400_000;
const t0 = Date.UTC(2024, 0, 1);

/** Daily bars that open and close at these prices. */
function barsOf(prices: readonly (readonly [open: number, close: number])[]): Bar[] {
  return prices.map(([open, close], i) => ({
    time: t0 + i * day,
    open,
    close,
    high: Math.max(open, close),
    low: Math.min(open, close),
    volume: 1,
  }));
}

/** Buys one unit after the closes of the bars numbered here, from 1, and closes after the others. */
class Planned extends Strategy<typeof Planned.params> {
  static readonly params = { buys: [1], closes: [3] };
  override next(): void {
    if (this.params.buys.includes(this.data.length)) this.buy();
    if (this.params.closes.includes(this.data.length)) this.close();
  }
}

function run(bars: readonly Bar[], params: Partial<typeof Planned.params> = {}, cash = 1000): Promise<RunResult> {
  return new Cerebro({ whenCashShort: 'refuse', cash, commission: 0.01 })
    .addData(new BarsDataFeed({ bars, timeframe: '1d', symbol: 'X' }))
    .addStrategy(Planned, params)
    .addSizer(fixedSize(1))
    .run();
}

const prices = barsOf([[100, 100], [100, 110], [110, 90], [120, 120], [120, 130], [130, 125], [110, 110]]); // prettier-ignore

describe('the figures of a run', () => {
  it('are those worked out by hand', async () => {
    // Bought at 100 and sold at 120: 20 less 2.20. Bought at 120 and sold at 110: -10 less 2.30.
    const figures = (await run(prices, { buys: [1, 4], closes: [3, 6] })).stats;
    expect(figures.trades).toBe(2);
    expect(figures.openTrades).toBe(0);
    expect(figures.winRate).toBe(0.5);
    expect(figures.bestTrade).toBeCloseTo(17.8, 9);
    expect(figures.worstTrade).toBeCloseTo(-12.3, 9);
    expect(figures.profitFactor).toBeCloseTo(17.8 / 12.3, 9);
    expect(figures.expectancy).toBeCloseTo(2.75, 9);
    expect(figures.averageTradeMs).toBe(2 * day);
    expect(figures.fees).toBeCloseTo(4.5, 9);
    expect(figures.totalReturn).toBeCloseTo(5.5 / 1000, 12);
    expect(figures.buyAndHoldReturn).toBeCloseTo(0.1, 12);
    // Seven days say nothing about a year.
    expect([figures.cagr, figures.sharpe, figures.sortino, figures.volatility, figures.calmar]).toEqual(
      Array(5).fill(undefined),
    );
    // Value by day: 1000, 1009, 989, 1017.8, 1026.6, 1021.6, 1005.5; the peak 1026.6 was not seen again.
    expect(figures.maxDrawdown).toBeCloseTo(1 - 1005.5 / 1026.6, 9);
    expect(figures.maxDrawdownMoney).toBeCloseTo(21.1, 9);
    expect(figures.longestUnderwaterMs).toBe(2 * day);
  });

  it('are defined without trades, with a single bar and with winners alone', async () => {
    const single = (await run(prices.slice(0, 1))).stats;
    expect(single).toMatchObject({ totalReturn: 0, trades: 0, maxDrawdown: 0, longestUnderwaterMs: 0, fees: 0 });
    expect([single.sharpe, single.winRate, single.profitFactor, single.bestTrade]).toEqual(Array(4).fill(undefined));
    const winner = (await run(prices, { buys: [1], closes: [3] })).stats;
    expect([winner.winRate, winner.profitFactor]).toEqual([1, undefined]);
  });
});

describe('the summary', () => {
  const context = (isTTY: boolean): Parameters<typeof renderSummary>[2] => ({
    stdout: { write: () => true, isTTY, columns: 90 },
    stderr: { write: () => true },
    env: {},
    runtime: systemRuntime,
    leaveInterrupts: () => Promise.resolve(),
    onBrokenOutput: () => undefined,
  });
  const render = (result: RunResult, isTTY = false): string =>
    renderSummary(result, { took: 12.3, isSynthetic: false }, context(isTTY));

  it('is aligned, within its width, and has no colour but on a terminal', async () => {
    const result = await run(prices);
    const plain = render(result);
    expect(plain).not.toContain('\u001b');
    for (const line of plain.split('\n')) expect(line.length).toBeLessThanOrEqual(90);
    expect(plain).toMatch(/Value {2}1,000\.00 → 1,017\.80 {2}\+1\.78 %/);
    expect(plain).toMatch(/Won +100\.0 %\n/);
    expect(plain).toMatch(/A year, compounded +- /);
    const colours = new RegExp(String.raw`\u001b\[\d+m`, 'g');
    const painted = render(result, true);
    expect(painted).toContain('\u001b[32m+1.78 %\u001b[39m');
    expect(painted.replace(colours, '').replace(/ +\n/g, '\n')).toBe(plain);
  });

  it('says when orders were refused for lack of cash, and when there were none', async () => {
    expect(render(await run(prices, {}, 50))).toMatch(/Orders +1 refused for lack of cash\n/);
    expect(render(await run(prices, { buys: [], closes: [] }))).toMatch(/Orders +none were placed\n/);
  });

  it('names eight datas, and of more the first three with the count of the rest', async () => {
    class Nothing extends Strategy {
      override next(): void {}
    }
    const datasOf = async (count: number): Promise<[terminal: string[], markdown: string[]]> => {
      const cerebro = new Cerebro().addStrategy(Nothing);
      for (let k = 1; k <= count; k++)
        cerebro.addData(new BarsDataFeed({ bars: prices, timeframe: '1d', symbol: `S${k}` }));
      const result = await cerebro.run();
      const about = (text: string): string[] =>
        text.split('\n').filter((line) => /^[- ]+(S\d+|and \d+ more)\b.*bars/.test(line));
      return [about(render(result)), about(markdownSummary(result))];
    };
    for (const lines of await datasOf(8)) expect(lines).toHaveLength(8);
    for (const count of [9, 200]) {
      for (const lines of await datasOf(count)) {
        expect(lines).toHaveLength(4);
        expect(lines[2]).toMatch(/^[- ]+S3\b/);
        const all = (count * prices.length).toLocaleString('en');
        expect(lines[3]!.replace(/^[- ]+/, '')).toBe(`and ${count - 3} more datas: ${all} bars in all`);
      }
    }
  });

  it('says that bars are synthetic', async () => {
    const text = renderSummary(await run(prices), { took: 1, isSynthetic: true }, context(false));
    expect(text).toContain('synthetic');
  });
});
