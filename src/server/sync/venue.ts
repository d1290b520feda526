/** The seam of the syncer: the symbols and intervals that one exchange lists. */
import { messageOf, type Instrument } from '../../core/index.ts';

/** A symbol as an exchange lists it. */
export interface ListedSymbol extends Omit<Instrument, 'exchange' | 'makerFee' | 'takerFee' | 'signedPrices'> {
  /** The exchange's permanent id of the instrument, which a rename does not change: a number where it has one, else its own symbol. */
  readonly venueId: string;
  /** The exchange's own name, such as `BTCUSDT`. */
  readonly venueSymbol: string;
  /** Whether it can be traded now. */
  readonly isActive: boolean;
  /** When trading began, milliseconds UTC; undefined when the exchange does not state it. */
  readonly listed?: number;
  /** When trading ended or will end, milliseconds UTC; undefined when the exchange does not state it. */
  readonly delisted?: number;
}

/** What an exchange offers. */
export interface VenueListing {
  readonly symbols: readonly ListedSymbol[];
  /** Lengths of bars that the exchange serves itself, such as `1h`. */
  readonly intervals: readonly string[];
  /** One sentence for each symbol that could not be read; the others are used. */
  readonly refused: readonly string[];
}

/** Sends a request to the exchange and returns its answer as JSON; repeated where that helps. */
export type Ask = (path: string, body?: object) => Promise<unknown>;

/** How the syncer learns what one exchange offers. One file a venue. */
export interface VenueAdapter {
  /** ccxt's id of the exchange, under which its bars are stored. */
  readonly id: string;
  /** For people, such as `Binance Futures`. */
  readonly name: string;
  /** Address of its public API. */
  readonly url: string;
  /** Everything that it lists now. */
  list(ask: Ask): Promise<VenueListing>;
}

/** Reads symbols one by one, so that a wrong one does not hide the others. */
export function readEach<T>(
  rows: readonly T[],
  nameOf: (row: T) => unknown,
  read: (row: T) => ListedSymbol | undefined,
): Pick<VenueListing, 'symbols' | 'refused'> {
  const symbols: ListedSymbol[] = [];
  const refused: string[] = [];
  for (const row of rows) {
    try {
      const symbol = read(row);
      if (symbol !== undefined) symbols.push(symbol);
    } catch (error) {
      refused.push(`${String(nameOf(row))}: ${messageOf(error)}`);
    }
  }
  return { symbols, refused };
}

/** A positive number from a text or a number; undefined for zero and for anything else. */
export function positive(value: unknown): number | undefined {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN;
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

/** The text of a field. @throws {Error} If it is missing. */
export function textOf(row: Readonly<Record<string, unknown>>, field: string): string {
  const value = row[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${field} must be a text, was ${JSON.stringify(value)}`);
}

/** The fields that have a value. */
export function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
