/** The values of a table, column by column. */
import type { TableModel } from '../model.ts';
import { loadJson } from './chunks.ts';

/** A table's values by row and column. */
export class TableData {
  readonly model: TableModel;
  readonly #cells: readonly (readonly unknown[])[];
  readonly #places: ReadonlyMap<string, number>;

  constructor(model: TableModel, cells: readonly (readonly unknown[])[]) {
    this.model = model;
    this.#cells = cells;
    this.#places = new Map(model.columns.map(({ key }, k) => [key, k]));
  }

  static async load(model: TableModel): Promise<TableData> {
    return new TableData(model, (await loadJson(model.chunk)) as readonly (readonly unknown[])[]);
  }

  get rows(): number {
    return this.model.rows;
  }

  /** The value of a cell; null for none. */
  value(row: number, key: string): unknown {
    const at = this.#places.get(key);
    return at === undefined ? null : this.#cells[at]![row];
  }

  /** A number; NaN for none. */
  number(row: number, key: string): number {
    const value = this.value(row, key);
    return typeof value === 'number' ? value : NaN;
  }

  /** A text; empty for none. */
  text(row: number, key: string): string {
    const value = this.value(row, key);
    return typeof value === 'string' ? value : '';
  }
}
