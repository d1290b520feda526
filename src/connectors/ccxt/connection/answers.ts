/** Looks at each HTTP answer before ccxt does: what ccxt takes for data, or for a fault of the wrong kind, stops here. */
import { ConnectorError, ProtocolError, RateLimitError, type TradingError } from '../../../core/index.ts';
import { redact } from './redact.ts';
import { regionBlocked, type ErrorOrigin } from './translate.ts';

/** An HTTP answer as ccxt hands it over. */
export interface HttpAnswer {
  readonly status: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** The parsed JSON; undefined when the body is none. */
  readonly parsed: unknown;
}

/** How long to stop when an exchange bans without saying for how long. */
const banMs = 120_000;
const regionWords = /restricted location|not available in your (?:country|region)|block access from your country/i;

/**
 * The error that an answer is, or undefined when it may be read.
 *
 * HTTP 200 with a web page or nothing in it is an error: ccxt would make an empty list of it. A refusal for the region is not
 * worth repeating, though ccxt sorts it under temporary faults.
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
  const read = answer.method === 'GET';
  if (status >= 500) {
    const detail = redact(answer.body.startsWith('<') ? 'a web page' : answer.body, origin.secrets);
    return new ConnectorError(`${what}${detail === '' ? '' : `: ${detail}`}`, {
      code: read ? 'unavailable' : 'outcome-unknown',
      context,
      retryable: read,
    });
  }
  if (status < 200 || status >= 300 || status === 204) return undefined;
  const body = answer.body.trim();
  const fault = unreadable(body, answer.parsed);
  if (fault === undefined || (body === '' && !read && answer.method !== 'POST')) return undefined;
  return new ProtocolError(`${what} and ${fault} instead of data`, {
    code: read ? 'unreadable-answer' : 'outcome-unknown',
    context,
    retryable: read,
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
