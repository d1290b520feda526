/** Which price one bar gives one order by Backtrader's rules: tables by hand. */
import { describe, expect, it } from 'vitest';

import type { WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import { match } from '../../../src/broker/matching/match-bar-rules.ts';
import {
  fixedSlippage,
  noSlippage,
  percentSlippage,
  volumeImpact,
  type SlippageSwitches,
} from '../../../src/broker/matching/slippage.ts';
import { bar, matchOf, order } from './working.ts';

type Change = Partial<WorkingOrder>;

const triggered: Change = { isTriggered: true, trail: { amount: 1, percent: 0 } };
const asleep: Change = { isActivated: false };
/** Up and down from its open to a close above it, and to one below. */
const rises = bar(100, 110, 90, 105);
const falls = bar(100, 110, 90, 95);

describe('a bar', () => {
  it.each<[string, string, Change?]>([
    ['buy market', '100 open 100 100'],
    ['sell market', '100 open 100 100'],
    ['buy limit 100', '100 limitAtOpen 100 100'],
    ['buy limit 101', '100 limitAtOpen 101 100'],
    ['buy limit 99', '99 limitReached 99 90'],
    ['buy limit 90', '90 limitReached 90 90'],
    ['sell limit 100', '100 limitAtOpen 100 100'],
    ['sell limit 99', '100 limitAtOpen 99 100'],
    ['sell limit 101', '101 limitReached 101 110'],
    ['sell limit 110', '110 limitReached 110 110'],
    ['buy stop 100', '100 stopAtOpen 100 100'],
    ['buy stop 99', '100 stopAtOpen 99 100'],
    ['buy stop 101', '101 stopReached 101 110'],
    ['buy stopTrail 110', '110 stopReached 110 110'],
    ['sell stop 100', '100 stopAtOpen 100 100'],
    ['sell stopTrail 101', '100 stopAtOpen 101 100'],
    ['sell stop 99', '99 stopReached 99 90'],
    ['sell stop 90', '90 stopReached 90 90'],
    ['buy stopLimit 99 101', '100 limitAtOpen 101 100'],
    ['buy stopLimit 100 95', '95 limitReached 95 90'],
    ['sell stopLimit 101 99', '100 limitAtOpen 99 100'],
    ['sell stopLimit 100 99', '100 limitAtOpen 99 100'],
    ['sell stopLimit 100 105', '105 limitReached 105 110'],
    ['buy stopLimit 105 106', '105 stopThenLimit 105 110'],
    ['buy stopLimit 110 110', '110 stopThenLimit 110 110'],
    ['sell stopLimit 95 94', '95 stopThenLimit 95 90'],
    ['sell stopLimit 90 90', '90 stopThenLimit 90 90'],
    ['buy stopLimit 140 95', '95 limitReached 95 90', triggered],
    ['sell stopTrailLimit 60 105', '105 limitReached 105 110', triggered],
  ])('fills %s: %s', (text, wanted, change) => {
    const working = order(text, change);
    expect(match(working, rises, noSlippage)).toBe(true);
    expect(matchOf(working)).toBe(wanted);
  });

  it.each<[string, Change?]>([
    ['buy limit 89'],
    ['sell limit 111'],
    ['buy stop 111'],
    ['sell stop 89'],
    ['buy stop 99', asleep],
    ['sell stopTrail 101', asleep],
    ['buy stopLimit 99 101', asleep],
    ['buy stopLimit 111 120'],
    ['sell stopLimit 89 80'],
    ['buy stopLimit 99 89'],
    ['sell stopLimit 101 111'],
    ['buy stopLimit 99 89', triggered],
  ])('does not fill %s', (text, change) => {
    const working = order(text, change);
    expect(match(working, rises, noSlippage)).toBe(false);
    expect(working.matched).toBeNaN();
  });

  it('fills a stop-limit that it reaches inside at its limit only where open and close say that the price came back', () => {
    const filled = (text: string, prices = rises): string | false => {
      const working = order(text);
      const isFilled = match(working, prices, noSlippage);
      expect(working.isTriggered).toBe(true);
      return isFilled && matchOf(working);
    };
    expect(filled('buy stopLimit 105 99')).toBe(false);
    expect(filled('buy stopLimit 108 106')).toBe(false);
    expect(filled('buy stopLimit 105 99', falls)).toBe('99 limitReached 99 90');
    expect(filled('buy stopLimit 105 95', falls)).toBe('95 limitReached 95 90');
    expect(filled('buy stopLimit 105 94', falls)).toBe(false);
    expect(filled('buy stopLimit 105 100', bar(100, 110, 90, 100))).toBe(false);
    expect(filled('sell stopLimit 95 101', falls)).toBe(false);
    expect(filled('sell stopLimit 92 94', falls)).toBe(false);
    // Triggered by the open, far from its limit.
    expect(filled('buy stopLimit 99 89')).toBe(false);
    expect(filled('sell stopLimit 95 101')).toBe('101 limitReached 101 110');
    expect(filled('sell stopLimit 95 105')).toBe('105 limitReached 105 110');
    expect(filled('sell stopLimit 95 106')).toBe(false);
    expect(filled('sell stopLimit 95 100', bar(100, 110, 90, 100))).toBe('100 limitReached 100 110');
  });

  it('ends the trailing of a stop-limit that has been triggered before, and leaves a waiting one alone', () => {
    const limit = order('buy stopTrailLimit 140 80', triggered);
    match(limit, rises, noSlippage);
    expect(limit.trail).toBeUndefined();
    const waiting = order('buy stopTrailLimit 140 150', { trail: { amount: 1, percent: 0 } });
    match(waiting, rises, noSlippage);
    expect([waiting.trail, waiting.isTriggered]).toEqual([{ amount: 1, percent: 0 }, false]);
  });

  it('fills a market order of cheating at the close it was made at', () => {
    const working = order('buy market', { isAtCreationClose: true });
    working.order = Object.create(working.order, { createdClose: { value: 97 } }) as typeof working.order;
    match(working, rises, noSlippage);
    expect(matchOf(working)).toBe('97 creationClose 97 97');
    match(working, rises, fixedSlippage(2));
    expect(matchOf(working)).toBe('99 creationClose 97 97');
  });
});

describe('the close of a session', () => {
  const at = (time: number, close: number) => ({ ...rises, time, close });

  it('is that of the bar that closes with it', () => {
    const working = order('sell close', { sessionEnd: 3 });
    expect(match(working, at(2, 97), noSlippage)).toBe(false);
    expect(match(working, at(3, 98), fixedSlippage(2))).toBe(true);
    expect(matchOf(working)).toBe('98 sessionClose 98 98');
  });

  it('is that of the last bar before it where none closes with it', () => {
    const working = order('sell close', { sessionEnd: 3 });
    match(working, at(1, 96), noSlippage);
    match(working, at(2, 97), noSlippage);
    expect(match(working, at(4, 99), noSlippage)).toBe(true);
    expect(matchOf(working)).toBe('97 sessionClose 97 97');
  });

  it('is that of the first bar after it where there was none before it', () => {
    const working = order('sell close', { sessionEnd: 3 });
    expect(match(working, at(4, 99), noSlippage)).toBe(true);
    expect(matchOf(working)).toBe('99 sessionClose 99 99');
  });
});

describe('slippage', () => {
  const slid = (text: string, switches: SlippageSwitches = {}, prices = rises): number => {
    const working = order(text);
    match(working, prices, fixedSlippage(2, switches));
    return working.matched;
  };
  const narrow = bar(100, 101, 99, 100);

  it.each<[string, number, number]>([
    ['buy market', 102, 101],
    ['sell market', 98, 99],
    ['buy limit 120', 102, 101],
    ['buy limit 101', 101, 101],
    ['sell limit 80', 98, 99],
    ['sell limit 99', 99, 99],
    ['buy limit 99', 99, 99],
    ['buy stop 99', 102, 101],
    ['sell stop 101', 98, 99],
    ['buy stop 100.5', 102.5, 101],
    ['sell stop 99.5', 97.5, 99],
    ['buy stopLimit 100.5 120', 102.5, 101],
    ['sell stopLimit 99.5 80', 97.5, 99],
  ])('takes %s to %d, within a narrow bar to %d', (text, wide, capped) => {
    expect([slid(text), slid(text, {}, narrow)]).toEqual([wide, capped]);
  });

  it('spares what the open fills where that is switched off, and no stop inside the bar', () => {
    const off: SlippageSwitches = { atOpen: false };
    expect(['buy market', 'buy limit 120', 'buy stop 99', 'buy stop 101'].map((text) => slid(text, off))).toEqual([100, 100, 100, 103]); // prettier-ignore
  });

  it('leaves unfilled what it takes beyond the bar where nothing caps it', () => {
    const off: SlippageSwitches = { atLimit: false, capAtBar: false };
    for (const text of ['buy market', 'sell market', 'buy limit 120', 'buy stop 100.5', 'buy stopLimit 100.5 120'])
      expect(slid(text, off, narrow), text).toBeNaN();
    for (const text of ['buy stop 100.5', 'buy stop 99', 'sell stop 101', 'buy market'])
      expect(slid(text, { capAtBar: false }, narrow), text).toBeNaN();
    expect(slid('buy limit 120', { capAtBar: false }, narrow)).toBe(101);
    expect(slid('buy stopLimit 100.5 120', { capAtBar: false }, narrow)).toBe(101);
    expect(slid('buy limit 120', { atLimit: false }, narrow)).toBe(101);
    expect(slid('buy market', off)).toBe(102);
    // It slips to the very high, or low.
    expect(slid('buy market', off, bar(100, 102, 99, 100))).toBe(102);
    expect(slid('sell market', off, bar(100, 102, 98, 100))).toBe(98);
  });

  it('fills beyond the bar where that is asked for', () => {
    expect(slid('buy market', { beyondBar: true }, narrow)).toBe(102);
    expect(slid('sell stop 99.5', { beyondBar: true }, narrow)).toBe(97.5);
  });

  it('knows how many units are bought or sold', () => {
    const working = order('sell market', { remaining: 250 });
    // A tenth of 20, times the root of 250 / 1000.
    match(working, rises, volumeImpact(0.1));
    expect(working.matched).toBe(99);
  });

  it('that slips nowhere fills where a broken bar ends below its own open', () => {
    const working = order('buy market');
    match(working, bar(100, 99, 90, 95), percentSlippage(0, { capAtBar: false, beyondBar: true }));
    expect(working.matched).toBe(100);
  });

  it('takes a sell limit below the low of its bar by Backtrader’s rules alone', () => {
    expect(slid('sell limit 80', {}, narrow)).toBe(99);
    expect(slid('sell limit 80', { compat: 'backtrader' }, narrow)).toBe(98);
    expect(slid('sell limit 98.5', { compat: 'backtrader' }, narrow)).toBe(98.5);
    expect(slid('buy limit 120', { compat: 'backtrader' }, narrow)).toBe(101);
  });
});
