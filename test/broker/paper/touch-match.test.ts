/** What a live trade, or the touch on arrival, does to one order: tables by hand. */
import { describe, expect, it } from 'vitest';

import type { WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import { isStopReached, matchOnArrival, matchTrade, type PaperMatch } from '../../../src/broker/paper/touch-match.ts';
import { order } from '../matching/working.ts';

const short = (match: PaperMatch | undefined): string => {
  if (match === undefined) return 'nothing';
  const { price, rule, level, reached, isTaker } = match;
  return `${price} ${rule} ${level} ${reached} ${isTaker ? 'taker' : 'maker'}`;
};
const triggered = { isTriggered: true };
const asleep = { isActivated: false };

describe('an order that arrives at a touch of 100', () => {
  it.each([
    ['buy market', '100 touch 100 100 taker'],
    ['sell market', '100 touch 100 100 taker'],
    ['buy limit 100', '100 limitAtTouch 100 100 taker'],
    ['buy limit 103', '100 limitAtTouch 103 100 taker'],
    ['buy limit 99', 'nothing'],
    ['sell limit 100', '100 limitAtTouch 100 100 taker'],
    ['sell limit 97', '100 limitAtTouch 97 100 taker'],
    ['sell limit 101', 'nothing'],
    ['buy stop 90', 'nothing'],
    ['buy stop 110', 'nothing'],
    ['sell stop 90', 'nothing'],
    ['sell close 90', 'nothing'],
    ['sell stopLimit 110 90', 'nothing'],
    ['sell close', 'nothing'],
  ])('%s: %s', (text, wanted) => {
    expect(short(matchOnArrival(order(text), 100))).toBe(wanted);
    expect(matchOnArrival(order(text), undefined)).toBeUndefined();
  });
});

describe('a trade at 100', () => {
  it.each<[string, number | undefined, string, Partial<WorkingOrder>?]>([
    ['buy market', 101, '100 nextTrade 100 100 taker'],
    ['buy limit 100', 101, '100 traded 100 100 maker'],
    ['buy limit 102', 101, '102 traded 102 100 maker'],
    ['buy limit 99', 101, 'nothing'],
    ['sell limit 100', 99, '100 traded 100 100 maker'],
    ['sell limit 98', 99, '98 traded 98 100 maker'],
    ['sell limit 101', 99, 'nothing'],
    ['buy stop 100', 101, '101 stopTraded 100 100 taker'],
    ['buy stop 98', 99, '100 stopTraded 98 100 taker'],
    ['buy stop 98', undefined, '100 stopTraded 98 100 taker'],
    ['buy stop 101', 101, 'nothing'],
    ['sell stop 100', 99, '99 stopTraded 100 100 taker'],
    ['sell stop 102', 101, '100 stopTraded 102 100 taker'],
    ['sell stop 99', 99, 'nothing'],
    ['sell stopTrail 100', 99, '99 stopTraded 100 100 taker'],
    ['sell stopTrail 100', 99, 'nothing', asleep],
    ['buy stopLimit 100 101', 101, '101 stopTraded 100 100 taker'],
    ['buy stopLimit 100 100', undefined, '100 stopTraded 100 100 taker'],
    ['buy stopLimit 100 100.5', 101, 'nothing'],
    ['buy stopLimit 101 110', 101, 'nothing'],
    ['sell stopTrailLimit 100 99', 99, '99 stopTraded 100 100 taker'],
    ['sell stopTrailLimit 100 99.5', 99, 'nothing'],
    ['buy stopLimit 140 100', 101, '100 traded 100 100 maker', triggered],
    ['buy stopLimit 140 99', 101, 'nothing', triggered],
    ['sell stopTrailLimit 60 98', 99, '98 traded 98 100 maker', triggered],
    ['sell stopLimit 60 101', 99, 'nothing', triggered],
    ['sell close', 99, 'nothing'],
  ])('does to %s, at a touch of %s: %s', (text, touch, wanted, change) => {
    expect(short(matchTrade(order(text, change), 100, touch))).toBe(wanted);
  });

  it('triggers a stop-limit that it reaches, also where its limit then rests, and ends its trailing', () => {
    const trail = { amount: 2, percent: 0 };
    for (const [text, isTriggered] of [
      ['buy stopTrailLimit 100 101', true],
      ['buy stopTrailLimit 100 100.5', true],
      ['buy stopTrailLimit 100.5 110', false],
    ] as const) {
      const working = order(text, { trail });
      matchTrade(working, 100, 101);
      expect([working.isTriggered, working.trail]).toEqual([isTriggered, isTriggered ? undefined : trail]);
    }
  });
});

describe('a stop', () => {
  it('is reached by a trade at it or beyond, once it is active', () => {
    const reached = (text: string, change?: Partial<WorkingOrder>): boolean => isStopReached(order(text, change), 100);
    expect(['buy stop 99', 'buy stop 100', 'buy stop 101'].map((text) => reached(text))).toEqual([true, true, false]);
    expect(['sell stop 99', 'sell stop 100', 'sell stop 101'].map((text) => reached(text))).toEqual([
      false,
      true,
      true,
    ]);
    expect(reached('buy stop 99', asleep)).toBe(false);
  });
});
