/** The wallet balance of contracts, where ccxt adds unrealised profit to it. */
import { Decimal } from '../../../core/index.ts';
import type { CcxtBalances } from '../connection/exchange.ts';

type Row = Readonly<Record<string, unknown>>;

function rowsIn(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value.filter((one): one is Row => typeof one === 'object' && one !== null) : [];
}

function objectIn(value: unknown): Row {
  return typeof value === 'object' && value !== null ? (value as Row) : {};
}

/** A decimal in a field; undefined where there is none. */
function decimalIn(row: Row, name: string): Decimal | undefined {
  const value = row[name];
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? new Decimal(value) : undefined;
}

/** By exchange: how to read each wallet's balance from its answer. */
const readers: readonly { readonly venues: RegExp; readonly read: (info: Row) => [currency: string, held: Decimal][] }[] = [
  {
    venues: /^(?:okx|okxus|myokx)$/,
    read: (info) => rowsIn(info['data']).flatMap((one) => amounts(rowsIn(one['details']), 'ccy', 'cashBal')),
  },
  { venues: /^binance(?:usdm|coinm)$/, read: (info) => amounts(rowsIn(info['assets']), 'asset', 'walletBalance') },
  { venues: /^hyperliquid$/, read: hyperliquidWallet },
]; // prettier-ignore

function amounts(rows: readonly Row[], name: string, amount: string): [string, Decimal][] {
  return rows.flatMap((row): [string, Decimal][] => {
    const [currency, held] = [row[name], decimalIn(row, amount)];
    return typeof currency === 'string' && held !== undefined ? [[currency, held]] : [];
  });
}

/** Hyperliquid states the value of the account, which includes unrealised profit. */
function hyperliquidWallet(info: Row): [string, Decimal][] {
  const worth = decimalIn(objectIn(info['marginSummary']), 'accountValue');
  if (worth === undefined) return [];
  const profits = rowsIn(info['assetPositions']).map((one) => decimalIn(objectIn(one['position']), 'unrealizedPnl'));
  return [['USDC', profits.reduce<Decimal>((sum, profit) => sum.sub(profit ?? 0), worth)]];
}

/** Wallet balances without unrealised profit, by currency; empty where ccxt's own total is that. */
export function walletsOf(answer: CcxtBalances, exchange: string): ReadonlyMap<string, number> {
  const reader = readers.find(({ venues }) => venues.test(exchange));
  const rows = reader?.read(objectIn((answer as { readonly info?: unknown }).info)) ?? [];
  return new Map(rows.map(([currency, held]) => [currency, held.toNumber()]));
}
