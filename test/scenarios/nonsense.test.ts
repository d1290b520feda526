/** Nonsense is refused with one sentence: what depends on prices by rejecting the order, what is written wrongly by an error. */
import { describe, expect, it } from 'vitest';
import {
  Cerebro,
  investFraction,
  percentOfCash,
  percentSlippage,
  rangeShareFiller,
  riskPerTrade,
  volumePercentFiller,
  type CerebroOptions,
} from 'nextbar';
import { scenario } from './table.ts';

const rejected = async (orders: string, told: string, options: CerebroOptions = {}): Promise<void> => {
  await scenario(
    `
    open high low close | orders     | told
    100  101  99  100   | ${orders}  |
    100  101  99  100   |            | ${told}
    `,
    options,
  );
};

describe("an order that makes no sense under an exchange's rules", () => {
  it.each([
    ['a: buy 1 stop 100', "a rejected (the stop at 100 to buy is triggered already, the price being 100: place it above, or with triggered: 'fire')"],
    ['a: buy 1 stop 95', "a rejected (the stop at 95 to buy is triggered already, the price being 100: place it above, or with triggered: 'fire')"],
    ['a: sell 1 stop 105', "a rejected (the stop at 105 to sell is triggered already, the price being 100: place it below, or with triggered: 'fire')"],
    ['a: buy 1 limit -5', 'a rejected (a price of -5 cannot trade on spot: prices are above 0)'],
    ['a: buy 1 limit 0', 'a rejected (a price of 0 cannot trade on spot: prices are above 0)'],
    ['a: buyBracket 1 stopLoss=105', 'a rejected (stopLoss 105 lies on the wrong side of the entry at 100: to buy, it lies below)'],
    ['a: buyBracket 1 takeProfit=95', 'a rejected (takeProfit 95 lies on the wrong side of the entry at 100: to buy, it lies above)'],
    ['a: buyBracket 1 stopLoss=110 takeProfit=90', 'a rejected (stopLoss 110 and takeProfit 90 are swapped: to buy at 100, the stop lies below and the target above)'],
    ['a: buy 1e308 limit 99', 'a rejected (its value, size times price, must be a finite number, was Infinity)'],
    ['a: sell 1 stopTrail trailPercent=5', 'a rejected (trailPercent is a fraction, 0.05 for 5 %, was 5: did you mean 0.05?)'],
    ['a: sell 1 stop 100', "a rejected (the stop at 100 to sell is triggered already, the price being 100: place it below, or with triggered: 'fire')"],
    ['a: buy 1 stopLimit 95 limitPrice=96', "a rejected (the stop at 95 to buy is triggered already, the price being 100: place it above, or with triggered: 'fire')"],
    ['a: buy 1 stopLimit 105 limitPrice=-1', 'a rejected (a limitPrice of -1 cannot trade on spot: prices are above 0)'],
    ['a: buy 1 stopLimit 105 limitPrice=0', 'a rejected (a limitPrice of 0 cannot trade on spot: prices are above 0)'],
    ['a: sell 1 stopTrail trailPercent=1', 'a rejected (trailPercent is a fraction, 0.05 for 5 %, was 1: did you mean 0.01?)'],
    ['a: buyBracket 1 stopLoss=100 takeProfit=110', 'a rejected (stopLoss 100 lies on the wrong side of the entry at 100: to buy, it lies below)'],
    ['a: buyBracket 1 stopLoss=90 takeProfit=100', 'a rejected (takeProfit 100 lies on the wrong side of the entry at 100: to buy, it lies above)'],
    ['a: sellBracket 1 stopLoss=95', 'a rejected (stopLoss 95 lies on the wrong side of the entry at 100: to sell, it lies above)'],
    ['a: sellBracket 1 takeProfit=105', 'a rejected (takeProfit 105 lies on the wrong side of the entry at 100: to sell, it lies below)'],
    ['a: sellBracket 1 stopLoss=90 takeProfit=110', 'a rejected (stopLoss 90 and takeProfit 110 are swapped: to sell at 100, the stop lies above and the target below)'],
  ])('%s is rejected with the reason', (orders, told) => rejected(orders, told)); // prettier-ignore

  it.each([
    // The stop of a position that is still to come may lie anywhere; so may a limit.
    ['a: buy 1 limit 120', 'a 1 @ 100'],
    ['a: buy 1 stop 100.5', 'a 1 @ 100.5'],
    ['a: buyBracket 1 limit 100 stopLoss=99.5 takeProfit=110', 'a 1 @ 100; a.stop -1 @ 99.5; a.target canceled'],
  ])('%s is taken', (orders, told) => rejected(orders, told));

  // Contracts have traded below 0: such a limit rests.
  it.each(['a: buy 1 limit -5', 'a: buy 1 limit 0', 'a: buy 1 stopLimit 105 limitPrice=-1'])(
    '%s is taken on a contract',
    (orders) => rejected(orders, '', { commission: { margin: 10 } }),
  );

  it('acts at once where that is asked for', () => rejected('a: buy 1 stop 95 triggered=fire', 'a 1 @ 100'));

  it('is taken as Backtrader takes it under its rules', () =>
    rejected('a: buy 1 stop 95', 'a 1 @ 100', { rules: 'backtrader' }));
});

describe('fractions given as percents', () => {
  it.each<[() => unknown, string]>([
    [
      () => new Cerebro({ commission: 10 }),
      'commission must be a fraction of the traded value, 0.001 for 0.1 %, was 10',
    ],
    [() => new Cerebro({ commission: { commission: 2 } }), 'commission must be a fraction'],
    [() => new Cerebro({ slippage: 5 }), 'slippage must be a fraction'],
    [() => percentSlippage(5), 'slippage must be a fraction of the price, 0.001 for 0.1 %, was 5: did you mean 0.05?'],
    [() => new Cerebro().setCommission('btc', { commission: 10 }), 'commission must be a fraction of the traded value'],
    [() => volumePercentFiller(10), 'volumePercentFiller takes a fraction, 0.1 for 10 %, was 10: did you mean 0.1?'],
    [() => rangeShareFiller(50), 'rangeShareFiller takes a fraction'],
    [() => investFraction(95), 'fraction must be at most 1, 0.95 for 95 %, was 95: did you mean 0.95?'],
    [() => percentOfCash(20), 'fraction must be at most 1'],
    [() => riskPerTrade(2), 'fraction must be at most 1, 0.01 for 1 %, was 2: did you mean 0.02?'],
  ])('%s', (make, message) => {
    expect(make).toThrow(message);
  });

  it('are an error in a target', async () => {
    const run = scenario(
      `
      open high low close | orders
      100  101  99  100   |
      100  101  99  100   |
      `,
      { act: { 0: (strategy) => strategy.orderTargetPercent(95) } },
    );
    await expect(run).rejects.toThrow(
      'orderTargetPercent takes a fraction of the value, 0.95 for 95 %, at most 1 with this leverage, was 95: did you mean 0.95?',
    );
  });

  it("are taken under Backtrader's rules where Backtrader takes them", () => {
    const cerebro = new Cerebro({ rules: 'backtrader', commission: 2, slippage: 1 });
    expect(() => cerebro.setCommission('btc', { commission: 10 })).not.toThrow();
  });
});
