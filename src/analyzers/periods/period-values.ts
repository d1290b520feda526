/** Values at the edges of calendar periods, collected from blocks of steps. */
import type { Timeframe } from '../../core/index.ts';
import { Column } from '../../lines/index.ts';
import type { Compat } from '../options.ts';
import { periodAt } from './period.ts';

/** A column of values by step, or a part of one. */
export type StepValues = Pick<Column, 'values' | 'base'>;

/**
 * For each period in which there was a step: its start, and the value of its first and its last step.
 *
 * A step whose stamp lies before the running period (a slow data's bar that opened long ago) counts in the running one.
 */
export class PeriodValues {
  readonly start = new Column();
  readonly first = new Column();
  readonly last = new Column();
  /** The step with which the running period began. */
  openedAt = -1;
  private readonly frame: Timeframe | undefined;
  private readonly compat: Compat | undefined;
  private end = -Infinity;

  constructor(frame: Timeframe | undefined, compat?: Compat) {
    this.frame = frame;
    this.compat = compat;
  }

  /** Number of periods so far. */
  get length(): number {
    return this.start.length;
  }

  /**
   * Takes the steps `from <= step < to`.
   *
   * @param isOrdered - Whether the stamps never fall: the end of a period is then found by search.
   */
  observe(stamps: StepValues, values: StepValues, from: number, to: number, isOrdered = false): void {
    if (from >= to) return;
    const times = stamps.values;
    const shift = values.base;
    const offset = stamps.base;
    let { end } = this;
    for (let step = from; step < to; step++) {
      if (isOrdered) step = firstFrom(times, end, step - offset, to - offset) + offset;
      if (step === to) break;
      const time = times[step - offset]!;
      if (time < end) continue;
      if (step > from) this.last.set(this.length - 1, values.values[step - 1 - shift]!);
      end = this.open(time, values.values[step - shift]!, step);
    }
    this.last.set(this.length - 1, values.values[to - 1 - shift]!);
    this.end = end;
  }

  /** The first step after `from` that does not belong to the period of `from`, or `to`. */
  endOf(stamps: StepValues, from: number, to: number): number {
    const time = stamps.values[from - stamps.base]!;
    const end = time < this.end ? this.end : periodAt(this.frame, time, this.compat).end;
    let step = from + 1;
    while (step < to && stamps.values[step - stamps.base]! < end) step++;
    return step;
  }

  /** Return of each period: its last value over that of the period before, less 1; `reference` comes before the first. */
  returns(reference: number): Float64Array {
    const found = new Float64Array(this.length);
    let before = reference;
    for (let k = 0; k < found.length; k++) {
      const value = this.last.values[k]!;
      found[k] = value / before - 1;
      before = value;
    }
    return found;
  }

  private open(time: number, value: number, step: number): number {
    const { start, end } = periodAt(this.frame, time, this.compat);
    const at = this.length;
    for (const column of [this.start, this.first, this.last]) column.extend(at + 1);
    this.start.set(at, start);
    this.first.set(at, value);
    this.last.set(at, value);
    this.openedAt = step;
    return end;
  }
}

/** The first place from `low` on, before `high`, whose number is not below `wanted`; `high` where there is none. */
function firstFrom(ordered: Float64Array, wanted: number, low: number, high: number): number {
  if (low < high && !(ordered[high - 1]! >= wanted)) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ordered[middle]! >= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
