/** The soak of orders in its short form: seeded faults and kills on a simulated exchange, and the exchange's word at the end. */
import { expect, it } from 'vitest';

import { soakOrders } from '../../soak/orders.ts';

it('agrees with the exchange to the last digit after any schedule of faults and kills', async () => {
  const runs = await soakOrders(5, () => undefined);
  expect(runs).toHaveLength(5);
  const sum = (of: (run: (typeof runs)[number]) => number): number => runs.reduce((all, run) => all + of(run), 0);
  expect(sum(({ orders }) => orders)).toBeGreaterThan(100);
  expect(sum(({ fills }) => fills)).toBeGreaterThan(100);
  expect(sum(({ kills }) => kills)).toBeGreaterThan(5);
  expect(sum(({ hits }) => Object.values(hits).reduce((all, count) => all + count, 0))).toBeGreaterThan(100);
});
