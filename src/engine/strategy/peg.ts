/** Pegged orders: a limit order that follows a price, by amending it. */
import type { Order } from '../../broker/index.ts';
import { checkNames, ConfigError } from '../../core/index.ts';
import type { Strategy } from './strategy.ts';

/** How a pegged order follows a price. */
export interface PegOptions {
  /** Distance from the reference in quote units: below it for a buy, above it for a sale. Default 0. */
  readonly offset?: number;
  /** The order moves only when it is farther than this from its target, in quote units, because each move loses its place in the queue. Default 0. */
  readonly band?: number;
  /** The worst price, in quote units: a buy is never moved above it, a sale never below. Default: none. */
  readonly worst?: number;
}

/**
 * Moves a resting limit order to its distance from a reference price, such as the best bid in `nextBook`, or the close in `next`. The price
 * is rounded to the tick away from the market, so that an offset of 0 never crosses the reference. Exchanges that change orders in place keep
 * its id; elsewhere it is canceled and placed again.
 *
 * ```ts
 * override nextBook(_data: Data, book: MarketBook): void {
 *   const [best] = book.bids;
 *   if (this.entry !== undefined && best !== undefined) pegOrder(this, this.entry, best[0], { band: 5, worst: 61_000 });
 * }
 * ```
 *
 * @returns Whether the order was moved. False for one that has ended, is where it should be, or is still being changed.
 * @throws {ConfigError} If the order is no limit order, or an option makes no sense.
 */
export function pegOrder(strategy: Strategy, order: Order, reference: number, options: PegOptions = {}): boolean {
  checkNames('option of pegOrder', options, ['offset', 'band', 'worst']);
  const { offset = 0, band = 0, worst } = options;
  if (order.type !== 'limit') {
    throw new ConfigError(`pegOrder needs a limit order, and order ${order.ref} is one of type ${order.type}`, {
      context: { field: 'order' },
    });
  }
  if (!Number.isFinite(offset)) throw wrong('offset', 'a number', offset);
  if (!(band >= 0)) throw wrong('band', 'a number not below 0', band);
  if (worst !== undefined && !(worst > 0)) throw wrong('worst', 'a price above 0', worst);
  if (!order.isAlive || !(reference > 0)) return false;
  const isBuy = order.side === 'buy';
  let wanted = isBuy ? reference - offset : reference + offset;
  if (worst !== undefined) wanted = isBuy ? Math.min(wanted, worst) : Math.max(wanted, worst);
  const tick = order.data.instrument?.tick;
  if (tick !== undefined && tick > 0) wanted = onTick(wanted, tick, isBuy);
  const from = order.price;
  if (!(wanted > 0) || wanted === from || Math.abs(wanted - from) <= band) return false;
  return strategy.amend(order, { price: wanted });
}

/** A price on the tick below, for a buy, or above; one that is on a tick but for rounding stays. */
function onTick(price: number, tick: number, isBuy: boolean): number {
  const steps = price / tick;
  const nearest = Math.round(steps);
  const whole = Math.abs(steps - nearest) < 1e-9 * Math.max(1, nearest) ? nearest : isBuy ? Math.floor(steps) : Math.ceil(steps); // prettier-ignore
  return +(whole * tick).toPrecision(15);
}

function wrong(field: string, wanted: string, value: number): ConfigError {
  return new ConfigError(`pegOrder: ${field} must be ${wanted}, was ${value}`, { context: { field } });
}
