/** Cash shares: which part of the account each strategy of a run trades with. */
import { ConfigError, shown } from '../../core/index.ts';
import type { RunMode } from '../result/session-summary.ts';
import type { RunPlan } from './plan.ts';

/** What remains of 1 by rounding. */
const rounding = 1e-9;

/** Throws a ConfigError for a share that cannot be right. */
export function checkCashShare(share: unknown): void {
  if (share === undefined) return;
  if (typeof share === 'number' && share > 0 && share <= 1) return;
  const hint = typeof share === 'number' && share > 1 && share <= 100 ? `: did you mean ${share / 100}?` : '';
  throw wrong(`cash must be a fraction of the account's cash, above 0 and at most 1, was ${shown(share)}${hint}`);
}

/**
 * The fraction of the cash that each strategy trades with; undefined where the strategies of a run share the account.
 *
 * @throws {ConfigError} If the fractions add up to more than 1, leave nothing for a strategy without one, or cannot be kept.
 */
export function cashSharesOf(plan: RunPlan, mode: RunMode | 'ticks'): readonly number[] | undefined {
  const { strategies } = plan;
  const given = strategies.flatMap(({ cash }) => (cash === undefined ? [] : [cash]));
  const cause = causeOfSharing(plan, mode);
  if (cause !== undefined) {
    if (given.length > 0) throw wrong(`cash: ${given[0]!} cannot be kept: ${cause}`);
    return undefined;
  }
  if (given.length === 0 && strategies.length === 1) return undefined;
  const sum = given.reduce((total, share) => total + share, 0);
  if (sum > 1 + rounding) {
    throw wrong(
      `the cash shares of the strategies must not add up to more than 1, was ${given.join(' + ')} = ${+sum.toPrecision(8)}`,
    );
  }
  const left = 1 - sum;
  const unset = strategies.filter(({ cash }) => cash === undefined);
  if (unset.length > 0 && left <= rounding) {
    throw wrong(`no cash is left for ${unset[0]!.name}: the shares of the other strategies add up to 1`);
  }
  return strategies.map(({ cash }) => cash ?? left / unset.length);
}

/** Why the strategies of a run share one account; undefined when they do not. */
function causeOfSharing({ options, makeBroker }: RunPlan, mode: RunMode | 'ticks'): string | undefined {
  if (options.rules === 'backtrader') return "under Backtrader's rules all strategies share one account";
  if (makeBroker !== undefined) return 'with a broker of your own all strategies share its account';
  if (options.accounts !== undefined || typeof options.account === 'object') {
    return 'an account at a venue keeps one position for all strategies';
  }
  if (mode === 'ticks') return 'in a tick backtest all strategies trade on one account';
  if (mode === 'sandbox' || mode === 'live') {
    return "all strategies of a session share the exchange's account: run a session for each strategy";
  }
  return undefined;
}

function wrong(text: string): ConfigError {
  return new ConfigError(text, { context: { field: 'cash' } });
}
