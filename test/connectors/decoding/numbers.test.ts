/** Reading numbers from frames. */
import fc from 'fast-check';
import { expect, it } from 'vitest';

import {
  decimalReader,
  floatAt,
  floatReader,
  numberKinds,
  powersOfTen,
  textReader,
} from '../../../src/connectors/decoding/numbers.ts';

it('reads every decimal text as Number does, to the last bit', () => {
  const text = fc
    .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^\d{1,17}$/), fc.stringMatching(/^\d{0,12}$/))
    .map(([sign, whole, part]) => `${sign}${whole}${part === '' ? '' : `.${part}`}`);
  fc.assert(
    fc.property(text, (number) => {
      expect(Object.is(floatAt(`"${number}"`, 1, number.length + 1), Number(number))).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

it('reads exponents, long digits and what is no number as Number does', () => {
  for (const text of [
    '9.121E-7',
    '1e5',
    '1e+5',
    '+7',
    '+.5',
    '12345678901234567890.5',
    '0.1',
    '.5',
    '5.',
    '-.25',
    'abc',
    '1.2.3',
    '1-2',
    '0',
    '-0',
  ]) {
    expect(floatReader.slice(text, 0, text.length)).toBe(Number(text));
  }
});

it.each(['', ' ', '.', '-', '+', '-.', '0x10', '0b1', 'Infinity', '-Infinity', 'NaN', ' 1', '1 ', '1e', 'e5', '1e+', '1e1.5', '--1', '+-1', '1_000', '1,5', '٣', '1:', '1/', ':1', '/1', '.:', './'])(
  "takes '%s' for no number",
  (text) => {
    expect(floatReader.read(text)).toBeNaN();
    expect(floatReader.slice(`"${text}"`, 1, text.length + 1)).toBeNaN();
    expect(decimalReader.read(text).isNaN()).toBe(true);
    expect(textReader.read(text)).toBe(text);
  },
); // prettier-ignore

it('reads the part of a frame that it is given, and no more', () => {
  expect(floatReader.slice('12.5', 1, 3)).toBe(2);
  expect(floatReader.slice('-12.5', 1, 5)).toBe(12.5);
  expect(floatReader.slice('123456789012', 0, 11)).toBe(12_345_678_901);
  expect(decimalReader.slice('"1.10"', 1, 5).toString()).toBe('1.1');
  expect(textReader.slice('"1.10"', 1, 5)).toBe('1.10');
});

it('keeps decimals exact', () => {
  expect(decimalReader.read('1547181.7126990964').toString()).toBe('1547181.7126990964');
  expect(decimalReader.read('-1e-9').toString()).toBe('-0.000000001');
});

it('has a reader of each kind, and powers of ten that floats hold exactly', () => {
  expect([floatReader, textReader, decimalReader].map(({ kind }) => kind)).toEqual(numberKinds);
  expect(powersOfTen).toHaveLength(23);
  expect(powersOfTen.every((power, k) => BigInt(power) === 10n ** BigInt(k))).toBe(true);
});
