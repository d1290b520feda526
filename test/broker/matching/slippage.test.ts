/** How much worse a fill is, model by model, against figures by hand. */
import { describe, expect, it } from 'vitest';

import {
  anyPercentSlippage,
  fixedSlippage,
  noSlippage,
  percentSlippage,
  spreadSlippage,
  volumeImpact,
  type SlippageModel,
} from '../../../src/broker/matching/slippage.ts';
import { bar } from './working.ts';

const prices = bar(100, 110, 90, 105, 1600);

describe('a price', () => {
  it.each<[string, SlippageModel, number, number, string]>([
    ['by a fraction', percentSlippage(0.25), 125, 75, '25 % slippage'],
    ['by a fraction above a half, by Backtrader’s rules', anyPercentSlippage(0.75), 175, 25, '75 % slippage'],
    ['by an amount', fixedSlippage(3), 103, 97, '3 slippage'],
    ['by half the spread', spreadSlippage(3), 101.5, 98.5, 'spread of 3'],
    // A tenth of 20, times the root of 400 / 1600.
    ['by its share of the volume', volumeImpact(0.1), 101, 99, 'volume impact of 0.1'],
    ['not at all', noSlippage, 100, 100, 'no slippage'],
  ])('slips %s', (_, model, bought, sold, summary) => {
    expect(model.slip(100, 400, prices)).toBe(bought);
    expect(model.slip(100, -400, prices)).toBe(sold);
    expect(model.summary).toBe(summary);
  });

  it('slips by the whole range of an impact where more is traded than the bar had, or the bar had nothing', () => {
    const impact = volumeImpact(0.1);
    expect(impact.slip(100, 6400, prices)).toBe(102);
    expect(impact.slip(100, 1600, prices)).toBe(102);
    expect(impact.slip(100, -1, bar(100, 110, 90, 105, 0))).toBe(98);
  });

  it('may have no slippage', () => {
    for (const model of [percentSlippage(0), fixedSlippage(0), spreadSlippage(0), volumeImpact(0)])
      expect(model.slip(100, 1, prices)).toBe(100);
  });
});

describe('a model', () => {
  it('slips at the open, within the bar and the limit, unless it is told otherwise', () => {
    const { atOpen, atLimit, capAtBar, beyondBar, compat } = fixedSlippage(1);
    expect([atOpen, atLimit, capAtBar, beyondBar, compat]).toEqual([true, true, true, false, 'sound']);
    expect(noSlippage.atOpen).toBe(false);
    expect(fixedSlippage(1, { beyondBar: true, compat: 'backtrader' })).toMatchObject({ beyondBar: true, compat: 'backtrader', capAtBar: true }); // prettier-ignore
  });

  it.each([
    ['a fraction meant in percent', () => percentSlippage(0.5), 'slippage must be a fraction of the price, 0.001 for 0.1 %, was 0.5: did you mean 0.005?'],
    ['a fraction below zero', () => percentSlippage(-0.1), 'slippage must be a number not below 0, was -0.1'],
    ['an amount that is no number', () => fixedSlippage(NaN), 'slippage must be a number not below 0, was NaN'],
    ['a spread without end', () => spreadSlippage(Infinity), 'spread must be a number not below 0, was Infinity'],
    ['a coefficient below zero', () => volumeImpact(-1), 'coefficient must be a number not below 0, was -1'],
    ['an unknown switch', () => fixedSlippage(1, { atClose: true } as never), "unknown slippage option 'atClose'"],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(message);
  }); // prettier-ignore

  it('names the field and the value that it refuses', () => {
    for (const [make, context] of [
      [() => percentSlippage(2), { field: 'slippage', value: 2 }],
      [() => spreadSlippage(-2), { field: 'spread', value: -2 }],
    ] as const) {
      expect(make).toThrow(expect.objectContaining({ context }));
    }
  });
});
