/** Indicators that were computed over whole columns, kept for further runs over the same bars. */

/** Bytes that are kept unless another number is given. */
const usualBytes = 256 * 2 ** 20;

/**
 * Values of indicators by what they depend on: key, period and the lines they read, down to the columns of a data. Runs over the same bars with other
 * parameters share what these do not touch. What was not asked for longest is forgotten when the room is used up.
 */
export class ComputedLines {
  readonly #maxBytes: number;
  readonly #lines = new Map<string, readonly Float64Array[]>();
  readonly #asked = new Set<string>();
  #bytes = 0;

  /** @param maxBytes - Room for values. Default 256 MB. */
  constructor(maxBytes = usualBytes) {
    this.#maxBytes = maxBytes;
  }

  /** The values of an indicator, one array for each of its lines; undefined where they are not kept. */
  find(id: string): readonly Float64Array[] | undefined {
    const found = this.#lines.get(id);
    if (found === undefined) return undefined;
    this.#lines.delete(id);
    this.#lines.set(id, found);
    return found;
  }

  /** Whether an earlier run asked for it too, so that keeping it is worth the room. */
  isWanted(id: string): boolean {
    if (this.#asked.has(id)) return true;
    this.#asked.add(id);
    return false;
  }

  /** Keeps values, which must not change any more. */
  keep(id: string, values: readonly Float64Array[]): void {
    const bytes = values.reduce((sum, one) => sum + one.byteLength, 0);
    if (bytes > this.#maxBytes || this.#lines.has(id)) return;
    this.#lines.set(id, values);
    this.#bytes += bytes;
    for (const [oldest, lines] of this.#lines) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#lines.delete(oldest);
      this.#bytes -= lines.reduce((sum, one) => sum + one.byteLength, 0);
    }
  }

  /** Everything that is kept, by id. */
  entries(): IterableIterator<[string, readonly Float64Array[]]> {
    return this.#lines.entries();
  }

  /** How many indicators are kept. */
  get size(): number {
    return this.#lines.size;
  }
}
