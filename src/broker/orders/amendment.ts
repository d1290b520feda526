/** Amendments: new prices, sizes and validities for orders that are open already. */
import { OrderError, checkNames } from '../../core/index.ts';
import { isRounding } from '../accounting/position.ts';
import { validUntil, type Validity } from './options.ts';
import { movePrices, resize } from './order-state.ts';
import type { WorkingOrder } from './working-order.ts';

/** The changes to an open order; fields that are left out stay. */
export interface AmendOptions {
  /**
   * The new limit price, or trigger of a stop, in quote units. Default: as it is. Refused for market, close and trailing orders, which have
   * none.
   */
  readonly price?: number | undefined;
  /** The new limit of a stopLimit order, in quote units. Default: as it is. Refused for orders of another type. */
  readonly limitPrice?: number | undefined;
  /** The new size in units, including what has been executed. Default: as it is. */
  readonly size?: number | undefined;
  /**
   * The new distance of a trailing stop: in quote units, or as a fraction if it was placed with one. Default: as it is. Refused for orders
   * that do not trail.
   */
  readonly trail?: number | undefined;
  /** The new validity, counted from now. Default: as it is. */
  readonly valid?: Validity | undefined;
}

/** An amendment, checked. */
export interface CheckedAmendment extends Omit<AmendOptions, 'valid'> {
  /** Last moment of the new validity by the data's clock. */
  readonly validUntil?: number | undefined;
}

/**
 * Checks an amendment of an order.
 *
 * @param now - The data's clock, milliseconds UTC.
 * @throws {OrderError} If the order has no such price, or a number cannot be right.
 */
export function checkAmendment(
  working: WorkingOrder,
  options: AmendOptions,
  now: number,
  sessionEnd: number,
): CheckedAmendment {
  checkNames('option of amend', options, ['price', 'limitPrice', 'size', 'trail', 'valid']);
  const { type, order } = working;
  const { price, limitPrice, size, trail, valid } = options;
  const refuse = (text: string): OrderError => new OrderError(`amend of order ${order.ref}: ${text}`);
  for (const [field, value] of Object.entries({ price, limitPrice, size, trail })) {
    if (value === undefined) continue;
    if (!Number.isFinite(value)) throw refuse(`${field} must be a finite number, was ${value}`);
    if (!(value > 0)) throw refuse(`${field} must be above 0, was ${value}`);
  }
  const isTrail = type === 'stopTrail' || type === 'stopTrailLimit';
  if (price !== undefined && (type === 'market' || type === 'close' || isTrail)) {
    throw refuse(`a ${type} order has no price of its own${isTrail ? ': give trail' : ''}`);
  }
  if (limitPrice !== undefined && type !== 'stopLimit') throw refuse(`a ${type} order has no limitPrice to amend`);
  if (trail !== undefined && !isTrail) throw refuse(`a ${type} order does not trail`);
  if (trail !== undefined && trail >= 1 && (working.trail?.percent ?? 0) > 0) {
    throw refuse(
      `trail is a fraction of the price here, as the order was placed, was ${trail}: did you mean ${trail / 100}?`,
    );
  }
  return {
    price,
    limitPrice,
    size,
    trail,
    ...(valid !== undefined && { validUntil: validUntil(valid, now, sessionEnd) }),
  };
}

/** Applies an amendment to an order that this process matches. A size not above the executed size ends the order: `onEnd` is called. */
export function applyAmendment(working: WorkingOrder, change: CheckedAmendment, onEnd: () => void): void {
  if (change.price !== undefined) {
    working.price = change.price;
    if (working.type !== 'stopLimit') working.limitPrice = change.price;
  }
  if (change.limitPrice !== undefined) working.limitPrice = change.limitPrice;
  if (change.trail !== undefined && working.trail !== undefined) {
    // The best price that the stop has followed stays; its distance changes.
    const { sign, trail, price } = working;
    const best = trail.amount > 0 ? price - sign * trail.amount : price / (1 + sign * trail.percent);
    working.trail = trail.amount > 0 ? { amount: change.trail, percent: 0 } : { amount: 0, percent: change.trail };
    if (Number.isFinite(best)) {
      working.price = working.stopFor(best);
      if (working.type === 'stopTrailLimit') working.limitPrice = working.price - working.limitOffset;
    }
  }
  movePrices(working.order, working.price, working.limitPrice);
  if (change.validUntil !== undefined) working.validUntil = change.validUntil;
  if (change.size === undefined) return;
  const executed = working.order.size - working.remaining;
  const left = change.size - executed;
  if (left <= 0 || isRounding(left, change.size)) {
    onEnd();
    return;
  }
  working.remaining = left;
  resize(working.order, change.size);
}
