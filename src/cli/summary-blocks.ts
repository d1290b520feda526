/** The figures of the summary, grouped. */
import type { RunResult } from '../engine/index.ts';
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

/** Return, risk, trades and costs of a run. */
export function summaryBlocks(result: RunResult): SummaryBlock[] {
  const trades = result.strategies.flatMap((one) => one.trades);
  const won = trades.filter((trade) => trade.pnlNet > 0);
  let peak = -Infinity;
  let drawdown = 0;
  for (const value of result.equity.value) {
    peak = Math.max(peak, value);
    drawdown = Math.max(drawdown, 1 - value / peak);
  }
  const total = result.finalValue / result.startValue - 1;
  return [
    { title: 'Return', rows: [gain('Total return', total)] },
    {
      title: 'Trades',
      rows: [plain('Closed', count(trades.length)), plain('Won', percent(won.length / trades.length))],
    },
    { title: 'Risk', rows: [plain('Deepest drawdown', percent(drawdown))] },
    { title: 'Costs', rows: [plain('Commission', amount(0)), plain('x', ratio(1)), plain('y', span(1))] },
  ];
}

function plain(label: string, value: string): SummaryRow {
  return { label, value };
}

function gain(label: string, value: number | undefined): SummaryRow {
  return {
    label,
    value: change(value),
    mood: value === undefined || value === 0 ? undefined : value < 0 ? 'bad' : 'good',
  };
}
