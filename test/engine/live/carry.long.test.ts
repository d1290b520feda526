/** One answer in every mode for spot and contracts together. */
import { expect, it } from 'vitest';

import { compareCarry } from './carry.ts';

it('gives the funding carry the same orders, fills, funding and equity in every mode', async () => {
  const { orders, fills, payments, differences } = await compareCarry(60);
  expect(differences).toEqual([]);
  expect([orders, fills]).toEqual([6, 6]);
  expect(payments).toBeGreaterThan(4);
});
