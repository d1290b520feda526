/** The roll of dated contracts: what is held of one is closed, and opened in the next. */
import type { Order } from '../../broker/index.ts';
import { ConfigError } from '../../core/index.ts';
import type { Data } from '../../lines/index.ts';
import type { Strategy } from './strategy.ts';

/** When a contract is rolled. */
export interface RollOptions {
  /** How long before the expiry of the first contract, in milliseconds. Default: a day. */
  readonly beforeMs?: number;
  /** When the first contract expires, milliseconds UTC. Default: what its instrument says. */
  readonly expiry?: number;
}

const dayMs = 86_400_000;

/**
 * Rolls a position from one contract into the next, with the first bar that closes within `beforeMs` of the expiry: closes what is held of
 * `from` by a market order, and opens as much of `to`. A contract of another size takes as many as hold the same units. The roll costs the
 * fees of two fills and the difference of the prices, which no back-adjusted series shows.
 *
 * Call it in `next()` of each bar.
 *
 * @returns The two orders, or none when it is not time yet or nothing is held.
 * @throws {ConfigError} If nothing says when `from` expires.
 */
export function rollContract(strategy: Strategy, from: Data, to: Data, options: RollOptions = {}): readonly Order[] {
  const { beforeMs = dayMs, expiry = from.instrument?.expiry } = options;
  if (expiry === undefined) {
    throw new ConfigError(`rollContract: '${from.name}' does not say when it expires; give { expiry: a time }`, {
      context: { field: 'expiry', data: from.name },
    });
  }
  const { size } = strategy.getPosition(from);
  if (size === 0 || from.length === 0 || to.length === 0 || from.closeTime < expiry - beforeMs) return [];
  for (const order of strategy.openOrders) if (order.data === from) strategy.cancel(order);
  const units = Math.abs(size) * ((from.instrument?.contractSize ?? 1) / (to.instrument?.contractSize ?? 1));
  const closing = strategy.close({ data: from });
  const opening = strategy[size > 0 ? 'buy' : 'sell']({ data: to, size: units });
  return [closing, opening].filter((order) => order !== undefined);
}
