/** A growing column of float64 values addressed by absolute index, which may forget its oldest part. */
import { unsetNumbers } from '../core/index.ts';

const nothing = new Float64Array(0);

/**
 * Values of one line, by the absolute number of the bar they belong to.
 *
 * `values[i - base]` is the value of bar `i`. The array is replaced when the column grows or is trimmed, so a kernel
 * takes it again on every call and never keeps it.
 */
export class Column {
  /** The values held: that of bar `i` is at `i - base`. Replaced when the column grows or is trimmed. */
  values: Float64Array;
  /** Absolute index of the first value still held. */
  base = 0;
  /** One more than the absolute index of the last value. */
  length = 0;
  /** Whether the array belongs to another owner: it is then read and never written. */
  private isBorrowed = false;

  constructor(capacity = 0) {
    this.values = capacity === 0 ? nothing : new Float64Array(capacity);
  }

  /** A column over an array that is already complete; the array is used, not copied. */
  static over(values: Float64Array): Column {
    const column = new Column();
    column.values = values;
    column.length = values.length;
    return column;
  }

  /** The value of bar `index`; NaN outside of what is held. */
  at(index: number): number {
    return index < this.base || index >= this.length ? NaN : this.values[index - this.base]!;
  }

  /** Sets the value of bar `index`, which must be below `length`. */
  set(index: number, value: number): void {
    this.values[index - this.base] = value;
  }

  /** Makes room up to `length` bars in all; new places hold whatever was there and must be set. */
  extend(length: number): void {
    if (length <= this.length) return;
    this.reserve(length);
    this.length = length;
  }

  /** Makes room for bars up to `length` that are still to come. */
  reserve(length: number): void {
    const needed = length - this.base;
    if (needed <= this.values.length) return;
    const held = this.length - this.base;
    const next = unsetNumbers(held === 0 ? needed : Math.max(needed, Math.ceil(this.values.length * 1.5), 64));
    next.set(this.values.subarray(0, held));
    this.values = next;
    this.isBorrowed = false;
  }

  /** Takes a copy where the array belongs to another owner, so that it may be written. */
  own(): void {
    if (this.isBorrowed) this.values = this.values.slice();
    this.isBorrowed = false;
  }

  /** Adds one value at the end. */
  push(value: number): void {
    const at = this.length - this.base;
    if (at >= this.values.length) this.reserve(this.length + 1);
    this.values[at] = value;
    this.length++;
  }

  /** Adds values at the end; into an empty column without a copy. */
  append(values: Float64Array): void {
    if (this.length === this.base && this.values.length < values.length) {
      this.values = values;
      this.isBorrowed = true;
      this.length = this.base + values.length;
      return;
    }
    const from = this.length;
    this.extend(from + values.length);
    this.values.set(values, from - this.base);
  }

  /** Forgets everything. */
  clear(): void {
    this.base = this.length = 0;
    this.values = nothing;
    this.isBorrowed = false;
  }

  /** Forgets the values before bar `index`. */
  trim(index: number): void {
    const drop = Math.min(index, this.length) - this.base;
    if (drop <= 0) return;
    if (this.isBorrowed) this.values = this.values.slice(drop);
    else this.values.copyWithin(0, drop, this.length - this.base);
    this.isBorrowed = false;
    this.base += drop;
  }
}
