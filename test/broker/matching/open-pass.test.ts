/** What happens at the open of new bars, and in which order: tables by hand. */
import { describe, expect, it } from 'vitest';

import type { BrokerOptions } from '../../../src/broker/broker.ts';
import { fixedSizeFiller } from '../../../src/broker/matching/volume-filler.ts';
import { fixedSlippage, volumeImpact } from '../../../src/broker/matching/slippage.ts';
import type { Instrument } from '../../../src/core/index.ts';
import type { WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import { calm, Floor, hour, trailing, type Row } from './floor.ts';

type Flags = Parameters<WorkingOrder['flag']>;

const [ioc, fok, post, reprice] = [
  ['ioc', false, NaN],
  ['fok', false, NaN],
  ['gtc', 'refuse', NaN],
  ['gtc', 'reprice', NaN],
] as const satisfies readonly Flags[];
const byQuote = (amount: number): Flags => ['gtc', false, amount];

/** A cash of 1,000 in an account that owes nothing, and one at a venue. */
const accounts: readonly [string, BrokerOptions][] = [
  ['one cash', { cash: 1000, account: 'spot' }],
  ['an account at a venue', { account: { cash: { USDT: 1000 } } }],
];

const two = (first: readonly Row[], second: readonly Row[] = first) => [
  { rows: first },
  { rows: second, symbol: 'B/USDT' },
];

describe.each(accounts)('with %s', (_name, options) => {
  const spread: Row = [100, 101, 99, 100];

  it('what frees cash comes before what needs it, whatever was placed first', () => {
    const floor = new Floor(two([calm, calm, calm]), options);
    floor.place('a: buy 10');
    floor.bar();
    floor.place('b: buy 9', { data: 1 });
    floor.place('c: sell 9');
    expect(floor.bar()).toBe('c -9 @ 100; b 9 @ 100');
    expect([floor.held(), floor.held(1)]).toEqual([1, 9]);
  });

  it('so it does behind an order that only rests, and needs nothing at the open', () => {
    for (const text of ['r: buy 0.1 limit 99.5', 'r: buy 0.1 stop 100.5', 'r: buy 0.1 close']) {
      const floor = new Floor(two([calm, calm, spread]), options);
      floor.place('a: buy 10');
      floor.bar();
      floor.place(text, { with: { sessionEnd: 9 * hour } });
      floor.place('b: buy 9', { data: 1 });
      floor.place('c: sell 9.1');
      expect(floor.bar(), text).toMatch(/^c -9.1 @ 100; b 9 @ 100/);
    }
  });

  it('a limit that the open has passed frees as a market order does', () => {
    const floor = new Floor(two([calm, calm, [101, 102, 99, 101]], [calm, calm, calm]), options);
    floor.place('a: buy 10');
    floor.bar();
    floor.place('b: buy 9', { data: 1 });
    floor.place('c: sell 9 limit 100.5');
    expect(floor.bar()).toBe('c -9 @ 101; b 9 @ 100');
  });

  it('what only the inside of the bar reaches frees nothing at the open', () => {
    const floor = new Floor(two([calm, calm, [100, 102, 99, 101]], [calm, calm, calm]), options);
    floor.place('a: buy 10');
    floor.bar();
    floor.place('b: buy 9', { data: 1, with: { isCuttable: true } });
    floor.place('c: sell 9 limit 101');
    expect(floor.bar()).toBe('b margin; c -9 @ 101');
  });
});

describe('the turn of orders on one data', () => {
  const placed = (options: BrokerOptions): string => {
    const floor = new Floor([calm, calm, calm], options);
    floor.place('a: buy 5');
    floor.bar();
    for (const text of ['b: buy 5', 'c: sell 5', 'd: buy 1']) floor.place(text);
    return floor.bar();
  };

  it('is what frees cash, then the rest as placed', () => {
    expect(placed({ cash: 1000, account: 'spot' })).toBe('c -5 @ 100; b 5 @ 100; d 1 @ 100');
  });

  it('in an account at a venue is the order placed', () => {
    expect(placed({ account: { cash: { USDT: 1010 } } })).toBe('b 5 @ 100; c -5 @ 100; d 1 @ 100');
  });
});

describe('an entry at the open', () => {
  it.each([
    ['s: sell 1 stop 100', 'a 1 @ 100; s -1 @ 100'],
    ['s: sell 1 limit 99', 'a 1 @ 100; s -1 @ 100'],
    ['s: sell 1 stop 95', 'a 1 @ 100; s -1 @ 95'],
    ['s: sell 1 limit 105', 'a 1 @ 100'],
  ])('wakes %s', (exit, told) => {
    for (const account of ['margin', { cash: { USDT: 1_000 } }] as const) {
      const floor = new Floor([calm, [100, 104, 95, 96]], { account });
      floor.place('a: buy 1');
      floor.place(exit, { parent: 'a' });
      expect(floor.bar()).toBe(told);
      const beside = new Floor([calm, [100, 104, 95, 96]], { account });
      beside.place('a: buy 1');
      beside.place(exit, { parent: 'a' });
      beside.place('z: buy 1 limit 20');
      expect(beside.bar()).toBe(told);
    }
  });

  it('wakes no order on another data', () => {
    const floor = new Floor(two([calm, calm, calm]));
    floor.place('a: buy 1');
    floor.place('b: sell 1', { parent: 'a', data: 1 });
    expect(floor.bars(2)).toEqual(['a 1 @ 100', 'b -1 @ 100']);
  });
});

describe('a trailing stop', () => {
  it('follows the open before it is looked at', () => {
    // From 110 down to 104: it stands at 105 from the open on.
    const floor = new Floor([calm, [110, 110, 104, 106]], { intrabar: 'openLowHighClose' });
    floor.place('t: sell 1 stopTrail 95', trailing(5));
    floor.place('a: buy 1');
    expect(floor.bar()).toBe('a 1 @ 110; t -1 @ 105');
  });

  it('that the open has passed is executed at it, in its turn', () => {
    const floor = new Floor([calm, [94, 96, 94, 96]]);
    floor.place('t: sell 1 stopTrail 95', trailing(5));
    floor.place('a: buy 1');
    expect(floor.bar()).toBe('t -1 @ 94; a 1 @ 94');
  });
});

describe('slippage that allows no fill at the open', () => {
  it('leaves the order for the next bar, at the open of that', () => {
    const floor = new Floor([calm, [100, 101, 99, 100], [102, 106, 102, 103]], {
      slippage: fixedSlippage(2, { capAtBar: false }),
    });
    floor.place('a: buy 1');
    floor.place('b: buy 1 stop 99.5', { with: { price: 99.5 } });
    expect(floor.bars(2)).toEqual(['', 'a 1 @ 104; b 1 @ 104']);
  });
});

describe('slippage at the open', () => {
  it.each([
    ['s: sell 1 limit 90', 's -1 @ 98'],
    ['s: sell 1 stop 101', 's -1 @ 98'],
    ['s: sell 1', 's -1 @ 98'],
  ])('takes %s that an entry wakes', (exit, told) => {
    const floor = new Floor([calm, [100, 110, 90, 100]], { slippage: fixedSlippage(2) });
    floor.place('a: buy 1');
    floor.place(exit, { parent: 'a' });
    expect(floor.bar()).toBe(`a 1 @ 102; ${told}`);
  });

  it('that allows a limit no fill leaves it for the next bar, and slips there', () => {
    const slippage = fixedSlippage(2, { capAtBar: false, atLimit: false });
    const floor = new Floor([calm, [100, 101, 99, 100], [100, 110, 99, 100]], { slippage });
    floor.place('a: buy 1 limit 120');
    expect(floor.bars(2)).toEqual(['', 'a 1 @ 102']);
  });
});

describe('an account at a venue', () => {
  const venue = (given: BrokerOptions = {}): Floor => {
    const floor = new Floor([calm, calm, calm], { account: { cash: { USDT: 1000 } }, ...given });
    floor.place('a: buy 10');
    floor.bar();
    return floor;
  };

  it('executes what frees cash once at an open, in part too', () => {
    const filler = fixedSizeFiller(3);
    const floor = new Floor([calm, calm, calm], { account: { cash: { USDT: 1000 } }, filler });
    floor.place('a: buy 3');
    floor.bar();
    floor.place('b: sell 2.5');
    floor.place('c: buy 9');
    expect(floor.bar()).toBe('b -2.5 @ 100; c 3 @ 100 partial');
    const part = venue();
    part.place('b: sell 4');
    part.place('c: sell 4');
    expect(part.bar()).toBe('b -4 @ 100; c -4 @ 100');
    const most = new Floor([calm, calm, calm], { account: { cash: { USDT: 1000 } }, filler });
    most.place('a: buy 3');
    most.bar();
    most.place('b: sell 3', { with: { remaining: 6 } });
    expect(most.bar()).toBe('b -3 @ 100 partial');
  });

  it('executes nothing of what a fill of the same open has ended', () => {
    const floor = venue();
    floor.place('b: sell 4');
    floor.place('c: sell 4', { oco: 'b' });
    expect(floor.bar()).toBe('b -4 @ 100; c canceled');
    const turned = venue();
    turned.place('d: buy 1 limit 20', {});
    turned.place('b: buy 0.1 limit 100', { with: { remaining: 0.1 } });
    turned.place('c: buy 0.2 limit 100', { oco: 'b' });
    turned.place('e: sell 4');
    expect(turned.bar()).toBe('b margin; c canceled; e -4 @ 100');
  });
});

describe('the close of a session', () => {
  // Hours from 0: the session ends at 3:30; the last bar before its end closed at 2:00, the next one opens at 10:00.
  const gap = (next: Row, end: number): Floor => {
    const floor = new Floor([calm, calm, [100, 101, 97, 98], [...next.slice(0, 4), 1000, 10] as unknown as Row], { account: 'spot', cash: 1000 }); // prettier-ignore
    floor.place('a: buy 10');
    floor.bar();
    floor.place('c: sell 10 close', { with: { sessionEnd: end * hour, reducesOnly: true } });
    return floor;
  };

  it('that was over when the bar opened comes before that open, at the last close before it', () => {
    const floor = gap([90, 91, 89, 90], 3.5);
    floor.place('s: sell 10 stop 95', { with: { reducesOnly: true } });
    expect(floor.bar()).toBe('');
    floor.place('b: buy 10');
    // Sold at 98 for 980, which buys 10 at 90.
    expect(floor.bar()).toBe('c -10 @ 98; s canceled; b 10 @ 90');
    expect(floor.broker.cash).toBe(80);
  });

  it('that ends when the bar opens is over', () => {
    const floor = gap([90, 91, 89, 90], 10);
    floor.bar();
    floor.place('b: buy 10');
    expect(floor.bar()).toBe('c -10 @ 98; b 10 @ 90');
  });

  it('that ends inside the bar comes after its open and its path', () => {
    const floor = gap([90, 91, 89, 90], 10.5);
    floor.bar();
    floor.place('b: buy 1 limit 95', { with: { isCuttable: true } });
    floor.place('s: sell 4 stop 89.5');
    expect(floor.bar()).toBe('b margin; s -4 @ 89.5; c -6 @ 98');
  });

  it('wakes at that open what waited for it', () => {
    const floor = new Floor([calm, [100, 101, 97, 98], [90, 94, 89, 90, 1000, 10]]);
    floor.place('c: buy 1 close', { with: { sessionEnd: 3 * hour } });
    floor.place('s: sell 1 stop 95', { parent: 'c' });
    expect(floor.bars(2)).toEqual(['', 'c 1 @ 98; s -1 @ 90']);
  });

  it('of an order that has ended meanwhile does nothing', () => {
    const floor = gap([90, 91, 89, 90], 3.5);
    floor.place('e: sell 10 close', { oco: 'c', with: { sessionEnd: 3.5 * hour } });
    floor.place('b: buy 1 limit 90');
    expect(floor.bars(2)).toEqual(['', 'c -10 @ 98; e canceled; b 1 @ 90']);
  });

  it('of which the order has seen no close waits for that of its first bar', () => {
    const floor = new Floor([calm, [90, 91, 89, 89.5, 1000, 10]]);
    floor.place('c: buy 1 close', { with: { sessionEnd: 3 * hour } });
    floor.place('b: buy 1');
    expect(floor.bar()).toBe('b 1 @ 90; c 1 @ 89.5');
  });
});

describe('flags', () => {
  const instrument: Instrument = { symbol: 'A/USDT', type: 'spot', base: 'A', quote: 'USDT', tick: 1, lot: 0.01 };
  const ruled = (rows: readonly Row[], options: BrokerOptions = {}): Floor => new Floor([{ rows, instrument }], options); // prettier-ignore

  it.each<[string, Flags, string, string | undefined]>([
    ['a: buy 1 limit 99', ioc, 'a canceled', 'immediate or cancel: the open 100 was beyond its price 99'],
    ['a: sell 1 limit 101', ioc, 'a canceled', 'immediate or cancel: the open 100 was beyond its price 101'],
    ['a: buy 1 limit 99', fok, 'a canceled', 'fill or kill: the open 100 was beyond its price 99'],
    ['a: buy 1 limit 100', ioc, 'a 1 @ 100', undefined],
    ['a: sell 1 limit 100', ioc, 'a -1 @ 100', undefined],
    ['a: buy 1', fok, 'a 1 @ 100', undefined],
    ['a: buy 5', ioc, 'a 2 @ 100 partial; a canceled', 'immediate or cancel: the rest was not taken at once'],
    ['a: buy 5', fok, 'a canceled', 'fill or kill: the bar takes 2 of 5'],
    ['a: buy 2', fok, 'a 2 @ 100', undefined],
    ['a: buy 5 limit 99', fok, 'a canceled', 'fill or kill: the open 100 was beyond its price 99'],
    ['a: buy 5 limit 101', ioc, 'a 2 @ 100 partial; a canceled', 'immediate or cancel: the rest was not taken at once'],
    ['a: buy 1 limit 100', post, 'a rejected', 'post-only: a limit to buy at 100 would take at 100; the nearest that rests is 99'],
    ['a: sell 1 limit 99', post, 'a rejected', 'post-only: a limit to sell at 99 would take at 100; the nearest that rests is 101'],
    ['a: buy 1 limit 99', post, 'a 1 @ 99', undefined],
    ['a: sell 1 limit 101', post, 'a -1 @ 101', undefined],
    ['a: buy 1 limit 105', reprice, 'a 1 @ 99', undefined],
    ['a: sell 1 limit 95', reprice, 'a -1 @ 101', undefined],
  ])('%s with %j tells %s', (text, flags, told, reason) => {
    const floor = ruled([calm, [100, 101, 98, 100]], { filler: fixedSizeFiller(2) });
    const { order } = floor.place(text, { flags });
    expect(floor.bar()).toBe(told);
    expect(order.reason).toBe(reason);
    expect(order.rule).toBe(told.endsWith('rejected') ? 'postOnly' : told.endsWith('canceled') ? flags[0] : undefined);
    // Beside two that the open leaves alone.
    const beside = ruled([calm, [100, 101, 98, 100]], { filler: fixedSizeFiller(2) });
    beside.place('y: sell 1 stopTrail 20', trailing(80));
    beside.place(text, { flags });
    beside.place('z: sell 1 stopTrail 30', trailing(70));
    expect(beside.bar()).toBe(told);
  }); // prettier-ignore

  it.each<[string, Row, string]>([
    ['a: buy 1', [105, 106, 104, 105], 'a 1 @ 105'],
    ['a: sell 1', [95, 96, 94, 95], 'a -1 @ 95'],
  ])('%s takes whatever the open is', (text, row, told) => {
    for (const flags of [ioc, fok] as const) {
      const floor = ruled([calm, row]);
      floor.place(text, { flags });
      expect(floor.bar()).toBe(told);
    }
  });

  it.each<[string, readonly Row[], string]>([
    // Moved to 99 in the first bar, it rests there, and the gap to 95 executes it.
    ['a: buy 1 limit 102', [[100, 104, 100, 103], [95, 97, 95, 96]], 'a 1 @ 95'],
    ['a: sell 1 limit 98', [[100, 100, 96, 97], [105, 105, 103, 104]], 'a -1 @ 105'],
    ['a: buy 1 limit 99', [[100, 104, 100, 103], [95, 97, 95, 96]], 'a 1 @ 95'],
  ])('%s that is moved behind the market rests from then on', (text, rows, told) => {
    const floor = ruled([calm, ...rows]);
    const { order } = floor.place(text, { flags: reprice });
    expect(floor.bars(2)).toEqual(['', told]);
    expect(order.price).toBe(text.includes('buy') ? 99 : 101);
  }); // prettier-ignore

  it.each<[string, string, number]>([
    ['buy', 'a 10 @ 100', 1000],
    ['sell', 'a -10 @ 100', 1000],
  ])('a market order to %s by quote units is sized at the open', (side, told, amount) => {
    const floor = ruled([calm, [100, 101, 98, 100]]);
    const { order } = floor.place(`a: ${side} 7`, { flags: byQuote(amount) });
    expect(floor.bar()).toBe(told);
    expect(order.size).toBe(10);
  });

  it.each<[string, string]>([
    // 1,020 / 102 and 980 / 98: what is spent, or earned, is what was asked for.
    ['a: buy 7', 'a 10 @ 102'],
    ['a: sell 7', 'a -10 @ 98'],
  ])('%s by quote units is sized at the price that slippage leaves', (text, told) => {
    const floor = ruled([calm, [100, 110, 90, 100]], { slippage: fixedSlippage(2) });
    floor.place(text, { flags: byQuote(text.includes('buy') ? 1020 : 980) });
    expect(floor.bar()).toBe(told);
  });

  it('by quote units spends no more than asked where the size moves the price', () => {
    // 10 of 1000 units slip by 20 x 5 x 0.1 = 10 from 100; at 110 it is 9.09, which slip by a little less.
    const floor = ruled([calm, [100, 120, 100, 110]], { slippage: volumeImpact(5) });
    const { order } = floor.place('a: buy 7', { flags: byQuote(1000) });
    floor.bar();
    expect(order.size).toBe(9.09);
    expect(order.averagePrice).toBeCloseTo(100 + 20 * 5 * Math.sqrt(9.09 / 1000), 9);
    expect(order.size * order.averagePrice).toBeLessThan(1000);
  });

  it('by quote units waits with its amount where slippage allows no fill', () => {
    const floor = ruled([calm, [100, 101, 98, 100], [200, 210, 190, 200]], {
      slippage: fixedSlippage(2, { capAtBar: false }),
    });
    floor.place('a: buy 7', { flags: byQuote(2020) });
    expect(floor.bars(2)).toEqual(['', 'a 10 @ 202']);
  });

  it('refuses quote units that pay for less than a lot', () => {
    const floor = ruled([calm, [100, 101, 98, 100]]);
    const { order } = floor.place('a: buy 7', { flags: byQuote(0.5) });
    expect(floor.bar()).toBe('a rejected');
    expect(order.rule).toBe('lot');
    // At 100 they pay for a lot, at 102 they do not.
    const slid = ruled([calm, [100, 110, 98, 100]], { slippage: fixedSlippage(2) });
    slid.place('a: buy 7', { flags: byQuote(1.01) });
    expect(slid.bar()).toBe('a rejected');
  });
});
