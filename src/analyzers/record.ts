/** What analyzers see of a run: the latest block of its steps. */
import { Column, type Timeline } from '../lines/index.ts';

/** Steps in a block: few enough to stay in the fastest cache. */
export const blockSteps = 512;

/**
 * One row for each step of the engine, in columns addressed by the step's number.
 *
 * Only the latest block is held: `observe(from, to)` may read the steps from `from` to `to`, and keeps what it needs of them.
 */
export class RunRecord {
  /** The engine's clock: the close of the step's bars, milliseconds UTC. */
  readonly time = new Column(blockSteps);
  /** When the step's bar opened (the first data's, else the first that moved), milliseconds UTC. */
  readonly opened = new Column(blockSteps);
  readonly cash = new Column(blockSteps);
  /** Cash and positions at their latest closes. */
  readonly value = new Column(blockSteps);
  /** Absolute value of all positions together. */
  readonly gross = new Column(blockSteps);
  /** Value of one fund share; kept in fund mode only. */
  readonly fundValue: Column | undefined;
  /** Steps that the engine has written behind `length` and not settled yet. */
  pending = 0;
  private readonly columns: readonly Column[];

  constructor(hasFund: boolean) {
    this.fundValue = hasFund ? new Column(blockSteps) : undefined;
    const columns = [this.time, this.opened, this.cash, this.value, this.gross];
    this.columns = this.fundValue === undefined ? columns : [...columns, this.fundValue];
  }

  /** Number of steps so far. */
  get length(): number {
    return this.time.length;
  }

  /** What statistics are made of: the fund value in fund mode, else the value. */
  get performance(): Column {
    return this.fundValue ?? this.value;
  }

  /**
   * Makes the pending steps the block that can be read; the one before is forgotten.
   *
   * @param only - The run's only data, when each step was its next bar: the times are taken from it.
   */
  settle(only?: Timeline): void {
    const { pending, length } = this;
    if (pending === 0) return;
    for (const column of this.columns) {
      column.base = length;
      column.length = length + pending;
    }
    if (only !== undefined) {
      const bar = length;
      const { time, closeTime, frameMs } = only;
      const [opened, closed] = [this.opened.values, this.time.values];
      for (let k = 0; k < pending; k++) {
        const open = time.values[bar + k - time.base]!;
        opened[k] = open;
        closed[k] = closeTime === undefined ? open + frameMs : closeTime.values[bar + k - closeTime.base]!;
      }
    }
    this.pending = 0;
  }
}
