/** The volume of 30 days by hand: what counts, what has been forgotten, and what is taken back. */
import { expect, it } from 'vitest';

import { TradedVolume } from '../../../../src/broker/accounting/ledger/traded-volume.ts';

const day = 86_400_000;

it('counts the present day and the 29 before it', () => {
  const volume = new TradedVolume();
  const at = (days: number, value = 0): number => {
    volume.moveClock(days * day);
    volume.add(value);
    return volume.value;
  };
  expect([at(100, 5), at(100.9, 2), at(101, 10), at(129.99), at(130), at(130.99), at(131, 3), at(161)]).toEqual([5, 7, 17, 17, 10, 10, 3, 0]); // prettier-ignore
});

it('keeps what was traded before the clock moved back, and sums what is left', () => {
  const volume = new TradedVolume();
  for (const [time, value] of [[10, 1], [12, 2], [11, 4], [12, 8], [20, 16]] as const) {
    volume.moveClock(time * day);
    volume.add(value);
  } // prettier-ignore
  expect(volume.value).toBe(31);
  volume.moveClock(40 * day);
  expect(volume.value).toBe(30);
  volume.moveClock(NaN);
  volume.moveClock(42 * day);
  expect(volume.value).toBe(16);
});

it('is taken back with all that came after', () => {
  const volume = new TradedVolume();
  volume.moveClock(day);
  volume.add(5);
  const saved = volume.save();
  for (let k = 0; k < 2; k++) {
    volume.moveClock(40 * day);
    volume.add(7);
    saved.restore();
    expect(volume.value).toBe(5);
  }
  volume.add(1);
  volume.moveClock(2 * day);
  volume.moveClock(30 * day);
  expect(volume.value).toBe(6);
  volume.moveClock(31 * day);
  expect(volume.value).toBe(0);
});
