/** The rules of a run: one object, with one answer to each question on which exchanges and Backtrader differ. */
import { ConfigError, nearestName } from '../../core/index.ts';

/** The names of the sets of rules. */
export const rulesNames = ['exchange', 'backtrader'] as const;
/** By whose rules a backtest trades: `exchange` (the default) or `backtrader`. */
export type RulesName = (typeof rulesNames)[number];

/**
 * A set of rules. It is chosen once, when the broker is made, so that no question is asked by name while bars are matched.
 *
 * `exchange` does what an exchange would have done and is the default; `backtrader` does what Backtrader does, to the last digit.
 */
export interface TradingRules {
  /** The name of the rules. */
  readonly name: RulesName;
  /** One line for the summary. */
  readonly summary: string;
  /**
   * A trade whose profit is at most this fraction of what it bought and sold is even: such a rest is rounding, as 0.1 and 0.2 bought and
   * 0.3 sold at one price leave. 0 takes every rest for a profit or a loss.
   */
  readonly breakEvenTolerance: number;
  /** Whether targets, `close` and sizers reckon with orders that are still open; if not, with the position alone. */
  readonly countsOpenOrders: boolean;
}

/** What an exchange does. */
export const exchangeRules: TradingRules = {
  name: 'exchange',
  summary: "an exchange's rules",
  breakEvenTolerance: 1e-11,
  countsOpenOrders: true,
};

/** What Backtrader does. */
export const backtraderRules: TradingRules = {
  name: 'backtrader',
  summary: "Backtrader's rules",
  breakEvenTolerance: 0,
  countsOpenOrders: false,
};

/** The rules of a name. @throws {ConfigError} If there are none of that name. */
export function rulesOf(name: RulesName = 'exchange'): TradingRules {
  const found = [exchangeRules, backtraderRules].find((rules) => rules.name === name);
  if (found !== undefined) return found;
  const near = nearestName(name, rulesNames);
  const hint = near === undefined ? '' : `: did you mean '${near}'?`;
  throw new ConfigError(`rules must be one of ${rulesNames.join(', ')}, was '${name}'${hint}`, {
    context: { field: 'rules' },
  });
}
