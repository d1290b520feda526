/** Which of several exits that one bar reached came first, policy by policy. */
import { describe, expect, it } from 'vitest';

import {
  AmbiguityCount,
  arrange,
  finerBars,
  type Candidate,
  type IntrabarPolicy,
} from '../../../src/broker/matching/intrabar.ts';
import { barsFromRows, timeframe } from '../../../src/core/index.ts';
import { Timeline } from '../../../src/lines/index.ts';
import { bar, order } from './working.ts';

const prices = bar(100, 110, 90, 105);

/** An exit of a side, its fill at a price by a rule. */
function exit(side: 'buy' | 'sell', price: number, rule: 'limitReached' | 'stopReached' | 'stopAtOpen' | 'limitAtOpen' | 'open' = 'stopReached'): Candidate {
  return { working: order(`${side} stop ${price}`, { level: price, rule, remaining: 2 }), price };
} // prettier-ignore

const pricesOf = (candidates: readonly Candidate[]): number[] => candidates.map(({ price }) => price);

describe('exits of a long position', () => {
  const exits = [exit('sell', 95), exit('sell', 108, 'limitReached'), exit('sell', 92), exit('sell', 103, 'limitReached')];

  it.each<[IntrabarPolicy, number[]]>([
    ['pessimistic', [92, 95, 103, 108]],
    ['optimistic', [108, 103, 95, 92]],
    ['creationOrder', [95, 108, 92, 103]],
    ['openHighLowClose', [103, 108, 95, 92]],
    ['openLowHighClose', [95, 92, 103, 108]],
    ['lowerTimeframe', [92, 95, 103, 108]],
  ])('come by the policy %s in the order %j', (policy, wanted) => {
    expect(pricesOf(arrange(exits, policy, prices))).toEqual(wanted);
    expect(pricesOf(exits)).toEqual([95, 108, 92, 103]);
  });

  it('of one price come in the order they were made', () => {
    const twice = [exit('sell', 95), exit('sell', 95), exit('sell', 95)];
    for (const policy of ['pessimistic', 'optimistic', 'openLowHighClose'] as const)
      expect(arrange(twice, policy, prices).map((one) => twice.indexOf(one))).toEqual([0, 1, 2]);
  });

  it('come first where the open filled them, whatever the path', () => {
    for (const rule of ['limitAtOpen', 'stopAtOpen', 'open'] as const)
      expect(pricesOf(arrange([exit('sell', 92), exit('sell', 100, rule)], 'pessimistic', prices))).toEqual([100, 92]);
  });
}); // prettier-ignore

describe('exits of a short position', () => {
  const exits = [exit('buy', 105), exit('buy', 92, 'limitReached'), exit('buy', 100.5)];

  it.each<[IntrabarPolicy, number[]]>([
    ['pessimistic', [105, 100.5, 92]],
    ['optimistic', [92, 100.5, 105]],
    ['openHighLowClose', [100.5, 105, 92]],
    ['openLowHighClose', [92, 100.5, 105]],
  ])('come by the policy %s in the order %j', (policy, wanted) => {
    expect(pricesOf(arrange(exits, policy, prices))).toEqual(wanted);
  });
});

describe('a price at the open itself', () => {
  it('is met on the way down from the first extreme', () => {
    const [low, open] = [exit('sell', 90), exit('sell', 100)];
    // Up 10 and back 10 against up 10 and down 20; down 10 against down 10 and back 10.
    expect(pricesOf(arrange([low, open], 'openHighLowClose', prices))).toEqual([100, 90]);
    expect(pricesOf(arrange([open, low], 'openLowHighClose', prices))).toEqual([90, 100]);
    const [near, far] = [exit('sell', 99), exit('sell', 110)];
    // Down 1; down 10 and back 20.
    expect(pricesOf(arrange([far, near], 'openLowHighClose', prices))).toEqual([99, 110]);
    // Up 10; up 10 and back 11.
    expect(pricesOf(arrange([near, far], 'openHighLowClose', prices))).toEqual([110, 99]);
  });
});

describe('finer bars', () => {
  const hour = 3_600_000;
  const line = (id: number, frame: '4h' | '1h' | '15m', symbol: string, rows: readonly (readonly [low: number, high: number])[], from = 0): Timeline => {
    const timeline = new Timeline(id, { name: `${symbol} ${frame}`, symbol, timeframe: timeframe(frame) });
    const { frameMs } = timeline;
    timeline.append(barsFromRows(rows.map(([low, high], i) => ({ time: from + i * frameMs, open: low, high, low, close: high, volume: 1 }))));
    timeline.index = rows.length - 1;
    return timeline;
  }; // prettier-ignore
  const coarse = line(0, '4h', 'A', [[80, 120], [90, 110]]); // prettier-ignore
  const hours = line(1, '1h', 'A', [[1, 2], [1, 2], [1, 2], [1, 2], [99, 104], [96, 100], [92, 97], [97, 109]]); // prettier-ignore
  const quarters = line(2, '15m', 'A', [[99, 101], [100, 102]], 4 * hour); // prettier-ignore
  const other = line(3, '15m', 'B', [[99, 101]], 4 * hour);

  it('are the finest of the same symbol that lie inside the bar', () => {
    expect(finerBars([coarse, hours, other], coarse)).toEqual({ timeline: hours, from: 4, to: 8 });
    expect(finerBars([coarse, hours, quarters, other], coarse)).toEqual({ timeline: quarters, from: 0, to: 2 });
    expect(finerBars([quarters, hours, coarse], coarse)!.timeline).toBe(quarters);
    expect(finerBars([coarse, hours], hours)).toBeUndefined();
    const same = line(6, '4h', 'A', [[80, 120], [90, 110]]); // prettier-ignore
    expect(finerBars([coarse, same], coarse)).toBeUndefined();
    expect(finerBars([coarse, other], coarse)).toBeUndefined();
    const early = line(4, '1h', 'A', [[1, 2], [1, 2]]); // prettier-ignore
    expect(finerBars([coarse, early], coarse)).toBeUndefined();
    const forgotten = line(5, '1h', 'A', [[1, 2], [1, 2], [1, 2], [1, 2], [99, 104], [96, 100]]); // prettier-ignore
    forgotten.trim(5);
    expect(finerBars([coarse, forgotten], coarse)).toEqual({ timeline: forgotten, from: forgotten.time.base, to: 6 });
  });

  it('say which exit they reached first; what none reached comes last', () => {
    const finer = finerBars([coarse, hours], coarse)!;
    const exits = [exit('sell', 109), exit('sell', 96), exit('sell', 104), exit('sell', 92), exit('sell', 120)];
    expect(pricesOf(arrange(exits, 'lowerTimeframe', prices, finer))).toEqual([104, 96, 92, 109, 120]);
    // In one and the same of them the worse comes first.
    expect(pricesOf(arrange([exit('sell', 104), exit('sell', 99)], 'lowerTimeframe', prices, finer))).toEqual([
      99, 104,
    ]);
  });
});

describe('the count of what had to be assumed', () => {
  it('holds what each policy would have added', () => {
    const count = new AmbiguityCount();
    const exits = [exit('sell', 95), exit('sell', 108, 'limitReached')];
    count.count(exits, exits[0]!, prices);
    // Two units, 13 higher.
    expect(count).toMatchObject({ exits: 1, entries: 0, effect: { pessimistic: 0, optimistic: 26, creationOrder: 0, openHighLowClose: 26, openLowHighClose: 0 } }); // prettier-ignore
    const buys = [exit('buy', 105), exit('buy', 92, 'limitReached')];
    count.count(buys, buys[1]!, prices);
    // It was bought back at 92; at 105 it would have cost 26 more.
    expect(count).toMatchObject({ exits: 2, effect: { pessimistic: -26, optimistic: 26, creationOrder: -26, openHighLowClose: 0, openLowHighClose: 0 } }); // prettier-ignore
    count.count([exit('sell', 100, 'stopAtOpen'), exit('sell', 108)], exit('sell', 100), prices);
    expect(count.exits).toBe(2);
  });

  it('of paths holds the value that each leaves', () => {
    const count = new AmbiguityCount();
    count.countPaths(true, true, 90, 90, 100, true);
    expect(count).toMatchObject({ entries: 1, exits: 0, effect: { pessimistic: 0, optimistic: 10, openLowHighClose: 0, openHighLowClose: 10, creationOrder: 10 } }); // prettier-ignore
    count.countPaths(false, true, 100, 100, 93, false);
    expect(count).toMatchObject({ entries: 1, exits: 1, effect: { pessimistic: -7, optimistic: 10, openLowHighClose: 0, openHighLowClose: 3, creationOrder: 10 } }); // prettier-ignore
    count.countPaths(true, false, 95, 90, 100, false);
    expect(count).toMatchObject({ entries: 1, exits: 1, effect: { pessimistic: -12, optimistic: 15, openLowHighClose: -5, openHighLowClose: 8, creationOrder: 5 } }); // prettier-ignore
  });

  it('adds up over the parts of an account', () => {
    const [all, part] = [new AmbiguityCount(), new AmbiguityCount()];
    part.countPaths(true, true, 90, 90, 100, true);
    part.countPaths(false, true, 90, 90, 100, true);
    all.add(part);
    all.add(part);
    expect(all).toMatchObject({ entries: 2, exits: 2, effect: { pessimistic: 0, optimistic: 40, openLowHighClose: 0, openHighLowClose: 40, creationOrder: 40 } }); // prettier-ignore
  });

  it.each([
    ['sell stop 95', 1],
    ['sell stop 90', 1],
    ['sell limit 110', 1],
    ['sell stop 89', 0],
    ['sell limit 111', 0],
    ['sell market 95', 0],
  ])('has an entry whose bar reached its exit: %s, %i', (text, entries) => {
    const count = new AmbiguityCount();
    count.countEntry(order('buy market', { children: [order('sell limit 200'), order(text)] }), prices);
    count.countEntry(order('buy market'), prices);
    expect(count.entries).toBe(entries);
  });
});
