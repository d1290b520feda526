/** The figures of the summary, grouped. */
import type { RunResult } from '../../engine/index.ts';
import { amount, change, count, nothing, percent, ratio, span } from './words.ts';

const dayMs = 86_400_000;

/** One line of a block. */
export interface SummaryRow {
  readonly label: string;
  readonly value: string;
  readonly mood?: 'good' | 'bad' | undefined;
}

/** Figures that belong together. */
export interface SummaryBlock {
  readonly title: string;
  readonly rows: readonly SummaryRow[];
}

/** Return, trades, risk and costs of a run. */
export function summaryBlocks(result: RunResult): SummaryBlock[] {
  const stats = result.stats;
  const open = stats.openTrades === 0 ? '' : ` (${count(stats.openTrades)} open)`;
  // A few days compounded to a year mean nothing.
  const cagr = result.end - result.start < 30 * dayMs ? undefined : stats.cagr;
  const extremes = `${amount(stats.bestTrade)}, ${amount(stats.worstTrade)}`;
  return [
    {
      title: 'Return',
      rows: [
        moody('Total return', stats.totalReturn, change),
        moody('A year, compounded', cagr, change),
        moody('Buying and holding', stats.buyAndHoldReturn, change),
        plain('Volatility a year', percent(stats.volatility)),
        plain('Sharpe ratio (daily)', ratio(stats.sharpe)),
      ],
    },
    {
      title: 'Trades',
      rows: [
        plain('Closed', `${count(stats.trades)}${open}`),
        plain('Won', percent(stats.winRate, 1)),
        plain('Profit factor', ratio(stats.profitFactor)),
        moody('Average trade', stats.expectancy, amount),
        plain('Best, worst', stats.trades === 0 ? nothing : extremes),
        plain('Held on average', span(stats.averageTradeMs)),
      ],
    },
    {
      title: 'Risk',
      rows: [
        plain('Deepest drawdown', percent(stats.maxDrawdown)),
        plain('Deepest, in money', amount(stats.maxDrawdownMoney, 2)),
        plain('Longest under water', span(stats.longestUnderwaterMs)),
      ],
    },
    {
      title: 'Costs and use',
      rows: [
        plain('Commission paid', amount(stats.fees, 2)),
        ...(stats.exposure === undefined ? [] : [plain('Time in the market', percent(stats.exposure, 1))]),
        ...(stats.turnover === undefined ? [] : [plain('Turnover', `${amount(stats.turnover, 1)} x`)]),
      ],
    },
  ];
}

function plain(label: string, value: string): SummaryRow {
  return { label, value };
}

function moody(label: string, value: number | undefined, words: (value: number | undefined) => string): SummaryRow {
  const mood = value === undefined || value === 0 ? undefined : value < 0 ? 'bad' : 'good';
  return { label, value: words(value), mood };
}
