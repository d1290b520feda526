/** Bar matching by Backtrader's rules: at which price, if at all, one bar executes one order. Pure. */
import type { MatchBar } from './match-bar.ts';
import type { SlippageModel } from './slippage.ts';
import type { WorkingOrder } from '../orders/working-order.ts';

/** Writes to the order the price at which the bar executes it, and why; returns whether it does. */
export function match(working: WorkingOrder, bar: MatchBar, slippage: SlippageModel): boolean {
  if (working.type === 'market') matchMarket(working, bar, slippage);
  else working.matched = matchPrice(working, working.type, bar, slippage);
  return !Number.isNaN(working.matched);
}

type PricedType = Exclude<WorkingOrder['type'], 'market'>;

function matchPrice(working: WorkingOrder, type: PricedType, bar: MatchBar, slippage: SlippageModel): number {
  switch (type) {
    case 'limit':
      return matchLimit(working, working.price, bar, slippage);
    case 'stop':
    case 'stopTrail':
      return matchStop(working, bar, slippage);
    case 'stopLimit':
    case 'stopTrailLimit':
      return working.isTriggered ? matchTriggered(working, bar, slippage) : matchStopLimit(working, bar, slippage);
    case 'close':
      return matchSessionClose(working, bar);
  }
}

/** Writes the price itself: V8 boxes a number that a call returns, and most orders of most runs are market orders. */
function matchMarket(working: WorkingOrder, bar: MatchBar, slippage: SlippageModel): void {
  const price = working.isAtCreationClose ? working.order.createdClose : bar.open;
  note(working, working.isAtCreationClose ? 'creationClose' : 'open', price, price);
  working.matched = price;
  if (!slippage.atOpen) return;
  const far = working.sign > 0 ? bar.high : bar.low;
  working.matched = slipped(working, price, far, false, bar, slippage);
}

function matchLimit(working: WorkingOrder, limit: number, bar: MatchBar, slippage: SlippageModel): number {
  const { sign } = working;
  if (sign > 0 ? limit >= bar.open : limit <= bar.open) {
    note(working, 'limitAtOpen', limit, bar.open);
    const low = slippage.compat === 'backtrader' ? limit : Math.max(bar.low, limit);
    const bound = sign > 0 ? Math.min(bar.high, limit) : low;
    return slippage.atOpen ? slipped(working, bar.open, bound, true, bar, slippage) : bar.open;
  }
  if (sign > 0 ? limit >= bar.low : limit <= bar.high) {
    note(working, 'limitReached', limit, sign > 0 ? bar.low : bar.high);
    return limit;
  }
  return NaN;
}

function matchStop(working: WorkingOrder, bar: MatchBar, slippage: SlippageModel): number {
  if (!working.isActivated) return NaN;
  const { sign, price: stop } = working;
  const far = sign > 0 ? bar.high : bar.low;
  if (sign > 0 ? bar.open >= stop : bar.open <= stop) {
    note(working, 'stopAtOpen', stop, bar.open);
    return slippage.atOpen ? slipped(working, bar.open, far, false, bar, slippage) : bar.open;
  }
  if (sign > 0 ? far >= stop : far <= stop) {
    note(working, 'stopReached', stop, far);
    return slipped(working, stop, far, false, bar, slippage);
  }
  return NaN;
}

/**
 * A stop that becomes a limit. Once triggered inside the bar it is filled in the same bar only where the bar's open and close
 * argue that the price came back to the limit; the trigger stays for the bars after it.
 */
function matchStopLimit(working: WorkingOrder, bar: MatchBar, slippage: SlippageModel): number {
  if (!working.isActivated) return NaN;
  const { sign, price: stop, limitPrice: limit } = working;
  if (sign > 0 ? bar.open >= stop : bar.open <= stop) {
    working.isTriggered = true;
    return matchLimit(working, limit, bar, slippage);
  }
  const far = sign > 0 ? bar.high : bar.low;
  if (sign > 0 ? far < stop : far > stop) return NaN;
  working.isTriggered = true;
  if (sign > 0 ? limit >= stop : limit <= stop) {
    note(working, 'stopThenLimit', stop, far);
    return slipped(working, stop, far, true, bar, slippage);
  }
  const cameBack = sign > 0 ? bar.open > bar.close && limit >= bar.close : bar.open <= bar.close && limit <= bar.close;
  if (!cameBack) return NaN;
  note(working, 'limitReached', limit, sign > 0 ? bar.low : bar.high);
  return limit;
}

/** A limit since an earlier bar: it trails no more. */
function matchTriggered(working: WorkingOrder, bar: MatchBar, slippage: SlippageModel): number {
  working.trail = undefined;
  return matchLimit(working, working.limitPrice, bar, slippage);
}

/** The close of the session's last bar: the one that closes at its end, else the last one that closed before it. */
function matchSessionClose(working: WorkingOrder, bar: MatchBar): number {
  if (bar.time >= working.sessionEnd) {
    const isOver = bar.time > working.sessionEnd && working.seenClose === working.seenClose;
    const price = isOver ? working.seenClose : bar.close;
    note(working, 'sessionClose', price, price);
    return price;
  }
  working.seenClose = bar.close;
  return NaN;
}

/** `price` after slippage, held within `far`; NaN when slippage takes it where no fill is allowed. */
export function slipped(
  working: WorkingOrder,
  price: number,
  far: number,
  isLimit: boolean,
  bar: MatchBar,
  slippage: SlippageModel,
): number {
  const slid = slippage.slip(price, working.sign * working.remaining, bar);
  if (working.sign > 0 ? slid <= far : slid >= far) return slid;
  if (slid === price || slippage.capAtBar || (isLimit && slippage.atLimit)) return slippage.beyondBar ? slid : far;
  return NaN;
}

function note(working: WorkingOrder, rule: WorkingOrder['rule'], level: number, reached: number): void {
  working.rule = rule;
  working.level = level;
  working.reached = reached;
}
