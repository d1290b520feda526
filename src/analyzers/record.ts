/** What analyzers see of a run: the latest block of its steps. */
import { spanCash, spanField } from '../broker/index.ts';
import { unsetNumbers } from '../core/index.ts';
import { Column, type Timeline } from '../lines/index.ts';

/** Steps in a block: few enough to stay in the CPU cache, and enough to make the cost per block small. */
export const blockSteps = 1024;

/** Numbers of a stretch: its first position, and the fields of its span. */
const stretchWidth = 1 + Object.keys(spanField).length;

/** The arrays that a record writes into. */
class Room {
  readonly columns: readonly Float64Array[] = Array.from({ length: 5 }, () => unsetNumbers(blockSteps));
  /** Allocated for the first run that records stretches: a trial of a sweep may record none. */
  stretches: Float64Array | undefined;
}

/** The memory of a finished run, reused by the next, because allocating costs more than writing. */
let spare: Room | undefined;

/**
 * One row for each step of the engine, in columns addressed by the step's number.
 *
 * Only the latest block is held: `observe(from, to)` may read the steps `from <= step < to`, and must copy what it needs later.
 */
export class RunRecord {
  private room: Room | undefined;
  private readonly closes = new Column();
  private readonly opens = new Column();
  /** The run's only data, when each step is its next bar; the times come from it. */
  private only: Timeline | undefined;
  /** Whether the closes of the block must still be read from the data. */
  private areClosesDue = false;
  private readonly cashes = new Column();
  private readonly grosses = new Column();
  /** Stretches of the block whose cash and gross value are not computed yet: the first position and the span of each. */
  private stretchCount = 0;
  private stretchEnd = 0;
  private held: Timeline | undefined;
  /** Cash and positions at their latest closes. */
  readonly value = new Column();
  /** Value of one fund share; kept in fund mode only. */
  readonly fundValue: Column | undefined;
  /** Steps that the engine has written after `length` and not settled yet. */
  pending = 0;
  private readonly columns: readonly Column[];

  constructor(hasFund: boolean) {
    this.fundValue = hasFund ? new Column(blockSteps) : undefined;
    const columns = [this.closes, this.opens, this.cashes, this.value, this.grosses];
    this.columns = this.fundValue === undefined ? columns : [...columns, this.fundValue];
    this.takeRoom();
  }

  /**
   * Takes memory to write to, where it has none.
   *
   * @internal
   */
  takeRoom(): void {
    if (this.room !== undefined) return;
    const room = spare ?? new Room();
    spare = undefined;
    this.room = room;
    for (const [k, values] of room.columns.entries()) this.columns[k]!.values = values;
  }

  /**
   * Returns its memory for the next record. It can no longer be written; only the last step stays readable.
   *
   * @internal
   */
  release(): void {
    const { room, length } = this;
    if (room === undefined) return;
    this.workOut();
    for (const k of room.columns.keys()) {
      const column = this.columns[k]!;
      column.values = Float64Array.of(column.at(length - 1));
      column.base = Math.max(0, length - 1);
    }
    this.room = undefined;
    spare = room;
  }

  /** Number of steps so far. */
  get length(): number {
    return this.closes.length;
  }

  /** The engine's clock: the close of the step's bars, milliseconds UTC. */
  get time(): Column {
    if (this.areClosesDue) this.readCloses();
    return this.closes;
  }

  /** Cash after each step, in quote units. */
  get cash(): Column {
    if (this.stretchCount > 0) this.workOut();
    return this.cashes;
  }

  /** Absolute value of all positions together. */
  get gross(): Column {
    if (this.stretchCount > 0) this.workOut();
    return this.grosses;
  }

  /** When the step's bar opened (the first data's, else the first that moved), milliseconds UTC. */
  get opened(): Column {
    return this.only?.time ?? this.opens;
  }

  /** Whether `opened` never falls: it may where a slow data's bar opened long before. */
  get isOpenedOrdered(): boolean {
    return this.only !== undefined;
  }

  /** The time from each step of the block to the next, milliseconds, where all are alike because its bars have no hole; else NaN. */
  get evenMs(): number {
    return this.only?.isEven === true ? this.only.frameMs : NaN;
  }

  /** The value that statistics use: the fund value in fund mode, else the value. */
  get performance(): Column {
    return this.fundValue ?? this.value;
  }

  /** Counts steps that are not read. */
  pass(steps: number): void {
    for (const column of this.columns) column.base = column.length += steps;
  }

  /**
   * Records `count` steps of a quiet span at bars of `only`, beginning with its bar `first`. Cash and gross value are computed when they are
   * read.
   *
   * @param span - The numbers of the span.
   */
  stretch(only: Timeline, first: number, count: number, span: Float64Array): void {
    const { pending } = this;
    const stretches = (this.room!.stretches ??= unsetNumbers(stretchWidth * blockSteps));
    if (pending === 0) this.stretchCount = 0;
    const row = stretchWidth * this.stretchCount++;
    stretches[row] = pending;
    for (let k = 1; k < stretchWidth; k++) stretches[row + k] = span[k - 1]!;
    const base = span[spanField.base]!;
    const size = span[spanField.size]!;
    const entry = span[spanField.entry]!;
    this.held = only;
    this.pending = this.stretchEnd = pending + count;
    const { values } = this.value;
    const closes = only.close.values;
    const shift = first - only.close.base - pending;
    const end = pending + count;
    if (size === 0) for (let at = pending; at < end; at++) values[at] = base;
    else for (let at = pending; at < end; at++) values[at] = base + size * (closes[at + shift]! - entry);
  }

  /** Computes the remaining stretches; call it before their data changes. */
  workOut(): void {
    const { stretchCount, held, cashes, grosses } = this;
    const stretches = this.room?.stretches;
    this.stretchCount = 0;
    if (stretchCount === 0 || held === undefined || stretches === undefined) return;
    // Pending steps follow the readable rows, at the same positions.
    const shift = (this.pending > 0 ? this.length : cashes.base) - held.close.base;
    const closes = held.close.values;
    const cashAt = cashes.values;
    const grossAt = grosses.values;
    for (let k = 0; k < stretchCount; k++) {
      const row = k * stretchWidth;
      const end = k + 1 < stretchCount ? stretches[row + stretchWidth]! : this.stretchEnd;
      const size = stretches[row + 1 + spanField.size]!;
      const cash = stretches[row + 1 + spanField.cash]!;
      // Only the free cash of a margined position moves with the price.
      const isFixed = stretches[row + 1 + spanField.gear] === 0;
      for (let at = stretches[row]!; at < end; at++) {
        const close = closes[at + shift]!;
        cashAt[at] = isFixed ? cash : spanCash(stretches, row + 1, close);
        grossAt[at] = size === 0 ? 0 : Math.abs(size * close);
      }
    }
  }

  /**
   * Makes the pending steps the readable block; the previous block is dropped.
   *
   * @param only - The run's only data, when each step was its next bar: the times are taken from it.
   *
   * @internal
   */
  settle(only?: Timeline): void {
    const { pending, length } = this;
    if (pending === 0) return;
    this.show(length, length + pending, only);
    this.pending = 0;
  }

  /**
   * Makes the steps `from <= step < to` the readable block.
   *
   * @internal
   */
  show(from: number, to: number, only?: Timeline): void {
    for (const column of this.columns) {
      column.base = from;
      column.length = to;
    }
    this.only = only;
    this.areClosesDue = only !== undefined;
  }

  /** The close of one step of the block. */
  closeAt(step: number): number {
    return this.only === undefined ? this.closes.values[step - this.closes.base]! : this.only.closeAt(step);
  }

  private readCloses(): void {
    this.areClosesDue = false;
    const { time, closeTime, frameMs } = this.only!;
    const { values, base, length } = this.closes;
    if (closeTime !== undefined) {
      values.set(closeTime.values.subarray(base - closeTime.base, length - closeTime.base));
      return;
    }
    const opens = time.values;
    const shift = base - time.base;
    for (let place = 0; place < length - base; place++) values[place] = opens[place + shift]! + frameMs;
  }
}
