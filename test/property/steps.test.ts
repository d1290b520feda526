/** Rounding to an exchange's steps: what floats answer quickly must be what decimals say. */
import { describe, expect, it } from 'vitest';

import { Decimal, floorToStep, roundToStep, seededRandom } from '../../src/core/index.ts';

const steps = [1, 0.1, 0.01, 1e-3, 1e-5, 1e-8, 1e-12, 1e-15, 0.5, 0.25, 0.05, 10, 1 / 3];

const floored = (value: number, step: number): number => new Decimal(value).div(step).trunc().mul(step).toNumber();
const rounded = (value: number, step: number): number => new Decimal(value).div(step).round().mul(step).toNumber();

/** The next float above a positive number, or below it. */
function beside(value: number, way: 1 | -1): number {
  const cell = new Float64Array([value]);
  new BigInt64Array(cell.buffer)[0]! += BigInt(way);
  return cell[0]!;
}

function valuesFor(step: number, next: () => number): number[] {
  const anywhere = next() * 10 ** Math.floor(next() * 16 - 6);
  const multiple = Math.floor(next() * 10 ** Math.floor(next() * 15)) * step;
  const written = Number(`${Math.floor(next() * 1e7)}e-${Math.floor(next() * 12)}`);
  const half = multiple + step / 2;
  const near = [multiple, half, written].filter((value) => value > 0);
  return [anywhere, written, ...near, ...near.flatMap((value) => [beside(value, 1), beside(value, -1)])];
}

describe.each(steps)('rounding to %d', (step) => {
  it('is what decimals make of it', () => {
    const random = seededRandom(Math.round(step * 1e15) % 2 ** 31);
    const wrong: unknown[] = [];
    for (let k = 0; k < 200; k++) {
      for (const positive of valuesFor(step, random)) {
        for (const value of [positive, -positive]) {
          if (!Object.is(floorToStep(value, step), floored(value, step))) wrong.push(['floor', value]);
          if (!Object.is(roundToStep(value, step), rounded(value, step))) wrong.push(['round', value]);
        }
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});

describe('rounding to a step', () => {
  it('leaves alone what has no steps and what is no number', () => {
    expect([floorToStep(1.7, 0), floorToStep(1.7, NaN), roundToStep(Infinity, 0.1)]).toEqual([1.7, 1.7, Infinity]);
    expect([floorToStep(0, 0.1), floorToStep(-0, 0.1)]).toEqual([0, -0]);
  });

  it('goes by decimals, not by what binary fractions make of them', () => {
    expect(floorToStep(0.1 + 0.2, 0.1)).toBe(0.3);
    expect(floorToStep(0.29, 0.01)).toBe(0.29);
    expect(floorToStep(1.15, 0.05)).toBe(1.15);
    expect(roundToStep(1.005, 0.01)).toBe(1);
  });
});
