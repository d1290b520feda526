/** Path matching: where on its way the price meets one order, and at which price it is filled there. Pure. */
import type { WorkingOrder } from '../orders/working-order.ts';
import type { MatchBar } from './match-bar.ts';
import { match, slipped } from './match-bar-rules.ts';
import type { SlippageModel } from './slippage.ts';

/** Matches an order with the open of a bar: market orders, and limits and stops that the open has passed. */
export function matchAtOpen(working: WorkingOrder, bar: MatchBar, slippage: SlippageModel): boolean {
  const { sign, type } = working;
  const { open } = bar;
  if (type === 'market') return match(working, bar, slippage);
  if (type === 'close') return false;
  if (isRest(working)) return matchedAt(working, 'open', open, open, stopPrice(working, open, bar, slippage, true));
  working.follow(open);
  if (type === 'limit' || (isStopLimit(working) && working.isTriggered)) {
    const limit = type === 'limit' ? working.price : working.limitPrice;
    return (sign > 0 ? limit >= open : limit <= open) && matchLimitAtOpen(working, limit, bar, slippage);
  }
  if (!working.isActivated || !(sign > 0 ? open >= working.price : open <= working.price)) return false;
  trigger(working);
  if (!isStopLimit(working))
    return matchedAt(working, 'stopAtOpen', working.price, open, stopPrice(working, open, bar, slippage, true));
  const { limitPrice } = working;
  working.takesLiquidity = sign > 0 ? limitPrice >= open : limitPrice <= open;
  return working.takesLiquidity && matchLimitAtOpen(working, limitPrice, bar, slippage);
}

function matchLimitAtOpen(working: WorkingOrder, limit: number, bar: MatchBar, slippage: SlippageModel): boolean {
  const { open } = bar;
  const bound = working.sign > 0 ? Math.min(bar.high, limit) : Math.max(bar.low, limit);
  const price = slippage.atOpen ? slipped(working, open, bound, true, bar, slippage) : open;
  return matchedAt(working, 'limitAtOpen', limit, open, price);
}

/** How many orders the inside of a bar can execute because of this one: none, itself, or 2 when it depends on the path by itself. */
export function canBeMet(working: WorkingOrder, { low, high }: MatchBar): number {
  const { sign, price, type } = working;
  switch (type) {
    case 'market':
      return 1;
    case 'limit':
      return (sign > 0 ? price >= low : price <= high) ? 1 : 0;
    case 'stop':
      if (working.isTriggered) return 1;
      return (sign > 0 ? price <= high : price >= low) ? 1 : 0;
    case 'stopLimit':
      if (working.isTriggered) return (sign > 0 ? working.limitPrice >= low : working.limitPrice <= high) ? 1 : 0;
      return (sign > 0 ? price <= high : price >= low) ? 2 : 0;
    case 'stopTrail':
    case 'stopTrailLimit': {
      // Where it stands is known once its entry is filled.
      if (working.startsAtEntry) return 2;
      if (working.trail === undefined)
        return (sign > 0 ? working.limitPrice >= low : working.limitPrice <= high) ? 1 : 0;
      const best = sign < 0 ? high : low;
      if (!working.isActivated && (sign < 0 ? best < working.activation : best > working.activation)) return 0;
      const stop = sign < 0 ? Math.max(price, working.stopFor(best)) : Math.min(price, working.stopFor(best));
      return (sign < 0 ? stop >= low : stop <= high) ? 2 : 0;
    }
    case 'close':
      return 0;
  }
}

/**
 * Which way from its open a bar meets an order: -1 down, 1 up, 0 when it does not meet it; undefined when that depends on the path, or the
 * open has passed the order's price.
 */
export function wayTo(working: WorkingOrder, bar: MatchBar): -1 | 0 | 1 | undefined {
  const { type, sign, price } = working;
  if (type === 'close') return 0;
  if ((type !== 'limit' && type !== 'stop') || working.isTriggered) return undefined;
  if (canBeMet(working, bar) === 0) return 0;
  const way = type === 'limit' ? (sign > 0 ? -1 : 1) : sign;
  return way < 0 ? (price < bar.open ? way : undefined) : price > bar.open ? way : undefined;
}

/** The price between `from` and `to` at which an order acts; NaN when it does not. */
export function meets(working: WorkingOrder, from: number, to: number): number {
  const { type, sign } = working;
  if (type === 'market') return from;
  if (type === 'close') return NaN;
  if (type === 'limit') return limitMet(sign, working.price, from, to);
  if (isStopLimit(working) && working.isTriggered) return limitMet(sign, working.limitPrice, from, to);
  if (working.isTriggered) return from;
  if (!working.isActivated) return NaN;
  const stop = working.price;
  if (sign > 0 ? stop <= from : stop >= from) return from;
  return (sign > 0 ? stop <= to : stop >= to) ? stop : NaN;
}

function limitMet(sign: 1 | -1, limit: number, from: number, to: number): number {
  if (sign > 0 ? limit >= from : limit <= from) return from;
  return (sign > 0 ? limit >= to : limit <= to) ? limit : NaN;
}

/** Matches an order that the price has met; false when that only triggered it, or slippage allows no fill. */
export function matchAtPrice(working: WorkingOrder, price: number, bar: MatchBar, slippage: SlippageModel): boolean {
  const { type, sign } = working;
  const extreme = sign > 0 ? bar.low : bar.high;
  if (type === 'market' || isRest(working))
    return matchedAt(working, 'open', price, price, stopPrice(working, price, bar, slippage, true));
  if (type === 'limit') return matchedAt(working, 'limitReached', working.price, extreme, price);
  if (isStopLimit(working)) {
    if (working.isTriggered) return matchedAt(working, 'limitReached', working.limitPrice, extreme, price);
    const stop = working.price;
    trigger(working);
    const { limitPrice } = working;
    if (sign > 0 ? limitPrice < price : limitPrice > price) return false;
    const bound = sign > 0 ? Math.min(bar.high, limitPrice) : Math.max(bar.low, limitPrice);
    return matchedAt(
      working,
      'stopThenLimit',
      stop,
      sign > 0 ? bar.high : bar.low,
      slipped(working, price, bound, true, bar, slippage),
    );
  }
  const reached = sign > 0 ? bar.high : bar.low;
  trigger(working);
  return matchedAt(working, 'stopReached', working.price, reached, stopPrice(working, price, bar, slippage, false));
}

/** Matches a `close` order with the end of its session. */
export function matchAtSessionEnd(working: WorkingOrder, bar: MatchBar): boolean {
  return match(working, bar, never);
}

const never = { atOpen: false } as SlippageModel;

function stopPrice(
  working: WorkingOrder,
  price: number,
  bar: MatchBar,
  slippage: SlippageModel,
  isAtOpen: boolean,
): number {
  if (isAtOpen && !slippage.atOpen) return price;
  return slipped(working, price, working.sign > 0 ? bar.high : bar.low, false, bar, slippage);
}

/** From now on a stop is a market order, whatever a bar leaves of it, and a stop-limit a limit order. */
function trigger(working: WorkingOrder): void {
  working.isTriggered = true;
  working.trail = undefined;
  working.waitsFor = 'anything';
}

/** Whether it is what a bar has left of a stop that was triggered. */
function isRest(working: WorkingOrder): boolean {
  return working.isTriggered && !isStopLimit(working);
}

function isStopLimit({ type }: WorkingOrder): boolean {
  return type === 'stopLimit' || type === 'stopTrailLimit';
}

function matchedAt(
  working: WorkingOrder,
  rule: WorkingOrder['rule'],
  level: number,
  reached: number,
  price: number,
): boolean {
  working.rule = rule;
  working.level = level;
  working.reached = reached;
  working.matched = price;
  return price === price;
}
