/** Cash and positions of a run: what opening costs, what closing frees, and what all is worth, against figures by hand. */
import { describe, expect, it } from 'vitest';

import { emptySettlement } from '../../../src/broker/accounting/account.ts';
import { limitedAccount, unlimitedAccount } from '../../../src/broker/accounting/account-rule.ts';
import { CommissionScheme, type CommissionOptions } from '../../../src/broker/accounting/commission.ts';
import { Portfolio, type PortfolioOptions } from '../../../src/broker/accounting/portfolio.ts';
import { barsFromRows, timeframe } from '../../../src/core/index.ts';
import { Timeline } from '../../../src/lines/index.ts';

const day = 86_400_000;

/** An account of 1,000 over two datas of daily bars, which open at 10 below their close. */
class Held {
  readonly timelines = ['A', 'B'].map((name, id) => {
    const timeline = new Timeline(id, { name, symbol: `${name}/USDT`, timeframe: timeframe('1d') });
    const closes = [100, 110, 120, 90];
    timeline.append(barsFromRows(closes.map((close, i) => ({ time: i * day, open: close - 10, high: close, low: close - 10, close, volume: 1 })))); // prettier-ignore
    timeline.index = 0;
    return timeline;
  });
  readonly portfolio: Portfolio;
  readonly out = emptySettlement();

  constructor(scheme: CommissionOptions = {}, options: Partial<PortfolioOptions> = {}, own?: CommissionOptions) {
    this.portfolio = new Portfolio({ cash: 1_000, ledger: 'float', shortCash: true, interestInPnl: false, fundStart: 100, accountRule: limitedAccount, accountKind: undefined, ...options }); // prettier-ignore
    this.portfolio.open(this.timelines, new CommissionScheme(scheme), new Map(own && [['B', own]]));
  }

  /** Trades at a price, in the present bar. */
  trade(size: number, price: number, dataId = 0): this {
    const { index } = this.timelines[0]!;
    Object.assign(this.out, { price, time: (index + 1) * day });
    this.portfolio.settle(dataId, size, this.out);
    return this;
  }

  /** Moves to a bar, whose close is known unless it is new. */
  at(bar: number, isNew = false): this {
    for (const timeline of this.timelines) {
      timeline.index = bar;
      timeline.isNew = isNew;
    }
    return this;
  }

  /** Cash, value and gross value at the latest closes. */
  get sums(): number[] {
    const { portfolio } = this;
    portfolio.mark();
    return [portfolio.account.cash, portfolio.value, portfolio.grossValue];
  }
}

describe('what positions are worth', () => {
  it.each<[string, CommissionOptions, Partial<PortfolioOptions>, number, number[], number[]]>([
    ['a long one', {}, {}, 2, [800, 1_000, 200], [800, 1_040, 240]],
    ['a short one', {}, {}, -2, [1_200, 1_000, 200], [1_200, 960, 240]],
    ['a short one whose value is bound', {}, { shortCash: false }, -2, [800, 1_000, 200], [800, 960, 160]],
    ['a short one with leverage', { leverage: 4 }, {}, -2, [1_200, 1_000, 200], [1_200, 960, 240]],
    ['one with leverage', { leverage: 4 }, {}, 8, [800, 1_000, 200], [800, 1_160, 360]],
    ['a contract', { margin: 10, multiplier: 5 }, {}, 4, [960, 1_000, 40], [1_360, 1_400, 40]],
    ['a contract with leverage', { margin: 10, multiplier: 5, leverage: 2 }, {}, -4, [980, 1_000, 20], [580, 600, 20]],
    ['one with a multiplier', { multiplier: 3 }, {}, 2, [400, 1_000, 600], [400, 1_120, 720]],
  ])('is by the latest close, of %s', (_, scheme, options, size, first, later) => {
    const held = new Held(scheme, { accountRule: unlimitedAccount, ...options }).trade(size, 100);
    expect(held.sums).toEqual(first);
    expect(held.at(2).sums).toEqual(later);
    held.trade(-size, 120);
    expect(held.sums).toEqual([later[1], later[1], 0]);
  });

  it('is counted by the scheme of each data', () => {
    const held = new Held({}, {}, { multiplier: 3 }).trade(1, 100).trade(1, 100, 1);
    expect(held.at(1).sums).toEqual([600, 1_040, 440]);
    expect(held.portfolio.schemeOf(1).multiplier).toBe(3);
  });

  it('is read of bars whose forerunners are forgotten', () => {
    const held = new Held().trade(2, 100).at(2);
    for (const timeline of held.timelines) timeline.trim(2);
    expect(held.sums).toEqual([800, 1_040, 240]);
  });

  it('is that of the start for a fund without shares', () => {
    expect(new Held({}, { cash: 0 }).portfolio.fundValue).toBe(100);
  });

  it('adds up over datas', () => {
    const held = new Held().trade(2, 100).trade(-3, 100, 1);
    expect(held.at(1).sums).toEqual([1_100, 990, 550]);
    expect([held.portfolio.holdsOnly(0), held.portfolio.holdsOnly(1)]).toEqual([false, false]);
    held.trade(3, 110, 1);
    expect([held.portfolio.holdsOnly(0), held.portfolio.holdsOnly(1)]).toEqual([true, false]);
    held.trade(-2, 110);
    expect([held.portfolio.holdsOnly(0), held.portfolio.holdsOnly(1)]).toEqual([true, true]);
  });

  it('counts added cash from the next valuation on, and makes fund shares of it', () => {
    const held = new Held().trade(5, 100);
    expect(held.at(1).sums).toEqual([500, 1_050, 550]);
    const { portfolio } = held;
    expect([portfolio.fundShares, portfolio.fundValue, portfolio.added]).toEqual([10, 105, 0]);
    portfolio.receive(105);
    portfolio.receive(-210);
    expect(portfolio.account.cash).toBe(500);
    expect(held.sums).toEqual([395, 945, 550]);
    expect([portfolio.fundShares, portfolio.fundValue, portfolio.added]).toEqual([9, 105, -105]);
    expect(held.sums[0]).toBe(395);
    expect(portfolio.added).toBe(-105);
  });

  it('is what a price would make of one of them', () => {
    const worth = (scheme: CommissionOptions, size: number, options: Partial<PortfolioOptions> = {}): number =>
      new Held(scheme, { accountRule: unlimitedAccount, ...options }).trade(size, 100).portfolio.worthAt(0, 110);
    expect(worth({}, 2)).toBe(1_020);
    expect(worth({}, -2)).toBe(980);
    expect(worth({}, -2, { shortCash: false })).toBe(980);
    expect(worth({ leverage: 4 }, 8)).toBe(1_080);
    expect(worth({ margin: 10, multiplier: 5 }, 4)).toBe(1_200);
    expect(worth({ margin: 10, multiplier: 5, leverage: 2 }, -4)).toBe(800);
    expect(new Held().portfolio.worthAt(0, 110)).toBe(1_000);
  });
});

describe('cash', () => {
  it.each<[string, CommissionOptions, Partial<PortfolioOptions>, number, number]>([
    ['all of a purchase', { commission: 0.01 }, {}, 2, 202],
    ['a margin for a short sale', { commission: 0.01, leverage: 4 }, {}, -2, 52],
    ['nothing but the fee for a short sale without limits', { commission: 0.01 }, { accountRule: unlimitedAccount }, -2, 2],
    ['all of a purchase without limits', { commission: 0.01 }, { accountRule: unlimitedAccount }, 2, 202],
    ['the value of a short sale that is bound', { commission: 0.01 }, { shortCash: false }, -2, 202],
    ['the margin of a contract', { margin: 10, leverage: 2 }, {}, -3, 15],
  ])('is taken for %s', (_, scheme, options, size, cost) => {
    expect(new Held(scheme, options).portfolio.costOf(0, size, 100)).toBe(cost);
  }); // prettier-ignore

  it.each<[string, CommissionOptions, Partial<PortfolioOptions>, number, number]>([
    // One unit entered at 100 is closed at 110, of a fee of 1.1 where there is one.
    ['a long position', { commission: 0.01 }, {}, 3, 108.9],
    ['a long position with leverage', { leverage: 4 }, {}, 3, 35],
    // Its margin of 110.
    ['a short position', { commission: 0.01 }, {}, -3, 108.9],
    ['a short position with leverage', { leverage: 4 }, {}, -3, 27.5],
    ['a short position whose value was bound', {}, { shortCash: false }, -3, 90],
    ['a contract', { margin: 10, multiplier: 5 }, {}, 3, 60],
    ['a contract with a fee', { margin: 10, commission: 2, type: 'fixed' }, {}, 3, 18],
    ['a contract with leverage, sold', { margin: 10, multiplier: 5, leverage: 2 }, {}, -3, -45],
  ])('is freed by closing a unit of %s', (_, scheme, options, size, freed) => {
    const held = new Held(scheme, options).trade(size, 100).at(1);
    expect(held.portfolio.freedBy(0, 1)).toBeCloseTo(freed, 10);
  });

  it('is freed by each unit that is closed', () => {
    const held = new Held().trade(3, 100).at(1);
    expect([held.portfolio.freedBy(0, 2), held.portfolio.freedBy(0, 3)]).toEqual([220, 330]);
  });

  it('that short positions of other datas bind pays for nothing else', () => {
    // 1,000 and 600 got, less 600 and a margin of as much.
    const held = new Held().trade(-6, 100, 1);
    expect(held.portfolio.freeCash()).toBe(400);
    expect(held.portfolio.affordable(0, 1, 0, 100)).toBe(4);
    expect(held.trade(5, 100).out).toMatchObject({ opened: 0, isShortOfCash: true });
    expect(held.trade(-5, 100).out).toMatchObject({ opened: 0, isShortOfCash: true });
    expect(held.trade(4, 100).out).toMatchObject({ opened: 4, isShortOfCash: false });
  });

  it('that a short position bound pays for what turns it around, not for more of it', () => {
    const short = () => new Held().trade(-6, 100, 1);
    expect(short().trade(-5, 100, 1).out).toMatchObject({ opened: 0, isShortOfCash: true });
    expect(short().trade(-4, 100, 1).out).toMatchObject({ opened: -4, isShortOfCash: false });
    expect(short().trade(16, 100, 1).out).toMatchObject({ closed: 6, opened: 10, isShortOfCash: false });
    expect(short().trade(17, 100, 1).out).toMatchObject({ closed: 6, opened: 0, isShortOfCash: true });
  });

  it('that a short position of a multiplier binds is as many times more', () => {
    expect(new Held({ multiplier: 3 }).trade(-2, 100).portfolio.freeCash()).toBe(1_600 - 1_200);
  });

  it.each<[string, CommissionOptions, number, boolean]>([
    ['a long one', {}, 2, false],
    ['a short one', {}, -2, true],
    ['a long one with leverage', { leverage: 2 }, 2, true],
    ['a contract', { margin: 10 }, 2, true],
  ])('may not suffice for what is owed on %s', (_, scheme, size, canOwe) => {
    const held = new Held(scheme).trade(size, 100);
    expect(held.portfolio.canOwe).toBe(canOwe);
    held.trade(size, 100);
    expect(held.trade(-2 * size, 100).portfolio.canOwe).toBe(false);
  });

  it('that short positions bind is not free: their proceeds and their margin, at the latest price', () => {
    const held = new Held({ leverage: 2 }).trade(-2, 100).trade(1, 100, 1);
    // 1,000 + 200 - 50, less 200 and 100.
    expect(held.portfolio.freeCash()).toBe(850);
    expect(held.at(2).portfolio.freeCash()).toBe(1_150 - 360);
    // The bar being matched is valued at its open.
    expect(held.at(2, true).portfolio.freeCash()).toBe(1_150 - 330);
    expect(held.portfolio.canOwe).toBe(true);
    expect(new Held({}, { accountRule: unlimitedAccount }).trade(-2, 100).portfolio.freeCash()).toBe(1_200);
  });

  it.each<[string, CommissionOptions, Partial<PortfolioOptions>, number, 1 | -1, number, number]>([
    ['a purchase from flat', { commission: 0.25 }, {}, 0, 1, 0, 8],
    ['more of what is held', {}, {}, 4, 1, 0, 6],
    // 1,000 and 400 of proceeds, less 400 for what is bought back.
    ['turning a short position around', {}, {}, -4, 1, 4, 10],
    // 600 left and 400 got, at a margin of a whole.
    ['turning a long position around', {}, {}, 4, -1, 4, 10],
    ['a short sale beside a short position', {}, {}, -4, -1, 0, 6],
    ['turning a short position around with leverage', { leverage: 2 }, {}, -4, 1, 4, 20],
    ['turning a contract around', { margin: 10, leverage: 2 }, {}, 4, -1, 4, 200],
    ['turning a short position around whose value was bound', {}, { shortCash: false }, -4, 1, 4, 10],
    ['a short sale without limits and fees', {}, { accountRule: unlimitedAccount }, 0, -1, 0, Infinity],
  ])('pays for so many units of %s', (_, scheme, options, size, sign, closing, units) => {
    const held = new Held(scheme, options);
    if (size !== 0) held.trade(size, 100);
    expect(held.portfolio.affordable(0, sign, closing, 100)).toBeCloseTo(units, 10);
  });

  it('pays for less where what is closed first has lost, and its fee', () => {
    const held = new Held({ commission: 0.25 }, { cash: 1_000 }).trade(4, 100);
    // 500 left; 4 sold at 75 bring 300 less 75, and a unit of the other side costs 75 and 18.75.
    expect(held.portfolio.affordable(0, -1, 4, 75)).toBeCloseTo(725 / 93.75, 10);
    const contract = new Held({ margin: 10 }).trade(4, 100);
    expect(contract.portfolio.affordable(0, -1, 4, 75)).toBeCloseTo(90, 10);
  });

  it('pays for nothing where there is none', () => {
    const held = new Held().trade(10, 100);
    expect(held.portfolio.affordable(0, 1, 0, 100)).toBe(0);
    held.portfolio.account.add(-50);
    expect(held.portfolio.affordable(0, 1, 0, 100)).toBe(0);
  });
});

describe('interest', () => {
  it('is paid by the day on a short position, and charged to what closes it where that is asked for', () => {
    const held = new Held({ interest: 0.365 }, { interestInPnl: true }).trade(-2, 100);
    held.portfolio.payInterest();
    expect(held.portfolio.account.cash).toBe(1_200);
    // A thousandth of 200 a day.
    held.at(2).portfolio.payInterest();
    expect(held.portfolio.account.cash).toBeCloseTo(1_199.6, 10);
    held.portfolio.payInterest();
    expect(held.portfolio.account.cash).toBeCloseTo(1_199.6, 10);
    held.trade(0.5, 100);
    expect(held.out.closedCommission).toBeCloseTo(0.1, 10);
    held.trade(1.5, 100);
    expect(held.out.closedCommission).toBeCloseTo(0.3, 10);
    expect(held.portfolio.account.cash).toBeCloseTo(999.6, 10);
    expect(held.portfolio.added).toBeUndefined();
  });

  it('is paid for data by data, on what is held each day', () => {
    const held = new Held({ interest: 0.365 }, {}, {}).trade(-2, 100).trade(-2, 100, 1);
    held.at(2).portfolio.payInterest();
    held.trade(-2, 100);
    held.portfolio.payInterest();
    expect(held.portfolio.account.cash).toBeCloseTo(1_599.6, 10);
    held.at(3).portfolio.payInterest();
    expect(held.portfolio.account.cash).toBeCloseTo(1_599.2, 10);
    expect(held.portfolio.added).toBeUndefined();
  });

  it('is not charged to trades unless that is asked for', () => {
    const held = new Held({ interest: 0.365 }).trade(-2, 100).at(1);
    held.portfolio.payInterest();
    held.trade(2, 100);
    expect(held.out.closedCommission).toBe(0);
    expect(held.portfolio.account.cash).toBeCloseTo(999.8, 10);
  });

  it('is paid on a long position where the scheme says so', () => {
    const paid = (interestLong: boolean): number => {
      const held = new Held({ interest: 0.365, interestLong }).trade(2, 100).at(3);
      held.portfolio.payInterest();
      return 800 - held.portfolio.account.cash;
    };
    expect(paid(true)).toBeCloseTo(0.6, 10);
    expect(paid(false)).toBe(0);
  });
});

describe('fills that are only tried', () => {
  it('leave no trace of cash, positions, interest and what is owed', () => {
    const held = new Held({ interest: 0.365 }, { interestInPnl: true }).trade(-2, 100).at(1);
    held.portfolio.payInterest();
    const before = held.sums;
    const saved = held.portfolio.save(0);
    for (let k = 0; k < 2; k++) {
      held.trade(2, 90);
      expect([held.portfolio.canOwe, held.portfolio.holdsOnly(1)]).toEqual([false, true]);
      expect(held.out.closedCommission).toBeCloseTo(0.2, 10);
      saved.restore();
      expect([held.portfolio.canOwe, held.portfolio.holdsOnly(1)]).toEqual([true, false]);
      expect(held.sums).toEqual(before);
    }
  });
});

describe('a short sale on spot', () => {
  it('is refused with what is held, and where else that is', () => {
    const held = new Held().trade(1.5, 100);
    expect(held.portfolio.shortSale(0, 2)).toEqual({ rule: 'cash', reason: "a spot account cannot sell 2 A of 1.5: account: 'margin' allows short sales" }); // prettier-ignore
    expect(held.portfolio.shortSale(1, 2).reason).toBe("a spot account cannot sell 2 B of 0: account: 'margin' allows short sales"); // prettier-ignore
    const twice = new Held();
    const info = twice.timelines[1]!.info as { symbol: string };
    info.symbol = 'A/USDC';
    twice.trade(3, 100);
    expect(twice.portfolio.shortSale(1, 2).reason).toMatch(/accounts: \{ \.\.\. \} with a balance of A on each exchange sells what is held there$/); // prettier-ignore
    expect(twice.portfolio.shortSale(0, 4).reason).not.toContain('accounts');
    info.symbol = twice.timelines[0]!.info.symbol;
    expect(twice.portfolio.shortSale(1, 2).reason).toMatch(/, 'A' holds 3, and account: \{ cash: \.\.\. \} counts the A of both as one$/); // prettier-ignore
  });
});
