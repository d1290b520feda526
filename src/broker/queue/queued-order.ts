/** What a working order is at a simulated exchange with a book: its prices there, its flag, and whether it is there at all. */
import type { WorkingOrder } from '../orders/working-order.ts';
import type { QueuedOrder } from './queue-market.ts';

/** The prices of an order at the exchange: one that a strategy computed is the decimal that it means. */
export function pricesOf(working: WorkingOrder): { price: number; stop: number; validUntil: number } {
  const { type, isTriggered, validUntil } = working;
  const meant = (price: number): number => +price.toPrecision(12);
  const isStop = type === 'stop' || type === 'stopLimit';
  const hasLimit = type === 'limit' || type === 'stopLimit' || type === 'stopTrailLimit';
  const limit = type === 'limit' ? working.price : working.limitPrice;
  return {
    price: hasLimit ? meant(limit) : NaN,
    stop: isStop && !isTriggered ? meant(working.price) : NaN,
    validUntil,
  };
}

/** When an order ends instead of taking or resting. */
export function queueFlagOf({ postOnly, timeInForce }: WorkingOrder): QueuedOrder<unknown>['flag'] {
  if (postOnly !== undefined) return 'post';
  return timeInForce === 'gtc' ? 'none' : timeInForce;
}

/** Whether an order is a trailing stop that has not been triggered: the broker follows the price for it. */
export function isTrailing({ type, isTriggered }: WorkingOrder): boolean {
  return (type === 'stopTrail' || type === 'stopTrailLimit') && !isTriggered;
}
