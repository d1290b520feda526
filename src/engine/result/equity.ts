/** The equity curve of a run: time, cash and value after each step. */
import { blockSteps, type RunRecord, type RunStatistics } from '../../analyzers/index.ts';
import { NumberRows, showPlainly } from '../../core/index.ts';
import { Column, type Timeline } from '../../lines/index.ts';

/** The value of the portfolio after each step. */
export interface EquityCurve {
  /** Closes of the steps, milliseconds UTC. */
  readonly time: Float64Array;
  /** Cash after each step, in quote units. */
  readonly cash: Float64Array;
  /** Cash and positions at their closes after each step, in quote units. */
  readonly value: Float64Array;
}

/** Collects the curve block by block. Cash changes only when something happens, so that its changes alone are kept. */
export class EquityKeeper implements EquityCurve {
  static {
    showPlainly(EquityKeeper, ({ time, value }) => ({
      points: time.length,
      start: time[0],
      end: time.at(-1),
      startValue: value[0],
      finalValue: value.at(-1),
    }));
  }

  private readonly times = new Column(blockSteps);
  private readonly values = new Column(blockSteps);
  private readonly changedAt: number[] = [];
  private readonly changedTo: number[] = [];

  /** Makes room for this many steps at once. */
  reserve(steps: number): void {
    for (const column of [this.times, this.values]) {
      column.extend(steps);
      column.length = 0;
    }
  }

  /** Takes over the block that the record holds. */
  take(record: RunRecord): void {
    const { cash, time, value } = record;
    const { base, length } = time;
    this.times.append(time.values.subarray(0, length - base));
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
    return this.times.values.subarray(0, this.times.length);
  }

  get value(): Float64Array {
    return this.values.values.subarray(0, this.values.length);
  }

  /** The curve as plain data. */
  toJSON(): Record<keyof EquityCurve, readonly number[]> {
    return { time: Array.from(this.time), cash: Array.from(this.cash), value: Array.from(this.value) };
  }

  get cash(): Float64Array {
    const cash = new Float64Array(this.values.length);
    this.changedAt.forEach((from, k) => cash.fill(this.changedTo[k]!, from, this.changedAt[k + 1] ?? cash.length));
    return cash;
  }
}

/** The columns of a curve that is worked out. */
interface Worked extends EquityCurve {
  readonly gross: Float64Array;
}

/**
 * The curve of a run in which each bar of one data is a step, and value is cash and size times its close: only where cash and size
 * changed is kept, and the curve is computed when it is read. From the first position in another data on it keeps
 * what the record says.
 */
export class HeldEquity extends EquityKeeper {
  private readonly timeline: Timeline;
  /** Step, cash and size from that step on. */
  private readonly rows = new NumberRows(3);
  private worked: Worked | undefined;
  /** The first step that is kept as recorded. */
  private released = Infinity;
  private readonly later = { cash: new Column(), value: new Column(), gross: new Column() };

  constructor(timeline: Timeline, cash: number) {
    super();
    this.timeline = timeline;
    this.hold(0, cash, 0);
  }

  override reserve(): void {}

  override take(record: RunRecord): void {
    const { base, length } = record.value;
    const from = Math.max(this.released, base);
    for (const name of ['cash', 'value', 'gross'] as const) {
      if (from < length) this.later[name].append(record[name].values.slice(from - base, length - base));
    }
  }

  /** Notes cash and size after `step`. */
  hold(step: number, cash: number, size: number): void {
    if (step >= this.released) return;
    const { rows } = this;
    let last = rows.count - 1;
    if (last >= 0) {
      const block = rows.block(last);
      const at = rows.at(last);
      if (block[at + 1] === cash && block[at + 2] === size) return;
      if (block[at] !== step) last = -1;
    }
    const row = last < 0 ? rows.add() : last;
    const block = rows.block(row);
    const at = rows.at(row);
    block[at] = step;
    block[at + 1] = cash;
    block[at + 2] = size;
  }

  /** From `step` on, cash and size of one data are not enough to compute the value. */
  release(step: number): void {
    this.released = Math.min(this.released, step);
  }

  override get time(): Float64Array {
    return this.work().time;
  }

  override get value(): Float64Array {
    return this.work().value;
  }

  override get cash(): Float64Array {
    return this.work().cash;
  }

  /** Absolute value of the positions after each step. */
  get gross(): Float64Array {
    return this.work().gross;
  }

  /** Shows statistics every step of the run, block by block, as the engine would have while it ran. */
  showTo(statistics: RunStatistics, record: RunRecord): void {
    const { cash, value, gross } = this.work();
    for (let from = 0; from < value.length; from += blockSteps) {
      const to = Math.min(from + blockSteps, value.length);
      record.show(from, to, this.timeline);
      record.cash.values.set(cash.subarray(from, to));
      record.value.values.set(value.subarray(from, to));
      record.gross.values.set(gross.subarray(from, to));
      statistics.observe(from, to);
    }
  }

  private work(): Worked {
    const { timeline, rows, later } = this;
    const steps = timeline.index + 1;
    if (this.worked?.time.length === steps) return this.worked;
    const [time, cash] = [new Float64Array(steps), new Float64Array(steps)];
    const [value, gross] = [new Float64Array(steps), new Float64Array(steps)];
    const { close } = timeline;
    const end = Math.min(steps, this.released);
    for (let k = 0; k < rows.count; k++) {
      const to = k + 1 < rows.count ? rows.block(k + 1)[rows.at(k + 1)]! : end;
      const block = rows.block(k);
      const at = rows.at(k);
      const held = block[at + 1]!;
      const size = block[at + 2]!;
      for (let step = block[at]!; step < to; step++) {
        const worth = size === 0 ? 0 : size * close.values[step - close.base]!;
        cash[step] = held;
        value[step] = held + worth;
        gross[step] = Math.abs(worth);
      }
    }
    if (end < steps) {
      const columns = { cash, value, gross };
      for (const name of ['cash', 'value', 'gross'] as const) {
        columns[name].set(later[name].values.subarray(0, later[name].length), end);
      }
    }
    for (let step = 0; step < steps; step++) time[step] = timeline.closeAt(step);
    this.worked = { time, cash, value, gross };
    return this.worked;
  }
}
