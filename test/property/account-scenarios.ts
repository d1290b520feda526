/** Random runs of accounts at venues: their scenarios, and what the engine makes of them. */
import { BarsDataFeed, Cerebro, Strategy, type Order, type OrderOptions } from 'nextbar';
import type { VenueAccountOptions } from 'nextbar/account';
import { expect } from 'vitest';
import { chance } from './account-streams.ts';
import {
  priceOf,
  SlowAccounts,
  type Act,
  type Outcome,
  type Scenario,
  type ScenarioAccount,
  type ScenarioData,
} from './slow-account.ts';

const hourMs = 3_600_000;
const start = Date.UTC(2024, 0, 1);

/** What a scenario is about. */
export const topics = [
  'one', 'cross', 'spot', 'borrow', 'hedge', 'delivery', 'profile', 'accounts', 'mixed',
] as const; // prettier-ignore

type Random = () => number;
type Bar = readonly [open: number, high: number, low: number, close: number];

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!;
}

function walk(random: Random, count: number, first: number): Bar[] {
  let price = first;
  const at = (value: number): number => +Math.max(0.5, value).toFixed(1);
  return Array.from({ length: count }, () => {
    const open = at(price * (1 + (random() - 0.5) * 0.02));
    const close = at(open * (1 + (random() - 0.5) * 0.08));
    const high = at(Math.max(open, close) * (1 + random() * 0.03));
    const low = at(Math.min(open, close) * (1 - random() * 0.03));
    price = close;
    return [open, high, low, close] as const;
  });
}

const tiers = [
  { upTo: 5_000, rate: 0.005, maxLeverage: 50 },
  { upTo: 20_000, rate: 0.01, maxLeverage: 25 },
  { upTo: 100_000, rate: 0.025, maxLeverage: 10 },
];
const inverseTiers = tiers.map(({ upTo, ...rest }) => ({ upTo: upTo / 100, ...rest }));

/** Payments at times whose spacing changes, some inside a bar. */
function payments(random: Random, count: number): { readonly time: number; readonly rate: number }[] {
  const found: { time: number; rate: number }[] = [];
  for (let time = start + hourMs; time < start + count * hourMs; time += pick(random, [1, 2, 4, 8]) * hourMs) {
    const late = pick(random, [0, 0, 7, 1_800_000]);
    found.push({ time: time + late, rate: +((random() - 0.45) * 0.004).toFixed(6) });
  }
  return found;
}

function dataOf(
  random: Random,
  count: number,
  given: Partial<ScenarioData> & Pick<ScenarioData, 'name' | 'symbol' | 'kind'>,
): ScenarioData {
  const { kind } = given;
  return {
    account: 'account',
    contractSize: kind === 'spot' ? 1 : kind === 'inverse' ? pick(random, [10, 100]) : pick(random, [1, 0.1]),
    makerFee: pick(random, [0.0002, -0.0001, 0]),
    takerFee: pick(random, [0.0005, 0.001]),
    liquidationFee: kind === 'spot' ? 0 : pick(random, [0.0125, 0.005, 0]),
    tiers: kind === 'spot' ? [] : kind === 'inverse' ? inverseTiers : tiers,
    margin: pick(random, ['isolated', 'cross']),
    leverage: kind === 'spot' ? 1 : pick(random, [1, 3, 10, 20]),
    funding: kind === 'spot' || random() < 0.4 ? [] : payments(random, count),
    bars: walk(random, count, 100),
    ...given,
  };
}

/** A scenario of a topic. */
export function scenarioOf(topic: (typeof topics)[number], seed: number): Scenario {
  const random = chance(seed * 31 + topics.indexOf(topic));
  const count = 24 + Math.floor(random() * 16);
  const own = (given: Parameters<typeof dataOf>[2]): ScenarioData => dataOf(random, count, given);
  let datas: ScenarioData[] = [];
  let accounts: Record<string, ScenarioAccount> = {
    account: { cash: { USDT: 2_000, BTC: 20 }, leverage: 1, hedge: false },
  };
  let rates: Record<string, number> = { 'BTC/USDT': 100 };
  let profile: Scenario['profile'] = { maintenanceAt: 'liquidation', closingFee: 'none', steps: false };
  const linear = { name: 'eth', symbol: 'ETH/USDT:USDT', kind: 'linear' } as const;
  const inverse = { name: 'coin', symbol: 'BTC/USD:BTC', kind: 'inverse' } as const;
  if (topic === 'one' || topic === 'profile') {
    const data = own(random() < 0.6 ? linear : inverse);
    datas = [random() < 0.5 ? data : { ...data, marks: walk(random, count, 100) }];
    if (topic === 'profile') {
      profile = {
        maintenanceAt: pick(random, ['entry', 'liquidation']),
        closingFee: pick(random, ['none', 'always']),
        steps: random() < 0.5,
      };
    }
  } else if (topic === 'cross') {
    datas = [
      own({ ...linear, margin: 'cross' }),
      own({
        name: 'sol',
        symbol: 'SOL/USDT:USDT',
        kind: 'linear',
        margin: pick(random, ['cross', 'cross', 'isolated']),
      }),
      own(inverse),
      own({ name: 'coin eth', symbol: 'BTC/USD:BTC-300628', kind: 'inverse', margin: 'cross' }),
    ].slice(0, 2 + Math.floor(random() * 3));
  } else if (topic === 'spot') {
    const feeCurrency = pick(random, ['quote', 'base', 'received', 'BNB']);
    rates = { 'BNB/USDT': 300 };
    accounts = { account: { cash: { USDT: 3_000, BNB: pick(random, [0.02, 1]) }, leverage: 1, hedge: false } };
    datas = [
      own({ name: 'btc', symbol: 'BTC/USDT', kind: 'spot', feeCurrency }),
      own({ name: 'eth', symbol: 'ETH/USDT', kind: 'spot', feeCurrency: pick(random, ['quote', 'received']) }),
    ];
  } else if (topic === 'borrow') {
    const borrow = pick(random, [{ USDT: 0.876 }, { BTC: 0.438 }, { USDT: 0.876, BTC: 0.438 }]);
    rates = {};
    accounts = { account: { cash: { USDT: 2_000 }, leverage: pick(random, [2, 3]), borrow, hedge: false } };
    datas = [own({ name: 'btc', symbol: 'BTC/USDT', kind: 'spot', feeCurrency: 'quote' })];
  } else if (topic === 'mixed') {
    // Spot and contracts in one account, with and without loans.
    const borrow = random() < 0.5 ? { USDT: 0.876 } : undefined;
    accounts = {
      account: {
        cash: { USDT: 2_000, BTC: 20 },
        leverage: borrow === undefined ? 1 : 2,
        ...(borrow !== undefined && { borrow }),
        hedge: false,
      },
    };
    datas = [
      own({ name: 'btc', symbol: 'BTC/USDT', kind: 'spot', feeCurrency: pick(random, ['quote', 'received']) }),
      own(linear),
      own(inverse),
    ];
  } else if (topic === 'hedge') {
    accounts = { account: { ...accounts['account']!, hedge: true } };
    const first = own(random() < 0.6 ? linear : inverse);
    datas = (['long', 'short'] as const).map((side) => ({ ...first, name: side, side }));
  } else if (topic === 'delivery') {
    const ends = start + (8 + Math.floor(random() * 8)) * hourMs + pick(random, [0, 1_200_000]);
    datas = [
      own({ name: 'march', symbol: 'ETH/USDT:USDT-240329', kind: 'linear', expiry: ends, funding: [] }),
      own({ ...linear, margin: 'cross' }),
    ];
  } else {
    rates = { 'BTC/USDT': 100 };
    accounts = {
      spot: { cash: { USDT: 3_000 }, leverage: 1, hedge: false },
      perp: { cash: { USDT: 500 }, leverage: 1, hedge: false },
    };
    datas = [
      own({
        name: 'btc',
        symbol: 'ETH/USDT',
        kind: 'spot',
        account: 'spot',
        feeCurrency: pick(random, ['quote', 'received']),
      }),
      own({ ...linear, account: 'perp' }),
    ];
  }
  return { start, currency: 'USDT', accounts, profile, datas, rates, acts: actsOf(random, count, datas, topic) };
}

function actsOf(random: Random, count: number, datas: readonly ScenarioData[], topic: (typeof topics)[number]): Act[] {
  const acts: Act[] = [];
  const isAlone = datas.length === 1;
  for (let bar = 0; bar < count - 1; bar++) {
    for (const [data, { kind, side, contractSize, expiry = Infinity }] of datas.entries()) {
      if (random() > 0.45 || start + (bar + 2) * hourMs >= expiry) continue;
      const most = kind === 'inverse' ? (topic === 'cross' ? 6_000 : 4_000) / contractSize : 60 / contractSize;
      const size = +(random() * most * pick(random, [0.2, 0.5, 1])).toFixed(kind === 'inverse' ? 0 : 3) || 1;
      const isBuy = side === undefined ? random() < 0.55 : random() < 0.6 === (side === 'long');
      const type = isAlone ? pick(random, ['market', 'market', 'limit', 'stop'] as const) : 'market';
      acts.push({
        bar,
        kind: 'order',
        data,
        side: isBuy ? 'buy' : 'sell',
        size,
        type,
        ...(type !== 'market' && { away: +(1 + (random() - 0.5) * 0.06).toFixed(3) }),
        reduceOnly: kind !== 'spot' && random() < 0.15,
      });
    }
    if (topic === 'accounts' && random() < 0.2) {
      const [from, to] = random() < 0.6 ? ['spot', 'perp'] : ['perp', 'spot'];
      const amount = +(1 + random() * 400).toFixed(2);
      acts.push({
        bar,
        kind: 'transfer',
        from: from,
        to: to,
        currency: 'USDT',
        amount,
        fee: pick(random, [0, 0.8]),
        delayMs: pick(random, [0, 600_000, 5_400_000]),
      });
    }
  }
  return acts;
}

/** Does what a scenario says, after the close of each bar. */
class Scripted extends Strategy<typeof Scripted.params> {
  static readonly params = { acts: [] as readonly Act[], names: [] as readonly string[] };

  readonly placed = new Map<number, Order>();

  override next(): void {
    const { acts, names } = this.params;
    const bar = this.data.length - 1;
    for (const [number, act] of acts.entries()) {
      if (act.bar !== bar) continue;
      if (act.kind === 'transfer') {
        const { from, to, currency, amount, fee, delayMs } = act;
        this.broker.transfer!({ from, to, currency, amount, fee, delayMs });
        continue;
      }
      const data = names[act.data]!;
      if ([...this.placed.values()].some((order) => order.isAlive && order.data.name === data)) continue;
      const price = priceOf(act, this.datas.find((one) => one.name === data)!.close.now);
      const options = {
        data,
        size: act.size,
        type: act.type,
        triggered: 'fire',
        ...(act.type !== 'market' && { price }),
        ...(act.reduceOnly && { reduceOnly: true }),
      } as OrderOptions;
      const order = act.side === 'buy' ? this.buy(options) : this.sell(options);
      if (order !== undefined) this.placed.set(number, order);
    }
  }
}

/** Runs a scenario through the engine; the ledger's exact books are checked in every step. */
export async function runScenario(one: Scenario, ledger: 'float' | 'decimal'): Promise<Outcome> {
  const { accounts, currency, datas, rates, profile, acts } = one;
  const options: Record<string, VenueAccountOptions> = {};
  for (const [name, { cash, leverage, borrow, hedge }] of Object.entries(accounts)) {
    options[name] = {
      cash,
      currency,
      leverage,
      ...(borrow !== undefined && { borrow }),
      ...(hedge && { positionMode: 'hedge' }),
      profile: {
        name: 'own',
        maintenanceAt: profile.maintenanceAt,
        closingFee: profile.closingFee,
        marginHoldsFee: false,
        reducesBySteps: profile.steps,
      },
    };
  }
  const cerebro = new Cerebro({
    ledger,
    instrumentRules: false,
    accounts: options,
    rates,
    strict: ledger === 'decimal',
  });
  const feedOf = (name: string, symbol: string, bars: readonly Bar[]): BarsDataFeed =>
    new BarsDataFeed({
      name,
      symbol,
      timeframe: '1h',
      bars: bars.map(([open, high, low, close], k) => ({
        time: one.start + k * hourMs,
        open,
        high,
        low,
        close,
        volume: 1e9,
      })),
    });
  for (const { name, symbol, bars } of datas) cerebro.addData(feedOf(name, symbol, bars));
  for (const data of datas) {
    const { name, symbol, marks, kind, tiers: steps, feeCurrency, side, expiry, funding, margin, leverage } = data;
    if (marks !== undefined) cerebro.addData(feedOf(`${name} mark`, symbol, marks));
    const { account, contractSize, makerFee, takerFee, liquidationFee } = data;
    cerebro.setInstrument(name, {
      symbol,
      account,
      makerFee,
      takerFee,
      ...(feeCurrency !== undefined && { feeCurrency }),
      ...(marks !== undefined && { mark: `${name} mark` }),
      ...(side !== undefined && { positionSide: side }),
      ...(expiry !== undefined && { expiry }),
      ...(kind !== 'spot' && {
        contractSize,
        liquidationFee,
        margin,
        leverage,
        funding,
        marginTiers: steps.map(({ upTo, rate, maxLeverage }) => ({ upTo, maintenanceRate: rate, maxLeverage })),
      }),
    });
  }
  cerebro.addStrategy(Scripted, { acts, names: datas.map(({ name }) => name) });
  const result = await cerebro.run();
  const { strategy, orders } = result.strategies[0]!;
  if (!(strategy instanceof Scripted)) throw new Error('another strategy ran');
  const account = result.account!;
  const isContract = (name: string): boolean => datas.find((data) => data.name === name)!.kind !== 'spot';
  return {
    fills: inOrder(
      orders.flatMap(({ data, fills }) =>
        fills
          .filter(({ rule }) => rule !== 'liquidation')
          .map(({ time, size, price, role, fee, feeCurrency }) => ({
            time,
            data: data.name,
            size,
            price,
            role: role ?? '',
            fee: fee ?? NaN,
            currency: feeCurrency ?? '',
          })),
      ),
    ),
    payments: byKind(
      [...account.funding, ...account.interest].map(({ kind, time, currency: paid, amount }) => ({
        kind,
        time,
        currency: paid,
        amount,
      })),
    ),
    liquidations: account.liquidations.map(({ time, data, side, size, price, loss, fee }) => ({
      time,
      data,
      size: side === 'buy' ? size : -size,
      price,
      loss,
      fee,
    })),
    refused: [...strategy.placed]
      .filter(([, { rule, status }]) => rule !== undefined && (status === 'margin' || status === 'rejected'))
      .map(([number, { rule }]) => `${number} ${rule!}`)
      .sort(),
    wallets: Object.fromEntries(
      account.accounts.flatMap(({ name, wallet }) =>
        Object.entries(wallet).map(([held, amount]) => [`${name} ${held}`, Number(amount)]),
      ),
    ),
    positions: datas.map(({ name }) => {
      const { size, price, margin, liquidationPrice } = strategy.getPosition(name);
      return size === 0 || !isContract(name) ? { size } : { size, entry: price, margin, liquidation: liquidationPrice };
    }),
    value: result.finalValue,
  };
}

/** What differs between two outcomes, beyond `tolerance` of what is at stake. */
export function differences(wanted: unknown, got: unknown, tolerance: number, scale: number, at = ''): string[] {
  if (typeof wanted === 'number' && typeof got === 'number') {
    const most = tolerance * Math.max(scale, Math.abs(wanted));
    return Math.abs(wanted - got) <= most ? [] : [`${at}: ${wanted} expected, ${got}`];
  }
  if (typeof wanted !== 'object' || typeof got !== 'object')
    return wanted === got ? [] : [`${at}: ${String(wanted)} expected, ${String(got)}`];
  const names = new Set([...Object.keys(wanted!), ...Object.keys(got!)]);
  return [...names].flatMap((name) =>
    differences(
      (wanted as Record<string, unknown>)[name],
      (got as Record<string, unknown>)[name],
      tolerance,
      scale,
      at === '' ? name : `${at}.${name}`,
    ),
  );
}

/** Fills by time and data: those of one open are listed by order elsewhere. */
export function inOrder<T extends Readonly<Record<string, string | number>>>(fills: readonly T[]): T[] {
  const key = (one: T): string => `${one['time']!} ${one['data']!}`;
  return [...fills].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** Payments by kind, then by time: a result lists funding and interest apart. */
function byKind<T extends Readonly<Record<string, string | number>>>(payments: readonly T[]): T[] {
  const [kind, time] = ['kind', 'time'] as const;
  return [...payments].sort((a, b) =>
    a[kind]! < b[kind]! ? -1 : a[kind]! > b[kind]! ? 1 : Number(a[time]) - Number(b[time]),
  );
}

/** Holds the ledger in floats and in decimals to the slow one over so many scenarios of a topic, and returns all that happened in them. */
export async function holdScenarios(
  topic: (typeof topics)[number],
  count: number,
): Promise<Pick<Outcome, 'fills' | 'payments' | 'liquidations' | 'refused'>> {
  const met = { fills: [], payments: [], liquidations: [], refused: [] } as Record<string, unknown[]>;
  for (let seed = 1; seed <= count; seed++) {
    const one = scenarioOf(topic, seed);
    const outcome = new SlowAccounts(one).play();
    const wanted = { ...outcome, fills: inOrder(outcome.fills), payments: byKind(outcome.payments) };
    for (const [ledger, scale] of [
      ['decimal', 1e-9],
      ['float', 1],
    ] as const) {
      const got = await runScenario(one, ledger);
      expect(differences(wanted, got, 1e-9, scale), `${topic} ${seed}, ${ledger}`).toEqual([]);
    }
    for (const name of Object.keys(met)) met[name]!.push(...(outcome[name as keyof Outcome] as unknown[]));
  }
  return met as unknown as Outcome;
}
