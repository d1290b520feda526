/** Whether the books of an account agree with themselves: what floats may be off by, and what a position must have. */
import { describe, expect, it } from 'vitest';
import { decimals, floats, type Arithmetic } from '../../../../../src/broker/accounting/ledger/arithmetic.ts';
import { faultOf } from '../../../../../src/broker/accounting/ledger/portfolio/statement.ts';

/** The fault in an account with a balance in USDT, bookings of 600 and 400 beside `more`, and one leg. */
function fault<N>(a: Arithmetic<N>, balance: number, turnover: number, leg?: object): string | undefined {
  const wallet = {
    currencies: ['USDT'],
    balance: () => a.of(balance),
    booked: (_: string, kind: string) => a.of(kind === 'start' || kind === 'deposit' ? 600 : kind === 'fee' || kind === 'commission' ? -200 : 0),
    turnover: () => turnover,
  };
  const legs = leg === undefined ? [] : [{ terms: { kind: 'linear', symbol: 'A/USDT:USDT' }, ...leg }];
  return faultOf(a, { name: 'main', wallet, legs } as never);
} // prettier-ignore

describe('a balance', () => {
  const sum = Number(/come to (.*)$/.exec(fault(decimals, -1, 0)!)![1]);

  it('is exactly the sum of its bookings in decimals', () => {
    expect(fault(decimals, sum, 1e6)).toBeUndefined();
    expect(fault(decimals, sum + 1e-9, 1e6)).toBe(`'main' holds ${sum + 1e-9} USDT, and its bookings come to ${sum}`);
  });

  it('is off by no more than a billionth of what was booked in floats', () => {
    expect([fault(floats, sum, 0), fault(floats, sum + 0.0009, 1e6)]).toEqual([undefined, undefined]);
    expect([fault(floats, sum + 0.0011, 1e6), fault(floats, sum - 0.0011, 1e6)]).toEqual([expect.any(String), expect.any(String)]); // prettier-ignore
    expect(fault(floats, sum + 1e-3, 1)).toContain('its bookings come to');
  });
});

it('a position has an entry, and what is flat no margin; coins need neither', () => {
  const of = (size: number, entry: number, margin: number, kind = 'linear') => {
    const leg = { size: floats.of(size), entry: floats.of(entry), margin: floats.of(margin), terms: { kind, symbol: 'A' } };
    return fault(floats, Number(/come to (.*)$/.exec(fault(floats, -1, 0)!)![1]), 1, leg);
  };
  expect([of(2, 100, 20), of(0, 0, 0), of(2, 0, 0, 'spot')]).toEqual([undefined, undefined, undefined]);
  expect(of(2, 0, 20)).toBe("'main' keeps 2 of A with entry 0 and margin 20");
  expect(of(0, 0, 20)).toBe("'main' keeps 0 of A with entry 0 and margin 20");
}); // prettier-ignore
