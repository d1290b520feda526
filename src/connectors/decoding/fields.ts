/** Reading fields of parsed frames, with errors that name the field and what was seen. */
import { Decimal, ProtocolError, type Level, type RestingOrder, type Side } from '../../core/index.ts';
import { numberOf, type NumberReader } from './numbers.ts';
import type { BookMessage } from './protocol.ts';

/** A parsed JSON object of unknown content. */
export type Json = Readonly<Record<string, unknown>>;

/** The object under a field. */
export function objectIn(source: Json, field: string): Json {
  const value = source[field];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw wrong(field, 'an object', value);
}

/** The list under a field. */
export function listIn(source: Json, field: string): readonly unknown[] {
  const value = source[field];
  if (Array.isArray(value)) return value as unknown[];
  throw wrong(field, 'a list', value);
}

/** The list of objects under a field. */
export function objectsIn(source: Json, field: string): readonly Json[] {
  for (const item of listIn(source, field)) asObject(item, field);
  return source[field] as readonly Json[];
}

/** A value that must be an object. */
export function asObject(value: unknown, field: string): Json {
  if (typeof value === 'object' && value !== null) return value as Json;
  throw wrong(field, 'an object', value);
}

/** The text under a field. Numbers are taken as their text. */
export function textIn(source: Json, field: string): string {
  const value = source[field];
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw wrong(field, 'a text', value);
}

/** The number under a field, whether sent as a number or as text. */
export function numberIn(source: Json, field: string): number {
  const value = source[field];
  const number = typeof value === 'number' ? value : typeof value === 'string' ? numberOf(value) : NaN;
  if (Number.isFinite(number)) return number;
  throw wrong(field, 'a number', value);
}

/** The number under a field; undefined when the field is absent, null or empty text. */
export function numberMaybe(source: Json, field: string): number | undefined {
  return absent(source[field]) ? undefined : numberIn(source, field);
}

/** The tick or lot of a number of decimals: 0.00001 for 5. `10 ** -5` is slightly less than that. */
export function stepOf(decimals: number): number {
  return Number(`1e${-decimals}`);
}

/** A price or size as the consumer wants it. The gate refuses an event whose text is not a number. */
export function valueIn<N>(source: Json, field: string, numbers: NumberReader<N>): N {
  return numbers.read(textIn(source, field));
}

/** The same; undefined when the field is absent, null or empty text. */
export function valueMaybe<N>(source: Json, field: string, numbers: NumberReader<N>): N | undefined {
  return absent(source[field]) ? undefined : valueIn(source, field, numbers);
}

/**
 * A rate that the venue states in per cent, as a fraction: `0.0012` is 0.000012. The point is moved in the text, so that no digit is rounded;
 * undefined when the field is absent, null or empty text.
 */
export function percentMaybe<N>(source: Json, field: string, numbers: NumberReader<N>): N | undefined {
  if (absent(source[field])) return undefined;
  const text = textIn(source, field);
  return numbers.read(Number.isNaN(numberOf(text)) ? text : new Decimal(text).div(100).toFixed());
}

function absent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** The side under a field by the venue's two words for it. */
export function sideIn(source: Json, field: string, buy: string, sell: string): Side {
  const value = source[field];
  if (value === buy) return 'buy';
  if (value === sell) return 'sell';
  throw wrong(field, `${buy} or ${sell}`, value);
}

/** Milliseconds UTC, with fractions, of an ISO 8601 text with up to nine decimals. The text is always read as UTC. */
export function isoTime(text: string): number {
  const dot = text.indexOf('.');
  const whole = Date.parse(dot < 0 ? (text.endsWith('Z') ? text : `${text}Z`) : `${text.slice(0, dot)}Z`);
  if (Number.isNaN(whole)) throw wrong('time', 'an ISO 8601 time', text);
  return dot < 0 ? whole : whole + Number(`0${text.slice(dot).replace('Z', '')}`) * 1000;
}

/** Levels in both forms. */
export interface ReadLevels {
  readonly levels: Level[];
  readonly texts: Level<string>[] | undefined;
}

/** Rows of `[price, size, ...]` as levels. */
export function levelsFrom(rows: readonly unknown[], field: string, texts: boolean): ReadLevels {
  const levels: Level[] = [];
  const kept: Level<string>[] | undefined = texts ? [] : undefined;
  for (const row of rows) {
    if (!Array.isArray(row)) throw wrong(field, 'rows of price and size', row);
    addLevel(levels, kept, row[0], row[1], field);
  }
  return { levels, texts: kept };
}

/** Both sides of a book message, from rows of `[price, size, ...]` under two fields. */
export function sidesIn(
  source: Json,
  bidField: string,
  askField: string,
  texts: boolean,
): Pick<BookMessage, 'bids' | 'asks' | 'bidTexts' | 'askTexts'> {
  const bids = levelsFrom(listIn(source, bidField), bidField, texts);
  const asks = levelsFrom(listIn(source, askField), askField, texts);
  return { bids: bids.levels, asks: asks.levels, bidTexts: bids.texts, askTexts: asks.texts };
}

/** Rows of `[price, size, order id]` as orders, in the venue's own digits. */
export function ordersIn(source: Json, field: string): RestingOrder<string>[] {
  return listIn(source, field).map((row) => {
    if (!Array.isArray(row)) throw wrong(field, 'rows of price, size and order', row);
    const order = { price: row[0] as unknown, size: row[1] as unknown, id: row[2] as unknown };
    return [textIn(order, 'id'), textIn(order, 'price'), textIn(order, 'size')];
  });
}

/** The prices and the volume of a bar, under their usual names. */
export function pricesIn<N>(
  source: Json,
  numbers: NumberReader<N>,
): Record<'open' | 'high' | 'low' | 'close' | 'volume', N> {
  return {
    open: valueIn(source, 'open', numbers),
    high: valueIn(source, 'high', numbers),
    low: valueIn(source, 'low', numbers),
    close: valueIn(source, 'close', numbers),
    volume: valueIn(source, 'volume', numbers),
  };
}

/** Objects with a price and a size field as levels. */
export function levelsFromObjects(
  rows: readonly Json[],
  price: string,
  size: string,
  field: string,
  texts: boolean,
): ReadLevels {
  // prettier-ignore
  const levels: Level[] = [];
  const kept: Level<string>[] | undefined = texts ? [] : undefined;
  for (const row of rows) addLevel(levels, kept, row[price], row[size], field);
  return { levels, texts: kept };
}

/** Adds one level. Values that are not numbers become NaN, so that the gate refuses the message. */
export function addLevel(
  levels: Level[],
  texts: Level<string>[] | undefined,
  price: unknown,
  size: unknown,
  field: string,
): void {
  if (price === undefined || size === undefined) throw wrong(field, 'a price and a size', [price, size]);
  levels.push([numberFrom(price), numberFrom(size)]);
  texts?.push([textOf(price), textOf(size)]);
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'NaN';
}

function numberFrom(value: unknown): number {
  return typeof value === 'number' ? value : typeof value === 'string' ? numberOf(value) : NaN;
}

/** The error for a field that does not match the venue's protocol. */
export function wrong(field: string, expected: string, seen: unknown): ProtocolError {
  const text = JSON.stringify(seen) as string | undefined;
  return new ProtocolError(`${field} must be ${expected}, was ${text === undefined ? 'absent' : text.slice(0, 80)}`, {
    context: { field },
  });
}

/**
 * The frame with every JSON number put in quotes, so that parsing keeps the venue's digits: `9.1E-7`, ids of 27 digits, trailing zeros.
 */
export function quoteNumbers(frame: string): string {
  return frame.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (match) =>
    match.charCodeAt(0) === 34 ? match : `"${match}"`,
  );
}

/** Parses JSON text with every number as the venue's text. */
export function parseExact(text: string): unknown {
  return JSON.parse(quoteNumbers(text)) as unknown;
}

/** Parses JSON text into an object. */
export function parseObject(text: string): Json {
  return asObject(JSON.parse(text) as unknown, 'frame');
}
