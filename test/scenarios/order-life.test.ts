/** How orders trail, wait, expire, are canceled and are refused. */
import { describe, it } from 'vitest';
import { scenario } from './table.ts';

describe("a trailing stop under Backtrader's rules", () => {
  it('follows the closes at its distance and is filled where they have taken it', () =>
    scenario(
      `
      open high low close | orders                       | told
      100  101  99  100   | a: sell 1 stopTrail trailAmount=2; b: buy 1 stopTrail trailAmount=9 |
      100  103  99  103   |                              |
      103  104  100 102   |                              | a -1 @ 101 (low 100 reached stop 101)
    `,
      { rules: 'backtrader' },
    ));

  it('is not moved by highs, and never moves away', () =>
    scenario(
      `
      open high low close | orders                            | told
      100  101  99  100   | a: sell 1 stopTrail trailAmount=2 |
      100  110  99  100   |                                   |
      100  101  99  99    |                                   |
      99   101  97  99    |                                   | a -1 @ 98
    `,
      { rules: 'backtrader' },
    ));

  it('by percent keeps its distance from each close anew', () =>
    scenario(
      `
      open high low close | orders                                 | told
      100  101  99  100   | a: sell 1 stopTrail trailPercent=0.05  |
      100  121  96  120   |                                        |
      118  119  113 115   |                                        | a -1 @ 114
    `,
      { rules: 'backtrader' },
    ));

  it('to buy comes down with the closes', () =>
    scenario(
      `
      open high low close | orders                           | told
      100  101  99  100   | a: buy 1 stopTrail trailAmount=2 |
      100  101  95  96    |                                  |
      97   99   96  98    |                                  | a 1 @ 98 (high 99 reached stop 98)
    `,
      { rules: 'backtrader' },
    ));

  it('with a limit keeps it at its offset, and waits there when the bar gaps over both', () =>
    scenario(
      `
      open high low  close | orders                                        | told
      100  101  99   100   | a: sell 1 stopTrailLimit 100 99 trailAmount=2 |
      100  103  99   103   |                                               |
      99   99.5 98   99    |                                               |
      99   101  98   100   |                                               | a -1 @ 100 (high 101 reached limit 100)
    `,
      { rules: 'backtrader' },
    ));
});

describe('a close order', () => {
  it('gets the close of the bar that closes at the end of the session', () =>
    scenario(
      `
      open high low close | orders          | told
      100  101  99  100   | a: buy 1 close  |
      100  107  99  106   |                 | a 1 @ 106 (session closed at 106)
    `,
      { sessionEnd: '02:00' },
    ));

  it('gets the last close before a session that ends inside a bar, and is told a bar later', () =>
    scenario(
      `
      open high low close | orders          | told
      100  101  99  100   | a: buy 1 close  |
      100  107  99  106   |                 |
      108  109  107 108   |                 | a 1 @ 106
    `,
      { sessionEnd: '02:30' },
    ));
});

describe('validity', () => {
  it('of a day ends with the session', () =>
    scenario(
      `
      open high low close | orders                                                    | told
      100  101  99  100   | a: buy 1 limit 95 valid=day; b: buy 1 limit 97 valid=day  |
      100  101  96  100   |                                                           | b 1 @ 97
      100  101  90  100   |                                                           | a expired (its validity ended)
    `,
      { sessionEnd: '02:00' },
    ));

  it('for a while counts from the close the order was made at, its last moment included', () =>
    scenario(`
      open high low close | orders                                                  | told
      100  101  99  100   | a: buy 1 limit 95 valid=1h; b: buy 1 limit 97 valid=1h  |
      100  101  96  100   |                                                         | b 1 @ 97
      100  101  90  100   |                                                         | a expired
    `));

  it('until a time includes it', () =>
    scenario(`
      open high low close | orders                                    | told
      100  101  99  100   | a: buy 1 limit 95 valid=1704074400000; b: buy 1 limit 97 valid=1704074400000 |
      100  101  96  100   |                                           | b 1 @ 97
      100  101  90  100   |                                           | a expired
    `));

  it('does not end a market order', () =>
    scenario(`
      open high low close | orders            | told
      100  101  99  100   | a: buy 1 valid=0h |
      102  103  101 102   |                   | a 1 @ 102
    `));
});

describe('a cancel', () => {
  it('works in the bar the order is made in', () =>
    scenario(`
      open high low close | orders                      | told
      100  101  99  100   | a: buy 1 limit 97; cancel a |
      100  101  90  100   |                             | a canceled
    `));

  it('of an order at work comes before the next bar is matched', () =>
    scenario(`
      open high low close | orders            | told
      100  101  99  100   | a: buy 1 limit 97 |
      100  101  98  100   | cancel a          |
      100  101  90  100   |                   | a canceled
    `));

  it('of an order that is over does nothing', () =>
    scenario(`
      open high low close | orders   | told
      100  101  99  100   | a: buy 1 |
      100  101  99  100   | cancel a | a 1 @ 100
      100  101  99  100   |          |
    `));
});

describe('a refusal for lack of cash', () => {
  it('leaves the orders beside it alone', () =>
    scenario(
      `
      open high low close | orders                        | told                                 | cash
      100  101  99  100   | a: buy 20; b: buy 1; c: buy 9 |                                      | 1000
      100  101  99  100   |                               | a margin (the cash would be short by 1000 of what it costs); b 1 @ 100; c 9 @ 100 | 0
    `,
      { cash: 1000 },
    ));

  it('lets an order that only sells pass', () =>
    scenario(
      `
      open high low close | orders               | told                 | position
      100  101  99  100   | a: buy 9             |                      | 0
      100  101  99  100   | b: buy 11; c: sell 9 | a 9 @ 100            | 9
      100  101  99  100   |                      | b margin; c -9 @ 100 | 0
    `,
      { cash: 1000 },
    ));

  it('counts what an order on the same data frees that closes first, and no more', () =>
    scenario(
      `
      open high low close | orders                        | told                            | cash
      100  101  99  100   | a: buy 9                      |                                 | 1000
      100  101  99  100   | b: buy 10; c: close; d: buy 11 | a 9 @ 100                       | 100
      100  101  99  100   |                               | d margin; c -9 @ 100; b 10 @ 100 | 0
    `,
      { cash: 1000 },
    ));

  it('at a gap, after the check, drops the order', () =>
    scenario(
      `
      open high low close | orders    | told                                        | cash
      100  101  99  100   | a: buy 10 |                                             | 1000
      101  102  100 101   |           | a margin (the cash does not cover 10 at 101) | 1000
    `,
      { cash: 1000 },
    ));

  it('of a reversal still closes what is held', () =>
    scenario(
      `
      open high low close | orders    | told                         | cash | position
      100  101  99  100   | a: sell 5 |                              | 1000 | 0
      100  101  99  100   | b: buy 30 | a -5 @ 100                   | 1500 | -5
      100  101  99  100   |           | b 5 @ 100 partial; b margin  | 1000 | 0
    `,
      { cash: 1000, checkSubmit: false },
    ));
});

describe('an order on a slower data', () => {
  const flat = '100  101  99  100';

  it('is matched only against bars that open after it was made', () =>
    scenario(
      `
      open high low close | orders                          | told
      ${flat}             |                                 |
      ${flat}             |                                 |
      ${flat}             |                                 |
      ${flat}             | a: buy 1 limit 95 data=slow     |
      ${flat}             | b: buy 1 limit 95 data=slow     |
      ${flat}             |                                 |
      ${flat}             |                                 |
      ${flat}             |                                 | a 1 @ 95
      ${flat}             |                                 |
      ${flat}             |                                 |
      ${flat}             |                                 |
      ${flat}             |                                 | b 1 @ 95
    `,
      { more: { slow: { timeframe: '4h', bars: `${flat}\n100 101 94 100\n100 101 94 100` } } },
    ));
});

describe('latency', () => {
  it('of one bar lets one more bar pass, for cancels of others it changes nothing', () =>
    scenario(
      `
      open high low close | orders                      | told
      100  101  99  100   | a: buy 1; b: buy 1 limit 90 |
      102  103  80  102   |                             |
      104  105  103 104   |                             | a 1 @ 104
      104  105  89  104   |                             | b 1 @ 90
    `,
      { latencyBars: 1 },
    ));
});
