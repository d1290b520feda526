/** The order desk: what is held, works and ends, what the end of one order does to the others, and which are used again. */
import { describe, expect, it } from 'vitest';
import { OrderDesk } from '../../../src/broker/orders/desk.ts';
import { separateExits, sharedExits } from '../../../src/broker/orders/exit-rule.ts';
import type { OcoGroup, WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import type { OrderStatus } from '../../../src/core/index.ts';
import { order } from '../matching/working.ts';

/** A desk with nothing held of any data, and orders by name. */
class Desk extends OrderDesk {
  readonly named = new Map<WorkingOrder, string>();
  private told = 0;

  constructor(held = 0, rule = sharedExits) {
    super(rule, { positionOf: () => ({ size: held }), poolOf: (dataId) => dataId });
  }

  /** A new order, which is not at the desk yet. */
  fresh(name: string, text: string, change: Partial<WorkingOrder> = {}): WorkingOrder {
    const working = order(text, { status: 'created', ...change });
    this.named.set(working, name);
    return working;
  }

  /** An order that works. */
  working(name: string, text: string, change: Partial<WorkingOrder> = {}): WorkingOrder {
    const made = this.fresh(name, text, change);
    this.submit(made, true, true);
    return made;
  }

  /** An entry with its stop and target, all of them working. */
  bracket(): [entry: WorkingOrder, stop: WorkingOrder, target: WorkingOrder] {
    const parent = this.working('entry', 'buy limit 99');
    return [parent, this.working('stop', 'sell stop 95', { parent }), this.working('target', 'sell limit 105', { parent })];
  }

  /** Orders of one group, which work. */
  group(...texts: readonly string[]): WorkingOrder[] {
    const group: OcoGroup = { members: [], isDone: false };
    return texts.map((text, k) => {
      const made = this.fresh('abcdef'[k]!, text, { group });
      group.members.push(made);
      this.submit(made, true, true);
      return made;
    });
  }

  /** Executes an order to what is left of it. */
  execute(working: WorkingOrder, left = 0): void {
    const executed = working.remaining - left;
    working.remaining = left;
    working.matched = 98;
    this.fill(working, -1);
    this.fillRelated(working, executed, 70);
  }

  /** What has been noted since it was asked last, with the reasons there are. */
  said(): string[] {
    const { items, count } = this.notices;
    const lines = items.slice(this.told, count).map(({ working, status, reason }) => {
      return `${this.named.get(working)!} ${status}${reason === undefined ? '' : `: ${reason}`}`;
    });
    this.told = count;
    return lines.map((line) => line.replaceAll(/order \d+/g, 'order #'));
  }

  /** The names of the orders that work, and those held. */
  get open(): string[] {
    const names: string[] = [];
    this.eachOrder((working) => names.push(this.named.get(working)!));
    return names;
  }
} // prettier-ignore

describe('a new order', () => {
  it('works at once, or waits for the check', () => {
    const desk = new Desk();
    expect(desk.isBusy).toBe(false);
    const a = desk.fresh('a', 'buy limit 99');
    desk.submit(a, true, false);
    expect([desk.said(), desk.submitted.count, desk.isBusy]).toEqual([['a submitted'], 1, true]);
    desk.submitted.clear();
    desk.accept(a);
    const b = desk.working('b', 'buy limit 98');
    expect([desk.said(), desk.open, desk.isBusy]).toEqual([['a accepted', 'b accepted'], ['a', 'b'], true]);
    expect([a.place < b.place, desk.hasOthersThan(a)]).toEqual([true, true]);
  });

  it('is alone where no other works', () => {
    const desk = new Desk();
    const a = desk.working('a', 'buy limit 99');
    expect([desk.hasOthersThan(a), desk.hasOthersThan(order('buy market'))]).toEqual([false, true]);
    expect(new Desk().hasOthersThan(a)).toBe(false);
  });

  it('that is held is sent with the last of its bracket, and those of other brackets stay', () => {
    const desk = new Desk();
    const [a, b] = [desk.fresh('a', 'buy limit 99'), desk.fresh('b', 'buy limit 98')];
    const [s, t] = [a, b].map((parent, k) => desk.fresh('st'[k]!, 'sell stop 95', { parent }));
    for (const one of [a, s!, b]) desk.submit(one, false, true);
    expect([desk.said(), desk.open, desk.isBusy]).toEqual([[], ['a', 's', 'b'], false]);
    desk.submit(t!, true, true);
    expect([desk.said(), desk.open]).toEqual([
      ['b accepted', 't accepted'],
      ['b', 't', 'a', 's'],
    ]);
    const u = desk.fresh('u', 'sell limit 105', { parent: a });
    desk.submit(u, true, false);
    expect(desk.said()).toEqual(['a submitted', 's submitted', 'u submitted']);
  });

  it('of an entry sleeps until the step after the entry is complete', () => {
    const desk = new Desk();
    const [entry, stop] = desk.bracket();
    expect([entry.isActive, stop.isActive]).toEqual([true, false]);
    desk.execute(entry, 0.4);
    desk.wake();
    expect(stop.isActive).toBe(false);
    desk.execute(entry);
    expect(stop.isActive).toBe(false);
    desk.wake();
    expect(stop.isActive).toBe(true);
  });

  it('that joins an entry works at once where that is complete, and is refused where it has ended', () => {
    const desk = new Desk();
    const done = order('buy limit 99', { status: 'completed' });
    expect(desk.working('s', 'sell stop 95', { parent: done }).isActive).toBe(true);
    for (const status of ['canceled', 'expired', 'margin', 'rejected'] as const)
      desk.working(status, 'sell stop 95', { parent: order('buy limit 99', { status }) });
    expect(desk.said()).toEqual([
      's accepted',
      ...['canceled', 'expired', 'margin', 'rejected'].map((one) => `${one} rejected: its parent is not working`),
    ]);
  });

  it('that joins a group that is done ends', () => {
    const desk = new Desk();
    desk.working('a', 'buy limit 99', { group: { members: [], isDone: true } });
    expect(desk.said()).toEqual(['a accepted', 'a canceled: another order of its group was done before']);
  });
});

describe('a fill', () => {
  it('in part leaves the order working, and the last one ends it', () => {
    const desk = new Desk();
    const a = desk.working('a', 'buy limit 99');
    desk.execute(a, 0.5);
    desk.sweep();
    expect([desk.said(), desk.open]).toEqual([['a accepted', 'a partial'], ['a']]);
    desk.execute(a);
    desk.sweep();
    expect([desk.said(), desk.open]).toEqual([['a completed'], []]);
    expect(desk.end(a, 'canceled')).toBe(false);
  });

  it('of an entry is where its trailing exits begin', () => {
    const desk = new Desk();
    const entry = desk.working('entry', 'buy limit 99');
    const trail = { amount: 4, percent: 0 };
    const stop = desk.working('s', 'sell stopTrail 96', { parent: entry, trail, startsAtEntry: true });
    const plain = desk.working('t', 'sell limit 105', { parent: entry });
    desk.execute(entry);
    expect([stop.entryPrice, stop.entryTime, stop.price]).toEqual([98, 70, 94]);
    expect([plain.entryPrice, plain.entryTime]).toEqual([NaN, -Infinity]);
  });
});

describe('the end of an order', () => {
  it('is told once, with why and by which rule', () => {
    const desk = new Desk();
    const a = desk.working('a', 'buy limit 99');
    expect([desk.end(a, 'expired', 'it is late', 'day'), desk.end(a, 'canceled')]).toEqual([true, false]);
    expect(desk.notices.items[1]).toMatchObject({ status: 'expired', reason: 'it is late', rule: 'day', row: -1 });
    expect(desk.said()).toEqual(['a accepted', 'a expired: it is late']);
    expect(desk.open).toEqual(['a']);
    desk.sweep();
    expect(desk.open).toEqual([]);
  });

  it('of an entry is that of its exits', () => {
    const desk = new Desk();
    const [entry] = desk.bracket();
    desk.said();
    desk.end(entry, 'expired');
    expect(desk.said()).toEqual(['entry expired', 'stop canceled: its parent was expired', 'target canceled: its parent was expired']); // prettier-ignore
  });

  it('of an entry refused for lack of cash at its submission rejects them', () => {
    const desk = new Desk();
    const entry = desk.fresh('entry', 'buy limit 99');
    desk.submit(entry, true, false);
    desk.working('stop', 'sell stop 95', { parent: entry });
    desk.said();
    desk.refuse(entry, { rule: 'cash', reason: 'no cash' });
    expect(desk.said()).toEqual(['entry margin: no cash', 'stop rejected: its parent was refused']);
  });

  it('of an entry rejected by another rule at its submission cancels them', () => {
    const desk = new Desk();
    const entry = desk.fresh('entry', 'buy limit 99');
    desk.submit(entry, true, false);
    desk.working('stop', 'sell stop 95', { parent: entry });
    desk.said();
    expect(desk.reject(entry, { rule: 'tick', reason: 'off the tick' }, 'rejected')).toBe(true);
    expect(desk.said()).toEqual(['entry rejected: off the tick', 'stop canceled: its parent was rejected']);
  });

  it.each([
    ['refused for lack of cash when it is filled', 'margin'],
    ['rejected', 'rejected'],
  ] as const)('of an entry that is %s cancels them', (_, status) => {
    const desk = new Desk();
    const [entry] = desk.bracket();
    desk.said();
    desk.refuse(entry, { rule: 'x', reason: 'no' }, status);
    expect(desk.said().slice(1)).toEqual(['stop', 'target'].map((one) => `${one} canceled: its parent was ${status}`));
  });

  it('of an entry executed in part leaves its exits to protect that part, from the next step on', () => {
    const desk = new Desk();
    const [entry, stop, target] = desk.bracket();
    desk.execute(entry, 0.25);
    desk.said();
    desk.end(entry, 'canceled');
    desk.wake();
    expect(desk.said()).toEqual(['entry canceled']);
    expect([stop, target].map((one) => [one.remaining, one.order.size, one.isActive])).toEqual([[0.75, 0.75, true], [0.75, 0.75, true]]); // prettier-ignore
  });

  it('of an exit that is refused takes an entry with it that has not begun', () => {
    const desk = new Desk();
    const [entry, stop] = desk.bracket();
    desk.said();
    desk.refuse(stop, { rule: 'tick', reason: 'off the tick' }, 'rejected');
    expect(desk.said()).toEqual([
      'stop rejected: off the tick',
      'entry canceled: order # of its bracket was refused',
      'target canceled: its parent was canceled',
    ]);
    expect(entry.status).toBe('canceled');
    const other = new Desk();
    const [begun, exit] = other.bracket();
    other.execute(begun, 0.5);
    other.refuse(exit, { rule: 'tick', reason: 'off the tick' });
    expect(begun.status).toBe('partial');
  });

  it('of one exit that is canceled leaves the other', () => {
    const desk = new Desk();
    const [, stop, target] = desk.bracket();
    desk.end(stop, 'canceled');
    expect(target.status).toBe('accepted');
  });

  it('of one exit that is complete cancels the others', () => {
    const desk = new Desk();
    const [entry, stop] = desk.bracket();
    desk.execute(entry);
    desk.wake();
    desk.said();
    desk.execute(stop);
    expect(desk.said()).toEqual(['stop completed', 'target canceled: order # of its bracket was completed']);
  });

  it('of an order that is held takes it from what is held', () => {
    const desk = new Desk();
    const [a, b] = ['a', 'b'].map((name) => desk.fresh(name, 'buy limit 99'));
    for (const one of [a!, b!]) desk.submit(one, false, true);
    desk.end(a!, 'canceled');
    expect([desk.said(), desk.open]).toEqual([['a canceled'], ['b']]);
  });

  it('of all is that of what is held, submitted and working', () => {
    const desk = new Desk();
    desk.working('a', 'buy limit 99');
    desk.submit(desk.fresh('b', 'buy limit 98'), true, false);
    for (const name of ['c', 'd']) desk.submit(desk.fresh(name, 'buy limit 97'), false, false);
    desk.said();
    desk.endAll('expired', 'the run ends');
    expect(desk.said()).toEqual(['a', 'b', 'c', 'd'].map((one) => `${one} expired: the run ends`));
    expect([desk.open, desk.isBusy]).toEqual([[], false]);
  });

  it('is asked of the venue that has the order, and left to it', () => {
    const desk = new Desk();
    const a = desk.working('a', 'buy limit 99');
    const asked: unknown[] = [];
    let has = true;
    desk.ender = { endAtVenue: (...what) => asked.push(what) > 0 && has };
    expect([desk.end(a, 'canceled', 'why'), a.status]).toEqual([true, 'accepted']);
    expect(asked).toEqual([[a, 'canceled', 'why']]);
    has = false;
    expect([desk.end(a, 'canceled'), a.status]).toEqual([true, 'canceled']);
  });

  it('that is only a reminder changes nothing', () => {
    const desk = new Desk();
    desk.remind(desk.working('a', 'buy limit 99'), 'the venue is slow');
    expect(desk.said()).toEqual(['a accepted', 'a accepted: the venue is slow']);
  });
});

describe('a group', () => {
  const three = ['buy limit 99', 'buy limit 98', 'buy limit 97'] as const;

  it('ends with the first of its orders, the latest first', () => {
    const desk = new Desk();
    const [a] = desk.group(...three);
    desk.said();
    desk.end(a!, 'canceled');
    expect(desk.said()).toEqual(['a canceled', 'c canceled: order # of its group was canceled', 'b canceled: order # of its group was canceled']); // prettier-ignore
  });

  it('ends those placed before it first while orders are matched', () => {
    const desk = new Desk();
    const [, b] = desk.group(...three, 'buy limit 96');
    desk.said();
    desk.isMatching = true;
    desk.execute(b!, 0.5);
    expect(desk.said().map((line) => line.split(':')[0])).toEqual(['b partial', 'a canceled', 'd canceled', 'c canceled']); // prettier-ignore
  });

  it('ends the latest first whichever ends it, and in two rows while orders are matched', () => {
    for (const [isMatching, order] of [
      [false, 'edba'],
      [true, 'baed'],
    ] as const) {
      const desk = new Desk();
      const members = desk.group(...three, 'buy limit 96', 'buy limit 95');
      desk.said();
      desk.isMatching = isMatching;
      desk.end(members[2]!, 'expired');
      expect(
        desk
          .said()
          .map((line) => line[0])
          .join(''),
      ).toBe(`c${order}`);
    }
  });

  it('leaves the order that is executed in part to go on', () => {
    const desk = new Desk();
    const [a, b] = desk.group('buy limit 99', 'buy limit 98');
    desk.execute(a!, 0.5);
    expect([a!.status, b!.status]).toEqual(['partial', 'canceled']);
  });

  it('ends by a fill under both rules', () => {
    for (const rule of [sharedExits, separateExits]) {
      const desk = new Desk(0, rule);
      const [a, b] = desk.group('buy limit 99', 'buy limit 98');
      desk.execute(b!);
      expect(a!.status).toBe('canceled');
    }
  });

  it('leaves those that have not been sent yet to end when they are', () => {
    const desk = new Desk();
    const group: OcoGroup = { members: [], isDone: false };
    const [a, b] = ['a', 'b'].map((name) => desk.fresh(name, 'buy limit 99', { group }));
    group.members.push(a!, b!);
    desk.submit(a!, true, true);
    desk.execute(a!);
    expect(b!.status).toBe('created');
    desk.submit(b!, true, true);
    expect(b!.status).toBe('canceled');
  });
});

describe('what was only tried', () => {
  it('is taken back', () => {
    const desk = new Desk();
    const [entry, stop] = desk.bracket();
    const held = desk.fresh('h', 'buy limit 90');
    desk.submit(held, false, true);
    desk.notices.isTerse = true;
    const state = desk.save();
    expect(desk.notices.isTerse).toBe(false);
    const { count } = desk.notices;
    desk.execute(entry);
    desk.end(held, 'canceled');
    desk.restore(state);
    [entry.status, entry.remaining, held.status] = ['accepted', 1, 'created'];
    desk.wake();
    desk.sweep();
    expect([desk.notices.count, stop.isActive, desk.open]).toEqual([count, false, ['entry', 'stop', 'target', 'h']]);
    desk.keep(state);
    expect(desk.notices.isTerse).toBe(true);
  });
});

describe('an order that has ended', () => {
  /** Whether the desk takes one of these for its next order, after they were swept and told. */
  const used = (desk: Desk, orders: readonly WorkingOrder[]): WorkingOrder[] => {
    desk.sweep();
    desk.recycle();
    const taken: WorkingOrder[] = [];
    for (let k = 0; k < orders.length + 1; k++) {
      const { order: asked, scheme } = order('buy market');
      const made = desk.make(asked, 0, 0, scheme, 0);
      if (orders.includes(made)) taken.push(made);
    }
    return taken;
  };

  it('is used again once it was told, as a new one', () => {
    const desk = new Desk();
    const a = desk.working('a', 'buy limit 99');
    expect(used(desk, [a])).toEqual([]);
    desk.end(a, 'canceled');
    desk.sweep();
    expect(desk.make(order('buy market').order, 0, 0, a.scheme, 0)).not.toBe(a);
    expect(used(desk, [a])).toEqual([a]);
    expect([a.status, a.type, used(desk, [a])]).toEqual(['created', 'market', []]);
  });

  it('of a bracket is used again with all of it, and not before', () => {
    const desk = new Desk();
    const [entry, stop, target] = desk.bracket();
    desk.execute(entry);
    desk.end(stop, 'canceled');
    expect(used(desk, [entry, stop, target])).toEqual([]);
    desk.end(target, 'canceled');
    expect(new Set(used(desk, [entry, stop, target]))).toEqual(new Set([entry, stop, target]));
    expect([entry, stop, target].every(({ hasNoRelatives }) => hasNoRelatives)).toBe(true);
  });

  it('of a group is used again with all of it', () => {
    const desk = new Desk();
    const members = desk.group('buy limit 99', 'buy limit 98');
    desk.end(members[0]!, 'canceled');
    expect(new Set(used(desk, members))).toEqual(new Set(members));
  });

  it('is kept where another order has joined it since', () => {
    const desk = new Desk();
    const a = desk.working('a', 'buy limit 99');
    desk.execute(a);
    desk.sweep();
    desk.working('s', 'sell stop 95', { parent: a });
    desk.recycle();
    expect([used(desk, [a]), a.isSwept]).toEqual([[], false]);
  });

  it.each<[string, (desk: Desk) => WorkingOrder[]]>([
    ['an exit with an exit of its own', (desk) => {
      const [entry, stop, target] = desk.bracket();
      return [entry, stop, target, desk.working('x', 'buy limit 90', { parent: stop })];
    }],
    ['an exit in a group', (desk) => {
      const entry = desk.working('entry', 'buy limit 99');
      const group: OcoGroup = { members: [], isDone: false };
      const exits = ['s', 't'].map((name) => desk.working(name, 'sell limit 105', { parent: entry, group }));
      group.members.push(...exits);
      return [entry, ...exits];
    }],
    ['a group of entries with exits', (desk) => {
      const members = desk.group('buy limit 99', 'buy limit 98');
      return [...members, desk.working('s', 'sell stop 95', { parent: members[0]! })];
    }],
  ])('of a larger family is not used again: %s', (_, make) => {
    const desk = new Desk();
    const family = make(desk);
    desk.endAll('canceled', 'over');
    expect(family.every(({ status }: { status: OrderStatus }) => status === 'canceled')).toBe(true);
    expect(used(desk, family)).toEqual([]);
  }); // prettier-ignore
});
