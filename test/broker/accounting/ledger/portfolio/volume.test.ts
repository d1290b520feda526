/** The volume that fee tiers count, worked out by hand: several quote currencies and inverse contracts in one currency. */
import { expect, it } from 'vitest';

import { Run, type Prices } from './run.ts';

/** 0.2 % below a volume, 0.1 % from it on. */
const from = (volume: number) => [{ from: 0, makerFee: 0, takerFee: 0.002 }, { from: volume, makerFee: 0, takerFee: 0.001 }]; // prettier-ignore
const flat = (price: number): Prices => Array<number>(10).fill(price);
const feeOf = (run: Run, ...fill: readonly [number, number, number]): number => {
  run.step(fill);
  return run.portfolio.lastFill.fee;
};

it('counts what is traded in another currency at the rate of its step', () => {
  const feeTiers = from(150);
  const run = new Run({ cash: { USDT: 1_000, JPY: 1e6 } }, { btc: { symbol: 'BTC/USDT', feeTiers, prices: flat(100) }, yen: { symbol: 'BTC/JPY', feeTiers, prices: flat(10_000) }, rate: { symbol: 'JPY/USD', prices: [0.01, 0.01, 0.01, [0.01, 0.02, 0.01, 0.02], 0.02] } }, { 'JPY/USDT': 'rate' }); // prettier-ignore
  // 10,000 JPY are 100 USDT, and 202 JPY are 2.02: volumes of 100, 102.02.
  expect(feeOf(run, 1, 1, 10_000)).toBe(20);
  expect(feeOf(run, 1, 0.0202, 10_000)).toBeCloseTo(0.404, 12);
  expect(feeOf(run, 0, 0.1, 100)).toBeCloseTo(0.02, 12);
  // Now 112.02. While its bar is booked a rate is what the bar opened at: 2,000 JPY are 20, and 40 from the next bar on.
  expect(feeOf(run, 1, -0.2, 10_000)).toBeCloseTo(4, 12);
  expect(feeOf(run, 1, -0.2, 10_000)).toBeCloseTo(4, 12);
  expect(feeOf(run, 0, 0.1, 100)).toBeCloseTo(0.01, 12);
  expect(run.portfolio.warnings()).toEqual([]);
});

it.each([
  // 100 USD a contract: the third is traded at a volume of 200, whatever 100 USD are worth.
  ['USDT', { 'USD/USDT': 0.5 }, 200],
  ['USD', { 'USDT/USD': 1 }, 200],
  // In BTC a contract is 0.01 at 10,000.
  ['BTC', {}, 0.02],
  // 0.01 BTC are 80 EUR.
  ['EUR', { 'BTC/EUR': 8_000 }, 160],
] as const)('counts inverse contracts in %s', (currency, rates, volume) => {
  const fees = (feeTiers: ReturnType<typeof from>): number[] => {
    const run = new Run({ cash: { BTC: 1 }, currency }, { coin: { symbol: 'BTC/USD:BTC', contractSize: 100, feeTiers, prices: flat(10_000) }, ...(currency !== 'EUR' && currency !== 'BTC' && { spot: { symbol: 'BTC/USDT', prices: flat(10_000) } }) }, rates); // prettier-ignore
    return [1, 2, 3].map(() => Math.round(feeOf(run, 0, 1, 10_000) * 1e9));
  };
  expect(fees(from(volume))).toEqual([20_000, 20_000, 10_000]);
  expect(fees(from(volume * 1.01))).toEqual([20_000, 20_000, 20_000]);
});

it('leaves out what no rate converts yet, and warns of it where there are tiers', () => {
  const warned = (feeTiers: ReturnType<typeof from>): string[] => {
    const run = new Run({ cash: { USDT: 1_000, JPY: 1e6 } }, { btc: { symbol: 'BTC/USDT', feeTiers, prices: [undefined, undefined, 100, 100] }, yen: { symbol: 'ETH/JPY', prices: flat(10_000) }, rate: { symbol: 'JPY/USDT', prices: [undefined, undefined, 0.01, 0.01] } }); // prettier-ignore
    run.step([1, 1, 10_000]).step();
    expect(feeOf(run, 0, 1, 100)).toBeCloseTo(0.2, 12);
    return run.portfolio.warnings().filter((text) => text.includes('tiers'));
  };
  expect(warned(from(50))).toEqual(["the volume of fee tiers leaves out what was traded in JPY while no rate to USDT was known; give rates: { 'JPY/USDT': a number or the name of a data with earlier bars }"]); // prettier-ignore
  expect(warned([{ from: 0, makerFee: 0, takerFee: 0.002 }])).toEqual([]);
});
