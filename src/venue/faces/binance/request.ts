/** Requests to Binance's API: parameters read and checked, signatures verified, refusals with Binance's codes. */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { Refusal, type Account, type Exchange } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { nameOf } from './fields.ts';

/** A refusal with another HTTP status than 400, and for some endpoints with data. */
export class StatusRefusal extends Refusal {
  readonly status: number;
  readonly data: object | undefined;

  constructor(status: number, code: number, message: string, data?: object) {
    super(code, message);
    this.status = status;
    this.data = data;
  }
}

/** A request, over REST or over the WebSocket API. */
export interface ApiRequest {
  readonly params: ReadonlyMap<string, string>;
  /** How many parameters were sent, repeated ones each time. */
  readonly sent: number;
  /** The text that was signed: every parameter but the signature. */
  readonly signed: string;
  readonly apiKey: string | undefined;
  /** Binance's time, whole milliseconds UTC. */
  readonly now: number;
}

/** The JSON object that a text holds; undefined when it holds none. */
export function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** A REST request: a parameter of the query wins over one of the body, and both are signed as they were written. */
export function restRequest(search: string, body: string, apiKey: string | undefined, now: number): ApiRequest {
  const query = search.startsWith('?') ? search.slice(1) : search;
  const rows = [...new URLSearchParams(body), ...new URLSearchParams(query)];
  return { params: new Map(rows), sent: rows.length, signed: unsigned(query) + unsigned(body), apiKey, now };
}

/** A request over the WebSocket API: its parameters are signed in alphabetical order. */
export function socketRequest(given: Readonly<Record<string, unknown>>, now: number): ApiRequest {
  const rows = Object.entries(given).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const params = new Map(rows);
  const signed = rows
    .filter(([name]) => name !== 'signature')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  return { params, sent: rows.length, signed, apiKey: params.get('apiKey'), now };
}

function unsigned(text: string): string {
  return text
    .split('&')
    .filter((part) => !part.startsWith('signature='))
    .join('&');
}

/** Refuses parameters that an endpoint does not have, repeated ones and empty ones. */
export function checkNamesSent({ params, sent }: ApiRequest, known: ReadonlySet<string>): void {
  if (sent > params.size) throw new Refusal(-1101, 'Duplicate values for a parameter detected.');
  const read = [...params.keys()].filter((name) => known.has(name)).length;
  if (known.size === 0 && sent > 0) {
    throw new Refusal(-1101, `Too many parameters; expected '0' and received '${sent}'.`);
  }
  if (read < sent) {
    throw new Refusal(-1104, `Not all sent parameters were read; read '${read}' parameter(s) but was sent '${sent}'.`);
  }
  for (const [name, value] of params) {
    if (value === '') throw new Refusal(-1105, `Parameter '${name}' was empty.`);
  }
}

/** A parameter that must be present. */
export function needed({ params }: ApiRequest, name: string): string {
  const value = params.get(name);
  if (value === undefined) {
    throw new Refusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
  }
  return value;
}

/** A whole number, or undefined when it was not sent. */
export function wholeOf({ params }: ApiRequest, name: string): number | undefined {
  const value = params.get(name);
  if (value === undefined) return undefined;
  if (!/^\d{1,20}$/.test(value)) {
    throw new Refusal(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`);
  }
  return Number(value);
}

/** A time in milliseconds; Binance takes microseconds as well. */
export function timeOf(request: ApiRequest, name: string): number | undefined {
  const value = wholeOf(request, name);
  return value !== undefined && value >= 1e14 ? Math.floor(value / 1000) : value;
}

/** One of several words, or undefined when none was sent. */
export function wordOf<T extends string>(
  { params }: ApiRequest,
  name: string,
  words: readonly T[],
  refusal: Refusal = invalid(name),
): T | undefined {
  const value = params.get(name);
  if (value === undefined) return undefined;
  if ((words as readonly string[]).includes(value)) return value as T;
  throw refusal;
}

/** Refuses a value that its parameter cannot have. */
export function invalid(name: string): Refusal {
  return new Refusal(-1130, `Data sent for parameter '${name}' is not valid.`);
}

/** How many rows are wanted; more than `most` is cut, as Binance does. */
export function limitOf(request: ApiRequest, standard: number, most: number): number {
  const limit = wholeOf(request, 'limit') ?? standard;
  if (limit === 0) throw invalid('limit');
  return Math.min(most, limit);
}

/** A range of time whose end must not come before its start, of at most `mostMs`. */
export function rangeOf(request: ApiRequest, mostMs = Infinity): { start: number | undefined; end: number | undefined } {
  const [start, end] = [timeOf(request, 'startTime'), timeOf(request, 'endTime')];
  if (start !== undefined && end !== undefined) {
    if (end < start) throw new Refusal(-1128, 'Combination of optional parameters invalid.');
    if (end - start > mostMs) {
      throw new Refusal(-1127, `More than ${mostMs / 3_600_000} hours between startTime and endTime.`);
    }
  }
  return { start, end };
} // prettier-ignore

/** The symbol that a request is about. */
export function instrumentOf(
  request: ApiRequest,
  instruments: ReadonlyMap<string, MarketInstrument>,
): MarketInstrument {
  return listed(needed(request, 'symbol'), instruments);
}

/** The symbols that a request is about: one, some, or all. */
export function instrumentsOf(request: ApiRequest, instruments: ReadonlyMap<string, MarketInstrument>): MarketInstrument[] {
  const { params } = request;
  const some = params.get('symbols');
  if (params.has('symbol')) {
    if (some !== undefined) throw new Refusal(-1128, 'Combination of optional parameters invalid.');
    return [instrumentOf(request, instruments)];
  }
  if (some === undefined) return [...instruments.values()];
  const names = namesOf(some);
  if (new Set(names).size < names.length) throw new Refusal(-1151, 'Symbol is present multiple times in the list.');
  return names.map((name) => listed(name, instruments));
} // prettier-ignore

function listed(name: string, instruments: ReadonlyMap<string, MarketInstrument>): MarketInstrument {
  if (!/^[\w.-]{1,20}$/.test(name)) {
    throw new Refusal(-1100, "Illegal characters found in parameter 'symbol'; legal range is '^[\\w\\-._&&[^a-z]]{1,50}$'.");
  }
  const found = instruments.get(name);
  if (found === undefined) throw new Refusal(-1121, 'Invalid symbol.');
  return found;
} // prettier-ignore

function namesOf(text: string): string[] {
  const legal = "Illegal characters found in parameter 'symbols'; legal range is '^\\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\\]$'."; // prettier-ignore
  if (!/^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}")*)?\]$/.test(text)) throw new Refusal(-1100, legal);
  return JSON.parse(text) as string[];
}

/**
 * An exact decimal in whole steps of `decimals` places; undefined when it was not sent.
 *
 * @throws {Refusal} -1013 with the filter's name when it lies between two steps.
 */
export function stepsOf({ params }: ApiRequest, name: string, decimals: number, filter: string): number | undefined {
  const text = params.get(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,20}(\.\d{1,20})?$/.test(text)) {
    throw new Refusal(
      -1100,
      `Illegal characters found in parameter '${name}'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.`,
    );
  }
  const [whole = '', rest = ''] = text.split('.');
  const digits = rest.replace(/0+$/, '');
  if (digits.length > 8) throw new Refusal(-1111, `Parameter '${name}' has too much precision.`);
  if (digits.length > decimals) throw new Refusal(-1013, `Filter failure: ${filter}`);
  return Number(whole + digits.padEnd(decimals, '0'));
}

/** How far a calendar is ahead of UTC, in milliseconds. Binance takes -12:00 to +14:00, with or without minutes. */
export function timeZoneOf({ params }: ApiRequest): number {
  const text = params.get('timeZone');
  if (text === undefined) return 0;
  const offset = offsetMs(text);
  if (offset === undefined) throw invalid('timeZone');
  return offset;
}

/** The offset of a time zone such as `8`, `-1:00` or `05:45`; undefined outside -12:00 to +14:00. */
export function offsetMs(text: string): number | undefined {
  const [, sign = '', hours = '', minutes = '0'] = /^([+-]?)(\d{1,2})(?::([0-5]\d))?$/.exec(text) ?? [];
  if (hours === '') return undefined;
  const total = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  return total < -12 * 60 || total > 14 * 60 ? undefined : total * 60_000;
}

/** Instruments by Binance's names. */
export function byName(instruments: readonly MarketInstrument[]): Map<string, MarketInstrument> {
  return new Map(instruments.map((instrument) => [nameOf(instrument), instrument]));
}

/** The account that signed a request. */
export function signerOf(exchange: Exchange, request: ApiRequest, checksTime: boolean): Account {
  const account = keyHolder(exchange, request);
  const signature = needed(request, 'signature');
  const wanted = createHmac('sha256', account.secret).update(request.signed).digest();
  const given = Buffer.from(signature, 'hex');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new Refusal(-1022, 'Signature for this request is not valid.');
  }
  needed(request, 'timestamp');
  const timestamp = timeOf(request, 'timestamp')!;
  const window = recvWindowOf(request);
  if (checksTime && timestamp >= request.now + 1000) {
    throw new Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
  }
  if (checksTime && request.now - timestamp > window) {
    throw new Refusal(-1021, 'Timestamp for this request is outside of the recvWindow.');
  }
  return account;
}

/** How long a request is valid, in milliseconds; up to three decimals are allowed. */
function recvWindowOf({ params }: ApiRequest): number {
  const text = params.get('recvWindow') ?? '5000';
  if (!/^\d{1,20}(\.\d{1,3})?$/.test(text)) {
    throw new Refusal(-1100, "Illegal characters found in parameter 'recvWindow'; legal range is '^[0-9]{1,20}(\\.[0-9]{1,3})?$'.");
  }
  if (Number(text) > 60_000) throw new Refusal(-1131, 'recvWindow must be less than 60000.');
  return Number(text);
} // prettier-ignore

/** The account whose key was sent. */
export function keyHolder(exchange: Exchange, { apiKey }: ApiRequest): Account {
  if (apiKey === undefined || !/^[A-Za-z0-9-_]{1,128}$/.test(apiKey)) {
    throw new StatusRefusal(401, -2014, 'API-key format invalid.');
  }
  const account = exchange.accountOf(apiKey);
  if (account === undefined) throw noPermission();
  return account;
}

/** The refusal of a key that is unknown, or may not do what it asks. */
export function noPermission(): Refusal {
  return new StatusRefusal(401, -2015, 'Invalid API-key, IP, or permissions for action.');
}
