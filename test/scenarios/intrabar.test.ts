/** What each policy takes for the path inside a bar that reaches both exits of a position. */
import type { IntrabarPolicy } from 'nextbar';
import { describe, expect, it } from 'vitest';
import { scenario } from './table.ts';

const stopped = 'a.stop -1 @ 95; a.target canceled';
const taken = 'a.target -1 @ 105; a.stop canceled';

const both = (told: string): string => `
  open high low close | orders                                   | told
  100  101  99  100   | a: buyBracket 1 stopLoss=95 takeProfit=105 |
  100  101  99  100   |                                          | a 1 @ 100
  100  106  94  101   |                                          | ${told}
`;

const firsts: readonly [IntrabarPolicy, string][] = [
  ['pessimistic', stopped],
  ['optimistic', taken],
  ['creationOrder', stopped],
  ['openHighLowClose', taken],
  ['openLowHighClose', stopped],
  ['lowerTimeframe', stopped],
];

describe('a bar that reaches the stop and the target of a long position', () => {
  for (const [intrabar, told] of firsts) {
    it(`${told === stopped ? 'stops it out' : 'takes the profit'} by ${intrabar}`, () =>
      scenario(both(told), { intrabar }));
  }

  it('is counted once, with what each other policy would have added to the cash', async () => {
    const { ambiguity } = await scenario(both(stopped));
    const effect = { pessimistic: 0, optimistic: 10, creationOrder: 0, openHighLowClose: 10, openLowHighClose: 0 };
    expect(ambiguity).toMatchObject({ exits: 1, entries: 0, effect });
  });

  it('is counted against the better policy too', async () => {
    const { ambiguity } = await scenario(both(taken), { intrabar: 'optimistic' });
    const effect = { pessimistic: -10, optimistic: 0, creationOrder: -10, openHighLowClose: 0, openLowHighClose: -10 };
    expect(ambiguity).toMatchObject({ exits: 1, effect });
  });

  it('takes the profit by creationOrder when the target was made first', () =>
    scenario(
      `
      open high low close | orders                                                | told
      100  101  99  100   | m: buy 1                                              |
      100  101  99  100   | t: sell 1 limit 105; s: sell 1 stop 95 oco=t          | m 1 @ 100
      100  106  94  101   |                                                       | t -1 @ 105; s canceled
    `,
      { intrabar: 'creationOrder' },
    ));
});

describe('a bar that reaches both exits of a short position', () => {
  it('stops it out by default, and takes the profit when the low came first', async () => {
    const short = (told: string): string => `
      open high low close | orders                                      | told
      100  101  99  100   | a: sellBracket 1 stopLoss=105 takeProfit=95 |
      100  101  99  100   |                                             | a -1 @ 100
      100  106  94  101   |                                             | ${told}
    `;
    await scenario(short('a.stop 1 @ 105; a.target canceled'));
    await scenario(short('a.target 1 @ 95; a.stop canceled'), { intrabar: 'openLowHighClose' });
  });
});

describe('a bar that opens beyond one exit', () => {
  it('is not ambiguous: the open came first, whatever the policy', async () => {
    const { ambiguity } = await scenario(
      `
      open high low close | orders                                     | told
      100  101  99  100   | a: buyBracket 1 stopLoss=95 takeProfit=105 |
      100  101  99  100   |                                            | a 1 @ 100
      94   106  93  101   |                                            | a.stop -1 @ 94; a.target canceled
    `,
      { intrabar: 'optimistic' },
    );
    expect(ambiguity.exits).toBe(0);
  });
});

describe('an entry bar that reaches a child', () => {
  it("is counted under Backtrader's rules, and the child acts from the bar after", async () => {
    const { ambiguity } = await scenario(
      `
      open high low close | orders                                     | told
      100  101  99  100   | a: buyBracket 1 stopLoss=95 takeProfit=105 |
      100  101  94  100   |                                            | a 1 @ 100
      100  101  94  100   |                                            | a.stop -1 @ 95; a.target canceled
    `,
      { rules: 'backtrader', intrabar: 'pessimistic' },
    );
    expect(ambiguity).toMatchObject({ exits: 0, entries: 1 });
  });
});

describe('finer bars of the same symbol', () => {
  const flat = '100 101 99 100';
  const finer = (...last: string[]): string => [...Array<string>(8).fill(flat), ...last].join('\n');
  const run = (told: string, bars: string): Promise<unknown> =>
    scenario(both(told), { intrabar: 'lowerTimeframe', more: { fine: { timeframe: '15m', bars } } });

  it('say that the high came first', () =>
    run(taken, finer('100 106 99 105', '105 105 94 95', '95 100 95 100', '100 101 99 101')));

  it('say that the low came first', () =>
    run(stopped, finer('100 100 94 95', '95 106 95 105', '105 105 100 100', '100 101 99 101')));

  it('that reach both themselves leave it to the pessimistic policy', () =>
    run(stopped, finer('100 106 94 95', '95 96 95 96', '96 100 96 100', '100 101 99 101')));
});
