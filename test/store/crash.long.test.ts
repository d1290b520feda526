/** Downloads killed in the middle: a short form of the soak run. */
import { expect, it } from 'vitest';

import { crashSoak } from '../soak/crash.ts';

it('keeps catalog and segments whole while two downloads are killed at random moments', async () => {
  const summary = await crashSoak(2, 3);
  expect(summary.kills).toBeGreaterThanOrEqual(2);
  expect(summary.damaged).toBe(0);
});
