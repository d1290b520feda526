/** The rules of a run: one object, with one answer to each question on which exchanges and Backtrader differ. */
import { ConfigError, nearestName } from '../../core/index.ts';
import { limitedAccount, unlimitedAccount, type AccountRule } from '../accounting/account-rule.ts';
import { cutWhereSized, neverCut, type CashRule } from '../accounting/cash-rule.ts';
import type { SequenceRule } from '../matching/bar-matching.ts';
import { creationSequence } from '../matching/creation-pass.ts';
import { pathSequence } from '../matching/path-pass.ts';
import { separateExits, sharedExits, type ExitRule } from '../orders/exit-rule.ts';
import { anySize, venueSizes, type InstrumentRule } from '../orders/instrument-rule.ts';
import { checkAlone, checkInTurn, type SubmissionRule } from '../orders/submission-rule.ts';
import { checksSense, takesAnything, type SenseRule } from '../orders/sense.ts';
import { trailByBest, trailByCloses, type TrailRule } from '../orders/trail-rule.ts';

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
  /**
   * A trade whose profit is at most this fraction of what it bought and sold is even: such a rest is rounding, as 0.1 and 0.2 bought and
   * 0.3 sold at one price leave. 0 takes every rest for a profit or a loss.
   */
  readonly breakEvenTolerance: number;
  /**
   * Whether a fill closes and opens trades as it closes and opens the position of the account; if not, as it closes and opens what its own
   * trade holds, whatever trades of other ids or of other strategies on the account hold.
   */
  readonly tradesFollowPosition: boolean;
  /** Whether targets, `close` and sizers reckon with orders that are still open; if not, with the position alone. */
  readonly countsOpenOrders: boolean;
  /**
   * Does an order make sense?
   *
   * @internal
   */
  readonly sense: SenseRule;
  /**
   * In which order are the orders of one bar booked, and do exits act in the bar of their entry?
   *
   * @internal
   */
  readonly sequence: SequenceRule;
  /**
   * Do exits share the position that they close, and end with it?
   *
   * @internal
   */
  readonly exits: ExitRule;
  /**
   * What may an account hold and owe?
   *
   * @internal
   */
  readonly account: AccountRule;
  /**
   * Which price does a trailing stop follow?
   *
   * @internal
   */
  readonly trailing: TrailRule;
  /**
   * Which orders are refused at submission because they cannot be paid for?
   *
   * @internal
   */
  readonly submission: SubmissionRule;
  /**
   * What happens to an order that exceeds the cash when it is filled?
   *
   * @internal
   */
  readonly cash: CashRule;
  /**
   * Which sizes and prices does the instrument allow?
   *
   * @internal
   */
  readonly instrument: InstrumentRule;
  /** Whether orders on a data that has ended, while the run goes on, are canceled, and new ones rejected. */
  readonly endsOrdersWithData: boolean;
}

/** What an exchange does. */
export const exchangeRules: TradingRules = {
  name: 'exchange',
  breakEvenTolerance: 1e-11,
  tradesFollowPosition: false,
  countsOpenOrders: true,
  sense: checksSense,
  sequence: pathSequence,
  exits: sharedExits,
  account: limitedAccount,
  trailing: trailByBest,
  submission: checkAlone,
  cash: cutWhereSized,
  instrument: venueSizes,
  endsOrdersWithData: true,
};

/** What Backtrader does. */
export const backtraderRules: TradingRules = {
  name: 'backtrader',
  breakEvenTolerance: 0,
  tradesFollowPosition: true,
  countsOpenOrders: false,
  sense: takesAnything,
  sequence: creationSequence,
  exits: separateExits,
  account: unlimitedAccount,
  trailing: trailByCloses,
  submission: checkInTurn,
  cash: neverCut,
  instrument: anySize,
  endsOrdersWithData: false,
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
