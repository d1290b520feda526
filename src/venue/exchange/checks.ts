/** What the exchange asks of an order before it takes it: its filters and the account's money, in Binance's words. */
import type { Account } from './account.ts';
import type { Ledger } from './ledger.ts';
import { isOver, isStop, Refusal, triggersAbove, type ExchangeRequest } from './order.ts';
import type { SymbolMarket } from './symbol-market.ts';

/** The largest size of one order, in whole units of the base. */
export const maxSize = 9_000_000;

/**
 * Checks an order against the symbol's rules and the account.
 *
 * @returns What must be locked for it.
 * @throws {Refusal} The first thing that is wrong with it.
 */
export function checkOrder(
  ledger: Ledger,
  market: SymbolMarket,
  account: Account,
  request: ExchangeRequest,
  minNotional: number,
): bigint {
  checkSize(market, request);
  checkPrices(request);
  const same = request.clientId === undefined ? undefined : account.byClientId(request.symbol, request.clientId);
  if (same !== undefined && !isOver(same.status)) throw new Refusal(-2010, 'Duplicate order sent.');
  const last = lastOf(market, request);
  checkTrigger(request, last);
  checkNotional(market, request, last, minNotional);
  const { side, price } = request;
  const best = market.book.other(side);
  if (request.type === 'LIMIT_MAKER' && best.best !== undefined && best.reaches(best.best, price)) {
    throw new Refusal(-2010, 'Order would immediately match and take.');
  }
  const locks = lockOf(ledger, market, account, request);
  if (account.holding(ledger.payAsset(market, side)).free < locks) {
    throw new Refusal(-2010, 'Account has insufficient balance for requested action.');
  }
  return locks;
}

function checkSize({ instrument }: SymbolMarket, { size, quoteValue }: ExchangeRequest): void {
  if (quoteValue !== undefined) return;
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

/** The last price, or before the first print the price that one could trade at. */
function lastOf(market: SymbolMarket, { side }: ExchangeRequest): number | undefined {
  return market.log.lastPrice ?? market.book.other(side).best ?? market.book.own(side).best;
}

function checkTrigger({ type, side, stopPrice }: ExchangeRequest, last: number | undefined): void {
  if (!isStop(type) || last === undefined) return;
  if (triggersAbove(type, side) ? last >= stopPrice! : last <= stopPrice!) {
    throw new Refusal(-2010, 'Stop price would trigger immediately.');
  }
}

function checkNotional(
  market: SymbolMarket,
  request: ExchangeRequest,
  last: number | undefined,
  minNotional: number,
): void {
  const price = request.price ?? request.stopPrice ?? last ?? 0;
  const value = request.quoteValue ?? BigInt(request.size) * BigInt(price) * market.units.value;
  if (Number(value) / 1e8 < minNotional) throw new Refusal(-1013, 'Filter failure: NOTIONAL');
}

/** What the order takes out of the free balance: all it could come to need, or what the book asks for it right now. */
function lockOf(ledger: Ledger, market: SymbolMarket, account: Account, request: ExchangeRequest): bigint {
  const { side, size, price, stopPrice, quoteValue } = request;
  if (side === 'sell') {
    if (quoteValue === undefined) return ledger.needed(market, side, size, 0);
    return BigInt(lotsFor(market, account, quoteValue)) * market.units.lot;
  }
  if (quoteValue !== undefined) return quoteValue;
  const reckoned = price ?? stopPrice;
  if (reckoned !== undefined) return ledger.needed(market, side, size, reckoned);
  const { value } = market.offered({ side, limit: undefined, owner: account.name }, size);
  return ledger.buying(value * market.units.value);
}

/** Lots that sell for at most a value at the prices bid now. */
function lotsFor(market: SymbolMarket, account: Account, value: bigint): number {
  let left = value;
  let lots = 0;
  for (const order of market.book.bids.orders()) {
    if (order.owner === account.name) continue;
    const each = BigInt(order.price) * market.units.value;
    const most = Number(left / each);
    if (most === 0) break;
    const taken = Math.min(most, order.left);
    lots += taken;
    left -= BigInt(taken) * each;
  }
  return lots;
}
