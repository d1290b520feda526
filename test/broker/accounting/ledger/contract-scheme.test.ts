/** What sizers, targets and trades reckon a contract at, by hand: fee, margin, value and profit of linear and inverse contracts. */
import { expect, it } from 'vitest';

import { ContractScheme } from '../../../../src/broker/accounting/ledger/contract-scheme.ts';

it('reckons a linear contract in quote units: 2 contracts of 0.1 coins at 50, leverage 5', () => {
  const scheme = new ContractScheme(0.1, false, 0.002, 5);
  expect([scheme.notional(-2, 50), scheme.commission(-2, 50), scheme.pointValue(50)]).toEqual([10, 0.02, 0.1]);
  // Margin is that of one contract, value that of the position with its sign.
  expect([scheme.margin(50), scheme.value(2, 50), scheme.value(-2, 50)]).toEqual([1, 2, -2]);
  expect([scheme.pnl(2, 50, 60), scheme.pnl(-2, 50, 60)]).toEqual([2, -2]);
  expect(scheme.isSpot).toBe(false);
  expect([scheme.isInverse, scheme.summary]).toEqual([false, '0.2 % of the value, leverage 5']);
});

it('reckons an inverse contract in coins: 2 contracts of 100 quote units at 50, leverage 4', () => {
  const scheme = new ContractScheme(100, true, 0.001, 4);
  expect([scheme.notional(-2, 50), scheme.commission(2, 50), scheme.pointValue(50)]).toEqual([4, 0.004, 0.04]);
  expect([scheme.margin(50), scheme.value(2, 50), scheme.value(-2, 50)]).toEqual([0.5, 1, -1]);
  expect([scheme.pnl(2, 50, 100), scheme.pnl(-2, 50, 100)]).toEqual([2, -2]);
  expect([scheme.isInverse, scheme.summary]).toEqual([true, '0.1 % of the value, leverage 4']);
});

it('pays a rebate where the fee is below 0', () => {
  expect(new ContractScheme(1, false, -0.001, 1).commission(2, 50)).toBe(-0.1);
});
