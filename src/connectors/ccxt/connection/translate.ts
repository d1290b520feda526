/** ccxt's errors in the words of this package, sorted by what to do about them. */
import {
  AuthError,
  ConfigError,
  ConnectorError,
  DataError,
  ProtocolError,
  RateLimitError,
  TradingError,
  messageOf,
} from '../../../core/index.ts';
import { regionBlocked } from '../../region-block.ts';
import { redact } from './redact.ts';

/** Where an error happened. */
export interface ErrorOrigin {
  readonly exchange: string;
  /** What was being done, such as `load markets`. */
  readonly action: string;
  /** Values that must not appear in any message. */
  readonly secrets: readonly string[];
}

/**
 * A refused key in words that ccxt takes for something else: Binance's for a short ban, once the key has worked; OKX's frozen and deleted
 * keys for a fault of the exchange; Hyperliquid's unknown wallet for a wrong order.
 */
const refusedKey = /"code":-2015\b|"code":"50(?:100|119)"|User or API Wallet \S+ does not exist/i;

/** Any error as one of ours; those that are already ours pass. The result and its cause carry no secret. */
export function translateError(error: unknown, origin: ErrorOrigin): TradingError {
  if (error instanceof TradingError) return error;
  const kinds = kindsOf(error);
  const said = redact(messageOf(error), origin.secrets);
  const cause = new Error(said);
  cause.name = kinds[0] ?? 'Error';
  const context = { exchange: origin.exchange, action: origin.action, kind: kinds[0] };
  const is = (...names: string[]): boolean => names.some((name) => kinds.includes(name));
  const text = `${origin.exchange} could not ${origin.action}: ${withoutPrefix(said, origin.exchange)}`;
  const options = { context, cause };

  // A socket's handshake is refused by a status too, which ccxt has for a lost connection.
  const handshake = /Unexpected server response: (451|429|418)/.exec(said)?.[1];
  if (is('RestrictedLocation') || handshake === '451') return regionBlocked(origin.exchange, cause);
  if (is('AuthenticationError') || refusedKey.test(said)) {
    return new AuthError(`${text}; the key is wrong or has expired, or lacks a permission`, options);
  }
  if (is('RateLimitExceeded', 'DDoSProtection') || handshake !== undefined) return new RateLimitError(text, options);
  if (is('BadSymbol')) return new DataError(text, { ...options, code: 'bad-symbol' });
  if (is('NotSupported')) return new ConfigError(text, { ...options, code: 'not-supported' });
  if (is('InvalidNonce')) {
    const hint = `${text}; this machine's clock and the exchange's differ`;
    return new ConnectorError(hint, { ...options, code: 'clock-skew' });
  }
  if (is('BadResponse')) return new ProtocolError(text, { ...options, retryable: true });
  if (is('RequestTimeout')) return new ConnectorError(text, { ...options, code: 'timeout', retryable: true });
  if (is('OnMaintenance')) return new ConnectorError(text, { ...options, code: 'maintenance', retryable: true });
  if (is('ExchangeNotAvailable')) return new ConnectorError(text, { ...options, code: 'unavailable', retryable: true });
  if (is('OperationFailed')) return new ConnectorError(text, { ...options, code: 'network', retryable: true });
  if (is('ExchangeError')) return new ConnectorError(text, { ...options, code: codeOf(kinds[0]!) });
  return translateForeign(error, text, options);
}

/** Errors that are not ccxt's own: certificates, sockets, and its parsers failing on an answer. */
function translateForeign(error: unknown, text: string, options: { readonly context: object; readonly cause: Error }) {
  const shared = options as ConstructorParameters<typeof ConnectorError>[1];
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (/CERT|TLS|SSL/.test(code)) return new ConnectorError(text, { ...shared, code: 'certificate' });
  if (/^(?:E[A-Z]+|UND_ERR_.*)$/.test(code)) {
    return new ConnectorError(text, { ...shared, code: 'network', retryable: true });
  }
  return new ProtocolError(text, shared);
}

/** The class names of an error, its own first: ccxt's classes need not be loaded to be recognised. */
function kindsOf(error: unknown): string[] {
  const kinds: string[] = [];
  if (!(error instanceof Error)) return kinds;
  let prototype = Object.getPrototypeOf(error) as object | null;
  while (prototype !== null && prototype !== Error.prototype) {
    kinds.push(prototype.constructor.name);
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return kinds;
}

function codeOf(kind: string): string {
  return kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

function withoutPrefix(said: string, exchange: string): string {
  return said.startsWith(`${exchange} `) ? said.slice(exchange.length + 1) : said;
}
