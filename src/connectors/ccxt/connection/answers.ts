/** Checks each HTTP answer before ccxt reads it: an answer that ccxt would take for data, or for the wrong kind of error, fails here. */
import { ConnectorError, ProtocolError, RateLimitError, type TradingError } from '../../../core/index.ts';
import type { Intent } from './intent.ts';
import { redact } from './redact.ts';
import { regionBlocked } from '../../region-block.ts';
import type { ErrorOrigin } from './translate.ts';

/** An HTTP answer as ccxt hands it over. */
export interface HttpAnswer {
  readonly status: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** The parsed JSON; undefined when the body is none. */
  readonly parsed: unknown;
  /** What the request was for. */
  readonly intent: Intent;
}

/** How long to stop when an exchange bans without saying for how long. */
const banMs = 120_000;
const regionWords = /restricted location|not available in your (?:country|region)|block access from your country/i;

/**
 * The error that an answer means, or undefined when ccxt may read it.
 *
 * HTTP 200 with a web page or nothing in it is an error: ccxt would make an empty list of it. A refusal for the region is not worth
 * repeating, though ccxt sorts it under temporary faults.
 */
export function faultOfAnswer(answer: HttpAnswer, origin: ErrorOrigin, now: number): TradingError | undefined {
  const { status } = answer;
  const what = `${origin.exchange} answered ${answer.method} ${pathOf(answer.url)} with HTTP ${status}`;
  const context = { exchange: origin.exchange, status };
  if (status === 451 || (status >= 400 && regionWords.test(answer.body))) return regionBlocked(origin.exchange);
  if (status === 429 || status === 418) {
    const asked = retryAfterMs(answer.headers, now) ?? (status === 418 ? banMs : undefined);
    const why = status === 418 ? 'banned this address for too many requests' : 'asks for fewer requests';
    const until = asked === undefined ? '' : ` (wait ${Math.ceil(asked / 1000)} s)`;
    return new RateLimitError(`${origin.exchange} ${why}${until}`, {
      context,
      ...(asked === undefined ? {} : { retryAfterMs: asked }),
    });
  }
  const read = answer.intent === 'read';
  if (status >= 500) {
    const detail = redact(answer.body.startsWith('<') ? 'a web page' : answer.body, origin.secrets);
    return new ConnectorError(`${what}${detail === '' ? '' : `: ${detail}`}`, {
      code: read ? 'unavailable' : 'outcome-unknown',
      context,
      retryable: read,
    });
  }
  if (status < 200 || status >= 300 || status === 204) return undefined;
  const serverFault = serverFaultIn(origin.exchange, answer.parsed);
  if (serverFault !== undefined) {
    return new ConnectorError(`${what}and a server error in the body: ${redact(serverFault, origin.secrets)}`, {
      code: read ? 'unavailable' : 'outcome-unknown',
      context,
      retryable: read,
    });
  }
  const body = answer.body.trim();
  const fault = unreadable(body, answer.parsed);
  if (fault === undefined || (body === '' && !read && answer.method !== 'POST')) return undefined;
  return new ProtocolError(`${what} and ${fault} instead of data`, {
    code: read ? 'unreadable-answer' : 'outcome-unknown',
    context,
    retryable: read,
  });
}

/** Where an answer with HTTP 200 states its result, and the codes that mean a server error, after which the effect is unknown. */
const serverFaults: readonly { readonly venues: RegExp; readonly field: string; readonly codes: RegExp }[] = [
  { venues: /^bybit/, field: 'retCode', codes: /^(?:10000|10016|10019)$/ },
  { venues: /^(?:okx|okxus|myokx)$/, field: 'code', codes: /^(?:50000|50001|50004|50013|50026)$/ },
  { venues: /^bitget$/, field: 'code', codes: /^(?:40010|40015|40725|45001|50010)$/ },
  { venues: /^kucoin/, field: 'code', codes: /^(?:500000|503000)$/ },
  { venues: /^binance/, field: 'code', codes: /^-(?:1000|1001|1006|1007|1008)$/ },
  {
    venues: /^htx$/,
    field: 'err-code',
    codes: /^(?:gateway-internal-error|base-system-error|api-signature-server-error)$/,
  },
  { venues: /^gate/, field: 'label', codes: /^(?:SERVER_ERROR|INTERNAL|TOO_BUSY)$/ },
  {
    venues: /^kraken$/,
    field: 'error',
    codes: /^E(?:Service:(?:Unavailable|Busy|Timeout|Deadline elapsed)|General:Internal error)/,
  },
];

/** A server error inside an answer with HTTP 200; undefined where there is none. */
function serverFaultIn(exchange: string, parsed: unknown): string | undefined {
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const known = serverFaults.find(({ venues }) => venues.test(exchange));
  const value = known === undefined ? undefined : (parsed as Readonly<Record<string, unknown>>)[known.field];
  const words = (Array.isArray(value) ? value : [value]).map(String);
  const found = words.find((word) => known?.codes.test(word) === true);
  if (found === undefined) return undefined;
  const { msg, message, retMsg } = parsed as Readonly<Record<string, unknown>>;
  const said = [retMsg, msg, message].find((text): text is string => typeof text === 'string' && text !== '');
  return said === undefined ? found : `${found} ${said}`;
}

/** The error for an address that a venue does not have: asking again does not help. */
export function missingEndpoint(exchange: string, method: string, url: string): ConnectorError {
  return new ConnectorError(`${exchange} has no ${method} ${pathOf(url)} (HTTP 404): its API may have changed`, {
    code: 'missing-endpoint',
    context: { exchange, status: 404 },
  });
}

function unreadable(body: string, parsed: unknown): string | undefined {
  if (body === '') return 'an empty body';
  if (body.startsWith('<')) return 'a web page';
  if (parsed === undefined && /^[[{]/.test(body)) return 'broken JSON';
  return undefined;
}

/** `Retry-After` in milliseconds: seconds or an HTTP date. */
export function retryAfterMs(headers: Readonly<Record<string, unknown>>, now: number): number | undefined {
  const value = Object.entries(headers).find(([name]) => name.toLowerCase() === 'retry-after')?.[1];
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds) && String(value).trim() !== '') return Math.max(0, seconds * 1000);
  const date = Date.parse(String(value));
  return Number.isFinite(date) ? Math.max(0, date - now) : undefined;
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : url.replace(/\?.*/, '');
}
