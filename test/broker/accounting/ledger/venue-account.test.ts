/** An account at a venue by hand: what fills, funding, interest and liquidations leave in its wallet and its positions. */
import { describe, expect, it } from 'vitest';

import { decimals, floats, type Arithmetic } from '../../../../src/broker/accounting/ledger/arithmetic.ts';
import { expectClose, Ground } from './ground.ts';

const linear = 'BTC/USDT:USDT';
const inverse = 'BTC/USD:BTC';
const fees = { makerFee: 0.0002, takerFee: 0.0005, liquidationFee: 0.01 };
const isolated = { margin: 'isolated' } as const;

describe.each([decimals as Arithmetic<unknown>, floats as Arithmetic<unknown>])('in $name numbers', (a) => {
  describe('a position in a linear contract', () => {
    it('is opened, raised, reduced and closed: entry by size, margin in proportion, profit and fees in the wallet', () => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, { ...fees, contractSize: 0.1 }, isolated);
      // 30 contracts of 0.1 at 100 are worth 300 and bind 30; their fee is 0.15.
      ground.fill(leg, 30, 100);
      expectClose([...ground.held(leg), ground.balance()], [30, 100, 30, 999.85]);
      expectClose([ground.out.opened, ground.out.closed, ground.out.pnl, ground.out.openedValue, ground.out.openedCommission], [30, 0, 0, 300, 0.15]); // prettier-ignore
      // 10 more at 120, as a maker: 120 of value, 12 of margin, 0.024 of fee; entry (30 x 100 + 10 x 120) / 40.
      ground.fill(leg, 10, 120, true);
      expectClose([...ground.held(leg), ground.balance()], [40, 105, 42, 999.826]);
      // A quarter is sold at 115: 1 x 10 of profit, a quarter of the margin is free, 115 x 0.0005 of fee.
      ground.fill(leg, -10, 115);
      expectClose([...ground.held(leg), ground.balance()], [30, 105, 31.5, 999.826 + 10 - 0.0575]);
      expectClose([ground.out.opened, ground.out.closed, ground.out.pnl, ground.out.closedValue, ground.out.closedCommission], [0, -10, 10, 115, 0.0575]); // prettier-ignore
      ground.fill(leg, -30, 100);
      expectClose([...ground.held(leg), ground.balance()], [0, 0, 0, 1_009.7685 - 15 - 0.15]);
      expectClose([ground.booked('profit'), ground.booked('fee'), ground.booked('trade')], [-5, -0.15 - 0.024 - 0.0575 - 0.15, 0]); // prettier-ignore
    });

    it('is turned around by a larger order: what closes is realised, the rest has an entry and a margin of its own', () => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, fees, isolated);
      ground.fill(leg, -4, 100).fill(leg, 10, 90);
      expectClose([...ground.held(leg), ground.booked('profit')], [6, 90, 54, 40]);
      expectClose([ground.out.closed, ground.out.opened, ground.out.pnl], [4, 6, 40]);
      // The fee of 900 x 0.0005 is shared by what closed and what opened, as the value is.
      expectClose([ground.out.closedCommission, ground.out.openedCommission], [0.18, 0.27]);
      expectClose([ground.out.closedValue, ground.out.openedValue], [360, 540]);
      expect(ground.out.isShortOfCash).toBe(false);
    });

    it('in cross margin has none of its own', () => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, fees);
      expectClose(ground.fill(leg, 5, 100).held(leg), [5, 100, 0]);
    });

    it('whose margin holds back the fee for closing at the price that loses it', () => {
      const ground = new Ground(a, { profile: 'phemex' });
      // 200 / 5 and 0.0006 of the 160 that are left at the bankruptcy price.
      expectClose(ground.fill(ground.leg(linear, { takerFee: 0.0006 }, { margin: 'isolated', leverage: 5 }), 500, 0.4).held(ground.account.legs[0]!), [500, 0.4, 40.096]); // prettier-ignore
      const cross = ground.leg('ETH/USDT:USDT', { takerFee: 0.0006 }, { leverage: 5 });
      expect(a.toNumber(ground.account.initialMargin(cross, a.of(500), a.of(0.4)))).toBeCloseTo(40, 9);
    });

    it('pays the fee that the venue reports, in the coin that it reports', () => {
      const ground = new Ground(a, { rates: { 'BNB/USDT': 500 } });
      const leg = ground.leg(linear, fees);
      const fill = (currency: string, fee: number): number[] => {
        ground.account.fill(leg, a.of(1), a.of(100), false, ground.out, { fee: a.of(fee), currency });
        return [ground.balance(currency), ground.out.openedCommission];
      };
      expectClose(fill('BNB', 0.002), [-0.002, 1]);
      expectClose(fill('BTC', 0.01), [-0.01, 1]);
      expectClose(fill('KCS', 3), [-3, 0]);
      expectClose(fill('USDT', 3), [997, 3]);
      expect(ground.account.lastFee).toEqual({ fee: a.of(3), currency: 'USDT' });
    });
  });

  it('an inverse contract has the harmonic mean as its entry, and profit in the base', () => {
    const ground = new Ground(a, { cash: { BTC: 1 } });
    const leg = ground.leg(inverse, { ...fees, contractSize: 10 }, { margin: 'isolated', leverage: 2 });
    // 500 USD at 10,000 and 500 at 15,000 are 0.05 and 0.0333 BTC: 1,000 / 0.08333 = 12,000.
    ground.fill(leg, 50, 10_000).fill(leg, 50, 15_000);
    expectClose(ground.held(leg), [100, 12_000, (0.05 + 1 / 30) / 2]);
    // All sold at 16,000: 1,000 x (1/12,000 - 1/16,000) = 0.0208333.
    ground.fill(leg, -100, 16_000);
    expectClose([ground.booked('profit', 'BTC')], [1 / 48], 12);
    expectClose([ground.booked('fee', 'BTC')], [-0.0005 * (0.05 + 1 / 30 + 0.0625)], 12);
  });

  it('counts the value of linear contracts and of spot as traded volume', () => {
    const ground = new Ground(a);
    ground.fill(ground.leg(linear, { contractSize: 0.1 }), -5, 100).fill(ground.leg('ETH/USDT'), 2, 30);
    expect(ground.account.volume.value).toBeCloseTo(110, 9);
  });

  it('takes the fee of the step that the volume has reached', () => {
    const ground = new Ground(a);
    const feeTiers = [{ from: 0, makerFee: 0.001, takerFee: 0.002 }, { from: 500, makerFee: 0, takerFee: 0.001 }]; // prettier-ignore
    const leg = ground.leg(linear, { feeTiers });
    expect(a.toNumber(ground.account.feeRate(leg, true))).toBe(0.001);
    expect(a.toNumber(ground.fill(leg, 5, 100).account.feeRate(leg, false))).toBe(0.001);
  });

  describe('what a fill closes', () => {
    it.each([
      [0, 5, 0],
      [3, 5, 0],
      [-3, -5, 0],
      [5, -3, -3],
      [5, -5, -5],
      [5, -8, -5],
      [-5, 8, 5],
    ])('of %d by %d is %d', (held, size, closed) => {
      const ground = new Ground(a);
      const leg = ground.leg(linear);
      leg.size = a.of(held);
      expect(a.toNumber(ground.account.closedBy(leg, a.of(size)))).toBe(closed);
    });
  });

  describe('spot', () => {
    it.each<[string, string, number, number[], number[]]>([
      // 2 at 100 and 0.1 %: 0.2 USDT, or 0.002 of the coin. Balances of USDT and BTC; fee in USDT for the figures.
      ['quote', 'USDT', 2, [799.8, 2], [0.2, 0.2]],
      ['USDT', 'USDT', 2, [799.8, 2], [0.2, 0.2]],
      ['received', 'BTC', 2, [800, 1.998], [0.002, 0.2]],
      ['base', 'BTC', 2, [800, 1.998], [0.002, 0.2]],
      ['BTC', 'BTC', 2, [800, 1.998], [0.002, 0.2]],
      ['BNB', 'BNB', 2, [800, 2], [0.0004, 0.2]],
      ['OKB', 'USDT', 2, [799.8, 2], [0.2, 0.2]],
    ])('takes a fee in %s as %s', (feeCurrency, currency, size, balances, fee) => {
      const ground = new Ground(a, { cash: { USDT: 1_000, BNB: 0.0004 }, rates: { 'BNB/USDT': 500 } });
      const leg = ground.leg('BTC/USDT', { feeCurrency, makerFee: 0.002, takerFee: 0.001 });
      ground.fill(leg, size, 100);
      expectClose([ground.balance(), ground.balance('BTC')], balances);
      expectClose([a.toNumber(ground.account.lastFee.fee), ground.out.openedCommission], fee);
      expect(ground.account.lastFee.currency).toBe(currency);
      expectClose([ground.booked('trade'), ground.booked('trade', 'BTC')], [-200, 2]);
    });

    it('takes the fee of a sale in the quote, or in the base', () => {
      const sold = (feeCurrency: string): number[] => {
        const ground = new Ground(a, { cash: { USDT: 0, BTC: 3 } });
        ground.fill(ground.leg('BTC/USDT', { feeCurrency, takerFee: 0.001 }), -2, 100);
        return [ground.balance(), ground.balance('BTC'), ground.out.closedCommission];
      };
      expectClose(sold('received'), [199.8, 1, 0.2]);
      expectClose(sold('base'), [200, 0.998, 0.2]);
    });

    it('falls back to the quote where the coin does not suffice', () => {
      const ground = new Ground(a, { cash: { USDT: 1_000, BNB: 0.0003 }, rates: { 'BNB/USDT': 500 } });
      ground.fill(ground.leg('BTC/USDT', { feeCurrency: 'BNB', takerFee: 0.001 }), 2, 100);
      expectClose([ground.balance(), ground.balance('BNB')], [799.8, 0.0003]);
    });

    it('has the mean of its purchases as entry, keeps it through sales, and begins anew on the other side', () => {
      const ground = new Ground(a, { cash: { USDT: 1_000 }, borrow: { BTC: 0 }, leverage: 2 });
      const leg = ground.leg('BTC/USDT');
      const entries = [[1, 100], [3, 120], [-2, 200], [-3, 210], [-1, 220], [1, 100], [1, 100], [1, 90]].map(([size, price]) => ground.fill(leg, size!, price!).held(leg)); // prettier-ignore
      expectClose(entries.flatMap(([size, entry]) => [size!, entry!]), [1, 100, 4, 115, 2, 115, -1, 210, -2, 215, -1, 215, 0, 0, 1, 90]); // prettier-ignore
      expect(ground.out.pnl).toBe(0);
      // 2 sold of 4 from 115 at 200.
      const [again] = [new Ground(a)];
      const other = again.leg('BTC/USDT');
      again.fill(other, 4, 115).fill(other, -2, 200);
      expect(again.out.pnl).toBeCloseTo(170, 9);
    });

    it('counts coins without a purchase as bought at the price they are traded at', () => {
      const ground = new Ground(a, { cash: { USDT: 1_000, BTC: 2 } });
      const leg = ground.leg('BTC/USDT');
      expectClose(ground.fill(leg, -1, 100).held(leg), [1, 100, 0]);
      expect(ground.out.pnl).toBe(0);
      expectClose(ground.fill(leg, 1, 120).held(leg), [2, 110, 0]);
    });

    it('is what the wallet holds of the coin, whatever else changes that', () => {
      const ground = new Ground(a, { cash: { BTC: 1, USDT: 1_000 } });
      const spot = ground.leg('BTC/USDT');
      const other = ground.leg('BTC/USDC');
      const coin = ground.leg(inverse, { contractSize: 10, takerFee: 0.01 });
      ground.fill(coin, 5, 100);
      expectClose([ground.held(spot)[0]!, ground.held(other)[0]!], [0.995, 0.995]);
      ground.account.payFunding(coin, a.of(0.01), a.of(100));
      expectClose([ground.held(spot)[0]!], [0.99]);
      ground.account.receiveFunding(coin, a.of(0.005));
      expectClose([ground.held(spot)[0]!], [0.995]);
      ground.fill(other, -0.995, 100);
      expectClose([ground.held(spot)[0]!, ground.held(other)[0]!, ground.account.legs.length], [0, 0, 3]);
    });
  });

  describe('funding', () => {
    it.each([
      ['a long pays', 5, 0.001, -0.55],
      ['a short receives', -5, 0.001, 0.55],
      ['a long receives a negative rate', 5, -0.001, 0.55],
    ])('%s size x mark x rate, out of its margin', (_, size, rate, amount) => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, {}, isolated);
      ground.fill(leg, size, 100);
      expect(a.toNumber(ground.account.payFunding(leg, a.of(rate), a.of(110)))).toBeCloseTo(amount, 9);
      expectClose([ground.balance(), ground.booked('funding'), ground.held(leg)[2]!, a.toNumber(leg.funding)], [1_000 + amount, amount, 50 + amount, amount]); // prettier-ignore
      ground.account.payFunding(leg, a.of(rate), a.of(110));
      expect(a.toNumber(leg.funding)).toBeCloseTo(2 * amount, 9);
    });

    it('of what was held when it was due, though that is gone', () => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, {}, isolated);
      expect(a.toNumber(ground.account.payFunding(leg, a.of(0.001), a.of(100), a.of(5)))).toBeCloseTo(-0.5, 9);
      expectClose([ground.balance(), ...ground.held(leg), a.toNumber(leg.funding)], [999.5, 0, 0, 0, 0]);
      ground.account.receiveFunding(leg, a.of(2));
      expectClose([ground.balance(), ...ground.held(leg), a.toNumber(leg.funding)], [1_001.5, 0, 0, 0, 0]);
    });

    it('in cross leaves the wallet alone, and begins at nothing with the next position', () => {
      const ground = new Ground(a);
      const leg = ground.leg(linear);
      ground.fill(leg, 5, 100).account.receiveFunding(leg, a.of(-0.5));
      expectClose([ground.balance(), ground.held(leg)[2]!, a.toNumber(leg.funding)], [999.5, 0, -0.5]);
      ground.account.payFunding(leg, a.of(0.001), a.of(100));
      expectClose([ground.held(leg)[2]!, a.toNumber(leg.funding)], [0, -1]);
      ground.fill(leg, -5, 100).fill(leg, 5, 100);
      expect(a.toNumber(leg.funding)).toBe(0);
    });

    it('that a venue reports changes the margin of an isolated position', () => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, {}, isolated);
      ground.fill(leg, 5, 100).account.receiveFunding(leg, a.of(-0.5));
      expectClose([ground.balance(), ground.held(leg)[2]!, a.toNumber(leg.funding)], [999.5, 49.5, -0.5]);
    });
  });

  it('charges interest on what is owed, by the hour, that of earlier hours included', () => {
    const ground = new Ground(a, { cash: { USDT: 100, BTC: -2, ETH: -5, SOL: -1 }, borrow: { USDT: 0.0876, BTC: 0.0876, ETH: 0 } });
    const spot = ground.leg('BTC/USDT');
    const paid = ground.account.chargeInterest(3);
    expect(paid).toEqual([{ currency: 'BTC', amount: expect.closeTo(-0.000060000600002, 15) as unknown, rate: 0.0876 }]);
    expectClose([ground.balance('BTC'), ground.booked('interest', 'BTC'), ground.held(spot)[0]!], [-2.0000600006, -0.0000600006, -2.0000600006], 12); // prettier-ignore
    expect(new Ground(a, { borrow: { USDT: 0.1, BTC: 0.1 } }).account.chargeInterest(1)).toEqual([]);
  }); // prettier-ignore

  describe('what carries a position', () => {
    it('is its margin, or the wallet with what the other cross positions of its currency add and keep', () => {
      const ground = new Ground(a, { cash: { USDT: 1_000, BTC: 1 } });
      const marginTiers = [{ upTo: 1e9, maintenanceRate: 0.01 }];
      const [one, two, apart, coin] = [
        ground.leg(linear, { marginTiers }),
        ground.leg('ETH/USDT:USDT', { marginTiers }),
        ground.leg('SOL/USDT:USDT', { marginTiers }, isolated),
        ground.leg(inverse, { marginTiers }),
      ];
      const spot = ground.leg('XRP/USDT');
      const flat = ground.leg('ADA/USDT:USDT', { marginTiers });
      flat.mark = NaN;
      expect([ground.account.isShared(one), a.toNumber(ground.account.balanceOf(one))]).toEqual([false, 1_000]);
      ground.fill(one, 5, 100).fill(apart, 2, 100).fill(coin, 10, 100);
      // The isolated one holds 20.
      expect([ground.account.isShared(one), ground.account.isShared(coin)]).toEqual([false, false]);
      expectClose([ground.account.balanceOf(one), ground.account.balanceOf(apart), ground.account.balanceOf(coin)].map((one_) => a.toNumber(one_)), [980, 20, 1]); // prettier-ignore
      ground.fill(spot, 1, 50);
      // Spot is carried by nobody, and counts nowhere before it has a price.
      expect([ground.account.isShared(one), ground.account.isShared(two)]).toEqual([false, true]);
      spot.mark = NaN;
      ground.fill(two, -3, 100);
      two.mark = 110;
      // 930 free of spot and margin; two has lost 30 and keeps 330 x 1 %.
      expectClose([a.toNumber(ground.account.balanceOf(one)), a.toNumber(ground.account.balanceOf(one, two))], [930 - 30 - 3.3, 930]); // prettier-ignore
      expect([one, two, apart, coin, spot].map((leg) => ground.account.isShared(leg))).toEqual([true, true, false, false, false]); // prettier-ignore
      expectClose(
        [two, spot, flat, ground.leg('ETH/USD:ETH')].map((leg) =>
          a.toNumber(ground.account.unrealised(leg, a.of(110))),
        ),
        [-30, 0, 0, 0],
      );
    });
  });

  describe('a liquidation', () => {
    it('takes loss and fee out of the wallet while they are carried', () => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, fees);
      ground.fill(leg, 5, 100);
      // 5 x 40 lost, 1 % of 300 as fee.
      expectClose(ground.liquidate(leg, 60), [200, 3]);
      expectClose([ground.balance(), ground.booked('profit'), ground.booked('liquidationFee'), ground.booked('insurance')], [999.75 - 203, -200, -3, 0]); // prettier-ignore
      expectClose(ground.held(leg), [0, 0, 0]);
    });

    it.each([
      ['isolated', 5, 88, 50, 14.4],
      ['isolated', -5, 112, 50, 15.6],
    ] as const)('of an %s position of %d at %d costs its margin of %d, and a fund pays %d', (margin, size, price, lost, paid) => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, { liquidationFee: 0.01 }, { margin });
      ground.fill(leg, size, 100);
      expectClose(ground.liquidate(leg, price), [60, price * 0.05]);
      expectClose([ground.balance(), ground.booked('insurance'), ...ground.held(leg)], [1_000 - lost, paid - 0, 0, 0, 0]);
    }); // prettier-ignore

    it('in cross leaves what isolated positions hold and what other currencies are', () => {
      const ground = new Ground(a, { cash: { USDT: 100, BTC: 1 } });
      const leg = ground.leg(linear);
      const apart = ground.leg('ETH/USDT:USDT', {}, isolated);
      const coin = ground.leg(inverse);
      ground.fill(apart, 2, 100).fill(coin, 10, 100).fill(leg, 5, 100);
      coin.mark = 200;
      // 100 less 20 of margin can be lost, 150 are.
      ground.liquidate(leg, 70);
      expectClose([ground.balance(), ground.booked('insurance'), ground.held(apart)[2]!, ground.balance('BTC')], [20, 70, 20, 1]); // prettier-ignore
    });

    it('in cross takes what the other positions have won, and not what they have lost', () => {
      const lose = (mark: number): number[] => {
        const ground = new Ground(a, { cash: { USDT: 100 } });
        const [leg, other] = [ground.leg(linear), ground.leg('ETH/USDT:USDT')];
        ground.fill(leg, 10, 100).fill(other, -4, 100);
        other.mark = mark;
        // What it has lost itself is counted once.
        leg.mark = 80;
        ground.liquidate(leg, 80);
        return [ground.balance(), ground.booked('insurance')];
      };
      // 200 are lost: of 100 and 4 x 20, of 100 and 4 x 50, of 100 alone.
      expectClose(lose(80), [-80, 20]);
      expectClose(lose(50), [-100, 0]);
      expectClose(lose(120), [0, 100]);
    });

    it('of one side of a contract finds the other at the same price', () => {
      const ground = new Ground(a, { cash: { USDT: 100 } });
      const [up, down] = ([1, -1] as const).map((side) => ground.leg(linear, {}, { side }));
      ground.fill(up!, 10, 100).fill(down!, -8, 100);
      ground.liquidate(up!, 45);
      // 550 are lost of 100 and 8 x 55 = 440.
      expectClose([ground.balance(), ground.booked('insurance'), down!.mark], [-440, 10, 45]);
    });

    it('of one side of a contract leaves the sides of others at their marks', () => {
      const ground = new Ground(a, { cash: { USDT: 100 } });
      const other = ground.leg('ETH/USDT:USDT', {}, { side: 1 });
      const up = ground.leg(linear, {}, { side: 1 });
      ground.fill(other, 1, 100).fill(up, 10, 100).liquidate(up, 45);
      expect(other.mark).toBe(100);
    });

    it('of an isolated side is its own affair, whatever the other side holds in cross', () => {
      const ground = new Ground(a);
      const [up, down] = [ground.leg(linear, {}, { side: 1, ...isolated }), ground.leg(linear, {}, { side: -1 })];
      ground.fill(up, 5, 100);
      expectClose([ground.due(up)], [90]);
      ground.fill(down, -5, 100);
      expectClose([ground.due(up)], [90]);
      ground.liquidate(up, 90);
      expect(down.mark).toBe(100);
    });

    it('of a part takes its share, and a fund what the margin lacks', () => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, { liquidationFee: 0.01 }, isolated);
      ground.fill(leg, 5, 100);
      // 2 x 10 lost and 1.8 of fee, of a margin of 50.
      expectClose(ground.liquidate(leg, 90, 2), [20, 1.8]);
      expectClose([...ground.held(leg), ground.balance()], [3, 100, 28.2, 978.2]);
      expectClose(ground.liquidate(leg, 80, 2), [40, 1.6]);
      expectClose([...ground.held(leg), ground.balance(), ground.booked('insurance')], [1, 100, 0, 950, 13.4]);
      const cross = ground.leg('ETH/USDT:USDT');
      ground.fill(cross, 5, 100).liquidate(cross, 90, 2);
      expectClose(ground.held(cross), [3, 100, 0]);
    });

    it('takes the fee that the venue reports', () => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, { liquidationFee: 0.01 });
      ground.fill(leg, 5, 100);
      const { fee } = ground.account.liquidate(leg, a.of(90), a.of(5), a.of(7));
      expectClose([a.toNumber(fee), ground.balance()], [7, 1_000 - 50 - 7]);
    });

    it('changes the coin of a spot position', () => {
      const ground = new Ground(a, { cash: { BTC: 1 } });
      const [coin, spot] = [ground.leg(inverse, { contractSize: 10 }), ground.leg('BTC/USDT')];
      ground.fill(coin, 10, 100).liquidate(coin, 80);
      expectClose([ground.balance('BTC'), ground.held(spot)[0]!], [0.75, 0.75]);
    });
  });

  it('steps down to the tier below, and out of the lowest', () => {
    const ground = new Ground(a);
    const marginTiers = [{ upTo: 1_000, maintenanceRate: 0.01 }, { upTo: 5_000, maintenanceRate: 0.02 }, { upTo: 9_000, maintenanceRate: 0.05 }]; // prettier-ignore
    const leg = ground.leg(linear, { marginTiers });
    const step = (size: number, price: number): number => {
      leg.size = a.of(size);
      return a.toNumber(ground.account.stepDown(leg, a.of(price)));
    };
    expectClose([step(90, 80), step(-90, 80), step(62.5, 80), step(12.5, 80), step(200, 80)], [27.5, 27.5, 50, 12.5, 137.5]); // prettier-ignore
    const none = ground.leg('ETH/USDT:USDT');
    none.size = a.of(-3);
    expect(a.toNumber(ground.account.stepDown(none, a.of(10)))).toBe(3);
  });

  it('is restored whole after what was only tried', () => {
    const ground = new Ground(a);
    const leg = ground.leg(linear, {}, isolated);
    ground.fill(leg, 5, 100).account.payFunding(leg, a.of(0.001), a.of(100));
    const before = [...ground.held(leg), a.toNumber(leg.funding), ground.balance(), ground.account.volume.value];
    const saved = ground.account.save();
    for (let k = 0; k < 2; k++) {
      ground.fill(leg, -8, 110).account.payFunding(leg, a.of(0.001), a.of(100));
      saved.restore();
      expect([...ground.held(leg), a.toNumber(leg.funding), ground.balance(), ground.account.volume.value]).toEqual(before); // prettier-ignore
    }
  });
});

describe('in floats', () => {
  it('what binary fractions leave of decimal sizes is nothing', () => {
    const ground = new Ground(floats);
    const leg = ground.leg(linear, {}, isolated);
    ground.fill(leg, 0.1, 100).fill(leg, 0.2, 100);
    expect(floats.toNumber(ground.account.closedBy(leg, -0.3))).toBe(-0.3);
    ground.fill(leg, -0.3, 100);
    expect([...ground.held(leg), leg.funding]).toEqual([0, 0, 0, 0]);
    // 0.3 less 0.1 is a little less than 0.2, and 0.2 of it opens nothing on the other side.
    ground.fill(leg, 0.3, 100).fill(leg, -0.1, 100);
    expect(floats.toNumber(ground.account.closedBy(leg, -0.2))).toBe(-0.2);
    ground.fill(leg, -0.2, 100);
    expect([...ground.held(leg), ground.out.opened]).toEqual([0, 0, 0, 0]);
    const spot = ground.leg('BTC/USDT');
    ground.fill(spot, 0.1, 100).fill(spot, 0.2, 100).fill(spot, -0.3, 100);
    expect(ground.held(spot)).toEqual([0, 0, 0]);
  });
});
