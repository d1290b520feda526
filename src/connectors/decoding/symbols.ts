/** The names of one venue's instruments, both ways. */
import { ConfigError, nearestName, unifiedSymbol, type Instrument } from '../../core/index.ts';

/** An instrument with the venue's own name for it. */
export interface ListedInstrument extends Instrument {
  readonly venueSymbol: string;
  /** Whether it trades now. */
  readonly active: boolean;
}

/** The two currencies of a spot symbol, joined as the venue joins them; undefined for any other name. */
export function joinedName(symbol: string, by: string): string | undefined {
  return /^([A-Z0-9]+)\/([A-Z0-9]+)$/.exec(symbol)?.slice(1).join(by);
}

/** Translates between unified names and the venue's, for the instruments of one protocol. */
export class SymbolMap {
  readonly #exchange: string;
  readonly #byUnified = new Map<string, ListedInstrument>();
  readonly #unifiedOf = new Map<string, string>();

  constructor(exchange: string, instruments: readonly ListedInstrument[]) {
    this.#exchange = exchange;
    for (const instrument of instruments) {
      if (this.#byUnified.get(instrument.symbol)?.active === true && !instrument.active) continue;
      this.#byUnified.set(instrument.symbol, instrument);
      this.#unifiedOf.set(instrument.venueSymbol, instrument.symbol);
    }
  }

  /** Adds an instrument whose name became known later. */
  add(instrument: ListedInstrument): void {
    this.#byUnified.set(instrument.symbol, instrument);
    this.#unifiedOf.set(instrument.venueSymbol, instrument.symbol);
  }

  /** Whether the venue's name is listed. */
  has(venueSymbol: string): boolean {
    return this.#unifiedOf.has(venueSymbol);
  }

  /** An instrument by its unified name, whether or not it trades now. */
  get(symbol: string): ListedInstrument | undefined {
    return this.#byUnified.get(symbol);
  }

  /** How many instruments it knows. */
  get size(): number {
    return this.#byUnified.size;
  }

  /** Every instrument, in the order listed. */
  get instruments(): IterableIterator<ListedInstrument> {
    return this.#byUnified.values();
  }

  /** The unified name for the venue's; the venue's own when it is not listed. */
  unified(venueSymbol: string): string {
    return this.#unifiedOf.get(venueSymbol) ?? venueSymbol;
  }

  /**
   * The instrument of a name that a user wrote.
   *
   * @throws {ConfigError} If the venue does not list it, with the nearest name that it lists.
   */
  find(name: string): ListedInstrument {
    const symbol = unifiedSymbol(name);
    const found = this.#byUnified.get(symbol);
    if (found?.active === true) return found;
    if (found !== undefined) {
      throw new ConfigError(`symbol '${name}' is listed on ${this.#exchange} but does not trade now`, {
        code: 'unknown-symbol',
        context: { exchange: this.#exchange, symbol: name },
      });
    }
    const near = nearestName(symbol, this.#byUnified.keys());
    throw new ConfigError(
      `unknown symbol '${name}' on ${this.#exchange}${near === undefined ? '' : `: did you mean '${near}'?`}`,
      {
        code: 'unknown-symbol',
        context: { exchange: this.#exchange, symbol: name, near },
      },
    );
  }
}
