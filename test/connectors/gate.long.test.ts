/** The gate under fire, in a short form of the soaks: mutated frames, an exchange that sends nonsense, and outages. */
import { expect, it } from 'vitest';

import { soakBadValues } from '../soak/bad-values.ts';
import { fuzzFrames } from '../soak/frames.ts';
import { hasFakes, runOutages } from '../soak/outages.ts';

it('lets no event of a mutated frame through that a market cannot have, and neither crashes nor hangs', async () => {
  const { frames, events, refused, faults, wrong } = await fuzzFrames({ seconds: 2 });
  expect(wrong).toEqual([]);
  expect(Math.min(frames, events, refused, faults)).toBeGreaterThan(20);
});

it("shows consumers none of an exchange's bad values, and ends with its books and trades", async () => {
  const { mangled, refused, wrong } = await soakBadValues(2);
  expect(wrong).toEqual([]);
  expect(mangled).toBeGreaterThan(10);
  expect(refused).toBeGreaterThan(5);
});

it.skipIf(!hasFakes)("fetches outages of several pages by each exchange's rules", async () => {
  const { bars, wrong } = await runOutages(2, 3);
  expect(wrong).toEqual([]);
  expect(bars).toBeGreaterThan(100);
});
