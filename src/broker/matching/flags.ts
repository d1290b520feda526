/** Order flags: what post-only orders and orders by quote amount become when they meet the market. */
import { roundToStep, type Refusal } from '../../core/index.ts';
import type { OrderDesk } from '../orders/desk.ts';
import type { Order } from '../orders/order.ts';
import { unitsOfQuote } from '../orders/options.ts';
import { movePrices, resize } from '../orders/order-state.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** Refuses a post-only order that would take liquidity, or moves it a tick behind the market; returns whether it still works. */
export function postBehind(working: WorkingOrder, market: number, desk: OrderDesk): boolean {
  const { sign, order } = working;
  if (working.postOnly === 'reprice') {
    const nearest = nearestBehind(order, sign, market);
    working.price = nearest;
    movePrices(order, nearest, nearest);
    return true;
  }
  desk.refuse(working, postRefusal(working, market), 'rejected');
  return false;
}

/** Why a post-only order is refused that would take at a price. */
export function postRefusal({ sign, price, order }: WorkingOrder, market: number): Refusal {
  const side = sign > 0 ? 'buy' : 'sell';
  const rests = nearestBehind(order, sign, market);
  const reason = `post-only: a limit to ${side} at ${price} would take at ${market}; the nearest that rests is ${rests}`;
  return { rule: 'postOnly', reason };
}

/** The nearest price to the market that takes nothing: a tick behind it. */
function nearestBehind({ data }: Order, sign: 1 | -1, market: number): number {
  const tick = data.instrument?.tick ?? 0;
  return tick > 0 ? roundToStep(market - sign * tick, tick) : market * (1 - sign * 1e-8);
}

/** Sets the size that an order's amount of quote units trades at a price; refuses it where that is less than a lot. @returns Whether it works on. */
export function sizeByQuote(working: WorkingOrder, price: number, desk: OrderDesk): boolean {
  const { order, quoteSize } = working;
  const units = unitsOfQuote(quoteSize, order.data.instrument, price);
  if (typeof units !== 'number') {
    desk.refuse(working, units, 'rejected');
    return false;
  }
  resize(order, units);
  working.remaining = units;
  working.quoteSize = NaN;
  return true;
}
