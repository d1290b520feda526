/** Rolling sums against exact arithmetic, after many bars and at hard prices. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/index.ts';
import { linearRegression, sma, stddev, sum, wma } from '../../src/indicators/index.ts';
import { closes, valuesOf } from './ground.ts';

/** Prices around `price` in steps of `step`, with a bad print far off now and then. */
function prices(length: number, price: number, step: number, wild: boolean): number[] {
  const random = seededRandom(99);
  return Array.from({ length }, () => {
    const value = price + Math.round((random() - 0.5) * 6) * step;
    return wild && random() < 0.002 ? value * 1e4 : value;
  });
}

/** The exact mean and population variance of doubles, as fractions of integers scaled by 2^80. */
function exact(values: readonly number[]): { mean: number; deviation: number } {
  const scaled = values.map(toScaled);
  const n = BigInt(values.length);
  const total = scaled.reduce((a, b) => a + b, 0n);
  const squares = scaled.reduce((a, b) => a + (b * n - total) ** 2n, 0n);
  // variance = squares / n^3 in units of 2^-160
  const root = sqrt((squares << 120n) / n ** 3n);
  return { mean: Number(total) / Number(n) / 2 ** 80, deviation: Number(root) / 2 ** 60 / 2 ** 80 };
}

function toScaled(value: number): bigint {
  const [mantissa, exponent] = [value / 2 ** (Math.floor(Math.log2(value)) - 52), Math.floor(Math.log2(value)) - 52];
  return BigInt(mantissa) << BigInt(80 + exponent);
}

function sqrt(value: bigint): bigint {
  if (value < 2n) return value;
  let guess = BigInt(Math.floor(Math.sqrt(Number(value))));
  for (let i = 0; i < 8; i++) guess = (guess + value / guess) >> 1n;
  return guess;
}

describe.each([
  ['at price 1e5 with a deviation of about 1e-2', prices(30_000, 1e5, 0.005, false)],
  ['at price 60,000 with bad prints 10,000 times off', prices(30_000, 60_000, 0.01, true)],
  ['at price 1e-5', prices(30_000, 1e-5, 1e-8, false)],
])('%s', (_, values) => {
  const period = 200;
  const at = Array.from({ length: 300 }, (__, i) => period + i * 97).filter((i) => i < values.length);

  it('stddev keeps nine digits', () => {
    const seen = valuesOf(closes(...values), (data) => stddev(data.close, period));
    for (const i of at) {
      const { deviation } = exact(values.slice(i - period + 1, i + 1));
      expect(Math.abs(seen[i]! / deviation - 1), `bar ${i}`).toBeLessThan(1e-9);
    }
  });

  it('sma and sum keep fifteen digits', () => {
    const means = valuesOf(closes(...values), (data) => sma(data.close, period));
    const sums = valuesOf(closes(...values), (data) => sum(data.close, period));
    for (const i of at) {
      const { mean } = exact(values.slice(i - period + 1, i + 1));
      expect(Math.abs(means[i]! / mean - 1), `bar ${i}`).toBeLessThan(1e-15 * 2);
      expect(Math.abs(sums[i]! / (mean * period) - 1), `bar ${i}`).toBeLessThan(1e-15 * 2);
    }
  });

  it('wma and linear regression keep eleven digits', () => {
    const averages = valuesOf(closes(...values), (data) => wma(data.close, 50));
    const fits = valuesOf(closes(...values), (data) => linearRegression(data.close, 50).value);
    for (const i of at) {
      const window = values.slice(i - 49, i + 1);
      const { mean } = exact(window);
      let weighted = 0;
      let tilt = 0;
      window.forEach((value, j) => {
        weighted += (value - mean) * (j + 1);
        tilt += (value - mean) * (j - 24.5);
      });
      const [average, fit] = [mean + weighted / 1275, mean + (tilt / 10412.5) * 24.5];
      expect(Math.abs(averages[i]! / average - 1), `bar ${i}`).toBeLessThan(1e-11);
      expect(Math.abs(fits[i]! / fit - 1), `bar ${i}`).toBeLessThan(1e-11);
    }
  });
});
