/** Rules of risk: every limit refuses what it names, with its name, and lets exits through. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, type Order } from 'nextbar';
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
): Promise<(readonly [string, string | undefined])[]> {
  const cerebro = new Cerebro({ cash: 10_000, account: 'margin', risk });
  for (const name of ['btc', 'eth']) {
    const bars = closes.map((close, k) => ({
      time: Date.UTC(2024, 0, 1, k),
      open: close,
      high: close,
      low: close,
      close,
      volume: 1e6,
    }));
    cerebro.addData(new BarsDataFeed({ name, symbol: `${name.toUpperCase()}/USDT`, timeframe: '1h', bars }));
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

describe('a rule of your own', () => {
  it('is asked about each order and named in what it refuses', async () => {
    const rule: RiskRule = { name: 'oneAtATime', check: ({ size }) => (size > 1 ? 'one unit at a time' : undefined) };
    expect(await run([rule], { 1: buy(2), 2: buy(1) })).toEqual([refused('oneAtATime'), done]);
  });
});

describe('a plan that makes no sense', () => {
  it.each([
    [{ maxOrderSise: 1 }, "did you mean 'maxOrderSize'?"],
    [{ maxDailyLoss: 5 }, 'maxDailyLoss must be a fraction below 1, 0.05 for 5 %, was 5: did you mean 0.05?'],
    [{ maxOrderSize: 0 }, 'maxOrderSize must be a number above 0, was 0'],
    [{ datas: { btc: { maxOrderSise: 1 } } }, "did you mean 'maxOrderSize'?"],
    [[{ name: 'x' }], "risk[0] must have a name and a method 'check'"],
  ])('%j is an error', (risk, message) => {
    expect(() => new Cerebro({ risk: risk as RiskPlan })).toThrow(message);
  });
});
