/** Which sizes and prices of orders are refused: those off the instrument's steps at an exchange, none by Backtrader's rules. */
import { expect, it } from 'vitest';
import { anySize, venueSizes } from '../../../src/broker/orders/instrument-rule.ts';

it('sizes and prices are those of the instrument at an exchange, and any by Backtrader’s rules', () => {
  const instrument = { symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT', lot: 0.01 } as const;
  const asked = { type: 'market', size: 0.015, price: 100, limitPrice: 100 } as const;
  expect(venueSizes.refusal(instrument, asked, 100)?.rule).toBe('lot');
  expect(venueSizes.refusal(instrument, { ...asked, size: 0.02 }, 100)).toBeUndefined();
  expect([venueSizes.lotOf(instrument), venueSizes.lotOf(undefined)]).toEqual([0.01, undefined]);
  expect([anySize.refusal(instrument, asked, 100), anySize.lotOf(instrument)]).toEqual([undefined, undefined]);
});
