/** A path that is only tried leaves nothing behind: every field by hand, and bars whose tried path does more than the one that stands. */
import { describe, expect, it } from 'vitest';

import type { BrokerCore } from '../../../src/broker/broker-core.ts';
import { BarTrial } from '../../../src/broker/matching/bar-trial.ts';
import type { MatchParts } from '../../../src/broker/matching/bar-matching.ts';
import { fixedSizeFiller } from '../../../src/broker/matching/volume-filler.ts';
import { movePrices, resize } from '../../../src/broker/orders/order-state.ts';
import type { WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import { calm, Floor, trailing, type Row } from './floor.ts';

/** What a broker matches with, so that a test can try something by itself. */
function partsOf({ broker }: Floor): MatchParts {
  const { desk, portfolio, booking } = (broker as unknown as { readonly core: BrokerCore }).core;
  return { desk, portfolio, booking } as MatchParts;
}

/** What a walk can change of an order. */
function stateOf(working: WorkingOrder): unknown {
  const { status, trail, isActivated, startsAtEntry, isTriggered, isActive, reducesOnly, group } = working;
  const { remaining, price, limitPrice, matchedTime, lastRow, entryPrice, order } = working;
  const flags = {
    status,
    trail,
    isActivated,
    startsAtEntry,
    isTriggered,
    isActive,
    reducesOnly,
    isDone: group?.isDone,
  };
  const numbers = { remaining, price, limitPrice, matchedTime, lastRow, entryPrice };
  return { ...flags, ...numbers, shown: [order.size, order.price, order.limitPrice] };
}

/** Changes all of it. */
function disturb(working: WorkingOrder): void {
  Object.assign(working, {
    status: 'canceled',
    trail: undefined,
    isActivated: false,
    startsAtEntry: false,
    isTriggered: true,
    isActive: false,
    reducesOnly: true,
    remaining: 0.5,
    price: 1,
    limitPrice: 2,
    matchedTime: 3,
    lastRow: 4,
    entryPrice: 5,
  });
  if (working.group !== undefined) working.group.isDone = true;
  resize(working.order, 6);
  movePrices(working.order, 7, 8);
}

describe('a trial', () => {
  it('gives back every order that works or is held, as it was', () => {
    const floor = new Floor([calm, calm]);
    const { desk } = partsOf(floor);
    floor.place('a: sell 3 stopTrailLimit 95 94', trailing(5, { startsAtEntry: true, lastRow: 9, entryPrice: 99 }));
    floor.place('b: buy 2 limit 80');
    floor.place('c: buy 1 limit 70', { oco: 'b' });
    floor.bar();
    const held = floor.place('d: buy 4 limit 60', { with: { status: 'created' } });
    desk.submitted.clear();
    const trial = new BarTrial(partsOf(floor));
    // Held back for another of its bracket.
    desk.restore({ ...desk.save(), held: [held] });
    const all = [...['a', 'b', 'c'].map((name) => floor.order(name)), held];
    const before = all.map(stateOf);
    // The bar has tried both paths of the first already, and left the group of the others as it was.
    expect(before[1]).toMatchObject({ status: 'accepted', isDone: false });
    trial.save(0);
    for (let round = 0; round < 2; round++) {
      for (const working of all) disturb(working);
      expect(all.map(stateOf)).not.toEqual(before);
      trial.restore();
      expect(all.map(stateOf)).toEqual(before);
    }
    const { group } = floor.order('b');
    group!.isDone = true;
    trial.save(0);
    group!.isDone = false;
    trial.restore();
    expect(group!.isDone).toBe(true);
    group!.isDone = false;
    // A trial that knows fewer orders restores those alone.
    desk.pending.keep((one) => one === floor.order('a'));
    desk.restore({ ...desk.save(), held: [] });
    trial.save(0);
    for (const working of all) disturb(working);
    trial.restore();
    expect(stateOf(floor.order('a'))).toEqual(before[0]);
    expect(stateOf(held)).not.toEqual(before[3]);
  });

  it('takes back fills, cash, position and notices, and keeps what stands', () => {
    const floor = new Floor([calm, calm], { cash: 1000 });
    const parts = partsOf(floor);
    const { desk, portfolio, booking } = parts;
    const working = floor.place('a: buy 20', { with: { isCuttable: true } });
    desk.submitted.clear();
    desk.accept(working);
    working.matched = 100;
    const trial = new BarTrial(parts);
    const { count } = desk.notices;
    desk.notices.isTerse = true;
    const look = (): unknown => [portfolio.account.cash, portfolio.positionOf(0).size, (portfolio as unknown as { openCount: number }).openCount, floor.broker.blotter.count, desk.notices.count, booking.cuts, working.remaining]; // prettier-ignore
    const before = look();
    expect(before).toEqual([1000, 0, 0, 0, count, 0, 20]);
    trial.save(0);
    expect(desk.notices.isTerse).toBe(false);
    booking.execute(working, 20, { time: 0 });
    expect(look()).toEqual([0, 10, 1, 1, count + 1, 1, 0]);
    trial.restore();
    expect(look()).toEqual(before);
    booking.execute(working, 20, { time: 0 });
    trial.keep();
    expect(look()).toEqual([0, 10, 1, 1, count + 1, 1, 0]);
    expect(desk.notices.isTerse).toBe(true);
  }); // prettier-ignore

  it('within another leaves that as it was', () => {
    const floor = new Floor([calm, calm]);
    floor.place('a: buy 2 limit 80');
    floor.bar();
    const working = floor.order('a');
    const outer = new BarTrial(partsOf(floor));
    outer.save(0);
    working.price = 81;
    for (const price of [82, 83]) {
      const inner = outer.begin(0);
      working.price = price;
      inner.restore();
      expect(working.price).toBe(81);
      inner.keep();
    }
    expect(outer.begin(0)).toBe(outer.begin(0));
    outer.restore();
    expect(working.price).toBe(80);
    outer.keep();
  });
});

describe('a bar whose tried path does more than the one that stands', () => {
  const row: Row = [100, 110, 94, 104];

  it('leaves no rule at an order that was refused on it alone', () => {
    // Down first, the entry at 95 is met before the trail of the other starts at 110; up first, the trailing stop finds nothing to reduce.
    const floor = new Floor([calm, row, calm], { intrabar: 'openLowHighClose' });
    floor.place('a: buy 1 limit 95');
    floor.place('b: buy 1 limit 94.5');
    const t = floor.place('t: sell 2 stopTrail 80', { with: { trail: { amount: 12, percent: 0 }, reducesOnly: true } });
    expect(floor.bar()).toBe('a 1 @ 95; b 1 @ 94.5');
    floor.broker.cancel(t);
    expect([floor.bar(), t.order.rule, t.order.reason]).toEqual(['t canceled', undefined, undefined]);
  });

  it('leaves a stop untriggered, a group undone and a part unexecuted', () => {
    // Up first, 109 is met and half of it executed; then 95 ends what is held. Down first, 95 ends the exits before 109 is met.
    const floor = new Floor([calm, calm, row], { filler: fixedSizeFiller(2) });
    floor.place('a: buy 2');
    floor.bar();
    floor.place('s: sell 2 stop 95', { with: { reducesOnly: true } });
    floor.place('t: sell 2 limit 109', { oco: 's' });
    expect(floor.bar()).toBe('s -2 @ 95; t canceled');
    expect(floor.held()).toBe(0);
  });
});
