/** Columns for research, and their conversions. */
import type { Table } from 'apache-arrow';

import { loadArrow } from '../../store/index.ts';

/** Columns of equal length by name, time first, with their conversions. */
export class ColumnTable {
  /** The columns, time first. The memory is that of the table. */
  readonly columns: Readonly<Record<string, Float64Array>>;

  constructor(columns: Readonly<Record<string, Float64Array>>) {
    this.columns = columns;
  }

  /** Milliseconds UTC. */
  get time(): Float64Array {
    return this.columns['time']!;
  }

  /** How many rows there are. */
  get length(): number {
    return this.time.length;
  }

  /** One object for each row. */
  toRows(): Record<string, number>[] {
    const entries = Object.entries(this.columns);
    return Array.from(this.time, (_, i) => Object.fromEntries(entries.map(([name, column]) => [name, column[i]!])));
  }

  /** CSV text with a header; NaN is an empty cell. */
  toCsv(): string {
    const columns = Object.values(this.columns);
    const lines = [Object.keys(this.columns).join(',')];
    for (let i = 0; i < this.length; i++) {
      lines.push(columns.map((column) => (Number.isNaN(column[i]!) ? '' : String(column[i]!))).join(','));
    }
    return `${lines.join('\n')}\n`;
  }

  /** An Arrow table over copies of the columns. The library is loaded on first use. */
  async toArrow(): Promise<Table> {
    const arrow = await loadArrow();
    const vectors = Object.entries(this.columns).map(([name, column]) => [
      name,
      arrow.makeVector(Float64Array.from(column)),
    ]);
    return new arrow.Table(Object.fromEntries(vectors) as ConstructorParameters<typeof arrow.Table>[0]);
  }
}
