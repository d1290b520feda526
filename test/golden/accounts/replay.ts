/** Replays one account case through the public API and compares everything that it expects. */
import { readFileSync } from 'node:fs';
import { BarsDataFeed, Cerebro, Strategy, type Order, type OrderOptions, type RunResult } from 'nextbar';
import type { InstrumentOptions } from 'nextbar/account';

interface CaseOrder {
  readonly bar: number;
  readonly action: 'buy' | 'sell';
  readonly type: 'market' | 'limit' | 'stop';
  readonly size: string;
  readonly price?: string;
  readonly reduceOnly?: boolean;
}

/** An account case, as its file has it: numbers are text. */
export interface AccountCase {
  readonly name: string;
  readonly instrument: {
    readonly symbol: string;
    readonly type: 'spot' | 'linear' | 'inverse';
    readonly base: string;
    readonly quote: string;
    readonly settle?: string;
    readonly contractSize?: string;
    readonly makerFee: string;
    readonly takerFee: string;
    readonly liquidationFee?: string;
    readonly feeCurrency?: string;
    readonly tiers?: readonly {
      readonly upTo: string;
      readonly maintenanceRate: string;
      readonly maintenanceAmount: string;
      readonly maxLeverage: string;
    }[];
  };
  readonly account: {
    readonly cash: Readonly<Record<string, string>>;
    readonly margin?: 'isolated' | 'cross';
    readonly leverage?: string;
  };
  readonly bars: readonly (readonly [number, string, string, string, string, string])[];
  readonly mark?: readonly (readonly [string, string, string, string])[];
  readonly funding?: readonly (readonly [number, string])[];
  readonly orders: readonly CaseOrder[];
  readonly expected: Readonly<Record<string, unknown>>;
}

/** What of a case did not come out: where, what was expected, and what came. */
export interface Difference {
  readonly at: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** Places the orders of a case, each after the close of its bar. */
class CaseStrategy extends Strategy<typeof CaseStrategy.params> {
  static readonly params = { orders: [] as readonly CaseOrder[] };

  readonly placed = new Map<number, Order>();

  override next(): void {
    const bar = this.data.length - 1;
    for (const [index, order] of this.params.orders.entries()) {
      if (order.bar !== bar) continue;
      const options = {
        size: Number(order.size),
        type: order.type,
        triggered: 'fire',
        ...(order.price !== undefined && { price: Number(order.price) }),
        ...(order.reduceOnly === true && { reduceOnly: true }),
      } as OrderOptions;
      const made = order.action === 'buy' ? this.buy(options) : this.sell(options);
      if (made !== undefined) this.placed.set(index, made);
    }
  }
}

/** Reads a case. */
export function readCase(file: string): AccountCase {
  return JSON.parse(readFileSync(file, 'utf8')) as AccountCase;
}

/** Runs a case and returns what does not come out as expected. */
export async function replayCase(one: AccountCase, ledger: 'float' | 'decimal' = 'decimal'): Promise<Difference[]> {
  const result = await runCase(one, ledger);
  const found: Difference[] = [];
  compare('', one.expected, outcomeOf(one, result), found);
  if (ledger === 'decimal') return found;
  // Floats leave rests of the size of what was held: a billionth of it is nothing.
  const scale = Math.max(...Object.values(one.account.cash).map(Number));
  return found.filter(({ expected, got }) => !(Math.abs(Number(expected) - Number(got)) <= 1e-9 * scale));
}

async function runCase(one: AccountCase, ledger: 'float' | 'decimal'): Promise<RunResult> {
  const { account, bars, mark, orders } = one;
  const { margin, leverage } = account;
  const cerebro = new Cerebro({
    ledger,
    instrumentRules: false,
    account: {
      cash: account.cash,
      ...(margin !== undefined && { margin }),
      ...(leverage !== undefined && { leverage: Number(leverage) }),
    },
  });
  const rows = bars.map(([time, open, high, low, close, volume]) => ({
    time,
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume: Number(volume),
  }));
  const timeframe = `${(bars[1]![0] - bars[0]![0]) / 60_000}m`;
  const { symbol } = one.instrument;
  cerebro.addData(new BarsDataFeed({ name: 'case', symbol, timeframe, bars: rows }));
  if (mark !== undefined) {
    const marks = mark.map(([open, high, low, close], index) => ({
      time: bars[index]![0],
      open: Number(open),
      high: Number(high),
      low: Number(low),
      close: Number(close),
      volume: 0,
    }));
    cerebro.addData(new BarsDataFeed({ name: 'mark', symbol, timeframe, bars: marks }));
  }
  cerebro.setInstrument('case', instrumentOf(one));
  cerebro.addStrategy(CaseStrategy, { orders });
  return await cerebro.run();
}

function instrumentOf({ instrument, mark, funding }: AccountCase): InstrumentOptions {
  const { type, base, quote, settle, contractSize, makerFee, takerFee, liquidationFee, feeCurrency, tiers } =
    instrument;
  return {
    type: type === 'spot' ? 'spot' : 'swap',
    base,
    quote,
    makerFee: Number(makerFee),
    takerFee: Number(takerFee),
    ...(settle !== undefined && { settle }),
    ...(contractSize !== undefined && { contractSize: Number(contractSize) }),
    ...(liquidationFee !== undefined && { liquidationFee: Number(liquidationFee) }),
    ...(feeCurrency !== undefined && { feeCurrency }),
    ...(tiers !== undefined && {
      marginTiers: tiers.map((tier) => ({
        upTo: Number(tier.upTo),
        maintenanceRate: Number(tier.maintenanceRate),
        maintenanceAmount: Number(tier.maintenanceAmount),
        maxLeverage: Number(tier.maxLeverage),
      })),
    }),
    ...(mark !== undefined && { mark: 'mark' }),
    ...(funding !== undefined && { funding: funding.map(([time, rate]) => ({ time, rate: Number(rate) })) }),
  };
}

/** The result in the words of the expectation. */
function outcomeOf({ bars, account }: AccountCase, result: RunResult): Record<string, unknown> {
  const span = bars[1]![0] - bars[0]![0];
  const barAt = (time: number): number => bars.findIndex(([open]) => time > open && time <= open + span);
  const opening = (time: number): number => bars.findIndex(([open]) => time >= open && time < open + span);
  const [run] = result.strategies;
  const { strategy } = run!;
  if (!(strategy instanceof CaseStrategy)) throw new Error('another strategy ran');
  const accounts = result.account!;
  const fills = run!.fills
    .filter(({ rule }) => rule !== 'liquidation')
    .map(({ time, size, price, role, fee, feeCurrency }) => ({
      bar: barAt(time),
      side: size > 0 ? 'buy' : 'sell',
      size: Math.abs(size),
      price,
      role,
      fee,
      feeCurrency,
    }));
  const funding = accounts.funding.map(({ time, amount, currency, price, rate }) => ({
    currency,
    bar: opening(time),
    time,
    amount,
    price,
    mark: price,
    rate,
  }));
  const liquidations = accounts.liquidations.map(({ time, side, size, price, loss, fee }) => ({
    bar: barAt(time),
    side,
    size,
    price,
    loss,
    fee,
  }));
  const refused = [...strategy.placed]
    .filter(([, { rule, status }]) => rule !== undefined && (status === 'margin' || status === 'rejected'))
    .map(([order, { rule }]) => ({ order, rule }));
  const position = strategy.position;
  return {
    fills,
    funding,
    liquidations,
    refused,
    wallet: accounts.accounts[0]!.wallet,
    equity: result.finalValue,
    position: {
      size: position.size,
      entryPrice: position.size === 0 ? null : position.price,
      margin: account.margin === 'isolated' ? (position.margin ?? 0) : null,
      unrealised: position.unrealised,
      liquidationPrice: position.liquidationPrice ?? null,
    },
  };
}

/** Compares everything expected; numbers to a billionth. */
function compare(at: string, expected: unknown, got: unknown, found: Difference[]): void {
  if (Array.isArray(expected)) {
    const list = Array.isArray(got) ? (got as unknown[]) : [];
    if (list.length !== expected.length)
      found.push({ at: `${at}.length`, expected: expected.length, got: list.length });
    for (const [k, inner] of (at === 'refused' ? inOrder(expected) : (expected as unknown[])).entries()) {
      compare(`${at}[${k}]`, inner, at === 'refused' ? inOrder(list)[k] : list[k], found);
    }
    return;
  }
  if (typeof expected === 'object' && expected !== null) {
    const record = (got ?? {}) as Record<string, unknown>;
    for (const [key, inner] of Object.entries(expected))
      compare(at === '' ? key : `${at}.${key}`, inner, record[key], found);
    return;
  }
  if (!isEqual(expected, got)) found.push({ at, expected, got });
}

function inOrder(list: readonly unknown[]): unknown[] {
  return [...list].sort((a, b) => (a as { order: number }).order - (b as { order: number }).order);
}

function isEqual(expected: unknown, got: unknown): boolean {
  if (expected === got) return true;
  if (expected === null || got === null || got === undefined) return false;
  const [a, b] = [Number(expected), Number(got)];
  if (typeof expected === 'string' && expected !== '' && !Number.isNaN(a)) {
    return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
  }
  return typeof expected === 'number' && Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}
