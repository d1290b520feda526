/** The figures of the summary, grouped. */
import type { RunResult } from '../engine/index.ts';
import { figuresOf } from './figures.ts';
import { amount, change, count, percent, ratio, span } from './words.ts';

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
  const figures = figuresOf(result);
  const open = figures.open === 0 ? '' : ` (${count(figures.open)} open)`;
  return [
    {
      title: 'Return',
      rows: [
        moody('Total return', figures.totalReturn, change),
        moody('A year, compounded', figures.yearlyReturn, change),
        moody('Buying and holding', figures.buyAndHold, change),
        plain('Volatility a year', percent(figures.volatility)),
        plain('Sharpe ratio (daily)', ratio(figures.sharpe)),
      ],
    },
    {
      title: 'Trades',
      rows: [
        plain('Closed', `${count(figures.closed)}${open}`),
        plain('Won', percent(figures.wonShare, 1)),
        plain('Profit factor', ratio(figures.profitFactor)),
        moody('Average trade', figures.averageTrade, amount),
        plain(
          'Best, worst',
          figures.closed === 0 ? amount(undefined) : `${amount(figures.best)}, ${amount(figures.worst)}`,
        ),
        plain('Held on average', span(figures.averageTradeMs)),
      ],
    },
    {
      title: 'Risk',
      rows: [
        plain('Deepest drawdown', percent(figures.drawdown)),
        plain('Deepest, in money', amount(figures.drawdownMoney, 2)),
        plain('Longest under water', span(figures.underwaterMs)),
      ],
    },
    {
      title: 'Costs',
      rows: [
        plain('Commission paid', amount(figures.commission, 2)),
        plain('Fills', count(figures.fills)),
        plain(
          'Commission a fill',
          figures.fills === 0 ? amount(undefined) : amount(figures.commission / figures.fills),
        ),
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
