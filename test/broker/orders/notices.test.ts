/** Notices of orders: all of them where a hook listens, the latest of an order and its fills where none does. */
import { expect, it } from 'vitest';
import { Notices } from '../../../src/broker/orders/notices.ts';
import type { WorkingOrder } from '../../../src/broker/orders/working-order.ts';
import { order } from '../matching/working.ts';

const [a, b] = [order('buy limit 99'), order('sell limit 101')];
const shown = ({ items, count }: Notices): unknown[] =>
  items.slice(0, count).map(({ working, status, row, reason, rule }) => [working === a ? 'a' : 'b', status, row, reason, rule]); // prettier-ignore

type Noted = readonly [working: WorkingOrder, status: WorkingOrder['status'], row: number];

function add(notices: Notices, noted: readonly Noted[]): void {
  for (const [working, status, row] of noted) notices.add(working, status, row, undefined);
}

it('every change is noted with its fill, its reason and its rule, also in places that are used again', () => {
  const notices = new Notices();
  for (let round = 0; round < 2; round++) {
    notices.add(a, 'accepted', -1, undefined);
    notices.add(a, 'partial', 4, undefined);
    notices.add(b, 'margin', -1, 'no cash', 'cash');
    expect(shown(notices)).toEqual([
      ['a', 'accepted', -1, undefined, undefined],
      ['a', 'partial', 4, undefined, undefined],
      ['b', 'margin', -1, 'no cash', 'cash'],
    ]);
    notices.clear();
    notices.add(b, 'rejected', -1, 'off the tick', 'tick');
    notices.add(b, 'canceled', -1, undefined);
    expect(shown(notices)).toEqual([
      ['b', 'rejected', -1, 'off the tick', 'tick'],
      ['b', 'canceled', -1, undefined, undefined],
    ]);
    notices.clear();
  }
});

it('where no hook listens, a change takes the place of the one before it of the same order, unless that was a fill', () => {
  const notices = new Notices();
  notices.isTerse = true;
  add(notices, [[a, 'submitted', -1], [a, 'accepted', -1]]); // prettier-ignore
  expect(shown(notices)).toEqual([['a', 'accepted', -1, undefined, undefined]]);
  add(notices, [[a, 'partial', 0], [a, 'completed', 1], [a, 'canceled', -1]]); // prettier-ignore
  expect(shown(notices).map((one) => (one as unknown[])[1])).toEqual(['partial', 'completed', 'canceled']);
  add(notices, [[b, 'submitted', -1], [a, 'accepted', -1], [b, 'accepted', -1]]); // prettier-ignore
  expect(notices.count).toBe(6);
});
