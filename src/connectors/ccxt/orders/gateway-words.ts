/** ccxt's orders, executions, balances and errors in the words of order gateways. */
import {
  AuthError,
  Decimal,
  ProtocolError,
  RateLimitError,
  RegionBlockedError,
  TradingError,
  messageOf,
  type AmendOutcome,
  type BalanceEvent,
  type FillEvent,
  type OrderRequest,
  type SendOutcome,
  type Side,
  type VenueOrder,
  type VenueOrderStatus,
} from '../../../core/index.ts';
import { ownClientId } from '../connection/venues.ts';
import { walletsOf } from './wallets.ts';
import type { CcxtBalances, CcxtExchange, CcxtFee, CcxtOrder, CcxtTrade } from '../connection/exchange.ts';

/**
 * Codes of errors that are the exchange's own word that it did not take an order, or that nothing was sent at all. Everything else leaves
 * the outcome open: an error that is not known here is one.
 */
const refusals: ReadonlySet<string> = new Set([
  'account-not-enabled', 'account-suspended', 'arguments-required', 'bad-request', 'bad-symbol', 'clock-skew', 'contract-unavailable',
  'insufficient-funds', 'invalid-order', 'manual-interaction-needed', 'market-closed', 'not-supported', 'operation-rejected',
  'order-immediately-fillable', 'order-not-fillable', 'real-money',
]); // prettier-ignore

/** OKX's refusals of one order, which ccxt does not know all of; after two of them the outcome is open all the same. */
const okxRefusal = /"sCode":"51(?!054|149)\d{3}"/;

/** Codes of errors that say that no such order is open. */
const gone: ReadonlySet<string> = new Set(['order-not-found', 'order-not-cached', 'invalid-order', 'cancel-pending']);

/** What an error in answer to an order says of the order. */
export function outcomeOf(error: unknown): SendOutcome {
  const reason = messageOf(error);
  if (!isRefusal(error)) return { kind: 'unknown', reason };
  return { kind: 'refused', reason, code: refusals.has(error.code) ? error.code : refusalCode(error) };
}

/** What Binance says of both halves of a cancel-replace that did not succeed as a whole. */
export interface ReplaceFailure {
  readonly cancelResult: string;
  readonly newOrderResult: string;
  readonly newOrderResponse: { readonly code?: number; readonly msg?: string; readonly orderId?: unknown } | null;
}

/** The outcome that an error in answer to an amendment means. */
export function amendOutcomeOf(error: unknown, failure: ReplaceFailure | undefined): AmendOutcome {
  const reason = messageOf(error);
  if (failure !== undefined) {
    const { cancelResult, newOrderResult, newOrderResponse } = failure;
    if (cancelResult === 'SUCCESS' && newOrderResult === 'FAILURE') {
      return { kind: 'canceled', reason: newOrderResponse?.msg ?? reason, code: 'operation-rejected' };
    }
    return newOrderResult === 'SUCCESS' ? { kind: 'unknown', reason } : { kind: 'gone' };
  }
  if (error instanceof TradingError && error.code === 'order-not-found') return { kind: 'gone' };
  // Hyperliquid's words, which ccxt does not know.
  if (reason.includes('Cannot modify canceled or filled order')) return { kind: 'gone' };
  return outcomeOf(error);
}

/** The two halves that an error of ccxt describes; undefined for any other error. */
export function replaceFailureOf(error: unknown): ReplaceFailure | undefined {
  const body = /\{"code":-202[12],.*\}/.exec(messageOf(error))?.[0];
  try {
    return body === undefined ? undefined : (JSON.parse(body) as { readonly data?: ReplaceFailure }).data;
  } catch {
    return undefined;
  }
}

function isRefusal(error: unknown): error is TradingError {
  if (!(error instanceof TradingError)) return false;
  if (error instanceof AuthError || error instanceof RegionBlockedError || error instanceof RateLimitError) return true;
  // The message of a translated error is cut, that of its cause is whole.
  const text = messageOf(error.cause ?? error);
  return refusals.has(error.code) || okxRefusal.test(text) || binanceRefusal(text) !== undefined;
}

/** The code of a refusal that is none of the common ones. */
function refusalCode(error: TradingError): string {
  return error instanceof AuthError || error instanceof RegionBlockedError || error instanceof RateLimitError
    ? error.code
    : (binanceRefusal(messageOf(error.cause ?? error)) ?? 'operation-rejected');
}

/**
 * The refusal that Binance's code in a text stands for; undefined where the order may have been taken: codes above -1100 say that something went
 * wrong, not that nothing was done. ccxt knows the codes of contracts only at Binance's own addresses.
 */
function binanceRefusal(text: string): string | undefined {
  const code = Number(/\{"code":(-\d+),"msg":"[^"]*"\}/.exec(text)?.[1]);
  if (code === -2018 || code === -2019) return 'insufficient-funds';
  if (code === -2021) return 'order-immediately-fillable';
  const isWithin = (least: number, most: number): boolean => code >= least && code <= most;
  return isWithin(-1199, -1100) || isWithin(-2028, -2020) || isWithin(-4999, -4000) || isWithin(-5099, -5020)
    ? 'operation-rejected'
    : undefined;
}

/** Whether an error in answer to a cancel says that no such order is open. */
export function saysGone(error: unknown): boolean {
  return error instanceof TradingError && gone.has(error.code);
}

/** Whether an error in answer to a look-up says that there is no such order, open or not. */
export function saysMissing(error: unknown): boolean {
  return error instanceof TradingError && error.code === 'order-not-found';
}

/**
 * Why ccxt would change an order on its way out; undefined when it passes every number on as it is.
 */
export function alteredBy(
  exchange: CcxtExchange,
  { symbol, size, price, stopPrice }: OrderRequest,
): string | undefined {
  const checks = [
    ['size', size, (value: string) => exchange.amountToPrecision(symbol, value)],
    ['price', price, (value: string) => exchange.priceToPrecision(symbol, value)],
    ['stopPrice', stopPrice, (value: string) => exchange.priceToPrecision(symbol, value)],
  ] as const;
  for (const [field, value, cut] of checks) {
    if (value === undefined) continue;
    let sent: string | undefined;
    try {
      sent = cut(value);
    } catch {
      sent = undefined;
    }
    if (sent === undefined || !new Decimal(sent).eq(value)) {
      return `${field} ${value} is not on the exchange's steps: it would be sent as ${sent ?? 'nothing'}`;
    }
  }
  return undefined;
}

/** ccxt's word for an order's state; `closed` is filled, or ended with a part of it. */
const statuses: Readonly<Record<string, VenueOrderStatus>> = {
  open: 'open',
  closed: 'filled',
  canceled: 'canceled',
  canceling: 'open',
  expired: 'expired',
  rejected: 'rejected',
};

/**
 * An order as the exchange has it.
 *
 * @throws {ProtocolError} If it has no id or status, or if it is over and how much was executed is not said: nobody could say then
 * how it ended.
 */
export function venueOrderOf(order: CcxtOrder, symbol: string, exchange: string): VenueOrder {
  const { id, status: word, amount, filled } = order;
  const status = word === undefined ? undefined : statuses[word];
  if (id === undefined || status === undefined) {
    throw new ProtocolError(`${exchange} sent an order without an id or a known status, it was '${word ?? ''}'`, {
      retryable: true,
    });
  }
  const executed = filled ?? (status === 'filled' ? amount : undefined) ?? (status === 'rejected' ? 0 : undefined);
  if (executed === undefined && status !== 'open') {
    throw new ProtocolError(`${exchange} did not say how much of order ${id} was executed`, { retryable: true });
  }
  const units = executed ?? 0;
  const size = amount ?? 0;
  const { average, price, timestamp, clientOrderId, type, side } = order;
  return {
    id,
    clientId: clientOrderId === '' ? undefined : ownClientId(exchange, clientOrderId),
    symbol: order.symbol ?? symbol,
    side: sideOf(side),
    type: type ?? '',
    status: status === 'open' && units > 0 ? 'partial' : status === 'filled' && units < size ? 'canceled' : status,
    size,
    filled: units,
    ...(price === undefined || price === 0 ? {} : { price }),
    ...(average === undefined || units === 0 ? {} : { averagePrice: average }),
    ...(timestamp === undefined ? {} : { time: timestamp }),
  };
}

/** An execution; undefined when something of it is missing without which it cannot be booked. */
export function fillOf(trade: CcxtTrade, exchange: string, receiveTime: number): FillEvent | undefined {
  const { id, order, symbol, price, amount, timestamp, takerOrMaker } = trade;
  if (id === undefined || order === undefined || symbol === undefined) return undefined;
  if (price === undefined || amount === undefined) return undefined;
  const fee = trade.fee ?? firstFee(trade);
  return {
    type: 'fill',
    exchange,
    symbol,
    time: timestamp,
    receiveTime,
    id,
    orderId: order,
    clientId: undefined,
    side: sideOf(trade.side),
    price,
    size: amount,
    fee: fee?.cost,
    feeCurrency: fee?.currency,
    liquidity: takerOrMaker === 'maker' || takerOrMaker === 'taker' ? takerOrMaker : undefined,
  };
}

/** The balance of every currency that an answer names. */
export function balancesOf(answer: CcxtBalances, exchange: string, receiveTime: number): BalanceEvent[] {
  const events: BalanceEvent[] = [];
  const wallets = walletsOf(answer, exchange);
  for (const currency of Object.keys((answer as { readonly total?: object }).total ?? {})) {
    const { free, used, total } = answer[currency] ?? { free: 0, used: 0, total: 0 };
    const wallet = wallets.get(currency);
    // What open positions have earned so far is in no wallet yet.
    const usable = wallet !== undefined && free !== undefined ? Math.min(free, wallet) : free;
    const held =
      wallet !== undefined && usable !== undefined
        ? wallet - usable
        : (used ?? (total !== undefined && free !== undefined ? total - free : 0));
    const left = usable ?? (wallet ?? total ?? 0) - held;
    events.push({ type: 'balance', exchange, currency, free: left, used: held, time: undefined, receiveTime });
  }
  return events;
}

function firstFee(trade: CcxtTrade): CcxtFee | undefined {
  return (trade as { readonly fees?: readonly CcxtFee[] }).fees?.[0];
}

function sideOf(side: string | undefined): Side {
  return side === 'sell' ? 'sell' : 'buy';
}

/** Exchanges whose editOrder of ccxt changes an order in place: the size they are sent includes what has been filled. */
const inPlace: ReadonlySet<string> = new Set([
  'binancecoinm', 'binanceusdm', 'bitmex', 'bybit', 'coinbase', 'deribit', 'gate', 'gateio', 'krakenfutures', 'myokx', 'okx', 'okxus', 'phemex',
]); // prettier-ignore

/** Whether an exchange changes an order in place, so that its id stays. */
export function amendsInPlace(exchange: string): boolean {
  return inPlace.has(exchange);
}

/** Whether an exchange takes order lists (OCO) in the form that `ocoLegs` writes. */
export function hasOrderLists(exchange: string): boolean {
  return exchange === 'binance';
}

/** The two orders of a list as Binance names them: the one above the price, and the one below it. */
export function ocoLegs(orders: readonly OrderRequest[]): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const { clientId, side, type, price, stopPrice } of orders) {
    const isLimit = type === 'limit';
    const where = isLimit === (side === 'sell') ? 'above' : 'below';
    params[`${where}Type`] = isLimit ? 'LIMIT_MAKER' : price === undefined ? 'STOP_LOSS' : 'STOP_LOSS_LIMIT';
    params[`${where}ClientOrderId`] = clientId;
    if (price !== undefined) params[`${where}Price`] = price;
    if (stopPrice !== undefined) params[`${where}StopPrice`] = stopPrice;
    if (!isLimit && price !== undefined) params[`${where}TimeInForce`] = 'GTC';
  }
  return params;
}

/** The orders in the answer to a list. */
export function reportsOf(answer: unknown): readonly { readonly clientOrderId?: string }[] {
  const { orderReports } = (answer ?? {}) as { readonly orderReports?: readonly { readonly clientOrderId?: string }[] };
  return orderReports ?? [];
}
