/** Options of accounts and instruments that cannot be right, contracts that end, and contracts that are not traded. */
import { describe, expect, it } from 'vitest';
import { BarsDataFeed, Cerebro, Strategy, type Order, type RunResult } from 'nextbar';
import type { InstrumentOptions, TransferRequest, VenueAccountOptions } from 'nextbar/account';

type Act = (strategy: Scripted) => unknown;

class Scripted extends Strategy<typeof Scripted.params> {
  static readonly params = { script: {} as Readonly<Record<number, Act>> };

  readonly seen: unknown[] = [];

  override next(): void {
    const made = this.params.script[this.data.length]?.(this);
    if (made !== undefined) this.seen.push(made);
  }
}

async function run(
  account: unknown,
  instrument: unknown = {},
  {
    symbol = 'BTC/USDT:USDT',
    script = {},
    accounts,
  }: {
    readonly symbol?: string;
    readonly script?: Readonly<Record<number, Act>>;
    readonly accounts?: Readonly<Record<string, VenueAccountOptions>>;
  } = {},
): Promise<RunResult & { readonly seen: readonly unknown[] }> {
  const bars = Array.from({ length: 8 }, (_, k) => ({
    time: Date.UTC(2024, 0, 1, k),
    open: 100,
    high: 101,
    low: 99,
    close: 100,
    volume: 1e6,
  }));
  const cerebro = new Cerebro(
    accounts === undefined ? { account: { cash: { USDT: 1_000 }, ...(account as VenueAccountOptions) } } : { accounts },
  );
  cerebro.addData(new BarsDataFeed({ name: 'btc', symbol, timeframe: '1h', bars }));
  cerebro.setInstrument('btc', instrument as InstrumentOptions);
  cerebro.addStrategy(Scripted, { script });
  const result = await cerebro.run();
  return Object.assign(result, { seen: (result.strategies[0]!.strategy as unknown as Scripted).seen });
}

const own = {
  name: 'own',
  maintenanceAt: 'entry',
  closingFee: 'none',
  marginHoldsFee: false,
  reducesBySteps: false,
} as const;

describe('an option of an account', () => {
  it.each<[unknown, string]>([
    [{ cash: { USDT: Infinity } }, 'cash.USDT must be a number not below 0, was Infinity'],
    [{ cash: { USDT: NaN } }, 'cash.USDT must be a number not below 0, was NaN'],
    [{ cash: { USDT: '' } }, "cash.USDT must be a number not below 0, was ''"],
    [{ cash: { USDT: true } }, 'cash.USDT must be a number not below 0, was true'],
    [{ cash: { USDT: -1 } }, 'cash.USDT must be a number not below 0, was -1'],
    [{ cash: { USDT: ' ' } }, "cash.USDT must be a number not below 0, was ' '"],
    [{ cash: [1] }, 'fields of cash must be an object, was a list'],
    [{ cash: 5 }, 'fields of cash must be an object, was 5'],
    [{ currency: 5 }, 'currency must be a text such as USDT, was 5'],
    [{ currency: '' }, "currency must be a text such as USDT, was ''"],
    [{ positionMode: 'hegde' }, "positionMode must be 'oneWay' or 'hedge', was 'hegde': did you mean 'hedge'?"],
    [{ margin: 'x' }, "margin must be 'isolated' or 'cross', was 'x'"],
    [{ leverage: 0 }, 'leverage must be a number above 0, was 0'],
    [{ leverage: Infinity }, 'leverage must be a number above 0, was Infinity'],
    [{ borrow: { USDT: -0.1 } }, 'borrow.USDT must be a yearly fraction not below 0, was -0.1'],
    [{ borrow: { USDT: NaN } }, 'borrow.USDT must be a yearly fraction not below 0, was NaN'],
    [{ borrow: { USDT: '0.1' } }, "borrow.USDT must be a yearly fraction not below 0, was '0.1'"],
    [{ borrow: { USDT: 5 } }, 'borrow.USDT must be a yearly fraction, 0.0876 for 8.76 %, was 5'],
    [{ borrow: true }, 'fields of borrow must be an object, was true'],
    [
      { borrow: { USDT: 8.76 } },
      "borrow.USDT must be a yearly fraction, 0.0876 for 8.76 %, was 8.76: did you mean '0.0876'?",
    ],
    [{ profile: null }, 'fields of profile must be an object, was null'],
    [{ profile: {} }, 'profile.name must be a text, was undefined'],
    [
      { profile: { ...own, maintenanceAt: 'entri' } },
      "profile.maintenanceAt must be 'entry' or 'liquidation', was 'entri'",
    ],
    [{ profile: { ...own, reducesBySteps: 1 } }, 'reducesBySteps must be true or false, was 1'],
    [{ profile: { ...own, step: 0 } }, 'profile.step must be a number above 0, was 0'],
  ])('%j is refused', async (options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });

  it('is named in what the error tells of', async () => {
    await expect(run({ leverage: -1 })).rejects.toThrow(expect.objectContaining({ context: { field: 'leverage' } }));
    await expect(run({ leverage: -1 })).rejects.not.toThrow('did you mean');
  });

  it('may be the least and the most that it allows', async () => {
    const options = { currency: 'USDT', positionMode: 'oneWay', leverage: 0.5, borrow: { BTC: 0, USDT: 4.99 } };
    expect((await run(options)).finalValue).toBe(1_000);
  });

  it('may be cash as a text and a profile of your own', async () => {
    expect((await run({ cash: { USDT: '0.1' }, profile: own })).finalValue).toBe(0.1);
  });
});

describe('an option of an instrument', () => {
  const tier = { upTo: 100, maintenanceRate: 0.01 };

  it.each<[unknown, string]>([
    [{ funding: 'x' }, "funding must be a list of { time, rate }, was 'x'"],
    [{ funding: [undefined] }, 'fields of funding[0] must be an object, was undefined'],
    [{ funding: [{ time: 'a', rate: 1 }] }, "funding[0].time must be milliseconds UTC, was 'a'"],
    [
      { funding: [{ time: 1, rate: 1 }] },
      "funding[0].rate must be a fraction, 0.0001 for 0.01 %, was 1: did you mean '0.01'?",
    ],
    [{ funding: [{ time: NaN, rate: 0.1 }] }, 'funding[0].time must be milliseconds UTC, was NaN'],
    [
      {
        funding: [
          { time: 1, rate: 0.1 },
          { time: 1, rate: 0.1 },
        ],
      },
      'funding[1].time must be a time after 1, was 1',
    ],
    [{ funding: [{ time: 1, rate: NaN }] }, 'funding[0].rate must be a fraction, was NaN'],
    [{ funding: [{ time: 1, rate: '0.1' }] }, "funding[0].rate must be a fraction, was '0.1'"],
    [{ funding: [{ time: 1, rate: -0.5 }] }, 'funding[0].rate must be a fraction, 0.0001 for 0.01 %, was -0.5'],
    [{ positionSide: 'up' }, "positionSide must be 'long' or 'short', was 'up'"],
    [
      { makerFee: 5 },
      "makerFee of an instrument must be a fraction of the traded value, 0.001 for 0.1 %, was 5: did you mean '0.05'?",
    ],
    [{ liquidationFee: 1.25 }, 'liquidationFee of an instrument must be a fraction'],
    [
      { feeTiers: [{ from: 0, makerFee: 2, takerFee: 5 }] },
      'feeTiers[0] of an instrument must be given makerFee and takerFee, fractions',
    ],
    [{ feeTiers: {} }, 'feeTiers of an instrument must be a list of { from, makerFee, takerFee }, was {}'],
    [{ marginTiers: {} }, 'marginTiers of an instrument must be a list of'],
    [{ marginTiers: [{ ...tier, upto: 1 }] }, "unknown field of marginTiers[0] 'upto': did you mean 'upTo'?"],
    [
      { marginTiers: [{ ...tier, maintenanceRate: 2.5 }] },
      'maintenanceRate, a fraction below 1 such as 0.004 for 0.4 %, was 2.5',
    ],
    [{ marginTiers: [{ ...tier, maxLeverage: 0 }] }, 'maxLeverage, a number above 0, was 0'],
    [
      {
        marginTiers: [
          { ...tier, maintenanceRate: 0.2 },
          { ...tier, upTo: 200 },
        ],
      },
      'marginTiers must rise: maintenanceRate 0.01 follows 0.2',
    ],
  ])('%j is refused', async (options, message) => {
    await expect(run({}, options)).rejects.toThrow(message);
  });
});

describe('a quanto contract', () => {
  it('is refused by name, and one that pays USD in a stablecoin is not', async () => {
    await expect(run({}, {}, { symbol: 'ETH/USD:BTC' })).rejects.toThrow(
      "'ETH/USD:BTC' is a quanto contract, of ETH, priced in USD and settled in BTC",
    );
    const script = { 1: (s: Scripted) => s.buy({ size: 2 }) };
    const { account } = await run({ cash: { USDC: 1_000 } }, { takerFee: 0.001 }, { symbol: 'BTC/USD:USDC', script });
    expect(account!.accounts[0]!.wallet).toEqual({ USDC: '999.8' });
  });
});

describe('an option', () => {
  it.each(['BTC/USDT:USDT-240628-70000-C', 'BTC/USD:BTC-240628-70000-P'])(
    'is refused where its symbol alone says so: %s',
    async (symbol) => {
      const words = `'${symbol}' is an option: options are not traded`;
      await expect(run({}, {}, { symbol })).rejects.toThrow(words);
      const plain = new Cerebro().addData(new BarsDataFeed({ symbol, timeframe: '1h', bars: [{ time: 0, open: 1, high: 1, low: 1, close: 1, volume: 1 }] })); // prettier-ignore
      await expect(plain.addStrategy(Scripted).run()).rejects.toThrow(words);
    },
  );
});

describe('a contract that has expired', () => {
  it('takes no order any more: those that rest are canceled, later ones rejected with the rule', async () => {
    const script = {
      1: (s: Scripted) => s.buy({ size: 1, type: 'limit', price: 50 }),
      7: (s: Scripted) => s.buy({ size: 1 }),
    };
    const { seen } = await run({}, { expiry: Date.UTC(2024, 0, 1, 4) }, { script });
    const [rested, late] = seen as readonly Order[];
    expect([rested!.status, rested!.reason]).toEqual(['canceled', "'btc' expired at 2024-01-01 04:00:00"]);
    expect([late!.status, late!.rule]).toEqual(['rejected', 'expired']);
    expect(late!.reason).toContain('nothing of it can be traded any more');
  });
});

describe('a transfer', () => {
  const accounts = { a: { cash: { USDT: 100 } }, b: { cash: { USDT: 0 } } };
  const sound = { from: 'a', to: 'b', currency: 'USDT', amount: 5 };

  it.each<[unknown, string]>([
    [undefined, 'fields of a transfer must be an object, was undefined'],
    [{ ...sound, feee: 1 }, "unknown field of a transfer 'feee': did you mean 'fee'?"],
    [{ ...sound, to: 'a' }, "to must be another account than from, was 'a'"],
    [{ ...sound, currency: undefined }, 'currency must be a text such as USDT, was undefined'],
    [{ ...sound, delayMs: NaN }, 'delayMs must be a number not below 0, was NaN'],
  ])('of %j is refused', async (request, message) => {
    const script = { 1: (s: Scripted) => s.broker.transfer!(request as TransferRequest) };
    await expect(run(undefined, {}, { accounts, script })).rejects.toThrow(message);
  });
});
