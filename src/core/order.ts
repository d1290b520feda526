/** The words of orders: sides, types and the nine statuses. */

/** Whether an order buys or sells. */
export type Side = 'buy' | 'sell';

/**
 * How an order is executed.
 *
 * - `market`: at the next bar's open.
 * - `close`: at the close of the session (the day, 24:00 UTC, where none is given).
 * - `limit`: at `price` or better.
 * - `stop`: at the market once `price` is reached.
 * - `stopLimit`: as a limit at `limitPrice` once `price` is reached.
 * - `stopTrail`, `stopTrailLimit`: the same with a stop that follows the best price at a distance (under Backtrader's rules, the closes of
 * bars).
 */
export type OrderType = 'market' | 'close' | 'limit' | 'stop' | 'stopLimit' | 'stopTrail' | 'stopTrailLimit';

/** All order types, for checks at the front door. */
export const orderTypes: readonly OrderType[] = [
  'market',
  'close',
  'limit',
  'stop',
  'stopLimit',
  'stopTrail',
  'stopTrailLimit',
];

/**
 * The status of an order.
 *
 * - `created`: made, not yet seen by the broker.
 * - `submitted`: handed to the broker (or sent to the exchange), no answer yet.
 * - `accepted`: received and valid; it may now be working.
 * - `partial`: executed in part, the rest still working.
 * - `completed`: executed in full.
 * - `canceled`: withdrawn by the strategy, or by the fill of another order of its group.
 * - `expired`: its validity ended before it was executed in full.
 * - `margin`: refused because the cash does not suffice; earlier fills stay.
 * - `rejected`: refused for another reason.
 */
export type OrderStatus =
  'created' | 'submitted' | 'accepted' | 'partial' | 'completed' | 'canceled' | 'expired' | 'margin' | 'rejected';

/** All statuses, in the order of an order's life. */
export const orderStatuses: readonly OrderStatus[] = [
  'created',
  'submitted',
  'accepted',
  'partial',
  'completed',
  'canceled',
  'expired',
  'margin',
  'rejected',
];

/** Why an order is refused. */
export interface Refusal {
  /** The rule that refuses it, as `order.rule` shows it. */
  readonly rule: string;
  /** Why, in one sentence: the value that was seen, and the nearest that is allowed where there is one. */
  readonly reason: string;
}

/** Whether an order with this status can still be executed. */
export function isAlive(status: OrderStatus): boolean {
  return status === 'created' || status === 'submitted' || status === 'accepted' || status === 'partial';
}
