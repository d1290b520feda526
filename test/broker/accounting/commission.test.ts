/** Commission schemes: what trading costs, binds and earns, by sums in the head. */
import { describe, expect, it } from 'vitest';

import { CommissionScheme, type CommissionOptions } from '../../../src/broker/accounting/commission.ts';
import { ContractScheme } from '../../../src/broker/accounting/ledger/contract-scheme.ts';

/** Commission, margin, value, notional and profit of 3 units short at 200, sold on to 150. */
const figuresOf = (scheme: CommissionScheme): number[] => [
  scheme.commission(-3, 200), scheme.margin(200), scheme.value(-3, 200), scheme.notional(-3, 200), scheme.pnl(-3, 200, 150),
]; // prettier-ignore

it.each([
  ['spot without options', {}, [0, 0, -600, 600, 150]],
  ['spot by a fraction of the value', { commission: 0.01 }, [6, 0, -600, 600, 150]],
  ['spot by the unit', { commission: 0.5, type: 'fixed' }, [1.5, 0, -600, 600, 150]],
  ['units of ten', { commission: 0.01, multiplier: 10 }, [60, 0, -6_000, 6_000, 1_500]],
  ['units of ten by the unit', { commission: 0.5, type: 'fixed', multiplier: 10 }, [1.5, 0, -6_000, 6_000, 1_500]],
  ['futures of a fixed margin', { margin: 20, multiplier: 10 }, [0, 20, 60, 6_000, 1_500]],
  ['futures of a margin by the price', { autoMargin: 0.1, multiplier: 10 }, [0, 200, 600, 6_000, 1_500]],
  ['futures without margin', { margin: 0 }, [0, 0, 0, 600, 150]],
] as const)('counts %s', (_, options: CommissionOptions, figures) => {
  const scheme = new CommissionScheme(options);
  expect(figuresOf(scheme)).toEqual(figures);
  expect(scheme.pointValue(200)).toBe(scheme.multiplier);
  expect(scheme.isInverse).toBe(false);
  expect(scheme.isSpot).toBe(!('margin' in options || 'autoMargin' in options));
});

it('counts contracts of an account, linear and inverse', () => {
  expect(figuresOf(new ContractScheme(10, false, 0.01, 5))).toEqual([60, 400, -1_200, 6_000, 1_500]);
  const inverse = new ContractScheme(10, true, 0.01, 5);
  expect(figuresOf(inverse).map((value) => +value.toFixed(12))).toEqual([0.0015, 0.01, -0.03, 0.15, 0.05]);
  // The next point up gains a unit as much as its profit says, to the first order.
  expect(inverse.pointValue(200)).toBeCloseTo(inverse.pnl(1, 200, 200.001) / 0.001, 8);
  expect(new ContractScheme(10, false, 0.01, 5).pointValue(200)).toBe(10);
});

describe('contracts of several units each', () => {
  it('take their number as the multiplier, and leave the rest', () => {
    expect(figuresOf(new CommissionScheme({ commission: 0.01, autoMargin: 0.1 }).of(10))).toEqual([60, 200, 600, 6_000, 1_500]); // prettier-ignore
  });

  it.each([
    ['a multiplier of its own', { multiplier: 2 }, 10],
    ['contracts of one unit', {}, 1],
  ])('leave a scheme with %s as it is', (_, options, units) => {
    const scheme = new CommissionScheme(options);
    expect(scheme.of(units)).toBe(scheme);
  });
});

it.each([
  [{}, 'no commission'],
  [{ leverage: 5 }, 'no commission'],
  [{ commission: 0.00075 }, '0.075 % of the value'],
  [{ commission: 0.5, type: 'fixed' }, '0.5 a unit'],
  [{ commission: 0.001, leverage: 5 }, '0.1 % of the value, leverage 5'],
] as const)('says what it takes: %o', (options, text) => {
  expect(new CommissionScheme(options).summary).toBe(text);
});

it.each([
  ['commission', -0.001, 'not below'],
  ['commission', NaN, 'not below'],
  ['interest', Infinity, 'not below'],
  ['margin', -1, 'not below'],
  ['autoMargin', -1, 'not below'],
  ['multiplier', 0, 'above'],
  ['leverage', 0, 'above'],
  ['leverage', -2, 'above'],
])('refuses %s of %s', (field, value, bound) => {
  const make = (): unknown => new CommissionScheme({ [field]: value });
  expect(make).toThrow(`${field} must be a number ${bound} 0, was ${value}`);
  expect(make).toThrow(expect.objectContaining({ context: { field, value } }) as Error);
});
