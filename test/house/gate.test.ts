/** When the speed gate calls a change slower: never for noise, always for what most pairs show. */
import { describe, expect, it } from 'vitest';

import { verdictOf } from '../bench/ground/gate.ts';

describe('the verdict on pairs of measurements', () => {
  it.each<[string, number[], boolean, string]>([
    ['the same cost', [0.97, 0.99, 1, 1.01, 1.03], true, 'as fast'],
    ['five per cent', [1.02, 1.04, 1.05, 1.05, 1.06], false, 'as fast'],
    ['every pair slower', [1.06, 1.07, 1.08, 1.09, 1.1], true, 'slower'],
    ['most pairs slower', [1.01, 1.04, 1.08, 1.09, 1.1], false, 'slower'],
    ['most pairs slower, on a busy machine', [1.01, 1.04, 1.08, 1.09, 1.1], true, 'unclear'],
    ['a median off by noise', [0.8, 0.9, 1.06, 1.2, 1.4], false, 'unclear'],
    ['faster', [0.7, 0.8, 0.9], false, 'as fast'],
  ])('%s', (_name, ratios, isLenient, verdict) => {
    expect(verdictOf(ratios, isLenient)).toBe(verdict);
  });

  it('is no verdict on noise where our quickest run is as quick as theirs', () => {
    const slower = [1.1, 1.2, 1.2, 1.3, 1.4, 1.5, 1.5, 1.6];
    expect([1.2, 1.0].map((least) => verdictOf(slower, true, least))).toEqual(['slower', 'unclear']);
    expect(verdictOf(slower, false, 1)).toBe('slower');
  });
});
