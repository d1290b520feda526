/** Checks of an order before the exchange accepts it: the symbol's filters and the account's money, in Binance's words. */
import type { Account } from './account.ts';
import type { Demand, OrderLedger } from './ledger.ts';
import { isOver, isStop, Refusal, triggersAbove, type ExchangeRequest } from './order.ts';
import type { SymbolMarket } from './symbol-market.ts';

/** The largest size of one order, in whole units of the base. */
export const maxSize = 9_000_000;

/**
 * Checks a request against the symbol's filters alone.
 *
 * @throws {Refusal} The first filter that it fails.
 */
export function checkFilters(market: SymbolMarket, request: ExchangeRequest, minNotional: number): void {
  checkSize(market, request);
  checkPrices(request);
  checkNotional(market, request, lastOf(market, request), minNotional);
}

/**
 * Checks an order against the symbol's filters and the account.
 *
 * @returns How much must be locked for it.
 * @throws {Refusal} The first thing that is wrong with it.
 */
export function checkOrder(
  ledger: OrderLedger,
  market: SymbolMarket,
  account: Account,
  request: ExchangeRequest,
  minNotional: number,
): bigint {
  checkSize(market, request);
  checkPrices(request);
  checkClientId(account, request);
  checkTrigger(request, lastOf(market, request));
  checkNotional(market, request, lastOf(market, request), minNotional);
  checkMaker(market, request);
  if (request.conditional?.locksAtTrigger === true) return 0n;
  const locks = ledger.lockFor(market, account, request);
  ledger.checkFunds(market, account, request, locks);
  return locks;
}

/**
 * Checks the two legs of an OCO.
 *
 * @returns How much must be locked for both: only one of them can execute.
 * @throws {Refusal} The first thing that is wrong with them.
 */
export function checkPair(
  ledger: OrderLedger,
  market: SymbolMarket,
  account: Account,
  legs: readonly [ExchangeRequest, ExchangeRequest],
  minNotional: number,
): bigint {
  let most = 0n;
  for (const leg of legs) {
    checkFilters(market, leg, minNotional);
    checkClientId(account, leg);
    const locks = ledger.lockFor(market, account, leg);
    if (locks > most) most = locks;
  }
  const last = lastOf(market, legs[0]);
  for (const { type, side, price, stopPrice } of legs) {
    const at = isStop(type) ? stopPrice! : price!;
    const isAbove = isStop(type) ? triggersAbove(type, side) : side === 'sell';
    if (last !== undefined && (isAbove ? at <= last : at >= last)) {
      throw new Refusal(-2010, 'The relationship of the prices for the orders is not correct.');
    }
  }
  for (const leg of legs) checkMaker(market, leg);
  ledger.checkFunds(market, account, legs[0], most);
  return most;
}

/** How much must be locked for an order that is about to be placed, as far as the account can pay it; undefined when it cannot. */
export function affordableLock(
  ledger: OrderLedger,
  market: SymbolMarket,
  account: Account,
  requests: readonly Demand[],
): bigint | undefined {
  const most = requests.map((one) => ledger.lockFor(market, account, one)).reduce((a, b) => (a > b ? a : b));
  return account.holding(ledger.payAsset(market, requests[0]!.side)).free < most ? undefined : most;
}

/** @throws {Refusal} When an open order of the account has the same client id. */
export function checkClientId(account: Account, { symbol, clientId }: ExchangeRequest): void {
  const same = clientId === undefined ? undefined : account.byClientId(symbol, clientId);
  if (same !== undefined && !isOver(same.status)) throw new Refusal(-2010, 'Duplicate order sent.');
}

function checkMaker({ book }: SymbolMarket, { type, side, price }: ExchangeRequest): void {
  const other = book.other(side);
  if (type === 'LIMIT_MAKER' && other.best !== undefined && other.reaches(other.best, price)) {
    throw new Refusal(-2010, 'Order would immediately match and take.');
  }
}

function checkSize({ instrument }: SymbolMarket, { size, quoteValue, contract }: ExchangeRequest): void {
  if (quoteValue !== undefined || contract?.closesPosition === true) return;
  if (!(size > 0)) throw new Refusal(-1013, 'Invalid quantity.');
  if (!Number.isInteger(size) || size > maxSize * 10 ** instrument.sizeDecimals) {
    throw new Refusal(-1013, 'Filter failure: LOT_SIZE');
  }
}

function checkPrices({ type, price, stopPrice }: ExchangeRequest): void {
  const isLimit = type === 'LIMIT' || type === 'LIMIT_MAKER' || type.endsWith('_LIMIT');
  if (isLimit) checkPrice(price);
  if (isStop(type)) checkPrice(stopPrice);
}

function checkPrice(price: number | undefined): void {
  if (price === undefined || !(price > 0)) throw new Refusal(-1013, 'Invalid price.');
  if (!Number.isInteger(price)) throw new Refusal(-1013, 'Filter failure: PRICE_FILTER');
}

/** The last price, or before the first trade the price at which one could trade. */
export function lastOf(market: SymbolMarket, { side }: Pick<ExchangeRequest, 'side'>): number | undefined {
  return market.log.lastPrice ?? market.book.other(side).best ?? market.book.own(side).best;
}

/** @throws {Refusal} When a stop order fails a filter, or its trigger has been passed. */
export function checkStop(market: SymbolMarket, request: ExchangeRequest, minNotional: number): void {
  checkFilters(market, request, minNotional);
  checkTrigger(request, lastOf(market, request));
}

function checkTrigger({ type, side, stopPrice }: ExchangeRequest, last: number | undefined): void {
  if (!isStop(type) || last === undefined) return;
  if (triggersAbove(type, side) ? last >= stopPrice! : last <= stopPrice!) {
    throw new Refusal(-2010, 'Order would trigger immediately.');
  }
}

function checkNotional(
  market: SymbolMarket,
  request: ExchangeRequest,
  last: number | undefined,
  minNotional: number,
): void {
  // What closes a position of contracts may be of any value.
  if (request.hasAnyValue === true) return;
  if (request.contract?.reduceOnly === true || request.contract?.closesPosition === true) return;
  const price = request.price ?? request.stopPrice ?? last ?? 0;
  const value = request.quoteValue ?? BigInt(request.size) * BigInt(price) * market.units.value;
  if (Number(value) / 1e8 < minNotional) throw new Refusal(-1013, 'Filter failure: NOTIONAL');
}
