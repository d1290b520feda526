/** The state of a strategy between two sessions: each value comes back equal, or is refused in one sentence when it is saved. */
import { describe, expect, it } from 'vitest';

import { readState, writtenState } from '../../../src/engine/strategy/saved-state.ts';

const through = (state: unknown): unknown => readState(JSON.parse(JSON.stringify(writtenState(state))));

const cyclic: { self?: unknown; list: unknown[] } = { list: [] };
cyclic.list.push({ back: cyclic });
let deep: unknown = 1;
for (let k = 0; k < 100_000; k++) deep = [deep];
class Money {
  cents = 1;
  toJSON(): string {
    return '0.01';
  }
}
const twice = { a: 1 };

describe('a saved state', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['numbers that JSON does not have', [NaN, Infinity, -Infinity, -0, 0, 1e308, 5e-324, 0.1 + 0.2, 2 ** 53]],
    ['a bigint', { wei: 10n ** 30n, debt: -1n }],
    ['undefined fields and items', { a: undefined, list: [undefined, 1, null] }],
    ['dates', [new Date(0), new Date(NaN), new Date(8.64e15)]],
    ['maps and sets, one in the other', new Map<unknown, unknown>([[NaN, new Set([1, 'a', undefined])], [{ k: 1 }, new Map()]])],
    ['texts of any kind', ['', '\ud800', '\u0000\u2028"', 'é😀']],
    ['fields with odd names', JSON.parse('{"__proto__": {"a": 1}, "$nextbar": "Map", "value": [1], "toJSON": 1, "": 2}')],
    ['a record that looks like a mark', { $nextbar: 'undefined' }],
    ['one record in two places', [twice, twice]],
    ['a record without prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['numbers, booleans and texts alone', 5],
    ['15 MB of text', 'x'.repeat(15_000_000)],
  ])('returns %s', (_, state) => {
    const back = through(state);
    expect(back).toEqual(state);
    if (Array.isArray(state)) for (const [k, one] of state.entries()) expect(Object.is(one, -0)).toBe(Object.is((back as unknown[])[k], -0));
    if (typeof state === 'object' && state !== null) expect(Object.keys(back as object)).toEqual(Object.keys(state));
  }); // prettier-ignore

  it.each<[string, unknown, RegExp]>([
    ['a function', { on: { fill: () => 1 } }, /^the state\.on\.fill must be plain data .*, was a function$/],
    ['a symbol', [1, Symbol('a')], /^the state\[1\] must be plain data .*, was a symbol$/],
    ['a cycle', cyclic, /^the state\.list\[0\]\.back contains itself, and a state must end somewhere$/],
    ['what is nested without end', deep, /is nested more than 500 levels deep$/],
    ['a promise', { later: Promise.resolve(1) }, /^the state\.later .*, was a promise; remove 'async' from saveState\(\)$/],
    ['an instance with toJSON', [new Money()], /^the state\[0\] .*, was an instance of Money$/],
    ['an error', { last: new RangeError('x') }, /was an instance of RangeError$/],
    ['a typed array', { values: new Float64Array(2) }, /was a Float64Array; save Array\.from\(\.\.\.\) of it$/],
    ['a subclass of Map', new (class Book extends Map {})(), /was an instance of Book$/],
    ['a match of an expression', /a/.exec('a'), /was a list with fields of its own$/],
    ['a weak map', new WeakMap(), /was an instance of WeakMap$/],
    ['50 MB', { text: 'x'.repeat(50_000_000) }, /^the state is larger than 16 MB, and it is written after each step: keep less in it/],
    ['2 million numbers', Array.from({ length: 2_100_000 }, (_, k) => k), /larger than 16 MB/],
  ])('is refused with %s', (_, state, message) => {
    expect(() => writtenState(state)).toThrow(message);
  }); // prettier-ignore

  it('is refused when it was written with an unknown mark', () => {
    expect(() => readState({ $nextbar: 'Float16', value: 1 })).toThrow(
      "a saved state holds a value of the unknown kind 'Float16'",
    );
  });
});
