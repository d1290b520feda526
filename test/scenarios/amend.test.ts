/** Amending: one call moves an order that is open, and it stays where it belongs. */
import { describe, expect, it } from 'vitest';
import type { Order } from 'nextbar';
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

describe('an amendment', () => {
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
