/** Columns that grow row by row until they are taken as bars. */
import type { Bars } from '../../core/index.ts';
import { csvColumnNames, type CsvColumnName } from './columns.ts';

/** Rows of cells, kept column by column. */
export class GrowingBars {
  /** Rows that have not been taken. */
  length = 0;
  /** By the order of `csvColumnNames`, longer than `length`; replaced when they grow. Those not kept are empty. */
  columns: Float64Array[];
  private readonly used: readonly number[];
  private capacity: number;

  /** @param used - Indexes into `csvColumnNames` of the columns to keep. */
  constructor(used: readonly number[], capacity: number) {
    this.used = used;
    this.capacity = capacity;
    this.columns = csvColumnNames.map((_, i) => new Float64Array(used.includes(i) ? capacity : 0));
  }

  /** How many rows there is room for. */
  get room(): number {
    return this.capacity;
  }

  /** Makes room for half as many rows again. */
  grow(): void {
    const capacity = Math.ceil(this.capacity * 1.5) + 64;
    this.columns = this.columns.map((column) => {
      if (column.length === 0) return column;
      const grown = new Float64Array(capacity);
      grown.set(column);
      return grown;
    });
    this.capacity = capacity;
  }

  /** Forgets `count` rows from row `from` on. */
  remove(from: number, count: number): void {
    if (count === 0) return;
    for (const column of this.columns) column.copyWithin(from, from + count, this.length);
    this.length -= count;
  }

  /** All rows as bars over the same memory. */
  view(): Bars {
    return this.named(this.columns.map((column) => column.subarray(0, this.length)));
  }

  /** The first `count` rows, copied; the rest stays. */
  take(count: number): Bars {
    const taken = this.named(this.columns.map((column) => column.slice(0, count)));
    this.remove(0, count);
    return taken;
  }

  /** All rows; copied only when much of the room is empty. */
  finish(): Bars {
    return this.length * 1.125 >= this.capacity ? this.view() : this.take(this.length);
  }

  private named(columns: readonly Float64Array[]): Bars {
    const bars: Partial<Record<CsvColumnName, Float64Array>> = {};
    for (const slot of this.used) bars[csvColumnNames[slot]!] = columns[slot]!;
    return bars as Bars;
  }
}
