/** A request to the Binance face: its parameters read and checked, refusals in the venue's own words. */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { Refusal, type Account, type Exchange } from '../../exchange/index.ts';
import type { MarketInstrument } from '../../market-data.ts';
import { nameOf } from './fields.ts';

/** A refusal with another HTTP status than 400. */
export class AuthRefusal extends Refusal {}

/** What was asked, from a REST request or a WebSocket API request alike. */
export interface Asked {
  readonly params: ReadonlyMap<string, string>;
  /** The characters that were signed, without the signature. */
  readonly signed: string;
  readonly apiKey: string | undefined;
  /** The venue's time, whole milliseconds UTC. */
  readonly now: number;
}

/** The JSON object that a frame is; undefined when it is none. */
export function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** What is asked in a REST request: query and body together, signed as they were written. */
export function askedByRest(search: string, body: string, apiKey: string | undefined, now: number): Asked {
  const query = search.startsWith('?') ? search.slice(1) : search;
  const params = new Map([...new URLSearchParams(query), ...new URLSearchParams(body)]);
  return { params, signed: unsigned(query) + unsigned(body), apiKey, now };
}

/** The same of a WebSocket API request: parameters in the order of their names. */
export function askedBySocket(given: Readonly<Record<string, unknown>>, now: number): Asked {
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
  return { params, signed, apiKey: params.get('apiKey'), now };
}

function unsigned(text: string): string {
  return text
    .split('&')
    .filter((part) => !part.startsWith('signature='))
    .join('&');
}

/** A parameter that must be there. */
export function needed({ params }: Asked, name: string): string {
  const value = params.get(name);
  if (value === undefined || value === '') {
    throw new Refusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
  }
  return value;
}

/** A whole number, or undefined when it was not sent. */
export function wholeOf({ params }: Asked, name: string): number | undefined {
  const value = params.get(name);
  if (value === undefined || value === '') return undefined;
  if (!/^\d{1,20}$/.test(value)) {
    throw new Refusal(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`);
  }
  return Number(value);
}

/** How many rows are wanted. */
export function limitOf(asked: Asked, standard: number, most: number): number {
  return Math.min(most, wholeOf(asked, 'limit') ?? standard);
}

/** The symbol that was asked for. */
export function instrumentOf(asked: Asked, instruments: ReadonlyMap<string, MarketInstrument>): MarketInstrument {
  const found = instruments.get(needed(asked, 'symbol'));
  if (found === undefined) throw new Refusal(-1121, 'Invalid symbol.');
  return found;
}

/** The symbols that were asked for: one, some, or all. */
export function instrumentsOf(asked: Asked, instruments: ReadonlyMap<string, MarketInstrument>): MarketInstrument[] {
  const { params } = asked;
  if (params.has('symbol')) return [instrumentOf(asked, instruments)];
  const some = params.get('symbols');
  if (some === undefined) return [...instruments.values()];
  const names = (some.match(/[A-Z0-9]+/g) ?? []) as readonly string[];
  return names.map((name) => instrumentOf({ ...asked, params: new Map([['symbol', name]]) }, instruments));
}

/**
 * Exact text in whole steps of so many decimals; undefined when it was not sent.
 *
 * @throws {Refusal} -1013 with the filter's name when it is between two steps.
 */
export function stepsOf({ params }: Asked, name: string, decimals: number, filter: string): number | undefined {
  const text = params.get(name);
  if (text === undefined || text === '') return undefined;
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

/** Names of the instruments by the venue's own names. */
export function byName(instruments: readonly MarketInstrument[]): Map<string, MarketInstrument> {
  return new Map(instruments.map((instrument) => [nameOf(instrument), instrument]));
}

/** The account that signed a request. */
export function signerOf(exchange: Exchange, asked: Asked, checksTime: boolean): Account {
  const account = keyHolder(exchange, asked);
  const signature = needed(asked, 'signature');
  const wanted = createHmac('sha256', account.secret).update(asked.signed).digest();
  const given = Buffer.from(signature, 'hex');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new Refusal(-1022, 'Signature for this request is not valid.');
  }
  needed(asked, 'timestamp');
  const timestamp = wholeOf(asked, 'timestamp')!;
  const window = Number(asked.params.get('recvWindow') ?? 5000);
  if (window > 60_000) throw new Refusal(-1131, 'recvWindow must be less than 60000.');
  if (checksTime && timestamp >= asked.now + 1000) {
    throw new Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
  }
  if (checksTime && asked.now - timestamp > window) {
    throw new Refusal(-1021, 'Timestamp for this request is outside of the recvWindow.');
  }
  return account;
}

/** The account of the key that came along. */
export function keyHolder(exchange: Exchange, { apiKey }: Asked): Account {
  if (apiKey === undefined || !/^[A-Za-z0-9-_]{1,128}$/.test(apiKey)) {
    throw new AuthRefusal(-2014, 'API-key format invalid.');
  }
  const account = exchange.accountOf(apiKey);
  if (account === undefined) throw new AuthRefusal(-2015, 'Invalid API-key, IP, or permissions for action.');
  return account;
}
