/** Searches: conditions, spaces, and the four ways through them. */
import { describe, expect, it } from 'vitest';

import type { ParamRange } from '../../../src/engine/index.ts';
import { makeSearch, parseCondition, Space, type Search } from '../../../src/research/index.ts';

const names = ['fast', 'slow', 'mode', 'isLong'];
const holds = (text: string, values: Record<string, unknown>): boolean => parseCondition(text, names)(values);

describe('a condition', () => {
  it.each([
    ['fast < slow', { fast: 5, slow: 20 }, true],
    ['fast < slow', { fast: 20, slow: 20 }, false],
    ['5 < fast <= slow', { fast: 5, slow: 20 }, false],
    ['fast * 2 + 1 >= slow - -4 / 2', { fast: 10, slow: 19 }, true],
    ['slow % 5 == 0 and not (fast > 10 or fast < 3)', { fast: 7, slow: 25 }, true],
    ["mode == 'trend' && isLong", { mode: 'trend', isLong: true }, true],
    ['!isLong || mode != "trend"', { mode: 'trend', isLong: true }, false],
    ['max(fast, 10) < min(slow, 50) and abs(-3) == 3', { fast: 4, slow: 20 }, true],
    ['1_000 > 1e2', {}, true],
    ['2 + 3 * 4 == 14 and (2 + 3) * 4 == 20 and 7 - 2 - 1 == 4', {}, true],
  ])('%s of %j is %s', (text, values, expected) => {
    expect(holds(text, values)).toBe(expected);
  });

  it.each([
    ['fats < slow', "unknown parameter in keep 'fats': did you mean 'fast'?"],
    ['fast <', "keep must be a condition such as 'fast < slow', was 'fast <': at place 7 it ends too early"],
    ['fast < slow)', "at place 12 ')' is not expected"],
    ['(fast < slow', "a ')' is missing"],
    ['fast = slow', "at place 6 '=' is not known; to compare write '=='"],
    ['fast; slow', "at place 5 ';' is not known"],
    ['process.exit()', "at place 8 '.' is not known"],
    ['constructor == 1', "'constructor'"],
    ['', 'it ends too early'],
  ])('%s is refused', (text, message) => {
    expect(() => parseCondition(text, names)).toThrow(message);
  });

  it('that is no truth, or compares what is no number, is refused when it is worked out', () => {
    expect(() => holds('fast + 1', { fast: 1 })).toThrow(
      "keep must be a condition that is true or false, was 'fast + 1', which is 2",
    );
    expect(() => holds('mode < 3', { mode: 'a' })).toThrow(
      "keep must apply + - * / % < and > only to numbers, was 'a'",
    );
  });

  it('nested too deep is an error and no crash', () => {
    expect(() => parseCondition('('.repeat(10_000), names)).toThrow('nested too deep');
  });
});

const defaults = { fast: 10, slow: 30, band: 0.1, mode: 'trend' };
const spaceOf = (ranges: Record<string, ParamRange>, keep?: string): Space => new Space(ranges, defaults, keep);
const all = (search: Search, score: (params: never) => number = () => 0): Record<string, unknown>[] => {
  const found: Record<string, unknown>[] = [];
  for (let next = search.ask(5); next.length > 0; next = search.ask(5)) {
    found.push(...next);
    search.tell(next.map((params) => score(params as never)));
  }
  return found;
};

describe('a space', () => {
  it('has both ends of a range, and values without the dust of sums', () => {
    const { axes } = spaceOf({ fast: { from: 5, to: 20 }, band: { from: 0.1, to: 0.5, step: 0.1 }, mode: ['a', 'b'] });
    expect(axes.map(({ count }) => count)).toEqual([16, 5, 2]);
    expect(Array.from({ length: 5 }, (_, k) => axes[1]!.at(k))).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    expect([axes[0]!.at(0), axes[0]!.at(15)]).toEqual([5, 20]);
  });

  it('has whole numbers of any length, and a range of one value without a step', () => {
    const since = 1_700_000_000_123;
    const { axes } = spaceOf({ fast: { from: since, to: since + 3 }, band: { from: 0.1, to: 0.1 } });
    expect(Array.from({ length: 4 }, (_, k) => axes[0]!.at(k))).toEqual([0, 1, 2, 3].map((k) => since + k));
    expect([axes[1]!.count, axes[1]!.at(0)]).toEqual([1, 0.1]);
  });

  it.each([
    [{ fast: { from: 20, to: 5 } }, "the range of parameter 'fast' must rise, was 20 to 5"],
    [{ fast: { from: 5, to: 20, step: 0 } }, 'needs a finite step above 0, was 0'],
    [{ fast: { from: 5, to: 20, step: Infinity } }, 'needs a finite step above 0, was Infinity'],
    [{ fast: { from: 5, to: 20, step: '1' } }, "needs a finite step above 0, was '1'"],
    [{ fast: { from: '5', to: 20 } }, "needs a finite 'from', was '5'"],
    [{ fast: { from: 5, to: 20, log: 'yes' } }, "needs true or false for 'log', was 'yes'"],
    [{ fast: { from: 5, to: 20, stpe: 2 } as never }, "has no 'stpe'"],
    [{ fast: [] }, 'has no value'],
    [{ fast: [5, NaN] }, 'must hold finite numbers, was NaN'],
    [{ mode: ['a', 'b', 'a'] }, "holds 'a' twice"],
    [{ fast: null }, 'must be a list of values or { from, to, step }, was null'],
    [{ fast: '5:20:1' }, "must be a list of values or { from, to, step }, was '5:20:1'"],
    [{ fast: ['a'] }, "must hold numbers, was 'a'"],
    [{ mode: { from: 1, to: 2 } }, 'must be values: its default is a string'],
    [{ band: { from: 0, to: 1, log: true } }, "must be above 0 to be 'log'"],
  ])('%j is refused', (ranges, message) => {
    expect(() => spaceOf(ranges as never)).toThrow(message);
  });
});

describe('a grid', () => {
  it('has every allowed combination once, the last axis first', () => {
    const search = makeSearch(spaceOf({ fast: [1, 2, 3], slow: [2, 3] }, 'fast < slow'), {
      method: 'grid',
      trials: undefined,
      seed: undefined,
    });
    expect(search.total).toBe(3);
    expect(all(search)).toEqual([
      { fast: 1, slow: 2 },
      { fast: 1, slow: 3 },
      { fast: 2, slow: 3 },
    ]);
  });

  it('needs steps, and something that the condition allows', () => {
    const grid = (ranges: Record<string, ParamRange>, keep?: string): Search =>
      makeSearch(spaceOf(ranges, keep), { method: 'grid', trials: undefined, seed: undefined });
    expect(() => grid({ band: { from: 0, to: 0.5 } })).toThrow("parameter 'band' has no steps");
    expect(() => grid({ fast: [5], slow: [3] }, 'fast < slow')).toThrow(
      'keep must be true for some combination, was false for the whole grid of 1',
    );
  });
});

describe('random searches', () => {
  it.each(['random', 'latin', 'tpe'] as const)('%s: the same seed tries the same, each once', (method) => {
    const run = (seed: number) =>
      all(
        makeSearch(spaceOf({ fast: { from: 1, to: 40 }, band: { from: 0, to: 1 } }), { method, trials: 60, seed }),
        (p: { fast: number }) => p.fast,
      );
    const found = run(3);
    expect(found).toHaveLength(60);
    expect(found).toEqual(run(3));
    expect(found).not.toEqual(run(4));
    expect(new Set(found.map((one) => JSON.stringify(one))).size).toBe(60);
  });

  it.each(['random', 'latin', 'tpe'] as const)('%s ends when a small space is used up', (method) => {
    const found = all(
      makeSearch(spaceOf({ fast: [1, 2, 3], slow: [2, 3] }, 'fast < slow'), { method, trials: 50, seed: 1 }),
    );
    expect(found).toHaveLength(3);
  });

  it.each(['random', 'latin', 'tpe'] as const)('%s finds every combination of a narrow condition, and says why it makes no more', (method) => {
    const shortageOf = (ranges: Record<string, ParamRange>, trials: number, keep?: string): [number, string | undefined] => {
      const search = makeSearch(spaceOf(ranges, keep), { method, trials, seed: 1 });
      const { length } = all(search, (p: { fast: number }) => p.fast);
      expect(search.total).toBe(length);
      return [length, search.shortage];
    };
    const wide = { fast: { from: 1, to: 100 }, slow: { from: 1, to: 100 } };
    const narrow = 'fast == 3 and slow > 10 and slow < 20';
    expect(shortageOf(wide, 9, narrow)).toEqual([9, undefined]);
    expect(shortageOf(wide, 50, narrow)).toEqual([
      9,
      '9 trials were made, not 50: keep is true for no more of the 10000 combinations',
    ]);
    expect(shortageOf(wide, 5, 'fast == 3 and slow == 7')).toEqual([
      1,
      '1 trial was made, not 5: keep is true for no more of the 10000 combinations',
    ]);
    expect(shortageOf({ fast: [1, 2, 3] }, 50)).toEqual([
      3,
      '3 trials were made, not 50: the ranges have no more combinations',
    ]);
    const endless = shortageOf({ fast: { from: 1, to: 3 }, band: { from: 0, to: 1 } }, 500, 'band * 1e6 < fast * 1000');
    expect(endless[0]).toBeLessThan(500);
    expect(endless[1]).toContain('1000 random combinations in a row were tried before, or keep was false for them');
  }); // prettier-ignore

  it('a Latin hypercube draws once from each stratum of each axis', () => {
    const found = all(
      makeSearch(spaceOf({ band: { from: 0, to: 1 }, fast: { from: 0, to: 49 } }), {
        method: 'latin',
        trials: 50,
        seed: 2,
      }),
    );
    expect(found.map(({ band }) => Math.floor((band as number) * 50)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, k) => k),
    );
    expect(found.map(({ fast }) => fast as number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, k) => k),
    );
  });

  it('the model finds a hidden optimum with fewer trials than chance', () => {
    const score = ({ x, y, mode }: { x: number; y: number; mode: string }): number =>
      -((x - 0.31) ** 2) - (Math.log10(y) - 1.4) ** 2 / 4 - (mode === 'b' ? 0 : 0.5);
    const ranges = { x: { from: 0, to: 1 }, y: { from: 0.1, to: 1000, log: true }, mode: ['a', 'b', 'c'] };
    const best = (method: 'random' | 'tpe', seed: number): number => {
      const space = new Space(ranges, { x: 0.5, y: 1, mode: 'a' });
      return Math.max(...all(makeSearch(space, { method, trials: 120, seed }), score).map((p) => score(p as never)));
    };
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const median = (values: number[]): number => values.sort((a, b) => a - b)[4]!;
    const [led, blind] = [median(seeds.map((s) => best('tpe', s))), median(seeds.map((s) => best('random', s)))];
    expect(led).toBeGreaterThan(blind / 2);
    expect(led).toBeGreaterThan(-0.01);
  });
});
