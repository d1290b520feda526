/** How much of an order one bar takes, against figures by hand. */
import { describe, expect, it } from 'vitest';

import { fixedSizeFiller, rangeShareFiller, volumePercentFiller } from '../../../src/broker/matching/volume-filler.ts';
import { bar } from './working.ts';

describe('a filler', () => {
  it('of a fixed size takes that, the volume or the rest, whichever is least', () => {
    const filler = fixedSizeFiller(10);
    expect(filler.fillable(50, 100, bar(1, 1, 1, 1, 40))).toBe(10);
    expect(filler.fillable(50, 100, bar(1, 1, 1, 1, 4))).toBe(4);
    expect(filler.fillable(3, 100, bar(1, 1, 1, 1, 40))).toBe(3);
    expect(fixedSizeFiller().fillable(50, 100, bar(1, 1, 1, 1, 40))).toBe(40);
  });

  it('of a percentage takes a fraction of the volume, in lots', () => {
    expect(volumePercentFiller(0.25).fillable(50, 100, bar(1, 1, 1, 1, 30))).toBe(7.5);
    expect(volumePercentFiller(0.25, 2).fillable(50, 100, bar(1, 1, 1, 1, 30))).toBe(6);
    expect(volumePercentFiller(0.25).fillable(5, 100, bar(1, 1, 1, 1, 30))).toBe(5);
    expect(volumePercentFiller().fillable(50, 100, bar(1, 1, 1, 1, 30))).toBe(30);
  });

  it('of a share of the range spreads the volume over its prices', () => {
    // From 90 to 100 in steps of 2 are six prices, of 5 each.
    expect(rangeShareFiller(1, 2).fillable(50, 95, bar(95, 100, 90, 95, 30))).toBe(5);
    expect(rangeShareFiller(0.5, 2).fillable(50, 95, bar(95, 100, 90, 95, 30))).toBe(2.5);
    expect(rangeShareFiller(0.5, 2, 1).fillable(50, 95, bar(95, 100, 90, 95, 30))).toBe(2);
    // A part of a step counts for none: 90, 94 and 98.
    expect(rangeShareFiller(1, 4).fillable(50, 95, bar(95, 100, 90, 95, 30))).toBe(10);
    expect(rangeShareFiller(0.5).fillable(50, 95, bar(95, 100, 90, 95, 30))).toBe(15);
    expect(rangeShareFiller().fillable(7, 95, bar(95, 95, 95, 95, 30))).toBe(7);
  });

  it.each([
    ['a fraction above one, in percent', () => volumePercentFiller(10), 'volumePercentFiller takes a fraction, 0.1 for 10 %, was 10: did you mean 0.1?'],
    ['a hundred percent', () => rangeShareFiller(100), 'rangeShareFiller takes a fraction, 0.1 for 10 %, was 100: did you mean 1?'],
    ['a fraction of zero', () => volumePercentFiller(0), 'fraction must be above 0, was 0'],
    ['a size of zero', () => fixedSizeFiller(0), 'size must be above 0, was 0'],
    ['a step that is no number', () => rangeShareFiller(1, NaN), 'step must be above 0, was NaN'],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  }); // prettier-ignore

  it('says nothing of percent where none can be meant', () => {
    expect(() => volumePercentFiller(101)).toThrow(/was 101$/);
    expect(() => volumePercentFiller(2)).toThrow(expect.objectContaining({ context: { field: 'fraction', value: 2 } }));
    expect(() => fixedSizeFiller(-1)).toThrow(expect.objectContaining({ context: { field: 'size', value: -1 } }));
  });
});
