/** Sizers: how many units an order without a size has. */
import {
  allIn,
  fixedSize,
  fixedTarget,
  investFraction,
  kelly,
  percentOfCash,
  percentOfValue,
  reverser,
  riskPerTrade,
  volatilitySize,
  type Sizer,
} from 'nextbar';
import { describe, expect, it } from 'vitest';
import { scenario } from './table.ts';

const flat = '100  101  99  100';

describe('the default sizer', () => {
  it('goes to 95 % of the value, counts an order with nothing left to do, and turns around in full', async () => {
    const { strategies, settings } = await scenario(`
      open high low close | orders  | told         | position
      ${flat}             | a: buy  |              | 0
      ${flat}             | b: buy  | a 95 @ 100   | 95
      ${flat}             | c: sell |              | 95
      ${flat}             |         | c -190 @ 100 | -95
    `);
    expect(strategies[0]!.emptySizes).toBe(1);
    expect(settings.sizer).toBe('invests 95 % of the value, shared evenly among the datas');
  });

  it('sells short as much as it would buy', () =>
    scenario(`
      open high low close | orders  | told
      ${flat}             | a: sell |
      ${flat}             |         | a -95 @ 100
    `));

  it('is limited by free cash, with the commission kept aside', () =>
    scenario(
      `
      open high low close | orders        | told                    | cash
      ${flat}             | a: buy        |                         | 1000
      ${flat}             |               | a 8 @ 100               | 0
    `,
      { cash: 1000, commission: 0.25 },
    ));

  it('shares the value among the datas', () =>
    scenario(
      `
      open high low close | orders             | told
      ${flat}             | a: buy data=eth    |
      ${flat}             |                    | a 95 @ 50
    `,
      { more: { eth: { timeframe: '1h', bars: '50 51 49 50\n50 51 49 50' } } },
    ));

  it('goes by margin on futures, and by leverage', async () => {
    const table = (size: number): string => `
      open high low close | orders | told
      ${flat}             | a: buy |
      ${flat}             |        | a ${size} @ 100
    `;
    await scenario(table(950), { commission: { margin: 10 } });
    await scenario(table(285), { commission: { leverage: 3 } });
  });
});

const each: readonly [string, Sizer, string][] = [
  [
    'always the same units',
    fixedSize(3),
    `
      open high low close | orders  | told
      ${flat}             | a: buy  |
      ${flat}             | b: sell | a 3 @ 100
      ${flat}             |         | b -3 @ 100
    `,
  ],
  [
    'units in tranches',
    fixedSize(3, 2),
    `
      open high low close | orders | told
      ${flat}             | a: buy |
      ${flat}             |        | a 1.5 @ 100
    `,
  ],
  [
    'tranches up to a target and no more',
    fixedTarget(4, 2),
    `
      open high low close | orders | told      | position
      ${flat}             | a: buy |           | 0
      ${flat}             | b: buy | a 2 @ 100 | 2
      ${flat}             | c: buy | b 2 @ 100 | 4
      ${flat}             |        |           | 4
    `,
  ],
  [
    'twice the units against a position',
    reverser(2),
    `
      open high low close | orders  | told       | position
      ${flat}             | a: buy  |            | 0
      ${flat}             | b: sell | a 2 @ 100  | 2
      ${flat}             |         | b -4 @ 100 | -2
    `,
  ],
  [
    'a fraction of the cash, and all of a position against it',
    percentOfCash(0.2),
    `
      open high low close | orders  | told        | cash
      ${flat}             | a: buy  |             | 10000
      ${flat}             | b: buy  | a 20 @ 100  | 8000
      ${flat}             | c: sell | b 16 @ 100  | 6400
      ${flat}             |         | c -36 @ 100 | 10000
    `,
  ],
  [
    'a fraction of the value',
    percentOfValue(0.3),
    `
      open high low close | orders | told       | cash
      ${flat}             | a: buy |            | 10000
      ${flat}             | b: buy | a 30 @ 100 | 7000
      ${flat}             |        | b 30 @ 100 | 4000
    `,
  ],
  [
    'what the mean true range of two bars may move',
    volatilitySize(0.01, { period: 2 }),
    // True ranges 4 and 103 - 97 = 6: a mean of 5, and 1 % of 10,000 is 100.
    `
      open high low close | orders | told
      100  102  98  100   |        |
      100  103  97  100   | a: buy |
      ${flat}             |        | a 20 @ 100
    `,
  ],
  [
    'the Kelly fraction of a win of 20 and a loss of 10: half less half over two',
    kelly({ scale: 1, cap: 0.5, minTrades: 2 }),
    `
      open high low close | orders    | told         | cash
      ${flat}             | a: buy 1  |              |
      ${flat}             | b: sell 1 | a 1 @ 100    |
      120  121  99  100   | c: buy 1  | b -1 @ 120   |
      120  121  99  100   | d: sell 1 | c 1 @ 120    |
      110  111  99  100   | e: buy    | d -1 @ 110   | 10010
      ${flat}             |           | e 25.025 @ 100 |
    `,
  ],
  [
    'a quarter of its cap while the Kelly fraction is not known',
    kelly(),
    `
      open high low close | orders | told
      ${flat}             | a: buy |
      ${flat}             |        | a 6.25 @ 100
    `,
  ],
];

describe('a sizer', () => {
  for (const [name, sizer, table] of each) {
    it(`gives ${name}`, () => scenario(table, { sizer }));
  }

  it('of all the cash keeps the commission aside', () =>
    scenario(
      `
      open high low close | orders | told       | cash
      ${flat}             | a: buy |            | 10000
      ${flat}             |        | a 80 @ 100 | 0
    `,
      { sizer: allIn(), commission: 0.25 },
    ));

  it('of risk loses 1 % of the value at the stop of a bracket', () =>
    scenario(
      `
      open high low close | orders                    | told             | value
      ${flat}             | a: buyBracket stopLoss=95 |                  | 10000
      ${flat}             |                           | a 20 @ 100       | 10000
      100  101  94  95    |                           | a.stop -20 @ 95  | 9900
    `,
      { sizer: riskPerTrade(0.01) },
    ));

  it('of risk sells short by the stop above, and closes a position that the order goes against', () =>
    scenario(
      `
      open high low close | orders                | told        | position
      ${flat}             | a: sell stopPrice=104 |             | 0
      ${flat}             | b: buy                | a -25 @ 100 | -25
      ${flat}             |                       | b 25 @ 100  | 0
    `,
      { sizer: riskPerTrade(0.01) },
    ));

  it('of risk is limited by the cash when the stop is near', () =>
    scenario(
      `
      open high low close | orders               | told
      ${flat}             | a: buy stopPrice=99.5 |
      ${flat}             |                      | a 100 @ 100
    `,
      { sizer: riskPerTrade(0.01) },
    ));

  it('written by hand is an object with a summary and a size', () => {
    const byHour: Sizer = {
      summary: 'one unit more with every bar',
      size: ({ data }) => data.length,
    };
    return scenario(
      `
      open high low close | orders | told
      ${flat}             |        |
      ${flat}             | a: buy |
      ${flat}             |        | a 2 @ 100
    `,
      { sizer: byHour },
    );
  });

  it('that answers nonsense is refused', async () => {
    const run = scenario(`open high low close | orders\n${flat} | a: buy`, {
      sizer: { summary: 'odd', size: () => NaN },
    });
    await expect(run).rejects.toThrow(/the sizer \(odd\) answered NaN for 'btc'/);
  });

  it('is asked for the fraction it was given', () =>
    scenario(
      `
      open high low close | orders | told
      ${flat}             | a: buy |
      ${flat}             |        | a 50 @ 100
    `,
      { sizer: investFraction(0.5) },
    ));
});
