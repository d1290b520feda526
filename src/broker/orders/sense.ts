/** Orders that make no sense on an exchange: each is rejected with one sentence, and the run goes on. */
import type { Refusal, Side } from '../../core/index.ts';
import type { CommissionScheme } from '../accounting/commission.ts';
import type { LooseOrderOptions } from './options.ts';

/** Does an order make sense? */
export interface SenseRule {
  /** Why an order makes none; undefined when it does. @param close - The latest close of its data. */
  nonsenseOf(side: Side, options: LooseOrderOptions, close: number, scheme: CommissionScheme): Refusal | undefined;
  /** Why a value, size times price, that is not finite makes none; undefined when it is taken. */
  nonsenseOfValue(value: number): Refusal | undefined;
  /** Why a bracket makes none. @param entry - The price that the position is entered at, as far as it is known. */
  nonsenseOfBracket(
    side: Side,
    entry: number,
    stop: number | undefined,
    target: number | undefined,
  ): Refusal | undefined;
  /** The most that a target may be of the value, for a leverage. */
  mostOfValue(leverage: number): number;
}

/** An exchange refuses prices of nothing, and stops that have been reached already; a bracket's exits lie on either side of its entry. */
export const checksSense: SenseRule = {
  nonsenseOf(side, { type = 'market', price, limitPrice, parent, triggered = 'refuse', trailPercent }, close, scheme) {
    if (trailPercent !== undefined && trailPercent >= 1) {
      const reason = `trailPercent is a fraction, 0.05 for 5 %, was ${trailPercent}: did you mean ${trailPercent / 100}?`;
      return { rule: 'trailPercent', reason };
    }
    if (scheme.isSpot && price !== undefined && price <= 0) return belowZero('price', price);
    if (scheme.isSpot && limitPrice !== undefined && limitPrice <= 0) return belowZero('limitPrice', limitPrice);
    if (
      (type !== 'stop' && type !== 'stopLimit') ||
      parent !== undefined ||
      price === undefined ||
      triggered === 'fire'
    )
      return undefined;
    if (side === 'buy' ? price > close : price < close) return undefined;
    const reason =
      `the stop at ${price} to ${side} is triggered already, the price being ${close}: place it ${side === 'buy' ? 'above' : 'below'}, ` +
      `or with triggered: 'fire'`;
    return { rule: 'triggered', reason };
  },
  nonsenseOfValue: (value) => ({
    rule: 'value',
    reason: `its value, size times price, must be a finite number, was ${value}`,
  }),
  nonsenseOfBracket(side, entry, stop, target) {
    const sign = side === 'buy' ? 1 : -1;
    const isStopWrong = stop !== undefined && sign * (entry - stop) <= 0;
    const isTargetWrong = target !== undefined && sign * (target - entry) <= 0;
    if (!isStopWrong && !isTargetWrong) return undefined;
    const [below, above] = side === 'buy' ? ['below', 'above'] : ['above', 'below'];
    if (isStopWrong && isTargetWrong) {
      const reason = `stopLoss ${stop} and takeProfit ${target} are swapped: to ${side} at ${entry}, the stop lies ${below} and the target ${above}`;
      return { rule: 'stopLoss', reason };
    }
    const [rule, exit, where] = isStopWrong ? ['stopLoss', stop, below] : ['takeProfit', target, above];
    return {
      rule,
      reason: `${rule} ${exit} lies on the wrong side of the entry at ${entry}: to ${side}, it lies ${where}`,
    };
  },
  mostOfValue: (leverage) => Math.max(1, leverage),
};

/** Backtrader takes every order as it is. */
export const takesAnything: SenseRule = {
  nonsenseOf: () => undefined,
  nonsenseOfValue: () => undefined,
  nonsenseOfBracket: () => undefined,
  mostOfValue: () => Infinity,
};

function belowZero(field: 'price' | 'limitPrice', value: number): Refusal {
  return { rule: 'price', reason: `a ${field} of ${value} cannot trade on spot: prices are above 0` };
}
