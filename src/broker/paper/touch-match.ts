/** Paper matching: what one live trade, or the touch on arrival, does to one order. Pure. */
import type { FillRule } from '../accounting/fill-reason.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** How an order is executed, as far as it is. */
export interface PaperMatch {
  readonly price: number;
  readonly rule: FillRule;
  readonly level: number;
  readonly reached: number;
  /** Whether it takes what rests in the book, whole, or waits there and gets at most the printed size. */
  readonly isTaker: boolean;
}

/**
 * What an order gets when it arrives: a market order the touch, a limit that the touch meets already the same. Everything else
 * waits for trades.
 *
 * @param touch - The best ask for a buy, the best bid for a sell; undefined when the venue's quotes are not known.
 */
export function matchOnArrival(working: WorkingOrder, touch: number | undefined): PaperMatch | undefined {
  if (touch === undefined) return undefined;
  const { type } = working.order;
  if (type === 'market') return { price: touch, rule: 'touch', level: touch, reached: touch, isTaker: true };
  if (type !== 'limit' || !isWithin(working, touch, working.price)) return undefined;
  return { price: touch, rule: 'limitAtTouch', level: working.price, reached: touch, isTaker: true };
}

/**
 * What a trade at `price` does to an order that has arrived.
 *
 * A resting limit is executed at its limit by a trade at it or through it. A stop is triggered by the trade and then takes the touch, or
 * the trade's price where that is worse: the quote may be older than the trade. Notes on the order that it was triggered.
 */
export function matchTrade(working: WorkingOrder, price: number, touch: number | undefined): PaperMatch | undefined {
  switch (working.order.type) {
    case 'market':
      return { price, rule: 'nextTrade', level: price, reached: price, isTaker: true };
    case 'limit':
      return matchResting(working, working.price, price);
    case 'stop':
    case 'stopTrail':
      if (!isStopReached(working, price)) return undefined;
      return { price: worse(working, price, touch), ...stopped(working, price), isTaker: true };
    case 'stopLimit':
    case 'stopTrailLimit': {
      if (working.isTriggered) return matchResting(working, working.limitPrice, price);
      if (!isStopReached(working, price)) return undefined;
      working.isTriggered = true;
      working.trail = undefined;
      const taken = worse(working, price, touch);
      if (!isWithin(working, taken, working.limitPrice)) return undefined;
      return { price: taken, ...stopped(working, price), isTaker: true };
    }
    case 'close':
      return undefined;
  }
}

function matchResting(working: WorkingOrder, limit: number, price: number): PaperMatch | undefined {
  if (!isWithin(working, price, limit)) return undefined;
  return { price: limit, rule: 'traded', level: limit, reached: price, isTaker: false };
}

function stopped(working: WorkingOrder, price: number): Pick<PaperMatch, 'rule' | 'level' | 'reached'> {
  return { rule: 'stopTraded', level: working.price, reached: price };
}

/** Whether a price is at the limit or better. */
function isWithin({ sign }: WorkingOrder, price: number, limit: number): boolean {
  return sign > 0 ? price <= limit : price >= limit;
}

/** Whether a trade at `price` triggers a stop. */
export function isStopReached({ sign, price: stop, isActivated }: WorkingOrder, price: number): boolean {
  return isActivated && (sign > 0 ? price >= stop : price <= stop);
}

function worse({ sign }: WorkingOrder, price: number, touch: number | undefined): number {
  if (touch === undefined) return price;
  return sign > 0 ? Math.max(price, touch) : Math.min(price, touch);
}
