/** Paging against exchanges with every bad habit: a short form of the soak run. */
import { expect, it } from 'vitest';

import { fuzzPaging } from '../../soak/paging.ts';

it('stores the exchange’s truth, reports every hole and asks for no page too many, for 12 seeds', async () => {
  const runs = await fuzzPaging(12);
  expect(new Set(runs.map((run) => run.habit)).size).toBe(5);
  expect(runs.filter((run) => run.interruptions > 0).length).toBeGreaterThan(2);
  expect(runs.filter((run) => run.holes > 0).length).toBeGreaterThan(4);
});
