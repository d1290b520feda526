/** Which prices a trailing stop follows, by an exchange's rules and by Backtrader's, and how it moves. */
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

describe('a trailing stop', () => {
  it('never moves back', () => {
    const sell = trailing('sell');
    for (const price of [101, 99, 100.5]) sell.follow(price);
    const buy = trailing('buy');
    for (const price of [99, 101, 99.5]) buy.follow(price);
    expect([sell.price, sell.order.price, buy.price, buy.order.price]).toEqual([97, 97, 103, 103]);
  });

  it('keeps a distance by percent of the price it follows', () => {
    const sell = trailing('sell', { trail: { amount: 0, percent: 0.1 } });
    sell.follow(120);
    const buy = trailing('buy', { trail: { amount: 0, percent: 0.1 } });
    buy.follow(80);
    expect([sell.price, buy.price]).toEqual([108, 88]);
  });

  it('waits for its activation, from which on it trails', () => {
    const sell = trailing('sell', { activation: 105, isActivated: false });
    sell.follow(104.9);
    expect([sell.price, sell.isActivated]).toEqual([96, false]);
    sell.follow(105);
    expect([sell.price, sell.isActivated]).toEqual([101, true]);
    const buy = trailing('buy', { activation: 95, isActivated: false });
    buy.follow(95.1);
    expect([buy.price, buy.isActivated]).toEqual([104, false]);
    buy.follow(95);
    expect([buy.price, buy.isActivated]).toEqual([99, true]);
  });

  it('with a limit moves the limit by as much, and one without leaves it', () => {
    const limited = order('sell stopTrailLimit 96 95', { trail: { amount: 4, percent: 0 }, limitOffset: 1 });
    limited.follow(102);
    expect([limited.price, limited.limitPrice, limited.order.limitPrice]).toEqual([98, 97, 97]);
    const plain = trailing('sell');
    plain.follow(102);
    expect([plain.price, plain.limitPrice]).toEqual([98, 96]);
  });

  it('of an entry begins at the price of its fill, once', () => {
    const sell = trailing('sell', { startsAtEntry: true, entryPrice: 90 });
    sell.wake();
    expect([sell.price, sell.startsAtEntry]).toEqual([86, false]);
    sell.follow(95);
    sell.wake();
    expect(sell.price).toBe(91);
    const buy = trailing('buy', { startsAtEntry: true, entryPrice: 110 });
    buy.wake();
    expect(buy.price).toBe(114);
  });

  it('is the only order that follows', () => {
    const stop = order('sell stop 96');
    stop.follow(120);
    stop.wake();
    expect(stop.price).toBe(96);
  });
});
