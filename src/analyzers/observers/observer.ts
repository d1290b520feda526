/** The base of observers: readings of a run with a value for each step. */
import { Column } from '../../lines/index.ts';
import { Analyzer } from '../analyzer.ts';
import { checkOptions } from '../options.ts';

/** Values by step; all lines have one value for each step of the run, NaN where there is none. */
export type ObserverLines<L extends string> = Readonly<Record<L, Float64Array>>;

/** An analyzer whose result is lines along the steps of the run, as charts show them. */
export abstract class Observer<L extends string> extends Analyzer<ObserverLines<L>> {
  private readonly columns: Readonly<Record<L, Column>>;

  constructor(cls: string, options: object, known: readonly string[], lines: readonly L[]) {
    super();
    checkOptions(cls, options, known);
    this.columns = Object.fromEntries(lines.map((name) => [name, new Column()])) as Record<L, Column>;
  }

  override observe(from: number, to: number): void {
    for (const name of Object.keys(this.columns)) this.columns[name as L].extend(to);
    this.fill(from, to, this.columns);
  }

  override result(): ObserverLines<L> {
    const lines = Object.entries<Column>(this.columns).map(
      ([name, column]) => [name, column.values.subarray(0, column.length)] as const,
    );
    return Object.fromEntries(lines) as unknown as ObserverLines<L>;
  }

  /** Writes the values of the steps `from <= step < to`; there is room for them. */
  protected abstract fill(from: number, to: number, lines: Readonly<Record<L, Column>>): void;
}
