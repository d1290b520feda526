/** Where on its way the price meets an order, and what it is filled at there: tables by hand. */
import { describe, expect, it } from 'vitest';

import type { WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import {
  canBeMet,
  matchAtOpen,
  matchAtPrice,
  matchAtSessionEnd,
  meets,
  wayTo,
} from '../../../src/broker/matching/path-rules.ts';
import { fixedSlippage, noSlippage } from '../../../src/broker/matching/slippage.ts';
import { bar, matchOf, order } from './working.ts';

type Change = Partial<WorkingOrder>;

const triggered: Change = { isTriggered: true, trail: undefined };
const asleep: Change = { isActivated: false };
const trail = (amount: number, more: Change = {}): Change => ({ trail: { amount, percent: 0 }, ...more });
const two = fixedSlippage(2);

describe('the open of a bar', () => {
  const opens = bar(100, 110, 90, 105);

  it.each<[string, string, Change?]>([
    ['buy market', '100 open 100 100'],
    ['sell market', '100 open 100 100'],
    ['buy limit 100', '100 limitAtOpen 100 100'],
    ['buy limit 120', '100 limitAtOpen 120 100'],
    ['sell limit 100', '100 limitAtOpen 100 100'],
    ['sell limit 80', '100 limitAtOpen 80 100'],
    ['buy stop 100', '100 stopAtOpen 100 100'],
    ['buy stop 95', '100 stopAtOpen 95 100'],
    ['sell stop 100', '100 stopAtOpen 100 100'],
    ['sell stop 105', '100 stopAtOpen 105 100'],
    ['buy stop 140', '100 open 100 100', triggered],
    ['sell stopTrail 60', '100 open 100 100', triggered],
    ['buy stopLimit 99 101', '100 limitAtOpen 101 100'],
    ['buy stopLimit 99 100', '100 limitAtOpen 100 100'],
    ['sell stopLimit 101 99', '100 limitAtOpen 99 100'],
    ['sell stopLimit 101 100', '100 limitAtOpen 100 100'],
    ['buy stopLimit 140 100', '100 limitAtOpen 100 100', triggered],
    ['buy stopTrailLimit 140 101', '100 limitAtOpen 101 100', triggered],
    ['sell stopLimit 60 100', '100 limitAtOpen 100 100', triggered],
    ['sell stopTrail 105', '100 stopAtOpen 105 100', trail(20)],
  ])('fills %s at %s', (text, match, change) => {
    const working = order(text, change);
    expect(matchAtOpen(working, opens, noSlippage)).toBe(true);
    expect(matchOf(working)).toBe(match);
  });

  it.each<[string, Change?]>([
    ['buy close 90'],
    ['buy limit 99.9'],
    ['buy limit 99.9', { limitPrice: 120 }],
    ['sell limit 100.1'],
    ['buy stop 100.1'],
    ['sell stop 99.9'],
    ['sell stopTrail 105', asleep],
    ['buy stopLimit 100.1 120'],
    ['sell stopLimit 99.9 80'],
    ['buy stopLimit 99 99.9'],
    ['sell stopLimit 101 100.1'],
    ['buy stopLimit 99 99.9', triggered],
    ['sell stopTrailLimit 101 100.1', triggered],
  ])('does not fill %s', (text, change) => {
    expect(matchAtOpen(order(text, change), opens, noSlippage)).toBe(false);
  });

  it('triggers a stop-limit that it has passed, which takes or rests', () => {
    for (const [text, takes] of [
      ['buy stopLimit 99 99.9', false],
      ['buy stopLimit 99 100', true],
      ['sell stopLimit 101 100.1', false],
      ['sell stopLimit 101 100', true],
    ] as const) {
      const working = order(text);
      matchAtOpen(working, opens, noSlippage);
      expect([working.isTriggered, working.takesLiquidity, working.waitsFor]).toEqual([true, takes, 'anything']);
    }
    const waiting = order('buy stopLimit 101 120');
    matchAtOpen(waiting, opens, noSlippage);
    expect([waiting.isTriggered, waiting.takesLiquidity]).toEqual([false, false]);
  });

  it('moves a trailing stop first, and ends its trailing when it reaches it', () => {
    const far = order('sell stopTrail 80', trail(5));
    expect(matchAtOpen(far, opens, noSlippage)).toBe(false);
    expect([far.price, far.order.price, far.trail]).toEqual([95, 95, { amount: 5, percent: 0 }]);
    const reached = order('sell stopTrail 100', trail(5));
    expect(matchAtOpen(reached, opens, noSlippage)).toBe(true);
    expect([reached.price, reached.trail, reached.isTriggered]).toEqual([100, undefined, true]);
  });

  it.each<[string, string, Change?]>([
    ['buy market', '102 open 100 100'],
    ['sell market', '98 open 100 100'],
    ['buy limit 101', '101 limitAtOpen 101 100'],
    ['buy limit 120', '102 limitAtOpen 120 100'],
    ['sell limit 99', '99 limitAtOpen 99 100'],
    ['sell limit 80', '98 limitAtOpen 80 100'],
    ['buy stop 99', '102 stopAtOpen 99 100'],
    ['sell stop 101', '98 stopAtOpen 101 100'],
    ['buy stop 120', '102 open 100 100', triggered],
    ['buy stopLimit 99 101', '101 limitAtOpen 101 100'],
    ['sell stopLimit 101 80', '98 limitAtOpen 80 100'],
  ])('slips %s to %s', (text, match, change) => {
    const working = order(text, change);
    matchAtOpen(working, opens, two);
    expect(matchOf(working)).toBe(match);
    const spared = order(text, change);
    matchAtOpen(spared, opens, fixedSlippage(2, { atOpen: false }));
    expect(spared.matched).toBe(100);
  });

  it.each<[string, number]>([
    ['buy market', 101],
    ['sell market', 99],
    ['buy stop 90', 101],
    ['sell stop 110', 99],
    ['buy limit 120', 101],
    ['sell limit 80', 99],
  ])('slips %s no further than the bar went', (text, price) => {
    const working = order(text);
    matchAtOpen(working, bar(100, 101, 99, 100), two);
    expect(working.matched).toBe(price);
  });
});

describe('slippage beyond the bar', () => {
  it.each<[string, number]>([
    ['buy limit 120', 101],
    ['sell limit 80', 99],
    ['buy limit 100.5', 100.5],
    ['buy stop 90', NaN],
    ['sell market', NaN],
  ])('that is capped for limits alone fills %s at the open at %d', (text, price) => {
    const working = order(text);
    matchAtOpen(working, bar(100, 101, 99, 100), fixedSlippage(2, { capAtBar: false }));
    expect(working.matched).toBe(price);
  });

  it.each<[string, number]>([
    ['buy stopLimit 109 120', 110],
    ['sell stopLimit 91 80', 90],
    ['buy stop 109', NaN],
    ['sell stop 91', NaN],
  ])('that is capped for limits alone fills %s inside the bar at %d', (text, price) => {
    const working = order(text);
    matchAtPrice(working, working.price, bar(100, 110, 90, 105), fixedSlippage(2, { capAtBar: false }));
    expect(working.matched).toBe(price);
  });
});

describe('the inside of a bar', () => {
  const ranges = bar(100, 110, 90, 105);

  it.each<[string, number, Change?]>([
    ['buy market', 1],
    ['buy close', 0],
    ['buy limit 90', 1],
    ['buy limit 89', 0],
    ['sell limit 110', 1],
    ['sell limit 111', 0],
    ['buy stop 110', 1],
    ['buy stop 111', 0],
    ['sell stop 90', 1],
    ['sell stop 89', 0],
    ['buy stop 111', 1, triggered],
    ['buy stopLimit 110 95', 2],
    ['buy stopLimit 111 95', 0],
    ['sell stopLimit 90 95', 2],
    ['sell stopLimit 89 95', 0],
    ['buy stopLimit 111 90', 1, triggered],
    ['buy stopLimit 111 89', 0, triggered],
    ['sell stopLimit 89 110', 1, triggered],
    ['sell stopLimit 89 111', 0, triggered],
    ['buy stopTrailLimit 111 90', 1, triggered],
    ['buy stopTrailLimit 111 89', 0, triggered],
    ['sell stopTrailLimit 89 110', 1, triggered],
    ['sell stopTrailLimit 89 111', 0, triggered],
    // Up to 110 the stop follows to 110 less its distance, which the low reaches or not.
    ['sell stopTrail 80', 2, trail(20)],
    ['sell stopTrail 80', 0, trail(21)],
    ['sell stopTrail 90', 2, trail(21)],
    ['buy stopTrail 120', 2, trail(20)],
    ['buy stopTrail 120', 0, trail(21)],
    ['buy stopTrail 110', 2, trail(21)],
    ['sell stopTrail 80', 2, { startsAtEntry: true }],
    ['sell stopTrail 95', 2, trail(5, { isActivated: false, activation: 110 })],
    ['sell stopTrail 95', 0, trail(5, { isActivated: false, activation: 111 })],
    ['buy stopTrail 105', 2, trail(5, { isActivated: false, activation: 90 })],
    ['buy stopTrail 105', 0, trail(5, { isActivated: false, activation: 89 })],
  ])('can execute because of %s: %i', (text, count, change) => {
    expect(canBeMet(order(text, change), ranges)).toBe(count);
  });

  it.each<[string, -1 | 0 | 1 | undefined, Change?]>([
    ['buy close', 0],
    ['buy market', undefined],
    ['buy limit 95', -1],
    ['buy limit 90', -1],
    ['buy limit 89', 0],
    ['buy limit 100', undefined],
    ['sell limit 105', 1],
    ['sell limit 110', 1],
    ['sell limit 111', 0],
    ['sell limit 100', undefined],
    ['buy stop 105', 1],
    ['buy stop 111', 0],
    ['buy stop 100', undefined],
    ['sell stop 95', -1],
    ['sell stop 89', 0],
    ['sell stop 100', undefined],
    ['sell stop 95', undefined, triggered],
    ['sell stopLimit 95 95', undefined],
    ['sell stopTrail 95', undefined, trail(5)],
  ])('meets %s on the way %s from its open', (text, way, change) => {
    expect(wayTo(order(text, change), ranges)).toBe(way);
  });

  it.each<[string, number, number, number, Change?]>([
    ['buy market', 100, 110, 100],
    ['sell close 95', 100, 90, NaN],
    ['buy limit 95', 100, 90, 95],
    ['buy limit 90', 100, 90, 90],
    ['buy limit 89', 100, 90, NaN],
    ['buy limit 100', 100, 110, 100],
    ['buy limit 101', 100, 110, 100],
    ['buy limit 95', 100, 110, NaN],
    ['sell limit 105', 100, 110, 105],
    ['sell limit 110', 100, 110, 110],
    ['sell limit 111', 100, 110, NaN],
    ['sell limit 100', 100, 90, 100],
    ['sell limit 99', 100, 90, 100],
    ['buy stop 105', 100, 110, 105],
    ['buy stop 110', 100, 110, 110],
    ['buy stop 111', 100, 110, NaN],
    ['buy stop 100', 100, 90, 100],
    ['buy stop 99', 100, 90, 100],
    ['buy stop 105', 100, 90, NaN],
    ['sell stop 95', 100, 90, 95],
    ['sell stop 90', 100, 90, 90],
    ['sell stop 89', 100, 90, NaN],
    ['sell stop 100', 100, 110, 100],
    ['sell stop 101', 100, 110, 100],
    ['sell stop 95', 100, 110, NaN],
    ['sell stop 60', 100, 110, 100, triggered],
    ['buy stopLimit 105 95', 100, 110, 105],
    ['buy stopLimit 105 95', 105, 90, 95, triggered],
    ['sell stopTrailLimit 95 102', 95, 105, 102, triggered],
    ['sell stopTrail 101', 100, 90, NaN, asleep],
    ['sell stopTrail 95', 100, 90, 95, trail(5)],
  ])('meets %s between %d and %d at %d', (text, from, to, at, change) => {
    expect(meets(order(text, change), from, to)).toBe(at);
  });

  it.each<[string, number, string, Change?]>([
    ['buy market', 97, '97 open 97 97'],
    ['sell stop 60', 97, '97 open 97 97', triggered],
    ['buy limit 95', 95, '95 limitReached 95 90'],
    ['sell limit 105', 105, '105 limitReached 105 110'],
    ['buy stopLimit 105 95', 95, '95 limitReached 95 90', triggered],
    ['sell stopLimit 95 105', 105, '105 limitReached 105 110', triggered],
    ['buy stop 105', 105, '105 stopReached 105 110'],
    ['sell stop 95', 95, '95 stopReached 95 90'],
    ['sell stopTrail 95', 95, '95 stopReached 95 90', trail(5)],
    ['buy stopLimit 105 106', 105, '105 stopThenLimit 105 110'],
    ['buy stopLimit 105 105', 105, '105 stopThenLimit 105 110'],
    ['sell stopLimit 95 94', 95, '95 stopThenLimit 95 90'],
    ['sell stopLimit 95 95', 95, '95 stopThenLimit 95 90'],
  ])('fills %s that it meets at %d: %s', (text, price, match, change) => {
    const working = order(text, change);
    expect(matchAtPrice(working, price, ranges, noSlippage)).toBe(true);
    expect(matchOf(working)).toBe(match);
  });

  it.each(['buy stopLimit 105 104', 'sell stopLimit 95 96'])('only triggers %s, which then rests', (text) => {
    const working = order(text, { reached: NaN });
    expect(matchAtPrice(working, working.price, ranges, two)).toBe(false);
    expect([working.isTriggered, working.waitsFor, working.reached]).toEqual([true, 'anything', NaN]);
  });

  it('ends the trailing of a stop that it meets', () => {
    const working = order('sell stopTrail 95', trail(5));
    matchAtPrice(working, 95, ranges, noSlippage);
    expect([working.isTriggered, working.trail, working.waitsFor]).toEqual([true, undefined, 'anything']);
  });

  it.each<[string, number, number, Change?]>([
    ['buy market', 97, 99],
    ['sell market', 97, 95],
    ['sell market', 91, 90],
    ['buy limit 95', 95, 95],
    ['buy stop 105', 105, 107],
    ['buy stop 109', 109, 110],
    ['sell stop 95', 95, 93],
    ['sell stop 91', 91, 90],
    ['buy stopLimit 105 120', 105, 107],
    ['buy stopLimit 105 106', 105, 106],
    ['buy stopLimit 109 120', 109, 110],
    ['sell stopLimit 95 80', 95, 93],
    ['sell stopLimit 95 94', 95, 94],
    ['sell stopLimit 91 80', 91, 90],
    ['buy stopLimit 105 95', 95, 95, triggered],
  ])('slips %s that it meets at %d to %d', (text, price, slid, change) => {
    const working = order(text, change);
    expect(matchAtPrice(working, price, ranges, two)).toBe(true);
    expect(working.matched).toBe(slid);
  });

  it('spares market orders where the switch of the open is off, and no stop', () => {
    const spared = fixedSlippage(2, { atOpen: false });
    for (const [text, price] of [['buy market', 105], ['buy stop 105', 107]] as const) {
      const working = order(text);
      matchAtPrice(working, 105, ranges, spared);
      expect(working.matched).toBe(price);
    } // prettier-ignore
  });

  it.each(['sell stop 91', 'sell stopLimit 91 80', 'buy stop 109', 'buy stopLimit 109 120'])(
    'does not fill %s where slippage takes it beyond the bar and is not capped',
    (text) => {
      const working = order(text);
      expect(matchAtPrice(working, working.price, ranges, fixedSlippage(2, { atLimit: false, capAtBar: false }))).toBe(
        false,
      );
      expect([working.isTriggered, working.reached]).toEqual([true, working.sign > 0 ? 110 : 90]);
    },
  );
});

describe('the end of a session', () => {
  it('fills an order for its close at the close of its last bar, without slippage', () => {
    const working = order('buy close', { sessionEnd: 1 });
    expect(matchAtSessionEnd(working, bar(100, 110, 90, 105))).toBe(true);
    expect(matchOf(working)).toBe('105 sessionClose 105 105');
    expect(matchAtSessionEnd(order('buy close', { sessionEnd: 2 }), bar(100, 110, 90, 105))).toBe(false);
  });
});
