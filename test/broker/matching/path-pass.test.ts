/** Which orders the new bars of a step can execute, alone and beside others: facts by hand. */
import { describe, expect, it } from 'vitest';

import { volumePercentFiller } from '../../../src/broker/matching/volume-filler.ts';
import { fixedSlippage } from '../../../src/broker/matching/slippage.ts';
import { calm, Floor, hour, type Given, type Row } from './floor.ts';

/** An hour that goes from 100 up to 110, down to 90 and back, and what a quarter of it would be. */
const wide: Row = [100, 110, 90, 100];

/** Quarters, and the hours of another data: it is a quarter past one when the first bar of a test is over. */
function quartersAndHours(): Floor {
  const floor = new Floor([
    { rows: Array.from({ length: 16 }, () => wide), timeframe: '15m' },
    { rows: [calm, wide, [99, 110, 90, 99]], symbol: 'B/USDT' },
  ]);
  floor.bars(4);
  return floor;
}

// A single order is looked at alone, and so is not one that has another beside it.
describe.each([
  ['alone', false],
  ['beside another', true],
])('an order %s', (_name, isBeside) => {
  const beside = (floor: Floor, data = 0): Floor => {
    if (isBeside) floor.place('z: buy 1 limit 1', { data });
    return floor;
  };

  it.each([
    ['a: buy 1', 'a 1 @ 100'],
    ['a: buy 1 limit 95', 'a 1 @ 95'],
    ['a: sell 1 limit 105', 'a -1 @ 105'],
    ['a: buy 1 limit 90', 'a 1 @ 90'],
    ['a: sell 1 limit 110', 'a -1 @ 110'],
    ['a: buy 1 stop 105', 'a 1 @ 105'],
    ['a: sell 1 stop 95', 'a -1 @ 95'],
    ['a: buy 1 limit 89', ''],
    ['a: sell 1 limit 111', ''],
    ['a: buy 1 stop 111', ''],
    ['a: sell 1 stop 89', ''],
    ['a: buy 1 stop 85', 'a 1 @ 100'],
    ['a: sell 1 stop 115', 'a -1 @ 100'],
    ['a: buy 1 limit 115', 'a 1 @ 100'],
    ['a: sell 1 limit 85', 'a -1 @ 100'],
  ])('such as %s is reached by a bar from 90 to 110: %s', (text, told) => {
    const floor = beside(new Floor([calm, wide]));
    floor.place(text);
    expect(floor.bar()).toBe(told);
  });

  it.each(['a: buy 1', 'a: buy 1 limit 100'])('%s is executed from the bar that it may wait for on', (text) => {
    const floor = beside(new Floor([calm, calm, calm, calm]));
    const { firstIndex } = floor.place(text);
    floor.order('a').firstIndex = firstIndex + 1;
    expect(floor.bars(3)).toEqual(['', 'a 1 @ 100', '']);
  });

  it.each(['a: buy 1', 'a: buy 1 limit 100'])('%s that was canceled before the bar is left alone', (text) => {
    const floor = beside(new Floor([calm, calm]));
    floor.broker.cancel(floor.place(text));
    expect(floor.bar()).toBe('a canceled');
  });

  it.each(['a: buy 1', 'a: buy 1 limit 100', 'a: buy 1 limit 1'])('%s expires in the first bar that closes after its validity', (text) => {
    const floor = beside(new Floor([calm, calm, calm]));
    floor.place(text, { with: { validUntil: 2 * hour - 1 } });
    expect(floor.bars(2)).toEqual(['a expired', '']);
    const until = beside(new Floor([calm, [101, 101, 99, 100]]));
    until.place(text, { with: { validUntil: 2 * hour } });
    expect(until.bar()).not.toContain('expired');
  }); // prettier-ignore

  it.each(['a: buy 1', 'a: buy 1 limit 100'])('%s waits for a bar of its own data', (text) => {
    const floor = beside(quartersAndHours(), 1);
    floor.place(text, { data: 1 });
    // The hour that is running had opened before the order was placed; the next is over seven quarters later.
    expect(floor.bars(7)).toEqual(['', '', '', '', '', '', 'a 1 @ 99']);
  });

  it.each(['a: buy 1', 'a: buy 1 limit 100'])('%s is executed by no bar without a volume', (text) => {
    const floor = beside(new Floor([[100, 100, 100, 100, 5], [100, 100, 100, 100, 0], [99, 100, 99, 100, 5]])); // prettier-ignore
    floor.place(text);
    expect(floor.bars(2)).toEqual(['', 'a 1 @ 99']);
    expect(floor.broker.warnings).toEqual([
      "1 bar of 'd0' had no volume and executed none of the orders that were open",
    ]);
  });

  it('of the market slips within its bar', () => {
    const floor = beside(new Floor([calm, [100, 103, 98, 100]], { slippage: fixedSlippage(5) }));
    floor.place('a: buy 1');
    expect(floor.bar()).toBe('a 1 @ 103');
  });

  it('of the market is executed by the volume of its bar', () => {
    const bars: Row[] = [calm, [100, 103, 98, 100, 20], [101, 103, 98, 100, 1000]];
    const floor = beside(new Floor(bars, { filler: volumePercentFiller(0.1) }));
    floor.place('a: buy 5');
    expect(floor.bars(2)).toEqual(['a 2 @ 100 partial', 'a 3 @ 101']);
  });

  it.each([
    ['a: buy 1 limit 97', [95, 100, 98, 99], 'a 1 @ 95'],
    ['a: sell 1 limit 103', [105, 102, 100, 101], 'a -1 @ 105'],
  ] as const)('%s is passed by an open that lies outside of its bar', (text, row, told) => {
    const floor = beside(new Floor([calm, row]));
    floor.place(text);
    expect(floor.bar()).toBe(told);
  });
});

describe('orders on two datas', () => {
  const two = (first: readonly Row[], second: readonly Row[]): Given[] => [
    { rows: first },
    { rows: second, symbol: 'B/USDT' },
  ];

  it('are reached each by the bar of its own', () => {
    // 95 and 105 are reached on the first data, 45 and 55 on the second.
    const floor = new Floor(two([calm, wide], [[50, 50, 50, 50], [50, 55, 45, 50]])); // prettier-ignore
    floor.place('a: buy 1 limit 95');
    floor.place('b: buy 1 limit 45', { data: 1 });
    floor.place('c: sell 1 limit 105');
    floor.place('d: sell 1 limit 55', { data: 1 });
    floor.place('e: buy 1 limit 44', { data: 1 });
    floor.place('f: sell 1 limit 111');
    expect(floor.bar()).toBe('a 1 @ 95; c -1 @ 105; b 1 @ 45; d -1 @ 55');
  });

  it('are booked at both opens before the inside of either bar', () => {
    const floor = new Floor(two([calm, wide], [calm, wide]));
    floor.place('a: buy 1 limit 95');
    floor.place('b: buy 1', { data: 1 });
    floor.place('c: buy 1');
    expect(floor.bar()).toBe('b 1 @ 100; c 1 @ 100; a 1 @ 95');
  });

  it('are executed though only one data has a new bar', () => {
    const floor = quartersAndHours();
    floor.place('a: buy 1 limit 95');
    floor.place('b: buy 1 limit 95', { data: 1 });
    expect(floor.bars(2)).toEqual(['a 1 @ 95', '']);
  });
});

it('a market order leaves the others of its bar to it', () => {
  const floor = new Floor([calm, wide]);
  for (const text of ['a: buy 1', 'b: buy 1', 'c: buy 1 limit 95']) floor.place(text);
  expect(floor.bar()).toBe('a 1 @ 100; b 1 @ 100; c 1 @ 95');
});

it('an exit is left alone while its entry waits', () => {
  const floor = new Floor([calm, wide]);
  floor.place('a: buy 1 limit 89');
  floor.place('s: sell 1 stop 95', { parent: 'a' });
  floor.place('t: sell 1 limit 105', { parent: 'a' });
  expect(floor.bar()).toBe('');
});

it('the fill of one of a group cancels those before it, then those behind it; a cancel goes from the last', () => {
  const floor = new Floor([calm, wide]);
  floor.place('a: buy 1 limit 1');
  for (const text of ['b: buy 1 limit 95', 'c: buy 1 limit 2']) floor.place(text, { oco: 'a' });
  expect(floor.bar()).toBe('b 1 @ 95; a canceled; c canceled');
  const other = new Floor([calm, calm, calm]);
  other.place('z: buy 1 limit 1');
  other.bar();
  for (const text of ['a: buy 1 limit 1', 'b: buy 1 limit 2', 'c: buy 1 limit 3'])
    other.place(text, text.startsWith('a') ? {} : { oco: 'a' });
  other.broker.cancel(other.order('b'));
  expect(other.bar()).toBe('b canceled; c canceled; a canceled');
});

it('a limit that a bar has executed in part waits for the next', () => {
  const floor = new Floor([calm, [100, 101, 90, 92, 20], [93, 95, 92, 94, 20]], { filler: volumePercentFiller(0.1) });
  floor.place('a: buy 5 limit 95');
  expect(floor.bars(2)).toEqual(['a 2 @ 95 partial', 'a 2 @ 93 partial']);
});

it('counts the bars in which two orders depended on the path', () => {
  const floor = new Floor([calm, calm, wide]);
  floor.place('a: buy 1');
  floor.bar();
  floor.place('s: sell 1 stop 95');
  floor.place('t: sell 1 limit 105', { oco: 's' });
  floor.bar();
  expect(floor.broker.ambiguity.exits).toBe(1);
});
