/** Funding and interest by hand: when they are due, on what, at which mark, and what is recorded of them. */
import { describe, expect, it } from 'vitest';

import { hour, Run } from './run.ts';

const perp = 'BTC/USDT:USDT';
const paid = (run: Run) => run.portfolio.result().funding.map(({ time, amount, price, rate }) => [time / hour, amount, price, rate]); // prettier-ignore

describe('funding', () => {
  it('at an open is paid by what was held before it, at the mark’s open; inside a bar at its close', () => {
    const funding = [
      { time: hour, rate: 0.001 },
      { time: 2 * hour, rate: 0.001 },
      { time: 3 * hour + 1_000, rate: 0.002 },
      { time: 4 * hour + 1_001, rate: 0.003 },
      { time: 6 * hour - 1, rate: 0.004 },
      { time: 9 * hour, rate: 0.1 },
    ];
    const run = new Run({ cash: { USDT: 1_000 }, leverage: 10 }, { [perp]: { funding, prices: [100, 100, [110, 120, 100, 115], [120, 120, 100, 100], [90, 95, 90, 95], [80, 85, 80, 85], 80] } }); // prettier-ignore
    run.step().step([0, 5, 100]).step().step().step().step().step([0, -5, 80]);
    expect(paid(run)).toEqual([
      [2, -0.55, 110, 0.001],
      [3 + 1 / 3_600, -1.2, 120, 0.002],
      [4 + 1_001 / hour, -1.425, 95, 0.003],
      [6 - 1 / hour, -1.7, 85, 0.004],
    ]);
    expect(run.portfolio.result().funding[0]).toEqual({ kind: 'funding', time: 2 * hour, account: 'account', data: perp, currency: 'USDT', amount: -0.55, price: 110, rate: 0.001 }); // prettier-ignore
    expect(run.wallet()).toBeCloseTo(1_000 - 4.875 - 100, 9);
    expect(run.portfolio.value).toBeCloseTo(895.125, 9);
  });

  it('of the time without bars is paid at the next open', () => {
    const funding = [2, 3].map((time) => ({ time: time * hour, rate: 0.01 }));
    const run = new Run(
      { cash: { USDT: 1_000 } },
      { [perp]: { funding, prices: [100, 100, undefined, undefined, 120] } },
    );
    run.step().step([0, -2, 100]).step();
    expect(paid(run)).toEqual([[2, 2.4, 120, 0.01], [3, 2.4, 120, 0.01]]); // prettier-ignore
    expect(run.position()).toEqual([-2, 100, 120, -4.8]);
  });

  it('of one data leaves the others alone, and goes by its own mark', () => {
    const funding = [{ time: hour, rate: 0.01 }];
    const run = new Run(
      { cash: { USDT: 1_000 } },
      { a: { symbol: perp, funding, mark: 'm', prices: [100, 100] }, b: { symbol: 'ETH/USDT:USDT', prices: [50, 50] }, m: { symbol: 'BTC/USDT', prices: [100, [90, 95, 85, 95]] } }, // prettier-ignore
    );
    run.step([0, 1, 100], [1, 1, 50]).step();
    expect(paid(run)).toEqual([[1, -0.9, 90, 0.01]]);
    expect([run.position(0)[3], run.position(1)[3]]).toEqual([0.9, 0]);
  });

  it('is paid once by a position that is opened after it', () => {
    const run = new Run({ cash: { USDT: 1_000 } }, { [perp]: { funding: [{ time: hour, rate: 0.01 }], prices: [100, 100, 100] } }); // prettier-ignore
    run.step().step([0, 1, 100]).step();
    expect(paid(run)).toEqual([]);
    expect(run.position()[3]).toBe(0);
  });

  it('that a stream states is replaced by a later statement of the same payment, and added in rising time', () => {
    const run = new Run({ cash: { USDT: 1_000 } }, { [perp]: { prices: [100, 100, 100, 100] } });
    const { portfolio } = run;
    portfolio.stateFunding(0, hour, 0.01);
    portfolio.stateFunding(0, hour, 0.02);
    portfolio.stateFunding(0, hour / 2, 0.5);
    run.step([0, 1, 100]).step();
    portfolio.stateFunding(0, hour, 0.4);
    portfolio.stateFunding(0, 2 * hour, 0.03);
    run.step();
    portfolio.stateFunding(0, 2 * hour, 0.3);
    run.step();
    expect(paid(run)).toEqual([[1, -2, 100, 0.02], [2, -3, 100, 0.03]]); // prettier-ignore
  });

  it('on paper is paid by what was held when it was due, though fills come before the bar has closed', () => {
    const funding = [1.5, 2, 2.5, 3.5].map((time) => ({ time: time * hour, rate: 0.01 }));
    const run = new Run({ cash: { USDT: 1_000 } }, { [perp]: { funding, prices: [100, 100, 100, 100, 100] } });
    const { portfolio, out } = run;
    run.step([0, 2, 100]);
    // At half past one 2 are held, which are sold at 01:40; 3 are bought at 02:00:00.5, when the next payment is noted.
    portfolio.noteDue(1.5 * hour - 1_001);
    portfolio.noteDue(1.5 * hour - 1_000);
    portfolio.fill(0, -2, 100, false, out);
    portfolio.noteDue(1.7 * hour);
    run.step();
    portfolio.noteDue(2 * hour);
    portfolio.fill(0, 3, 100, false, out);
    portfolio.noteDue(2 * hour + 500);
    run.step().step();
    expect(paid(run)).toEqual([[1.5, -2, 100, 0.01], [2.5, -3, 100, 0.01], [3.5, -3, 100, 0.01]]); // prettier-ignore
  });

  it('that a venue reports is booked with the bar that it was due in, or at the end', () => {
    const run = new Run({ cash: { USDT: 1_000 }, margin: 'isolated' }, { a: { symbol: perp, prices: [100, 100, 100] }, b: { symbol: 'ETH/USDT:USDT', prices: [50, 50, 50] } }); // prettier-ignore
    const { portfolio } = run;
    portfolio.isKeptByVenues = true;
    run.step([0, 1, 100], [1, 1, 50]);
    portfolio.bookFunding(0, 2 * hour, -0.5);
    portfolio.bookFunding(1, 1.5 * hour, 0.25);
    portfolio.bookFunding(0, 1.5 * hour, -0.125);
    expect(run.wallet()).toBe(1_000);
    run.step();
    expect([run.wallet(), run.position(0)[3], run.position(1)[3], portfolio.positionOf(0).margin]).toEqual([1_000.125, 0.125, -0.25, 99.875]); // prettier-ignore
    expect(portfolio.value).toBe(1_000.125);
    const { funding } = portfolio.result();
    expect(funding.map(({ data, time, amount, price, rate }) => [data, time / hour, amount, price, rate])).toEqual([
      ['a', 1.5, -0.125, undefined, undefined],
      ['b', 1.5, 0.25, undefined, undefined],
      ['a', 2, -0.5, undefined, undefined],
    ]);
    expect(portfolio.result().funding).toHaveLength(3);
  });
});

describe('interest', () => {
  it('is charged on what is owed, for each UTC hour that begins', () => {
    const run = new Run({ cash: { USDT: 1_000 }, leverage: 3, borrow: { USDT: 0.0876 } }, { 'BTC/USDT': { prices: [100, 100, 100, undefined, undefined, 100] } }); // prettier-ignore
    run.step().step([0, 30, 100]).step().step();
    // 2,000 owed: 0.02 an hour, then three hours at once, each of what is owed by then: 2,000.02 x (1.00001 ^ 3 - 1).
    expect(run.portfolio.result().interest).toEqual([
      { kind: 'interest', time: 2 * hour, account: 'account', currency: 'USDT', amount: -0.02, rate: 0.0876 },
      {
        kind: 'interest',
        time: 5 * hour,
        account: 'account',
        currency: 'USDT',
        amount: expect.closeTo(-0.060001200008, 11) as number,
        rate: 0.0876,
      },
    ]);
    expect(run.portfolio.value).toBeCloseTo(1_000 - 0.080001200008, 9);
  });

  it('goes by the data that has a new bar, also while another has none', () => {
    const run = new Run({ cash: { USDT: 1_000 }, leverage: 3, borrow: { USDT: 0.0876 } }, { 'BTC/USDT': { prices: [100, 100, 100] }, 'ETH/USDT': { prices: [50, 50] } }); // prettier-ignore
    run.step().step([0, 30, 100]).step();
    expect(run.portfolio.result().interest.map(({ time, amount }) => [time / hour, amount])).toEqual([[2, -0.02]]);
  });

  it('is charged to the account that owes, and volume is forgotten with the clock', () => {
    const feeTiers = [{ from: 0, takerFee: 0.002, makerFee: 0 }, { from: 500, takerFee: 0.001, makerFee: 0 }]; // prettier-ignore
    const prices = [100, 100, ...Array<undefined>(31 * 24).fill(undefined), 100];
    const run = new Run({ one: { cash: { USDT: 1_000 } }, two: { cash: { USDT: 100 }, leverage: 3, borrow: { USDT: 0.0876 } } }, { a: { symbol: 'BTC/USDT', account: 'one', feeTiers, prices }, b: { symbol: 'BTC/USDT', account: 'two', prices } }); // prettier-ignore
    run.step([0, 6, 100], [1, 2, 100]).step([0, 1, 100]);
    expect(run.portfolio.lastFill).toEqual({ isMaker: false, fee: 0.1, currency: 'USDT' });
    expect(run.portfolio.result().interest.map(({ account, amount }) => [account, amount])).toEqual([['two', -0.001]]);
    run.step([0, 1, 100]);
    expect(run.portfolio.lastFill.fee).toBe(0.2);
    expect(run.portfolio.result().interest).toHaveLength(2);
  });
});
