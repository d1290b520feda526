/** The worked examples of exchanges' help pages come out to the printed digits, by venue profile. */
import { describe, expect, it } from 'vitest';
import type { Instrument, MarginTier } from '../../src/core/index.ts';
import { Position } from '../../src/broker/accounting/position.ts';
import { emptySettlement } from '../../src/broker/accounting/account.ts';
import { decimals, floats, type Arithmetic } from '../../src/broker/accounting/ledger/arithmetic.ts';
import { Leg, type MarginMode } from '../../src/broker/accounting/ledger/leg.ts';
import { venueProfiles, type VenueProfileName } from '../../src/broker/accounting/ledger/liquidation.ts';
import { Terms, marginTiers } from '../../src/broker/accounting/ledger/terms.ts';
import { VenueAccount } from '../../src/broker/accounting/ledger/venue-account.ts';

/** An account with one wallet, and positions opened by fills without fees unless the instrument has some. */
class Bench<N> {
  readonly account: VenueAccount<N>;
  readonly #a: Arithmetic<N>;

  constructor(a: Arithmetic<N>, profile: VenueProfileName, currency: string, balance: string) {
    this.#a = a;
    this.account = new VenueAccount(
      'account',
      a,
      venueProfiles[profile],
      () => undefined,
      (_terms, value) => value,
    );
    this.account.wallet.book(currency, a.of(balance), 'deposit');
  }

  open(
    facts: Partial<Instrument>,
    tiers: readonly MarginTier[],
    size: string,
    price: string,
    mode: MarginMode,
    leverage: number,
  ): Leg<N> {
    const a = this.#a;
    const terms = new Terms(a, {
      symbol: 'BTC/USDT:USDT',
      type: 'swap',
      base: '',
      quote: '',
      marginTiers: tiers,
      ...facts,
    });
    const leg = new Leg(a, terms, mode, leverage, new Position());
    this.account.legs.push(leg);
    this.account.fill(leg, a.of(size), a.of(price), false, emptySettlement());
    return leg;
  }

  liquidation(leg: Leg<N>): number {
    return this.#a.toNumber(this.account.liquidationOf(leg)!);
  }
}

const inverse = { symbol: 'BTC/USD:BTC', contractSize: 1 };
const flat = (rate: number): readonly MarginTier[] => [{ upTo: 1e12, maintenanceRate: rate }];

describe.each([decimals as Arithmetic<unknown>, floats as Arithmetic<unknown>])('the $name ledger', (a) => {
  it('1, 2: Binance USDT-margined, cross, two long positions', () => {
    const bench = new Bench(a, 'binance', 'USDT', '1535443.01');
    const tier = (rate: number, amount: number): MarginTier[] => [
      { upTo: 1e12, maintenanceRate: rate, maintenanceAmount: amount },
    ];
    const btc = bench.open({}, tier(0.025, 16_300), '109.488', '32481.98', 'cross', 10);
    const eth = bench.open({ symbol: 'ETH/USDT:USDT' }, tier(0.1, 135_365), '3683.979', '1456.84', 'cross', 10);
    btc.mark = 31_967.27;
    eth.mark = 1_335.18;
    expect(bench.liquidation(btc).toFixed(2)).toBe('26316.89');
    expect(bench.liquidation(eth).toFixed(2)).toBe('1153.26');
  });

  it('3, 4: Bybit linear, isolated long, without and with funding taken from the margin', () => {
    const bench = new Bench(a, 'bybit', 'USDT', '1000');
    const leg = bench.open({}, flat(0.005), '1', '20000', 'isolated', 50);
    expect(bench.liquidation(leg)).toBe(19_700);
    bench.account.payFunding(leg, a.of(0.01), a.of(20_000));
    expect(bench.liquidation(leg)).toBe(19_900);
  });

  it('5: Bybit inverse, isolated long, rounded up to 0.5', () => {
    const bench = new Bench(a, 'bybitInverse', 'BTC', '1');
    const leg = bench.open(inverse, flat(0.005), '1000', '8000', 'isolated', 50);
    expect(bench.liquidation(leg)).toBe(7_882);
  });

  it('6: Bybit inverse, cross long, with the fee for closing', () => {
    const fee = { ...inverse, takerFee: 0.00075, symbol: 'BTC/USD:BTC' };
    const paid = new Bench(a, 'bybitInverse', 'BTC', '0.5009375');
    expect(paid.liquidation(paid.open(fee, flat(0.005), '10000', '8000', 'cross', 1)).toFixed(2)).toBe('5739.50');
  });

  it('7: Phemex linear, isolated long, margin with the fee for closing', () => {
    const bench = new Bench(a, 'phemex', 'USDT', '1000');
    const leg = bench.open({ takerFee: 0.0006 }, flat(0.01), '500', '0.4', 'isolated', 5);
    expect(a.toNumber(leg.margin).toFixed(3)).toBe('40.096');
    expect(bench.liquidation(leg).toFixed(4)).toBe('0.3232');
  });

  it('10: Bybit inverse, mean entry of two purchases', () => {
    const bench = new Bench(a, 'bybitInverse', 'BTC', '1');
    const leg = bench.open(inverse, flat(0.005), '50', '10000', 'cross', 1);
    bench.account.fill(leg, a.of(50), a.of(15_000), false, emptySettlement());
    expect(a.toNumber(leg.entry)).toBeCloseTo(12_000, 8);
  });
});

describe('amounts of margin tiers', () => {
  it('8: Binance: 250,000 x (1 % - 0.5 %) + 50', () => {
    const tiers = marginTiers([
      { upTo: 50_000, maintenanceRate: 0.004 },
      { upTo: 250_000, maintenanceRate: 0.005 },
      { upTo: 1_000_000, maintenanceRate: 0.01 },
    ]);
    expect(tiers.map(({ maintenanceAmount }) => maintenanceAmount)).toEqual([0, 50, 1_300]);
  });

  it('9: each deduction of Bybit follows from caps and rates', () => {
    const rows =
      '2 .5 0|2.6 .56 1200|3.2 .63 3020|3.8 .67 4300|4.4 .71 5820|5 .77 8460|5.6 .91 15460|8.5 1 20500|10 1.3 46000|14 1.5 66000|20 1.6 80000|28 2 160000|38 2.5 300000|50 2.9 452000|55 3 502000|60 3.5 777000|65 3.6 837000|70 3.8 967000|75 4 1107000|80 4.5 1482000';
    const table = rows.split('|').map((row) => row.split(' ').map(Number));
    const tiers = marginTiers(
      table.map(([cap, rate]) => ({ upTo: cap! * 1e6, maintenanceRate: +(rate! / 100).toPrecision(12) })),
    );
    expect(tiers.map(({ maintenanceAmount }) => +maintenanceAmount.toFixed(4))).toEqual(
      table.map(([, , amount]) => amount),
    );
  });
});
