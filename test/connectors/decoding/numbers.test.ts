/** Reading numbers from frames. */
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { decimalReader, floatAt, floatReader } from '../../../src/connectors/decoding/numbers.ts';

it('reads every decimal text as Number does, to the last bit', () => {
  const text = fc
    .tuple(fc.constantFrom('', '-'), fc.nat(99_999_999), fc.stringMatching(/^\d{0,12}$/))
    .map(([sign, whole, part]) => `${sign}${whole}${part === '' ? '' : `.${part}`}`);
  fc.assert(
    fc.property(text, (number) => {
      expect(Object.is(floatAt(`"${number}"`, 1, number.length + 1), Number(number))).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

it('reads exponents, long digits and what is no number as Number does', () => {
  for (const text of ['9.121E-7', '1e5', '12345678901234567890.5', '0.1', '.5', '5.', 'abc', '1.2.3', '1-2', '0']) {
    expect(floatReader.slice(text, 0, text.length)).toBe(Number(text));
  }
});

it('keeps decimals exact', () => {
  expect(decimalReader.read('1547181.7126990964').toString()).toBe('1547181.7126990964');
});
