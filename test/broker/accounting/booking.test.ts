/** What a fill does to the position, the cash, the blotter and the order, and what an order may execute: facts by hand. */
import { describe, expect, it } from 'vitest';

import { fillTimeOf } from '../../../src/broker/accounting/booking.ts';
import { fixedSizeFiller, type VolumeFiller } from '../../../src/broker/matching/volume-filler.ts';
import type { Instrument } from '../../../src/core/index.ts';
import { calm, Floor, hour, type Row } from '../matching/floor.ts';

/** What a bar takes of an order, bar by bar. */
function takes(...units: number[]): VolumeFiller {
  return { fillable: (remaining) => Math.min(remaining, units.shift() ?? Infinity) };
}

const cut = { with: { isCuttable: true } };
const reduce = { with: { reducesOnly: true } };

describe('a fill', () => {
  it('is written with what it closed and opened, cost and left, and why', () => {
    const floor = new Floor([calm, calm, [110, 121, 109, 110], calm], { commission: 0.001 });
    const { order: a } = floor.place('a: buy 2');
    floor.bar();
    expect(a.lastFill!.toJSON()).toMatchObject({
      time: 2 * hour, size: 2, price: 100, closed: 0, opened: 2, commission: 0.2, pnl: 0, positionSize: 2, positionPrice: 100,
      value: 200, traded: 200, closedCommission: 0, rule: 'open',
    }); // prettier-ignore
    // Two are sold at 120, one more is sold short: 2 x 20 of profit, 0.24 of 0.36 for what it closes.
    const { order: b } = floor.place('b: sell 3 limit 120');
    floor.bar();
    expect(b.lastFill!.toJSON()).toMatchObject({
      time: 3 * hour, size: -3, price: 120, closed: -2, opened: -1, commission: 0.36, pnl: 40, positionSize: -1, positionPrice: 120,
      value: 80, traded: 360, closedCommission: 0.24, rule: 'limitReached', level: 120, reached: 121,
    }); // prettier-ignore
    expect(b.fills).toHaveLength(1);
  });

  it('has the time of the bar that filled it, and at the close that its order was made at the time of that', () => {
    const floor = new Floor([calm, calm]);
    const placed = floor.place('a: buy 1');
    const made = placed.order.createdTime;
    placed.rule = 'creationClose';
    expect(fillTimeOf(placed, { time: made + 240_000 })).toBe(made);
    placed.rule = 'open';
    expect(fillTimeOf(placed, { time: made + 240_000 })).toBe(made + 240_000);
  });

  it('in part leaves the rest, and the fills of an order are told together', () => {
    const floor = new Floor([calm, calm, calm, calm], { filler: takes(1, 3) });
    const working = floor.place('a: buy 6');
    expect(floor.bars(3)).toEqual(['a 1 @ 100 partial', 'a 3 @ 100 partial', 'a 2 @ 100']);
    expect([working.remaining, working.order.fills.map(({ size }) => size)]).toEqual([0, [1, 3, 2]]);
  });

  it('leaves nothing where only binary fractions are left', () => {
    // 0.9 less three times 0.3 is 5.6e-17.
    const floor = new Floor([calm, calm, calm, calm], { filler: takes(0.3, 0.3, 0.3) });
    floor.place('a: buy 0.9');
    expect(floor.bars(3)).toEqual(['a 0.3 @ 100 partial', 'a 0.3 @ 100 partial', 'a 0.3 @ 100']);
  });

  it('that the cash does not cover refuses what it would open, and closes what it closes', () => {
    const floor = new Floor([calm, calm, [150, 150, 150, 150], calm], { cash: 1_000, checkSubmit: false });
    floor.place('a: buy 11');
    expect(floor.bar()).toBe('a margin');
    expect(floor.order('a').order).toMatchObject({ reason: 'the cash does not cover 11 at 100', rule: 'cash' });
    floor.place('b: sell 2');
    floor.bar();
    floor.place('c: buy 30');
    expect(floor.bar()).toBe('c 2 @ 100 partial; c margin');
    expect([floor.held(), floor.order('c').order.reason]).toEqual([0, 'the cash does not cover 30 at 100']);
  });

  it('that ends a position ends its exits, and is told to nobody where no other order works', () => {
    const floor = new Floor([calm, calm, [100, 106, 94, 100], calm]);
    floor.place('a: buy 1');
    floor.place('s: sell 1 stop 95', { parent: 'a' });
    floor.bar();
    floor.place('b: sell 1 limit 105');
    expect(floor.bar()).toContain('s -1 @ 95');
    const closed = new Floor([calm, calm, calm]);
    closed.place('a: buy 1');
    closed.place('s: sell 1 stop 95', { parent: 'a' });
    closed.bar();
    closed.place('b: sell 1');
    expect(closed.bar()).toBe('b -1 @ 100; s canceled');
  });
});

it('a fill of one order of a group ends the others, where none of them closes anything', () => {
  const floor = new Floor([calm, [100, 106, 94, 100]]);
  floor.place('a: buy 1 limit 95');
  floor.place('b: buy 1 limit 94', { oco: 'a' });
  expect(floor.bar()).toBe('a 1 @ 95; b canceled');
});

describe('an order that only reduces', () => {
  it('executes no more than is held, and its size becomes that', () => {
    const floor = new Floor([calm, calm, calm]);
    floor.place('a: buy 2');
    floor.bar();
    floor.place('r: sell 5', reduce);
    expect(floor.bar()).toBe('r -2 @ 100');
    expect(floor.order('r').order.size).toBe(2);
  });

  it('executes as much as its bar takes', () => {
    const floor = new Floor([calm, calm, calm, calm], { filler: takes(4, 1, 9) });
    floor.place('a: buy 4');
    floor.bar();
    floor.place('r: sell 5', reduce);
    expect(floor.bars(2)).toEqual(['r -1 @ 100 partial', 'r -3 @ 100']);
  });

  it.each([
    ['nothing', undefined, 'there is no long position left to reduce'],
    ['its own side', 'a: sell 1', 'there is no long position left to reduce, 1 short is held'],
  ])('is canceled where %s is held', (_name, entry, reason) => {
    const floor = new Floor([calm, calm, calm]);
    if (entry !== undefined) floor.place(entry);
    floor.bar();
    floor.place('r: sell 1', reduce);
    expect(floor.bar()).toBe('r canceled');
    expect(floor.order('r').order).toMatchObject({ reason, rule: 'reduceOnly' });
  });
});

describe('an order that may be cut', () => {
  it('executes what the cash pays for, to the lot of its instrument or eight digits', () => {
    const lot: Instrument = { symbol: 'A/USDT', type: 'spot', base: 'A', quote: 'USDT', lot: 0.1 };
    for (const [instrument, size] of [[undefined, 3.33333333], [lot, 3.3]] as const) {
      const floor = new Floor([{ rows: [calm, [300, 300, 300, 300]], ...(instrument && { instrument }) }], { cash: 1_000, account: 'spot' }); // prettier-ignore
      floor.place('a: buy 5', cut);
      expect(floor.bar()).toBe(`a ${size} @ 300`);
      expect(floor.order('a').order.size).toBe(size);
      expect(floor.broker.warnings).toEqual(['1 order was cut to what the cash paid for']);
    } // prettier-ignore
  });

  it('is left whole where the cash suffices, to the last digit', () => {
    const floor = new Floor([calm, [0.7, 0.7, 0.7, 0.7]], { cash: 0.7 * 3, account: 'spot' });
    floor.place('a: buy 3', cut);
    expect(floor.bar()).toBe('a 3 @ 0.7');
    expect(floor.broker.warnings).toEqual([]);
  });

  it('closes what is held before it opens what the cash pays for', () => {
    const floor = new Floor([calm, calm, calm], { cash: 1_000 });
    floor.place('a: sell 4');
    floor.bar();
    // 1,400 less 400 for the four: 1,000 buy ten more.
    floor.place('b: buy 30', cut);
    expect(floor.bar()).toBe('b 14 @ 100');
    expect(floor.held()).toBe(10);
    const fits = new Floor([calm, calm, calm], { cash: 1_000 });
    fits.place('a: sell 4');
    fits.bar();
    fits.place('b: buy 10', cut);
    expect(fits.bar()).toBe('b 10 @ 100');
  });

  it('is refused where nothing is left of it', () => {
    const floor = new Floor([calm, [300, 300, 300, 300]], { cash: 1e-7, account: 'spot' });
    floor.place('a: buy 5', cut);
    expect(floor.bar()).toBe('a margin');
    expect(floor.order('a').order).toMatchObject({ reason: 'the cash does not cover 5 at 300', rule: 'cash' });
  });

  it('is not where it only closes', () => {
    const floor = new Floor([calm, calm, calm], { cash: 100, account: 'spot' });
    floor.place('a: buy 1');
    floor.bar();
    floor.place('b: sell 1', cut);
    expect(floor.bar()).toBe('b -1 @ 100');
  });
});

describe('a sale on spot', () => {
  const sold = (text: string, related = {}): string => {
    const floor = new Floor([calm, calm, calm], { cash: 1_000, account: 'spot' });
    floor.place('a: buy 2');
    floor.bar();
    floor.place(text, related);
    const told = floor.bar();
    return [told, floor.order('b').order.reason ?? ''].join(' | ');
  };

  it('of more than is held is refused, or cut to it', () => {
    const reason = "a spot account cannot sell 3 A of 2: account: 'margin' allows short sales";
    expect(sold('b: sell 3')).toBe(`b margin | ${reason}`);
    expect(sold('b: sell 3', cut)).toBe('b -2 @ 100 | ');
    expect(sold('b: sell 2')).toBe('b -2 @ 100 | ');
    // What is only the rounding of binary fractions is no more.
    expect(sold('b: sell 2.0000000001')).toMatch(/^b -2/);
  });

  it('of nothing is refused, though it may be cut', () => {
    const floor = new Floor([calm, calm], { cash: 1_000, account: 'spot' });
    floor.place('b: sell 3', cut);
    expect(floor.bar()).toBe('b margin');
  });

  it('on margin is a short position', () => {
    const floor = new Floor([calm, calm], { cash: 1_000 });
    floor.place('b: sell 3');
    expect(floor.bar()).toBe('b -3 @ 100');
  });
});

it('fills that were only tried are taken back', () => {
  // Low first it is stopped, high first it takes its profit; the worse stands, and one fill is told.
  const row: Row = [100, 106, 94, 100];
  const floor = new Floor([calm, calm, row], { filler: fixedSizeFiller() });
  floor.place('a: buy 1');
  floor.bar();
  floor.place('s: sell 1 stop 95');
  floor.place('t: sell 1 limit 105', { oco: 's' });
  expect(floor.bar()).toBe('s -1 @ 95; t canceled');
  expect(floor.broker.blotter.count).toBe(2);
});

it('cuts that were only tried are counted once', () => {
  // The purchase of 20 at 95 is cut to 10 on either path, with a sale at 105 that one of them books first.
  const floor = new Floor([calm, [100, 106, 94, 100]], { cash: 950, account: 'spot' });
  floor.place('a: buy 20 limit 95', cut);
  floor.place('s: sell 10 stop 94.5', { parent: 'a' });
  floor.place('t: sell 10 limit 105', { parent: 'a' });
  expect(floor.bar()).toBe('a 10 @ 95; s -10 @ 94.5; t canceled');
  expect(floor.broker.warnings).toEqual(['1 order was cut to what the cash paid for']);
});
