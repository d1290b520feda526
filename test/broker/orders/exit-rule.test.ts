/** Exits: what they may execute, what they leave to each other, and when they end. */
import { fixedSizeFiller } from 'nextbar';
import { describe, expect, it } from 'vitest';
import { leave, nothingToReduce, shrinkTo } from '../../../src/broker/orders/exit-rule.ts';
import { order } from '../matching/working.ts';
import { scenario, type ScenarioOptions } from '../../scenarios/table.ts';

const flat = '100 101 99 100';
const margin = { account: 'margin' } as const;
const thin = { ...margin, filler: fixedSizeFiller(2) };

/** Another data, whose price stays at 50. */
const more = { eth: { timeframe: '1h', bars: Array<string>(5).fill('50 51 49 50').join('\n') } };

const table = (rows: string, options: ScenarioOptions = margin): Promise<unknown> =>
  scenario(`open high low close | orders | told | position\n${rows}`, options);

describe('the exits of one entry', () => {
  // A stop for all of it, and two targets for parts of it.
  const parts =
    'a: buy 5 hold; s: sell 5 stop 95 parent=a hold; t: sell 2 limit 105 parent=a hold; u: sell 3 limit 110 parent=a';

  it('of parts of it go on protecting what is left', () =>
    table(`
      ${flat}        | ${parts} |                                                                     | 0
      ${flat}        |          | a 5 @ 100                                                           | 5
      100 106 99 104 |          | t -2 @ 105                                                          | 3
      104 105 94 95  |          | s -3 @ 95; u canceled (order 2 of its bracket was completed)         | 0
    `)); // prettier-ignore

  it('of parts of it close all of it one after the other', () =>
    table(`
      ${flat}        | ${parts} |                                                             | 0
      ${flat}        |          | a 5 @ 100                                                   | 5
      100 106 99 104 |          | t -2 @ 105                                                  | 3
      104 111 99 110 |          | u -3 @ 110; s canceled (order 4 of its bracket was completed) | 0
    `)); // prettier-ignore

  it("of parts of it end with the first that is executed under Backtrader's rules", () =>
    table(
      `
      ${flat}        | ${parts} |                                                             | 0
      ${flat}        |          | a 5 @ 100                                                   | 5
      100 106 99 104 |          | t -2 @ 105; s canceled; u canceled                          | 3
      104 105 94 95  |          |                                                             | 3
      `,
      { rules: 'backtrader' },
    )); // prettier-ignore

  it('share what is left when one is executed in part', () =>
    table(
      `
      ${flat}         | a: buyBracket 4 stopLoss=95 takeProfit=105 |                                                              | 0
      ${flat}         |                                            | a 2 @ 100 partial                                            | 2
      ${flat}         |                                            | a 2 @ 100                                                    | 4
      104 106 103 104 |                                            | a.target -2 @ 105 partial                                    | 2
      96 97 94 95     |                                            | a.stop -2 @ 95; a.target canceled                            | 0
      104 106 103 104 |                                            |                                                              | 0
      `,
      thin,
    ));

  it('of parts of it share what is left when one is executed in part', () =>
    table(
      `
      ${flat}         | a: buy 4 hold; s: sell 4 stop 95 parent=a hold; t: sell 3 limit 105 parent=a hold; u: sell 1 limit 110 parent=a | | 0
      ${flat}         | | a 2 @ 100 partial                                                       | 2
      ${flat}         | | a 2 @ 100                                                               | 4
      104 106 103 104 | | t -2 @ 105 partial                                                      | 2
      96 97 94 95     | | s -2 @ 95; t canceled; u canceled                                       | 0
      `,
      thin,
    )); // prettier-ignore

  it("are separate orders under Backtrader's rules", () =>
    table(
      `
      ${flat}         | a: buyBracket 2 stopLoss=95 takeProfit=105 |                                    | 0
      ${flat}         | b: close                                    | a 2 @ 100                          | 2
      ${flat}         |                                            | b -2 @ 100                        | 0
      96 97 94 95     |                                            | a.stop -2 @ 95; a.target canceled  | -2
      `,
      { rules: 'backtrader' },
    ));

  it('share what their entry has left, not what else is held, and nothing with other datas', () =>
    table(
      `
      ${flat}        | x: buy 10; y: buy 4 data=eth; ${parts} hold; h: sell 4 stop 49 parent=a data=eth reduceOnly=true hold; g: buy 1 parent=a data=eth | | 0
      ${flat}        |          | x 10 @ 100; y 4 @ 50; a 5 @ 100                                     | 15
      ${flat}        |          | g 1 @ 50                                                            | 15
      100 106 99 104 |          | t -2 @ 105; h -4 @ 49                                               | 13
      104 105 94 95  |          | s -3 @ 95; u canceled                                               | 10
      `,
      { ...margin, more: { eth: { timeframe: '1h', bars: `${'50 51 50 50\n'.repeat(3)}50 50 48 48` } } },
    )); // prettier-ignore

  it("are left alone by one that is executed in part under Backtrader's rules", () =>
    table(
      `
      ${flat}         | a: buyBracket 4 stopLoss=95 takeProfit=105 |                                    | 0
      ${flat}         |                                            | a 2 @ 100 partial                  | 2
      ${flat}         |                                            | a 2 @ 100                          | 4
      104 106 103 104 |                                            | a.target -2 @ 105 partial          | 2
      96 97 94 95     |                                            | a.stop -2 @ 95 partial             | 0
      96 97 94 95     |                                            | a.stop -2 @ 95; a.target canceled  | -2
      `,
      { ...thin, rules: 'backtrader' },
    ));

  it('are not ended by another child of their entry, such as a hedge or more of the same side', () =>
    table(
      `
      ${flat}         | a: buy 2 hold; h: sell 1 parent=a data=eth hold; b: buy 1 stop 104 parent=a hold; s: sell 2 stop 95 parent=a |                | 0
      ${flat}         |                                            | a 2 @ 100                          | 2
      ${flat}         |                                            | h -1 @ 50                          | 2
      103 105 103 104 |                                            | b 1 @ 104                          | 3
      96 97 94 95     |                                            | s -2 @ 95                          | 1
      `,
      { ...margin, more },
    )); // prettier-ignore

  it('take nothing from another child that is no exit', () =>
    table(`
      ${flat}         | a: buy 4 hold; b: buy 4 stop 108 parent=a hold; t: sell 3 limit 105 parent=a |                | 0
      ${flat}         |                                            | a 4 @ 100                          | 4
      104 106 103 104 |                                            | t -3 @ 105                         | 1
      104 109 103 108 |                                            | b 4 @ 108                          | 5
    `)); // prettier-ignore

  it('end once their entry is closed, also by one that is larger and goes on with what else is held', () =>
    table(
      `
      ${flat}         | x: buy 10                                  |                                                  | 0
      ${flat}         | a: buy 2 hold; s: sell 5 stop 95 parent=a hold; u: sell 2 limit 110 parent=a | x 10 @ 100     | 10
      ${flat}         |                                            | a 2 @ 100                                        | 12
      96 97 94 95 1   |                                            | s -1 @ 95 partial                                | 11
      96 97 94 95 2   |                                            | s -2 @ 96 partial; u canceled (order 3 of its bracket closed their entry)  | 9
      96 97 94 95 2   |                                            | s -2 @ 96                                        | 7
      `,
      { ...margin, filler: fixedSizeFiller(100) },
    )); // prettier-ignore

  it('may not be more than what they close, and end with it', () =>
    table(`
      ${flat}         | a: buy 3 hold; s: sell 5 stop 95 parent=a |                 | 0
      ${flat}         |                                           | a 3 @ 100       | 3
      96 97 94 95     |                                           | s -3 @ 95       | 0
    `));
});

describe('exits end with their position', () => {
  it('whatever closed it, with the reason', () =>
    table(`
      ${flat}         | a: buyBracket 2 stopLoss=95 takeProfit=105 |                                                                                             | 0
      ${flat}         | b: close                                   | a 2 @ 100                                                                                   | 2
      ${flat}         |                                            | b -2 @ 100; a.stop canceled (order 4 closed its position); a.target canceled (order 4 closed its position) | 0
      96 97 94 95     |                                            |                                                                                             | 0
    `)); // prettier-ignore

  it('when an order turns it around', () =>
    table(`
      ${flat}         | a: buyBracket 2 stopLoss=95 takeProfit=105 |                                                 | 0
      ${flat}         | b: sell 5                                  | a 2 @ 100                                       | 2
      ${flat}         |                                            | b -5 @ 100; a.stop canceled; a.target canceled  | -3
      96 97 94 95     |                                            |                                                 | -3
    `));

  it('not while a part of it is left', () =>
    table(`
      ${flat}         | a: buyBracket 3 stopLoss=95 takeProfit=105 |                                         | 0
      ${flat}         | b: sell 1                                  | a 3 @ 100                               | 3
      ${flat}         |                                            | b -1 @ 100                              | 2
      96 97 94 95     |                                            | a.stop -2 @ 95; a.target canceled       | 0
    `));

  it('of their own data alone', () =>
    table(
      `
      ${flat}         | a: buyBracket 2 stopLoss=95 takeProfit=105; b: buy 1 data=eth |                                        | 0
      ${flat}         | c: close data=eth                                              | a 2 @ 100; b 1 @ 50                    | 2
      ${flat}         |                                                                | c -1 @ 50                              | 2
      96 97 94 95     |                                                                | a.stop -2 @ 95; a.target canceled      | 0
      `,
      { ...margin, more },
    )); // prettier-ignore

  it('and not those of the other side, nor those whose entry is still to come', () =>
    table(`
      ${flat}         | a: buy 2; b: buyBracket 1 limit 90 stopLoss=85 takeProfit=95; c: buy 1 stop 120 | | 0
      ${flat}         | d: close                                                                 | a 2 @ 100          | 2
      ${flat}         |                                                                          | d -2 @ 100         | 0
      91 92 89 90     |                                                                          | b 1 @ 90           | 1
      90 96 89 95     |                                                                          | b.target -1 @ 95; b.stop canceled | 0
    `)); // prettier-ignore

  it('short of one too', () =>
    table(`
      ${flat}         | a: sellBracket 2 stopLoss=105 takeProfit=95 |                                                 | 0
      ${flat}         | b: buy 3                                   | a -2 @ 100                                       | -2
      ${flat}         |                                            | b 3 @ 100; a.stop canceled; a.target canceled    | 1
    `));

  it('short to the last unit too', () =>
    table(`
      ${flat}         | a: sellBracket 2 stopLoss=105 takeProfit=95 |                                                 | 0
      ${flat}         | b: buy 2                                   | a -2 @ 100                                       | -2
      ${flat}         |                                            | b 2 @ 100; a.stop canceled; a.target canceled    | 0
    `));

  it('and not what may reduce a position of the other side once there is one', () =>
    table(`
      ${flat}         | a: buy 2                                   |                    | 0
      ${flat}         | r: buy 1 stop 103 reduceOnly=true; b: close | a 2 @ 100          | 2
      ${flat}         | c: sell 1                                  | b -2 @ 100         | 0
      ${flat}         |                                            | c -1 @ 100         | -1
      101 104 101 103 |                                            | r 1 @ 103          | 0
    `));
});

describe('a group counts as exits once it stands against a position', () => {
  it('that is held already', () =>
    table(`
      ${flat}         | a: buy 2                                        |                                 | 0
      ${flat}         | s: sell 2 stop 95; t: sell 2 limit 105 oco=s    | a 2 @ 100                       | 2
      ${flat}         | c: close                                        |                                 | 2
      ${flat}         |                                                 | c -2 @ 100; s canceled; t canceled | 0
    `)); // prettier-ignore

  it('that comes later', () =>
    table(`
      ${flat}         | s: sell 2 stop 95; t: sell 2 limit 105 oco=s; a: buy 2 |                             | 0
      ${flat}         | c: close                                        | a 2 @ 100                          | 2
      ${flat}         |                                                 | c -2 @ 100; s canceled; t canceled | 0
    `)); // prettier-ignore

  it('and shares it when one is executed in part', () =>
    table(
      `
      ${flat}         | a: buy 4                                        |                                    | 0
      ${flat}         |                                                 | a 2 @ 100 partial                  | 2
      ${flat}         | s: sell 4 stop 95; t: sell 4 limit 105 oco=s    | a 2 @ 100                          | 4
      104 106 103 104 |                                                 | t -2 @ 105 partial                 | 2
      96 97 94 95     |                                                 | s -2 @ 95; t canceled              | 0
      `,
      thin,
    )); // prettier-ignore

  it('once a position has turned against it', () =>
    table(`
      ${flat}         | a: buy 2                                        |                                 | 0
      ${flat}         | s: buy 1 stop 105; t: buy 1 limit 95 oco=s; b: sell 3 | a 2 @ 100                 | 2
      ${flat}         | c: close                                        | b -3 @ 100                      | -1
      ${flat}         |                                                 | c 1 @ 100; s canceled; t canceled | 0
    `)); // prettier-ignore

  it('of orders that are larger than the position once it has grown to them', () =>
    table(`
      ${flat}         | a: buy 2                                        |                                 | 0
      ${flat}         | s: sell 4 stop 95; t: sell 4 limit 105 oco=s; b: buy 2 | a 2 @ 100                | 2
      ${flat}         | c: close                                        | b 2 @ 100                       | 4
      ${flat}         |                                                 | c -4 @ 100; s canceled; t canceled | 0
    `)); // prettier-ignore

  it('against a short position in the same way', () =>
    table(`
      ${flat}         | s: buy 2 stop 105; t: buy 2 limit 95 oco=s; a: sell 2 |                           | 0
      ${flat}         | c: close; u: sell 1 stop 94; v: sell 1 limit 106 oco=u; d: buy 3 | a -2 @ 100     | -2
      ${flat}         | e: close                                        | c 2 @ 100; s canceled; t canceled; d 3 @ 100 | 3
      ${flat}         |                                                 | e -3 @ 100; u canceled; v canceled | 0
    `)); // prettier-ignore

  it('once a short position has turned against it', () =>
    table(`
      ${flat}         | a: sell 3                                       |                                 | 0
      ${flat}         | s: sell 2 stop 95; t: sell 2 limit 105 oco=s; b: buy 5 | a -3 @ 100               | -3
      ${flat}         | c: close                                        | b 5 @ 100                       | 2
      ${flat}         |                                                 | c -2 @ 100; s canceled; t canceled | 0
    `)); // prettier-ignore

  it('not one with a child of an entry that is still to come', () =>
    table(`
      ${flat}         | a: buy 2                                        |                                 | 0
      ${flat}         | p: sell 1 stop 90; b: sell 1 stop 85 parent=p; s: sell 1 stop 95 oco=b | a 2 @ 100 | 2
      ${flat}         | c: close                                        |                                 | 2
      ${flat}         |                                                 | c -2 @ 100                      | 0
      96 97 94 95     |                                                 | s -1 @ 95; b canceled           | -1
    `)); // prettier-ignore

  it('and one that is executed in parts keeps its own size', () =>
    table(
      `
      ${flat}         | a: buy 4                                        |                                    | 0
      ${flat}         | b: buy 1                                        | a 2 @ 100 partial                  | 2
      ${flat}         |                                                 | a 2 @ 100; b 1 @ 100               | 5
      ${flat}         | s: sell 5 stop 95; t: sell 5 limit 105 oco=s    |                                    | 5
      104 106 103 104 |                                                 | t -2 @ 105 partial                 | 3
      104 106 103 104 |                                                 | t -2 @ 105 partial                 | 1
      104 106 103 104 |                                                 | t -1 @ 105; s canceled             | 0
      `,
      thin,
    )); // prettier-ignore

  it('of parts of it, and each is less by what another has executed', () =>
    table(
      `
      ${flat}         | a: buy 4                                        |                                    | 0
      ${flat}         |                                                 | a 2 @ 100 partial                  | 2
      ${flat}         | s: sell 3 stop 95; t: sell 4 limit 105 oco=s    | a 2 @ 100                          | 4
      104 106 103 104 |                                                 | t -2 @ 105 partial                 | 2
      96 97 94 95     |                                                 | s -1 @ 95; t canceled              | 1
      `,
      thin,
    )); // prettier-ignore

  it('of which a small one keeps what it has', () =>
    table(
      `
      ${flat}         | a: buy 4                                        |                                    | 0
      ${flat}         |                                                 | a 2 @ 100 partial                  | 2
      ${flat}         | s: sell 1 stop 95; t: sell 4 limit 105 oco=s    | a 2 @ 100                          | 4
      104 106 103 104 |                                                 | t -2 @ 105 partial                 | 2
      96 97 94 95     |                                                 | s -1 @ 95; t canceled              | 1
      `,
      thin,
    )); // prettier-ignore

  it('and entries end with the first part of one of them', () =>
    table(
      `
      ${flat}         | s: buy 4 stop 105; t: buy 4 limit 95 oco=s      |                                    | 0
      96 97 94 95     |                                                 | t 2 @ 95 partial; s canceled       | 2
      95 96 94 95     |                                                 | t 2 @ 95                           | 4
      `,
      thin,
    ));

  it('not one of another data', () =>
    table(
      `
      ${flat}         | s: sell 1 limit 51 data=eth; t: sell 1 stop 40 data=eth oco=s; a: buy 2 |             | 0
      ${flat}         |                                                 | a 2 @ 100; s -1 @ 51; t canceled   | 2
      `,
      { ...margin, more: { eth: { timeframe: '1h', bars: '50 50 50 50\n50 52 50 51' } } },
    ));

  it('not one with an order of the other side, nor one that is larger than the position', () =>
    table(`
      ${flat}         | a: buy 2                                        |                                    | 0
      ${flat}         | s: sell 2 stop 95; t: buy 2 stop 110 oco=s; u: sell 3 stop 90; v: sell 2 limit 105 oco=u | a 2 @ 100 | 2
      ${flat}         | c: close                                        |                                    | 2
      ${flat}         |                                                 | c -2 @ 100                         | 0
      96 97 94 95     |                                                 | s -2 @ 95; t canceled              | -2
    `)); // prettier-ignore

  it('not one over two datas', () =>
    table(
      `
      ${flat}         | s: sell 2 stop 95; t: sell 2 limit 59 data=eth oco=s; a: buy 2 |                     | 0
      ${flat}         | c: close                                        | a 2 @ 100                          | 2
      ${flat}         |                                                 | c -2 @ 100                         | 0
      96 97 94 95     |                                                 | s -2 @ 95; t canceled              | -2
      `,
      { ...margin, more },
    ));

  it('not one on the side of the position, which adds to it, whatever else does', () =>
    table(`
      ${flat}         | a: buy 2                                        |                                    | 0
      ${flat}         | s: buy 2 limit 95; t: buy 2 stop 110 oco=s; b: buy 1 | a 2 @ 100                     | 2
      ${flat}         | c: close                                        | b 1 @ 100                          | 3
      ${flat}         |                                                 | c -3 @ 100                         | 0
      96 97 94 95     |                                                 | s 2 @ 95; t canceled               | 2
    `)); // prettier-ignore
});

describe('the size of an exit', () => {
  it('falls to what is left, with what was executed', () => {
    const working = order('sell stop 95');
    leave(working, 0.4);
    expect([working.order.size, working.remaining]).toEqual([0.4, 0.4]);
    const part = order('sell stop 95', { remaining: 0.7 });
    leave(part, 0.2);
    expect([part.order.size, part.remaining]).toEqual([0.5, 0.2]);
  });

  it('never rises', () => {
    const working = order('sell stop 95', { remaining: 0.7 });
    for (const units of [0.7, 0.8, NaN]) shrinkTo(working, units);
    expect([working.order.size, working.remaining]).toEqual([1, 0.7]);
    shrinkTo(working, 0.1);
    expect([working.order.size, working.remaining]).toEqual([0.4, 0.1]);
  });
});

it('an order with nothing to reduce says what is held instead', () => {
  const said = (sign: 1 | -1, held: number): string => nothingToReduce({ sign }, held).reason;
  expect(nothingToReduce({ sign: 1 }, 0).rule).toBe('reduceOnly');
  expect(said(-1, 0)).toBe('there is no long position left to reduce');
  expect(said(1, 0)).toBe('there is no short position left to reduce');
  expect(said(-1, -2)).toBe('there is no long position left to reduce, 2 short is held');
  expect(said(1, 3)).toBe('there is no short position left to reduce, 3 long is held');
});
