/** What amounts are worth in another currency, by hand: rates that are given, prices of the run, and ways over others. */
import { describe, expect, it } from 'vitest';

import { Run, type Prices } from './run.ts';

const values = (run: Run, steps: number): number[] => Array.from({ length: steps }, () => run.step().portfolio.value);
const flat: Prices = [100, 100, 100, 100];

describe('a balance in another currency', () => {
  it.each<[string, Record<string, number | string>, number]>([
    ['at a number', { 'USD/USDT': 0.98 }, 98],
    ['at a number the other way round', { 'USDT/USD': 0.5 }, 200],
    ['by way of another', { 'USD/EUR': 2, 'EUR/USDT': 0.75 }, 150],
    ['by way of another, past one that leads nowhere', { 'USD/XAG': 3, 'USD/EUR': 2, 'EUR/USDT': 0.75 }, 150],
    ['by way of two, in a circle', { 'USD/EUR': 2, 'GBP/EUR': 4, 'EUR/USD': 0.5, 'GBP/USDT': 3 }, 150],
    ['at the price of a data', { 'USD/USDT': 'rate' }, 5_000],
    ['at the price of a data the other way round', { 'USDT/USD': 'rate' }, 2],
  ])('is worth what it fetches %s', (_, rates, worth) => {
    const run = new Run({ cash: { USDT: 10, USD: 100 } }, { 'BTC/USDT': { prices: flat }, rate: { symbol: 'XAU/USDT', prices: [50, 50] } }, rates); // prettier-ignore
    expect(run.portfolio.startValue).toBe(10 + worth);
    expect(values(run, 2)).toEqual([10 + worth, 10 + worth]);
    expect(run.portfolio.result().withoutRate).toEqual([]);
    expect(run.portfolio.warnings()).toEqual([]);
  });

  it('follows the spot data of the run: its open before the first bar, then each close', () => {
    const run = new Run({ cash: { USDT: 10, BTC: 2 } }, { 'BTC/USDT': { prices: [[90, 120, 90, 110], 120] } });
    expect(run.portfolio.startValue).toBe(190);
    expect(values(run, 2)).toEqual([230, 250]);
    const turned = new Run({ cash: { USDT: 10, EUR: 0 }, currency: 'EUR' }, { 'EUR/USDT': { prices: [2, 4] } });
    expect(values(turned, 2)).toEqual([5, 2.5]);
  });

  it('goes by the spot data of its own pair, whatever is listed before it', () => {
    const run = new Run({ cash: { USDT: 10, BTC: 2 } }, { perpetual: { symbol: 'BTC/USDT:USDT', prices: [999] }, 'BTC/EUR': { prices: [90] }, 'EUR/USDT': { prices: [3] }, 'BTC/USDT': { prices: [100] } }); // prettier-ignore
    expect(values(run, 1)).toEqual([210]);
    const turned = new Run({ cash: { USDT: 10, EUR: 0 }, currency: 'EUR' }, { 'BTC/USDT': { prices: [100] }, 'EUR/BTC': { prices: [0.03] }, 'EUR/USDT': { prices: [2] } }); // prettier-ignore
    expect(values(turned, 1)).toEqual([5]);
    const late = new Run({ cash: { USDT: 10, BTC: 2 } }, { late: { symbol: 'BTC/USDT', prices: [undefined, 110] }, 'BTC/USDT': { prices: [100, 100] } }); // prettier-ignore
    expect(values(late, 1)).toEqual([210]);
  });

  it('is left out while the data of its rate has no bar, with a warning', () => {
    const run = new Run({ cash: { USDT: 10, EUR: 3, BTC: 2 } }, { 'BTC/USDT': { prices: [undefined, undefined, 100] }, 'ETH/USDT': { prices: flat }, rate: { symbol: 'EUR/USD', prices: [undefined, 2] } }, { 'EUR/USDT': 'rate' }); // prettier-ignore
    expect(values(run, 3)).toEqual([10, 16, 216]);
    expect(run.portfolio.result().withoutRate).toEqual(['EUR', 'BTC']);
    expect(run.portfolio.warnings()[0]).toBe("the value leaves out what is held in EUR, BTC: no rate to USDT is known; give rates: { 'EUR/USDT': a number or the name of a data }"); // prettier-ignore
    // What the accounts began with counts the coins at their first prices.
    expect(run.portfolio.startValue).toBe(216);
  });

  it('is refused where nothing leads to the currency of value', () => {
    const make = (cash: Readonly<Record<string, number>>, symbol = 'BTC/USDT', rates = {}) =>
      new Run({ cash, currency: 'USDT' }, { 'SOL/USDT': { prices: flat }, other: { symbol, prices: flat } }, rates);
    expect(() => make({ USDT: 1, USD: 2 })).toThrow("'account' begins with 2 USD, and no total in USDT can include it");
    expect(() => make({ USDT: 1, BTC: 2 })).not.toThrow();
    expect(() => make({ USDT: 1, USD: 0 })).not.toThrow();
    expect(() => make({ USDT: 1 }, 'ETH/BTC')).toThrow("'other' is paid in BTC, and no total in USDT can include it");
    expect(() => make({ USDT: 1 }, 'BTC/USD:BTC')).toThrow("'other' is paid in BTC");
    expect(() => make({ USDT: 1 }, 'ETH/BTC', { 'XRP/BTC': 2, 'XRP/USDT': 1 })).not.toThrow();
    expect(() => make({ USDT: 1 }, 'ETH/BTC', { 'BTC/XRP': 2, 'USDT/XRP': 1 })).not.toThrow();
    expect(() => make({ USDT: 1, EUR: 1 }, 'BTC/USDT', { 'EUR/USDT': 'nowhere' }).step()).toThrow("rates['EUR/USDT']: no data is named 'nowhere'"); // prettier-ignore
  });

  it('while a bar is booked is worth what its data opened at', () => {
    const run = new Run({ cash: { USDT: 1_000, BNB: 1 } }, { 'BTC/USDT': { takerFee: 0.001, feeCurrency: 'BNB', prices: flat }, rate: { symbol: 'BNB/USDT:USDT', prices: [500, [500, 500, 200, 250], undefined, 400] } }, { 'BNB/USDT': 'rate' }); // prettier-ignore
    run.step().step([0, 5, 100]);
    expect(run.portfolio.lastFill).toEqual({ isMaker: false, fee: 0.001, currency: 'BNB' });
    // A data without a bar at this step is known to its last close.
    run.step([0, 1, 100]);
    expect(run.portfolio.lastFill.fee).toBe(0.0004);
    expect(run.portfolio.value).toBeCloseTo(400 + 0.9986 * 250 + 600, 9);
  });
});
