/** The equity curve of a run: time, cash and value after each step. */
import { blockSteps, type RunRecord } from '../analyzers/index.ts';
import { Column, type Timeline } from '../lines/index.ts';

/** The value of the portfolio after each step. */
export interface EquityCurve {
  /** Closes of the steps, milliseconds UTC. */
  readonly time: Float64Array;
  readonly cash: Float64Array;
  readonly value: Float64Array;
}

/** Collects the curve block by block. Cash changes only when something happens, so that its changes alone are kept. */
export class EquityKeeper implements EquityCurve {
  private readonly times = new Column(blockSteps);
  private readonly values = new Column(blockSteps);
  private readonly grosses = new Column(blockSteps);
  private readonly changedAt: number[] = [];
  private readonly changedTo: number[] = [];
  /** The run's only data, whose bars are its steps: the times are read off it. */
  private readonly only: Timeline | undefined;

  constructor(only?: Timeline) {
    this.only = only;
  }

  /** Makes room for so many steps at once. */
  reserve(steps: number): void {
    for (const column of this.only === undefined ? [this.times, this.values] : [this.values, this.grosses]) {
      column.extend(steps);
      column.length = 0;
    }
  }

  /** Takes over the block that the record holds. */
  take(record: RunRecord): void {
    const { cash, time, value } = record;
    const { base, length } = time;
    if (this.only === undefined) this.times.append(time.values.subarray(0, length - base));
    else this.grosses.append(record.gross.values.subarray(0, length - base));
    this.values.append(value.values.subarray(0, length - base));
    const { values } = cash;
    const isFirst = values[0] !== this.changedTo[this.changedTo.length - 1];
    for (let k = 0; k < length - base; k++) {
      if (k === 0 ? !isFirst : values[k] === values[k - 1]) continue;
      this.changedAt.push(base + k);
      this.changedTo.push(values[k]!);
    }
  }

  get time(): Float64Array {
    const { only } = this;
    if (only === undefined) return this.times.values.subarray(0, this.times.length);
    return Float64Array.from({ length: this.values.length }, (_, step) => only.closeAt(step));
  }

  get value(): Float64Array {
    return this.values.values.subarray(0, this.values.length);
  }

  /** Absolute value of the positions after each step; kept for a run with one data, else empty. */
  get gross(): Float64Array {
    return this.grosses.values.subarray(0, this.grosses.length);
  }

  get cash(): Float64Array {
    const cash = new Float64Array(this.values.length);
    this.changedAt.forEach((from, k) => cash.fill(this.changedTo[k]!, from, this.changedAt[k + 1] ?? cash.length));
    return cash;
  }
}
