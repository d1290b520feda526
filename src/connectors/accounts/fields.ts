/** Fields of private messages: exchanges send numbers as text, empty text for none. */
import type { VenueOrderStatus } from '../../core/index.ts';

/** A message as it was parsed. */
export type Row = Readonly<Record<string, unknown>>;

/** A parsed value as a row; an empty row when it is not an object. */
export function rowOf(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {};
}

/** A parsed value as rows. */
export function rowsOf(value: unknown): Row[] {
  return Array.isArray(value) ? value.map(rowOf) : [];
}

/** A number that must be there. @throws {Error} If it is not. */
export function number(row: Row, name: string): number {
  const value = optional(row, name);
  if (value === undefined) throw new Error(`${name} must be a number, was ${JSON.stringify(row[name])}`);
  return value;
}

/** A number; undefined when the field is absent, empty or not a number. */
export function optional(row: Row, name: string): number | undefined {
  const raw = row[name];
  if (typeof raw !== 'number' && (typeof raw !== 'string' || raw === '')) return undefined;
  const value = Number(raw);
  return Number.isFinite(value) ? value : undefined;
}

/** A limit price: undefined where it is 0, which exchanges send for none. */
export function price(row: Row, name: string): number | undefined {
  const value = optional(row, name);
  return value === 0 ? undefined : value;
}

/** A text that must be there; numbers count as text. @throws {Error} If it is not. */
export function text(row: Row, name: string): string {
  const value = words(row, name);
  if (value === undefined) throw new Error(`${name} must be a text, was ${JSON.stringify(row[name])}`);
  return value;
}

/** A text; undefined when it is absent or empty. */
export function words(row: Row, name: string): string | undefined {
  const raw = row[name];
  if (typeof raw === 'number') return String(raw);
  return typeof raw === 'string' && raw !== '' ? raw : undefined;
}

/** The side of a text such as `BUY`, `Bid` or `B`. */
export function sideOf(value: string): 'buy' | 'sell' {
  return /^b/i.test(value) ? 'buy' : 'sell';
}

/** A status by a table of the exchange's words. @throws {Error} For a word that is not in it. */
export function statusOf(table: Readonly<Record<string, VenueOrderStatus>>, word: string): VenueOrderStatus {
  const status = table[word];
  if (status === undefined) throw new Error(`unknown order status '${word}'`);
  return status;
}
