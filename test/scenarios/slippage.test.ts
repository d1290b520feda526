/** Slippage and its switches, and volume fillers that take an order in parts. */
import {
  fixedSizeFiller,
  fixedSlippage,
  percentSlippage,
  rangeShareFiller,
  spreadSlippage,
  volumeImpact,
  volumePercentFiller,
  type SlippageModel,
} from 'nextbar';
import { describe, it } from 'vitest';
import { scenario } from './table.ts';

const models: readonly [string, SlippageModel | number, string][] = [
  ['a fraction of the price', 0.01, 'a 10 @ 101; b -10 @ 99'],
  ['a number of quote units', fixedSlippage(0.5), 'a 10 @ 100.5; b -10 @ 99.5'],
  ['half the spread', spreadSlippage(1), 'a 10 @ 100.5; b -10 @ 99.5'],
  // 0.1 times the range of 10 times the root of 10 / 1000.
  ['the root of its share of the volume', volumeImpact(0.1), 'a 10 @ 100.1; b -10 @ 99.9'],
];

describe('slippage', () => {
  for (const [name, slippage, told] of models) {
    it(`makes fills worse by ${name}`, () =>
      scenario(
        `
        open high low close volume | orders               | told
        100  105  95  100   1000   | a: buy 10; b: sell 10 |
        100  105  95  100   1000   |                      | ${told}
      `,
        { slippage },
      ));
  }

  it('takes stops further than their price, and leaves limits reached inside the bar and closes of sessions alone', () =>
    scenario(
      `
      open high low close | orders                                                | told
      100  105  95  100   | a: buy 1 stop 102; b: buy 1 limit 97; c: sell 1 close |
      100  105  95  100   |                                                       | b 1 @ 97; a 1 @ 103.02 (high 105 reached stop 102, slipped to 103.02); c -1 @ 100
    `,
      { slippage: 0.01, sessionEnd: '02:00' },
    ));

  it.each(['stop 96', 'stopLimit 96 90'])(
    'leaves a %s that it takes beyond the bar, without a cap, for the open of the next bar, where it slips again',
    async (order) => {
      await scenario(
        `
        open high low close | orders                     | told
        100  101  99  100   | a: buy 1; b: sell 1 ${order} |
        100  105  95  97    |                            | a 1 @ 102
        97   98   90  95    |                            | b -1 @ 95
      `,
        { slippage: fixedSlippage(2, { atLimit: false, capAtBar: false }) },
      );
    },
  );

  it('makes market orders worse that begin to work inside a bar, with the fill of their entry', () =>
    scenario(
      `
      open high low close | orders                                                             | told
      100  101  99  100   | a: buy 1 limit 97; b: sell 1 parent=a; c: buy 1 limit 95.5; d: sell 1 parent=c |
      100  105  95  98    |                                                                    | a 1 @ 97; b -1 @ 96; c 1 @ 95.5; d -1 @ 95
    `,
      { slippage: fixedSlippage(1) },
    ));

  const one = (price: string, told: string): string => `
    open high  low  close | orders         | told
    100  105   95   100   | a: buy 1 ${price} |
    100  100.5 99.5 100   |                | ${told}
    100  105   95   100   |                | ${told === '' ? 'a 1 @ 101' : ''}
  `;

  it('with atOpen off spares market orders, not stops', () =>
    scenario(
      `
      open high low close | orders                      | told
      100  105  95  100   | a: buy 1; b: buy 1 stop 102 |
      100  105  95  100   |                             | a 1 @ 100; b 1 @ 103.02
    `,
      { slippage: percentSlippage(0.01, { atOpen: false }) },
    ));

  it('ends at the high of the bar', () => scenario(one('', 'a 1 @ 100.5'), { slippage: 0.01 }));

  it('with capAtBar off leaves an order unfilled that would slip beyond the bar', () =>
    scenario(one('', ''), { slippage: percentSlippage(0.01, { capAtBar: false }) }));

  it('with beyondBar on may leave the bar', () =>
    scenario(one('', 'a 1 @ 101'), { slippage: percentSlippage(0.01, { beyondBar: true }) }));

  it('of a limit passed by the open ends at the limit', () =>
    scenario(
      `
      open high low close | orders                                           | told
      100  105  95  100   | a: buy 1 limit 100.4; b: sell 1 limit 99.8       |
      100  105  95  100   |                                                  | a 1 @ 100.4; b -1 @ 99.8
    `,
      { slippage: 0.01 },
    ));

  it('with atLimit and capAtBar off leaves such a limit unfilled', () =>
    scenario(
      `
      open high low close | orders                | told
      100  105  95  100   | a: buy 1 limit 100.4  |
      100  105  95  100   |                       |
      101  105  95  100   |                       | a 1 @ 100.4 (low 95 reached limit 100.4)
    `,
      { slippage: percentSlippage(0.01, { atLimit: false, capAtBar: false }) },
    ));
});

describe('a volume filler', () => {
  it('of a fixed size takes so much of an order each bar, at each bar’s price', () =>
    scenario(
      `
      open high low close | orders   | told                | position
      100  101  99  100   | a: buy 5 |                     | 0
      101  102  100 101   |          | a 2 @ 101 partial   | 2
      103  104  102 103   |          | a 2 @ 103 partial   | 4
      105  106  104 105   |          | a 1 @ 105           | 5
    `,
      { filler: fixedSizeFiller(2) },
    ));

  it('never takes more than the bar’s volume, and nothing of an empty bar', () =>
    scenario(
      `
      open high low close volume | orders   | told
      100  101  99  100   10     | a: buy 5 |
      101  102  100 101   3      |          | a 3 @ 101 partial
      103  104  102 103   0      |          |
      105  106  104 105   10     |          | a 2 @ 105
    `,
      { filler: fixedSizeFiller() },
    ));

  it('of a share of the volume takes that share', () =>
    scenario(
      `
      open high low close volume | orders             | told
      100  101  99  100   20     | a: buy 5 limit 100 |
      101  102  100 101   20     |                    | a 2 @ 100 partial
      103  104  102 103   20     |                    |
      99   106  98  105   40     |                    | a 3 @ 99
    `,
      { filler: volumePercentFiller(0.1) },
    ));

  it('of a share of one price spreads the volume over the range', () =>
    scenario(
      `
      open high low close volume | orders    | told
      100  102  98  100   100    | a: buy 12 |
      100  102  98  100   100    |           | a 10 @ 100 partial
      100  102  98  100   100    |           | a 2 @ 100
    `,
      { filler: rangeShareFiller(0.5, 1) },
    ));

  it('leaves a rest that can be canceled', () =>
    scenario(
      `
      open high low close | orders   | told              | position
      100  101  99  100   | a: buy 5 |                   | 0
      101  102  100 101   | cancel a | a 2 @ 101 partial | 2
      103  104  102 103   |          | a canceled        | 2
    `,
      { filler: fixedSizeFiller(2) },
    ));
});
