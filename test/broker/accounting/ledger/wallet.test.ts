/** Balances and their bookings: what is held, why, and what is taken back. */
import { expect, it } from 'vitest';

import { decimals, floats } from '../../../../src/broker/accounting/ledger/arithmetic.ts';
import { postingKinds, Wallet } from '../../../../src/broker/accounting/ledger/wallet.ts';

it('holds the sum of what was booked, by reason, in the order the currencies came', () => {
  const wallet = new Wallet(decimals);
  for (const [k, kind] of postingKinds.entries()) wallet.book('USDT', decimals.of(2 ** k), kind);
  wallet.book('BTC', decimals.of('0.1'), 'trade');
  wallet.book('BTC', decimals.of('0.2'), 'trade');
  wallet.book('BTC', decimals.of('-0.05'), 'fee');
  expect(wallet.currencies).toEqual(['USDT', 'BTC']);
  expect([decimals.toText(wallet.balance('USDT')), decimals.toText(wallet.balance('BTC'))]).toEqual([String(2 ** postingKinds.length - 1), '0.25']); // prettier-ignore
  expect(postingKinds.map((kind) => wallet.booked('USDT', kind).toNumber())).toEqual(
    postingKinds.map((_, k) => 2 ** k),
  );
  expect([wallet.booked('BTC', 'trade').toNumber(), wallet.booked('BTC', 'profit').toNumber(), wallet.booked('ETH', 'fee').toNumber(), wallet.balance('ETH').toNumber()]).toEqual([0.3, 0, 0, 0]); // prettier-ignore
  expect([wallet.turnover('BTC'), wallet.turnover('ETH')]).toEqual([expect.closeTo(0.350001, 12), 1e-6]);
  expect(wallet.balances.map(({ currency }) => currency)).toEqual(['USDT', 'BTC']);
});

it('is restored as often as is asked, whatever is booked in between', () => {
  const wallet = new Wallet(floats);
  wallet.book('USDT', 5, 'deposit');
  const saved = wallet.save();
  for (let k = 0; k < 2; k++) {
    wallet.book('USDT', 7, 'fee');
    wallet.book('BTC', 1, 'trade');
    saved.restore();
    expect([wallet.currencies, wallet.balance('USDT'), wallet.booked('USDT', 'fee'), wallet.booked('USDT', 'deposit')]).toEqual([['USDT'], 5, 0, 5]); // prettier-ignore
  }
});
