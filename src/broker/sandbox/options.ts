/** Options of a sandbox session, and their checks. */
import { ConfigError, checkNames } from '../../core/index.ts';
import type { BrokerOptions } from '../broker.ts';
import type { LiveOptions } from '../live/market-gate.ts';

/**
 * What becomes of orders that an earlier run of a session left working: `cancel` withdraws them before the first step, for no strategy
 * holds them any more; `keep` lets them work, and what is executed of them changes cash and position and nothing else.
 */
export type EarlierOrders = 'cancel' | 'keep';

/** How a sandbox session trades, beyond the options of every broker. */
export interface SandboxOptions extends LiveOptions {
  /** What becomes of orders that an earlier run of the session left working. Default `cancel`. */
  readonly earlierOrders?: EarlierOrders;
  /**
   * How long an order without an answer may still reach the exchange, in milliseconds. "No such order" counts as final only after
   * that. It must not be shorter than the exchange's own window for late requests. Default 15,000.
   */
  readonly lateArrivalMs?: number;
  /** How often a working order is looked up about which there is no news, in milliseconds. Default 60,000. */
  readonly pollMs?: number;
}

const optionNames = ['staleOrders', 'exitStart', 'earlierOrders', 'lateArrivalMs', 'pollMs'] as const;

/** @throws {ConfigError} For an unknown option, a span that is none, and a ledger that an exchange's would drift away from. */
export function checkSandboxOptions(options: BrokerOptions, sandbox: SandboxOptions): void {
  checkNames('sandbox option', sandbox, optionNames);
  for (const field of ['lateArrivalMs', 'pollMs'] as const) {
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
