/** Numbers on the wire: whole milliseconds and plain digits, whatever a caller gives. */
import fc from 'fast-check';
import { expect, it } from 'vitest';

import { Decimal } from '../../../src/core/index.ts';
import { CcxtStore } from '../../../src/connectors/ccxt/index.ts';
import { plainDecimal, wireNumbers } from '../../../src/connectors/ccxt/wire-numbers.ts';

it('writes every number without an exponent and without losing a digit', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = plainDecimal(value);
      expect(text).not.toMatch(/e/i);
      expect(new Decimal(text).eq(value)).toBe(true);
      expect(JSON.stringify(wireNumbers({ quantity: value, list: [{ price: value }] }))).not.toMatch(/\de[+-]?\d/i);
    }),
  );
});

it('cuts times to whole milliseconds and leaves other values alone', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 4e12, noNaN: true }), (time) => {
      const { startTime, since, symbol } = wireNumbers({ startTime: time, since: time, symbol: '12e5' });
      expect([startTime, since, symbol]).toEqual([Math.floor(time), Math.floor(time), '12e5']);
    }),
  );
  expect(wireNumbers({ price: '1e-7', orderId: '12e5' })).toEqual({ price: '0.0000001', orderId: '12e5' });
  expect(wireNumbers({ size: 0.5, limit: 100, isOpen: true, none: undefined })).toEqual({
    size: 0.5, limit: 100, isOpen: true, none: undefined,
  }); // prettier-ignore
});

it('is what a request of any exchange holds', async () => {
  const exchange = await new CcxtStore({ exchange: 'binance', publicOnly: true }).open();
  const signing = exchange as unknown as { sign(...parts: unknown[]): { url: string } };
  const params = { symbol: 'BTCUSDT', startTime: 1_700_000_000_000.75, quantity: 1e-7 };
  const { url } = signing.sign('klines', 'public', 'GET', params, undefined, undefined);
  expect(url).toContain('startTime=1700000000000&');
  expect(url).toContain('quantity=0.0000001');
});
