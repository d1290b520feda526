/** Trailing rules: which prices a trailing stop follows. */
import type { WorkingOrder } from './working-order.ts';

/** Which price does a trailing stop follow? */
export interface TrailRule {
  /** Whether the trailing exit of an entry starts at the price of the entry's fill; else at the close at which it was placed. */
  readonly startsAtEntry: boolean;
  /** Called once a bar that did not execute the order, with its prices. */
  followBar(working: WorkingOrder, high: number, low: number, close: number): void;
  /** Called for each live trade, with its price. */
  followTrade(working: WorkingOrder, price: number): void;
}

/** Backtrader's: the closes of bars. */
export const trailByCloses: TrailRule = {
  startsAtEntry: false,
  followBar(working, _high, _low, close) {
    working.follow(close);
  },
  followTrade() {
    // Only closes count.
  },
};

/** An exchange's: the best price since the order was activated. */
export const trailByBest: TrailRule = {
  startsAtEntry: true,
  followBar(working, high, low) {
    working.follow(working.sign < 0 ? high : low);
  },
  followTrade(working, price) {
    working.follow(price);
  },
};
