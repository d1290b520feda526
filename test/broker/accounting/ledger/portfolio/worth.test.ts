/** What accounts hold by hand: where they began, balances that run out, coins without a purchase, and margin that two accounts share or not. */
import { describe, expect, it } from 'vitest';

import { hour, Run, type Prices } from './run.ts';

const perp = 'BTC/USDT:USDT';
const flat: Prices = [100, 100, 100, 100];

describe('the value of the start', () => {
  it('takes the first price of each rate, and stays when prices move', () => {
    const run = new Run({ cash: { USDT: 1_000, BTC: 2, ETH: 4 } }, { [perp]: { prices: [100, 100, 130] }, 'BTC/USDT': { prices: [[90, 100, 90, 100], 100, 130] }, 'ETH/USDT': { prices: [undefined, 10, 13] } }); // prettier-ignore
    // 1000, 2 x 90 and 4 x 10: by the open of the first bar, also of the data that begins later.
    expect(run.portfolio.startValue).toBe(1_220);
    run.step().step().step();
    expect([run.portfolio.startValue, run.portfolio.value]).toEqual([1_220, 1_000 + 260 + 52]);
  });

  it('leaves out a currency without a deposit, though no rate converts it', () => {
    const run = new Run({ cash: { USDT: 1_000, BNB: 0 } }, { [perp]: { prices: [100, 100, 110] } });
    run.step().step([0, 5, 100]).step();
    expect([run.portfolio.value, run.portfolio.startValue]).toEqual([1_050, 1_000]);
  });

  it('is the value while a rate is not known yet, and reads no bar that has not come', () => {
    const run = new Run({ cash: { USDT: 1_000, ETH: 4 } }, { [perp]: { prices: [100, 100, 100, 100, 100] }, 'ETH/USDT': { prices: [] } }); // prettier-ignore
    const { portfolio } = run;
    expect([portfolio.startValue, portfolio.value]).toEqual([1_000, 1_000]);
    // The bar of the fourth hour is loaded, and the run is in the first and the second.
    run.load(1, 3, 10).step().step();
    expect([portfolio.startValue, portfolio.value]).toEqual([1_000, 1_000]);
    run.step().step();
    expect([portfolio.startValue, portfolio.value]).toEqual([1_040, 1_040]);
  });

  it('waits until no data has a bar, not only one of them', () => {
    const run = new Run({ cash: { USDT: 1_000, ETH: 4 } }, { [perp]: { prices: [100, 100] }, 'ETH/USDT': { prices: [] } }).step(); // prettier-ignore
    run.load(1, 1, 10);
    run.portfolio.revalue();
    expect([run.portfolio.startValue, run.portfolio.value]).toEqual([1_000, 1_000]);
  });
});

describe('what an account has', () => {
  it('is free before there is a bar', () => {
    const run = new Run({ cash: { USDT: 1_000 } }, { [perp]: { prices: flat }, 'BTC/USD:BTC': { prices: flat } }, { 'BTC/USDT': 100 }); // prettier-ignore
    expect([run.portfolio.free('USDT'), run.portfolio.account.cash, run.portfolio.value]).toEqual([1_000, 1_000, 1_000]); // prettier-ignore
  });

  it('is converted while a position settles in a currency of which nothing is left', () => {
    const run = new Run({ cash: { USDT: 1_000, BTC: 1 } }, { 'BTC/USDT': { prices: [100, 100, 100] }, 'ETH/BTC:BTC': { prices: [1, 1, 1.25] } }); // prettier-ignore
    run.portfolio.isKeptByVenues = true;
    run.step().step([1, 8, 1], [0, -1, 100]);
    expect([run.wallet('BTC'), run.position(1)[0]]).toEqual([0, 8]);
    // 8 x 0.25 = 2 BTC have been won, at 100 each.
    expect([run.step().portfolio.value, run.portfolio.grossValue]).toEqual([1_100 + 200, 1_000]);
  });

  it('forgets a balance that runs out', () => {
    const run = new Run({ cash: { USDT: 1_000, BTC: 1 } }, { 'BTC/USDT': { prices: flat } });
    run.step().step([0, -1, 100]).step();
    expect([run.portfolio.value, run.portfolio.account.cash]).toEqual([1_100, 1_100]);
    run.step([0, 2, 100]);
    expect([run.portfolio.value, run.portfolio.account.cash]).toEqual([1_100, 900]);
  });

  it('keeps no entry for a position that is flat', () => {
    const run = new Run({ cash: { USDT: 1_000 } }, { [perp]: { prices: flat }, 'BTC/USDT': { prices: flat }, 'ETH/USDT': { prices: flat } }); // prettier-ignore
    run.step().step([2, 1, 100]);
    expect([0, 1, 2].map((id) => run.portfolio.legOf(id).entry.toNumber())).toEqual([0, 0, 100]);
  });
});

describe('margin that positions share', () => {
  const prices: Prices = [100, 100, [100, 100, 95, 95], [95, 95, 91, 95]];
  const other: Prices = [100, 100, 94, 94];

  it('of one account moves the price of liquidation, whatever another account carries', () => {
    const datas = {
      a: { symbol: perp, account: 'one', prices },
      b: { symbol: 'ETH/USDT:USDT', account: 'one', prices: other },
      c: { symbol: perp, account: 'two', prices: flat },
    };
    const run = new Run({ one: { cash: { USDT: 100 }, leverage: 20 }, two: { cash: { USDT: 100 } } }, datas);
    run.step().step([0, 10, 100], [1, 8, 100], [2, 1, 100]).step();
    // The other has lost 48 of 100: the 52 that are left carry a to 94.8, which the next bar falls through; then nothing carries the other.
    expect(run.portfolio.result().liquidations).toEqual([]);
    run.step();
    const { liquidations } = run.portfolio.result();
    expect(liquidations.map(({ data, price, loss, time }) => [data, price, loss, time / hour])).toEqual([['a', 94.8, 52, 4], ['b', 94, 48, 4]]); // prettier-ignore
  });

  it('is not that of one contract beside spot, whose coins do not carry it', () => {
    const run = new Run({ cash: { USDT: 600 }, leverage: 20 }, { a: { symbol: perp, prices }, b: { symbol: 'BTC/USDT', prices } }); // prettier-ignore
    run.step().step([0, 12, 100], [1, 5, 100]);
    // 100 are left beside 5 coins, and carry 12 down to 100 - 100/12.
    run.step();
    expect(run.portfolio.result().liquidations).toEqual([]);
    run.step();
    expect(run.portfolio.result().liquidations.map(({ price, loss }) => [price, loss])).toEqual([[expect.closeTo(100 - 100 / 12, 9), expect.closeTo(100, 9)]]); // prettier-ignore
  });
});
