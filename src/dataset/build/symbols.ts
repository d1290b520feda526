/** Work on many symbols of one partition: retries with growing waits, and failures that stay with their symbol. */
import { AuthError, ConnectorError, DataError, messageOf, type Runtime, TradingError } from '../../core/index.ts';

/** The outcome for one symbol. */
export interface SymbolOutcome {
  /** The symbol. */
  readonly symbol: string;
  /** Skipped: the exchange does not list it. */
  readonly status: 'done' | 'skipped' | 'failed';
  /** Why it was skipped or failed. */
  readonly reason?: string;
}

/** How often and how fast a symbol is tried again. */
export interface SymbolRetry {
  /** Tries in all. Default 3. */
  readonly attempts?: number;
  /** The first wait, milliseconds; each further one is twice as long. Default 500. */
  readonly baseMs?: number;
}

/** Runs work for each symbol and keeps the outcomes. */
export class SymbolRuns {
  /** The outcome for each symbol tried so far, in the order tried. */
  readonly outcomes: SymbolOutcome[] = [];
  readonly #runtime: Runtime;
  readonly #retry: Required<SymbolRetry>;

  constructor(runtime: Runtime, retry: SymbolRetry = {}) {
    this.#runtime = runtime;
    this.#retry = { attempts: retry.attempts ?? 3, baseMs: retry.baseMs ?? 500 };
  }

  /** Counts symbols whose rows exist already as done. */
  keep(symbols: readonly string[]): void {
    for (const symbol of symbols) this.outcomes.push({ symbol, status: 'done' });
  }

  /**
   * Runs `act` for each symbol, one after the other.
   *
   * A symbol that the exchange does not list (404) is skipped; a refused key (401, 403) ends everything; other failures are tried again.
   *
   * @returns The results of those that were done.
   * @throws {DataError} With code `symbols-failed` if more than half of the symbols that were not skipped failed.
   */
  async each<T>(symbols: readonly string[], act: (symbol: string) => Promise<T>): Promise<T[]> {
    const results: T[] = [];
    for (const symbol of symbols) {
      try {
        results.push(await this.#tried(() => act(symbol)));
        this.outcomes.push({ symbol, status: 'done' });
      } catch (error) {
        if (error instanceof AuthError) throw error;
        const status = isUnlisted(error) ? 'skipped' : 'failed';
        this.outcomes.push({ symbol, status, reason: messageOf(error) });
      }
    }
    const failed = this.outcomes.filter(({ status }) => status === 'failed');
    const counted = this.outcomes.filter(({ status }) => status !== 'skipped').length;
    if (failed.length * 2 > counted) {
      const [first] = failed;
      throw new DataError(
        `${failed.length} of ${counted} symbols failed, more than half; the first, ${first!.symbol}: ${first!.reason!}`,
        { code: 'symbols-failed' },
      );
    }
    return results;
  }

  async #tried<T>(act: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await act();
      } catch (error) {
        const isFinal = error instanceof AuthError || isUnlisted(error) || attempt >= this.#retry.attempts;
        if (isFinal) throw error;
        await this.#runtime.sleep(this.#retry.baseMs * 2 ** (attempt - 1));
      }
    }
  }
}

/** Codes of errors for a symbol that an exchange does not list, such as a swap where there is only spot. */
const unlisted: ReadonlySet<string> = new Set(['unknown-symbol', 'bad-symbol', 'unknown-name', 'no-bars']);

/** Whether the exchange does not list what was requested. */
function isUnlisted(error: unknown): boolean {
  if (error instanceof ConnectorError) return error.message.includes('HTTP 404') || error.code === 'not-supported';
  return error instanceof TradingError && unlisted.has(error.code);
}

/** The outcomes that a row of the ledger keeps as text. */
export function outcomesOf(row: { readonly symbols: string }): SymbolOutcome[] {
  return JSON.parse(row.symbols === '' ? '[]' : row.symbols) as SymbolOutcome[];
}
