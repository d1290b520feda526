/** Options of a sandbox session, and their checks. */
import { ConfigError, checkNames } from '../../core/index.ts';
import type { BrokerOptions } from '../broker.ts';
import type { LiveOptions } from '../live/market-gate.ts';

/**
 * What to do with open orders of an earlier run of a session: `cancel` cancels them before the first step, because no strategy holds them
 * any more; `keep` leaves them open, and their fills only change cash and position.
 */
export type EarlierOrders = 'cancel' | 'keep';

/** How a sandbox session trades, beyond the options of every broker. */
export interface SandboxOptions extends LiveOptions {
  /** What to do with open orders of an earlier run of the session. Default `cancel`. */
  readonly earlierOrders?: EarlierOrders;
  /**
   * How long an order without an answer may still reach the exchange, in milliseconds. "No such order" counts as final only after
   * that. It must not be shorter than the exchange's own window for late requests. Default 15,000.
   */
  readonly lateArrivalMs?: number;
  /** How often a working order without news is looked up, in milliseconds. Default 60,000. */
  readonly pollMs?: number;
  /**
   * How long the account may leave a request unanswered, in milliseconds by the exchange's clock: then new orders are refused until it
   * answers. Default 60,000.
   */
  readonly accountPatienceMs?: number;
}

const optionNames = [
  'staleOrders',
  'exitStart',
  'earlierOrders',
  'lateArrivalMs',
  'pollMs',
  'accountPatienceMs',
] as const;

/** @throws {ConfigError} For an unknown option, a time span that is not positive, and the float ledger, which would drift from the exchange's. */
export function checkSandboxOptions(options: BrokerOptions, sandbox: SandboxOptions): void {
  checkNames('sandbox option', sandbox, optionNames);
  for (const field of ['lateArrivalMs', 'pollMs', 'accountPatienceMs'] as const) {
    const value = sandbox[field];
    if (value === undefined || (Number.isFinite(value) && value > 0)) continue;
    throw new ConfigError(`${field} must be a number of milliseconds above 0, was ${value}`, { context: { field } });
  }
  if (options.ledger === 'float') {
    throw new ConfigError("sandbox mode books to the exchange's last digit: leave ledger out, was 'float'", {
      context: { field: 'ledger' },
    });
  }
}
