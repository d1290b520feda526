/** The figures of a run with their names, their forms and what they mean: the same in the report, the comparison and the documentation. */
import type { RunStats } from '../analyzers/index.ts';
import { amount, change, count, moment, percent, ratio, span } from './text/words.ts';

/** The groups that figures are shown in. */
export type MetricGroup = 'Return' | 'Risk' | 'Trades' | 'Costs and use';

/** Definition of a figure, and how it is formatted. */
export interface MetricDefinition {
  /** Its name in `result.stats`. */
  readonly key: keyof RunStats;
  /** Its name on the page. */
  readonly label: string;
  /** The group it is shown in. */
  readonly group: MetricGroup;
  /** What it means and how it is computed, in one or two sentences. */
  readonly about: string;
  /** Which is better in a comparison; undefined where neither is. */
  readonly better: 'more' | 'less' | undefined;
  /** The value as text; `-` for none. */
  readonly text: (value: number | undefined) => string;
}

const two = (value: number | undefined): string => amount(value, 2);

const rows: readonly (readonly [
  key: keyof RunStats,
  group: MetricGroup,
  label: string,
  text: (value: number | undefined) => string,
  better: 'more' | 'less' | undefined,
  about: string,
])[] = [
  ['totalReturn', 'Return', 'Total return', change, 'more', 'Last value of the portfolio over the first, less 1.'],
  ['cagr', 'Return', 'Return a year (CAGR)', change, 'more', 'Compound growth a year by the time that passed, with years of 365 days. Only for runs of 30 days or more.'],
  ['buyAndHoldReturn', 'Return', 'Buying and holding', change, undefined, 'The last close of the first data over its first open, less 1: what doing nothing would have returned.'],
  ['logReturn', 'Return', 'Log return', ratio, 'more', 'Natural logarithm of the last value over the first. Log returns of consecutive periods add up.'],
  ['bestDay', 'Return', 'Best day', change, 'more', 'The highest return of one UTC day.'],
  ['worstDay', 'Return', 'Worst day', change, 'more', 'The lowest return of one UTC day.'],
  ['sharpe', 'Risk', 'Sharpe ratio', ratio, 'more', 'Mean of the daily returns over their sample standard deviation, against a risk-free rate of 0, times the square root of 365.'],
  ['sortino', 'Risk', 'Sortino ratio', ratio, 'more', 'As the Sharpe ratio, but over the deviation of negative returns alone: gains are not counted as risk.'],
  ['calmar', 'Risk', 'Calmar ratio', ratio, 'more', 'Return a year over the deepest drawdown.'],
  ['volatility', 'Risk', 'Volatility a year', percent, 'less', 'Sample standard deviation of the daily returns, times the square root of 365.'],
  ['maxDrawdown', 'Risk', 'Deepest drawdown', percent, 'less', 'Largest fall of the value from an earlier peak, as a fraction of that peak, measured at every step.'],
  ['maxDrawdownMoney', 'Risk', 'Deepest, in money', two, 'less', 'Largest fall from an earlier peak in quote units; it may be another fall than the deepest in percent.'],
  ['maxDrawdownFrom', 'Risk', 'Deepest: peak', moment, undefined, 'When the peak before the deepest drawdown was.'],
  ['maxDrawdownTo', 'Risk', 'Deepest: bottom', moment, undefined, 'When the deepest drawdown reached its lowest value.'],
  ['longestUnderwaterMs', 'Risk', 'Longest under water', span, 'less', 'The longest time that the value stayed below an earlier peak.'],
  ['trades', 'Trades', 'Closed trades', count, undefined, 'Positions from flat to flat that were closed. A reversal closes one trade and opens another.'],
  ['openTrades', 'Trades', 'Open trades', count, undefined, 'Trades still open at the end. No figure of trades counts them; the value does.'],
  ['wonTrades', 'Trades', 'Won', count, undefined, 'Closed trades with a profit after commission.'],
  ['lostTrades', 'Trades', 'Lost', count, undefined, 'Closed trades with a loss after commission.'],
  ['winRate', 'Trades', 'Win rate', (value) => percent(value, 1), 'more', 'Share of the closed trades that were won. It says little without the size of wins and losses.'],
  ['profitFactor', 'Trades', 'Profit factor', ratio, 'more', 'Sum of all profits over the sum of all losses. Above 1 the trades earned money; without a loss there is none.'],
  ['expectancy', 'Trades', 'Average trade', amount, 'more', 'Mean profit of a closed trade after commission, in quote units.'],
  ['averageWin', 'Trades', 'Average win', amount, 'more', 'Mean profit of the winning trades, in quote units.'],
  ['averageLoss', 'Trades', 'Average loss', amount, 'more', 'Mean loss of the losing trades, in quote units; negative.'],
  ['bestTrade', 'Trades', 'Best trade', amount, 'more', 'Largest profit of one trade after commission, in quote units.'],
  ['worstTrade', 'Trades', 'Worst trade', amount, 'more', 'Largest loss of one trade after commission, in quote units; negative.'],
  ['averageTradeMs', 'Trades', 'Held on average', span, undefined, 'Mean time from the close of the bar that opened a trade to the close of the bar that closed it.'],
  ['longestTradeMs', 'Trades', 'Held longest', span, undefined, 'The longest time that one trade was open.'],
  ['longestWinStreak', 'Trades', 'Wins in a row', count, 'more', 'The most winning trades one after the other.'],
  ['longestLossStreak', 'Trades', 'Losses in a row', count, 'less', 'The most losing trades one after the other.'],
  ['sqn', 'Trades', 'System quality (SQN)', ratio, 'more', 'Square root of the number of trades times mean over standard deviation of their profits (Van Tharp). It rises with the number of trades.'],
  ['exposure', 'Costs and use', 'Time in the market', (value) => percent(value, 1), undefined, 'Share of the time with a position in any data.'],
  ['averageExposure', 'Costs and use', 'Average exposure', (value) => percent(value, 1), undefined, 'Mean over the time of the positions\u2019 absolute value as a share of the value of the portfolio. Above 100 % there is leverage.'],
  ['turnover', 'Costs and use', 'Turnover', (value) => (value === undefined ? amount(value) : `${amount(value, 1)} x`), undefined, 'Everything bought and sold over the mean value of the portfolio; once in and once out is 2.'],
  ['fees', 'Costs and use', 'Commission paid', two, 'less', 'Commission of every fill, in quote units.'],
]; // prettier-ignore

/** Every figure of a run, in the order they are shown. */
export const metricDefinitions: readonly MetricDefinition[] = rows.map(([key, group, label, text, better, about]) => ({
  key,
  group,
  label,
  text,
  better,
  about,
}));
