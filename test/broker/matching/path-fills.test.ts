/** Which of two orders comes first at one moment, how much of one a bar executes, and what its fill wakes. */
import { describe, expect, it } from 'vitest';

import type { MatchParts } from '../../../src/broker/matching/bar-matching.ts';
import { PathFills } from '../../../src/broker/matching/path-fills.ts';
import type { VolumeFiller } from '../../../src/broker/matching/volume-filler.ts';
import type { Booking, Moment } from '../../../src/broker/accounting/booking.ts';
import { Refill } from '../../../src/broker/orders/refill.ts';
import type { WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import type { Timeline } from '../../../src/lines/index.ts';
import { bar, order } from './working.ts';

/** What a fill was booked with: units, and the time of the bar. */
type Booked = [units: number, time: number];

/** Fills with a position per data, of which a booking executes all that is asked for. */
function fillsWith(held: readonly number[], filler?: VolumeFiller, lot?: number): { fills: PathFills; booked: Booked[]; list: Refill<WorkingOrder> } {
  const booked: Booked[] = [];
  const booking = {
    lotOf: () => lot,
    execute(working: WorkingOrder, units: number, { time }: Moment) {
      booked.push([units, time]);
      working.remaining -= units;
      working.status = working.remaining === 0 ? 'completed' : 'partial';
    },
  } as unknown as Booking;
  const portfolio = { positionOf: (id: number) => ({ size: held[id]! }) };
  const fills = new PathFills({ booking, portfolio, filler } as unknown as MatchParts);
  fills.timelines = [{ moves: 3 }, { moves: 3 }] as unknown as Timeline[];
  return { fills, booked, list: new Refill() };
} // prettier-ignore

describe('at one moment', () => {
  it.each([
    ['buy market', -1, true],
    ['sell market', 1, true],
    ['buy market', 1, false],
    ['sell market', -1, false],
    ['buy market', 0, false],
    ['sell market', 0, false],
  ])('%s frees cash where %d is held: %s', (text, held, frees) => {
    expect(fillsWith([held]).fills.frees(order(text))).toBe(frees);
    expect(fillsWith([0, held]).fills.frees(order(text, { dataId: 1 }))).toBe(frees);
  });

  it.each([
    ['buy market', 2, 'buy market', 3, true],
    ['buy market', 3, 'buy market', 2, false],
    ['buy market', 2, 'buy market', 2, false],
    ['sell market', 2, 'sell market', 3, true],
    ['sell market', 3, 'sell market', 2, false],
    ['sell market', 9, 'buy market', 1, true],
    ['buy market', 1, 'sell market', 9, false],
  ])('%s placed as number %d comes before %s as %d: %s', (one, place, other, second, first) => {
    const { fills } = fillsWith([5]);
    expect(fills.comesFirst(order(one, { place }), order(other, { place: second }))).toBe(first);
  });
});

describe('a fill', () => {
  const at = (units: number, price?: number): VolumeFiller => ({ fillable: (remaining, asked, { volume }) => (price === undefined || asked === price ? Math.min(remaining, units * (volume / 1000)) : 0) }); // prettier-ignore

  it.each<[string, VolumeFiller | undefined, number | undefined, number, Booked[]]>([
    ['is whole without a filler', undefined, 2, 5, [[5, 1]]],
    ['is what the bar can take', at(3), undefined, 5, [[3, 1]]],
    ['of a part is whole lots', at(3), 2, 5, [[2, 1]]],
    ['of a rest is the rest, whatever the lot', at(3), 2, 2.5, [[2.5, 1]]],
    ['is none where the bar takes less than a lot', at(1.5), 2, 5, []],
    ['is none where the bar takes nothing', at(0), undefined, 5, []],
    ['is asked for at its price', at(3, 101), undefined, 5, [[3, 1]]],
    ['is no more than is left', { fillable: () => 9 }, undefined, 5, [[5, 1]]],
  ])('%s', (_name, filler, lot, remaining, wanted) => {
    const { fills, booked, list } = fillsWith([0], filler, lot);
    const working = order('buy market', { remaining, matched: 101 });
    fills.fill(working, bar(100, 110, 90, 105), list);
    expect(booked).toEqual(wanted);
    expect(working.matchedTime).toBe(1);
  });
});

describe('the children of an order', () => {
  const family = (...changes: readonly Partial<WorkingOrder>[]): WorkingOrder[] =>
    changes.map((change) => order('sell stop 95', { isActive: false, firstIndex: 3, ...change }));

  it('join the walk once it is complete, those of its data that still work', () => {
    const { fills, list } = fillsWith([0, 0]);
    const children = family({}, { dataId: 1 }, { status: 'canceled' }, { isActive: true }, { firstIndex: 4 });
    fills.fill(order('buy market', { children }), bar(100, 110, 90, 105), list);
    expect(list.items.slice(0, list.count)).toEqual([children[0]]);
    expect(children.map(({ isActive }) => isActive)).toEqual([true, false, false, true, true]);
  });

  it('wait while a part is left, or where nothing was executed', () => {
    const part: VolumeFiller = { fillable: () => 1 };
    const { fills, list } = fillsWith([0], part);
    fills.fill(order('buy market', { children: family({}), remaining: 2 }), bar(100, 110, 90, 105), list);
    expect(list.count).toBe(0);
    const refusing = fillsWith([0]);
    const working = order('buy market', { children: family({}) });
    Object.assign((refusing.fills as unknown as { parts: { booking: object } }).parts.booking, {
      execute: () => Object.assign(working, { status: 'canceled', remaining: 0 }),
    });
    refusing.fills.fill(working, bar(100, 110, 90, 105), refusing.list);
    expect(refusing.list.count).toBe(0);
    refusing.fills.fill(order('buy market'), bar(100, 110, 90, 105), refusing.list);
    expect(refusing.list.count).toBe(0);
  });
});
