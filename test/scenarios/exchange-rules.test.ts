/** What an exchange would have done: exits, accounts, the path inside a bar, trailing stops and cash. */
import { describe, expect, it } from 'vitest';
import type { Instrument } from 'nextbar';
import { fixedSizeFiller } from '../../src/broker/index.ts';
import { scenario } from './table.ts';

const flat = '100 101 99 100';
const spot: Instrument = { symbol: 'BTC/USDT', type: 'spot', base: 'BTC', quote: 'USDT' };

describe('exits', () => {
  it('of a bracket never sell more than is left, whatever part of whichever was filled first', () =>
    scenario(
      `
      open high low close volume | orders                                      | told                                            | position
      100  101  99  100   1000   | a: buyBracket 10 stopLoss=96 takeProfit=110 |                                                 |
      100  101  99  100   1000   |                                             | a 10 @ 100                                      | 10
      105  111  104 109   4      |                                             | a.target -4 @ 110 partial                       | 6
      108  108  95  96    1000   |                                             | a.stop -6 @ 96; a.target canceled               | 0
      100  120  90  100   1000   |                                             |                                                 | 0
    `,
      { filler: fixedSizeFiller() },
    ));

  it('that are stops are market orders once triggered: the next bar executes the rest at its open', () =>
    scenario(
      `
      open high low close volume | orders              | told
      100  101  99  100   1000   | a: buy 3            |
      100  101  99  100   1000   |                     | a 2 @ 100 partial
      100  101  99  100   1000   | s: sell 3 stop 95   | a 1 @ 100
      96   97   94  96    1000   |                     | s -2 @ 95 partial
      99   100  98  99    1000   |                     | s -1 @ 99
      `,
      { filler: fixedSizeFiller(2) },
    ));

  it('of a group never sell more than is left', () =>
    scenario(
      `
      open high low close volume | orders                                              | told                      | position
      100  101  99  100   1000   | a: buy 10                                           |                           |
      100  101  99  100   1000   | s: sell 10 stop 96; t: sell 10 limit 110 oco=s      | a 10 @ 100                | 10
      105  111  104 109   4      |                                                     | t -4 @ 110 partial        | 6
      108  108  95  96    1000   |                                                     | s -6 @ 96; t canceled     | 0
    `,
      { filler: fixedSizeFiller() },
    ));

  it('end with their position, with the reason', () =>
    scenario(`
      open high low close | orders                                     | told                                                                                                      | position
      ${flat}             | a: buyBracket 1 stopLoss=95 takeProfit=120 |                                                                                                           |
      ${flat}             | c: close                                   | a 1 @ 100                                                                                                 | 1
      ${flat}             |                                            | c -1 @ 100; a.stop canceled (order 4 closed its position); a.target canceled (order 4 closed its position) | 0
      100  125  90  100   |                                            |                                                                                                           | 0
    `));

  it('of a group placed with the entry end with the position too', () =>
    scenario(`
      open high low close | orders                                                    | told                                 | position
      ${flat}             | a: buy 1; s: sell 1 stop 95; t: sell 1 limit 120 oco=s    |                                      |
      ${flat}             | c: close                                                  | a 1 @ 100                            | 1
      ${flat}             |                                                           | c -1 @ 100; s canceled; t canceled   | 0
      100  125  90  100   |                                                           |                                      | 0
    `));

  it('close twice does nothing the second time', () =>
    scenario(`
      open high low close | orders               | told                    | position
      ${flat}             | a: buy 1             |                         |
      ${flat}             | c: close; d: close   | a 1 @ 100               | 1
      ${flat}             |                      | c -1 @ 100              | 0
    `));

  it('of one trade close what it holds, once, and no more than the position', () =>
    scenario(`
      open high low close | orders                                                    | told                     | position
      ${flat}             | a: buy 3 tradeId=1; b: buy 2 tradeId=2                    |                          |
      ${flat}             | c: close tradeId=1; d: close tradeId=1; e: close tradeId=7 | a 3 @ 100; b 2 @ 100     | 5
      ${flat}             | f: sell 1 tradeId=3                                       | c -3 @ 100               | 2
      ${flat}             | g: close tradeId=2; h: close tradeId=2                    | f -1 @ 100               | 1
      ${flat}             |                                                           | g -1 @ 100               | 0
    `));

  it("of one trade close the whole position under Backtrader's rules", () =>
    scenario(
      `
      open high low close | orders                                 | told                 | position
      ${flat}             | a: buy 3 tradeId=1; b: buy 2 tradeId=2 |                      |
      ${flat}             | c: close tradeId=1                     | a 3 @ 100; b 2 @ 100 | 5
      ${flat}             |                                        | c -5 @ 100           | 0
    `,
      { rules: 'backtrader' },
    ));

  it('with reduceOnly never turn the position around', () =>
    scenario(`
      open high low close | orders                                     | told                                                  | position
      ${flat}             | a: buy 2                                   |                                                       |
      ${flat}             | r: sell 5 limit 105 reduceOnly=true        | a 2 @ 100                                             | 2
      104  106  103 105   |                                            | r -2 @ 105                                            | 0
      104  106  103 105   | q: sell 5 reduceOnly=true                  |                                                       | 0
      104  106  103 105   |                                            | q canceled (there is no long position left to reduce) | 0
    `));
});

describe('the path of a bar', () => {
  it('fills market orders at the open before limits inside the bar', () =>
    scenario(`
      open high low close | orders                             | told                                | position
      ${flat}             | a: buy 1                           |                                     |
      ${flat}             | l: sell 1 limit 102.5; c: close    | a 1 @ 100                           | 1
      100  103  99  102   |                                    | c -1 @ 100; l -1 @ 102.5            | -1
    `));

  it('frees cash at the open before a limit inside the bar of another data needs it', () =>
    scenario(
      `
      open high low close | orders                                            | told
      ${flat}             | a: buy 100                                        |
      ${flat}             | b: buy 100 limit 99.5 data=other; c: close        | a 100 @ 100
      ${flat}             |                                                   | c -100 @ 100; b 100 @ 99.5
    `,
      { more: { other: { timeframe: '1h', bars: [flat, flat, flat].join('\n') } } },
    ));

  it('stops a market entry out in its own bar', () =>
    scenario(`
      open high low close | orders                                      | told                                     | value
      ${flat}             | a: buyBracket 1 stopLoss=95 takeProfit=120  |                                          |
      100  101  90  99    |                                             | a 1 @ 100; a.stop -1 @ 95; a.target canceled | 9995
      105  121  104 120   |                                             |                                          | 9995
    `));

  it('stops a limit entry out in its own bar', () =>
    scenario(`
      open high low close | orders                                                 | told                                          | value
      ${flat}             | a: buyBracket 1 limit 99.5 stopLoss=95 takeProfit=120  |                                               |
      100  101  90  99    |                                                        | a 1 @ 99.5; a.stop -1 @ 95; a.target canceled | 9995.5
    `));

  it('prices an entry bar whose order of events is not certain', async () => {
    const { ambiguity } = await scenario(`
      open high  low close | orders                                                  | told       | value
      ${flat}              | a: buyBracket 1 limit 99.5 stopLoss=95 takeProfit=101   |            |
      100  101.5 99  100.5 |                                                         | a 1 @ 99.5 | 10001
    `);
    expect(ambiguity.entries).toBe(1);
    expect(ambiguity.effect.optimistic).toBeCloseTo(0.5, 9);
    expect(ambiguity.effect.pessimistic).toBe(0);
  });
});

describe('a spot account', () => {
  it('cannot sell what it does not hold', () =>
    scenario(
      `
      open high low close | orders    | told                                                                                             | position
      ${flat}             | a: sell 1 |                                                                                                  |
      ${flat}             |           | a margin (a spot account cannot sell 1 BTC of 0: account: 'margin' allows short sales)    | 0
    `,
      { instrument: spot },
    ));

  it('lets a sale wait for units that a working purchase is still to bring', () =>
    scenario(
      `
      open high low close | orders                                    | told       | position
      ${flat}             | a: buy 1 limit 96; b: sell 1 limit 105    |            |
      97   98   95  96    |                                           | a 1 @ 96   | 1
      100  106  100 105   |                                           | b -1 @ 105 | 0
    `,
      { instrument: spot },
    ));

  it('refuses leverage', async () => {
    await expect(
      scenario(`open high low close | orders\n${flat} |`, { instrument: spot, commission: { leverage: 2 } }),
    ).rejects.toThrow("leverage of 'btc' must be 1 in a spot account, was 2: use account: 'margin'");
  });

  it('sells short where the run trades on margin', () =>
    scenario(
      `
      open high low close | orders    | told       | position
      ${flat}             | a: sell 1 |            |
      ${flat}             |           | a -1 @ 100 | -1
    `,
      { instrument: spot, account: 'margin' },
    ));
});

describe('a margin account', () => {
  it('limits short sales by its value, and shows that the instrument is unknown', async () => {
    const { settings } = await scenario(`
      open high low close | orders                      | told                | position
      ${flat}             | a: sell 1000000; b: sell 90 |                     |
      ${flat}             | c: sell 20                  | a margin; b -90 @ 100 | -90
      ${flat}             |                             | c margin            | -90
    `);
    expect(settings.account).toBe("margin (no instrument known of 'btc', traded on margin)");
  });

  it('that falls below zero ends trading with a warning', async () => {
    const { warnings } = await scenario(`
      open high low close | orders     | told       | position
      ${flat}             | a: sell 90 |            |
      ${flat}             |            | a -90 @ 100 | -90
      300  301  299 300   | b: buy 1   |            | -90
      300  301  299 300   |            | b margin   | -90
    `);
    expect(warnings[0]).toContain('the value of the account fell to');
  });
});

describe('a trailing stop', () => {
  it('of an entry that waits starts at the price of the fill, whatever the market did before', () =>
    scenario(
      `
      open high low close | orders                                            | told
      100  100  100 100   | a: buy 1 limit 90; t: sell 1 stopTrail trailAmount=5 parent=a |
      100  120  99  118   |                                                   |
      110  110  89  91    |                                                   | a 1 @ 90
      91   94   90  92    |                                                   |
      92   93   88  90    |                                                   | t -1 @ 89
      `,
    ));

  it('follows the highs, and stops at its distance from the best', () =>
    scenario(`
      open high low close | orders                                                             | told
      ${flat}             | a: buy 1                                                           |
      ${flat}             | t: sell 1 stopTrail trailAmount=5                                  | a 1 @ 100
      106  110  106 109   |                                                                    |
      109  109  104 106   |                                                                    | t -1 @ 105
    `));

  it('waits for its activation', () =>
    scenario(`
      open high low close | orders                                                             | told
      ${flat}             | a: buy 1                                                           |
      ${flat}             | t: sell 1 stopTrail trailAmount=5 activationPrice=110              | a 1 @ 100
      100  105  90  100   |                                                                    |
      108  111  106.5 108 |                                                                    |
      108  109  105 106   |                                                                    | t -1 @ 106
    `));

  it('takes its distance from the average true range', () =>
    scenario(`
      open high low close | orders                            | told
      ${flat}             | a: buy 1                          |
      ${flat}             | t: sell 1 stopTrail trailAtr=2    | a 1 @ 100
      100  101  99  100   |                                   |
      100  101  96  100   |                                   | t -1 @ 97
    `));
});

describe('cash', () => {
  it('cuts what a sizer asked for to what a gap leaves', async () => {
    const { warnings } = await scenario(
      `
      open high low close | orders   | told          | cash
      ${flat}             | a: buy   |               |
      110  111  109 110   |          | a 90.90909 @ 110 | 0.0001
    `,
      { sizer: { summary: 'all', size: () => 100 }, instrument: { ...spot, lot: 1e-6 } },
    );
    expect(warnings).toContain('1 order was cut to what the cash paid for');
  });

  it('refuses an explicit size that a gap makes too dear, unless it may be cut', () =>
    scenario(`
      open high low close | orders                                     | told
      ${flat}             | a: buy 100; b: buy 100 whenCashShort=cut   |
      110  111  109 110   |                                            | a margin; b 90.9090909 @ 110
    `));
});

describe("the instrument's rules", () => {
  const ruled = { ...spot, tick: 0.5, lot: 0.1, minSize: 0.2, maxSize: 50, minNotional: 50 };

  it('refuse what the exchange would refuse', () =>
    scenario(
      `
      open high low close | orders                                                                                        | told
      ${flat}             | a: buy 1 limit 99.3; b: buy 0.25; c: buy 0.1; d: buy 60; e: buy 0.4; f: buy 0.6 limit 99.5    |
      ${flat}             |                                                                                               | a rejected (price 99.3 is not a multiple of the tick 0.5: the nearest is 99.5); b rejected (size 0.25 is not a multiple of the lot 0.1: the nearest is 0.2); c rejected (size 0.1 is below the smallest size 0.2); d rejected (size 60 is above the largest size 50); e rejected (its value 40 is below the smallest value 50: the nearest size is 0.5); f 0.6 @ 99.5
    `,
      { instrument: ruled },
    ));

  it('are off by option', () =>
    scenario(
      `
      open high low close | orders               | told
      ${flat}             | a: buy 1 limit 99.3  |
      ${flat}             |                      | a 1 @ 99.3
    `,
      { instrument: ruled, instrumentRules: false },
    ));
});
