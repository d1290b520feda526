/** Matching by Backtrader's rules: every order against the new bar, in the order placed. Tables by hand. */
import { describe, expect, it } from 'vitest';

import type { BrokerOptions } from '../../../src/broker/broker.ts';
import type { IntrabarPolicy } from '../../../src/broker/matching/intrabar.ts';
import { fixedSlippage } from '../../../src/broker/matching/slippage.ts';
import { fixedSizeFiller, volumePercentFiller } from '../../../src/broker/matching/volume-filler.ts';
import { calm, Floor, hour, trailing, type Given, type Row } from './floor.ts';

/** From 100 up to 110, down to 90 and back. */
const wide: Row = [100, 110, 90, 100];

const floorOf = (given: readonly Row[] | readonly Given[], options: BrokerOptions = {}): Floor =>
  new Floor(given, { rules: 'backtrader', account: undefined, ...options } as BrokerOptions);

const two = (first: readonly Row[], second: readonly Row[]): Given[] => [{ rows: first }, { rows: second, symbol: 'B/USDT' }]; // prettier-ignore

describe('orders are executed', () => {
  it('in the order placed, wherever their prices lie', () => {
    const floor = floorOf([calm, wide]);
    for (const text of ['a: buy 1 limit 92', 'b: sell 1 limit 105', 'c: buy 1 limit 97', 'd: buy 1']) floor.place(text);
    expect(floor.bar()).toBe('a 1 @ 92; b -1 @ 105; c 1 @ 97; d 1 @ 100');
  });

  it.each([
    ['a: buy 1 limit 90', 'a 1 @ 90'],
    ['a: sell 1 limit 110', 'a -1 @ 110'],
    ['a: buy 1 limit 89', ''],
    ['a: sell 1 limit 111', ''],
    ['a: buy 1 stop 105', 'a 1 @ 105'],
    ['a: sell 1 stop 95', 'a -1 @ 95'],
    ['a: buy 1 stop 111', ''],
  ])('by a bar from 90 to 110: %s tells %s, first or second of its data', (text, told) => {
    const alone = floorOf([calm, wide]);
    alone.place(text);
    expect(alone.bar()).toBe(told);
    for (const first of ['z: buy 1 limit 1', 'z: buy 1']) {
      const floor = floorOf([calm, wide]);
      floor.place(first);
      floor.place(text);
      expect(floor.bar()).toBe([first === 'z: buy 1' ? 'z 1 @ 100' : '', told].filter((one) => one !== '').join('; '));
    }
  });

  it('by the bar of their own data', () => {
    const floor = floorOf(two([calm, wide], [[50, 50, 50, 50], [50, 55, 45, 50]])); // prettier-ignore
    floor.place('a: buy 1 limit 95');
    floor.place('b: buy 1', { data: 1 });
    floor.place('c: sell 1 limit 55', { data: 1 });
    floor.place('d: buy 1 limit 44', { data: 1 });
    floor.place('e: sell 1 limit 105');
    expect(floor.bar()).toBe('a 1 @ 95; b 1 @ 50; c -1 @ 55; e -1 @ 105');
  });

  it('by an open that lies outside of its bar', () => {
    const below = floorOf([calm, [95, 100, 98, 99]]);
    for (const text of ['z: buy 1 limit 1', 'a: buy 1 limit 97']) below.place(text);
    expect(below.bar()).toBe('a 1 @ 95');
    const above = floorOf([calm, [105, 102, 100, 101]]);
    for (const text of ['z: buy 1 limit 1', 'a: sell 1 limit 103']) above.place(text);
    expect(above.bar()).toBe('a -1 @ 105');
  });

  it('from the bar that they may wait for on', () => {
    const floor = floorOf([calm, calm, calm]);
    floor.place('a: buy 1').firstIndex++;
    expect(floor.bars(2)).toEqual(['', 'a 1 @ 100']);
  });

  it('by no bar that had opened before they were placed', () => {
    const floor = floorOf([
      { rows: Array.from({ length: 16 }, () => calm), timeframe: '15m' },
      { rows: [calm, wide, [99, 110, 90, 99]], symbol: 'B/USDT' },
    ]);
    // A quarter past one: the hour that is running has opened, and the next ends seven quarters later.
    floor.bars(4);
    floor.place('a: buy 1 limit 99', { data: 1 });
    expect(floor.bars(7)).toEqual(['', '', '', '', '', '', 'a 1 @ 99']);
  });

  it('not once they are canceled or past their validity', () => {
    const floor = floorOf([calm, wide, wide]);
    floor.place('z: buy 1 limit 1');
    floor.broker.cancel(floor.place('a: buy 1'));
    floor.place('b: buy 1', { with: { validUntil: 2 * hour - 1 } });
    floor.place('c: buy 1 limit 1', { with: { validUntil: 2 * hour - 1 } });
    floor.place('d: buy 1', { with: { validUntil: 2 * hour } });
    floor.place('e: buy 1 limit 1', { with: { validUntil: 2 * hour } });
    expect(floor.bars(2)).toEqual(['a canceled; b expired; c expired; d 1 @ 100', 'e expired']);
  });

  it('wherever the market had been when they were placed', () => {
    for (const [row, told] of [[[95, 96, 94, 95], 'a 1 @ 95; b -1 @ 95'], [[105, 106, 104, 105], 'a 1 @ 105; b -1 @ 105']] as const) {
      const floor = floorOf([calm, row]);
      for (const text of ['z: buy 1 limit 1', 'a: buy 1', 'b: sell 1']) floor.place(text);
      expect(floor.bar()).toBe(told);
    } // prettier-ignore
  });

  it('on the second data though there is none on the first', () => {
    const floor = floorOf(two([calm, calm], [calm, [99, 100, 98, 99]]));
    floor.place('a: buy 1', { data: 1 });
    expect(floor.bar()).toBe('a 1 @ 99');
    expect(floor.broker.warnings).toEqual([]);
  });

  it('and cancel the others of their group, those before them first', () => {
    const floor = floorOf([calm, wide]);
    floor.place('a: buy 1 limit 1');
    for (const text of ['b: buy 1 limit 95', 'c: buy 1 limit 2']) floor.place(text, { oco: 'a' });
    expect(floor.bar()).toBe('b 1 @ 95; a canceled; c canceled');
  });

  it('with slippage held within the bar', () => {
    const floor = floorOf([calm, [100, 103, 98, 100]], { slippage: fixedSlippage(5) });
    floor.place('a: buy 1');
    expect(floor.bar()).toBe('a 1 @ 103');
  });

  it('as far as the volume goes, once a bar', () => {
    const bars: Row[] = [calm, [100, 103, 98, 100, 20], [101, 103, 98, 100, 20], [100, 100, 100, 100, 0], calm];
    const floor = floorOf(bars, { filler: volumePercentFiller(0.1) });
    floor.place('a: buy 5');
    floor.place('b: buy 3 limit 99');
    expect(floor.bars(4)).toEqual(['a 2 @ 100 partial; b 2 @ 99 partial', 'a 2 @ 101 partial; b 1 @ 99', '', 'a 1 @ 100']);
  }); // prettier-ignore

  it('at the close of the bar they were placed in, at its time', () => {
    const floor = floorOf([[100, 104, 98, 103], [105, 106, 104, 105]]); // prettier-ignore
    const { order } = floor.place('a: buy 1', { with: { isAtCreationClose: true } });
    expect(floor.bar()).toBe('a 1 @ 103');
    expect(order.lastFill!.time).toBe(order.createdTime);
    const next = floorOf([calm, calm]);
    const { order: other } = next.place('a: buy 1');
    next.bar();
    expect(other.lastFill!.time).toBe(2 * hour);
  });
});

describe('the exits of a bracket', () => {
  it('wait for the bar after its entry, which is counted where it had reached one', () => {
    for (const [row, entries] of [
      [[100, 104, 94, 100], 1],
      [[100, 105, 96, 100], 1],
      [[100, 104, 96, 100], 0],
    ] as const) {
      const floor = floorOf([calm, row, [100, 106, 99, 100]]);
      floor.place('a: buy 1');
      floor.place('s: sell 1 stop 95', { parent: 'a' });
      floor.place('t: sell 1 limit 105', { parent: 'a' });
      expect(floor.bars(2)).toEqual(['a 1 @ 100', 't -1 @ 105; s canceled']);
      expect(floor.broker.ambiguity.entries).toBe(entries);
    }
  });

  it('of an entry that is executed in part count nothing', () => {
    const floor = floorOf([calm, wide, calm], { filler: fixedSizeFiller(1) });
    floor.place('a: buy 2');
    floor.place('s: sell 2 stop 95', { parent: 'a' });
    expect(floor.bar()).toBe('a 1 @ 100 partial');
    expect(floor.broker.ambiguity.entries).toBe(0);
  });
});

describe('rival exits that one bar reaches', () => {
  const [stopped, taken] = ['s -1 @ 95; t canceled', 't -1 @ 105; s canceled'];
  /** Bought at 100, with a stop at 95 and a target at 105, in the order given. */
  const exits = (names: string, intrabar?: IntrabarPolicy, row: Row = [100, 106, 94, 100], more: object = {}): Floor => {
    const floor = floorOf([calm, calm, row, calm], intrabar && { intrabar });
    floor.place('a: buy 1');
    floor.bar();
    const texts: Record<string, string> = { s: 's: sell 1 stop 95', t: 't: sell 1 limit 105' };
    for (const [k, name] of Array.from(names).entries()) floor.place(texts[name]!, k === 0 ? {} : { oco: names[0]!, with: more });
    return floor;
  }; // prettier-ignore

  it.each<[string, IntrabarPolicy | undefined, string]>([
    ['st', undefined, stopped],
    ['ts', undefined, taken],
    ['ts', 'creationOrder', taken],
    ['ts', 'pessimistic', stopped],
    ['st', 'optimistic', taken],
    ['st', 'openHighLowClose', taken],
    ['ts', 'openLowHighClose', stopped],
    ['ts', 'lowerTimeframe', stopped],
  ])('placed as %s are executed by %s: %s', (names, intrabar, told) => {
    const floor = exits(names, intrabar);
    expect(floor.bar()).toBe(told);
    expect(floor.broker.ambiguity.exits).toBe(1);
  });

  it.each<[string, Row, string, number]>([
    ['reaches the stop alone', [100, 104, 94, 100], stopped, 0],
    ['reaches the target alone', [100, 106, 96, 100], taken, 0],
    ['opens beyond the stop', [94, 106, 93, 100], 's -1 @ 94; t canceled', 0],
  ])('a bar that %s is not ambiguous', (_name, row, told, count) => {
    for (const names of ['st', 'ts']) {
      const floor = exits(names, 'pessimistic', row);
      expect(floor.bar()).toBe(told);
      expect(floor.broker.ambiguity.exits).toBe(count);
    }
  });

  it.each<[string, object]>([
    ['not yet due', { firstIndex: 99 }],
    ['past its validity', { validUntil: 3 * hour - 1 }],
    ['asleep', { isActive: false }],
  ])('one that is %s is no rival', (_name, more) => {
    const floor = exits('ts', 'pessimistic', undefined, more);
    expect(floor.bar()).toBe(taken);
    expect(floor.broker.ambiguity.exits).toBe(0);
  });

  it('one that is valid to the close of the bar is a rival', () => {
    expect(exits('ts', 'pessimistic', undefined, { validUntil: 3 * hour }).bar()).toBe(stopped);
  });

  it('one that was placed once the bar had opened is no rival', () => {
    const quarters = Array.from({ length: 20 }, () => calm);
    const floor = floorOf([{ rows: quarters, timeframe: '15m' }, { rows: [calm, calm, [100, 106, 94, 100]], symbol: 'B/USDT' }], { intrabar: 'pessimistic' }); // prettier-ignore
    floor.bars(3);
    floor.place('a: buy 1', { data: 1 });
    floor.place('t: sell 1 limit 105', { data: 1 });
    expect(floor.bars(5)).toEqual(['', '', '', 'a 1 @ 100', '']);
    floor.place('s: sell 1 stop 95', { data: 1, oco: 't' });
    expect(floor.bars(3)).toEqual(['', '', 't -1 @ 105; s canceled']);
  });

  it('are one position’s exits: orders of another data, side or group are none', () => {
    const floor = floorOf(two([calm, calm, [100, 106, 94, 100]], [calm, calm, [100, 106, 94, 100]]), { intrabar: 'pessimistic' }); // prettier-ignore
    floor.place('a: buy 1');
    floor.bar();
    floor.place('t: sell 1 limit 105');
    floor.place('o: sell 1 stop 95', { oco: 't', data: 1 });
    floor.place('b: buy 1 stop 104', { oco: 't' });
    expect(floor.bar()).toBe('t -1 @ 105; b canceled; o canceled');
    const apart = exits('t', 'pessimistic');
    apart.place('s: sell 1 stop 95');
    expect(apart.bar()).toBe('t -1 @ 105; s -1 @ 95');
    const opens = floorOf([calm, [100, 106, 94, 100]], { intrabar: 'pessimistic' });
    opens.place('t: sell 1 limit 105');
    opens.place('s: sell 1 stop 95', { oco: 't' });
    expect(opens.bar()).toBe('t -1 @ 105; s canceled');
    for (const one of [floor, apart, opens]) expect(one.broker.ambiguity.exits).toBe(0);
  });

  it('of a short position are worse the dearer they buy', () => {
    const floor = floorOf([calm, calm, [100, 106, 94, 100]], { intrabar: 'pessimistic' });
    floor.place('a: sell 1');
    floor.bar();
    floor.place('t: buy 1 limit 95');
    floor.place('s: buy 1 stop 105', { oco: 't' });
    expect(floor.bar()).toBe('s 1 @ 105; t canceled');
  });

  it('are ordered by finer bars where the policy asks them', () => {
    const quarters: Row[] = [...Array.from({ length: 8 }, () => calm), [100, 106, 100, 105], [105, 105, 94, 100], calm, calm]; // prettier-ignore
    const given = [{ rows: [calm, calm, [100, 106, 94, 100] as Row] }, { rows: quarters, timeframe: '15m' as const }];
    for (const [intrabar, told] of [['lowerTimeframe', taken], ['pessimistic', stopped]] as const) {
      const floor = floorOf(given, { intrabar });
      floor.place('a: buy 1');
      floor.bar();
      floor.place('s: sell 1 stop 95');
      floor.place('t: sell 1 limit 105', { oco: 's' });
      expect(floor.bar()).toBe(told);
    } // prettier-ignore
  });
});

describe('a trailing stop', () => {
  it('follows the close of each bar, a bar that only another order has reached included', () => {
    const floor = floorOf([calm, [100, 110, 99, 108], [108, 109, 107, 109], [109, 109, 103, 103]]);
    floor.place('z: buy 1 limit 99.5');
    floor.place('t: sell 1 stopTrail 95', trailing(5));
    expect(floor.bar()).toBe('z 1 @ 99.5');
    expect(floor.order('t').price).toBe(103);
    floor.bar();
    expect(floor.order('t').price).toBe(104);
    expect(floor.bar()).toBe('t -1 @ 104');
  });

  it.each<[string, Row, string, number]>([
    ['not reached', [100, 106, 97, 104], 'l -1 @ 105 partial', 99],
    ['reached too', [100, 106, 94, 104], 't -1 @ 95 partial; l -1 @ 105 partial', 99],
    ['not reached, and has nothing to follow', [100, 106, 97, 99], 'l -1 @ 105 partial', 95],
  ])('beside a rival that is executed in part follows: it is %s', (_name, row, told, price) => {
    const floor = floorOf([calm, calm, row], { intrabar: 'pessimistic', filler: fixedSizeFiller(1) });
    floor.place('a: buy 1');
    floor.place('l: sell 2 limit 105', { parent: 'a' });
    floor.place('t: sell 2 stopTrail 95', { parent: 'a', ...trailing(5) });
    expect(floor.bars(2)).toEqual(['a 1 @ 100', told]);
    expect(floor.order('t').price).toBe(price);
  });

  it('that its rival cancels stays where it was', () => {
    const floor = floorOf([calm, calm, [100, 106, 94, 104]], { intrabar: 'optimistic' });
    floor.place('a: buy 1');
    floor.place('l: sell 1 limit 105', { parent: 'a' });
    floor.place('t: sell 1 stopTrail 95', { parent: 'a', ...trailing(5) });
    expect(floor.bars(2)).toEqual(['a 1 @ 100', 'l -1 @ 105; t canceled']);
    expect(floor.order('t').price).toBe(95);
  });

  it('that has been executed whole stays where it was', () => {
    const floor = floorOf([calm, [100, 110, 94, 110]]);
    floor.place('t: sell 1 stopTrail 95', trailing(5));
    expect(floor.bar()).toBe('t -1 @ 95');
    expect(floor.order('t').price).toBe(95);
  });
});

describe('the close of a session', () => {
  it('that is over is that of the bar before, which has its volume', () => {
    const rows: Row[] = [calm, [100, 101, 99, 100.5, 2], [105, 106, 104, 105, 50, 5]];
    const floor = floorOf(rows, { filler: fixedSizeFiller() });
    floor.place('c: buy 4 close', { with: { sessionEnd: 2.5 * hour } });
    expect(floor.bars(2)).toEqual(['', 'c 2 @ 100.5 partial']);
  });

  it('is that of the bar which ends with it', () => {
    const floor = floorOf([calm, [100, 101, 99, 100.5, 2]], { filler: fixedSizeFiller() });
    floor.place('c: buy 4 close', { with: { sessionEnd: 2 * hour } });
    expect(floor.bar()).toBe('c 2 @ 100.5 partial');
  });

  it('is that of its last bar, whatever came before', () => {
    const floor = floorOf([calm, [100, 101, 99, 100.5, 9], [100, 101, 99, 101, 2]], { filler: fixedSizeFiller() });
    floor.place('c: buy 4 close', { with: { sessionEnd: 3 * hour } });
    expect(floor.bars(2)).toEqual(['', 'c 2 @ 101 partial']);
  });

  it('is that of the first bar behind it where no bar of it was seen', () => {
    const floor = floorOf([calm, [105, 106, 104, 105, 3, 5]], { filler: fixedSizeFiller() });
    floor.place('c: buy 4 close', { with: { sessionEnd: 2.5 * hour } });
    expect(floor.bar()).toBe('c 3 @ 105 partial');
  });
});
