/** Rules of risk: every limit refuses what it names, with its name, and lets exits through. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, type CerebroOptions, type Order } from 'nextbar';
import type { RiskPlan, RiskRule } from 'nextbar/account';

type Act = (strategy: Scripted) => Order | undefined;

/** Does what its script says after each bar. */
class Scripted extends Strategy<typeof Scripted.params> {
  static readonly params = { script: {} as Readonly<Record<number, Act>> };

  readonly placed: Order[] = [];

  override next(): void {
    const order = this.params.script[this.data.length]?.(this);
    if (order !== undefined) this.placed.push(order);
  }
}

/** Runs a script over hourly closes, and returns status and rule of each order placed. */
async function run(
  risk: RiskPlan | readonly RiskRule[],
  script: Readonly<Record<number, Act>>,
  closes: readonly number[] = [100, 100, 100, 100, 100, 100],
  symbols: Readonly<Record<string, string>> = { btc: 'BTC/USDT', eth: 'ETH/USDT' },
  account: CerebroOptions['account'] = 'margin',
): Promise<(readonly [string, string | undefined])[]> {
  const cerebro = new Cerebro({ account, risk, ...(typeof account === 'string' && { cash: 10_000 }) });
  for (const [name, symbol] of Object.entries(symbols)) {
    const bars = closes.map((close, k) => ({
      time: Date.UTC(2024, 0, 1, k),
      open: close,
      high: close,
      low: close,
      close,
      volume: 1e6,
    }));
    cerebro.addData(new BarsDataFeed({ name, symbol, timeframe: '1h', bars }));
  }
  cerebro.addStrategy(Scripted, { script });
  const result = await cerebro.run();
  const { strategy } = result.strategies[0]!;
  if (!(strategy instanceof Scripted)) throw new Error('another strategy ran');
  return strategy.placed.map(({ status, rule }) => [status, rule] as const);
}

const buy =
  (size: number, data = 'btc'): Act =>
  (s) =>
    s.buy({ size, data });
const sell =
  (size: number, data = 'btc'): Act =>
  (s) =>
    s.sell({ size, data });
const rest =
  (price: number, data = 'btc'): Act =>
  (s) =>
    s.buy({ size: 1, type: 'limit', price, data });
const [done, open] = [
  ['completed', undefined],
  ['accepted', undefined],
] as const;
const refused = (rule: string): readonly [string, string] => ['rejected', rule];

describe('a limit', () => {
  it.each<
    [string, RiskPlan, Readonly<Record<number, Act>>, readonly (readonly [string, string | undefined])[], number[]?]
  >([
    ['maxOrderSize', { maxOrderSize: 5 }, { 1: buy(6), 2: buy(5) }, [refused('maxOrderSize'), done]],
    ['maxOrderValue', { maxOrderValue: 500 }, { 1: buy(6), 2: buy(5) }, [refused('maxOrderValue'), done]],
    [
      'maxPositionSize',
      { maxPositionSize: 5 },
      { 1: buy(5), 3: buy(1), 4: sell(5) },
      [done, refused('maxPositionSize'), done],
    ],
    [
      'maxPositionValue',
      { maxPositionValue: 500 },
      { 1: buy(5), 3: buy(1), 4: sell(5) },
      [done, refused('maxPositionValue'), done],
    ],
    [
      'maxPositionSize turned around',
      { maxPositionSize: 5 },
      { 1: buy(5), 3: sell(11) },
      [done, refused('maxPositionSize')],
    ],
    [
      'maxExposure',
      { maxExposure: 0.05 },
      { 1: buy(5), 3: buy(1), 4: buy(5, 'eth') },
      [done, refused('maxExposure'), done],
    ],
    [
      'maxTotalExposure',
      { maxTotalExposure: 0.05 },
      { 1: buy(5), 3: buy(1, 'eth'), 4: sell(5) },
      [done, refused('maxTotalExposure'), done],
    ],
    [
      'maxVenueExposure',
      { maxVenueExposure: 0.05 },
      { 1: buy(5), 3: buy(1, 'eth') },
      [done, refused('maxVenueExposure')],
    ],
    ['maxOpenOrders', { maxOpenOrders: 1 }, { 1: rest(50), 2: rest(60) }, [open, refused('maxOpenOrders')]],
    [
      'maxOpenPositions',
      { maxOpenPositions: 1 },
      { 1: buy(1), 3: buy(1, 'eth'), 4: buy(1) },
      [done, refused('maxOpenPositions'), done],
    ],
    [
      'maxOrderRate',
      { maxOrderRate: { orders: 1, perMs: 7_200_000 } },
      { 1: buy(1), 2: buy(1), 4: buy(1) },
      [done, refused('maxOrderRate'), done],
    ],
    [
      'cooldown',
      { cooldown: { losses: 1, waitMs: 7_200_000 } },
      { 1: buy(1), 2: sell(1), 4: buy(1), 5: buy(1) },
      [done, done, refused('cooldown'), done],
      [100, 100, 90, 90, 90, 90],
    ],
    [
      'maxDailyLoss',
      { maxDailyLoss: 0.05 },
      { 1: buy(50), 3: buy(1), 4: sell(50) },
      [done, refused('maxDailyLoss'), done],
      [100, 100, 89, 89, 89, 89],
    ],
    [
      'maxDrawdown',
      { maxDrawdown: 0.05 },
      { 1: buy(50), 3: buy(1), 5: buy(1) },
      [done, refused('maxDrawdown'), refused('maxDrawdown')],
      [100, 100, 89, 120, 120, 120],
    ],
    [
      'maxPositionSize by orders that rest',
      { maxPositionSize: 1 },
      { 1: rest(50), 2: rest(60), 3: rest(70, 'eth') },
      [open, refused('maxPositionSize'), open],
    ],
    [
      'maxDrawdown of a fall that was over before the next order',
      { maxDrawdown: 0.05 },
      { 1: buy(50), 5: buy(1) },
      [done, refused('maxDrawdown')],
      [100, 100, 89, 120, 120, 120],
    ],
    [
      'maxDailyLoss of a loss that was made up on the same day',
      { maxDailyLoss: 0.05 },
      { 1: buy(50), 5: buy(1) },
      [done, refused('maxDailyLoss')],
      [100, 100, 89, 120, 120, 120],
    ],
    [
      'datas',
      { datas: { eth: { maxOrderSize: 1 } } },
      { 1: buy(5), 2: buy(5, 'eth') },
      [done, refused('maxOrderSize')],
    ],
  ])('%s', async (_, plan, script, expected, closes) => {
    expect(await run(plan, script, closes)).toEqual(expected);
  });

  it('opens again on the day after a daily loss', async () => {
    const closes = [...Array.from({ length: 2 }, () => 100), ...Array.from({ length: 24 }, () => 89)];
    expect(await run({ maxDailyLoss: 0.05 }, { 1: buy(50), 3: buy(1), 25: buy(1) }, closes)).toEqual([
      done,
      refused('maxDailyLoss'),
      done,
    ]);
  });
});

describe('several orders of one bar', () => {
  it('do not pass together what each would pass alone', async () => {
    const both =
      (...acts: readonly Act[]): Act =>
      (s) =>
        acts.map((act) => act(s)).at(-1);
    const turned = { 1: buy(5), 3: both(sell(5), sell(5)) };
    expect(await run({ maxPositionSize: 4 }, { 1: buy(4), 3: both(sell(4), sell(5)) })).toEqual([
      done,
      refused('maxPositionSize'),
    ]);
    expect(await run({ maxOpenPositions: 1 }, { 1: both(buy(1), buy(1, 'eth')) })).toEqual([
      refused('maxOpenPositions'),
    ]);
    expect(await run({ maxDailyLoss: 0.01 }, turned, [100, 100, 50, 50, 50, 50])).toEqual([
      done,
      refused('maxDailyLoss'),
    ]);
  });

  it('count once where they cancel each other', async () => {
    const pair: Act = (s) => {
      const low = s.buy({ size: 5, type: 'limit', price: 50 });
      return s.buy({ size: 5, type: 'stop', price: 150, oco: low! });
    };
    expect(await run({ maxPositionSize: 5 }, { 1: pair, 2: rest(60) })).toEqual([open, refused('maxPositionSize')]);
  });

  it('are exits of a bracket only up to its size', async () => {
    const bracket =
      (size: number): Act =>
      (s) => {
        const parent = s.buy({ size: 2, type: 'limit', price: 90, transmit: false });
        return s.sell({ size, type: 'stop', price: 80, parent: parent! });
      };
    expect(await run({ maxPositionSize: 2 }, { 1: bracket(2) })).toEqual([open]);
    expect(await run({ maxPositionSize: 2 }, { 1: bracket(200) })).toEqual([refused('maxPositionSize')]);
  });
});

describe('a rule of your own', () => {
  it('is asked about each order and named in what it refuses', async () => {
    const rule: RiskRule = { name: 'oneAtATime', check: ({ size }) => (size > 1 ? 'one unit at a time' : undefined) };
    expect(await run([rule], { 1: buy(2), 2: buy(1) })).toEqual([refused('oneAtATime'), done]);
  });
});

describe('a rule of your own that returns no reason', () => {
  it.each([false, true, '', null, 0, Promise.resolve('too late')])('but %s is an error', async (returned) => {
    const rule = { name: 'odd', check: () => returned } as unknown as RiskRule;
    await expect(run([rule], { 1: buy(1) })).rejects.toThrow(
      "the risk rule 'odd' must return why it refuses an order, or undefined where it allows it",
    );
  });
});

describe('a plan that fits no run of these datas', () => {
  it.each([
    [{ maxTotalExposure: 95 }, 'maxTotalExposure must be a fraction of the value, 0.95 for 95 %, was 95'],
    [{ datas: { btc: { maxExposure: 50 } } }, 'datas.btc.maxExposure must be a fraction'],
    [{ datas: { bct: { maxOrderSize: 1 } } }, "unknown data of the risk plan 'bct': did you mean 'btc'?"],
  ])('%j is an error', async (risk, message) => {
    await expect(run(risk, {})).rejects.toThrow(message);
  });
});

describe('a plan that makes no sense', () => {
  it.each([
    [{ maxOrderSise: 1 }, "did you mean 'maxOrderSize'?"],
    [{ maxDailyLoss: 5 }, 'maxDailyLoss must be a fraction below 1, 0.05 for 5 %, was 5: did you mean 0.05?'],
    [{ maxOrderSize: 0 }, 'maxOrderSize must be a number above 0, was 0'],
    [{ datas: { btc: { maxOrderSise: 1 } } }, "did you mean 'maxOrderSize'?"],
    [{ maxOrderSize: NaN }, 'maxOrderSize must be a number above 0, was NaN'],
    [{ maxOrderSize: '5' }, "maxOrderSize must be a number above 0, was '5'"],
    [{ maxOpenOrders: 2.5 }, 'maxOpenOrders must be a whole number of at least 1, was 2.5'],
    [{ maxOpenPositions: -1 }, 'maxOpenPositions must be a whole number of at least 1, was -1'],
    [{ cooldown: { losses: 1.5, waitMs: 1 } }, 'cooldown.losses must be a whole number of at least 1, was 1.5'],
    [{ maxDailyLoss: 95 }, 'was 95: did you mean 0.95?'],
    [{ datas: [] }, 'settings of datas must be an object, was a list'],
    [{ cooldown: 5 }, 'settings of cooldown must be an object, was 5'],
    [[undefined], "risk[0] must have a name and a method 'check', was undefined"],
    [[{ maxOrderSize: 5 }], "risk[0] must have a name and a method 'check', was { maxOrderSize }"],
    [[{ name: 'x' }], "risk[0] must have a name and a method 'check'"],
  ])('%j is an error', (risk, message) => {
    expect(() => new Cerebro({ risk: risk as RiskPlan })).toThrow(message);
  });
});

it('limits of value of an inverse contract are in the currency of value', async () => {
  // 100 contracts of 100 USD at 50,000 are 0.2 BTC, or 10,000 in an account that counts in USD.
  const values = async (account: object, maxOrderValue: number, size: number): Promise<Order> => {
    const close = 50_000;
    const bars = [0, 1, 2].map((k) => ({ time: Date.UTC(2024, 0, 1, k), open: close, high: close, low: close, close, volume: 1 })); // prettier-ignore
    const cerebro = new Cerebro({ account, risk: { maxOrderValue }, rates: { 'BTC/USD': close } });
    cerebro.addData(new BarsDataFeed({ name: 'coin', symbol: 'BTC/USD:BTC', timeframe: '1h', bars }));
    cerebro.setInstrument('coin', { contractSize: 100 }).addStrategy(Scripted, { script: { 1: buy(size, 'coin') } });
    return ((await cerebro.run()).strategies[0]!.strategy as unknown as Scripted).placed[0]!;
  };
  const inCoin = { cash: { BTC: 1 } };
  expect((await values(inCoin, 0.2, 100)).status).toBe('completed');
  expect(await values(inCoin, 0.2, 101)).toMatchObject({ status: 'rejected', rule: 'maxOrderValue' });
  const inDollars = { cash: { BTC: 1 }, currency: 'USD' };
  expect((await values(inDollars, 10_000, 100)).status).toBe('completed');
  expect(await values(inDollars, 10_000, 101)).toMatchObject({ status: 'rejected', rule: 'maxOrderValue' });
});

describe('an order with a parent', () => {
  it('is exempt where it takes back what that opens, and not on another data', async () => {
    const placed = await run({ datas: { btc: { maxPositionSize: 1 }, eth: { maxPositionSize: 0.5 } } }, {
      1: (s) => {
        const entry = s.buy({ size: 1, data: 'btc' });
        s.placed.push(s.sell({ size: 1, type: 'stop', price: 95, data: 'btc', parent: entry })!);
        return s.sell({ size: 1, data: 'eth', parent: entry });
      },
    }); // prettier-ignore
    // The entry goes with the refused one, and its stop with the entry.
    expect(placed).toEqual([['canceled', undefined], ['rejected', 'maxPositionSize']]); // prettier-ignore
  });
});

describe('a coin that two datas of one account trade', () => {
  const twice = (
    risk: RiskPlan,
    script: Readonly<Record<number, Act>>,
  ): Promise<(readonly [string, string | undefined])[]> =>
    run(risk, script, undefined, { btc: 'BTC/USDT', daily: 'BTC/USDT', eth: 'ETH/USDT' }, { cash: { USDT: 10_000 } });

  it.each<[string, RiskPlan, Readonly<Record<number, Act>>, readonly (readonly [string, string | undefined])[]]>([
    [
      'is one exposure, whichever of them bought it',
      { maxTotalExposure: 0.09 },
      { 1: buy(5), 3: buy(3, 'daily'), 5: buy(2, 'eth') },
      [done, done, refused('maxTotalExposure')],
    ],
    [
      'is one exposure of its venue',
      { maxVenueExposure: 0.09 },
      { 1: buy(5), 3: buy(4, 'daily'), 5: buy(1) },
      [done, done, refused('maxVenueExposure')],
    ],
    [
      'is one position',
      { maxOpenPositions: 2 },
      { 1: buy(1), 3: buy(1, 'eth'), 5: buy(1, 'daily') },
      [done, done, done],
    ],
    [
      'has the orders of both before it',
      { maxPositionSize: 5 },
      { 1: rest(50), 2: buy(5, 'daily'), 3: buy(4, 'daily') },
      [open, refused('maxPositionSize'), done],
    ],
    [
      'has the orders of both in its exposure',
      { maxExposure: 0.05 },
      { 1: rest(50), 2: buy(5, 'daily'), 3: buy(4, 'daily') },
      [open, refused('maxExposure'), done],
    ],
  ])('%s', async (_, risk, script, outcomes) => {
    expect(await twice(risk, script)).toEqual(outcomes);
  });
});
