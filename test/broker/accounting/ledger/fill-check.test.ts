/** What an account refuses to fill, and how much it can pay for, by hand. */
import { describe, expect, it } from 'vitest';

import { decimals, floats, type Arithmetic } from '../../../../src/broker/accounting/ledger/arithmetic.ts';
import type { Leg } from '../../../../src/broker/accounting/ledger/leg.ts';
import { expectClose, Ground } from './ground.ts';

const linear = 'BTC/USDT:USDT';
const eth = 'ETH/USDT:USDT';
const inverse = 'BTC/USD:BTC';
const isolated = { margin: 'isolated' } as const;
/** Up to 10,000 with leverage 20, to 50,000 with 10, to 100,000 with 5. */
const marginTiers = [
  { upTo: 10_000, maintenanceRate: 0.01, maxLeverage: 20 },
  { upTo: 50_000, maintenanceRate: 0.02, maxLeverage: 10 },
  { upTo: 100_000, maintenanceRate: 0.05, maxLeverage: 5 },
];

describe.each([decimals as Arithmetic<unknown>, floats as Arithmetic<unknown>])('in $name numbers', (a) => {
  /** The refusal of a fill, with its reason. */
  const refused = (ground: Ground<unknown>, leg: Leg<unknown>, size: number, price: number, isMaker = false) =>
    ground.check.refusalOf(leg, a.of(size), a.of(price), isMaker);

  describe('a contract', () => {
    it.each(['isolated', 'cross'] as const)('is opened while margin and fee are free, in %s', (margin) => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, { makerFee: 0, takerFee: 0.001 }, { margin });
      // n x 100 / 10 and n x 100 x 0.001 are 10.1 n of 1,000.
      expect([ground.rule(leg, 99, 100), ground.rule(leg, 100, 100), ground.rule(leg, 100, 100, true)]).toEqual([undefined, 'margin', undefined]); // prettier-ignore
      expect(refused(ground, leg, -100, 100)!.reason).toBe('margin and fee take 1010 USDT, and 1000 USDT are free');
      expectClose([ground.check.affordable(leg, 1, 0, 100), ground.check.affordable(leg, -1, 0, 100)], [1_000 / 10.1, 1_000 / 10.1]); // prettier-ignore
    });

    it('counts what an isolated position holds, and never what it has won', () => {
      const ground = new Ground(a);
      const [leg, other] = [ground.leg(linear, {}, isolated), ground.leg(eth, {}, isolated)];
      ground.fill(leg, 60, 100);
      leg.mark = 200;
      expect([ground.rule(other, 40, 100), ground.rule(other, 40.1, 100), ground.rule(leg, 20, 200), ground.rule(leg, 20.1, 200)]).toEqual([undefined, 'margin', undefined, 'margin']); // prettier-ignore
      expectClose([ground.check.affordable(other, 1, 0, 100), ground.check.affordable(leg, 1, 0, 200)], [40, 20]);
    });

    it('counts in cross what all positions have won and lost, and what they bind at their marks', () => {
      const ground = new Ground(a);
      const [leg, other, coin] = [ground.leg(linear), ground.leg(eth), ground.leg(inverse)];
      ground.fill(leg, 60, 100).account.wallet.book('BTC', a.of(1), 'deposit');
      ground.fill(coin, 5, 100);
      // At 110: 600 won, 660 bound: 940 are free for other. At 90: 600 lost, 540 bound.
      leg.mark = 110;
      expectClose([ground.check.affordable(other, 1, 0, 100)], [94]);
      leg.mark = 90;
      expect(ground.check.affordable(other, 1, 0, 100)).toBe(0);
      expect(refused(ground, other, 1, 100)!.reason).toBe('margin and fee take 10 USDT, and -140 USDT are free');
      // Its own mark is the price of the fill: at 120 it has won 1,200 and binds 720.
      expectClose([ground.check.affordable(leg, 1, 0, 120)], [1_480 / 12]);
    });

    it('is never refused what only reduces it', () => {
      const ground = new Ground(a, { cash: { USDT: 50 } });
      const leg = ground.leg(linear, { takerFee: 0.05, marginTiers });
      ground.fill(leg, 5, 100);
      expect([ground.rule(leg, -5, 20), ground.rule(leg, -2, 20)]).toEqual([undefined, undefined]);
      expect(ground.rule(leg, -6, 20)).toBe('margin');
    });

    it('is turned around with the margin and the profit that the same order frees', () => {
      const ground = new Ground(a);
      const leg = ground.leg(linear, { takerFee: 0.001 }, isolated);
      ground.account.wallet.book('USDT', a.of(10), 'deposit');
      // 100 bind 1,000 and cost 10. All is free again, 1,000 are won at 110: 2,000 less 11 of fee for closing pay 11 and 0.11 for each unit.
      ground.fill(leg, 100, 100);
      expectClose([ground.check.affordable(leg, -1, 100, 110)], [(2_000 - 11) / 11.11]);
      expect([ground.rule(leg, -100 - 179, 110), ground.rule(leg, -100 - 180, 110)]).toEqual([undefined, 'margin']);
      // Half of it stays bound.
      expectClose([ground.check.affordable(leg, -1, 50, 100)], [(500 - 5) / 10.1]);
      const cross = new Ground(a);
      const one = cross.leg(linear, { takerFee: 0.001 });
      cross.fill(one, 50, 100);
      // 995 and 500 won at 110, 5.5 for closing.
      expectClose([cross.check.affordable(one, -1, 50, 110)], [(995 + 500 - 5.5) / 11.11]);
    });

    it('is turned around beside others, which keep what they hold', () => {
      const ground = new Ground(a);
      const [leg, apart, other] = [ground.leg(linear), ground.leg(eth, {}, isolated), ground.leg('SOL/USDT:USDT')];
      ground.fill(leg, 10, 100).fill(apart, 20, 100).fill(other, -30, 100);
      // 200 of margin; the other has lost 30 x 5 at 105 and binds 315 there; the 10 close at 110 with 100.
      other.mark = 105;
      expectClose([ground.check.affordable(leg, -1, 10, 110)], [(1_000 - 200 - 150 - 315 + 100) / 11]);
    });

    it('inverse is opened and turned around with what is free of the base, whatever else is flat or spot', () => {
      const ground = new Ground(a, { cash: { BTC: 1, USDT: 1_000 } });
      const facts = { contractSize: 10, takerFee: 0.001 };
      const [leg, flat] = [ground.leg(inverse, facts), ground.leg('BTC/USD:BTC-240628', facts)];
      ground.leg('BTC/USDT');
      // n x 10 / 100 BTC of value bind a tenth of it and cost a thousandth.
      expect([ground.rule(leg, 99, 100), ground.rule(leg, 100, 100)]).toEqual([undefined, 'margin']);
      expectClose([ground.check.affordable(leg, 1, 0, 100)], [1 / 0.0101]);
      ground.fill(leg, 50, 100);
      // 0.995 BTC, and 500 x (1/100 - 1/125) = 1 won at 125, 4 x 0.001 for closing: 0.08 BTC a contract.
      expectClose([ground.check.affordable(leg, -1, 50, 125)], [(0.995 + 1 - 0.004) / (0.08 * 0.101)]);
      expectClose([ground.check.affordable(flat, -1, 0, 100)], [(0.995 - 0.5) / 0.0101]);
      // Spot binds nothing of its quote.
      const perp = ground.leg(linear);
      ground.fill(ground.account.legs[2]!, 1, 100);
      expectClose([ground.check.affordable(perp, 1, 0, 100)], [90]);
    });

    it('with a rebate is afforded as if it cost nothing', () => {
      const ground = new Ground(a);
      expectClose([ground.check.affordable(ground.leg(linear, { takerFee: -0.001 }), 1, 0, 100)], [100]);
    });

    it('needs the fee that its margin holds back', () => {
      const ground = new Ground(a, { cash: { USDT: 40.2 }, profile: 'phemex' });
      const leg = ground.leg(linear, { takerFee: 0.0006 }, { margin: 'isolated', leverage: 5 });
      // 40.096 of margin and 0.12 of fee; in cross 40 and 0.12.
      expect(refused(ground, leg, 500, 0.4)!.reason).toBe('margin and fee take 40.216 USDT, and 40.2 USDT are free');
      expectClose([ground.check.affordable(leg, 1, 0, 0.4)], [40.2 / (0.080192 + 0.00024)]);
      expect(ground.rule(ground.leg(eth, { takerFee: 0.0006 }, { leverage: 5 }), 500, 0.4)).toBeUndefined();
    });

    it('may have the leverage of the tier that it lies in after the fill', () => {
      const ground = new Ground(a, { cash: { USDT: 100_000 } });
      const leg = ground.leg(linear, { marginTiers }, { leverage: 20 });
      expect([ground.rule(leg, 100, 100), ground.rule(leg, 100.1, 100)]).toEqual([undefined, 'leverage']);
      expect(refused(ground, leg, 200, 100)!.reason).toBe('leverage must be at most 10 for a position of 20000 USDT, was 20'); // prettier-ignore
      expect(refused(ground, leg, 2_000, 100)!.reason).toBe('leverage must be at most 0 for a position of 200000 USDT, was 20'); // prettier-ignore
      expectClose([ground.check.affordable(leg, 1, 0, 100)], [100]);
      ground.fill(leg, -60, 100);
      // Turned around, 100 long remain; further short 40 fit.
      expect([ground.rule(leg, -40, 100), ground.rule(leg, -41, 100), ground.rule(leg, 160, 100), ground.rule(leg, 161, 100)]).toEqual([undefined, 'leverage', undefined, 'leverage']); // prettier-ignore
      expectClose([ground.check.affordable(leg, -1, 0, 100), ground.check.affordable(leg, 1, 60, 100)], [40, 100]);
      const low = ground.leg(eth, { marginTiers }, { leverage: 5 });
      expectClose([ground.check.affordable(low, 1, 0, 100)], [1_000]);
      expect(ground.check.affordable(ground.leg('SOL/USDT:USDT', { marginTiers }, { leverage: 50 }), 1, 0, 100)).toBe(
        0,
      );
    });

    it('in hedge mode opens its own side alone', () => {
      const ground = new Ground(a);
      const [up, down] = ([1, -1] as const).map((side) => ground.leg(linear, {}, { side }));
      expect([ground.rule(up!, 1, 100), ground.rule(down!, -1, 100)]).toEqual([undefined, undefined]);
      expect(refused(ground, up!, -1, 100)).toEqual({ rule: 'positionSide', reason: 'the position is long in hedge mode: a sell must be at most 0 units, was 1' }); // prettier-ignore
      ground.fill(down!, -3, 100);
      expect([ground.rule(down!, 3, 100), ground.rule(down!, 2, 100)]).toEqual([undefined, undefined]);
      expect(refused(ground, down!, 4, 100)).toEqual({ rule: 'positionSide', reason: 'the position is short in hedge mode: a buy must be at most 3 units, was 4' }); // prettier-ignore
    });
  });

  describe('spot', () => {
    it('is paid with what the account holds', () => {
      const ground = new Ground(a, { cash: { USDT: 1_000, BTC: 2 } });
      const leg = ground.leg('BTC/USDT', { takerFee: 0.001, makerFee: 0 });
      expect([ground.rule(leg, 9.99, 100), ground.rule(leg, 10, 100), ground.rule(leg, 10, 100, true)]).toEqual([undefined, 'cash', undefined]); // prettier-ignore
      expect(refused(ground, leg, 10, 100)!.reason).toBe('buying 10 BTC at 100 takes 1001 USDT, and the account holds 1000 USDT'); // prettier-ignore
      expect([ground.rule(leg, -2, 100), ground.rule(leg, -2.1, 100)]).toEqual([undefined, 'cash']);
      expect(refused(ground, leg, -2.1, 100)!.reason).toBe('selling 2.1 BTC at 100 takes 2.1 BTC, and the account holds 2 BTC'); // prettier-ignore
      expectClose([ground.check.affordable(leg, 1, 0, 100), ground.check.affordable(leg, -1, 0, 100), ground.check.affordable(leg, -1, 2, 100)], [1_000 / 100.1, 2, 0]); // prettier-ignore
    });

    it('is paid with its fee, in the coin that it is taken in', () => {
      const ground = new Ground(a, { cash: { USDT: 1_000, BTC: 2 } });
      const [received, base] = ['received', 'base'].map((feeCurrency) => ground.leg('BTC/USDT', { takerFee: 0.001, feeCurrency })); // prettier-ignore
      expect([ground.rule(received!, 10, 100), ground.rule(received!, -2, 100), ground.rule(base!, 10, 100), ground.rule(base!, -2, 100)]).toEqual([undefined, undefined, undefined, 'cash']); // prettier-ignore
      expectClose([ground.check.affordable(received!, 1, 0, 100), ground.check.affordable(base!, 1, 0, 100), ground.check.affordable(base!, -1, 0, 100)], [10, 10, 2 / 1.001]); // prettier-ignore
    });

    it('pays the fee in the quote where the coin does not cover all of it', () => {
      const ground = new Ground(a, { cash: { USDT: 1_000, BNB: 0.001 }, rates: { 'BNB/USDT': 500 }, leverage: 3 });
      const leg = ground.leg('BTC/USDT', { takerFee: 0.001, makerFee: 0.0004, feeCurrency: 'BNB' });
      // The fee of 10 would be 1 USDT, 0.002 BNB.
      expectClose([ground.check.affordable(leg, 1, 0, 100)], [1_000 / 100.1]);
      ground.account.wallet.book('BNB', a.of(0.001), 'deposit');
      expectClose([ground.check.affordable(leg, 1, 0, 100)], [10]);
    });

    it('is paid with what no contract binds', () => {
      const ground = new Ground(a, { cash: { USDT: 1_000, BTC: 1 } });
      const leg = ground.leg('BTC/USDT');
      const [perp, alt, coin] = [ground.leg(linear, {}, isolated), ground.leg(eth), ground.leg(inverse, { contractSize: 10 }, isolated)]; // prettier-ignore
      ground.leg('BTC/USD:BTC-240628');
      ground.fill(perp, 40, 100).fill(coin, 50, 100);
      [perp.mark, coin.mark] = [50, 200];
      // 400 of margin, and 0.5 BTC.
      expect(refused(ground, leg, 7, 100)!.reason).toBe('buying 7 BTC at 100 takes 700 USDT, and 600 of 1000 USDT are free of the margin of contracts'); // prettier-ignore
      expectClose([ground.check.affordable(leg, 1, 0, 100), ground.check.affordable(leg, -1, 0, 100)], [6, 0.5]);
      ground.fill(alt, 20, 100);
      // In cross 200 are bound; at 90 it is 180, and 200 are lost; what is won is not free.
      expectClose([ground.check.affordable(leg, 1, 0, 100)], [4]);
      alt.mark = 90;
      expectClose([ground.check.affordable(leg, 1, 0, 100)], [2.2]);
      alt.mark = 110;
      expectClose([ground.check.affordable(leg, 1, 0, 100)], [3.8]);
      alt.mark = NaN;
      expectClose([ground.check.affordable(leg, 1, 0, 100)], [4]);
      alt.mark = 50;
      expect(refused(ground, leg, 1, 100)!.reason).toBe('buying 1 BTC at 100 takes 100 USDT, and 0 of 1000 USDT are free of the margin of contracts'); // prettier-ignore
      expect(ground.check.affordable(leg, 1, 0, 100)).toBe(0);
    });
  });

  describe('loans', () => {
    it('may be as large as the equity times leverage less one', () => {
      const ground = new Ground(a, { borrow: { USDT: 0.1, BTC: 0.1 }, leverage: 3 });
      const leg = ground.leg('BTC/USDT');
      expect([ground.rule(leg, 30, 100), ground.rule(leg, 30.1, 100), ground.rule(leg, -20, 100), ground.rule(leg, -20.1, 100)]).toEqual([undefined, 'margin', undefined, 'margin']); // prettier-ignore
      expect(refused(ground, leg, 31, 100)!.reason).toBe('debts of 2100 USDT must be at most 2000: equity 1000 USDT at leverage 3'); // prettier-ignore
      expectClose([ground.check.affordable(leg, 1, 0, 100), ground.check.affordable(leg, -1, 0, 100)], [30, 20]);
      // 10 short: 2,000 USDT, 10 owed. Bought back and beyond: 10 close, 30 more.
      ground.fill(leg, -10, 100);
      expectClose([ground.check.affordable(leg, 1, 10, 100), ground.check.affordable(leg, -1, 0, 100)], [30, 10]);
    });

    it('count the fee, the debts in other coins, and nothing of a coin without a rate', () => {
      const ground = new Ground(a, { cash: { USDT: 1_000, ETH: 10, XRP: 5 }, borrow: { USDT: 0.1 }, leverage: 2, rates: { 'ETH/USDT': 30 } }); // prettier-ignore
      const leg = ground.leg('BTC/USDT', { takerFee: 0.001 });
      // Equity of 1,300 - 0.1 n, debts of 100.1 n - 1,000: n = 2,300 / 100.2.
      expectClose([ground.check.affordable(leg, 1, 0, 100)], [2_300 / 100.2]);
      expect([ground.rule(leg, 22.95, 100), ground.rule(leg, 22.96, 100)]).toEqual([undefined, 'margin']);
      const owing = new Ground(a, { cash: { USDT: 1_000, ETH: -10 }, borrow: { USDT: 0.1 }, leverage: 2, rates: { 'ETH/USDT': 30 } }); // prettier-ignore
      // Equity of 700, 300 owed: 400 more.
      expectClose([owing.check.affordable(owing.leg('BTC/USDT'), 1, 0, 100)], [14]);
      const received = new Ground(a, { borrow: { USDT: 0.1 }, leverage: 2 });
      // The fee is taken from the coin: equity of 1,000 - 0.1 n, debts of 100 n - 1,000.
      expectClose([received.check.affordable(received.leg('BTC/USDT', { takerFee: 0.001, feeCurrency: 'received' }), 1, 0, 100)], [2_000 / 100.1]); // prettier-ignore
    });

    it('are not given of what carries contracts, nor of what the account may not borrow, nor to an account without equity', () => {
      const ground = new Ground(a, { borrow: { USDT: 0.1 }, leverage: 3 });
      const leg = ground.leg('BTC/USDT');
      expect(ground.rule(leg, -1, 100)).toBe('cash');
      ground.fill(ground.leg(linear, {}, isolated), 20, 100);
      expect([ground.rule(leg, 8, 100), ground.rule(leg, 8.1, 100)]).toEqual([undefined, 'margin']);
      expect(refused(ground, leg, 9, 100)!.reason).toBe('USDT carries open contracts: none of it can be borrowed, and 800 USDT are free; trade the contracts in another account'); // prettier-ignore
      expectClose([ground.check.affordable(leg, 1, 0, 100)], [8]);
      const broke = new Ground(a, { cash: { USDT: -10 }, borrow: { USDT: 0.1 }, leverage: 3 });
      const none = broke.leg('BTC/USDT');
      expect(broke.check.affordable(none, 1, 0, 100)).toBe(0);
      const empty = new Ground(a, { cash: {}, borrow: { USDT: 0.1 }, leverage: 3 });
      expect(empty.check.affordable(empty.leg('BTC/USDT'), 1, 0, 100)).toBe(0);
      expect(refused(broke, none, 1, 100)!.reason).toBe(
        'debts of 110 USDT must be at most 0: equity -10 USDT at leverage 3',
      );
    });
  });
});

describe('in floats', () => {
  it('what rounding adds to a need is no shortage', () => {
    const ground = new Ground(floats, { cash: { USDT: 0.3 } });
    const leg = ground.leg('BTC/USDT');
    expect([ground.rule(leg, 3, 0.1), ground.rule(leg, 3.0001, 0.1)]).toEqual([undefined, 'cash']);
    const large = new Ground(floats, { cash: { USDT: 233_333.1 } });
    expect(large.rule(large.leg('BTC/USDT'), 7, 33_333.3)).toBeUndefined();
    const exact = new Ground(decimals, { cash: { USDT: 0.3 } });
    expect(exact.rule(exact.leg('BTC/USDT'), 3.0000000000001, 0.1)).toBe('cash');
  });
});
