/** Which prices a trailing stop follows, by an exchange's rules and by Backtrader's. */
import { describe, expect, it } from 'vitest';
import { trailByBest, trailByCloses, type TrailRule } from '../../../src/broker/orders/trail-rule.ts';
import type { WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import { order } from '../matching/working.ts';

/** A stop 4 from the price, which starts at 100. */
function trailing(side: 'buy' | 'sell', change: Partial<WorkingOrder> = {}): WorkingOrder {
  const price = side === 'sell' ? 96 : 104;
  return order(`${side} stopTrail ${price}`, { trail: { amount: 4, percent: 0 }, ...change });
}

describe.each<[string, TrailRule, boolean, number, number, number]>([
  // A bar of high 108, low 92, close 103, and a trade at 110 (sell) or 90 (buy).
  ['the best price', trailByBest, true, 104, 96, 106],
  ['the closes of bars', trailByCloses, false, 99, 104, 96],
])('%s', (_, rule, startsAtEntry, sold, bought, traded) => {
  it('moves the stop of a bar, and of a trade', () => {
    expect(rule.startsAtEntry).toBe(startsAtEntry);
    const [sell, buy, live] = [trailing('sell'), trailing('buy'), trailing('sell')];
    for (const one of [sell, buy]) rule.followBar(one, 108, 92, 103);
    rule.followTrade(live, 110);
    expect([sell.price, buy.price, live.price]).toEqual([sold, bought, traded]);
  });
});
