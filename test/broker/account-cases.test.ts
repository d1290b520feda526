/** Cases of accounts worked out by hand. */
import { describe, expect, it } from 'vitest';

import { BarsDataFeed, Cerebro, Strategy } from 'nextbar';

/** Bars that stay at each price for an hour. */
const barsOf = (...prices: readonly number[]) =>
  prices.map((price, k) => ({
    time: Date.UTC(2024, 0, 1, k), open: price, high: price, low: price, close: price, volume: 1,
  })); // prettier-ignore

describe('an inverse contract in cross margin', () => {
  it('is liquidated where wallet and loss equal the maintenance of its tier', async () => {
    class Short extends Strategy {
      static price: number | undefined;
      override next(): void {
        if (this.data.length === 1) this.sell({ size: 3_000 });
        if (this.data.length === 2) Short.price = this.position.liquidationPrice;
      }
    }
    const run = async (...prices: readonly number[]) => {
      const cerebro = new Cerebro({ account: { cash: { BTC: 2 }, margin: 'cross', leverage: 10 }, ledger: 'decimal' });
      cerebro.addData(new BarsDataFeed({ name: 'coin', timeframe: '1h', bars: barsOf(...prices) }));
      cerebro.setInstrument('coin', {
        symbol: 'BTC/USD:BTC',
        contractSize: 100,
        takerFee: 0,
        marginTiers: [
          { upTo: 5, maintenanceRate: 0.005, maxLeverage: 50 },
          { upTo: 100, maintenanceRate: 0.01, maxLeverage: 20 },
        ],
      });
      cerebro.addStrategy(Short);
      return cerebro.run();
    };
    // 300,000 USD sold at 40,000 are 7.5 BTC, in the second tier: its amount is 5 x (1 % - 0.5 %) = 0.025. At price p
    // 2 + 300,000 (1/p - 1/40,000) = 300,000/p x 1 % - 0.025, so that 300,000 x 0.99 / p = 5.475: p = 54,246.575.
    const calm = await run(40_000, 40_000, 54_000, 54_000);
    const found = Short.price!;
    expect(found).toBeCloseTo(297_000 / 5.475, 6);
    // There it is worth 5.530 BTC, still in the second tier.
    expect(300_000 / found).toBeGreaterThan(5);
    expect(calm.account!.liquidations).toEqual([]);
    const gone = await run(40_000, 40_000, 54_300, 54_300);
    expect(gone.account!.liquidations).toHaveLength(1);
    // At 54,300 the loss is 7.5 - 300,000/54,300 = 1.97514 BTC of 2.
    expect(Number(gone.account!.accounts[0]!.wallet['BTC'])).toBeCloseTo(2 - (7.5 - 300_000 / 54_300), 9);
  });
});
