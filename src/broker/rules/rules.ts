/** The rules of a run: one object, with one answer to each question on which exchanges and Backtrader differ. */
import { ConfigError, nearestName } from '../../core/index.ts';

/** The names of the sets of rules. */
export const rulesNames = ['exchange', 'backtrader'] as const;
export type RulesName = (typeof rulesNames)[number];

/**
 * A set of rules. It is chosen once, when the broker is made, so that no question is asked by name while bars are matched.
 *
 * `exchange` does what an exchange would have done and is the default; `backtrader` does what Backtrader does, to the last digit.
 */
export interface TradingRules {
  readonly name: RulesName;
  /** One line for the summary. */
  readonly summary: string;
}

/** What an exchange does. */
export const exchangeRules: TradingRules = {
  name: 'exchange',
  summary: "an exchange's rules",
};

/** What Backtrader does. */
export const backtraderRules: TradingRules = {
  name: 'backtrader',
  summary: "Backtrader's rules",
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
