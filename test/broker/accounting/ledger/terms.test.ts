/** What a unit of an instrument is worth and costs, by hand: value, profit, entries, fees, tiers, and what is a contract of what. */
import { describe, expect, it } from 'vitest';

import { decimals, floats, type Arithmetic } from '../../../../src/broker/accounting/ledger/arithmetic.ts';
import { ContractScheme, schemeOfTerms } from '../../../../src/broker/accounting/ledger/contract-scheme.ts';
import {
  completeInstrument,
  kindOf,
  marginTiers,
  Terms,
  withCurrencies,
} from '../../../../src/broker/accounting/ledger/terms.ts';
import type { Instrument } from '../../../../src/core/index.ts';

const of = (symbol: string, facts: Partial<Instrument> = {}): Instrument => ({ symbol, type: symbol.includes(':') ? 'swap' : 'spot', base: '', quote: '', ...facts }); // prettier-ignore

describe.each([decimals as Arithmetic<unknown>, floats as Arithmetic<unknown>])('in $name numbers', (a) => {
  const terms = (symbol: string, facts: Partial<Instrument> = {}) => new Terms(a, of(symbol, facts));
  const number = (value: unknown): number => a.toNumber(value);

  it('value and profit follow from the contract size: units times price, or quote units over price', () => {
    const linear = terms('BTC/USDT:USDT', { contractSize: 0.1 });
    expect(number(linear.notional(a.of(30), a.of(110)))).toBeCloseTo(330, 9);
    expect(number(linear.profit(a.of(30), a.of(100), a.of(110)))).toBeCloseTo(30, 9);
    expect(number(linear.profit(a.of(-30), a.of(100), a.of(110)))).toBeCloseTo(-30, 9);
    const inverse = terms('BTC/USD:BTC', { contractSize: 100 });
    expect(number(inverse.notional(a.of(300), a.of(40_000)))).toBeCloseTo(0.75, 12);
    expect(number(inverse.profit(a.of(300), a.of(40_000), a.of(50_000)))).toBeCloseTo(0.75 - 0.6, 12);
    expect(number(terms('BTC/USDT').notional(a.of(2), a.of(3)))).toBe(6);
  });

  it('the entry of several purchases is their mean, harmonic where the contract is inverse', () => {
    expect(number(terms('BTC/USDT').meanEntry(a.of(1), a.of(100), a.of(3), a.of(120)))).toBe(115);
    expect(number(terms('BTC/USDT:USDT').meanEntry(a.of(1), a.of(100), a.of(3), a.of(120)))).toBe(115);
    expect(number(terms('BTC/USD:BTC').meanEntry(a.of(50), a.of(10_000), a.of(50), a.of(15_000)))).toBeCloseTo(12_000, 8);
    // 1 / 100 + 3 / 150 = 0.03 for 4.
    expect(number(terms('BTC/USD:BTC').meanEntry(a.of(1), a.of(100), a.of(3), a.of(150)))).toBeCloseTo(400 / 3, 9);
  }); // prettier-ignore

  it('the fee is that of the last step that the volume has reached', () => {
    const feeTiers = [{ from: 0, makerFee: 0.001, takerFee: 0.002 }, { from: 100, makerFee: -0.0001, takerFee: 0.001 }, { from: 500, makerFee: 0, takerFee: 0.0005 }]; // prettier-ignore
    const stepped = terms('BTC/USDT', { feeTiers, makerFee: 9, takerFee: 9 });
    const rates = [0, 99, 100, 499, 500, 1e9].map((volume) => [number(stepped.feeRate(true, volume)), number(stepped.feeRate(false, volume))]); // prettier-ignore
    expect(rates).toEqual([[0.001, 0.002], [0.001, 0.002], [-0.0001, 0.001], [-0.0001, 0.001], [0, 0.0005], [0, 0.0005]]); // prettier-ignore
    const flat = terms('BTC/USDT', { makerFee: 0.1, takerFee: 0.2 });
    expect([number(flat.feeRate(true, 5)), number(flat.feeRate(false, 5))]).toEqual([0.1, 0.2]);
    expect(number(terms('BTC/USDT').feeRate(false, 0))).toBe(0);
    const falls = (from: number) => () => terms('BTC/USDT', { feeTiers: [feeTiers[0]!, { ...feeTiers[1]!, from }] });
    expect(falls(0)).toThrow(expect.objectContaining({ message: 'feeTiers must rise: from 0 follows 0', context: { field: 'feeTiers' } })); // prettier-ignore
    expect(falls(1)).not.toThrow();
  });

  it('the maintenance is value times rate less the amount of its tier, which holds its upper edge', () => {
    const tiered = terms('BTC/USDT:USDT', { marginTiers: [{ upTo: 1_000, maintenanceRate: 0.01, maxLeverage: 20 }, { upTo: 5_000, maintenanceRate: 0.02, maxLeverage: 10 }, { upTo: 9_000, maintenanceRate: 0.05 }] }); // prettier-ignore
    // Amounts of 10 and 160.
    expect([500, 1_000, 1_001, 5_000, 6_000, 20_000].map((value) => +number(tiered.maintenance(a.of(value))).toFixed(9))).toEqual([5, 10, 10.02, 90, 140, 840]); // prettier-ignore
    expect([500, 1_000, 1_001, 5_000, 9_000, 9_001].map((value) => tiered.maxLeverage(a.of(value)))).toEqual([20, 20, 10, 10, Infinity, 0]); // prettier-ignore
    expect([1_000, 1_001, 9_000, 9_001].map((value) => number(tiered.tierOf(a.of(value))!.rate))).toEqual([0.01, 0.02, 0.05, 0.05]); // prettier-ignore
    expect([21, 20, 11, 10, 5].map((leverage) => tiered.mostValue(leverage))).toEqual([9_000, 9_000, 9_000, 9_000, 9_000]); // prettier-ignore
    const none = terms('BTC/USDT:USDT');
    expect([number(none.maintenance(a.of(500))), none.maxLeverage(a.of(500)), none.mostValue(500), none.tierOf(a.of(1))]).toEqual([0, Infinity, Infinity, undefined]); // prettier-ignore
    const capped = terms('BTC/USDT:USDT', { marginTiers: [{ upTo: 1_000, maintenanceRate: 0.01, maxLeverage: 20 }, { upTo: 5_000, maintenanceRate: 0.02, maxLeverage: 10 }] }); // prettier-ignore
    expect([21, 20, 11, 10].map((leverage) => capped.mostValue(leverage))).toEqual([0, 1_000, 1_000, 5_000]);
  });

  it('holds the facts of its instrument, and what follows where these are not given', () => {
    const given = terms('BTC/USDT:USDT-240329', { type: 'future', contractSize: 0.01, liquidationFee: 0.02, expiry: 5, lot: 1, tick: 0.5, feeCurrency: 'BNB' }); // prettier-ignore
    expect([given.kind, given.symbol, given.base, given.quote, given.settle, given.feeCurrency, given.expiry, given.lot, given.tick]).toEqual(['linear', 'BTC/USDT:USDT-240329', 'BTC', 'USDT', 'USDT', 'settle', 5, 1, 0.5]); // prettier-ignore
    expect([number(given.contractSize), number(given.liquidationFee)]).toEqual([0.01, 0.02]);
    const plain = terms('BTC/USDT');
    expect([plain.kind, plain.settle, plain.feeCurrency, plain.expiry, plain.lot, number(plain.contractSize), number(plain.liquidationFee)]).toEqual(['spot', 'USDT', 'quote', Infinity, undefined, 1, 0]); // prettier-ignore
    expect(terms('BTC/USDT', { feeCurrency: 'BNB' }).feeCurrency).toBe('BNB');
  });

  /** The scheme of a contract's terms. */
  function contractScheme(given: Parameters<typeof schemeOfTerms<unknown>>[1], leverage: number): ContractScheme {
    const scheme = schemeOfTerms(a, given, leverage);
    if (!(scheme instanceof ContractScheme)) throw new Error('these are no terms of a contract');
    return scheme;
  }

  it('make the scheme that sizers and trades reckon with', () => {
    const linear = contractScheme(terms('BTC/USDT:USDT', { contractSize: 0.1, takerFee: 0.001 }), 5);
    expect([linear.commission(-30, 110), linear.margin(110), linear.value(-30, 110), linear.pointValue(110), linear.pnl(-30, 100, 110), linear.notional(-30, 110), linear.isInverse]).toEqual([0.33, 2.2, -66, 0.1, -30, 330, false].map((one): unknown => typeof one === 'number' ? expect.closeTo(one, 12) : one)); // prettier-ignore
    expect(linear.summary).toBe('0.1 % of the value, leverage 5');
    const inverse = contractScheme(terms('BTC/USD:BTC', { contractSize: 100, takerFee: -0.0005 }), 2);
    // 300 x 100 / 40,000 = 0.75.
    expect([inverse.commission(300, 40_000), inverse.margin(40_000), inverse.value(300, 40_000), inverse.pointValue(40_000), inverse.pnl(300, 40_000, 50_000), inverse.isInverse]).toEqual([-0.000375, 0.00125, 0.375, 100 / 1.6e9, 0.15, true].map((one): unknown => typeof one === 'number' ? expect.closeTo(one, 12) : one)); // prettier-ignore
    const spot = schemeOfTerms(a, terms('BTC/USDT', { takerFee: 0.002 }), 1);
    expect([spot instanceof ContractScheme, spot.commission(2, 100), schemeOfTerms(a, terms('BTC/USDT', { takerFee: -0.1 }), 1).commission(2, 100)]).toEqual([false, 0.4, 0]); // prettier-ignore
  });
});

describe('an instrument', () => {
  it.each<[string, Partial<Instrument>, string]>([
    ['BTC/USDT', {}, 'spot'],
    ['BTC/USDT', { type: 'margin' }, 'spot'],
    ['BTC/USDT:USDT', {}, 'linear'],
    ['BTC/USD:BTC', {}, 'inverse'],
    ['BTC/USD:USDC', {}, 'linear'],
    ['BTC/EUR:EUR', {}, 'linear'],
    ['PERP', { type: 'swap', base: 'BTC', quote: 'USDT', settle: 'USDT' }, 'linear'],
    ['PERP', { type: 'future', base: 'BTC', quote: 'USD', settle: 'BTC' }, 'inverse'],
  ])('%s %j is %s', (symbol, facts, kind) => {
    expect(kindOf(of(symbol, facts))).toBe(kind);
  });

  it.each<[string, Partial<Instrument>, string]>([
    ['BTC/USDT:USDT-240329-50000-C', { type: 'option' }, "'BTC/USDT:USDT-240329-50000-C' is an option: options are not traded"],
    ['ETH/USD:BTC', {}, "'ETH/USD:BTC' is a quanto contract, of ETH, priced in USD and settled in BTC: only contracts settled in their base or quote are traded"],
    ['BTC/EUR:USDT', {}, 'priced in EUR and settled in USDT'],
    ['BTC/USDT:EUR', {}, 'priced in USDT and settled in EUR'],
  ])('%s is refused', (symbol, facts, message) => {
    expect(() => kindOf(of(symbol, facts))).toThrow(message);
  }); // prettier-ignore

  it('that is refused is named by the error', () => {
    expect(() => kindOf(of('ETH/USD:BTC'))).toThrow(expect.objectContaining({ context: { symbol: 'ETH/USD:BTC' } }));
    expect(() => completeInstrument({ name: 'gold', symbol: 'X' }, {})).toThrow(
      expect.objectContaining({ context: { data: 'gold' } }),
    );
  });

  it('has the currencies that it names, and those of its symbol', () => {
    expect(withCurrencies(of('BTC/USDT'))).toEqual({ base: 'BTC', quote: 'USDT', settle: 'USDT' });
    expect(withCurrencies(of('BTC/USD:BTC-240329'))).toEqual({ base: 'BTC', quote: 'USD', settle: 'BTC' });
    expect(withCurrencies(of('X', { base: 'A', quote: 'B', settle: 'C' }))).toEqual({
      base: 'A',
      quote: 'B',
      settle: 'C',
    });
    expect(withCurrencies(of('BTC/USDT:', { quote: 'EUR' }))).toEqual({ base: 'BTC', quote: 'EUR', settle: 'EUR' });
  });

  it('is completed from what the run says, what the venue says, and its symbol, in this order', () => {
    const info = {
      name: 'a',
      symbol: 'BTC/USDT',
      instrument: of('BTC/USDT', { makerFee: 0.1, takerFee: 0.2, lot: 1 }),
    };
    expect(completeInstrument(info, { takerFee: 0.3 }, 0.9)).toEqual({ ...info.instrument, takerFee: 0.3 });
    expect(completeInstrument({ name: 'a', symbol: 'BTC/USDT' }, {}, 0.9)).toEqual({ symbol: 'BTC/USDT', type: 'spot', base: '', quote: '', makerFee: 0.9, takerFee: 0.9 }); // prettier-ignore
    expect(completeInstrument({ name: 'a', symbol: 'X' }, { symbol: 'BTC/USDT:USDT' })).toEqual({ symbol: 'BTC/USDT:USDT', type: 'swap', base: '', quote: '' }); // prettier-ignore
    expect(completeInstrument({ name: 'a', symbol: 'X' }, { base: 'A', quote: 'B', type: 'swap' })).toMatchObject({ symbol: 'X', type: 'swap', base: 'A' }); // prettier-ignore
    for (const facts of [{}, { base: 'A' }, { quote: 'B' }])
      expect(() => completeInstrument({ name: 'gold', symbol: 'X' }, facts)).toThrow("'gold' is no unified symbol such as BTC/USDT or BTC/USDT:USDT, so its currencies are unknown: call setInstrument('gold', { base, quote, type })"); // prettier-ignore
    expect(completeInstrument({ name: 'x', symbol: 'X', instrument: of('X', { type: 'spot' }) }, {}).type).toBe('spot');
  });

  it('has tiers that rise, whose amounts are given or follow', () => {
    const tier = (upTo: number, maintenanceRate: number, maintenanceAmount?: number) => ({ upTo, maintenanceRate, ...(maintenanceAmount !== undefined && { maintenanceAmount }) }); // prettier-ignore
    const amounts = (...tiers: ReturnType<typeof tier>[]) => marginTiers(tiers).map((one) => one.maintenanceAmount);
    expect(amounts()).toEqual([]);
    expect(amounts(tier(50_000, 0.004), tier(250_000, 0.005), tier(1e6, 0.01))).toEqual([0, 50, 1_300]);
    expect(amounts(tier(50_000, 0.004), tier(250_000, 0.005, 60), tier(1e6, 0.01))).toEqual([0, 60, 1_310]);
    expect(amounts(tier(1, 0.01), tier(2, 0.01))).toEqual([0, 0]);
    expect(() => amounts(tier(1, 0.02), tier(2, 0.01))).toThrow(
      'marginTiers must rise: maintenanceRate 0.01 follows 0.02',
    );
    expect(() => amounts(tier(2, 0.01), tier(2, 0.02))).toThrow('marginTiers must rise: upTo 2 follows 2');
    expect(() => amounts(tier(0, 0.01))).toThrow('marginTiers must rise: upTo 0 follows 0');
    for (const given of [[tier(1, 0.02), tier(2, 0.01)], [tier(0, 0.01)]]) expect(() => marginTiers(given)).toThrow(expect.objectContaining({ context: { field: 'marginTiers' } })); // prettier-ignore
  });
});
