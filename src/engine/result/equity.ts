/** The equity curve of a run: time, cash and value after each step. */
import { blockSteps, type RunRecord, type RunStatistics } from '../../analyzers/index.ts';
import { spanCash, spanField } from '../../broker/index.ts';
import { NumberRows, showPlainly, unsetNumbers } from '../../core/index.ts';
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
    const view = ({ time, value }: EquityCurve): object => ({
      points: time.length,
      start: time[0],
      end: time.at(-1),
      startValue: value[0],
      finalValue: value.at(-1),
    });
    showPlainly(EquityKeeper, view, 'EquityCurve');
  }

  private readonly times: Column;
  private readonly values: Column;
  private readonly changedAt: number[] = [];
  private readonly changedTo: number[] = [];

  /** @param room - Steps to make room for at first; what is taken over is copied into it. */
  constructor(room = blockSteps) {
    this.times = new Column(room);
    this.values = new Column(room);
  }

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
 * The curve of a run in which each bar of one data is a step, and value follows from its close and the numbers of a quiet span: only where
 * these changed is kept, and the curve is computed when it is read. From the first position in another data on it keeps
 * what the record says.
 */
export class HeldEquity extends EquityKeeper {
  private readonly timeline: Timeline;
  /** A step, and the numbers of the span from it on; only the first two of them where the others say nothing. */
  private readonly rows: NumberRows;
  private worked: Worked | undefined;
  /** The first step that is kept as recorded. */
  private released = Infinity;
  private readonly later = { cash: new Column(), value: new Column(), gross: new Column() };

  /** @param isSpot - Whether positions are worth their price: value is then cash and size times close. */
  constructor(timeline: Timeline, cash: number, isSpot: boolean) {
    super(0);
    this.timeline = timeline;
    this.rows = new NumberRows(isSpot ? 3 : 6);
    this.hold(0, new Float64Array([cash, 0, 0, cash, 0]));
  }

  override reserve(): void {}

  override take(record: RunRecord): void {
    const { base, length } = record.value;
    const from = Math.max(this.released, base);
    for (const name of ['cash', 'value', 'gross'] as const) {
      if (from < length) this.later[name].append(record[name].values.slice(from - base, length - base));
    }
  }

  /** Notes the numbers of the span after `step`. */
  hold(step: number, span: Float64Array): void {
    if (step >= this.released) return;
    const { rows } = this;
    const width = rows.stride - 1;
    let last = rows.count - 1;
    if (last >= 0) {
      const block = rows.block(last);
      const at = rows.at(last) + 1;
      let isSame = true;
      for (let k = 0; k < width; k++) if (block[at + k] !== span[k]) isSame = false;
      if (isSame) return;
      if (block[at - 1] !== step) last = -1;
    }
    this.write(last < 0 ? rows.add() : last, step, span);
  }

  /** As `hold`, for numbers that have changed, at a step behind all others. */
  begin(step: number, span: Float64Array): void {
    if (step < this.released) this.write(this.rows.add(), step, span);
  }

  private write(row: number, step: number, span: Float64Array): void {
    const { rows } = this;
    const block = rows.block(row);
    const at = rows.at(row);
    const { stride } = rows;
    block[at] = step;
    for (let k = 1; k < stride; k++) block[at + k] = span[k - 1]!;
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
    const steps = this.timeline.index + 1;
    record.takeRoom();
    for (let from = 0; from < steps; from += blockSteps) {
      const to = Math.min(from + blockSteps, steps);
      record.show(from, to, this.timeline);
      // No statistic reads the cash.
      this.writeTo(undefined, record.value.values, record.gross.values, from, to);
      statistics.observe(from, to);
    }
    record.release();
  }

  private work(): Worked {
    const { timeline } = this;
    const steps = timeline.index + 1;
    if (this.worked?.time.length === steps) return this.worked;
    // Every number of all four is written below.
    const [time, cash] = [unsetNumbers(steps), unsetNumbers(steps)];
    const [value, gross] = [unsetNumbers(steps), unsetNumbers(steps)];
    this.writeTo(cash, value, gross, 0, steps);
    const { time: opens, closeTime, frameMs } = timeline;
    for (let step = 0; step < steps; step++) {
      time[step] =
        closeTime === undefined ? opens.values[step - opens.base]! + frameMs : closeTime.values[step - closeTime.base]!;
    }
    this.worked = { time, cash, value, gross };
    return this.worked;
  }

  /** Works out the steps `from <= step < to`, and writes them from the first place of each array on; cash only where it is asked for. */
  private writeTo(
    cash: Float64Array | undefined,
    value: Float64Array,
    gross: Float64Array,
    from: number,
    to: number,
  ): void {
    const { rows, later, released } = this;
    const { values: closes, base: offset } = this.timeline.close;
    const end = Math.min(to, released);
    const isShort = rows.stride === 3;
    for (let k = this.rowOf(from); k < rows.count; k++) {
      const block = rows.block(k);
      const at = rows.at(k);
      const first = Math.max(from, block[at]!);
      if (first >= end) break;
      const last = k + 1 < rows.count ? Math.min(end, this.stepOf(k + 1)) : end;
      const span = at + 1;
      const base = block[span + spanField.base]!;
      const size = block[span + spanField.size]!;
      const entry = isShort ? 0 : block[span + spanField.entry]!;
      const [start, stop, shift] = [first - from, last - from, from - offset];
      if (cash !== undefined) {
        const isFixed = isShort || block[span + spanField.gear] === 0;
        const fixed = isShort ? base : block[span + spanField.cash]!;
        if (isFixed) for (let place = start; place < stop; place++) cash[place] = fixed;
        else for (let place = start; place < stop; place++) cash[place] = spanCash(block, span, closes[place + shift]!);
      }
      if (size === 0) stayLevel(value, gross, start, stop, base);
      else follow(value, gross, start, stop, closes, shift, base, size, entry);
    }
    if (end === to) return;
    const kept = Math.max(from, released);
    cash?.set(later.cash.values.subarray(kept - released, to - released), kept - from);
    value.set(later.value.values.subarray(kept - released, to - released), kept - from);
    gross.set(later.gross.values.subarray(kept - released, to - released), kept - from);
  }

  private stepOf(row: number): number {
    return this.rows.block(row)[this.rows.at(row)]!;
  }

  /** The row of the span that a step is in. */
  private rowOf(step: number): number {
    let [low, high] = [0, this.rows.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.stepOf(middle) <= step) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The steps of a span without a position. This and `follow` are only their loops: inside the longer method V8 compiles slower ones. */
function stayLevel(value: Float64Array, gross: Float64Array, start: number, stop: number, base: number): void {
  for (let place = start; place < stop; place++) {
    value[place] = base;
    gross[place] = 0;
  }
}

/** The steps of a span with a position, whose value moves with the close. */
function follow(
  value: Float64Array,
  gross: Float64Array,
  start: number,
  stop: number,
  closes: Float64Array,
  shift: number,
  base: number,
  size: number,
  entry: number,
): void {
  for (let place = start; place < stop; place++) {
    const price = closes[place + shift]!;
    value[place] = base + size * (price - entry);
    gross[place] = Math.abs(size * price);
  }
}
