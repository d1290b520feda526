/** Amending: one call moves an order that is open, and it stays where it belongs. */
import { describe, expect, it } from 'vitest';
import { volumePercentFiller, type Order } from 'nextbar';
import { scenario } from './table.ts';

const amend =
  (name: string, options: object) =>
  (strategy: { named: Map<string, Order>; amend: (order: Order, options: object) => boolean }): void => {
    const isAmended = strategy.amend(strategy.named.get(name)!, options);
    expect(isAmended).toBe(true);
  };

describe('an amended order', () => {
  it('acts at its new price', () =>
    scenario(
      `
      open high low close | orders               | told
      100  101  99  100   | a: buy 1 limit 90    |
      100  101  99  100   |                      |
      100  101  95  100   |                      | a 1 @ 97
      `,
      { act: { 1: amend('a', { price: 97 }) } },
    ));

  it('has its new size, and takes the last place at its price', () =>
    scenario(
      `
      open high low close | orders               | told
      100  101  99  100   | a: buy 1 limit 90; b: buy 1 limit 90   |
      100  101  99  100   |                      |
      100  101  89  100   |                      | b 1 @ 90; a 3 @ 90
      `,
      { act: { 1: amend('a', { size: 3 }) } },
    ));

  it('that is the stop of a bracket stays in it: the target still cancels it', () =>
    scenario(
      `
      open high low close | orders                                        | told
      100  101  99  100   | a: buyBracket 1 stopLoss=90 takeProfit=110    |
      100  104  99  103   |                                               | a 1 @ 100
      103  104  97  100   |                                               | a.stop -1 @ 98; a.target canceled
      `,
      { act: { 1: amend('a.stop', { price: 98 }) } },
    ));

  it('of a group still cancels the others', () =>
    scenario(
      `
      open high low close | orders                                            | told
      100  101  99  100   | a: buy 1 limit 80; b: buy 1 limit 85 oco=a        |
      100  101  99  100   |                                                   |
      100  101  94  100   |                                                   | a 1 @ 95; b canceled
      `,
      { act: { 1: amend('a', { price: 95 }) } },
    ));

  it('that trails keeps the best price it has followed, and stands at its new distance from it', () =>
    scenario(
      `
      open high low close | orders                                                | told
      100  101  99  100   | a: buy 1                                              |
      100  101  99  100   | t: sell 1 stopTrail trailAmount=9                     | a 1 @ 100
      102  110  102 109   |                                                       |
      109  109  107 108   |                                                       |
      108  108  104 105   |                                                       | t -1 @ 106
      `,
      { act: { 2: amend('t', { trail: 4 }) } },
    ));

  it('that trails by a fraction has its new fraction', () =>
    scenario(
      `
      open high low close | orders                                                | told
      100  101  99  100   | a: buy 1                                              |
      100  100  99  100   | t: sell 1 stopTrail trailPercent=0.2                  | a 1 @ 100
      100  100  96  100   |                                                       |
      100  100  96  97    |                                                       |
      97   97   94  95    |                                                       | t -1 @ 95
      `,
      { act: { 2: amend('t', { trail: 0.05 }) } },
    ));

  it('that trails by an amount above 1 keeps it, and one with a limit moves both', () =>
    scenario(
      `
      open high low close | orders                                                | told
      100  101  99  100   | a: buy 1                                              |
      100  101  99  100   | t: sell 1 stopTrailLimit trailAmount=9 limitPrice=98  | a 1 @ 100
      102  110  102 109   |                                                       |
      109  109  107 108   |                                                       |
      108  108  103 105   |                                                       | t -1 @ 105
      `,
      { act: { 2: amend('t', { trail: 5 }) } },
    ));

  it('with a stop and a limit has each at its new price', () =>
    scenario(
      `
      open high low close | orders                                 | told
      100  101  99  100   | a: buy 1 stopLimit 120 limitPrice=121  |
      100  101  99  100   | b: buy 1 stopLimit 104 limitPrice=121  |
      102  106  102 105   |                                        | b 1 @ 104
      105  106  104 105   |                                        | a 1 @ 104
      `,
      {
        act: {
          1: (strategy) => {
            amend('a', { price: 105, limitPrice: 104 })(strategy);
            amend('b', { price: 104 })(strategy);
          },
        },
      },
    ));

  it('is valid for as long as it is told now', () =>
    scenario(
      `
      open high low close | orders                        | told
      100  101  99  100   | a: buy 1 limit 90 valid=1h    |
      100  101  99  100   |                               |
      100  101  99  100   |                               |
      100  101  89  100   |                               | a 1 @ 90
      `,
      { act: { 1: amend('a', { valid: { afterMs: 5 * 3_600_000 } }) } },
    ));
});

describe('what is not amended', () => {
  const shown = async (orders: string, options: object, price: number, limitPrice: number): Promise<void> => {
    await scenario(
      `
      open high low close | orders
      100  100  100 100   | ${orders}
      100  100  100 100   |
      100  100  100 100   |
      `,
      {
        act: {
          1: (strategy) => {
            amend('a', options)(strategy);
            const order = strategy.named.get('a')!;
            expect([order.price, order.limitPrice]).toEqual([price, limitPrice]);
          },
        },
      },
    );
  };

  it.each([
    ['a: buy 1 limit 90', { price: 95 }, 95, 95],
    ['a: buy 1 stop 110', { price: 105 }, 105, 105],
    ['a: buy 1 stopLimit 110 limitPrice=112', { price: 105 }, 105, 112],
    ['a: buy 1 stopLimit 110 limitPrice=112', { limitPrice: 115 }, 110, 115],
    ['a: buy 1 limit 90', { size: 2 }, 90, 90],
    // From 100 a stop to buy lies 10 above, and its limit 2 above that; the limit of one to sell 2 below.
    ['a: buy 1 stopTrail trailAmount=10', { trail: 4 }, 104, 100],
    ['a: buy 1 stopTrail trailAmount=10', { size: 2 }, 110, 100],
    ['a: buy 1 stopTrail trailPercent=0.5', { trail: 0.25 }, 125, 100],
    ['a: sell 1 stopTrail trailPercent=0.2', { trail: 0.05 }, 95, 100],
    ['a: buy 1 stopTrailLimit 100 102 trailAmount=10', { trail: 4 }, 104, 106],
    ['a: sell 1 stopTrailLimit 100 98 trailAmount=10', { trail: 4 }, 96, 94],
  ] as const)('stays: %s with %j', (orders, options, price, limitPrice) => shown(orders, options, price, limitPrice));

  it('is how long it is valid', async () => {
    await scenario(
      `
      open high low close | orders                        | told
      100  101  99  100   | a: buy 1 limit 90 valid=2h    |
      100  101  99  100   |                               |
      100  101  99  100   |                               |
      100  101  94  100   |                               | a expired
      `,
      { act: { 1: amend('a', { price: 95 }) } },
    );
  });
});

describe('an order executed in part', () => {
  const partly = async (size: number, to: number, told: string): Promise<void> => {
    await scenario(
      `
      open high low close volume | orders                | told
      100  101  99  100   0.1    | a: buy ${size} limit 100 |
      100  101  99  100   0.1    |                       | a 0.1 @ 100 partial
      100  101  99  100   1000   |                       | ${told}
      100  101  99  100   1000   |                       |
      `,
      { filler: volumePercentFiller(1), act: { 1: amend('a', { size: to }) } },
    );
  };

  it('has what its new size leaves', () => partly(0.5, 0.4, 'a 0.3 @ 100'));

  // 0.8 - 0.7000000000000001 is a hair below 0.1.
  it.each([0.3, 0.7, 0.8])('of %d ends with a new size that has been executed', (size) => partly(size, 0.1, 'a canceled')); // prettier-ignore

  it('ends with a new size below what has been executed', () => partly(0.5, 0.05, 'a canceled'));
});

describe('an amendment', () => {
  it.each([
    ['a: buy 1 stop 110', { limitPrice: 2 }, 'a stop order has no limitPrice to amend'],
    ['a: buy 1', { price: 2 }, 'a market order has no price of its own'],
    ['a: buy 1 close', { price: 2 }, 'a close order has no price of its own'],
    ['a: sell 1 stopTrail trailAmount=5', { price: 2 }, 'a stopTrail order has no price of its own: give trail'],
    ['a: sell 1 stopTrail trailPercent=0.1', { trail: 5 }, 'trail is a fraction of the price here, as the order was placed, was 5: did you mean 0.05?'],
    ['a: sell 1 stopTrail trailAmount=5', { trail: 0 }, 'trail must be above 0, was 0'],
    ['a: sell 1 stopTrail trailPercent=0.1', { trail: 1 }, 'trail is a fraction of the price here'],
    ['a: buy 1 limit 90', { size: Infinity }, 'size must be a finite number, was Infinity'],
  ])('of %s by %j is refused with one sentence', async (orders, options, message) => {
    const run = scenario(
      `
      open high low close | orders
      100  101  99  100   | ${orders}
      100  101  99  100   |
      `,
      { act: { 0: amend('a', options) } },
    );
    await expect(run).rejects.toThrow(message);
  }); // prettier-ignore

  it.each([
    [{ price: -1 }, 'price must be above 0, was -1'],
    [{ size: NaN }, 'size must be a finite number, was NaN'],
    [{ trail: 2 }, 'a limit order does not trail'],
    [{ limitPrice: 2 }, 'a limit order has no limitPrice to amend'],
    [{ prise: 2 }, "unknown option of amend 'prise': did you mean 'price'?"],
  ])('%j is refused with one sentence', async (options, message) => {
    const run = scenario(
      `
      open high low close | orders
      100  101  99  100   | a: buy 1 limit 90
      100  101  99  100   |
      `,
      { act: { 1: amend('a', options) } },
    );
    await expect(run).rejects.toThrow(message);
  });
});
