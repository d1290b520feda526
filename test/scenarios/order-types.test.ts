/** Market, limit, stop and stop-limit orders against bars that reach them, gap over them or miss them. */
import { describe, it } from 'vitest';
import { scenario } from './table.ts';

describe('a market order', () => {
  it('is filled at the next open, whatever the bar does then', () =>
    scenario(`
      open high low close | orders    | told                                    | position
      100  105  95  102   | a: buy 1  |                                         | 0
      104  110  90  91    | b: sell 2 | a 1 @ 104 (market order at the open 104) | 1
      80   81   79  80    |           | b -2 @ 80 (market order at the open 80)   | -1
    `));

  it('made in the last bar is never filled', () =>
    scenario(`
      open high low close | orders   | told
      100  105  95  102   |          |
      104  110  90  91    | a: buy 1 |
    `));
});

describe('a limit order', () => {
  it('is filled at its limit when the bar reaches it, and waits while it does not', () =>
    scenario(`
      open high low close | orders                                  | told
      100  101  99  100   | a: buy 1 limit 97; b: sell 1 limit 104  |
      100  103  98  100   |                                         |
      100  103  96  99    |                                         | a 1 @ 97 (low 96 reached limit 97)
      100  106  99  105   |                                         | b -1 @ 104 (high 106 reached limit 104)
    `));

  it('is filled at its limit when the bar touches it exactly', () =>
    scenario(`
      open high low close | orders                                 | told
      100  101  99  100   | a: buy 1 limit 97; b: sell 1 limit 104 |
      100  104  97  100   |                                        | a 1 @ 97; b -1 @ 104
    `));

  it('gets the better open when the bar gaps through it', () =>
    scenario(`
      open high low close | orders            | told
      100  101  99  100   | a: buy 1 limit 97 |
      95   96   94  95    | b: sell 1 limit 98 | a 1 @ 95 (open 95 was at or below limit 97)
      99   99   98  98    |                   | b -1 @ 99 (open 99 was at or above limit 98)
    `));

  it('beyond the market is filled at the next open', () =>
    scenario(`
      open high low close | orders             | told
      100  101  99  100   | a: buy 1 limit 120 |
      103  104  102 103   |                    | a 1 @ 103
    `));
});

describe('a stop order', () => {
  it('is filled at its stop when the bar reaches it', () =>
    scenario(`
      open high low close | orders                               | told
      100  101  99  100   | a: buy 1 stop 104; b: sell 1 stop 96 |
      100  103  97  100   |                                      |
      100  105  98  104   |                                      | a 1 @ 104 (high 105 reached stop 104)
      101  102  95  96    |                                      | b -1 @ 96 (low 95 reached stop 96)
    `));

  it('gets the worse open when the bar gaps over it', () =>
    scenario(`
      open high low close | orders           | told
      100  101  99  100   | a: buy 1 stop 104 |
      107  108  106 107   | b: sell 1 stop 103 | a 1 @ 107 (open 107 was at or above stop 104)
      99   100  98  99    |                  | b -1 @ 99 (open 99 was at or below stop 103)
    `));
});

describe('a stop-limit order', () => {
  it('that gaps over its stop is a limit at once', () =>
    scenario(`
      open high low close | orders                    | told
      100  101  99  100   | a: buy 1 stopLimit 104 106 |
      105  108  104 107   |                           | a 1 @ 105 (open 105 was at or below limit 106)
    `));

  it('that gaps over its limit waits for the price to come back', () =>
    scenario(`
      open high low close | orders                    | told
      100  101  99  100   | a: buy 1 stopLimit 104 106 |
      109  111  107 110   |                           |
      110  111  105 106   |                           | a 1 @ 106 (low 105 reached limit 106)
    `));

  it('with its limit beyond the stop is filled at the stop', () =>
    scenario(`
      open high low close | orders                                                 | told
      100  101  99  100   | a: buy 1 stopLimit 104 106; b: sell 1 stopLimit 96 94 |
      100  105  98  103   |                                                        | a 1 @ 104 (high 105 reached stop 104, filled as a limit)
      101  102  95  97    |                                                        | b -1 @ 96 (low 95 reached stop 96, filled as a limit)
    `));

  it('to buy below its stop is filled in a falling bar that closed at or below the limit', () =>
    scenario(`
      open high low close | orders                    | told
      100  101  99  100   | a: buy 1 stopLimit 104 102 |
      103  105  100 101   |                           | a 1 @ 102 (low 100 reached limit 102)
    `));

  it('to buy below its stop waits in a rising bar, where the low may have come first', () =>
    scenario(`
      open high low close | orders                    | told
      100  101  99  100   | a: buy 1 stopLimit 104 102 |
      101  106  99  105   |                           |
      105  106  103 104   |                           |
      104  105  101 103   |                           | a 1 @ 102
    `));

  it('to sell above its stop is filled in a rising bar that closed at or above the limit, not in a falling one', () =>
    scenario(`
      open high low close | orders                                                   | told
      100  101  99  100   | a: sell 1 stopLimit 96 98                                |
      97   100  95  99    | b: sell 1 stopLimit 96 98                                | a -1 @ 98 (high 100 reached limit 98)
      99   100  95  96    |                                                          |
      96   99   95  97    |                                                          | b -1 @ 98
    `));
});
