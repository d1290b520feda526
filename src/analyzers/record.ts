/** What a run leaves behind, step by step, for analyzers to read. */
import { Column, type Timeline } from '../lines/index.ts';

/** Steps that are collected before they are put into the columns: few enough to stay in the fastest cache. */
export const blockSteps = 512;
/** Numbers of one step in the block: cash, value, gross. */
export const blockStride = 3;

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
  /** Steps that are not in the columns yet: the engine writes `blockStride` numbers for each. */
  readonly block = new Float64Array(blockSteps * blockStride);
  /** Clock and opening time of those steps, where a run has several datas. */
  readonly timeBlock = new Float64Array(blockSteps * 2);
  /** Fund value of those steps, in fund mode. */
  readonly fundBlock: Float64Array | undefined;
  /** Steps in the blocks. */
  pending = 0;
  private readonly columns: readonly Column[];

  constructor(hasFund: boolean) {
    this.fundValue = hasFund ? new Column() : undefined;
    this.fundBlock = hasFund ? new Float64Array(blockSteps) : undefined;
    const columns = [this.time, this.opened, this.cash, this.value, this.gross];
    this.columns = this.fundValue === undefined ? columns : [...columns, this.fundValue];
  }

  /** Number of steps in the columns. */
  get length(): number {
    return this.time.length;
  }

  /** What statistics are made of: the fund value in fund mode, else the value. */
  get performance(): Column {
    return this.fundValue ?? this.value;
  }

  /**
   * Moves the pending steps into the columns.
   *
   * @param only - The run's only data, when each step was its next bar: the times are taken from it.
   */
  settle(only?: Timeline): void {
    const { pending } = this;
    if (pending === 0) return;
    const from = this.length;
    for (const column of this.columns) column.extend(from + pending);
    spread(this.block, 0, blockStride, this.cash, from, pending);
    spread(this.block, 1, blockStride, this.value, from, pending);
    spread(this.block, 2, blockStride, this.gross, from, pending);
    if (this.fundValue !== undefined) spread(this.fundBlock!, 0, 1, this.fundValue, from, pending);
    if (only === undefined) {
      spread(this.timeBlock, 0, 2, this.time, from, pending);
      spread(this.timeBlock, 1, 2, this.opened, from, pending);
    } else {
      const bar = only.index + 1 - pending;
      const { time, closeTime, frameMs } = only;
      const [opened, closed] = [this.opened, this.time];
      for (let k = 0; k < pending; k++) {
        const open = time.values[bar + k - time.base]!;
        opened.values[from + k - opened.base] = open;
        closed.values[from + k - closed.base] =
          closeTime === undefined ? open + frameMs : closeTime.values[bar + k - closeTime.base]!;
      }
    }
    this.pending = 0;
  }

  /** Makes room for `more` further steps at once. */
  reserve(more: number): void {
    const { length } = this;
    for (const column of this.columns) {
      column.extend(length + more);
      column.length = length;
    }
  }

  /** Forgets the steps before `step`. */
  trim(step: number): void {
    for (const column of this.columns) column.trim(step);
  }
}

/** Puts every `stride`-th number of a block, beginning at `first`, into a column. */
function spread(block: Float64Array, first: number, stride: number, column: Column, from: number, count: number): void {
  const { values, base } = column;
  for (let k = 0, at = first; k < count; k++, at += stride) values[from + k - base] = block[at]!;
}
