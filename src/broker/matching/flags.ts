/** Order flags: what post-only orders and orders by quote amount become when they meet the market. */
import { defaultLot, floorToStep, roundToStep } from '../../core/index.ts';
import type { OrderDesk } from '../orders/desk.ts';
import { movePrices, refuseBy, resize } from '../orders/order-state.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** Refuses a post-only order that would take liquidity, or moves it a tick behind the market; returns whether it still works. */
export function postBehind(working: WorkingOrder, market: number, desk: OrderDesk): boolean {
  const { sign, price, order } = working;
  const tick = order.data.instrument?.tick ?? 0;
  const nearest = tick > 0 ? roundToStep(market - sign * tick, tick) : market * (1 - sign * 1e-8);
  if (working.postOnly === 'reprice') {
    working.price = nearest;
    movePrices(order, nearest, nearest);
    return true;
  }
  refuseBy(order, 'postOnly');
  const side = sign > 0 ? 'buy' : 'sell';
  desk.refuse(
    working,
    `post-only: a limit to ${side} at ${price} would take at ${market}; the nearest that rests is ${nearest}`,
    'rejected',
  );
  return false;
}

/** Sets the size that an amount of quote units trades at a price. */
export function sizeByQuote(working: WorkingOrder, amount: number, price: number, lot: number | undefined): void {
  const contract = working.order.data.instrument?.contractSize ?? 1;
  const units = floorToStep(amount / (price * contract), lot ?? defaultLot);
  if (!(units > 0)) return;
  resize(working.order, units);
  working.remaining = units;
  working.quoteSize = NaN;
}
