/** Brackets as they are asked for: what each option of the entry and of its exits becomes, and what is refused. */
import { riskPerTrade, type Bracket, type BracketOptions, type CerebroOptions, type Order } from 'nextbar';
import { describe, expect, it } from 'vitest';
import { type Act } from '../../scenarios/actor.ts';
import { scenario, type ScenarioOptions } from '../../scenarios/table.ts';

const flat = '100 101 99 100';

/** Places a bracket after a flat bar, by `buyBracket` or `sellBracket`, and returns it with every order of the run. */
async function bracket(
  options: BracketOptions,
  verb: 'buyBracket' | 'sellBracket' = 'buyBracket',
  run: ScenarioOptions = {},
): Promise<{ made: Bracket | undefined; orders: readonly Order[] }> {
  let made: Bracket | undefined;
  const act: Readonly<Record<number, Act>> = { 0: (strategy) => (made = strategy[verb](options)) };
  const result = await scenario(`open high low close\n${flat}`, { ...run, act });
  return { made, orders: result.strategies[0]!.orders };
} // prettier-ignore

const shown = (order: Order | undefined): string =>
  order === undefined
    ? 'none'
    : `${order.side} ${order.size} ${order.type} ${order.price} ${order.limitPrice} ${order.tag ?? '-'} ${order.tradeId}`;

const bracketOf = async (options: BracketOptions, verb?: 'buyBracket' | 'sellBracket', run?: ScenarioOptions) => {
  const { made } = await bracket(options, verb, run);
  return [made?.main, made?.stopLoss, made?.takeProfit].map(shown);
};

describe('a bracket', () => {
  it.each<[string, BracketOptions, ...string[]]>([
    ['at the market', { size: 2, stopLoss: 95, takeProfit: 110 }, 'buy 2 market 100 100 - 0', 'sell 2 stop 95 95 - 0', 'sell 2 limit 110 110 - 0'],
    ['at a price, which is a limit', { size: 2, price: 98, stopLoss: 95, takeProfit: 110 }, 'buy 2 limit 98 98 - 0', 'sell 2 stop 95 95 - 0', 'sell 2 limit 110 110 - 0'],
    ['of a stop', { size: 2, type: 'stop', price: 104, stopLoss: 95 }, 'buy 2 stop 104 104 - 0', 'sell 2 stop 95 95 - 0', 'none'],
    ['of a stop-limit', { size: 2, type: 'stopLimit', price: 104, limitPrice: 105, takeProfit: 110 }, 'buy 2 stopLimit 104 105 - 0', 'none', 'sell 2 limit 110 110 - 0'],
    ['at the market although it has a price', { size: 2, type: 'market', price: 100, stopLoss: 95 }, 'buy 2 market 100 100 - 0', 'sell 2 stop 95 95 - 0', 'none'],
    ['with the tag and the trade of its entry', { size: 1, tag: 'up', tradeId: 3, stopLoss: 95, takeProfit: { price: 110 } }, 'buy 1 market 100 100 up 3', 'sell 1 stop 95 95 up 3', 'sell 1 limit 110 110 up 3'],
    ['with exits of other kinds and tags', { size: 1, tag: 'up', stopLoss: { type: 'stopLimit', price: 95, limitPrice: 94, tag: 'out' }, takeProfit: { type: 'stop', price: 110 } }, 'buy 1 market 100 100 up 0', 'sell 1 stopLimit 95 94 out 0', 'sell 1 stop 110 110 up 0'],
    ['with a trailing stop, 4 below the latest close', { size: 1, stopLoss: { type: 'stopTrail', trailAmount: 4 } }, 'buy 1 market 100 100 - 0', 'sell 1 stopTrail 96 100 - 0', 'none'],
  ])('%s', async (_, options, ...wanted) => {
    expect(await bracketOf(options)).toEqual(wanted);
  }); // prettier-ignore

  it('that sells is bought back', async () => {
    expect(await bracketOf({ size: 2, stopLoss: 105, takeProfit: 90 }, 'sellBracket')).toEqual([
      'sell 2 market 100 100 - 0',
      'buy 2 stop 105 105 - 0',
      'buy 2 limit 90 90 - 0',
    ]);
  });

  it('is of one data, which its exits trade too', async () => {
    const more = { eth: { timeframe: '1h', bars: '50 51 49 50' } };
    const { made } = await bracket({ size: 2, data: 'eth', stopLoss: 45, takeProfit: { price: 60 } }, 'buyBracket', { more });
    expect([made!.main, made!.stopLoss!, made!.takeProfit!].map(({ data }) => data.name)).toEqual(['eth', 'eth', 'eth']);
  }); // prettier-ignore

  // 1 % of 10,000 at risk: 100 over the distance to the stop.
  it.each<[BracketOptions, number]>([
    [{ stopLoss: 95 }, 20],
    [{ stopLoss: { price: 98 } }, 50],
    [{ price: 99, stopLoss: { type: 'stopLimit', price: 95, limitPrice: 94 } }, 25],
  ])('without a size is sized by the distance to its stop: %j', async (options, size) => {
    const { made } = await bracket(options, 'buyBracket', { sizer: riskPerTrade(0.01) });
    expect([made!.main.size, made!.stopLoss!.size]).toEqual([size, size]);
  });

  it('of which the sizer finds nothing to do places nothing', async () => {
    const sizer = { summary: 'nothing', size: () => 0 };
    const { made, orders } = await bracket({ stopLoss: 95 }, 'buyBracket', { sizer });
    expect([made, orders.length]).toEqual([undefined, 0]);
  });

  it('ends with its validity, its exits with theirs', () =>
    scenario(
      `
      open high low close | orders | told
      ${flat}             |        |
      ${flat}             |        | m 1 @ 100
      ${flat}             |        |
      ${flat}             |        | t expired
      ${flat}             |        | s expired
      `,
      {
        act: {
          0: (strategy) => {
            const takeProfit = { price: 110, valid: { afterMs: 2 * 3_600_000 } };
            const made = strategy.buyBracket({ size: 1, stopLoss: 95, takeProfit, valid: { afterMs: 3 * 3_600_000 } })!;
            strategy.named.set('m', made.main).set('s', made.stopLoss!).set('t', made.takeProfit!);
          },
        },
      },
    ));
});

describe('a bracket that makes no sense', () => {
  it.each<[BracketOptions, string]>([
    [{ size: 1, stopLoss: 105 }, 'stopLoss 105 lies on the wrong side of the entry at 100: to buy, it lies below'],
    [{ size: 1, price: 90, stopLoss: 95 }, 'stopLoss 95 lies on the wrong side of the entry at 90: to buy, it lies below'],
    [{ size: 1, stopLoss: { type: 'stopTrail', price: 105, trailAmount: 1 } }, 'stopLoss 105 lies on the wrong side of the entry at 100: to buy, it lies below'],
    [{ size: 1, takeProfit: { price: 95 } }, 'takeProfit 95 lies on the wrong side of the entry at 100: to buy, it lies above'],
  ])('%j is rejected, and its exits are not placed', async (options, reason) => {
    const { made, orders } = await bracket(options);
    expect([orders.length, made!.stopLoss, made!.takeProfit]).toEqual([1, undefined, undefined]);
    await scenario(
      `open high low close | told\n${flat} |\n${flat} | m rejected (${reason})`,
      { act: { 0: (strategy) => strategy.named.set('m', strategy.buyBracket(options)!.main) } },
    );
  }); // prettier-ignore

  it.each<[BracketOptions, string]>([
    [{ size: 1 }, 'a bracket needs a stopLoss, a takeProfit or both'],
    [{ stopLos: 95 } as BracketOptions, "unknown order option 'stopLos': did you mean 'stopLoss'?"],
    [{ size: 1, stopLos: 95 } as BracketOptions, "unknown order option 'stopLos': did you mean 'stopLoss'?"],
    [{ size: 1, stopLoss: 95, timeInForce: 'ioc' } as BracketOptions, "unknown order option 'timeInForce'"],
    [{ size: 1, stopLoss: 95, transmit: true } as BracketOptions, "unknown order option 'transmit'"],
    [{ size: 1, stopLoss: { price: 95, size: 7 } } as BracketOptions, "unknown option of an exit 'size'"],
    [{ size: 1, stopLoss: { price: 95, data: 'eth' } } as BracketOptions, "unknown option of an exit 'data'"],
    [{ size: 1, takeProfit: { price: 110, limit: 1 } } as BracketOptions, "unknown option of an exit 'limit'"],
    [{ size: 1, stopLoss: '95' } as unknown as BracketOptions, "options of an exit must be an object, was '95'"],
    [{ size: 1, stopLoss: null } as unknown as BracketOptions, 'must be an object, was null'],
  ])('%j is an error', async (options, message) => {
    await expect(bracket(options)).rejects.toThrow(message);
  });

  // The strategy catches the error and goes on.
  it.each<[string, BracketOptions]>([
    ['a stop that trails at no distance', { size: 1, stopLoss: { type: 'stopTrail' }, takeProfit: 110 }],
    ['a target without a price', { size: 1, stopLoss: 95, takeProfit: { type: 'limit' } }],
    ['a target that is no number', { size: 1, stopLoss: 95, takeProfit: NaN }],
    ['a validity before now', { size: 1, stopLoss: 95, takeProfit: { price: 110, valid: { afterMs: -1 } } }],
  ])('for the error of one exit leaves nothing open: %s', async (_, options) => {
    const said: string[] = [];
    const result = await scenario(
      `open high low close | position\n${flat} | 0\n${flat} | 0\n${flat} | 0`,
      {
        act: {
          0: (strategy) => {
            said.length = 0;
            strategy.notifyOrder = ({ ref, status, reason }) => said.push(`${ref} ${status} (${reason})`);
            expect(() => strategy.buyBracket(options)).toThrow();
          },
          1: (strategy) => expect(strategy.openOrders).toEqual([]),
        },
      },
    );
    expect(said[0]).toBe('1 canceled (an exit of its bracket makes no sense)');
    expect(said.slice(1).filter((one) => one !== '2 canceled (its parent was canceled)')).toEqual([]);
    expect(result.strategies[0]!.orders.length).toBe(said.length);
  }); // prettier-ignore

  it('and is an error besides says nothing about the next order', async () => {
    const told = 'a 1 @ 100';
    await scenario(`open high low close | orders | told\n${flat} | |\n${flat} | | ${told}`, {
      act: {
        0: (strategy) => {
          expect(() => strategy.buyBracket({ size: -1, stopLoss: 105 })).toThrow('size must be a number above 0');
          strategy.named.set('a', strategy.buy({ size: 1 })!);
        },
      },
    });
  });

  it.each<[CerebroOptions, string]>([
    [{ rules: 'backtrader' }, 'm 1 @ 100; s -1 @ 100'],
    [{}, 'm rejected'],
  ])("acts under Backtrader's rules: %j", async (options, told) => {
    await scenario(
      `open high low close | told\n${flat} |\n${flat} | ${told.split('; ')[0]}\n${flat} | ${told.split('; ')[1] ?? ''}`,
      {
        ...options,
        act: {
          0: (strategy) => {
            const made = strategy.buyBracket({ size: 1, stopLoss: 105 })!;
            strategy.named.set('m', made.main);
            if (made.stopLoss !== undefined) strategy.named.set('s', made.stopLoss);
          },
        },
      },
    );
  });
});
