/** What an error in answer to an order means for the order: refused, gone, or unknown. */
import {
  AuthError,
  RateLimitError,
  RegionBlockedError,
  TradingError,
  messageOf,
  type AmendOutcome,
  type SendOutcome,
} from '../../../core/index.ts';

/**
 * Error codes by which the exchange says that it did not take an order, or which mean that nothing was sent. Every other error, an unknown
 * one too, leaves the outcome open.
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

/** What an error in answer to an order means for the order. */
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
