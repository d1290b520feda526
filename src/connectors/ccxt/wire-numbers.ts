/** Numbers in the form that exchanges read: times as whole milliseconds, decimals without an exponent. */
import { Decimal } from '../../core/index.ts';
import type { CcxtExchange } from './connection/exchange.ts';

/** Parameters that are times: exchanges refuse fractions of a millisecond. */
const timeName = /time|timestamp|since|until|^(?:start|end|from|to|before|after)$/i;
/** Parameters whose text is a number, unlike an id such as `12e5`. */
const decimalName = /price|size|qty|quantity|amount|volume|notional|cost|funds|^(?:px|sz)$/i;
const withExponent = /^[+-]?(?:\d+\.?\d*|\.\d+)e[+-]?\d+$/i;

/** A decimal in plain digits: `1e-7` is `0.0000001`. Any other text stays as it is. */
export function plainDecimal(value: number | string): string {
  const text = String(value);
  return withExponent.test(text) ? new Decimal(text).toFixed() : text;
}

/**
 * The parameters of a request with every number in the wire's form, in nested objects and lists too. A time is cut to the millisecond that has
 * begun, so that nothing after it is left out.
 */
export function wireNumbers<T>(params: T, name = ''): T {
  if (typeof params === 'number') {
    if (timeName.test(name) && Number.isFinite(params)) return Math.floor(params) as T;
    return (withExponent.test(String(params)) ? plainDecimal(params) : params) as T;
  }
  if (typeof params === 'string') return (decimalName.test(name) ? plainDecimal(params) : params) as T;
  if (Array.isArray(params)) return params.map((one: unknown) => wireNumbers(one, name)) as T;
  if (typeof params !== 'object' || params === null || Object.getPrototypeOf(params) !== Object.prototype)
    return params;
  return Object.fromEntries(Object.entries(params).map(([key, one]) => [key, wireNumbers<unknown>(one, key)])) as T;
}

/** Puts the numbers of every request of an exchange in the wire's form before it is signed. */
export function writeWireNumbers(exchange: CcxtExchange): void {
  type Sign = (path: string, api?: unknown, method?: string, params?: object, ...rest: readonly unknown[]) => unknown;
  const signing = exchange as unknown as { sign: Sign };
  const sign = signing.sign.bind(exchange);
  signing.sign = (path, api, method, params, ...rest) => sign(path, api, method, wireNumbers(params), ...rest);
}
