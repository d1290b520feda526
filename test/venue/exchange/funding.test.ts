/** Funding of contracts: every payment that is due is made, of every symbol and every account. */
import { expect, it } from 'vitest';

import { balanceText, Exchange, type Account } from '../../../src/venue/exchange/index.ts';

const hour = 3_600_000;

it('pays all symbols that are due at one moment, and every moment that passed', () => {
  let now = 0;
  const exchange = new Exchange({
    instruments: ['BTC', 'ETH'].map((base) => ({
      symbol: `${base}/USDT:USDT`, base, quote: 'USDT', settle: 'USDT', priceDecimals: 2, sizeDecimals: 3,
    })),
    clock: () => now,
    accounts: ['long', 'short'].map((name) => ({ name, apiKey: name, secret: 's', balances: { USDT: 10_000 } })),
    contracts: { fundingEveryMs: hour, fundingRate: 0.001, mark: () => 100 },
    makerFee: 0,
    takerFee: 0,
  }); // prettier-ignore
  const [long, short] = [exchange.account('long'), exchange.account('short')];
  const contract = { positionSide: 'BOTH', reduceOnly: false, closesPosition: false, isLiquidation: false } as const;
  for (const { symbol } of exchange.instruments) {
    exchange.place(short, { symbol, side: 'sell', type: 'LIMIT', size: 1_000, price: 10_000, contract });
    exchange.place(long, { symbol, side: 'buy', type: 'MARKET', size: 1_000, contract });
  }
  const paid = (account: Account): string[] =>
    exchange
      .contracts!.of(account)
      .incomes.filter(({ type }) => type === 'FUNDING_FEE')
      .map(({ symbol, time, amount }) => `${symbol!} ${time / hour} ${balanceText(amount)}`)
      .sort();
  now = 2 * hour;
  exchange.payFunding();
  const wanted = (amount: string): string[] => [
    `BTC/USDT:USDT 1 ${amount}`, `BTC/USDT:USDT 2 ${amount}`, `ETH/USDT:USDT 1 ${amount}`, `ETH/USDT:USDT 2 ${amount}`,
  ]; // prettier-ignore
  expect(paid(long)).toEqual(wanted('-0.10000000'));
  expect(paid(short)).toEqual(wanted('0.10000000'));
});
