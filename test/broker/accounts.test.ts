/** Accounts at venues: several of them, transfers, currencies without a rate, dust, and fees in a third currency. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, type CerebroOptions, type Order, type RunResult } from 'nextbar';
import type { InstrumentOptions } from 'nextbar/account';

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
  readonly options: CerebroOptions;
  readonly datas: Readonly<Record<string, string>>;
  readonly instruments?: Readonly<Record<string, InstrumentOptions>>;
  readonly script: Readonly<Record<number, Act>>;
  readonly closes?: readonly number[];
}

async function run({
  options,
  datas,
  instruments = {},
  script,
  closes = [100, 100, 100, 100],
}: Setup): Promise<RunResult & { readonly seen: readonly unknown[] }> {
  const cerebro = new Cerebro({ ledger: 'decimal', instrumentRules: false, ...options });
  for (const [name, symbol] of Object.entries(datas)) {
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
  for (const [name, facts] of Object.entries(instruments)) cerebro.setInstrument(name, facts);
  cerebro.addStrategy(Scripted, { script });
  const result = await cerebro.run();
  return Object.assign(result, { seen: (result.strategies[0]!.strategy as unknown as Scripted).seen });
}

const two = {
  options: { accounts: { here: { cash: { USDT: 1_000 } }, there: { cash: { USDT: 10 } } } },
  datas: { a: 'BTC/USDT', b: 'BTC/USDT' },
  instruments: { a: { account: 'here' }, b: { account: 'there' } },
};

describe('a position whose currency is used up', () => {
  it('is valued at the rate of that currency, and wins nothing by what a fund pays for the other side', async () => {
    const coin = { symbol: 'BTC/USD:BTC', contractSize: 10, takerFee: 0, liquidationFee: 0.0125 } as const;
    const result = await run({
      options: {
        account: { cash: { USDT: 1_000, BTC: 0.5 }, currency: 'USDT', leverage: 10, positionMode: 'hedge' },
        rates: { 'BTC/USDT': 100 },
      },
      datas: { down: 'BTC/USD:BTC', up: 'BTC/USD:BTC' },
      instruments: { up: { ...coin, positionSide: 'long' }, down: { ...coin, positionSide: 'short' } },
      closes: [100, 100, 135, 135],
      script: { 1: (s) => [s.buy({ size: 10, data: 'up' }), s.sell({ size: 30, data: 'down' })] },
    });
    // 300 USD short lose 300 x (1/100 - 1/135) = 0.7778 BTC, 100 long win a third of it: more than the 0.5 are gone.
    expect(result.account!.liquidations.map(({ data }) => data)).toEqual(['down', 'up']);
    expect(Number(result.account!.accounts[0]!.wallet['BTC'])).toBeCloseTo(0, 20);
    expect(result.finalValue).toBeCloseTo(1_000, 12);
  });
});

describe('a coin that an account begins with', () => {
  it('is valued by the spot data of the run from the first bar on, without a warning', async () => {
    for (const options of [
      { account: { cash: { USDT: 1_000, BTC: 2 } } },
      { accounts: { one: { cash: { USDT: 1_000 } }, two: { cash: { BTC: 2 } } } },
      { account: { cash: { USDT: 500, USD: 500, BTC: 2 } }, rates: { 'USD/USDT': 1 } },
    ]) {
      const result = await run({ options, datas: { spot: 'BTC/USDT' }, script: {}, closes: [100, 110, 120] });
      expect([result.startValue, result.finalValue]).toEqual([1_200, 1_240]);
      expect(result.account!.withoutRate).toEqual([]);
      expect(result.warnings.filter((text) => text.includes('rate'))).toEqual([]);
    }
  });

  it('counts as bought at the first price of the run, in the position and in what is realised', async () => {
    for (const ledger of ['float', 'decimal'] as const) {
      const result = await run({
        options: { account: { cash: { USDT: 1_000, BTC: 2 } }, ledger },
        datas: { spot: 'BTC/USDT' },
        closes: [100, 110, 120, 130],
        script: {
          1: (s) => [s.position.size, s.position.price, s.buy({ size: 2 })].slice(0, 2),
          2: (s) => [s.position.size, s.position.price, s.sell({ size: 4 })].slice(0, 2),
        },
      });
      // 2 at 100 and 2 at 110: sold at 120 they win 60.
      expect(result.seen).toEqual([[2, 100], [4, 105]]); // prettier-ignore
      expect(result.strategies[0]!.fills.map(({ pnl }) => pnl)).toEqual([0, 60]);
    }
  });

  it('is left out, with a warning, until the data of its rate begins', async () => {
    const bars = (from: number) =>
      Array.from({ length: 4 - from }, (_, k) => ({
        time: Date.UTC(2024, 0, 1, from + k), open: 100, high: 100, low: 100, close: 100, volume: 1,
      })); // prettier-ignore
    const cerebro = new Cerebro({ account: { cash: { USDT: 1_000, BTC: 2 }, currency: 'USDT' } });
    cerebro.addData(new BarsDataFeed({ symbol: 'ETH/USDT', timeframe: '1h', bars: bars(0) }));
    cerebro.addData(new BarsDataFeed({ symbol: 'BTC/USDT', timeframe: '1h', bars: bars(2) }));
    const result = await cerebro.addStrategy(Scripted).run();
    expect([...result.equity.value]).toEqual([1_000, 1_000, 1_200, 1_200]);
    expect(result.account!.withoutRate).toEqual(['BTC']);
    expect(result.warnings.join()).toContain('the value leaves out what is held in BTC');
  });
});

describe('spot and contracts in one account', () => {
  const datas = { spot: 'BTC/USDT', perp: 'BTC/USDT:USDT', coin: 'BTC/USD:BTC' };

  it.each(['isolated', 'cross'] as const)('pay for spot with what no contract binds: %s', async (margin) => {
    const result = await run({
      options: { account: { cash: { USDT: 1_000, BTC: 1 }, margin, leverage: 1 }, rates: { 'BTC/USDT': 100 } },
      datas,
      instruments: { coin: { symbol: 'BTC/USD:BTC', contractSize: 10 } },
      script: {
        1: (s) => [s.buy({ size: 9, data: 'perp' }), s.sell({ size: 5, data: 'coin' })],
        2: (s) => [s.buy({ size: 9, data: 'spot' }), s.broker.getFree!('USDT', 'account')],
        3: (s) => s.sell({ size: 0.8, data: 'spot' }),
      },
    });
    const [, [bought, free], sold] = result.seen as [unknown, [Order, number], Order];
    expect([bought.status, bought.rule, free]).toEqual(['margin', 'cash', 100]);
    expect(bought.reason).toBe(
      'buying 9 BTC at 100 takes 900 USDT, and 100 of 1000 USDT are free of the margin of contracts',
    );
    // 5 x 10 USD at 100 bind 0.5 BTC of 1.
    expect([sold.status, sold.reason]).toEqual([
      'margin',
      'selling 0.8 BTC at 100 takes 0.8 BTC, and 0.5 of 1 BTC are free of the margin of contracts',
    ]);
  });

  it('cut an order for spot to what no contract binds, and to the loans that the equity carries', async () => {
    const sized = async (account: CerebroOptions['account'], size: number, script: Readonly<Record<number, Act>> = {}) => {
      const { strategies } = await run({
        options: { ...(account !== undefined && { account }) },
        datas: { spot: 'ETH/USDT', perp: 'BTC/USDT:USDT' },
        instruments: { spot: { takerFee: 0.001 } },
        script: { ...script, 2: (s) => s.buy({ data: 'spot', size, whenCashShort: 'cut' }) },
      });
      return strategies[0]!.fills.filter(({ feeCurrency }) => feeCurrency === 'USDT').map((fill) => fill.size).at(-1);
    }; // prettier-ignore
    const open: Readonly<Record<number, Act>> = { 1: (s) => s.buy({ data: 'perp', size: 9 }) };
    expect(await sized({ cash: { USDT: 1_000 }, margin: 'isolated' }, 5, open)).toBeCloseTo(100 / 100.1, 7);
    expect(await sized({ cash: { USDT: 1_000 } }, 15)).toBeCloseTo(1_000 / 100.1, 7);
    // Debts of 100.1 n - 1,000 at most twice the equity of 1,000 - 0.1 n.
    expect(await sized({ cash: { USDT: 1_000 }, leverage: 3, borrow: { USDT: 0.01 } }, 40)).toBeCloseTo(
      3_000 / 100.3,
      7,
    );
  });

  it('borrow nothing of a currency that carries contracts', async () => {
    const result = await run({
      options: { account: { cash: { USDT: 1_000 }, margin: 'isolated', leverage: 2, borrow: { USDT: 0.0876 } } },
      datas: { spot: 'BTC/USDT', perp: 'ETH/USDT:USDT' },
      script: { 1: (s) => s.buy({ size: 2, data: 'perp' }), 2: (s) => s.buy({ size: 15, data: 'spot' }) },
    });
    const [, order] = result.seen as [Order, Order];
    expect([order.rule, order.reason]).toEqual([
      'margin',
      'USDT carries open contracts: none of it can be borrowed, and 900 USDT are free; trade the contracts in another account',
    ]);
  });

  it('show in the spot position what contracts settle in its coin', async () => {
    const result = await run({
      options: { account: { cash: { USDT: 0, BTC: 1 }, leverage: 1 }, rates: { 'BTC/USDT': 100 } },
      datas: { spot: 'BTC/USDT', coin: 'BTC/USD:BTC' },
      instruments: { coin: { symbol: 'BTC/USD:BTC', contractSize: 10, takerFee: 0.01 } },
      script: { 1: (s) => s.sell({ size: 5, data: 'coin' }), 3: (s) => s.getPosition('spot').size },
    });
    // The fee: 5 x 10 USD at 100 are 0.5 BTC, of which 1 % is 0.005.
    expect(result.seen[1]).toBe(0.995);
  });
});

describe('several accounts', () => {
  it('each pay for what is bought in them', async () => {
    const result = await run({
      ...two,
      script: { 1: (s) => [s.buy({ size: 5, data: 'a' }), s.buy({ size: 5, data: 'b' })] },
    });
    const [[first, second]] = result.seen as [[Order, Order]];
    expect([first.status, second.status, second.rule]).toEqual(['completed', 'margin', 'cash']);
    expect(second.reason).toBe('buying 5 BTC at 100 takes 500 USDT, and the account holds 10 USDT');
    expect(result.account!.accounts.map(({ wallet }) => wallet)).toEqual([{ USDT: '500', BTC: '5' }, { USDT: '10' }]);
  });

  it('move money with a fee and a delay, and what is on its way is part of the value', async () => {
    const values: number[] = [];
    const result = await run({
      ...two,
      script: {
        1: (s) =>
          s.broker.transfer!({ from: 'here', to: 'there', currency: 'USDT', amount: 500, fee: 1, delayMs: 3_600_000 }),
        2: (s) => [values.push(s.broker.value), s.broker.getFree!('USDT', 'there')],
        3: (s) => s.broker.getFree!('USDT', 'there'),
      },
    });
    expect(result.seen).toEqual([true, [1, 10], 509]);
    expect(values).toEqual([1_009]);
    expect(result.finalValue).toBe(1_009);
    expect(result.account!.transfers).toMatchObject([{ account: 'here', to: 'there', currency: 'USDT', amount: -500 }]);
  });

  it('refuse to send what is not free, with a warning', async () => {
    const result = await run({
      ...two,
      script: { 1: (s) => s.broker.transfer!({ from: 'there', to: 'here', currency: 'USDT', amount: 11 }) },
    });
    expect(result.seen).toEqual([false]);
    expect(result.warnings).toContain(
      "1 transfer was refused, the first: 'there' has 10 USDT free, and 11 were to be sent to 'here'",
    );
  });

  it('are named by what they are', async () => {
    const wrong = run({
      ...two,
      script: { 1: (s) => s.broker.transfer!({ from: 'heer', to: 'there', currency: 'USDT', amount: 1 }) },
    });
    await expect(wrong).rejects.toThrow("from must be one of here, there, was 'heer': did you mean 'here'?");
  });
});

describe('currencies', () => {
  it('without a rate have no total: the run is refused, with what to give', async () => {
    const options = { account: { cash: { USDT: 100, USD: 50 } } };
    await expect(run({ options, datas: { a: 'BTC/USDT' }, script: {} })).rejects.toMatchObject({
      code: 'no-rate',
      message:
        "'account' begins with 50 USD, and no total in USDT can include it: no rate is known, and USD is not USDT; give rates: { 'USD/USDT': a number or the name of a data }",
    });
    const both = { a: 'BTC/USDT', b: 'BTC/USD:BTC' };
    await expect(
      run({ options: { account: { cash: { USDT: 1 } } }, datas: { c: 'ETH/USDC', ...both }, script: {} }),
    ).rejects.toThrow("'account' begins with 1 USDT, and no total in USDC can include it");
    expect((await run({ options: { account: { cash: { USDT: 1 } } }, datas: both, script: {} })).finalValue).toBe(1);
  });

  it('are converted by way of others, and what a run begins with is counted at the first prices', async () => {
    const options = { account: { cash: { USDT: 100, ETH: 2 } }, rates: { 'BTC/USDT': 1_000 } };
    const result = await run({ options, datas: { a: 'SOL/USDT', b: 'ETH/BTC' }, closes: [4, 5, 6], script: {} });
    expect([result.startValue, result.finalValue]).toEqual([100 + 2 * 4 * 1_000, 100 + 2 * 6 * 1_000]);
    expect(result.stats.totalReturn).toBeCloseTo(12_100 / 8_100 - 1, 12);
  });

  it('count the return from what the account began with, whatever the cash of the run', async () => {
    for (const ledger of ['float', 'decimal'] as const) {
      const result = await run({
        options: { account: { cash: { USDT: 300 } }, ledger },
        datas: { a: 'BTC/USDT:USDT' },
        closes: [100, 100, 100, 101],
        script: { 1: (s) => void s.buy({ size: 3 }) },
      });
      expect([result.startValue, result.finalValue, result.equity.value[0]]).toEqual([300, 303, 300]);
      expect(result.stats.totalReturn).toBeCloseTo(0.01, 12);
    }
  });

  it('are converted by a rate, or by a data of the run', async () => {
    const options = {
      account: { cash: { USDT: 100, USD: 50, EUR: 10 } },
      rates: { 'USD/USDT': 0.98, 'EUR/USDT': 'e' },
    };
    const result = await run({ options, datas: { a: 'BTC/USDT', e: 'EUR/USDT' }, script: {} });
    expect(result.finalValue).toBe(100 + 49 + 1_000);
  });

  it('pay fees in a third coin where it is held and has a rate, else in the quote', async () => {
    const facts: InstrumentOptions = { takerFee: 0.001, feeCurrency: 'BNB' };
    const setup = {
      datas: { a: 'BTC/USDT' },
      instruments: { a: facts },
      script: { 1: (s: Scripted) => s.buy({ size: 1 }) },
    };
    const paid = await run({
      ...setup,
      options: { account: { cash: { USDT: 1_000, BNB: 1 } }, rates: { 'BNB/USDT': 500 } },
    });
    expect(paid.account!.accounts[0]!.wallet).toEqual({ USDT: '900', BNB: '0.9998', BTC: '1' });
    const without = await run({
      ...setup,
      options: { account: { cash: { USDT: 1_000 } }, rates: { 'BNB/USDT': 500 } },
    });
    expect(without.account!.accounts[0]!.wallet).toMatchObject({ USDT: '899.9', BTC: '1' });
  });
});

describe('what the end of a bar brings', () => {
  const bars = (...rows: readonly (readonly [number, number])[]) =>
    rows.map(([open, close], k) => ({ time: Date.UTC(2024, 0, 1, k), open, high: Math.max(open, close), low: Math.min(open, close), close, volume: 1e6 })); // prettier-ignore

  it('does not change the fee of a fill at its open: a coin is taken at the rate of that moment', async () => {
    const cerebro = new Cerebro({ ledger: 'decimal', account: { cash: { USDT: 1_000, BNB: 1 } }, rates: { 'BNB/USDT': 'bnb' } }); // prettier-ignore
    cerebro.addData(new BarsDataFeed({ name: 'btc', symbol: 'BTC/USDT', timeframe: '1h', bars: bars([100, 100], [100, 100]) })); // prettier-ignore
    cerebro.addData(new BarsDataFeed({ name: 'bnb', symbol: 'BNB/USDT:USDT', timeframe: '1h', bars: bars([500, 500], [500, 250]) })); // prettier-ignore
    cerebro.setInstrument('btc', { takerFee: 0.001, feeCurrency: 'BNB' });
    cerebro.addStrategy(Scripted, { script: { 1: (s: Scripted) => s.buy({ data: 'btc', size: 5 }) } });
    // 500 x 0.001 = 0.5 USDT, which are 0.001 BNB at 500.
    expect((await cerebro.run()).strategies[0]!.fills.map(({ fee }) => fee)).toEqual([0.001]);
  });

  it('and what a gap brings is known when positions are opened at the open: each counts at that price', async () => {
    const cerebro = new Cerebro({ account: { cash: { USDT: 1_000 }, leverage: 10 } });
    for (const [name, symbol, margin] of [['a', 'ETH/USDT:USDT', 'cross'], ['b', 'BTC/USDT:USDT', 'isolated']] as const) {
      cerebro.addData(new BarsDataFeed({ name, symbol, timeframe: '1h', bars: bars([100, 100], [120, 120]) }));
      cerebro.setInstrument(name, { margin });
    } // prettier-ignore
    cerebro.addStrategy(Scripted, {
      script: { 1: (s: Scripted) => [s.buy({ data: 'a', size: 50 }), s.buy({ data: 'b', size: 10 })] },
    });
    // 50 x 120 bind 600 of 1,000: the 120 for the other are free.
    expect((await cerebro.run()).strategies[0]!.orders.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });
});

describe('dust', () => {
  it('counts as flat, is listed and is part of the value', async () => {
    const result = await run({
      options: { account: { cash: { USDT: 1_000 } } },
      datas: { a: 'BTC/USDT' },
      instruments: { a: { takerFee: 0.001, feeCurrency: 'received', lot: 0.01 } },
      script: { 1: (s) => s.buy({ size: 1 }), 3: (s) => [s.position.size, s.sell({ size: 0.99 })] },
      closes: [100, 100, 100, 100, 100],
    });
    const { strategy, trades } = result.strategies[0]!;
    expect(strategy.position.size).toBe(0);
    expect(trades).toHaveLength(1);
    expect(result.account!.dust).toEqual([{ account: 'account', currency: 'BTC', size: 0.009, value: 0.9 }]);
    expect(result.finalValue).toBeCloseTo(1_000 - 0.1 - 0.099, 10);
  });
});

describe('a dated future', () => {
  it('is settled at the last price when it expires', async () => {
    const result = await run({
      options: { account: { cash: { USDT: 1_000 }, leverage: 2 } },
      datas: { a: 'BTC/USDT:USDT-240101' },
      instruments: { a: { type: 'future', expiry: Date.UTC(2024, 0, 1, 4) } },
      script: { 1: (s) => s.buy({ size: 5 }) },
      closes: [100, 100, 100, 110, 120],
    });
    const [, end] = result.strategies[0]!.fills;
    expect([end!.rule, end!.price, end!.size]).toEqual(['delivery', 110, -5]);
    expect(result.finalValue).toBe(1_050);
  });
});
