/** Orders, executions, positions, bars and books as Hyperliquid writes them. */
import { timeframe } from '../../../core/index.ts';
import { balanceText, isOver, isStop } from '../../exchange/index.ts';
import type { Account, AccountFill, ContractLedger, ContractPosition, ExchangeOrder } from '../../exchange/index.ts';
import {
  decimalText,
  type Market,
  type MarketBar,
  type MarketInstrument,
  type MarketLevel,
  type MarketTrade,
} from '../../market-data.ts';
import { barsBetween } from '../bars.ts';
import { hyperliquidWallet } from './wallet.ts';

/** The most bars of one request. */
export const mostBars = 5_000;
/** Levels of each side of a book. */
export const bookLevels = 20;

/** Hyperliquid's intervals of bars. */
export const intervals: readonly string[] = [
  '1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '8h', '12h', '1d', '3d', '1w', '1M',
]; // prettier-ignore

/** A decimal as Hyperliquid writes it: at least one decimal, and no zeros behind it. */
export function numberText(text: string): string {
  const [whole = '0', rest = ''] = text.split('.');
  const digits = rest.replace(/0+$/, '');
  return `${whole}.${digits === '' ? '0' : digits}`;
}

export function priceText(ticks: number, { priceDecimals }: MarketInstrument): string {
  return numberText(decimalText(ticks, priceDecimals));
}

export function sizeText(lots: number, { sizeDecimals }: MarketInstrument): string {
  const text = numberText(decimalText(Math.abs(lots), sizeDecimals));
  return lots < 0 ? `-${text}` : text;
}

export function moneyText(value: bigint): string {
  return numberText(balanceText(value));
}

function sideText(side: string): string {
  return side === 'buy' ? 'B' : 'A';
}

/** The hash of a transaction, which no block holds here. */
function hashOf(number: number): string {
  return `0x${number.toString(16).padStart(64, '0')}`;
}

export function levelFields([price, size]: MarketLevel, one: MarketInstrument): object {
  return { px: priceText(price, one), sz: sizeText(size, one), n: 1 };
}

/** A book of 20 levels a side. */
export function bookFields(market: Market, one: MarketInstrument, time: number): object {
  const { bids, asks } = market.book(one.symbol, bookLevels);
  const rows = (levels: readonly MarketLevel[]): object[] => levels.map((level) => levelFields(level, one));
  return { coin: one.base, time, levels: [rows(bids), rows(asks)] };
}

export function bboFields(market: Market, one: MarketInstrument, time: number): object {
  const { bid, ask } = market.top(one.symbol);
  return { coin: one.base, time, bbo: [bid, ask].map((level) => (level === undefined ? null : levelFields(level, one))) };
} // prettier-ignore

export function tradeFields(trade: MarketTrade, one: MarketInstrument): object {
  return {
    coin: one.base, side: sideText(trade.side), px: priceText(trade.price, one), sz: sizeText(trade.size, one), time: trade.time,
    hash: hashOf(trade.id), tid: trade.id, users: [`0x${'0'.repeat(40)}`, `0x${'0'.repeat(40)}`],
  }; // prettier-ignore
}

/** The middle of the best prices, or the last price; undefined before both. */
export function midText(market: Market, one: MarketInstrument): string | undefined {
  const { bid, ask } = market.top(one.symbol);
  if (bid !== undefined && ask !== undefined) {
    return numberText(decimalText((bid[0] + ask[0]) * 5, one.priceDecimals + 1));
  }
  const last = market.trades(one.symbol, 1)[0]?.price ?? bid?.[0] ?? ask?.[0];
  return last === undefined ? undefined : priceText(last, one);
}

function barFields(bar: MarketBar, one: MarketInstrument, interval: string): object {
  const length = timeframe(interval).ms ?? 31 * 86_400_000;
  return {
    t: bar.start, T: bar.start + length - 1, s: one.base, i: interval, o: priceText(bar.open, one), c: priceText(bar.close, one),
    h: priceText(bar.high, one), l: priceText(bar.low, one), v: sizeText(bar.volume, one), n: bar.trades,
  }; // prettier-ignore
}

/** Bars of a span, oldest first; of a span longer than a page, the newest. */
export function candles(
  market: Market,
  one: MarketInstrument,
  interval: string,
  span: { readonly from: number; readonly to: number; readonly now: number },
): object[] {
  const frame = timeframe(interval);
  const to = Math.min(span.to, span.now);
  const from = frame.ms === undefined ? span.from : Math.max(span.from, to - mostBars * frame.ms);
  const bars = barsBetween(market, one.symbol, { frame, from, to, limit: mostBars + 1, now: span.now });
  return bars.slice(-mostBars).map((bar) => barFields(bar, one, interval));
}

/** The state of an order in Hyperliquid's words. */
export function statusOf(order: Readonly<ExchangeOrder>): string {
  const { status, timeInForce, type, filled, workingTime, contract } = order;
  if (status === 'FILLED') return 'filled';
  if (status === 'EXPIRED_IN_MATCH') return 'selfTradeCanceled';
  if (status === 'EXPIRED') {
    if (filled > 0) return 'canceled';
    if (contract?.reduceOnly === true) return 'reduceOnlyCanceled';
    return timeInForce === 'IOC' && type === 'LIMIT' ? 'iocCancelRejected' : 'canceled';
  }
  if (status === 'CANCELED') return 'canceled';
  return isStop(type) && workingTime !== undefined ? 'triggered' : 'open';
}

function typeText(type: string): string {
  if (type === 'LIMIT' || type === 'LIMIT_MAKER') return 'Limit';
  if (type === 'MARKET') return 'Market';
  return `${type.startsWith('STOP') ? 'Stop' : 'Take Profit'} ${type.endsWith('LIMIT') ? 'Limit' : 'Market'}`;
}

/** The client id of an order; null for an id that the exchange gave, which has not Hyperliquid's form. */
function cloidOf({ clientId }: Readonly<ExchangeOrder>): string | null {
  return clientId.startsWith('0x') ? clientId : null;
}

/** An order as the lists of orders show it; `sz` is its remaining size. */
export function orderFields(order: Readonly<ExchangeOrder>, one: MarketInstrument): Record<string, unknown> {
  const { type, side, stopPrice, price, size, filled, time, id, contract, timeInForce } = order;
  const isTrigger = isStop(type);
  const isAbove = type.startsWith('STOP') === (side === 'buy');
  const trigger = stopPrice === undefined ? '0.0' : priceText(stopPrice, one);
  return {
    coin: one.base, side: sideText(side), limitPx: priceText(price ?? stopPrice ?? 0, one), sz: sizeText(size - filled, one), oid: id,
    timestamp: time, triggerCondition: isTrigger ? `Price ${isAbove ? 'above' : 'below'} ${trigger}` : 'N/A', isTrigger, triggerPx: trigger,
    children: [], isPositionTpsl: false, reduceOnly: contract?.reduceOnly ?? false, orderType: typeText(type), origSz: sizeText(size, one),
    tif: isTrigger ? null : type === 'LIMIT_MAKER' ? 'Alo' : timeInForce === 'IOC' ? 'Ioc' : 'Gtc', cloid: cloidOf(order),
  }; // prettier-ignore
}

/** An order with its state. */
export function stateFields(order: Readonly<ExchangeOrder>, one: MarketInstrument): object {
  return { order: orderFields(order, one), status: statusOf(order), statusTimestamp: order.updated };
}

/** Where an account's position stood before each of its executions. */
interface Starts {
  read: number;
  readonly lots: Map<string, number>;
  readonly before: WeakMap<AccountFill, number>;
}

const starts = new WeakMap<Account, Starts>();

function startOf(account: Account, fill: AccountFill): number {
  let known = starts.get(account);
  if (known === undefined) starts.set(account, (known = { read: 0, lots: new Map(), before: new WeakMap() }));
  for (; known.read < account.fills.length; known.read++) {
    const next = account.fills[known.read]!;
    const lots = known.lots.get(next.symbol) ?? 0;
    known.before.set(next, lots);
    known.lots.set(next.symbol, lots + (next.order.side === 'buy' ? next.size : -next.size));
  }
  return known.before.get(fill) ?? 0;
}

/** What an execution did to the position. */
function directionOf(before: number, traded: number): string {
  const after = before + traded;
  if (before !== 0 && before > 0 !== after > 0 && after !== 0) return before > 0 ? 'Long > Short' : 'Short > Long';
  const isOpening = before === 0 || before > 0 === traded > 0;
  const isLong = isOpening ? traded > 0 : before > 0;
  return `${isOpening ? 'Open' : 'Close'} ${isLong ? 'Long' : 'Short'}`;
}

/** An execution of the account. */
export function fillFields(account: Account, fill: AccountFill, one: MarketInstrument): object {
  const { order, price, size, time, tradeId, profit = 0n, fee, feeAsset, isMaker } = fill;
  const before = startOf(account, fill);
  const cloid = cloidOf(order);
  return {
    coin: one.base, px: priceText(price, one), sz: sizeText(size, one), side: sideText(order.side), time, startPosition: sizeText(before, one),
    dir: directionOf(before, order.side === 'buy' ? size : -size), closedPnl: moneyText(profit), hash: hashOf(tradeId), oid: order.id,
    crossed: !isMaker, fee: moneyText(fee), tid: tradeId, feeToken: feeAsset, ...(cloid !== null && { cloid }),
    ...(order.contract?.isLiquidation === true && { liquidation: { liquidatedUser: addressOf(account), markPx: priceText(price, one), method: 'market' } }),
  }; // prettier-ignore
}

function positionFields(ledger: ContractLedger, account: Account, position: ContractPosition, one: MarketInstrument): object {
  const { isIsolated, leverage, entry, value, unrealised, initial, liquidation } = ledger.margins.figuresOf(account, position);
  const funding = ledger.of(account).incomes.filter(({ type, symbol }) => type === 'FUNDING_FEE' && symbol === one.symbol);
  const paid = moneyText(-funding.reduce((sum, { amount }) => sum + amount, 0n));
  return {
    type: 'oneWay',
    position: {
      coin: one.base, szi: sizeText(position.lots, one), entryPx: moneyText(entry),
      leverage: { type: isIsolated ? 'isolated' : 'cross', value: leverage },
      positionValue: moneyText(value), unrealizedPnl: moneyText(unrealised),
      returnOnEquity: String(initial === 0n ? 0 : Number(unrealised) / Number(initial)),
      liquidationPx: liquidation === 0n ? null : moneyText(liquidation), marginUsed: moneyText(isIsolated ? position.margin + unrealised : initial),
      maxLeverage: maxLeverageOf(ledger), cumFunding: { allTime: paid, sinceOpen: paid, sinceChange: paid },
    },
  };
} // prettier-ignore

/** The highest leverage of a contract. */
export function maxLeverageOf(ledger: ContractLedger): number {
  return ledger.margins.brackets[0]?.maxLeverage ?? 50;
}

/** Margin, positions and what can be withdrawn. Margin of open orders counts as used. */
export function clearinghouseFields(
  ledger: ContractLedger,
  account: Account,
  instruments: readonly MarketInstrument[],
  time: number,
): object {
  const wallet = ledger.margins.wallet(account, 'USDC');
  const open = ledger.margins.open(account, 'USDC');
  let [value, unrealised, used, maintenance] = [0n, 0n, account.holding('USDC').locked, 0n];
  for (const position of open) {
    const worth = ledger.margins.valueAt(position, ledger.margins.markOf(position.symbol));
    value += worth;
    unrealised += ledger.margins.unrealised(position);
    used += ledger.margins.isIsolated(account, position)
      ? position.margin
      : ledger.margins.initialOf(account, position);
    maintenance += ledger.margins.maintenanceOf(worth);
  }
  const summary = {
    accountValue: moneyText(wallet + unrealised), totalNtlPos: moneyText(value), totalRawUsd: moneyText(wallet), totalMarginUsed: moneyText(used),
  }; // prettier-ignore
  return {
    marginSummary: summary,
    crossMarginSummary: summary,
    crossMaintenanceMarginUsed: moneyText(maintenance),
    withdrawable: moneyText(ledger.margins.available(account, 'USDC')),
    assetPositions: open.flatMap((position) => {
      const one = instruments.find(({ symbol }) => symbol === position.symbol);
      return one === undefined ? [] : [positionFields(ledger, account, position, one)];
    }),
    time,
  };
}

/** Funding paid and received, oldest first. */
export function fundingFields(
  ledger: ContractLedger,
  account: Account,
  instruments: readonly MarketInstrument[],
  span: { readonly from: number; readonly to: number },
): object[] {
  return ledger.of(account).incomes.flatMap(({ type, symbol, amount, time }) => {
    const one = instruments.find((each) => each.symbol === symbol);
    if (type !== 'FUNDING_FEE' || one === undefined || time < span.from || time > span.to) return [];
    const rate = ledger.paid(one.symbol).find((due) => due.time === time)?.rate ?? 0;
    const { lots } = ledger.of(account).position(one.symbol, 'BOTH');
    const delta = { type: 'funding', coin: one.base, usdc: moneyText(amount), szi: sizeText(lots, one), fundingRate: String(rate), nSamples: null };
    return [{ time, hash: hashOf(0), delta }];
  });
} // prettier-ignore

/** Whether an order is listed as open. */
export function isOpen({ status }: Readonly<ExchangeOrder>): boolean {
  return !isOver(status);
}

/** The address of an account. */
export function addressOf(account: Account): string {
  return hyperliquidWallet(account).walletAddress;
}
