/** What happens inside a bar, from its open over both extremes to its close: tables by hand. */
import { describe, expect, it } from 'vitest';

import { fixedSizeFiller, type VolumeFiller } from '../../../src/broker/matching/volume-filler.ts';
import { fixedSlippage } from '../../../src/broker/matching/slippage.ts';
import type { IntrabarPolicy } from '../../../src/broker/matching/intrabar.ts';
import { calm, Floor, hour, trailing, type Row } from './floor.ts';

const policy = (intrabar: IntrabarPolicy | undefined) => (intrabar === undefined ? {} : { intrabar });
const [low, high] = ['openLowHighClose', 'openHighLowClose'] as const;

/** A floor on which one unit was bought at 100. */
function holding(row: Row, intrabar?: IntrabarPolicy, more: readonly Row[] = []): Floor {
  const floor = new Floor([calm, calm, row, ...more], policy(intrabar));
  floor.place('a: buy 1');
  floor.bar();
  return floor;
}

describe('a bar that reaches both exits of a position', () => {
  const both = (intrabar: IntrabarPolicy | undefined, isTargetFirst = false): Floor => {
    const floor = holding([100, 106, 94, 101], intrabar);
    const exits = ['s: sell 1 stop 95', 't: sell 1 limit 105'];
    if (isTargetFirst) exits.reverse();
    const [one, other] = exits as [string, string];
    floor.place(one);
    floor.place(other, { oco: one[0]! });
    return floor;
  };
  const [stopped, taken] = ['s -1 @ 95; t canceled', 't -1 @ 105; s canceled'];

  it.each<[IntrabarPolicy | undefined, boolean, string]>([
    [undefined, false, stopped],
    ['pessimistic', true, stopped],
    ['optimistic', false, taken],
    ['optimistic', true, taken],
    [low, true, stopped],
    [high, false, taken],
    ['creationOrder', false, stopped],
    ['creationOrder', true, taken],
    ['lowerTimeframe', true, stopped],
  ])('by %s, the target placed first: %s, tells %s', (intrabar, isTargetFirst, told) => {
    expect(both(intrabar, isTargetFirst).bar()).toBe(told);
  });

  it.each<[IntrabarPolicy, number, number, number]>([
    // 95 and 105 a unit: what each of the others would have added to what stands.
    ['pessimistic', 0, 10, 0],
    ['optimistic', -10, 0, -10],
    ['creationOrder', 0, 10, 0],
    [high, -10, 0, -10],
  ])('is counted by %s: %d to the worse, %d to the better, %d to the one placed first', (intrabar, worse, better, first) => {
    const floor = both(intrabar);
    floor.bar();
    expect(floor.broker.ambiguity).toMatchObject({
      exits: 1,
      entries: 0,
      effect: { pessimistic: worse, optimistic: better, creationOrder: first, openLowHighClose: worse, openHighLowClose: better },
    });
  }); // prettier-ignore

  it('of a short one buys it back dearer', () => {
    const floor = new Floor([calm, calm, [100, 106, 94, 101]]);
    floor.place('a: sell 1');
    floor.bar();
    floor.place('s: buy 1 stop 105');
    floor.place('t: buy 1 limit 95', { oco: 's' });
    expect(floor.bar()).toBe('s 1 @ 105; t canceled');
  });

  it('is tried on both paths where more exits lie behind them', () => {
    const floor = new Floor([calm, calm, [100, 106, 94, 101]]);
    floor.place('a: sell 1');
    floor.bar();
    floor.place('s: buy 1 stop 105');
    floor.place('t: buy 1 limit 95', { oco: 's' });
    floor.place('u: buy 1 limit 94.5', { oco: 's' });
    expect(floor.bar()).toBe('s 1 @ 105; u canceled; t canceled');
  });

  it('by creation goes by the first order that each path executes, not the last', () => {
    const floor = holding([100, 106, 94, 101], 'creationOrder');
    floor.place('t: sell 1 limit 105');
    floor.place('s: sell 1 stop 95', { oco: 't' });
    floor.place('x: buy 1 limit 94.5');
    expect(floor.bar()).toBe('t -1 @ 105; s canceled; x 1 @ 94.5');
  });

  it('does not ask finer bars where the policy is another', () => {
    // They reach 105 first.
    const quarters: Row[] = [calm, calm, calm, calm, [100, 106, 100, 105], [105, 105, 94, 101], calm, calm];
    const floor = new Floor([{ rows: [calm, [100, 106, 94, 101]] }, { rows: quarters, timeframe: '15m' }]);
    floor.place('s: sell 1 stop 95');
    floor.place('t: sell 1 limit 105', { oco: 's' });
    expect(floor.bar()).toBe('s -1 @ 95; t canceled');
  });

  it('is ambiguous only where the paths come to different values', () => {
    // Both are executed on either path, and low first leaves 1e-10 more: the sums are rounded.
    const floor = new Floor([calm, [100, 106.3, 94.1, 101.1]], { commission: 0.001 });
    floor.place('a: buy 0.7 limit 96.1');
    floor.place('b: sell 0.9 limit 104');
    expect(floor.bar()).toBe('a 0.7 @ 96.1; b -0.9 @ 104');
    expect(floor.broker.ambiguity).toMatchObject({ entries: 0, exits: 0 });
  });
});

describe('an order that the price meets', () => {
  it('comes before one that lies further on its way', () => {
    const floor = new Floor([calm, [100, 100, 90, 92]]);
    for (const text of ['a: buy 1 limit 93', 'b: buy 1 limit 97', 'c: buy 1 limit 95']) floor.place(text);
    expect(floor.bar()).toBe('b 1 @ 97; c 1 @ 95; a 1 @ 93');
  });

  it('comes before one that frees cash further on its way', () => {
    const floor = holding([100, 100, 90, 92]);
    floor.place('a: buy 1 limit 97');
    floor.place('b: sell 1 stop 95');
    expect(floor.bar()).toBe('a 1 @ 97; b -1 @ 95');
  });

  it('is met by the bar of its own data alone', () => {
    const [one, other]: Row[] = [[100, 106, 94, 101], [50, 56, 44, 51]]; // prettier-ignore
    const floor = new Floor([{ rows: [calm, one!] }, { rows: [[50, 50, 50, 50], other!], symbol: 'B/USDT' }]);
    floor.place('a: sell 1 limit 55', { data: 1 });
    floor.place('b: sell 1 limit 105');
    expect(floor.bar()).toBe('b -1 @ 105; a -1 @ 55');
  });

  it('comes at one price before what needs cash where it frees it, else before what was placed later', () => {
    const floor = holding([100, 100, 90, 92]);
    for (const text of ['a: buy 1 limit 95', 'b: sell 1 stop 95', 'c: buy 1 limit 95']) floor.place(text);
    // Once nothing is held, none of the others closes anything.
    expect(floor.bar()).toBe('b -1 @ 95; a 1 @ 95; c 1 @ 95');
  });

  it('is met on the way back too, and at the last price', () => {
    for (const [intrabar, told] of [
      [low, 'a 1 @ 95; b -1 @ 105'],
      [high, 'a 1 @ 95'],
    ] as const) {
      const floor = new Floor([calm, [100, 106, 94, 95], calm], policy(intrabar));
      floor.place('a: buy 1 limit 95');
      floor.place('b: sell 1 limit 105', { parent: 'a' });
      expect(floor.bar(), intrabar).toBe(told);
    }
    const closes = new Floor([calm, [100, 106, 94, 105]], { intrabar: high });
    closes.place('a: buy 1 limit 95');
    closes.place('b: sell 1 limit 105', { parent: 'a' });
    expect(closes.bar()).toBe('a 1 @ 95; b -1 @ 105');
  });

  it('is left alone beyond the range, and by a bar of another data', () => {
    const floor = new Floor([{ rows: [calm, [100, 106, 94, 101]] }, { rows: [calm, calm], symbol: 'B/USDT' }]);
    for (const text of ['a: buy 1 limit 93.9', 'b: sell 1 limit 106.1']) floor.place(text);
    for (const text of ['c: buy 1 limit 99', 'd: sell 1 limit 101']) floor.place(text, { data: 1 });
    floor.place('e: buy 1 limit 94');
    floor.place('f: sell 1 limit 106', { data: 0 });
    expect(floor.bar()).toBe('e 1 @ 94; f -1 @ 106');
  });
});

describe('an entry inside a bar', () => {
  it('wakes its exits, which act on the rest of the path', () => {
    const entered = (row: Row, intrabar?: IntrabarPolicy): string => {
      const floor = new Floor([calm, row], policy(intrabar));
      floor.place('a: buy 1 limit 98');
      floor.place('s: sell 1 stop 95', { parent: 'a' });
      floor.place('t: sell 1 limit 103', { parent: 'a' });
      return floor.bar();
    };
    const [stopped, taken] = ['a 1 @ 98; s -1 @ 95; t canceled', 'a 1 @ 98; t -1 @ 103; s canceled'];
    expect(entered([100, 101, 94, 96])).toBe(stopped);
    expect(entered([100, 104, 97, 103], low)).toBe(taken);
    // Up to 104, down to 97 and back: the target is met by the close, if at all.
    expect(entered([100, 104, 97, 102.9], high)).toBe('a 1 @ 98');
    expect(entered([100, 104, 97, 103], high)).toBe(taken);
    expect(entered([100, 104, 97, 102.9])).toBe('a 1 @ 98');
    expect(entered([100, 104, 97, 102.9], 'optimistic')).toBe(taken);
    // The same order begins both paths: the low comes first.
    expect(entered([100, 104, 97, 102.9], 'creationOrder')).toBe(taken);
    expect(entered([100, 104, 94, 102])).toBe(stopped);
  });

  it('with an exit above it, on its own way down, executes that at once', () => {
    const floor = new Floor([calm, [100, 106, 94, 101]]);
    floor.place('a: buy 1 limit 95');
    floor.place('s: sell 1 stop 97', { parent: 'a' });
    expect(floor.bar()).toBe('a 1 @ 95; s -1 @ 95');
  });

  it('whose exits all lie on the other side is tried on both paths', () => {
    const sold = (intrabar?: IntrabarPolicy): string => {
      const floor = new Floor([calm, [100, 104, 94, 100]], policy(intrabar));
      floor.place('a: sell 1 limit 101');
      floor.place('t: buy 1 limit 97', { parent: 'a' });
      floor.place('u: buy 1 limit 96', { parent: 'a' });
      return floor.bar();
    };
    expect(sold()).toBe('a -1 @ 101');
    expect(sold('optimistic')).toBe('a -1 @ 101; t 1 @ 97; u canceled');
  });

  it('counts as an entry where its bar is ambiguous', () => {
    const floor = new Floor([calm, [100, 104, 97, 102]]);
    floor.place('a: buy 1 limit 98');
    floor.place('t: sell 1 limit 103', { parent: 'a' });
    // Low first sells at 103, high first holds what is worth 102.
    expect(floor.bar()).toBe('a 1 @ 98');
    expect(floor.broker.ambiguity).toMatchObject({ entries: 1, exits: 0, effect: { optimistic: 1, pessimistic: 0 } });
  });

  it('that wakes one that wakes another in turn is tried on both paths', () => {
    const nested = (intrabar?: IntrabarPolicy): string => {
      const floor = new Floor([calm, [100, 106, 89, 101]], policy(intrabar));
      floor.place('a: buy 1 limit 95');
      floor.place('b: buy 1 limit 90', { parent: 'a' });
      floor.place('c: sell 2 limit 105', { parent: 'b' });
      return floor.bar();
    };
    // Bought at 95 and 90, two are worth 202 at the close; sold at 105 they are worth 210.
    expect(nested()).toBe('a 1 @ 95; b 1 @ 90');
    expect(nested(high)).toBe('a 1 @ 95; b 1 @ 90');
    expect(nested('optimistic')).toBe('a 1 @ 95; b 1 @ 90; c -2 @ 105');
    expect(nested(low)).toBe('a 1 @ 95; b 1 @ 90; c -2 @ 105');
  });

  it('leaves an order on another data asleep until the next step, and that is no exit', () => {
    const floor = new Floor([
      { rows: [calm, [100, 100, 95, 96], calm] },
      { rows: [calm, [100, 106, 94, 101], [100, 106, 94, 101]], symbol: 'B/USDT' },
    ]);
    floor.place('a: buy 1 limit 98');
    floor.place('b: sell 1 limit 105', { parent: 'a', data: 1 });
    expect(floor.bars(2)).toEqual(['a 1 @ 98', 'b -1 @ 105']);
  });
});

describe('a trailing stop', () => {
  it('follows the highs of a bar and is met on the way back', () => {
    // Up to 110 it follows to 105; down to 104 it is met.
    expect(holdingTrail([100, 110, 104, 106], high)).toBe('t -1 @ 105');
    // Down to 96 first it stands at 95; at 110 it stands at 105, and the close is above it.
    expect(holdingTrail([100, 110, 96, 106], low)).toBe('');
    expect(holdingTrail([100, 110, 96, 104], low)).toBe('t -1 @ 105');
    expect(holdingTrail([100, 110, 96, 106])).toBe('t -1 @ 105');
    expect(holdingTrail([100, 110, 96, 106], 'optimistic')).toBe('');
  });

  function holdingTrail(row: Row, intrabar?: IntrabarPolicy): string {
    const floor = holding(row, intrabar);
    floor.place('t: sell 1 stopTrail 95', trailing(5));
    return floor.bar();
  }

  it('that a bar cannot reach follows it all the same', () => {
    const floor = holding([106, 110, 106, 108], undefined, [[108, 108, 104, 104]]);
    floor.place('t: sell 1 stopTrail 95', trailing(5));
    expect(floor.bar()).toBe('');
    expect(floor.order('t').price).toBe(105);
    expect(floor.bar()).toBe('t -1 @ 105');
    const short = new Floor([calm, [94, 94, 90, 92], [92, 95, 92, 95]]);
    short.place('t: buy 1 stopTrail 105', trailing(5));
    expect([short.bar(), short.order('t').price]).toEqual(['', 95]);
    expect(short.bar()).toBe('t 1 @ 95');
  });

  it('follows the bar in which another order is executed, and not one that another data has', () => {
    const floor = new Floor([{ rows: [calm, [100, 110, 98, 110]] }, { rows: [calm, [100, 120, 99, 120]], symbol: 'B/USDT' }]); // prettier-ignore
    floor.place('t: sell 1 stopTrail 80', trailing(20));
    floor.place('a: buy 1 limit 99');
    expect(floor.bar()).toBe('a 1 @ 99');
    expect(floor.order('t').price).toBe(90);
  });

  it('of an entry begins at the price of its fill', () => {
    // Bought at 98 on the way down, it stands at 93; the high of 101 came before. On the other path it trails to 96.
    for (const [intrabar, price] of [[high, 93], [low, 96]] as const) {
      const floor = new Floor([calm, [100, 101, 96, 97]], policy(intrabar));
      floor.place('a: buy 1 limit 98');
      floor.place('t: sell 1 stopTrail 95', { parent: 'a', ...trailing(5, { startsAtEntry: true }) });
      expect(floor.bar()).toBe('a 1 @ 98');
      expect(floor.order('t').price).toBe(price);
    } // prettier-ignore
  });

  it('that another fill cancels stands where it stood', () => {
    const floor = holding([100, 110, 99, 108], high);
    floor.place('l: sell 1 limit 105');
    floor.place('t: sell 1 stopTrail 95', { oco: 'l', ...trailing(5) });
    expect(floor.bar()).toBe('l -1 @ 105; t canceled');
    expect(floor.order('t').price).toBe(100);
  });
});

describe('a bar that executes an order in part', () => {
  it('executes it once', () => {
    const floor = new Floor([calm, [100, 106, 94, 95], calm], { filler: fixedSizeFiller(2) });
    floor.place('a: buy 5 limit 95');
    floor.place('b: buy 5 stop 105');
    expect(floor.bars(2)).toEqual(['a 2 @ 95 partial; b 2 @ 105 partial', 'b 2 @ 100 partial']);
  });

  it('leaves alone what the open has executed', () => {
    const floor = new Floor([calm, [100, 106, 94, 95]], { filler: fixedSizeFiller(2) });
    floor.place('a: buy 5 limit 100');
    floor.place('b: buy 5 limit 96');
    floor.place('c: sell 1 stopTrail 80', trailing(20));
    expect(floor.bar()).toBe('a 2 @ 100 partial; b 2 @ 96 partial');
  });
});

describe('slippage', () => {
  it('that allows no fill leaves a stop alone for the rest of the bar, and it is a market order in the next', () => {
    const floor = new Floor([calm, [100, 106, 99, 105], [104, 108, 104, 106]], {
      slippage: fixedSlippage(2, { capAtBar: false }),
    });
    floor.place('a: buy 1 stop 105');
    expect(floor.bars(2)).toEqual(['', 'a 1 @ 106']);
  });

  it('leaves a stop-limit that is only triggered to its limit, on the way back', () => {
    const floor = new Floor([calm, [100, 106, 99, 105]], { slippage: fixedSlippage(2, { capAtBar: false }) });
    floor.place('a: buy 1 stopLimit 105 102');
    expect(floor.bar()).toBe('');
    const back = new Floor([calm, [100, 106, 99, 101]], { intrabar: low });
    back.place('a: buy 1 stopLimit 105 102');
    expect(back.bar()).toBe('a 1 @ 102');
    const over = new Floor([calm, [100, 106, 99, 103]], { intrabar: high });
    over.place('a: buy 1 stopLimit 105 102');
    expect(over.bar()).toBe('a 1 @ 102');
  });
});

describe('the end of a session', () => {
  it('comes after the path', () => {
    const floor = holding([100, 106, 94, 101]);
    floor.place('c: sell 1 close', { with: { sessionEnd: 3 * hour } });
    floor.place('b: buy 1 limit 95');
    expect(floor.bar()).toBe('b 1 @ 95; c -1 @ 101');
  });

  it('closes nothing of what the path has closed', () => {
    const floor = holding([100, 106, 94, 101]);
    floor.place('c: sell 1 close', { with: { sessionEnd: 3 * hour, reducesOnly: true } });
    floor.place('s: sell 1 stop 95', { with: { reducesOnly: true } });
    expect(floor.bar()).toBe('s -1 @ 95; c canceled');
  });

  it('that the bar after it has executed in part is not executed again by that bar', () => {
    const floor = new Floor([calm, [100, 101, 99, 100], [100, 101, 99, 100, 1000, 3]], { filler: fixedSizeFiller(2) });
    floor.place('c: sell 5 close', { with: { sessionEnd: 2.5 * hour } });
    expect(floor.bar()).toBe('');
    floor.place('b: buy 1 limit 99.5');
    expect(floor.bar()).toBe('c -2 @ 100 partial; b 1 @ 99.5');
  });

  it('is waited for by exits that wake inside the bar', () => {
    const floor = new Floor([calm, [100, 106, 94, 101]]);
    floor.place('a: buy 1 limit 95');
    floor.place('c: sell 1 close', { parent: 'a', with: { sessionEnd: 2 * hour } });
    expect(floor.bar()).toBe('a 1 @ 95; c -1 @ 101');
  });
});

describe('finer bars', () => {
  const quarters = (...rows: readonly Row[]): Row[] => [calm, calm, calm, calm, ...rows];
  const fine = (coarse: Row, rows: readonly Row[], filler?: VolumeFiller): Floor =>
    new Floor(
      [
        { rows: [calm, coarse] },
        { rows: quarters(...rows), timeframe: '15m' },
      ],
      { intrabar: 'lowerTimeframe', ...(filler && { filler }) },
    ); // prettier-ignore
  const bracket = (floor: Floor): string => {
    floor.place('a: buy 1 limit 98');
    floor.place('s: sell 1 stop 95', { parent: 'a' });
    floor.place('t: sell 1 limit 103', { parent: 'a' });
    return floor.bar();
  };

  it('say in which order the prices of a bar were met', () => {
    const coarse: Row = [100, 104, 94, 100];
    expect(bracket(fine(coarse, [[100, 104, 99, 101], [101, 101, 97, 99], [99, 103, 99, 101], [101, 101, 94, 100]]))).toBe('a 1 @ 98; t -1 @ 103; s canceled');
    expect(bracket(fine(coarse, [[100, 104, 99, 101], [101, 101, 97, 99], [99, 99, 94, 95], [95, 104, 95, 100]]))).toBe('a 1 @ 98; s -1 @ 95; t canceled');
  }); // prettier-ignore

  it('execute at their open what that has passed', () => {
    const floor = fine([100, 104, 94, 104], [[100, 100, 99, 99], [94, 96, 94, 96], [103, 104, 103, 104], calm]); // prettier-ignore
    floor.place('a: buy 1 limit 98');
    floor.place('b: buy 1 stop 102');
    expect(floor.bar()).toBe('a 1 @ 94; b 1 @ 103');
    const down = fine([100, 100, 90, 91], [[100, 100, 99, 99], [94, 94, 90, 91], calm, calm]); // prettier-ignore
    down.place('a: buy 1 limit 98');
    down.place('b: buy 1 limit 97');
    expect(down.bar()).toBe('a 1 @ 94; b 1 @ 94');
  });

  it('leave the worse to themselves where one of them reaches both', () => {
    const coarse: Row = [100, 104, 94, 100];
    const inOne = [calm, [99, 99, 97, 99], [99, 104, 94, 100], calm] as const;
    expect(bracket(fine(coarse, inOne))).toBe('a 1 @ 98; s -1 @ 95; t canceled');
    const short = fine(coarse, [calm, [100, 104, 94, 100], calm, calm]);
    short.place('a: sell 1 limit 101');
    short.place('s: buy 1 stop 103', { parent: 'a' });
    short.place('t: buy 1 limit 97', { parent: 'a' });
    expect(short.bar()).toBe('a -1 @ 101; s 1 @ 103; t canceled');
  });

  it('let a trailing stop follow their opens before either extreme', () => {
    const floor = fine([100, 110, 99, 103], [[100, 100, 99, 100], [108, 110, 102, 103], [103, 103, 103, 103], [103, 103, 103, 103]]); // prettier-ignore
    floor.place('a: buy 1');
    floor.place('t: sell 1 stopTrail 95', { parent: 'a', ...trailing(5) });
    // From 108 it stands at 103, and the way down comes first: the worse.
    expect(floor.bar()).toBe('a 1 @ 100; t -1 @ 103');
  });

  it('are ambiguous only by themselves', () => {
    // They sell at 103 what was bought at 98; high first it would be held, at 100.
    const floor = fine([100, 104, 96, 100], [calm, [99, 99, 96, 99], [99, 104, 99, 100], calm]);
    expect(bracket(floor)).toBe('a 1 @ 98; t -1 @ 103; s canceled');
    expect(floor.broker.ambiguity).toMatchObject({ entries: 0, exits: 0, effect: { pessimistic: -3, optimistic: 0 } });
  });

  it('are followed by a single order as well', () => {
    const floor = fine([100, 104, 94, 100], [calm, [94, 96, 94, 96], [96, 104, 96, 100], calm]);
    floor.place('a: buy 1 limit 98');
    expect(floor.bar()).toBe('a 1 @ 94');
  });

  it('come before what they do not show of the bar', () => {
    // The low of 90 and the high of 110 are of no quarter.
    const short = [[100, 104, 94, 100], calm, calm, calm] as const;
    const floor = fine([100, 110, 90, 108], short);
    for (const text of ['a: buy 1 limit 91', 'b: sell 1 limit 109', 'c: buy 1 limit 95']) floor.place(text);
    expect(floor.bar()).toBe('c 1 @ 95; a 1 @ 91; b -1 @ 109');
    // From 100, down to 90 and up to 110, or up and down: the worse stands.
    const exits = fine([100, 110, 90, 108], short);
    exits.place('a: buy 1');
    exits.place('s: sell 1 stop 92', { parent: 'a' });
    exits.place('t: sell 1 limit 109', { parent: 'a' });
    expect(exits.bar()).toBe('a 1 @ 100; s -1 @ 92; t canceled');
    const lows = fine([100, 104, 90, 96], short);
    lows.place('a: buy 1 limit 91');
    lows.place('t: sell 1 limit 97', { parent: 'a' });
    expect(lows.bar()).toBe('a 1 @ 91');
    const stops = fine([100, 110, 94, 108], short);
    stops.place('a: buy 1 stop 109');
    stops.place('s: sell 1 stop 97', { parent: 'a' });
    expect(stops.bar()).toBe('a 1 @ 109');
    const mirror = fine([100, 104, 90, 96], short);
    mirror.place('a: sell 1 stop 91');
    mirror.place('s: buy 1 stop 103', { parent: 'a' });
    expect(mirror.bar()).toBe('a -1 @ 91');
    const highs = fine([100, 110, 94, 104], short);
    highs.place('a: sell 1 limit 109');
    highs.place('t: buy 1 limit 103', { parent: 'a' });
    expect(highs.bar()).toBe('a -1 @ 109');
  });

  it('that show all of the bar leave nothing to come', () => {
    // The close of 96 is of no quarter, and no order is met on the way to it.
    const floor = fine([100, 104, 94, 96], [[100, 104, 94, 100], calm, calm, calm]);
    floor.place('a: buy 1 limit 95');
    floor.place('s: sell 1 stop 97', { parent: 'a' });
    expect(floor.bar()).toBe('a 1 @ 95; s -1 @ 95');
    const bought = fine([100, 104, 94, 100], [[100, 104, 100, 100], [100, 100, 94, 100], calm, calm]);
    bought.place('a: buy 1 limit 98');
    bought.place('t: sell 1 limit 103', { parent: 'a' });
    expect(bought.bar()).toBe('a 1 @ 98');
    const sold = fine([100, 104, 94, 100], [[100, 100, 94, 100], [100, 104, 100, 100], calm, calm]);
    sold.place('a: sell 1 limit 102');
    sold.place('t: buy 1 limit 97', { parent: 'a' });
    expect(sold.bar()).toBe('a -1 @ 102');
    const ends = fine([100, 104, 94, 96], [[100, 104, 94, 100], calm, calm, calm]);
    ends.place('a: sell 1 limit 103');
    ends.place('t: buy 1 limit 97', { parent: 'a' });
    expect(ends.bar()).toBe('a -1 @ 103');
    const later = fine([100, 104, 94, 96], [[100, 104, 94, 100], calm, calm, calm]);
    later.place('a: buy 1 limit 95');
    later.place('s: sell 1 limit 97', { parent: 'a' });
    expect(later.bar()).toBe('a 1 @ 95; s -1 @ 97');
  });

  it('let a trailing stop follow what they do not show', () => {
    const floor = fine([100, 110, 94, 108], [[100, 104, 94, 100], calm, calm, calm]);
    floor.place('t: sell 1 stopTrail 80', trailing(20));
    floor.place('a: buy 1 limit 95');
    floor.bar();
    expect(floor.order('t').price).toBe(90);
  });

  it('execute an order in part once a bar', () => {
    const floor = fine([100, 104, 94, 100], [[100, 104, 94, 100], [94, 94, 94, 94], calm, calm], fixedSizeFiller(2)); // prettier-ignore
    floor.place('a: buy 5 limit 98');
    floor.place('b: sell 5 limit 103');
    expect(floor.bar()).toBe('a 2 @ 98 partial; b -2 @ 103 partial');
  });
});
