/** What is refused when it is submitted because the account cannot pay for it, by an exchange's rules and by Backtrader's. */
import { BarsDataFeed, Cerebro, Strategy, type CerebroOptions } from 'nextbar';
import { describe, expect, it } from 'vitest';
import { scenario, type ScenarioOptions } from '../../scenarios/table.ts';

const flat = '100 101 99 100';

/** Places orders after a flat bar and holds what is told in the next one; `before` was placed a bar earlier, and is not told again. */
const told = async (orders: string, wanted: string, options: ScenarioOptions = {}, before = ''): Promise<void> => {
  await scenario(
    before === ''
      ? `open high low close | orders | told\n${flat} | ${orders} |\n${flat} | | ${wanted}`
      : `open high low close | orders | told\n${flat} | ${before.split('=>')[0]} |\n${flat} | ${orders} | ${before.split('=>')[1]}\n${flat} | | ${wanted}`,
    options,
  );
};

const short = (by: number) => `(the cash would be short by ${by} of what it costs)`;
const spot = { account: 'spot' } as const;

describe("an exchange's rule, each order for itself", () => {
  // 1,000 of cash and a price of 100.
  it.each<[string, string, ScenarioOptions?]>([
    ['a: buy 10', 'a 10 @ 100'],
    ['a: buy 11', `a margin ${short(100)}`],
    ['a: buy 11', `a margin ${short(100)}`, spot],
    ['a: buy 11; b: buy 10', `a margin ${short(100)}; b 10 @ 100`],
    ['a: buy 10; b: buy 10', 'a 10 @ 100; b margin'],
    ['a: buy 10 limit 98; b: buy 10 limit 97', ''],
    ['a: buy 11 limit 95', `a margin ${short(45)}`],
    ['a: buy 10 stop 105', `a margin ${short(50)}`],
    ['a: buy 10.0000000001', 'a margin (the cash does not cover 10 at 100)'],
    ['a: buy 20 whenCashShort=cut', 'a 10 @ 100'],
    ['a: buy 20 reduceOnly=true', 'a canceled (there is no short position left to reduce)'],
    ['a: buy 10', `a margin ${short(10)}`, { commission: 0.01 }],
    ['a: sell 10', 'a -10 @ 100', { account: 'margin' }],
    ['a: sell 11', `a margin ${short(100)}`, { account: 'margin' }],
    ['a: buy 40', 'a 40 @ 100', { commission: { margin: 25 } }],
    ['a: sell 41', `a margin ${short(25)}`, { commission: { margin: 25 } }],
    ['a: buy 20', 'a 20 @ 100', { commission: { leverage: 2 } }],
    ['a: buy 21', `a margin ${short(50)}`, { commission: { leverage: 2 } }],
    // The exits of an entry only close; a second entry of it must be paid for.
    ['a: buy 1 hold; b: sell 50 stop 95 parent=a', 'a 1 @ 100', { account: 'margin' }],
    ['a: buy 1 hold; b: buy 50 stop 105 parent=a', `b margin ${short(4_250)}; a canceled`],
    ['a: sell 1', 'a rejected', spot],
  ])('%s', (orders, wanted, options = {}) => {
    if (orders === 'a: sell 1') {
      const reason = "a spot account cannot sell 1 BTC of 0: account: 'margin' allows short sales";
      return told(orders, `a margin (${reason})`, { cash: 1_000, ...options });
    }
    return told(orders, wanted, { cash: 1_000, ...options });
  });

  const no = (units: number, held: number) =>
    `(a spot account cannot sell ${units} BTC of ${held}: account: 'margin' allows short sales)`;

  // What is held, and what other orders may still buy, may be sold on spot.
  it.each<[string, string, string]>([
    ['a: buy 5 => a 5 @ 100', 'b: sell 5', 'b -5 @ 100'],
    ['a: buy 5 => a 5 @ 100', 'b: sell 6', `b margin ${no(6, 5)}`],
    ['a: buy 5 => a 5 @ 100', 'b: sell 5.000000001', 'b -5.000000001 @ 100'],
    ['a: buy 5 => a 5 @ 100', 'b: buy 1; c: sell 6', 'c margin; b 1 @ 100'],
    ['a: buy 5 => a 5 @ 100', 'b: buy 1 limit 90; c: sell 6 limit 110', ''],
    ['a: buy 5; b: buy 1 limit 90 => a 5 @ 100', 'c: sell 6 limit 110', ''],
    ['a: buy 5; b: buy 1 limit 90 => a 5 @ 100', 'c: sell 7 limit 110', `c margin ${no(7, 5)}`],
    ['a: buy 5; b: sell 1 limit 120 => a 5 @ 100', 'c: sell 6 limit 110', `c margin ${no(6, 5)}`],
    ['a: buy 1 limit 90 => ', 'cancel a; b: sell 1', `a canceled; b margin ${no(1, 0)}`],
    // A further purchase that waits for another one is still to come too.
    ['a: buy 5 => a 5 @ 100', 'b: buy 1 limit 90 hold; c: buy 3 limit 85 parent=b; d: sell 9 limit 110', ''],
  ])('on spot, after %s: %s', (before, orders, wanted) => told(orders, wanted, { cash: 1_000, ...spot }, before));

  // Cash 1,000: 10 bought at 100 leave nothing.
  it.each<[string, string, string, ScenarioOptions?]>([
    ['a: buy 10 => a 10 @ 100', 'b: sell 10', 'b -10 @ 100'],
    ['a: buy 10 => a 10 @ 100', 'b: sell 20', 'b -20 @ 100', { account: 'margin' }],
    ['a: buy 10 => a 10 @ 100', 'b: sell 21', `b margin ${short(100)}`, { account: 'margin' }],
    ['a: sell 10 => a -10 @ 100', 'b: buy 20', 'b 20 @ 100', { account: 'margin' }],
    ['a: sell 10 => a -10 @ 100', 'b: buy 21', `b margin ${short(100)}`, { account: 'margin' }],
    ['a: buy 40 => a 40 @ 100', 'b: sell 80', 'b -80 @ 100', { commission: { margin: 25 } }],
    ['a: buy 40 => a 40 @ 100', 'b: sell 81', `b margin ${short(25)}`, { commission: { margin: 25 } }],
    ['a: buy 10 => a 10 @ 100', 'b: buy 1', `b margin ${short(100)}`],
    ['a: buy 9 => a 9 @ 100', 'b: buy 1; c: buy 1', 'b 1 @ 100; c margin'],
    // A sale of what is held pays for more of it, reckoned at the price of what it pays for.
    ['a: buy 10 => a 10 @ 100', 'b: sell 10; c: buy 9', 'b -10 @ 100; c 9 @ 100'],
    ['a: buy 10 => a 10 @ 100', 'b: buy 11; c: sell 10', `b margin ${short(100)}; c -10 @ 100`],
    ['a: buy 40 => a 40 @ 100', 'b: buy 24 limit 90; c: sell 40 limit 120', '', { commission: { margin: 25 } }],
    [
      'a: buy 40 => a 40 @ 100',
      'b: buy 25 limit 90; c: sell 40 limit 120',
      `b margin ${short(25)}`,
      { commission: { margin: 25 } },
    ],
  ])('after %s: %s', (before, orders, wanted, options = {}) =>
    told(orders, wanted, { cash: 1_000, account: 'margin', ...options }, before),
  );

  it('takes an order that only closes a part, whatever the position has lost', () =>
    scenario(
      `
      open high low close | orders     | told        | cash | value
      ${flat}             | a: buy 40  |             | 1000 | 1000
      ${flat}             |            | a 40 @ 100  | 0    | 1000
      100 101 84 85       | b: sell 10 |             | -600 | 400
      85  86  84 85       |            | b -10 @ 85  | -350 | 400
      `,
      { cash: 1_000, account: 'margin', commission: { margin: 25 } },
    ));

  it('forgets an order that is canceled as soon as it is placed', () =>
    told('a: buy 5; cancel a; b: buy 10', 'a canceled; b 10 @ 100', { cash: 1_000 }));

  /** Holds `held` of a data at 100 with all the cash, and buys another at 50 in the bar of a sale; says what became of the purchase. */
  async function bought(sale: ((one: Strategy) => unknown) | undefined, units: number, options: CerebroOptions = {}) {
    class Turns extends Strategy {
      override next(): void {
        if (this.data.length === 1) this.buy({ size: 10 });
        if (this.data.length !== 3) return;
        this.buy({ data: 'b', size: units });
        sale?.(this);
      }
    }
    const bars = (price: number) =>
      Array.from({ length: 5 }, (_, k) => ({ time: k * 3_600_000, open: price, high: price, low: price, close: price, volume: 1e6 }));
    const cerebro = new Cerebro({ cash: 1_000, ...options }).addStrategy(Turns);
    for (const [name, price] of [['a', 100], ['b', 50]] as const)
      cerebro.addData(new BarsDataFeed({ name, timeframe: '1h', bars: bars(price) }));
    const { status, reason } = (await cerebro.run()).strategies[0]!.orders[1]!;
    return reason === undefined ? status : `${status} (${reason})`;
  } // prettier-ignore

  it('pays with what another data frees in the same bar, and only with that', async () => {
    expect(await bought((one) => one.sell({ size: 10 }), 20)).toBe('completed');
    expect(await bought((one) => one.sell({ size: 10 }), 21)).toBe(`margin ${short(50)}`);
    expect(await bought((one) => one.sell({ size: 4 }), 8)).toBe('completed');
    expect(await bought((one) => one.sell({ size: 4 }), 9)).toBe(`margin ${short(50)}`);
    // Sales beyond what is held free no more, and purchases nothing.
    expect(await bought((one) => one.sell({ size: 15 }), 21, { account: 'margin' })).toBe(`margin ${short(50)}`);
    expect(await bought((one) => one.buy({ size: 4 }), 1)).toBe(`margin ${short(50)}`);
    expect(await bought(undefined, 1)).toBe(`margin ${short(50)}`);
    // Of another data than the one sold, however much is bought or sold of it.
    const both = (one: Strategy) => [one.sell({ size: 4 }), one.sell({ data: 'b', size: 9 })];
    expect(await bought(both, 9, { account: 'margin' })).toBe(`margin ${short(50)}`);
  });

  it('pays with what the purchase of a short position frees', async () => {
    const bars = Array.from({ length: 5 }, (_, k) => ({ time: k * 3_600_000, open: 100, high: 100, low: 100, close: 100, volume: 1e6 }));
    const status = async (units: number) => {
      class Short extends Strategy {
        override next(): void {
          if (this.data.length === 1) this.sell({ size: 40 });
          if (this.data.length !== 3) return;
          this.buy({ data: 'b', size: units });
          this.buy({ size: 40 });
        }
      }
      const cerebro = new Cerebro({ cash: 1_000, account: 'margin', commission: { margin: 25 } }).addStrategy(Short);
      for (const name of ['a', 'b']) cerebro.addData(new BarsDataFeed({ name, timeframe: '1h', bars }));
      return (await cerebro.run()).strategies[0]!.orders[1]!.status;
    };
    expect([await status(40), await status(41)]).toEqual(['completed', 'margin']);
  }); // prettier-ignore

  it('does not count the purchase of another data to what may be sold on spot', async () => {
    class Sells extends Strategy {
      override next(): void {
        if (this.data.length === 1) this.buy({ size: 5 });
        if (this.data.length !== 3) return;
        this.buy({ data: 'b', type: 'limit', price: 40, size: 5 });
        this.sell({ type: 'limit', price: 110, size: 10 });
      }
    }
    const bars = Array.from({ length: 5 }, (_, k) => ({ time: k * 3_600_000, open: 100, high: 100, low: 100, close: 100, volume: 1e6 }));
    const cerebro = new Cerebro({ cash: 1_000, account: 'spot' }).addStrategy(Sells);
    for (const name of ['A', 'B']) cerebro.addData(new BarsDataFeed({ name: name.toLowerCase(), symbol: `${name}/USDT`, timeframe: '1h', bars }));
    const { status, reason } = (await cerebro.run()).strategies[0]!.orders[2]!;
    expect(`${status} (${reason!})`).toBe(`margin ${no(10, 5).replace('BTC', 'A')}`);
  }); // prettier-ignore
});

describe("Backtrader's rule, one after another", () => {
  const rules = { cash: 1_000, rules: 'backtrader' } as const;

  it.each<[string, string, ScenarioOptions?]>([
    ['a: buy 10', 'a 10 @ 100'],
    ['a: buy 11', `a margin ${short(100)}`],
    ['a: buy 6; b: buy 4', 'a 6 @ 100; b 4 @ 100'],
    ['a: buy 6; b: buy 5', `b margin ${short(100)}; a 6 @ 100`],
    // What a refused order would have cost is there for those behind it.
    ['a: buy 20; b: buy 10', `a margin ${short(1_000)}; b 10 @ 100`],
    ['a: buy 6 limit 90; b: buy 5', `b margin ${short(40)}`],
    ['a: buy 10 stop 105', `a margin ${short(50)}`],
    // As if each were filled: the second one closes what the first one opened.
    ['a: buy 40; b: sell 40', 'a 40 @ 100; b -40 @ 100', { commission: { margin: 25 } }],
    ['a: buy 40; b: sell 80', 'a 40 @ 100; b -80 @ 100', { commission: { margin: 25 } }],
    ['a: buy 40; b: sell 81', `b margin ${short(25)}; a 40 @ 100`, { commission: { margin: 25 } }],
    ['a: sell 40; b: buy 80', 'a -40 @ 100; b 80 @ 100', { commission: { margin: 25 } }],
    ['a: buy 5; cancel a; b: buy 10', 'a canceled; b 10 @ 100'],
    ['a: buyBracket 11 stopLoss=95 takeProfit=110; b: buy 10', `a margin; a.stop rejected; a.target rejected; b 10 @ 100`],
  ])('%s', (orders, wanted, options = {}) => told(orders, wanted, { ...rules, ...options })); // prettier-ignore

  it('begins with what is held', async () => {
    await told('b: sell 5; c: buy 10', 'b -5 @ 100; c 10 @ 100', rules, 'a: buy 5 => a 5 @ 100');
    await told('b: sell 5; c: buy 11', `c margin ${short(100)}; b -5 @ 100`, rules, 'a: buy 5 => a 5 @ 100');
    await told('b: sell 40; c: sell 40', 'b -40 @ 100; c -40 @ 100', { ...rules, commission: { margin: 25 } }, 'a: buy 40 => a 40 @ 100');
    await told('b: sell 40; c: sell 41', `c margin ${short(25)}; b -40 @ 100`, { ...rules, commission: { margin: 25 } }, 'a: buy 40 => a 40 @ 100');
  }); // prettier-ignore

  it('asks again for nothing that it has admitted', async () => {
    await scenario(
      `
      open high low close | orders             | told
      ${flat}             | a: buy 10 limit 95 |
      ${flat}             | b: buy 10          |
      ${flat}             |                    | b 10 @ 100
      100  101  94   100  |                    | a margin
      `,
      rules,
    );
  });
});

describe.each(['exchange', 'backtrader'] as const)("by %s's rules", (rules) => {
  // Closes at 100, opens at 120: 1,000 pay for 8 at the open and for 10 at the close before it.
  it.each([
    [8, undefined, 'completed'],
    [9, undefined, `margin ${short(80)}`],
    [10, false, rules === 'exchange' ? 'margin (the cash does not cover 10 at 120)' : 'margin'],
    [11, false, `margin ${short(100)}`],
  ])('a market order of %d at the open it is placed at costs that open: cheatOnOpen %s', async (size, cheat, wanted) => {
    class AtOpen extends Strategy {
      override nextOpen(): void {
        if (this.data.length === 1) this.buy({ size, cheatOnOpen: cheat });
      }
      override next(): void {
        this.data.close.ago(0);
      }
    }
    const row = (k: number, open: number, close: number) => ({ time: k * 3_600_000, open, high: 121, low: 99, close, volume: 1_000 });
    const bars = [row(0, 100, 100), row(1, 120, 100), row(2, 120, 100), row(3, 120, 120)];
    const cerebro = new Cerebro({ cash: 1_000, rules, cheatOnOpen: true });
    cerebro.addData(new BarsDataFeed({ name: 'a', timeframe: '1h', bars })).addStrategy(AtOpen);
    const { status, reason } = (await cerebro.run()).strategies[0]!.orders[0]!;
    const seen = reason === undefined ? status : `${status} (${reason})`;
    expect(wanted === 'margin' ? status : seen).toBe(wanted);
  }); // prettier-ignore

  it('a limit order at the open it is placed at costs its own price', async () => {
    class AtOpen extends Strategy {
      override nextOpen(): void {
        if (this.data.length === 1) this.buy({ size: 10, type: 'limit', price: 99 });
      }
      override next(): void {
        this.data.close.ago(0);
      }
    }
    const row = (k: number) => ({ time: k * 3_600_000, open: 120, high: 121, low: 99, close: 120, volume: 1_000 });
    const cerebro = new Cerebro({ cash: 1_000, rules, cheatOnOpen: true });
    cerebro.addData(new BarsDataFeed({ name: 'a', timeframe: '1h', bars: [row(0), row(1), row(2)] })).addStrategy(AtOpen);
    expect((await cerebro.run()).strategies[0]!.orders[0]!).toMatchObject({ status: 'completed', averagePrice: 99 });
  }); // prettier-ignore
});
