/** An order as a request to an exchange: what only reduces says so. */
import { describe, expect, it } from 'vitest';

import { cutToPosition, requestOf } from '../../../src/broker/sandbox/order-request.ts';
import { order } from '../matching/working.ts';

describe('a contract order with a parent', () => {
  const parent = order('buy market');
  const flagOf = (...given: Parameters<typeof order>): boolean | undefined =>
    requestOf(order(...given), 'a', 'A/USDT:USDT', undefined).isReduceOnly;

  it('is sent as reduce-only where it takes back what its parent opens', () => {
    expect(flagOf('sell limit 100', { parent })).toBe(true);
    expect(flagOf('buy limit 100', { parent })).toBeUndefined();
    expect(flagOf('sell limit 100')).toBeUndefined();
    expect(flagOf('sell limit 100', { reducesOnly: true })).toBe(true);
  });

  it('in another position is sent as what it is, and not cut to a position', () => {
    expect(flagOf('sell limit 100', { parent, pool: 1 })).toBeUndefined();
    expect(cutToPosition(order('sell limit 100', { parent, pool: 1 }), 0, undefined)).toBeUndefined();
    expect(cutToPosition(order('sell limit 100', { parent }), 0, undefined)).toBeDefined();
  });
});
