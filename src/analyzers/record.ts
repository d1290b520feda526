/** What a run leaves behind, step by step, for analyzers to read. */
import { Column } from '../lines/index.ts';

/** Steps that are collected before they are put into the columns. */
export const blockSteps = 4096;
/** Numbers of one step in the block: time, opened, cash, value, gross, fund value. */
const stride = 6;

/** One row for each step of the engine, in columns addressed by the step's number. */
export class RunRecord {
  /** The engine's clock: the close of the step's bars, milliseconds UTC. */
  readonly time = new Column();
  /** When the step's bar opened (the first data's, else the first that moved), milliseconds UTC. */
  readonly opened = new Column();
  readonly cash = new Column();
  /** Cash and positions at their latest closes. */
  readonly value = new Column();
  /** Absolute value of all positions together. */
  readonly gross = new Column();
  /** Value of one fund share; kept in fund mode only. */
  readonly fundValue: Column | undefined;
  /** Rows that are not in the columns yet: the engine writes here, `stride` numbers a step. */
  readonly block = new Float64Array(blockSteps * stride);
  /** Numbers written to the block. */
  filled = 0;
  private readonly columns: readonly (Column | undefined)[];

  constructor(hasFund: boolean) {
    this.fundValue = hasFund ? new Column() : undefined;
    this.columns = [this.time, this.opened, this.cash, this.value, this.gross, this.fundValue];
  }

  /** Number of steps in the columns. */
  get length(): number {
    return this.time.length;
  }

  /** What statistics are made of: the fund value in fund mode, else the value. */
  get performance(): Column {
    return this.fundValue ?? this.value;
  }

  /** Moves the steps of the block into the columns. */
  settle(): void {
    const { block, filled } = this;
    const from = this.length;
    const to = from + filled / stride;
    for (let k = 0; k < stride; k++) {
      const column = this.columns[k];
      if (column === undefined) continue;
      column.extend(to);
      const { values, base } = column;
      for (let i = from, at = k; i < to; i++, at += stride) values[i - base] = block[at]!;
    }
    this.filled = 0;
  }

  /** Makes room for `more` further steps at once. */
  reserve(more: number): void {
    const { length } = this;
    for (const column of this.columns) {
      column?.extend(length + more);
      if (column !== undefined) column.length = length;
    }
  }

  /** Forgets the steps before `step`. */
  trim(step: number): void {
    for (const column of this.columns) column?.trim(step);
  }
}
