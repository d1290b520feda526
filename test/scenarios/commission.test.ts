/** Commission schemes: what fills, holding and settling do to cash and value. */
import { describe, it } from 'vitest';
import { scenario } from './table.ts';

describe('commission', () => {
  it('of a percentage is taken from the traded value, of both sides', () =>
    scenario(
      `
      open high low close | orders    | told       | cash    | value
      100  101  99  100   | a: buy 2  |            | 10000   | 10000
      100  111  99  110   | b: sell 2 | a 2 @ 100  | 9799.8  | 10019.8
      120  121  119 120   |           | b -2 @ 120 | 10039.56 | 10039.56
    `,
      { commission: 0.001 },
    ));

  it('that is fixed is taken per unit', () =>
    scenario(
      `
      open high low close | orders   | told      | cash | value
      100  101  99  100   | a: buy 3 |           |      |
      100  111  99  110   |          | a 3 @ 100 | 9694 | 10024
    `,
      { commission: { commission: 2, type: 'fixed' } },
    ));

  it('is asked of each data’s own scheme', () =>
    scenario(
      `
      open high low close | orders                     | told                | cash
      100  101  99  100   | a: buy 1; b: buy 1 data=eth |                     |
      100  101  99  100   |                            | a 1 @ 100; b 1 @ 50 | 9849.4
    `,
      {
        commission: 0.001,
        more: { eth: { timeframe: '1h', bars: '50 51 49 50\n50 51 49 50' } },
        schemes: { eth: { commission: 0.01 } },
      },
    ));
});

describe('futures', () => {
  it('bind a margin per unit and settle gains times the multiplier in cash, bar by bar', () =>
    scenario(
      `
      open high low close | orders    | told       | cash  | value
      100  101  99  100   | a: buy 2  |            | 10000 | 10000
      100  104  99  103   |           | a 2 @ 100  | 10010 | 10030
      103  104  100 101   | b: sell 2 |            | 9990  | 10010
      102  103  101 102   |           | b -2 @ 102 | 10020 | 10020
    `,
      { commission: { margin: 10, multiplier: 5 } },
    ));

  it('with leverage bind and are worth the margin over the leverage', () =>
    scenario(
      `
      open high low close | orders                   | told                    | cash  | value
      100  101  99  100   | a: buy 2                 |                         | 10000 | 10000
      100  104  99  103   |                          | a 2 @ 100               | 10020 | 10030
      103  104  100 101   | b: sell 1                |                         | 10000 | 10010
      102  103  101 102   | c: sell 1; d: sell 1     | b -1 @ 102              | 10015 | 10020
      102  103  101 101   |                          | c -1 @ 102; d -1 @ 102  | 10020 | 10025
    `,
      { commission: { margin: 10, multiplier: 5, leverage: 2 } },
    ));

  it('sold short gain when the price falls, and a fixed fee is taken of each side', () =>
    scenario(
      `
      open high low close | orders    | told       | cash  | value
      100  101  99  100   | a: sell 2 |            | 10000 | 10000
      100  101  89  90    | b: buy 2  | a -2 @ 100 | 9994  | 10014
      95   96   94  95    |           | b 2 @ 95   | 9998  | 9998
    `,
      { commission: { commission: 3, type: 'fixed', margin: 10 } },
    ));

  it('added to are settled to the price of the addition first', () =>
    scenario(
      `
      open high low close | orders    | told      | cash  | value
      100  101  99  100   | a: buy 1  |           |       |
      100  101  99  100   | b: buy 1  | a 1 @ 100 | 9990  | 10000
      104  111  103 110   |           | b 1 @ 104 | 9996  | 10016
    `,
      { commission: { margin: 10 } },
    ));

  it('with an automatic margin bind a fraction of the entry price', () =>
    scenario(
      `
      open high low close | orders    | told       | cash  | value
      100  101  99  100   | a: buy 1  |            |       |
      100  104  99  103   | b: sell 1 | a 1 @ 100  | 9993  | 10003
      105  106  104 105   |           | b -1 @ 105 | 10005 | 10005
    `,
      { commission: { autoMargin: 0.1 } },
    ));

  it('whose margin the cash does not cover are refused', () =>
    scenario(
      `
      open high low close | orders              | told                 | cash
      100  101  99  100   | a: buy 3; b: buy 2  |                      | 25
      100  101  99  100   |                     | a margin; b 2 @ 100  | 5
    `,
      { cash: 25, commission: { margin: 10 } },
    ));
});

describe('leverage', () => {
  it('binds a fraction of the value of a long position and gives it back with the whole gain', () =>
    scenario(
      `
      open high low close | orders    | told       | cash | value
      100  101  99  100   | a: buy 3  |            | 100  | 100
      100  111  99  110   | b: sell 3 | a 3 @ 100  | 25   | 130
      90   91   89  90    |           | b -3 @ 90  | 70   | 70
    `,
      { cash: 100, commission: { leverage: 4 } },
    ));
});

describe('short positions on spot', () => {
  it('add their proceeds to the cash', () =>
    scenario(`
      open high low close | orders    | told       | cash  | value
      100  101  99  100   | a: sell 1 |            |       |
      100  101  89  90    | b: buy 1  | a -1 @ 100 | 10100 | 10010
      95   96   94  95    |           | b 1 @ 95   | 10005 | 10005
    `));

  it('bind their value with shortCash off', () =>
    scenario(
      `
      open high low close | orders    | told       | cash  | value
      100  101  99  100   | a: sell 1 |            |       |
      100  101  89  90    | b: buy 1  | a -1 @ 100 | 9900  | 10010
      95   96   94  95    |           | b 1 @ 95   | 10005 | 10005
    `,
      { shortCash: false },
    ));

  it('pay interest on their entry value, a day’s share for each day', () =>
    scenario(
      `
      open high low close | orders     | told        | cash
      100  101  99  100   | a: sell 10 |             | 10000
      100  101  99  100   |            | a -10 @ 100 | 11000
      100  201  99  200   |            |             | 10999
      100  101  99  100   |            |             | 10998
    `,
      { timeframe: '1d', commission: { interest: 0.365 } },
    ));

  it('pay alone: a long position owes nothing, unless the scheme says so', async () => {
    const long = (cash: number): string => `
      open high low close | orders    | told       | cash
      100  101  99  100   | a: buy 10 |            | 10000
      100  101  99  100   |           | a 10 @ 100 | 9000
      100  101  99  100   |           |            | ${cash}
    `;
    await scenario(long(9000), { timeframe: '1d', commission: { interest: 0.365 } });
    await scenario(long(8999), { timeframe: '1d', commission: { interest: 0.365, interestLong: true } });
  });
});

describe('a fund', () => {
  it('counts by the share, which cash added and withdrawn leaves as it is', () =>
    scenario(
      `
      open high low close | orders    | told       | cash | value | fund
      100  101  99  100   | cash 500  |            | 1000 | 1000  | 100
      100  101  99  100   | a: buy 10 |            | 1500 | 1500  | 100
      100  111  99  110   | cash -320 | a 10 @ 100 | 500  | 1600  | 106.6666667
      110  111  109 110   |           |            | 180  | 1280  | 106.6666667
      110  121  109 119.6 |           |            | 180  | 1376  | 114.6666667
    `,
      { cash: 1000, fundMode: true },
    ));
});
