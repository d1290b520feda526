/** What a run leaves behind, step by step, for analyzers to read. */
import { Column } from '../lines/index.ts';

/** One row for each step of the engine, in columns addressed by the step's number. */
export class RunRecord {
  /** The engine's clock: the close of the step's bars, milliseconds UTC. */
  readonly time = new Column();
  /** When the step's bar opened (the first data's, else the first that moved), milliseconds UTC. */
  readonly opened = new Column();
  readonly cash = new Column();
  /** Cash and positions at their latest closes; the fund value times 1 in fund mode is in `fundValue`. */
  readonly value = new Column();
  /** Absolute value of all positions together. */
  readonly gross = new Column();
  /** Value of one fund share; kept in fund mode only. */
  readonly fundValue: Column | undefined;

  constructor(hasFund: boolean) {
    this.fundValue = hasFund ? new Column() : undefined;
  }

  /** Number of steps recorded. */
  get length(): number {
    return this.time.length;
  }

  /** What statistics are made of: the fund value in fund mode, else the value. */
  get performance(): Column {
    return this.fundValue ?? this.value;
  }

  /** Adds a step; room for it has been made. */
  append(time: number, opened: number, cash: number, value: number, gross: number, fundValue: number): void {
    const at = this.time.length - this.time.base;
    this.time.values[at] = time;
    this.opened.values[at] = opened;
    this.cash.values[at] = cash;
    this.value.values[at] = value;
    this.gross.values[at] = gross;
    const length = ++this.time.length;
    this.opened.length = this.cash.length = this.value.length = this.gross.length = length;
    if (this.fundValue === undefined) return;
    this.fundValue.values[at] = fundValue;
    this.fundValue.length = length;
  }

  /** Makes room for `more` further steps. */
  reserve(more: number): void {
    const length = this.length;
    for (const column of this.columns()) {
      column.extend(length + more);
      column.length = length;
    }
  }

  /** Forgets the steps before `step`. */
  trim(step: number): void {
    for (const column of this.columns()) column.trim(step);
  }

  private columns(): Column[] {
    const columns = [this.time, this.opened, this.cash, this.value, this.gross];
    return this.fundValue === undefined ? columns : [...columns, this.fundValue];
  }
}
