/** Brackets and OCO groups in their corners: what the end of one order does to its relatives. */
import { fixedSizeFiller } from 'nextbar';
import { describe, expect, it } from 'vitest';
import { scenario } from './table.ts';

const flat = '100  101  99  100';

describe('a bracket', () => {
  it('whose entry is canceled goes as a whole', () =>
    scenario(`
      open high low close | orders                                              | told
      ${flat}             | a: buyBracket 1 limit 90 stopLoss=85 takeProfit=110 |
      ${flat}             | cancel a                                            |
      ${flat}             |                                                     | a canceled; a.stop canceled (its parent was canceled); a.target canceled
    `));

  it('whose entry expires goes as a whole', () =>
    scenario(`
      open high low close | orders                                                       | told
      ${flat}             | a: buyBracket 1 limit 90 stopLoss=85 takeProfit=110 valid=1h |
      ${flat}             |                                                              |
      ${flat}             |                                                              | a expired; a.stop canceled; a.target canceled
    `));

  it('with an exit executed loses the other', () =>
    scenario(`
      open high low close | orders                                               | told
      ${flat}             | a: buyBracket 1 limit 100 stopLoss=95 takeProfit=105 |
      ${flat}             |                                                      | a 1 @ 100
      100  106  99  105   |                                                      | a.target -1 @ 105; a.stop canceled
      100  101  90  95    |                                                      |
    `));

  it('with a child expired is still protected by the other', () =>
    scenario(
      `
      open high low close | orders | told
      ${flat}             |        |
      ${flat}             |        | m 1 @ 100
      ${flat}             |        |
      ${flat}             |        | t expired
      100  101  94  95    |        | s -1 @ 95
    `,
      {
        act: {
          0: (strategy) => {
            const takeProfit = { price: 110, valid: { afterMs: 2 * 3_600_000 } };
            const made = strategy.buyBracket({ size: 1, stopLoss: 95, takeProfit })!;
            strategy.named.set('m', made.main).set('s', made.stopLoss!).set('t', made.takeProfit!);
          },
        },
      },
    ));

  it('with a child canceled is still protected by the other', () =>
    scenario(`
      open high low close | orders                                     | told
      ${flat}             | a: buyBracket 1 stopLoss=95 takeProfit=105 |
      ${flat}             | cancel a.target                            | a 1 @ 100
      ${flat}             |                                            | a.target canceled
      100  110  94  95    |                                            | a.stop -1 @ 95
    `));

  it('whose entry was executed in part and then canceled protects that part', () =>
    scenario(
      `
      open high low close | orders                                               | told                                            | position
      ${flat}             | a: buyBracket 5 limit 100 stopLoss=95 takeProfit=105 |                                                 | 0
      ${flat}             | cancel a                                             | a 2 @ 100 partial                               | 2
      100  101  94  95    |                                                      | a canceled; a.stop -2 @ 95; a.target canceled   | 0
    `,
      { filler: fixedSizeFiller(2) },
    ));

  it('whose entry ended in part leaves nothing to do to an exit that closed that part', async () => {
    let remaining: number | undefined;
    await scenario(
      `
      open high low close | orders                                               | told                                          | position
      ${flat}             | a: buyBracket 5 limit 100 stopLoss=95 takeProfit=105 |                                               | 0
      ${flat}             | cancel a                                             | a 2 @ 100 partial                             | 2
      100  101  94  95    |                                                      | a canceled; a.stop -2 @ 95; a.target canceled | 0
    `,
      {
        filler: fixedSizeFiller(2),
        act: { 2: (strategy) => (remaining = strategy.orderHistory[1]!.remaining) },
      },
    );
    expect(remaining).toBe(0);
  });

  it('of a stop alone leaves the profit open', () =>
    scenario(`
      open high low close | orders                       | told
      ${flat}             | a: buyBracket 1 stopLoss=95  |
      100  120  99  110   |                              | a 1 @ 100
      110  120  94  100   |                              | a.stop -1 @ 95
    `));

  it('with a refused child does not enter at all', () =>
    scenario(
      `
      open high low close | orders                                       | told
      ${flat}             | a: buy 1 hold; b: buy 50 limit 90 parent=a   |
      ${flat}             |                                              | b margin; a canceled (order 2 of its bracket was refused)
      ${flat}             |                                              |
    `,
      { cash: 1000 },
    ));

  it('with a refused entry has its children rejected', () =>
    scenario(
      `
      open high low close | orders                                      | told
      ${flat}             | a: buyBracket 50 stopLoss=95 takeProfit=105 |
      ${flat}             |                                             | a margin; a.stop rejected (its parent was refused); a.target rejected
    `,
      { cash: 1000 },
    ));
});

describe('orders tied by hand', () => {
  it('are held until one of the family is transmitted, and act as a bracket', () =>
    scenario(`
      open high low close | orders                                                                                | told
      ${flat}             | a: buy 1 limit 98 hold; b: sell 1 stop 95 parent=a hold; c: sell 1 limit 105 parent=a |
      100  106  97  100   |                                                                                       | a 1 @ 98
      100  106  97  100   |                                                                                       | c -1 @ 105; b canceled
    `));

  it('that are never transmitted never work, and can be canceled', () =>
    scenario(`
      open high low close | orders        | told
      ${flat}             | a: buy 1 hold |
      ${flat}             | cancel a      |
      ${flat}             |               | a canceled
    `));
});

describe('an OCO group', () => {
  it('loses the others when one is executed', () =>
    scenario(`
      open high low close | orders                                       | told
      ${flat}             | a: buy 1 limit 95; b: buy 1 stop 105 oco=a   |
      100  106  99  105   |                                              | b 1 @ 105; a canceled (order 2 of its group was completed)
      100  101  90  95    |                                              |
    `));

  it('of two entries that one bar reaches fills the one that the worse path meets first, whichever was placed first', async () => {
    for (const orders of ['a: buy 1 limit 95; b: buy 1 stop 105 oco=a', 'b: buy 1 stop 105; a: buy 1 limit 95 oco=b']) {
      await scenario(`
        open high low close | orders    | told
        ${flat}             | ${orders} |
        100  106  94  105   |           | b 1 @ 105; a canceled
      `);
    }
  });

  it("of two entries that one bar reaches fills the one placed first under Backtrader's rules", () =>
    scenario(
      `
      open high low close | orders                                       | told
      ${flat}             | a: buy 1 limit 95; b: buy 1 stop 105 oco=a   |
      100  106  94  105   |                                              | a 1 @ 95; b canceled
    `,
      { rules: 'backtrader' },
    ));

  it('loses the others when one is executed in part', () =>
    scenario(
      `
      open high low close | orders                                     | told
      ${flat}             | a: buy 3 limit 95; b: buy 3 stop 105 oco=a |
      100  101  94  100   |                                            | a 2 @ 95 partial; b canceled
      100  101  94  100   |                                            | a 1 @ 95
    `,
      { filler: fixedSizeFiller(2) },
    ));

  it('loses the others when one is canceled, and when one expires', () =>
    scenario(`
      open high low close | orders                                     | told
      ${flat}             | a: buy 1 limit 90; b: buy 1 limit 89 oco=a; c: buy 1 limit 88 valid=1h; d: buy 1 limit 87 oco=c |
      ${flat}             | cancel b                                   |
      ${flat}             |                                            | b canceled; a canceled; c expired; d canceled
    `));

  it('takes the children of a canceled member with it', () =>
    scenario(`
      open high low close | orders                                                                        | told
      ${flat}             | a: buy 1 limit 95; b: buy 1 stop 105 oco=a hold; c: sell 1 limit 110 parent=b |
      100  101  94  100   |                                                                               | a 1 @ 95; b canceled; c canceled (its parent was canceled)
    `));

  it('that is done cancels an order that joins it', () =>
    scenario(`
      open high low close | orders                                      | told
      ${flat}             | a: buy 1 limit 95; b: buy 1 limit 94 oco=a  |
      100  101  95  100   | c: buy 1 limit 93 oco=a                     | a 1 @ 95; b canceled
      100  101  90  100   |                                             | c canceled (another order of its group was done before)
    `));
});
