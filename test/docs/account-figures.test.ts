/** The figures that docs/account.md works through are those of a run, and stand on the page as they are here. */
import { expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, type CerebroOptions, type Order, type RunResult } from 'nextbar';
import { rollContract, type InstrumentOptions } from 'nextbar/account';

import { read } from './pages.ts';

const page = read('docs/account.md').replaceAll(/\s+/g, ' ');

type Act = (strategy: Scripted) => unknown;

class Scripted extends Strategy<typeof Scripted.params> {
  static readonly params = { script: {} as Readonly<Record<number, Act>> };
  readonly seen: unknown[] = [];

  override next(): void {
    const made = this.params.script[this.data.length]?.(this);
    if (made !== undefined) this.seen.push(made);
  }
}

interface Setup {
  readonly account: CerebroOptions['account'];
  readonly datas: Readonly<Record<string, InstrumentOptions>>;
  readonly closes?: readonly number[];
  readonly timeframe?: '1h' | '1d';
  /** What happens after the bars of these numbers. */
  readonly script: Readonly<Record<number, Act>>;
}

/** Bars that open where the last one closed. */
async function run({ account, datas, closes = [100, 100, 100, 100], timeframe = '1h', script }: Setup) {
  const cerebro = new Cerebro({ ledger: 'decimal', instrumentRules: false, ...(account !== undefined && { account }) });
  const ms = timeframe === '1h' ? 3_600_000 : 86_400_000;
  for (const [name, facts] of Object.entries(datas)) {
    const bars = closes.map((close, k) => {
      const open = closes[Math.max(0, k - 1)]!;
      const [high, low] = [Math.max(open, close), Math.min(open, close)];
      return { time: Date.UTC(2024, 0, 1) + k * ms, open, high, low, close, volume: 1e6 };
    });
    cerebro.addData(new BarsDataFeed({ name, symbol: facts.symbol!, timeframe, bars })).setInstrument(name, facts);
  }
  const result = await cerebro.addStrategy(Scripted, { script }).run();
  return Object.assign(result, { seen: (result.strategies[0]!.strategy as unknown as Scripted).seen });
}

const walletOf = (result: RunResult): Readonly<Record<string, string>> => result.account!.accounts[0]!.wallet;
const feesOf = (result: RunResult): readonly number[] => result.strategies[0]!.fills.map(({ fee = NaN }) => fee);
const spot = { symbol: 'BTC/USDT' } as const;
const perp = { symbol: 'BTC/USDT:USDT' } as const;

/** That the page has these texts. */
function says(...texts: readonly string[]): void {
  for (const text of texts) expect(page, text).toContain(text);
}

it('a purchase and a sale on spot with the fee in what is received', async () => {
  const result = await run({
    account: { cash: { USDT: 1_000 } },
    datas: { spot: { ...spot, feeCurrency: 'received', takerFee: 0.001 } },
    closes: [100, 100, 105, 105],
    script: { 1: (s) => s.buy({ size: 2 }), 3: (s) => [s.position.size, s.sell({ size: 1.998 })] },
  });
  expect((result.seen[1] as unknown[])[0]).toBe(1.998);
  expect(walletOf(result)).toEqual({ USDT: '1009.58021', BTC: '0' });
  expect(feesOf(result)).toEqual([0.002, 0.20979]);
  says('less the fee 2 x 0.001 | | +1.998', '209.79 x 0.001 = 0.20979 | +209.58021 | -1.998', '1,009.58021 | 0 |');
});

it('spot is bought for what a margin leaves', async () => {
  const result = await run({
    account: { cash: { USDT: 1_000 }, margin: 'isolated' },
    datas: { spot, perp },
    script: {
      1: (s) => s.buy({ data: 'perp', size: 9 }),
      2: (s) => [s.buy({ data: 'spot', size: 1.01 }), s.buy({ data: 'spot', size: 1 })],
    },
  });
  const [more, all] = result.seen[1] as [Order, Order];
  expect([more.rule, all.status]).toEqual(['cash', 'completed']);
  says('with 1,000 USDT and a margin of 900, the account can buy spot for 100');
});

it('what is borrowed, and its interest', async () => {
  const account = { cash: { USDT: 1_000 }, leverage: 3, borrow: { USDT: 0.0876 } };
  const result = await run({ account, datas: { spot }, script: { 1: (s) => s.buy({ size: 30 }) } });
  expect(result.account!.accounts[0]!.booked['USDT']).toMatchObject({ fee: '0' });
  // Hours 2 and 3 begin with 2,000 owed; the second hour charges what the first left.
  const interest = result.account!.interest.map(({ amount }) => Math.abs(amount));
  expect(interest[0]).toBeCloseTo(0.02, 12);
  const refused = await run({ account, datas: { spot }, script: { 1: (s) => s.buy({ size: 31 }) } });
  expect((refused.seen[0] as Order).rule).toBe('margin');
  says('with 1,000 USDT 30 BTC are bought at 100, and 2,000 are owed', '2,000 x 0.0876 / 8,760 = 0.02 USDT');
});

it('fees by the volume of 30 days', async () => {
  const feeTiers = [{ from: 0, makerFee: 0.001, takerFee: 0.002 }, { from: 1_000, makerFee: 0.0005, takerFee: 0.001 }]; // prettier-ignore
  const buy: Act = (s) => s.buy({ size: 10 });
  const result = await run({
    account: { cash: { USDT: 10_000 } },
    datas: { spot: { ...spot, feeTiers } },
    closes: Array<number>(40).fill(100),
    timeframe: '1d',
    script: { 1: buy, 2: buy, 33: buy },
  });
  expect(feesOf(result)).toEqual([2, 1, 2]);
  says('a purchase of 1,000 USDT costs 2, the next one 1, and one 31 days later 2 again');
});

it('a long with ten times: margin, fee, profit and liquidation price', async () => {
  const result = await run({
    account: { cash: { USDT: 1_000 }, margin: 'isolated', leverage: 10 },
    datas: { perp: { ...perp, takerFee: 0.0005, marginTiers: [{ upTo: 50_000, maintenanceRate: 0.004, maxLeverage: 125 }] } },
    closes: [100, 100, 110, 110],
    script: {
      1: (s) => s.buy({ size: 5 }),
      2: ({ position: { margin, liquidationPrice } }) => [margin, liquidationPrice],
      3: (s) => s.position.unrealised,
    },
  }); // prettier-ignore
  const [, [margin, liquidation], profit] = result.seen as [Order, [number, number], number];
  expect([margin, profit, feesOf(result)[0]]).toEqual([50, 50, 0.25]);
  expect(liquidation.toFixed(3)).toBe('90.361');
  says('the margin is 5 x 100 / 10 = 50, the fee of 0.05 % is 0.25. At 110 the profit is 5 x 10 = 50');
  says('p = 450 / (5 x 0.996) = 90.361');
});

it('an inverse short that loses', async () => {
  const result = await run({
    account: { cash: { BTC: 1 } },
    datas: { coin: { symbol: 'BTC/USD:BTC', contractSize: 100 } },
    closes: [40_000, 40_000, 44_000, 44_000],
    script: { 1: (s) => s.sell({ size: 300 }), 2: (s) => s.broker.cash, 3: (s) => s.position.unrealised },
  });
  const [, free, profit] = result.seen as [Order, number, number];
  expect(1 - free).toBe(0.75);
  expect(profit.toFixed(5)).toBe('-0.06818');
  says('300 contracts of 100 USD short from 40,000 are 0.75 BTC', '= 0.06818 BTC');
});

it('the amount of a tier, and the price where it ends a position', async () => {
  const marginTiers = [
    { upTo: 50_000, maintenanceRate: 0.004 },
    { upTo: 250_000, maintenanceRate: 0.005 },
    { upTo: 1_000_000, maintenanceRate: 0.01 },
  ];
  const result = await run({
    account: { cash: { USDT: 100_000 }, margin: 'isolated', leverage: 10 },
    datas: { perp: { ...perp, marginTiers } },
    script: { 1: (s) => s.buy({ size: 5_000 }), 2: (s) => s.position.liquidationPrice },
  });
  // 50,000 + 5,000 (p - 100) = 5,000 p x 0.01 - 1,300.
  expect(result.seen[1]).toBeCloseTo((450_000 - 1_300) / (5_000 * 0.99), 9);
  says('250,000 x (1 % - 0.5 %) + 50 = 1,300');
});

it('both sides of a hedge, and a roll', async () => {
  const hedge = await run({
    account: { cash: { USDT: 10_000 }, leverage: 10, positionMode: 'hedge' },
    datas: { up: { ...perp, positionSide: 'long' }, down: { ...perp, positionSide: 'short' } },
    closes: [100, 100, 110, 120, 120],
    script: { 1: (s) => [s.buy({ data: 'up', size: 3 }), s.sell({ data: 'down', size: 2 })], 3: (s) => s.close({ data: 'down' }) },
  }); // prettier-ignore
  expect(hedge.finalValue).toBe(10_040);
  says('when the shorts are closed at 110 they lose 20, and at 120 the longs have 60 that is not realised: 10,040');
  const marginTiers = [{ upTo: 1e9, maintenanceRate: 0.004 }];
  const covered = await run({
    account: { cash: { USDT: 1_000 }, leverage: 100, positionMode: 'hedge' },
    datas: { up: { ...perp, marginTiers, positionSide: 'long' }, down: { ...perp, marginTiers, positionSide: 'short' } },
    script: { 1: (s) => [s.buy({ data: 'up', size: 450 }), s.sell({ data: 'down', size: 400 })], 3: (s) => s.getPosition('up').liquidationPrice },
  }); // prettier-ignore
  expect((covered.seen[1] as number).toFixed(3)).toBe('85.837');
  says(
    '450 long and 400 short from 100 with 1,000 are liquidated where 1,000 + 50 (p - 100) = 850 p x 0.004, at 85.837',
  );

  const day = 86_400_000;
  const feed = (name: string, price: number): BarsDataFeed =>
    new BarsDataFeed({
      name,
      symbol: name,
      timeframe: '1h',
      bars: Array.from({ length: 60 }, (_, k) => {
        const time = Date.UTC(2024, 2, 27) + k * 3_600_000;
        return { time, open: price, high: price, low: price, close: price, volume: 1e6 };
      }),
    });
  class Rolled extends Strategy {
    override next(): void {
      const [march, june] = [this.getData('march'), this.getData('june')];
      if (this.data.length === 2) this.buy({ data: march, size: 3 });
      rollContract(this, march, june);
    }
  }
  const cerebro = new Cerebro({ account: { cash: { USDT: 1_000 } }, ledger: 'decimal' });
  cerebro.addData(feed('march', 100)).addData(feed('june', 102)).addStrategy(Rolled);
  const expiry = Date.UTC(2024, 2, 29);
  cerebro.setInstrument('march', { symbol: 'BTC/USDT:USDT-240329', type: 'future', takerFee: 0.001, expiry });
  cerebro.setInstrument('june', { symbol: 'BTC/USDT:USDT-240628', type: 'future', takerFee: 0.001, expiry: expiry + 91 * day }); // prettier-ignore
  const rolled = await cerebro.run();
  const fees = rolled.strategies[0]!.fills.map(({ size, price, fee }) => [size, price, fee]);
  expect(fees).toEqual([[3, 100, 0.3], [-3, 100, 0.3], [3, 102, 0.306]]); // prettier-ignore
  says('3 contracts sold at 100 and bought at 102 with a fee of 0.1 % cost 0.3 + 0.306');
});
