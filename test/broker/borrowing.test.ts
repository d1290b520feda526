/** Hedge mode, borrowing on spot, and fees by the volume of 30 days, worked out by hand. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, type CerebroOptions, type Order, type RunResult } from 'nextbar';
import type { InstrumentOptions } from 'nextbar/account';

type Act = (strategy: Scripted) => unknown;

class Scripted extends Strategy<typeof Scripted.params> {
  static readonly params = { script: {} as Readonly<Record<number, Act>> };
  override next(): void {
    this.params.script[this.data.length]?.(this);
  }
}

interface Setup {
  readonly account: CerebroOptions['account'];
  readonly datas: Readonly<Record<string, InstrumentOptions>>;
  readonly script: Readonly<Record<number, Act>>;
  readonly closes: readonly number[];
  readonly hours?: number;
}

async function run({ account, datas, script, closes, hours = 1 }: Setup): Promise<RunResult> {
  const cerebro = new Cerebro({ ledger: 'decimal', instrumentRules: false, ...(account !== undefined && { account }) });
  for (const [name, facts] of Object.entries(datas)) {
    const bars = closes.map((close, k) => {
      const open = closes[Math.max(0, k - 1)]!;
      const time = Date.UTC(2024, 0, 1, k * hours);
      return { time, open, high: Math.max(open, close), low: Math.min(open, close), close, volume: 1e6 };
    });
    cerebro.addData(new BarsDataFeed({ name, symbol: facts.symbol!, timeframe: `${hours}h`, bars }));
    cerebro.setInstrument(name, facts);
  }
  return cerebro.addStrategy(Scripted, { script }).run();
}

const perp = 'BTC/USDT:USDT';

describe('hedge mode', () => {
  const account = { cash: { USDT: 10_000 }, leverage: 10, positionMode: 'hedge' } as const;
  const datas: Readonly<Record<string, InstrumentOptions>> = {
    up: { symbol: perp, positionSide: 'long' },
    down: { symbol: perp, positionSide: 'short' },
  };

  it('holds both sides of one contract, each with its own entry', async () => {
    const seen: (readonly [number, number])[] = [];
    const result = await run({
      account,
      datas,
      closes: [100, 100, 110, 120, 120],
      script: {
        1: (s) => {
          s.buy({ data: s.getData('up'), size: 3 });
          s.sell({ data: s.getData('down'), size: 2 });
        },
        3: (s) => {
          seen.push([s.getPosition(s.getData('up')).size, s.getPosition(s.getData('down')).size]);
          s.close({ data: s.getData('down') });
        },
      },
    });
    expect(seen).toEqual([[3, -2]]);
    // 2 short from 100, closed at 110: -20; 3 long from 100 at 120: 60 not realised.
    expect(result.account!.accounts[0]!.booked['USDT']!.profit).toBe('-20');
    expect(result.finalValue).toBe(10_040);
  });

  it('refuses an order that would open the other side, by name', async () => {
    let order: Order | undefined;
    await run({ account, datas, closes: [100, 100, 100], script: { 1: (s) => (order = s.sell({ data: s.getData('up'), size: 1 })) } });
    expect(order).toMatchObject({ status: 'margin', rule: 'positionSide' });
    expect(order!.reason).toBe('the position is long in hedge mode: a sell must be at most 0 units, was 1');
  }); // prettier-ignore

  it.each([
    [{ up: { symbol: perp } }, account, "positionSide must be 'long' or 'short' in hedge mode"],
    [{ up: { symbol: perp, positionSide: 'long' } }, { cash: { USDT: 1 } }, "positionSide needs an account with positionMode: 'hedge'"],
    [{ up: { symbol: perp, positionSide: 'lang' } }, account, "positionSide must be 'long' or 'short', was 'lang': did you mean 'long'?"],
  ] as const)('refuses %j', async (given, of, message) => {
    await expect(run({ account: of, datas: given as never, closes: [1, 1], script: {} })).rejects.toThrow(message);
  }); // prettier-ignore
});

describe('borrowing on spot', () => {
  const datas = { btc: { symbol: 'BTC/USDT' } };

  it('buys with borrowed money up to the leverage, and pays interest for every hour', async () => {
    let over: Order | undefined;
    const result = await run({
      account: { cash: { USDT: 1_000 }, leverage: 3, borrow: { USDT: 0.0876 } },
      datas,
      closes: [100, 100, 100, 100, 100],
      script: {
        1: (s) => {
          s.buy({ size: 30 });
          over = s.buy({ size: 1 });
        },
      },
    });
    // 3,000 spent of 1,000: 2,000 are owed from 01:00 on, at 0.0876 / 8,760 = 0.00001 an hour: 0.02, then on what is owed by then.
    expect(over).toMatchObject({ status: 'margin', rule: 'margin' });
    const { interest } = result.account!;
    expect(interest.map(({ time, currency }) => [new Date(time).getUTCHours(), currency])).toEqual([[2, 'USDT'], [3, 'USDT'], [4, 'USDT']]); // prettier-ignore
    expect(interest[0]!.amount).toBeCloseTo(-0.02, 12);
    expect(interest[2]!.amount).toBeCloseTo(-0.00001 * (2_000.02 + 2_000.02 * 0.00001), 12);
    expect(result.finalValue).toBeCloseTo(1_000 - 0.0600006, 6);
  });

  it('sells borrowed coins short, and owes interest in the coin', async () => {
    const result = await run({
      account: { cash: { USDT: 1_000 }, leverage: 2, borrow: { BTC: 0.0876 } },
      datas,
      closes: [100, 100, 90, 90, 80],
      script: { 1: (s) => s.sell({ size: 5 }), 3: (s) => s.close() },
    });
    const { booked, wallet } = result.account!.accounts[0]!;
    // Short 5 from 100, interest of 5 x 0.00001 BTC an hour; 5.00005 are ordered at 90, and the hour in which they are bought is still owed.
    expect(Number(booked['BTC']!.interest)).toBeCloseTo(-0.0001, 8);
    expect(Number(wallet['BTC'])).toBeCloseTo(-0.00005, 8);
    expect(result.finalValue).toBeCloseTo(1_000 + 5 * 100 - 5.00005 * 90 - 0.00005 * 80, 5);
  });

  it('borrows nothing without the option', async () => {
    let order: Order | undefined;
    await run({ account: { cash: { USDT: 1_000 }, leverage: 3 }, datas, closes: [100, 100, 100], script: { 1: (s) => (order = s.buy({ size: 30 })) } });
    expect(order).toMatchObject({ status: 'margin', rule: 'cash' });
  }); // prettier-ignore
});

it('takes fees by the volume of the last 30 days, and forgets older volume', async () => {
  const roles: number[] = [];
  const result = await run({
    account: { cash: { USDT: 1e6 } },
    datas: {
      btc: {
        symbol: 'BTC/USDT',
        feeTiers: [
          { from: 0, makerFee: 0.001, takerFee: 0.002 },
          { from: 1_000, makerFee: 0.0005, takerFee: 0.001 },
        ],
      },
    },
    closes: Array.from({ length: 40 }, () => 100),
    hours: 24,
    script: { 1: (s) => s.buy({ size: 10 }), 2: (s) => s.buy({ size: 10 }), 35: (s) => s.buy({ size: 10 }) },
  });
  for (const order of result.strategies[0]!.orders) for (const fill of order.fills) roles.push(fill.fee ?? NaN);
  expect(roles).toEqual([2, 1, 2]);
});
