/** Why fills happened, in a trader's words: one line for each rule, both ways. */
import { describe, expect, it } from 'vitest';

import { describeFill, fillRules, type FillRule } from '../../../src/broker/accounting/fill-reason.ts';

describe('a fill', () => {
  it.each<[FillRule, number, number, number, number, string]>([
    ['open', 1, 100, 100, 100, 'market order at the open 100'],
    ['open', -1, 99.5, 100, 100, 'market order at the open 100, slipped to 99.5'],
    ['sessionClose', 1, 100, 100, 100, 'session closed at 100'],
    ['creationClose', 1, 101, 100, 100, 'market order at the close 100 of the bar it was made in, slipped to 101'],
    ['limitAtOpen', 1, 98, 99, 98, 'open 98 was at or below limit 99'],
    ['limitAtOpen', -1, 102, 101, 103, 'open 103 was at or above limit 101, slipped to 102'],
    ['limitReached', 1, 61_830, 61_830, 61_822, 'low 61,822 reached limit 61,830'],
    ['limitReached', -1, 61_830, 61_830, 61_840, 'high 61,840 reached limit 61,830'],
    ['stopAtOpen', 1, 103, 102, 103, 'open 103 was at or above stop 102'],
    ['stopAtOpen', -1, 96, 98, 97, 'open 97 was at or below stop 98, slipped to 96'],
    ['stopReached', 1, 102, 102, 105, 'high 105 reached stop 102'],
    ['stopReached', -1, 97.5, 98, 95, 'low 95 reached stop 98, slipped to 97.5'],
    ['stopThenLimit', 1, 102.5, 102, 105, 'high 105 reached stop 102, filled as a limit, slipped to 102.5'],
    ['stopThenLimit', -1, 98, 98, 95, 'low 95 reached stop 98, filled as a limit'],
    ['touch', 1, 101, 101, 101, 'market order at the ask 101'],
    ['touch', -1, 99, 99, 99, 'market order at the bid 99'],
    ['traded', 1, 100, 100, 99, 'a trade at 99 went through limit 100'],
    ['reported', 1, 100, NaN, NaN, 'reported by the exchange'],
    ['limitAtTouch', 1, 100, 101, 100, 'ask 100 was at or below limit 101'],
    ['limitAtTouch', -1, 100, 99, 100, 'bid 100 was at or above limit 99'],
    ['nextTrade', 1, 100, 100, 100, 'market order at the next trade 100'],
    ['stopTraded', 1, 103, 101, 102, 'a trade at 102 reached stop 101, slipped to 103'],
    ['stopTraded', 1, 102, 101, 102, 'a trade at 102 reached stop 101'],
    ['liquidation', -1, 80, 81, 80.5, 'the mark price reached the liquidation price 81'],
    ['delivery', -1, 90, NaN, 90, 'the contract expired and was settled at 90'],
    ['book', 2, 101, 101, 101, 'took 2 at the ask 101 of the book'],
    ['book', -2.5, 99, 98, 99, 'took 2.5 at the bid 99 of the book, within 98'],
    ['queued', 1, 100, 100, 100, 'traded at limit 100 after the units ahead of it in the queue'],
    ['queued', 1, 100, 100, 99, 'the market went through limit 100 to 99'],
  ])('by the rule %s of %d at %d, level %d, reached %d: %s', (rule, size, price, level, reached, wanted) => {
    expect(describeFill({ rule, size, price, level, reached })).toBe(wanted);
  });

  it('has words for every rule, and prices to twelve digits', () => {
    for (const rule of fillRules)
      expect(describeFill({ rule, size: 1, price: 1, level: 1, reached: 1 })).not.toMatch(/undefined|NaN/);
    expect(describeFill({ rule: 'nextTrade', size: 1, price: 1, level: 1, reached: 0.000012345678 })).toContain('0.000012345678'); // prettier-ignore
  });
});
