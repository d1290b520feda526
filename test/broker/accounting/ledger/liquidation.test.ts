/** Liquidation prices by hand: where what carries a position equals its maintenance, for one side of a contract and for both, by venue profile. */
import { describe, expect, it } from 'vitest';

import { decimals, floats, type Arithmetic } from '../../../../src/broker/accounting/ledger/arithmetic.ts';
import { profileOf, venueProfiles, type VenueProfile } from '../../../../src/broker/accounting/ledger/liquidation.ts';
import type { MarginTier } from '../../../../src/core/index.ts';
import { expectClose, Ground, type CarriedBy, type Made } from './ground.ts';

const linear = 'BTC/USDT:USDT';
const inverse = 'BTC/USD:BTC';
const plain = venueProfiles.binance;

/** 1 % to 10,000, 2 % to 100,000 and 5 % above; the amounts follow: 100 and 3,100. */
const tiers: readonly MarginTier[] = [
  { upTo: 10_000, maintenanceRate: 0.01 },
  { upTo: 100_000, maintenanceRate: 0.02 },
  { upTo: 1_000_000, maintenanceRate: 0.05 },
];
const flat = (maintenanceRate: number): readonly MarginTier[] => [{ upTo: 1e12, maintenanceRate }];

describe.each([decimals as Arithmetic<unknown>, floats as Arithmetic<unknown>])('in $name numbers', (a) => {
  /** The liquidation price of one position after its purchase or sale. */
  const due = (symbol: string, of: readonly MarginTier[], size: number, price: number, made: Made, how: CarriedBy = {}, facts = {}): number => {
    const ground = new Ground(a, made);
    const leg = ground.leg(symbol, { marginTiers: of, ...facts }, how);
    return ground.fill(leg, size, price).due(leg);
  }; // prettier-ignore

  it.each<[string, number, number, number, number]>([
    // balance + size (p - entry) = |size| p x rate - amount, in the tier of |size| p.
    ['a long in the first tier', 50, 100, 1_000, 4_000 / 49.5],
    ['a long that falls from the second tier into the first', 150, 100, 6_000, 9_000 / 148.5],
    ['a long that ends in the second tier', 200, 100, 5_000, (15_000 - 100) / 196],
    ['a long at the edge of two tiers, where both are one', 200, 100, 10_100, 50],
    ['a long that falls from the third tier into the second', 2_000, 60, 60_000, (60_000 - 100) / 1_960],
    ['a long that begins and ends in the third tier', 2_000, 100, 20_000, (180_000 - 3_100) / 1_900],
    ['a short in the first tier', -50, 100, 1_000, 6_000 / 50.5],
    ['a short that rises from the first tier into the second', -90, 100, 3_000, (12_000 + 100) / 91.8],
    ['a short that rises into the third tier', -900, 100, 30_000, (120_000 + 3_100) / 945],
    ['a long that nothing liquidates', 5, 100, 1_000, NaN],
    ['a long whose price would be 0', 10, 100, 1_000, NaN],
  ])('%s is liquidated where wallet and profit equal the maintenance', (_, size, price, cash, wanted) => {
    expectClose([due(linear, tiers, size, price, { cash: { USDT: cash } })], [wanted]);
  });

  it.each<[string, number, number, number]>([
    // In 1 / p: balance - size x 100 (1/p - 1/entry) = |size| x 100 / p x rate.
    ['a long', 300, 0.1, 30_000 * 1.01 / (0.1 + 30_000 / 40_000)],
    ['a short', -300, 0.1, 30_000 * 0.99 / (30_000 / 40_000 - 0.1)],
    ['a short that the wallet covers at every price', -300, 0.75, NaN],
    ['a long that the wallet covers for long', 300, 10, 30_000 * 1.01 / 10.75],
  ])('%s of an inverse contract', (_, size, cash, wanted) => {
    expectClose([due(inverse, flat(0.01), size, 40_000, { cash: { BTC: cash } }, {}, { contractSize: 100 })], [wanted], 6);
  }); // prettier-ignore

  it('takes the margin of an isolated position, and no more', () => {
    const how = { margin: 'isolated' } as const;
    expect(due(linear, flat(0.004), 5, 100, {}, how)).toBeCloseTo(450 / 4.98, 9);
    expect(due(linear, [], 5, 100, {}, how)).toBe(90);
    expect(due(linear, [], -5, 100, {}, how)).toBe(110);
  });

  it('is due at the edge of a tier where the maintenance jumps', () => {
    const given = (amount: number): MarginTier[] => [{ upTo: 10_000, maintenanceRate: 0.01, maintenanceAmount: 0 }, { upTo: 1e6, maintenanceRate: 0.02, maintenanceAmount: amount }]; // prettier-ignore
    // Short 200 from 40: at 50 the maintenance rises from 100 to 200; 2,150 - 2,000 covers the one and not the other.
    expect(due(linear, given(0), -200, 40, { cash: { USDT: 2_150 } })).toBe(50);
    // Long 200 from 100: below 50 it rises from 200 - 500 to 100, and 9,900 - 10,000 covers only the first.
    expect(due(linear, given(500), 200, 100, { cash: { USDT: 9_900 } })).toBe(50);
  });

  it('of what a short owes beyond its sale is every price, and of a long with more than its value none', () => {
    const ground = new Ground(a, { cash: { USDT: 1_000 } });
    const leg = ground.leg(linear, { marginTiers: flat(0.01) });
    ground.fill(leg, -50, 100).account.wallet.book('USDT', a.of(-7_000), 'transfer');
    expect(ground.due(leg)).toBeCloseTo(100e-12, 20);
    const coin = new Ground(a, { cash: { BTC: 1 } });
    const long = coin.leg(inverse, { marginTiers: flat(0.01), contractSize: 100 });
    coin.fill(long, 300, 40_000).account.wallet.book('BTC', a.of(-3), 'transfer');
    expect(coin.due(long)).toBeCloseTo(40_000e12, -5);
    expect(coin.due(coin.leg('ETH/USD:ETH'))).toBeNaN();
    expect(coin.due(coin.leg('BTC/USD'))).toBeNaN();
  });

  describe('of a profile', () => {
    const okx = { taker: 0.001 };
    it.each<[string, VenueProfile, number, number]>([
      // 200 x 100 = 20,000 keep 300 at the entry: long 20,000 - 4,700, short 20,000 + 4,700.
      ['maintenance of the entry, long', { ...plain, maintenanceAt: 'entry' }, 200, 15_300 / 200],
      ['maintenance of the entry, short', { ...plain, maintenanceAt: 'entry' }, -200, 24_700 / 200],
      ['both, long', { ...plain, maintenanceAt: 'entry', closingFee: 'always' }, 200, 15_300 / (200 * 0.999)],
      ['both, short', { ...plain, maintenanceAt: 'entry', closingFee: 'always' }, -200, 24_700 / (200 * 1.001)],
      ['the closing fee, long', { ...plain, closingFee: 'always' }, 200, (15_000 - 100) / (200 * 0.979)],
      ['the closing fee, short', { ...plain, closingFee: 'cross' }, -200, (25_000 + 100) / (200 * 1.021)],
      ['steps of 0.5, long', { ...plain, step: 0.5 }, 200, 76.5],
      ['steps of 0.5, short', { ...plain, step: 0.5 }, -200, 123],
    ])('with %s', (_, profile, size, wanted) => {
      const made = { cash: { USDT: 5_000 + 20_000 * okx.taker }, profile };
      expect(due(linear, tiers, size, 100, made, {}, { takerFee: okx.taker })).toBeCloseTo(wanted, 9);
    });

    it('that counts the fee for closing in cross leaves it out of an isolated position', () => {
      const [how, facts] = [{ margin: 'isolated' } as const, { takerFee: 0.001 }];
      expect(due(linear, [], 5, 100, { profile: { ...plain, closingFee: 'cross' } }, how, facts)).toBe(90);
      expect(due(linear, [], 5, 100, { profile: { ...plain, closingFee: 'always' } }, how, facts)).toBeCloseTo(90 / 0.999, 9);
    }); // prettier-ignore

    it('keeps a price that lies on a step', () => {
      expect(due(linear, [], 5, 100, { profile: { ...plain, step: 0.5 } }, { margin: 'isolated' })).toBe(90);
      expect(due(linear, [], -5, 100, { profile: { ...plain, step: 0.5 } }, { margin: 'isolated' })).toBe(110);
      expect(due(linear, [], 5, 101, { profile: { ...plain, step: 0.5 } }, { margin: 'isolated' })).toBe(91);
      expect(due(linear, [], -5, 101, { profile: { ...plain, step: 0.5 } }, { margin: 'isolated' })).toBe(111);
    });
  });

  describe('of both sides of a contract in cross margin', () => {
    /** The prices that end a long and a short of one contract, both from one price. */
    const both = (of: readonly MarginTier[], up: number, down: number, cash: number, profile: VenueProfile = plain, facts = {}): number[] => {
      const ground = new Ground(a, { cash: { USDT: cash }, profile });
      const [long, short] = ([1, -1] as const).map((side) => ground.leg(linear, { marginTiers: of, ...facts }, { side }));
      ground.fill(long!, up, 100).fill(short!, -down, 100);
      return [ground.due(long!), ground.due(short!)];
    }; // prettier-ignore

    it.each<[string, readonly MarginTier[], number, number, number, number[]]>([
      // balance + (up - down) (p - 100) = (up + down) p x rate - amounts.
      ['more long', flat(0.004), 450, 400, 1_000, [4_000 / (50 - 3.4), NaN]],
      ['more short', flat(0.004), 400, 450, 1_000, [NaN, 6_000 / (50 + 3.4)]],
      ['as much of both: only the maintenance grows', flat(0.01), 100, 100, 400, [NaN, 200]],
      ['nearly as much of both: the maintenance outgrows the profit', flat(0.01), 100, 99, 400, [NaN, 300 / 0.99]],
      ['more long, in the second tier and the first', tiers, 200, 100, 3_000, [6_900 / 95, NaN]],
      ['more long, down to the first tier of both', tiers, 200, 100, 5_200, [4_800 / 97, NaN]],
      ['more short, in the first tier and the second', tiers, 100, 200, 1_000, [NaN, (10_000 + 1_000 + 200) / 106]],
      ['as much as falls to nothing', tiers, 100, 50, 5_000, [NaN, NaN]],
    ])('%s', (_, of, up, down, cash, wanted) => {
      expectClose(both(of, up, down, cash), wanted);
    });

    it('has one price below and one above where the tiers of the larger side outgrow the smaller', () => {
      // 1 % to 10,000 and 60 % above: the net 100 of 200 and 100 win 100 for each unit of price until the long needs 120.
      const steep = [{ upTo: 10_000, maintenanceRate: 0.01 }, { upTo: 1e9, maintenanceRate: 0.6 }]; // prettier-ignore
      // Below 50 both are in the first tier: 97 p = 10,000 - 8,000. Above 100 both are in the second, whose amount is 5,900.
      expectClose(both(steep, 200, 100, 8_000), [2_000 / 97, (8_000 - 10_000 + 2 * 5_900) / 80]);
    });

    it('is due at the price where most is to spare, where that is too little', () => {
      const steep = [{ upTo: 10_000, maintenanceRate: 0.01 }, { upTo: 1e9, maintenanceRate: 0.6 }]; // prettier-ignore
      // At 50: 5,000 - 5,000 - 100 - 50.
      expect(both(steep, 200, 100, 5_000)).toEqual([50, 50]);
    });

    it('takes the maintenance of the entries, or the fees for closing, by profile', () => {
      // 200 x 100 keep 300, 100 x 100 keep 100: 100 (p - 100) + 3,000 = 400.
      expect(both(tiers, 200, 100, 3_000, { ...plain, maintenanceAt: 'entry' })).toEqual([74, NaN]);
      const fees = both(tiers, 200, 100, 3_030, { ...plain, closingFee: 'always' }, { takerFee: 0.001 });
      expect(fees[0]).toBeCloseTo(6_900 / (95 - 0.3), 9);
    });

    it('of an inverse contract', () => {
      const ground = new Ground(a, { cash: { BTC: 2 } });
      const facts = { marginTiers: flat(0.01), contractSize: 100 };
      const [long, short] = ([1, -1] as const).map((side) => ground.leg(inverse, facts, { side }));
      ground.fill(long!, 3_000, 40_000).fill(short!, -1_000, 40_000);
      // 2 - 200,000 (1/p - 1/40,000) = 400,000 / p x 1 %.
      expect(ground.due(long!)).toBeCloseTo(204_000 / 7, 6);
      expect(ground.due(short!)).toBeNaN();
    });

    it('is one of its own where the other side is flat, isolated, or another contract', () => {
      const ground = new Ground(a);
      const [long, short] = ([1, -1] as const).map((side) => ground.leg(linear, { marginTiers: flat(0.01) }, { side }));
      ground.fill(long!, 50, 100);
      expect(ground.due(long!)).toBeCloseTo(4_000 / 49.5, 9);
      const other = ground.leg('ETH/USDT:USDT', {}, { side: -1 });
      ground.fill(other, -5, 100);
      expect(ground.due(long!)).toBeCloseTo(4_000 / 49.5, 9);
      ground.fill(other, 5, 100).fill(short!, -10, 100);
      expect(ground.due(long!)).toBeCloseTo(3_000 / (40 - 0.6), 9);
      const apart = new Ground(a);
      const [up, down] = ([1, -1] as const).map((side) => apart.leg(linear, { marginTiers: flat(0.01) }, { side, margin: 'isolated' })); // prettier-ignore
      apart.fill(up!, 50, 100).fill(down!, -10, 100);
      expect([apart.due(up!), apart.due(down!)].map((price) => price.toFixed(6))).toEqual([(4_500 / 49.5).toFixed(6), (1_100 / 10.1).toFixed(6)]); // prettier-ignore
    });
  });
});

describe('a profile', () => {
  it('is Binance’s by default, that of a venue by name, or one of your own', () => {
    expect(profileOf()).toBe(venueProfiles.binance);
    for (const name of Object.keys(venueProfiles) as (keyof typeof venueProfiles)[]) expect(profileOf(name).name).toBe(name);
    const own: VenueProfile = { name: 'own', maintenanceAt: 'entry', closingFee: 'cross', marginHoldsFee: true, step: 0.1, reducesBySteps: true };
    expect(profileOf(own)).toBe(own);
  }); // prettier-ignore

  it('of each venue is as its help pages have it', () => {
    const facts = (name: keyof typeof venueProfiles) => {
      const { maintenanceAt, closingFee, marginHoldsFee, step, reducesBySteps } = venueProfiles[name];
      return [maintenanceAt, closingFee, marginHoldsFee, step, reducesBySteps];
    };
    expect(facts('binance')).toEqual(['liquidation', 'none', false, undefined, false]);
    expect(facts('bybit')).toEqual(['entry', 'none', false, undefined, false]);
    expect(facts('bybitInverse')).toEqual(['entry', 'cross', false, 0.5, false]);
    expect(facts('bybitUnified')).toEqual(['liquidation', 'none', false, undefined, false]);
    expect(facts('okx')).toEqual(['liquidation', 'always', false, undefined, true]);
    expect(facts('kucoin')).toEqual(['liquidation', 'always', false, undefined, false]);
    expect(facts('phemex')).toEqual(['liquidation', 'always', true, undefined, false]);
  });

  it.each([
    ['binanse', "profile must be one of binance, bybit, bybitInverse, bybitUnified, okx, kucoin, phemex, was 'binanse': did you mean 'binance'?", 'profile'],
    ['xyzzy', "profile must be one of binance, bybit, bybitInverse, bybitUnified, okx, kucoin, phemex, was 'xyzzy'", 'profile'],
    [{ ...plain, name: '' }, "profile.name must be a text, was ''", 'profile.name'],
    [{ ...plain, name: 5 }, 'profile.name must be a text, was 5', 'profile.name'],
    [{ ...plain, maintenanceAt: 'exit' }, "profile.maintenanceAt must be 'entry' or 'liquidation', was 'exit'", 'profile.maintenanceAt'],
    [{ ...plain, closingFee: 'isolated' }, "profile.closingFee must be 'none', 'cross' or 'always', was 'isolated'", 'profile.closingFee'],
    [{ ...plain, marginHoldsFee: undefined }, 'profile.marginHoldsFee must be true or false, was undefined', 'profile.marginHoldsFee'],
    [{ ...plain, reducesBySteps: undefined }, 'profile.reducesBySteps must be true or false, was undefined', 'profile.reducesBySteps'],
    [{ ...plain, reducesBySteps: 'yes' }, 'reducesBySteps', 'reducesBySteps'],
    [{ ...plain, step: 0 }, 'profile.step must be a number above 0, was 0', 'profile.step'],
    [{ ...plain, step: Infinity }, 'profile.step must be a number above 0, was Infinity', 'profile.step'],
    [{ ...plain, tick: 0.5 }, "unknown field of profile 'tick'", undefined],
  ])('%j is refused', (given, message, field) => {
    const ask = () => profileOf(given as never);
    expect(ask).toThrow(message);
    if (field !== undefined) expect(ask).toThrow(expect.objectContaining({ context: expect.objectContaining({ field }) as unknown }));
  }); // prettier-ignore
});
